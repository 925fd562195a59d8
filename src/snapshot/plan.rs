//! The compiled plan: the merchandiser's file with all names resolved to numbers and checked.
//!
//! The merchandiser edits a JSON file. The trainer reads it, explains its mistakes and compiles it into the structures
//! below, which the hosts use to decide. Shares and probabilities are in ten-thousandths, weights in thousandths.

pub use super::condition::{Condition, Fact, Schedule, month};
pub use super::locale::{Locale, PriceFormat};
pub use super::strategy::Strategy;

use super::ItemIndex;
use crate::context::key_of;
use crate::wire::{Read, Reader, readable};
use alloc::{string::String, vec::Vec};

/// One (100 %), in the unit of shares and propensities: ten-thousandths.
pub const WHOLE: u16 = 10_000;
/// Greatest number of products in a slot.
pub const MAX_ITEMS: u8 = 48;

/// All slots of the plan, and the settings they share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Plan {
    /// Slots, sorted by name.
    pub slots: Vec<Slot>,
    /// Salt of the assignment of arms. A new salt assigns all visits anew.
    pub salt: u64,
    /// Global holdout: share of visits that always see the shop's own content, in every slot.
    pub holdout: u16,
    /// Offset of the store's local time from UTC, in minutes.
    pub utc_offset: i16,
    /// Conditions. Slots, variants and offers refer to them by number.
    pub conditions: Vec<Condition>,
    /// Offers that the shop has published.
    pub offers: Vec<Offer>,
    /// Tags of pictures that stand for categories or an audience, as variants do. All other tags name a category or a
    /// brand.
    pub pictures: Vec<Variant>,
    /// Products that must not be shown in any slot.
    pub mask: Mask,
    /// Seasonal categories. Their products are not shown out of season.
    pub seasons: Vec<Season>,
    /// Sensitive categories, in ascending order. They do not affect decisions, and their products appear only on their
    /// own pages.
    pub sensitive: Vec<u16>,
    /// The shop's languages, by number; the default first.
    pub locales: Vec<Locale>,
    /// Whether a slot counts as seen once it is in the page, even below the fold.
    pub seen_in_page: bool,
    /// Whether next-item rows stay at the edge: what tells which products are viewed and bought together is not sent to
    /// browsers, which decide without them.
    pub rows_at_edge: bool,
    /// Words that shoppers search with, by number of the category they mean. Empty if the plan has none.
    pub terms: Vec<String>,
    /// Age in seconds past which a card shows no price; 0 for no limit.
    pub price_age: u32,
}

/// Categories with a season.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Season {
    /// Category numbers in ascending order, children included.
    pub categories: Vec<u16>,
    /// Months in season, one bit each; January is the lowest bit.
    pub months: u16,
}

/// A set of products that must not be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Mask {
    /// Products in ascending order.
    pub items: Vec<ItemIndex>,
    /// All products of these categories, in ascending order.
    pub categories: Vec<u16>,
    /// All products of these brands, in ascending order.
    pub brands: Vec<u32>,
    /// All products below this price in hundredths. Products without a price are not affected.
    pub price_floor: u32,
}

impl Mask {
    /// Whether it keeps no product out.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.categories.is_empty() && self.brands.is_empty() && self.price_floor == 0
    }
}

/// An offer that the shop has published. The engine decides whether to show it; the shop decides what it is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Offer {
    /// Name: the value of its `data-variant` attribute.
    pub name: String,
    /// Minimum uplift of the purchase probability at which the offer is made, in thousandths.
    pub least: u16,
    /// Audience, as the number of a condition.
    pub audience: Option<u16>,
    /// Schedule.
    pub schedule: Schedule,
}

/// Least and greatest number of products in a published set.
pub const BUNDLE_ITEMS: core::ops::RangeInclusive<usize> = 2..=6;
/// Name of the bundle that the engine makes of a product and what goes with it.
pub const MADE: &str = "together";

/// A slot: a marked place and what may fill it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Slot {
    /// Name: the value of its `data-slotwise` attribute.
    pub name: String,
    /// Number of item events that a session needs before the slot changes.
    pub minimum_evidence: u16,
    /// Audience, as the number of a condition. All other visits see the shop's own content.
    pub audience: Option<u16>,
    /// Schedule. At other times the slot shows the shop's own content.
    pub schedule: Schedule,
    /// Frequency cap: number of pages of a visit on which the engine's content may be seen; 0 for no cap.
    pub most_shown: u8,
    /// Whether it stays closed until the visitor is about to leave, and then opens once a visit.
    pub exit: bool,
    /// How arms are assigned.
    pub draw: Draw,
    /// Arms of the slot's experiment, the control first. A single arm means that there is no experiment.
    pub arms: Vec<Arm>,
}

impl Slot {
    /// 16-bit hash of the name.
    pub fn key(&self) -> u16 {
        key_of(&self.name)
    }

    /// Whether any of its arms makes offers.
    pub fn makes_offers(&self) -> bool {
        self.arms.iter().any(|arm| matches!(arm.fill, Fill::Offers(_)))
    }
}

/// How arms are assigned to visits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub enum Draw {
    /// Once per visit, by the arms' shares.
    #[default]
    Visit,
    /// Once per hour for all visits together, by the arms' shares (a switchback experiment).
    Hour,
    /// Once per visit, by shares that the trainer computed from the arms' statistics (Thompson sampling).
    Posterior,
}

/// An arm: one way to decide a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Arm {
    /// Name; `model` if there is no experiment.
    pub name: String,
    /// Share of the visits that are not in the holdout. For [`Draw::Posterior`] the trainer has computed it.
    pub share: u16,
    /// What the arm decides.
    pub fill: Fill,
}

/// What is decided in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub enum Fill {
    /// The shop's own content.
    Own,
    /// One of several variants.
    Choose(Choose),
    /// A row of products.
    Items(Row),
    /// A new order of what the shop shows.
    Order(Order),
    /// An offer or none: numbers of [`Plan::offers`], in order of preference.
    Offers(Vec<u16>),
    /// A bundle or none. The variants are sets of products that the shop has published; their titles and prices are in
    /// [`Locale::texts`]. The default, named [`MADE`], is a product that the row completes where no set fits. A row without
    /// strategies completes none, and only its mask counts.
    Bundle(Choose, Row),
}

/// The variants of a *choose* slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Choose {
    /// Name of the default variant, the shop's own content.
    pub default: String,
    /// All other variants.
    pub variants: Vec<Variant>,
    /// Minimum share of the session's category affinity that a variant needs, in thousandths.
    pub minimum_share: u16,
    /// Lead in thousandths that another variant needs to replace the one already seen.
    pub stickiness: u16,
}

/// A variant and its audience; also a published set of products, or a tag of pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Variant {
    /// Name: the value of its `data-variant` or `data-bundle` attribute, or the tag.
    pub name: String,
    /// Numbers of its categories in ascending order, children included. Empty if the variant is chosen by audience alone.
    pub categories: Vec<u16>,
    /// Audience, as the number of a condition.
    pub audience: Option<u16>,
    /// Products of a published set in the order in which they are shown, as many as [`BUNDLE_ITEMS`] says.
    pub items: Vec<ItemIndex>,
}

/// What an *order* slot puts in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub enum Order {
    /// Categories, by the session's affinity.
    Categories,
    /// Products, by relevance to the session.
    Products,
}

/// A row of products and its guardrails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Row {
    /// Strategies with their shares of the places. If all shares are 0, each strategy fills what the previous ones left
    /// empty.
    pub sources: Vec<(Strategy, u16)>,
    /// Number of products, 1 to [`MAX_ITEMS`].
    pub limit: u8,
    /// Minimum number of products. With fewer, the slot shows the shop's own content.
    pub at_least: u8,
    /// Whether products already seen in the session may appear.
    pub seen: bool,
    /// Places reserved for other strategies, so that visitors do not end up in a bubble.
    pub reserve: Vec<(Strategy, u16)>,
    /// Maximum number of products of one category; 0 for no limit.
    pub category_cap: u8,
    /// Maximum number of products of one brand; 0 for no limit.
    pub brand_cap: u8,
    /// Diversity: weight of dissimilarity to the products before against score, in thousandths (maximal marginal
    /// relevance; Carbonell and Goldstein, SIGIR 1998).
    pub diversity: u16,
    /// Lead in thousandths that a new row needs to replace the one already shown.
    pub stickiness: u16,
    /// Pinned products, sorted by place (0 is the first).
    pub pins: Vec<(u8, ItemIndex)>,
    /// Boosts: factors of the score.
    pub boosts: Vec<Boost>,
    /// Products that must not be shown in this slot.
    pub mask: Mask,
}

/// A factor of the score.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Boost {
    /// Products it applies to, in ascending order.
    pub items: Vec<ItemIndex>,
    /// Categories it applies to, in ascending order.
    pub categories: Vec<u16>,
    /// Brands it applies to, in ascending order.
    pub brands: Vec<u32>,
    /// The factor in thousandths; 1000 changes nothing.
    pub factor: u16,
}

readable! {
    struct Plan {
        slots, salt, holdout, utc_offset, conditions, offers, pictures, mask, seasons, sensitive, locales, seen_in_page,
        rows_at_edge, terms, price_age,
    }
}
readable! { struct Season { categories, months } }
readable! { struct Mask { items, categories, brands, price_floor } }
readable! { struct Offer { name, least, audience, schedule } }
readable! { struct Slot { name, minimum_evidence, audience, schedule, most_shown, exit, draw, arms } }
readable! { enum Draw { Visit, Hour, Posterior } }
readable! { struct Arm { name, share, fill } }
readable! { struct Choose { default, variants, minimum_share, stickiness } }
readable! { struct Variant { name, categories, audience, items } }
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
            5 => Self::Bundle(Choose::read(from), Row::read(from)),
            _ => {
                from.refuse();
                Self::Own
            }
        }
    }
}

impl Plan {
    /// The slot with this name.
    pub fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }

    /// The shop's own words on a published bundle in a locale: its `title`, `price`, `url` or `image`. They are texts like
    /// any other, so that hosts need no second way to get at them.
    #[cfg(feature = "names")]
    pub fn bundle_text(&self, locale: usize, bundle: &str, field: &str) -> Option<&str> {
        self.text(locale, &Self::bundle_key(bundle, field))
    }

    /// Takes over the shares that another plan's arms have earned. They hold only for slots with the same arms.
    #[cfg(feature = "names")]
    pub fn keep_shares(&mut self, earned: &Self) {
        for slot in self.slots.iter_mut().filter(|slot| slot.draw == Draw::Posterior) {
            let Some(before) = earned.slot(&slot.name).filter(|before| before.draw == Draw::Posterior) else {
                continue;
            };
            if slot.arms.iter().map(|arm| &arm.name).eq(before.arms.iter().map(|arm| &arm.name)) {
                for (arm, before) in slot.arms.iter_mut().zip(&before.arms) {
                    arm.share = before.share;
                }
            }
        }
    }

    /// The key of a bundle's text in [`Locale::texts`].
    #[cfg(feature = "names")]
    pub fn bundle_key(bundle: &str, field: &str) -> String {
        alloc::format!("bundle.{bundle}.{field}")
    }

    /// Whether every number refers to something that exists, in a snapshot with this many items, categories and
    /// brands.
    pub fn is_sound(&self, items: usize, categories: usize, brands: usize) -> bool {
        // Lists ascend, so their last entry is the largest.
        let category = |list: &[u16]| {
            list.is_sorted_by(|a, b| a < b) && list.last().is_none_or(|at| usize::from(*at) < categories)
        };
        let brand =
            |list: &[u32]| list.is_sorted_by(|a, b| a < b) && list.last().is_none_or(|at| (*at as usize) < brands);
        let item =
            |list: &[ItemIndex]| list.is_sorted_by(|a, b| a < b) && list.last().is_none_or(|item| item.place() < items);
        let mask = |mask: &Mask| item(&mask.items) && category(&mask.categories) && brand(&mask.brands);
        let audience = |audience: &Option<u16>| audience.is_none_or(|at| usize::from(at) < self.conditions.len());
        let boost = |boost: &Boost| item(&boost.items) && category(&boost.categories) && brand(&boost.brands);
        let row = |row: &Row| {
            let pin = |(place, item): &(u8, ItemIndex)| *place < row.limit && item.place() < items;
            (1..=MAX_ITEMS).contains(&row.limit)
                && row.diversity <= 1000
                && row.pins.iter().all(pin)
                && row.boosts.iter().all(boost)
                && mask(&row.mask)
        };
        let variant = |v: &Variant| category(&v.categories) && audience(&v.audience);
        let set = |set: &Variant| {
            let known = set.items.iter().all(|item| item.place() < items);
            known && BUNDLE_ITEMS.contains(&set.items.len()) && variant(set)
        };
        let fill = |fill: &Fill| match fill {
            Fill::Own | Fill::Order(_) => true,
            Fill::Choose(choose) => choose.variants.iter().all(variant),
            Fill::Items(items) => row(items),
            Fill::Offers(offers) => offers.iter().all(|at| usize::from(*at) < self.offers.len()),
            Fill::Bundle(sets, completion) => sets.variants.iter().all(set) && row(completion),
        };
        let slot = |slot: &Slot| {
            let shares: u32 = slot.arms.iter().map(|arm| u32::from(arm.share)).sum();
            audience(&slot.audience)
                && !slot.arms.is_empty()
                && shares == u32::from(WHOLE)
                && slot.arms.iter().all(|arm| fill(&arm.fill))
        };
        let condition = |(own, condition): (usize, &Condition)| condition.is_sound(own, &category);
        self.holdout <= WHOLE
            && self.conditions.iter().enumerate().all(condition)
            && self.offers.iter().all(|offer| audience(&offer.audience))
            && self.pictures.iter().all(variant)
            && self.has_sound_locales(categories)
            && mask(&self.mask)
            && self.seasons.iter().all(|season| category(&season.categories))
            && category(&self.sensitive)
            && self.slots.iter().all(slot)
    }
}
