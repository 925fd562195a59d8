//! The merchandiser's plan as a snapshot carries it: names resolved to numbers, checked.
//!
//! The file a merchandiser edits is JSON and is read, with its mistakes explained, by the trainer; what
//! stands here is what hosts decide by. Shares and chances are ten-thousandths, weights thousandths.

pub use super::condition::{Condition, Measure, Schedule, month};
pub use super::strategy::Strategy;

use crate::context::key_of;
use crate::wire::{Read, Reader, readable};
use alloc::{string::String, vec::Vec};

/// All of something, in ten-thousandths: the unit of shares and propensities.
pub const WHOLE: u16 = 10_000;
/// Most products a slot may show.
pub const MAX_ITEMS: u8 = 48;

/// Every slot the plan knows, and what holds for all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Plan {
    /// Slots in alphabetical order of their names.
    pub slots: Vec<Slot>,
    /// What arms are drawn with: another salt draws anew.
    pub salt: u64,
    /// Share of the visits that get the shop's own content everywhere, for good.
    pub holdout: u16,
    /// Minutes by which the store's clocks are ahead of UTC.
    pub utc_offset: i16,
    /// Conditions slots, variants and offers name by number.
    pub conditions: Vec<Condition>,
    /// Published offers.
    pub offers: Vec<Offer>,
    /// Products that are not to be shown anywhere.
    pub mask: Mask,
    /// Months in which categories are in season; in others their products are not shown.
    pub seasons: Vec<Season>,
    /// Categories nobody is to be reminded of: they count for nothing, and their products are shown on their
    /// own pages only. Ascending.
    pub sensitive: Vec<u16>,
    /// Texts for shoppers in the shop's own words, by translation key.
    pub texts: Vec<(String, String)>,
    /// Whether a slot counts as seen as soon as it is in the page, below the fold too.
    pub seen_in_page: bool,
}

/// Categories and their season.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Season {
    /// Categories, ascending, children included.
    pub categories: Vec<u16>,
    /// A bit a month, January's the lowest.
    pub months: u16,
}

/// Products that are not to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Mask {
    /// By number, ascending.
    pub items: Vec<u32>,
    /// All of these categories, ascending.
    pub categories: Vec<u16>,
    /// All of these brands, ascending.
    pub brands: Vec<u32>,
    /// All below this price, in hundredths; products without a price stay.
    pub price_floor: u32,
}

/// An offer the shop has published. The engine shows it or not; what it is worth is the shop's affair.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Offer {
    /// The value of its `data-variant` attribute.
    pub name: String,
    /// Least rise of the chance of a purchase, in thousandths, for which it is given.
    pub least: u16,
    /// For whom, as the number of a condition.
    pub audience: Option<u16>,
    /// When.
    pub schedule: Schedule,
}

/// One marked place and what may fill it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Slot {
    /// The value of its `data-slotwise` attribute.
    pub name: String,
    /// Item events a session must hold before anything changes.
    pub minimum_evidence: u16,
    /// For whom, as the number of a condition; for all others the shop's own content stays.
    pub audience: Option<u16>,
    /// When; at other times the shop's own content stays.
    pub schedule: Schedule,
    /// On how many pages of a visit what the engine put there may be seen; 0: on all.
    pub most_shown: u8,
    /// How arms are drawn.
    pub draw: Draw,
    /// What is decided. One arm is no experiment.
    pub arms: Vec<Arm>,
}

impl Slot {
    /// 16-bit hash of its name.
    pub fn key(&self) -> u16 {
        key_of(&self.name)
    }
}

/// How arms are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub enum Draw {
    /// Once a visit, by their shares.
    #[default]
    Visit,
    /// Once an hour for all visits alike, by their shares: a switchback.
    Hour,
    /// Once a visit, by the shares the trainer drew from what the arms earned (Thompson sampling).
    Posterior,
}

/// One way to decide a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Arm {
    /// Its name; `model` where there is no experiment.
    pub name: String,
    /// Its share of the visits that are not held out.
    pub share: u16,
    /// What it decides.
    pub fill: Fill,
}

/// What is decided in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub enum Fill {
    /// Nothing: the shop's own content stays.
    Own,
    /// One of several variants is shown.
    Choose(Choose),
    /// A row of products is shown.
    Items(Row),
    /// What the shop shows is put in order.
    Order(Order),
    /// An offer is made, or none: numbers of [`Plan::offers`], the most wanted first.
    Offers(Vec<u16>),
}

/// What a *choose* slot chooses from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Choose {
    /// Name of the variant that is the shop's own content.
    pub default: String,
    /// The others.
    pub variants: Vec<Variant>,
    /// Share of the session's category affinity that a variant must hold, in thousandths.
    pub minimum_share: u16,
    /// By how many thousandths another variant must lead the one that was seen to take its place.
    pub stickiness: u16,
}

/// A variant and whom it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Variant {
    /// The value of its `data-variant` attribute.
    pub name: String,
    /// Numbers of the categories it is for, ascending, children included; none: it is for whom its audience says.
    pub categories: Vec<u16>,
    /// For whom, as the number of a condition.
    pub audience: Option<u16>,
}

/// How what the shop shows is put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub enum Order {
    /// Categories by the session's attention.
    Categories,
    /// Products by relevance to the session.
    Products,
}

/// A row of products and its guardrails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Row {
    /// Where products come from, with their shares of the places. Without shares (all 0) each is asked for
    /// what the ones before left empty.
    pub sources: Vec<(Strategy, u16)>,
    /// How many products, 1 to [`MAX_ITEMS`].
    pub limit: u8,
    /// With fewer than this the shop's own content stays.
    pub at_least: u8,
    /// Whether products of the session may be shown again.
    pub seen: bool,
    /// Places kept for products of other strategies, against bubbles.
    pub reserve: Vec<(Strategy, u16)>,
    /// Most products of one category; 0: no bound.
    pub category_cap: u8,
    /// Most products of one brand; 0: no bound.
    pub brand_cap: u8,
    /// Weight of being unlike the products before, against merit, in thousandths (maximal marginal relevance).
    pub diversity: u16,
    /// By how many thousandths a new row must be better than the one shown to take its place.
    pub stickiness: u16,
    /// Products with a fixed place (0 is the first), by place.
    pub pins: Vec<(u8, u32)>,
    /// Factors of merit, in thousandths.
    pub boosts: Vec<Boost>,
    /// Products not to be shown here.
    pub mask: Mask,
}

/// A factor of merit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Boost {
    /// For these products, by number, ascending.
    pub items: Vec<u32>,
    /// For all of these categories, ascending.
    pub categories: Vec<u16>,
    /// For all of these brands, ascending.
    pub brands: Vec<u32>,
    /// In thousandths; 1000 changes nothing.
    pub factor: u16,
}

readable! {
    struct Plan {
        slots, salt, holdout, utc_offset, conditions, offers, mask, seasons, sensitive, texts, seen_in_page,
    }
}
readable! { struct Season { categories, months } }
readable! { struct Mask { items, categories, brands, price_floor } }
readable! { struct Offer { name, least, audience, schedule } }
readable! { struct Slot { name, minimum_evidence, audience, schedule, most_shown, draw, arms } }
readable! { enum Draw { Visit, Hour, Posterior } }
readable! { struct Arm { name, share, fill } }
readable! { struct Choose { default, variants, minimum_share, stickiness } }
readable! { struct Variant { name, categories, audience } }
readable! { enum Order { Categories, Products } }
readable! {
    struct Row {
        sources, limit, at_least, seen, reserve, category_cap, brand_cap, diversity, stickiness, pins, boosts, mask,
    }
}
readable! { struct Boost { items, categories, brands, factor } }

impl Read for Fill {
    fn read(from: &mut Reader<'_>) -> Self {
        match from.number() {
            0 => Self::Own,
            1 => Self::Choose(Choose::read(from)),
            2 => Self::Items(Row::read(from)),
            3 => Self::Order(Order::read(from)),
            4 => Self::Offers(Vec::read(from)),
            _ => {
                from.refuse();
                Self::Own
            }
        }
    }
}

impl Plan {
    /// The slot of this name.
    pub fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }

    /// Whether every number names something that is there, in a snapshot with so many items, categories and
    /// brands.
    pub fn is_sound(&self, items: usize, categories: usize, brands: usize) -> bool {
        let category = |list: &[u16]| {
            list.iter().all(|at| usize::from(*at) < categories) && list.windows(2).all(|two| two[0] < two[1])
        };
        let numbers = |list: &[u32], count: usize| {
            list.iter().all(|at| (*at as usize) < count) && list.windows(2).all(|two| two[0] < two[1])
        };
        let mask =
            |mask: &Mask| numbers(&mask.items, items) && category(&mask.categories) && numbers(&mask.brands, brands);
        let audience = |audience: &Option<u16>| audience.is_none_or(|at| usize::from(at) < self.conditions.len());
        let boost = |boost: &Boost| {
            numbers(&boost.items, items) && category(&boost.categories) && numbers(&boost.brands, brands)
        };
        let row = |row: &Row| {
            let pin = |(place, item): &(u8, u32)| *place < row.limit && (*item as usize) < items;
            (1..=MAX_ITEMS).contains(&row.limit)
                && row.diversity <= 1000
                && row.pins.iter().all(pin)
                && row.boosts.iter().all(boost)
                && mask(&row.mask)
        };
        let fill = |fill: &Fill| match fill {
            Fill::Own | Fill::Order(_) => true,
            Fill::Choose(choose) => choose.variants.iter().all(|v| category(&v.categories) && audience(&v.audience)),
            Fill::Items(items) => row(items),
            Fill::Offers(offers) => offers.iter().all(|at| usize::from(*at) < self.offers.len()),
        };
        let slot = |slot: &Slot| {
            let shares: u32 = slot.arms.iter().map(|arm| u32::from(arm.share)).sum();
            audience(&slot.audience)
                && !slot.arms.is_empty()
                && shares == u32::from(WHOLE)
                && slot.arms.iter().all(|arm| fill(&arm.fill))
        };
        let condition = |(own, condition): (usize, &Condition)| {
            condition.is_sound(own) && !matches!(condition, Condition::Interest(list, _) if !category(list))
        };
        self.holdout <= WHOLE
            && self.conditions.iter().enumerate().all(condition)
            && self.offers.iter().all(|offer| audience(&offer.audience))
            && mask(&self.mask)
            && self.seasons.iter().all(|season| category(&season.categories))
            && category(&self.sensitive)
            && self.slots.iter().all(slot)
    }
}
