//! The merchandiser's plan as a snapshot carries it: names resolved to numbers, checked.
//!
//! The file a merchandiser edits is JSON and is read, with its mistakes explained, by the trainer; what
//! stands here is what hosts decide by.

use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// Every slot the plan knows, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Slots in alphabetical order of their names.
    pub slots: Vec<Slot>,
}

impl Plan {
    /// The slot of this name.
    pub fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }
}

/// One marked place and what may fill it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The value of its `data-slotwise` attribute.
    pub name: String,
    /// Item events a session must hold before anything changes.
    pub minimum_evidence: u16,
    /// What is decided.
    pub fill: Fill,
}

/// What is decided in a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fill {
    /// One of several variants is shown.
    Choose {
        /// Name of the variant that is the shop's own content.
        default: String,
        /// The others.
        variants: Vec<Variant>,
        /// Share of the session's category affinity that a variant must hold, in thousandths.
        minimum_share: u16,
    },
    /// A row of products is shown.
    Items {
        /// Where products come from; each is asked for what the ones before left empty.
        strategies: Vec<Strategy>,
        /// How many products, 1 to [`MAX_ITEMS`].
        limit: u8,
        /// Whether products of the session may be shown again.
        seen: bool,
    },
}

/// Most products a slot may show.
pub const MAX_ITEMS: u8 = 48;

/// A variant and whom it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The value of its `data-variant` attribute.
    pub name: String,
    /// Numbers of the categories it is for, ascending, children included.
    pub categories: Vec<u16>,
}

/// Where products come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Strategy {
    /// What sessions like this one went on to.
    NextItem,
    /// What sells most in the session's categories, then in the store.
    Bestsellers,
    /// What is wanted more than before.
    Trending,
    /// What came into the store last.
    NewArrivals,
    /// What visits that came the same way wanted beyond what all wanted: for an advertisement its products.
    PopularWithSource,
    /// What this visit looked at, newest first.
    RecentlyViewed,
}

impl Strategy {
    /// Every strategy with its name in the plan file.
    pub const ALL: [(&'static str, Self); 6] = [
        ("next_item", Self::NextItem),
        ("bestsellers", Self::Bestsellers),
        ("trending", Self::Trending),
        ("new_arrivals", Self::NewArrivals),
        ("popular_with_source", Self::PopularWithSource),
        ("recently_viewed", Self::RecentlyViewed),
    ];

    /// Its name in the plan file.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// The strategy of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, strategy)| *strategy)
    }
}
