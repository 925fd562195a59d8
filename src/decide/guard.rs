//! Guardrails that look at one product: what may not be shown, whoever proposes it.
//!
//! A [`Gate`] is made once a row. It accepts or refuses a product by page, history, plan and stock; caps and
//! diversity, which depend on what else the row holds, come later. What each guardrail did is counted in a
//! [`Tally`], for the explanation.

use super::collector::Collector;
use super::page_context::OnPage;
use super::visit::Visit;
#[cfg(feature = "words")]
use crate::explanation::Reason;
use crate::model::History;
use crate::snapshot::ItemIndex;
use crate::snapshot::plan::{Boost, Mask, Plan, Row, Strategy, month};
#[cfg(feature = "words")]
use alloc::format;

macro_rules! guards {
    ($($(#[$doc:meta])* $id:ident $name:literal $words:literal;)*) => {
        /// What a guardrail did to a product.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Guard { $($(#[$doc])* $id),* }

        #[cfg(feature = "words")]
        const GUARDS: [(&str, &str); [$($name),*].len()] = [$(($name, $words)),*];
    };
}

guards! {
    /// It is banned, here or everywhere.
    Banned "banned" "banned by the plan";
    /// Its card has not come yet.
    NoCard "no_card" "not here yet";
    /// None is left, or the shop hides it.
    SoldOut "sold_out" "sold out or hidden";
    /// It costs less than the plan's floor.
    PriceFloor "price_floor" "below the plan's least price";
    /// Its category is out of season.
    Season "season" "out of season";
    /// Its category is sensitive, and the page is not about it.
    Sensitive "sensitive" "of a category nobody is to be reminded of";
    /// It was looked at in this visit.
    Seen "seen" "looked at in this visit already";
    /// It is on the page already.
    OnPage "on_page" "on this page already";
    /// Its category has all the places it may have.
    CategoryCap "category_cap" "past the most products of one category";
    /// Its brand has all the places it may have.
    BrandCap "brand_cap" "past the most products of one brand";
    /// Another product was taken that is less like those before.
    Diversity "diversity" "passed over for something less alike";
    /// It has a fixed place.
    Pinned "pinned" "in places fixed by the plan";
    /// It has a reserved place.
    Reserved "reserved" "in places kept for other strategies";
    /// It keeps its place though a better one was found.
    Stickiness "stickiness" "kept so that the row does not jump";
    /// Its score was raised or lowered.
    Boosted "boosted" "raised or lowered by the plan";
}

/// To how many products each guardrail did something. Where nobody can ask why, nothing is counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(#[cfg(feature = "words")] [u16; GUARDS.len()]);

#[cfg(not(feature = "words"))]
#[allow(clippy::unused_self, reason = "the same calls as where words are compiled in")]
impl Tally {
    pub(super) fn add(&mut self, _: Guard) {}

    pub(super) fn explain(&self, _: &mut Collector) {}
}

#[cfg(feature = "words")]
impl Tally {
    pub(super) fn add(&mut self, guard: Guard) {
        self.0[guard as usize] = self.0[guard as usize].saturating_add(1);
    }

    /// Adds what was counted to the explanation.
    pub(super) fn explain(&self, why: &mut Collector) {
        if !why.is_asked() {
            return;
        }
        for ((code, words), count) in GUARDS.into_iter().zip(self.0).filter(|(_, count)| *count > 0) {
            why.guard(|| Reason { code, text: format!("{count} {words}"), weight: i32::from(count) });
        }
    }
}

/// Everything the guardrails need to accept or reject one product.
pub(super) struct Gate<'a, B> {
    pub visit: &'a Visit<'a, B>,
    pub row: &'a Row,
    anchor: Option<ItemIndex>,
    history: &'a History,
    /// A bit of 64 for each item of the history: most others have none of them.
    marks: u64,
    on_page: &'a OnPage,
    sold_out: &'a [ItemIndex],
    /// Whether the plan or the host keeps any product out at all.
    masked: bool,
}

/// Whether a plan, or one row of it, keeps any product out.
fn masks(plan: &Plan, row: &Row) -> bool {
    !(plan.mask.is_empty() && row.mask.is_empty() && plan.seasons.is_empty() && plan.sensitive.is_empty())
}

impl<'a, B: AsRef<[u8]>> Gate<'a, B> {
    /// The gate of a row on a page about `anchor`. What does not depend on the product is computed here, once for the
    /// hundred candidates of a row.
    pub(super) fn new(
        visit: &'a Visit<'a, B>,
        row: &'a Row,
        anchor: Option<ItemIndex>,
        history: &'a History,
        on_page: &'a OnPage,
        sold_out: &'a [ItemIndex],
    ) -> Self {
        let marks = history.iter().fold(0, |marks, step| marks | step.item.mark());
        let masked = !sold_out.is_empty() || masks(visit.model.plan(), row);
        Self { visit, row, anchor, history, marks, on_page, sold_out, masked }
    }

    /// What keeps a product out of the row, if anything does. `strategy` is the one that proposes it; `None` for a pinned
    /// product, which may appear although the visit has seen it.
    ///
    /// If several object, the first one is counted. The cheap checks come first. The anchor counts as a product of the page.
    pub(super) fn refuses(&self, item: ItemIndex, strategy: Option<Strategy>) -> Option<Guard> {
        if self.on_page.has(item) || self.anchor == Some(item) {
            return Some(Guard::OnPage);
        }
        // "Recently viewed" is about nothing but products that were seen.
        if !self.row.seen
            && strategy.is_some_and(|strategy| strategy != Strategy::RecentlyViewed)
            && self.marks & item.mark() != 0
            && self.history.iter().any(|step| step.item == item)
        {
            return Some(Guard::Seen);
        }
        self.forbids(item)
    }

    /// What keeps a product out of the page, whatever else stands there and whatever the visit has seen.
    pub(super) fn forbids(&self, item: ItemIndex) -> Option<Guard> {
        let (model, plan) = (self.visit.model, self.visit.model.plan());
        if !model.has_card(item) {
            return Some(Guard::NoCard);
        }
        if model.is_off(item) {
            return Some(Guard::SoldOut);
        }
        // Most plans ban little, so the checks below, which read the catalogue, are skipped for them.
        if !self.masked {
            return None;
        }
        let category = model.item_category(item);
        let masks = |mask: &Mask| self.is_in(item, &mask.items, &mask.categories, &mask.brands);
        let below = |mask: &Mask| mask.price_floor > 0 && (1..mask.price_floor).contains(&model.price_cents(item));
        let month = || month(self.visit.now_ms(), i32::from(plan.utc_offset));
        let off = |of: &[u16]| of.binary_search(&category).is_ok();
        // Whoever looks at a product of a sensitive category may see others of it there, and nowhere else.
        let own_page = || self.anchor.is_some_and(|anchor| model.item_category(anchor) == category);
        if masks(&plan.mask) || masks(&self.row.mask) {
            Some(Guard::Banned)
        } else if self.sold_out.contains(&item) {
            Some(Guard::SoldOut)
        } else if below(&plan.mask) || below(&self.row.mask) {
            Some(Guard::PriceFloor)
        } else if plan.seasons.iter().any(|season| off(&season.categories) && season.months >> month() & 1 == 0) {
            Some(Guard::Season)
        } else if off(&plan.sensitive) && !own_page() {
            Some(Guard::Sensitive)
        } else {
            None
        }
    }

    /// Whether the plan names a product itself, its category or its brand. The lists ascend, and most are empty: the
    /// catalogue is read only for those that are not.
    fn is_in(&self, item: ItemIndex, items: &[ItemIndex], categories: &[u16], brands: &[u32]) -> bool {
        let model = self.visit.model;
        items.binary_search(&item).is_ok()
            || (!categories.is_empty() && categories.binary_search(&model.item_category(item)).is_ok())
            || (!brands.is_empty() && brands.binary_search(&model.brand_number(item)).is_ok())
    }

    /// What boosts make of a score. Several boosts multiply. The result stays above 0, so that a product is never banned by a
    /// boost, and at most ten times the best score.
    pub(super) fn boosted(&self, item: ItemIndex, score: u32) -> u32 {
        let has = |boost: &&Boost| self.is_in(item, &boost.items, &boost.categories, &boost.brands);
        let factor = |score: u64, boost: &Boost| score * u64::from(boost.factor) / 1000;
        self.row.boosts.iter().filter(has).fold(u64::from(score), factor).clamp(1, 10_000) as u32
    }
}
