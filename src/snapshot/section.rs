//! The small structures of a snapshot, each one section in postcard.

use super::additive::Additive;
use super::{SnapshotError, code, rows};
use crate::context::Context;
use crate::event::EventKind;
use crate::session::MAX_INTERACTIONS;
use crate::wire::{Read, Reader, readable};
use alloc::{string::String, vec::Vec};

/// Who trained, from what, and the numbers scoring needs besides the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Meta {
    /// Version of the program that trained.
    pub trainer: String,
    /// Time of the newest event in the log, in milliseconds since 1970. The log decides, not the
    /// clock, so that the same log gives the same bytes.
    pub newest_ms: u64,
    /// Events the model was counted from.
    pub events: u64,
    /// Sessions the model was counted from.
    pub sessions: u64,
    /// ISO 4217 code of every price; empty if the log names none.
    pub currency: String,
    /// Link of a product that has none of its own: `{id}` stands for its id.
    pub url_pattern: String,
    /// Picture of a product that has none of its own: `{id}`, `{category}`, and `{n}` for its key
    /// modulo 12.
    pub image_pattern: String,
    /// How a session's events are weighed.
    pub kernel: Kernel,
}

/// How a session's events are weighed when rows are added up. Factors have the unit 1024, which is one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Kernel {
    /// Factor of an event's row, by steps back from the newest.
    pub recency: [u16; MAX_INTERACTIONS],
    /// Factor of a repeated event's row.
    pub repeated: u16,
    /// What an item already seen gets, by steps back, in the unit of scores: one table for a visitor who
    /// goes on to something new, one for a visitor whose newest event is itself about an item seen before.
    pub returning: [[u32; MAX_INTERACTIONS]; 2],
    /// What the newest item gets on top if its event was repeated, in the unit of scores.
    pub again: u32,
    /// Factor of the three above, by number of events less one.
    pub length: [u16; MAX_INTERACTIONS],
    /// Weight of an event for category affinity, by steps back.
    pub affinity: [u16; MAX_INTERACTIONS],
    /// Factor by kind of event; 0 where a kind says nothing about what is wanted.
    pub kinds: [u16; EventKind::COUNT],
}

impl Meta {
    /// The program and version that trains.
    pub const TRAINER: &str = concat!("slotwise ", env!("CARGO_PKG_VERSION"));
}

impl Kernel {
    /// One, in the unit of factors.
    pub const ONE: u16 = 1024;
    /// The score of the heaviest neighbour in a usual row, by the newest event alone.
    pub const SCORE: u32 = (rows::ONE >> 3) * code::LEVELS * code::LEVELS;
}

/// Names of categories and brands, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Names {
    /// Category paths (`apparel.shoes.keds`), in alphabetical order.
    pub categories: Vec<String>,
    /// Brands, in alphabetical order; number 0 is "no brand".
    pub brands: Vec<String>,
    /// Median price of each category in hundredths, by category number; 0 where too few prices are known.
    pub medians: Vec<u32>,
}

/// Items in order of merit, by item number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Lists {
    /// Of the whole store, the most wanted first.
    pub bestsellers: Vec<u32>,
    /// Of each category, by category number.
    pub category_bestsellers: Vec<Vec<u32>>,
    /// Those whose share of attention grew most in the newest part of the log.
    pub trending: Vec<u32>,
    /// Those first seen last.
    pub new_arrivals: Vec<u32>,
    /// Of each category those first seen last, by category number.
    pub category_new: Vec<Vec<u32>>,
    /// Of each category those that visits go to from it, beyond chance, the most usual first.
    pub adjacent: Vec<Vec<u16>>,
    /// Of each category those whose products go into carts with its own, beyond chance, the most usual first.
    pub complements: Vec<Vec<u16>>,
}

/// What the arms of a slot earned so far, and how the next visits are drawn for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct SlotStats {
    /// The slot's name.
    pub slot: String,
    /// Its arms, in the plan's order.
    pub arms: Vec<ArmStats>,
}

/// What one arm earned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct ArmStats {
    /// Its name.
    pub name: String,
    /// Visits that saw the slot in this arm.
    pub visits: u32,
    /// Those of them that reached the goal afterwards. With one added on both sides they are the parameters
    /// of a beta distribution: the posterior of the arm's rate.
    pub reached: u32,
    /// Its share of the next visits in ten-thousandths: how probably it is the best.
    pub share: u16,
}

/// What an anonymous visit is worth knowing, as additive models over [`crate::feature`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Intent {
    /// Whether the visit ends in a purchase, in milli-logits.
    pub purchase: Additive,
    /// Whether something is put into the cart later in the visit, in milli-logits.
    pub cart: Additive,
    /// Whether the step just made was the last, in milli-logits.
    pub exit: Additive,
    /// By how much an offer changes the chance of a purchase, in thousandths; fitted only where the log
    /// holds a randomised offer.
    pub uplift: Additive,
}

impl Intent {
    /// Every model with its name.
    pub fn all(&self) -> [(&'static str, &Additive); 4] {
        [("purchase", &self.purchase), ("cart", &self.cart), ("exit", &self.exit), ("uplift", &self.uplift)]
    }
}

/// What visits from the same traffic source wanted, where the log tells enough of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Prior {
    /// In ascending order of their keys. The first, of key 0, is all visits.
    pub nodes: Vec<PriorNode>,
}

/// Visits from the same traffic source. Shares are pulled towards those of the wider group they belong to, the
/// more the fewer they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct PriorNode {
    /// Which way, as [`Prior::keys`] packs it.
    pub key: u64,
    /// How many visits.
    pub sessions: u32,
    /// How much nearer to a purchase than all visits, in milli-logits.
    pub purchase: i32,
    /// Categories by their share of the attention, in thousandths, the largest first; the rest is left out.
    pub categories: Vec<(u16, u16)>,
    /// Items wanted more than by all visits, the most wanted first.
    pub items: Vec<u32>,
}

impl Prior {
    /// The groups a visit belongs to, the narrowest first: source with campaign and landing page, landing
    /// page, source with campaign, source with device and part of the day, source with device, source, all.
    /// 0 stands for all, and for a group that says nothing (no campaign, no landing page).
    pub fn keys(context: &Context) -> [u64; 7] {
        let part = |level: u64, device: u64, hours: u64, campaign: u64, landing: u64, source: u64| {
            level << 56 | source << 48 | device << 40 | hours << 32 | campaign << 16 | landing
        };
        let (source, device) = (context.source as u64, context.device as u64);
        let (campaign, landing) = (u64::from(context.campaign), u64::from(context.landing));
        // Six hours each, beginning at midnight.
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

    /// The narrowest group of a visit that the log tells enough of. `None` only where nothing was learned.
    pub fn node(&self, context: &Context) -> Option<&PriorNode> {
        let find = |key: &u64| self.nodes.binary_search_by_key(key, |node| node.key).ok();
        let narrow = Self::keys(context).iter().filter(|key| **key != 0).find_map(find);
        narrow.or_else(|| find(&0)).and_then(|at| self.nodes.get(at))
    }
}

readable! { struct Meta { trainer, newest_ms, events, sessions, currency, url_pattern, image_pattern, kernel } }
readable! { struct Kernel { recency, repeated, returning, again, length, affinity, kinds } }
readable! { struct Names { categories, brands, medians } }
readable! {
    struct Lists { bestsellers, category_bestsellers, trending, new_arrivals, category_new, adjacent, complements }
}
readable! { struct SlotStats { slot, arms } }
readable! { struct ArmStats { name, visits, reached, share } }
readable! { struct Intent { purchase, cart, exit, uplift } }
readable! { struct Prior { nodes } }
readable! { struct PriorNode { key, sessions, purchase, categories, items } }

/// Writes a section, in postcard.
#[cfg(feature = "names")]
pub fn encode<T: serde::Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).unwrap_or_default()
}

/// Reads a section, and notes if the bytes are no such structure or go on behind its end.
#[inline(never)]
pub fn decode<T: Read>(bytes: &[u8], section: &'static str, problem: &mut Option<SnapshotError>) -> T {
    let mut from = Reader::new(bytes);
    let value = T::read(&mut from);
    if !from.is_done() {
        problem.get_or_insert(SnapshotError::Malformed { section, why: "its structure cannot be read" });
    }
    value
}
