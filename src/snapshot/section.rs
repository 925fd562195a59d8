//! The small structures of a snapshot. Each is one section, in postcard's encoding.

use super::additive::Additive;
use super::{ItemIndex, SnapshotError, code, rows};
use crate::context::Context;
use crate::event::EventKind;
use crate::session::MAX_INTERACTIONS;
use crate::wire::{Read, Reader, readable};
use alloc::{string::String, vec::Vec};

/// Provenance of the snapshot, and the numbers that scoring needs besides the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Meta {
    /// Program and version that trained it.
    pub trainer: String,
    /// Time of the newest event in the log, in milliseconds since 1970. It does not come from the clock, so that the
    /// same log gives the same bytes.
    pub newest_ms: u64,
    /// Number of events in the log.
    pub events: u64,
    /// Number of sessions in the log.
    pub sessions: u64,
    /// ISO 4217 currency code of all prices; empty if the log states none.
    pub currency: String,
    /// URL pattern for products without a URL of their own: `{id}` is the product id.
    pub url_pattern: String,
    /// Image URL pattern for products without an image of their own: `{id}`, `{category}`, and `{n}` for the key
    /// modulo 12.
    pub image_pattern: String,
    /// Weights of a session's events.
    pub kernel: Kernel,
}

/// The kernel: weights of a session's events when their rows are added up. Factors are fixed-point numbers; 1024 is one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Kernel {
    /// Recency factor of an event's row, by position from the newest event.
    pub recency: [u16; MAX_INTERACTIONS],
    /// Additional factor of a repeated event's row.
    pub repeated: u16,
    /// Return-to-seen kernel: score added to an item already seen, by position. One table applies if the newest event is
    /// about a new item, the other if it is itself about an item seen before.
    pub returning: [[u32; MAX_INTERACTIONS]; 2],
    /// The same for the newest item if its event was repeated, whatever came before.
    pub again: u32,
    /// The same if it was not, but the event before it was: who opens pages twice does so with the next one.
    pub habit: u32,
    /// The same if it is all there is: no habit is known.
    pub first: u32,
    /// Factor of the four above, by number of events minus one.
    pub length: [u16; MAX_INTERACTIONS],
    /// Weight of an event in category affinity, by position.
    pub affinity: [u16; MAX_INTERACTIONS],
    /// Factor by kind of event; 0 for kinds that do not express interest.
    pub kinds: [u16; EventKind::COUNT],
}

impl Meta {
    /// Program and version of this build.
    pub const TRAINER: &str = concat!("slotwise ", env!("CARGO_PKG_VERSION"));
}

impl Kernel {
    /// One, in the unit of factors.
    pub const ONE: u16 = 1024;
    /// Score of the heaviest neighbour in a typical row after a single event.
    pub const SCORE: u32 = (rows::ONE >> 3) * code::LEVELS * code::LEVELS;
}

/// Names of categories and brands, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Names {
    /// Category paths (`apparel.shoes.keds`), sorted; number 0 is the empty path and means "no category".
    pub categories: Vec<String>,
    /// Brands, sorted; number 0 means "no brand".
    pub brands: Vec<String>,
    /// Median price of each category in hundredths, by category number; 0 if too few prices are known.
    pub medians: Vec<u32>,
    /// Level of conversion of each category, by category number: see [`About::conversion`](crate::feature::About).
    pub conversion: Vec<u32>,
}

/// Ranked lists of items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Lists {
    /// Bestsellers of the whole store, best first.
    pub bestsellers: Vec<ItemIndex>,
    /// Bestsellers of each category, by category number.
    pub category_bestsellers: Vec<Vec<ItemIndex>>,
    /// Items whose share of events grew most in the newest part of the log.
    pub trending: Vec<ItemIndex>,
    /// Items that appeared in the log most recently.
    pub new_arrivals: Vec<ItemIndex>,
    /// Items of each category that appeared most recently, by category number.
    pub category_new: Vec<Vec<ItemIndex>>,
    /// For each category, the categories that visits move on to more often than by chance, most frequent first.
    pub adjacent: Vec<Vec<u16>>,
    /// For each category, the categories bought together with it more often than by chance, most frequent first.
    pub complements: Vec<Vec<u16>>,
}

/// Arm statistics of a slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct SlotStats {
    /// The slot's name.
    pub slot: String,
    /// Statistics of its arms, in the plan's order.
    pub arms: Vec<ArmStats>,
}

/// Statistics of one arm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct ArmStats {
    /// Name of the arm.
    pub name: String,
    /// Number of visits that saw the slot in this arm.
    pub visits: u32,
    /// Number of those visits that reached the goal afterwards. Successes plus one and failures plus one are the
    /// parameters of the beta posterior of the arm's rate.
    pub reached: u32,
}

/// Predictions about an anonymous visit: one additive model over [`crate::feature`] each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Intent {
    /// Log-odds that the visit ends in a purchase, in thousandths.
    pub purchase: Additive,
    /// Log-odds of an add-to-cart later in the visit, in thousandths.
    pub cart: Additive,
    /// Log-odds that the visit ends after the current step, in thousandths.
    pub exit: Additive,
    /// Uplift: change of the purchase probability by an offer, in thousandths. Fitted only if the log contains a
    /// randomised offer.
    pub uplift: Additive,
}

impl Intent {
    /// All models with their names.
    pub fn all(&self) -> [(&'static str, &Additive); 4] {
        [("purchase", &self.purchase), ("cart", &self.cart), ("exit", &self.exit), ("uplift", &self.uplift)]
    }
}

/// The prior: what visits from the same traffic source wanted, for sources with enough visits in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Prior {
    /// Groups in ascending order of their keys. The first one, with key 0, holds all visits.
    pub nodes: Vec<PriorNode>,
}

/// A group of visits from the same traffic source, campaign or landing page. Its shares are shrunk towards those of the
/// next wider group; the fewer visits, the stronger the shrinkage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct PriorNode {
    /// Key of the group, as packed by [`Prior::keys`].
    pub key: u64,
    /// Number of visits.
    pub sessions: u32,
    /// Purchase log-odds relative to all visits, in thousandths.
    pub purchase: i32,
    /// Largest categories by share of events, in thousandths, largest first. The rest is omitted.
    pub categories: Vec<(u16, u16)>,
    /// Items that these visits want more than all visits do, best first.
    pub items: Vec<ItemIndex>,
}

impl Prior {
    /// Keys of the groups that a visit belongs to, narrowest first: source with campaign and landing page; landing page;
    /// source with campaign; source with device and part of the day; source with device; source; all visits. 0 means all
    /// visits; it also replaces a group that does not apply (no campaign, no landing page).
    pub fn keys(context: &Context) -> [u64; 7] {
        let part = |level: u64, device: u64, hours: u64, campaign: u64, landing: u64, source: u64| {
            level << 56 | source << 48 | device << 40 | hours << 32 | campaign << 16 | landing
        };
        let (source, device) = (context.source as u64, context.device as u64);
        let (campaign, landing) = (u64::from(context.campaign), u64::from(context.landing));
        // Parts of six hours, from midnight on.
        let hours = u64::from(context.time.hour / 6);
        let some = |there: bool, key: u64| if there { key } else { 0 };
        [
            some(campaign != 0 && landing != 0, part(6, 0, 0, campaign, landing, source)),
            some(landing != 0, part(5, 0, 0, 0, landing, 0)),
            some(campaign != 0, part(4, 0, 0, campaign, 0, source)),
            some(hours < 4, part(3, device, hours, 0, 0, source)),
            part(2, device, 0, 0, 0, source),
            part(1, 0, 0, 0, 0, source),
            0,
        ]
    }

    /// The narrowest known group of a visit. `None` only if nothing was learned at all.
    pub fn node(&self, context: &Context) -> Option<&PriorNode> {
        // The widest group first, which is that of all visits, so the narrowest known one stays.
        let mut narrowest = None;
        for key in Self::keys(context).iter().rev() {
            if (*key != 0 || narrowest.is_none())
                && let Ok(at) = self.nodes.binary_search_by_key(key, |node| node.key)
            {
                narrowest = self.nodes.get(at);
            }
        }
        narrowest
    }
}

readable! { struct Meta { trainer, newest_ms, events, sessions, currency, url_pattern, image_pattern, kernel } }
readable! { struct Kernel { recency, repeated, returning, again, habit, first, length, affinity, kinds } }
readable! { struct Names { categories, brands, medians, conversion } }
readable! {
    struct Lists { bestsellers, category_bestsellers, trending, new_arrivals, category_new, adjacent, complements }
}
readable! { struct SlotStats { slot, arms } }
readable! { struct ArmStats { name, visits, reached } }
readable! { struct Intent { purchase, cart, exit, uplift } }
readable! { struct Prior { nodes } }
readable! { struct PriorNode { key, sessions, purchase, categories, items } }

/// Serialises a section.
#[cfg(feature = "names")]
pub fn encode<T: serde::Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).unwrap_or_default()
}

/// Reads a section. Notes an error if the bytes do not hold the structure, or hold more than it.
#[inline(never)]
pub fn decode<T: Read>(bytes: &[u8], section: &'static str, problem: &mut Option<SnapshotError>) -> T {
    let mut from = Reader::new(bytes);
    let value = T::read(&mut from);
    if !from.is_done() {
        problem.get_or_insert(SnapshotError::malformed(section, "its structure cannot be read"));
    }
    value
}
