//! A validated snapshot, ready to score.
//!
//! A [`Model`] can only be made from bytes that passed every check, so scoring needs no `Result` and cannot panic. It
//! owns or borrows the bytes (any `AsRef<[u8]>`) and reads the large arrays in place. Besides the bytes it holds only
//! the index from item keys to item numbers, the ends of the rows, and the small structures.

mod affinity;
mod catalogue;
mod check;
mod history;
mod intent;
mod localised;
mod open;
mod product;
mod score;
mod scratch;

pub use affinity::{Affinity, Attention};
pub use history::{History, Step};
pub use intent::permille;
pub(crate) use product::write_decimal;
pub use product::{Picture, Product, category_label};
pub use score::{RowTable, rank};
pub use scratch::{Scored, Scratch};

use crate::context::Context;
use crate::event::{CategoryKey, ItemKey};
use crate::feature::{About, Shop};
use crate::session::Interaction;
use crate::snapshot::bits::BitArray;
use crate::snapshot::layout::{Sections, Tag};
use crate::snapshot::plan::Plan;
use crate::snapshot::rows::Rows;
#[cfg(feature = "std")]
use crate::snapshot::rows::Size;
use crate::snapshot::section::{Intent, Lists, Meta, Names, Prior, SlotStats, decode};
use crate::snapshot::{ItemIndex, SnapshotError, SnapshotId};
#[cfg(feature = "names")]
use alloc::string::String;
use alloc::{boxed::Box, vec::Vec};
use core::ops::Range;

/// A validated snapshot.
#[derive(Debug)]
pub struct Model<B> {
    bytes: B,
    id: SnapshotId,
    /// Its id in hexadecimal, as stated by decisions.
    #[cfg(feature = "names")]
    name: String,
    sections: Sections,
    meta: Meta,
    plan: Plan,
    intent: Intent,
    prior: Prior,
    names: Names,
    lists: Lists,
    arms: Vec<SlotStats>,
    // A `Rows` borrows nothing, because a struct cannot borrow from its own field: it keeps the ends of the rows, and is
    // handed its section's bytes again with every call.
    rows: Rows,
    rows_at: Range<usize>,
    together: Rows,
    together_at: Range<usize>,
    items: catalogue::Items,
    /// Columns of the plan's locales but the default, in the plan's order.
    localised: Vec<localised::Localised>,
    /// Hash table with open addressing: item number + 1 by key, 0 if free. Its length is a power of two.
    index: Vec<u32>,
    /// Keys of the categories, by number.
    categories: Vec<CategoryKey>,
}

impl<B: AsRef<[u8]>> Model<B> {
    /// Reads every section. A section that cannot be read stays empty, and the first problem is noted.
    ///
    /// One note for all sections is smaller than an early return after each: this code travels to every shopper. The
    /// caller must look at `problem` before it hands the model out.
    fn read(bytes: B, id: SnapshotId, sections: Sections, problem: &mut Option<SnapshotError>) -> Self {
        let all = bytes.as_ref();
        let part = |tag: Tag, name, problem: &mut Option<SnapshotError>| {
            sections.range(tag, name).unwrap_or_else(|why| {
                problem.get_or_insert(why);
                0..0
            })
        };
        let rows_at = part(Tag::ROWS, "ROWS", problem);
        let together_at = part(Tag::TOGETHER, "TOGE", problem);
        let keys_at = part(Tag::KEYS, "KEYS", problem);
        let items_at = part(Tag::ITEMS, "ITEM", problem);
        let texts_at = part(Tag::TEXTS, "TEXT", problem);
        let meta: Meta = decode(&all[part(Tag::META, "META", problem)], "META", problem);
        let names: Names = decode(&all[part(Tag::NAMES, "NAME", problem)], "NAME", problem);
        let rows = or_note(Rows::open(&all[rows_at.clone()]), problem);
        let together = or_note(Rows::open(&all[together_at.clone()]), problem);
        let plan: Plan = decode(&all[part(Tag::PLAN, "PLAN", problem)], "PLAN", problem);
        let items = or_note(catalogue::Items::open(all, keys_at, items_at, texts_at, &meta), problem);
        // A shop with one language has no such section.
        let locales_at = sections.range(Tag::LOCALES, "LOCA").unwrap_or_default();
        let localised = localised::Localised::open(all, locales_at, &plan, items.len(), problem);
        Self {
            id,
            #[cfg(feature = "names")]
            name: id.hex(),
            plan,
            intent: decode(&all[part(Tag::INTENT, "INTE", problem)], "INTE", problem),
            prior: decode(&all[part(Tag::PRIOR, "CTXT", problem)], "CTXT", problem),
            lists: decode(&all[part(Tag::LISTS, "LIST", problem)], "LIST", problem),
            arms: decode(&all[part(Tag::ARMS, "ARMS", problem)], "ARMS", problem),
            index: index_of(items.keys(all)),
            categories: names.categories.iter().map(|path| CategoryKey::from_path(path)).collect(),
            rows,
            rows_at,
            together,
            together_at,
            items,
            localised,
            meta,
            names,
            sections,
            bytes,
        }
    }

    /// Checks every entry of the rows. [`Model::open`] does not: the publisher does it once, before signing.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] for the first contradiction.
    #[cfg(feature = "std")]
    pub fn verify(&self) -> Result<Size, SnapshotError> {
        if self.together.entries() > 0 {
            self.together.verify(&self.bytes()[self.together_at.clone()])?;
        }
        self.rows.verify(&self.bytes()[self.rows_at.clone()])
    }

    /// The snapshot's id.
    pub fn id(&self) -> SnapshotId {
        self.id
    }

    /// The snapshot's id as 64 hexadecimal digits.
    #[cfg(feature = "names")]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The snapshot's bytes.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// The snapshot's sections.
    pub fn sections(&self) -> &Sections {
        &self.sections
    }

    /// Provenance and kernel.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The merchandiser's plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The intent tables.
    pub fn intent(&self) -> &Intent {
        &self.intent
    }

    /// The prior by traffic source.
    pub fn prior(&self) -> &Prior {
        &self.prior
    }

    /// Arm statistics of a slot; `None` if it has not been seen yet.
    pub fn slot_stats(&self, slot: &str) -> Option<&SlotStats> {
        self.arms.iter().find(|slot_stats| slot_stats.slot == slot)
    }

    /// Arm statistics of all slots.
    pub fn arm_stats(&self) -> &[SlotStats] {
        &self.arms
    }

    /// Rows of items bought together. Empty if the log has too few carts.
    pub fn together(&self) -> &Rows {
        &self.together
    }

    /// Ranked lists of items.
    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    /// Names of categories and brands.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Next-item rows.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the catalogue is empty.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The number of an item; `None` if the snapshot does not know it.
    #[inline]
    pub fn item(&self, key: ItemKey) -> Option<ItemIndex> {
        let keys = self.items.keys(self.bytes.as_ref());
        let mask = self.index.len() - 1;
        let mut at = hash(key.bits()) & mask;
        // At most half of the places are taken, so a free one ends the search. The keys themselves stay packed in the
        // snapshot: the table holds four bytes a place.
        loop {
            match self.index[at] {
                0 => return None,
                held if keys.get(held as usize - 1) == key.bits() => return Some(ItemIndex::new(held - 1)),
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// The number of a category by its key. Categories are few and asked for rarely, so they are searched one by one.
    pub fn category(&self, key: CategoryKey) -> Option<u16> {
        self.categories.iter().position(|known| *known == key).map(|at| at as u16)
    }

    /// The category of an interaction: the catalogue's category of its item, or else the one stated by the event. The
    /// catalogue comes first, so that all events about an item agree.
    pub fn interaction_category(&self, interaction: &Interaction) -> Option<u16> {
        let known = interaction.item.and_then(|key| self.item(key)).map(|item| self.item_category(item));
        known.or_else(|| interaction.category.and_then(|key| self.category(key)))
    }

    /// The category of an item. Every item has one.
    pub fn item_category(&self, item: ItemIndex) -> u16 {
        self.items.category(self.bytes.as_ref(), item)
    }
}

impl Model<Vec<u8>> {
    /// Opens bytes whose SHA-256 a signed manifest names, without checking them again. The trainer checked them before it
    /// signed, and the hash proves that these are the same bytes. This is for pages, where checks would cost the shopper
    /// bytes and time. The model is never freed, because each snapshot has an engine instance of its own. `None` if the
    /// bytes have another format version or are truncated.
    ///
    /// All other bytes must go through [`Model::open`]. Opened here, they could make the engine trap, but nothing worse.
    pub fn open_signed(bytes: Vec<u8>, id: SnapshotId) -> Option<&'static Self> {
        let sections = Sections::open_signed(&bytes).ok()?;
        let mut problem = None;
        let model: &Self = Box::leak(Box::new(Self::read(bytes, id, sections, &mut problem)));
        problem.is_none().then_some(model)
    }
}

impl<B> Model<B> {
    /// Items that visits from the same traffic source want more than all visits do, best first. Empty if the log says
    /// nothing about the source.
    pub fn wanted_by(&self, context: &Context) -> &[ItemIndex] {
        self.prior.node(context).filter(|node| node.key != 0).map_or(&[], |node| &node.items)
    }
}

/// What features are computed from. The trainer implements the same trait for its log, so that a feature has one
/// definition for training and scoring.
impl<B: AsRef<[u8]>> Shop for Model<B> {
    fn about(&self, interaction: &Interaction) -> About {
        let Some(item) = interaction.item.and_then(|key| self.item(key)) else {
            return About { category: interaction.category.and_then(|key| self.category(key)), price_percent: None };
        };
        let category = self.item_category(item);
        let median = self.names.medians.get(usize::from(category)).copied().unwrap_or_default();
        About { category: Some(category), price_percent: price_percent(self.price_cents(item), median) }
    }

    fn context_shift(&self, context: &Context) -> i32 {
        self.prior.node(context).map_or(0, |node| node.purchase)
    }
}

/// A price in percent of the category's median, at most 1,000; `None` if either is unknown.
///
/// Prices are compared within their category only: a cheap camera costs more than an expensive bag. The limit keeps one
/// product with a wrong price from ruling the mean of a session.
pub(crate) fn price_percent(cents: u32, median: u32) -> Option<u16> {
    (cents > 0 && median > 0).then(|| (u64::from(cents) * 100 / u64::from(median)).min(1000) as u16)
}

/// A stable sort, heaviest first, for the few entries of a session or an explanation. The standard sorts are made for
/// long slices and cost 8 kB of Wasm per type. This one is an insertion sort: quadratic, but linear for entries that are
/// nearly in order, as those of a session are.
pub(crate) fn heaviest_first<T>(entries: &mut [T], weight: impl Fn(&T) -> u32) {
    for end in 1..entries.len() {
        let mut at = end;
        while at > 0 && weight(&entries[at - 1]) < weight(&entries[at]) {
            entries.swap(at - 1, at);
            at -= 1;
        }
    }
}

#[inline(always)]
fn hash(key: u64) -> usize {
    // Fibonacci hashing: the upper half of the product is well mixed.
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
}

/// Builds the hash table of [`Model::item`]. It is not part of the snapshot: one pass over the keys builds it, and on the
/// way to the shopper it would take about as many bytes as the keys themselves.
fn index_of(keys: BitArray<'_>) -> Vec<u32> {
    let mut index = alloc::vec![0_u32; (keys.len() * 2 + 1).next_power_of_two()];
    let places = &mut index[..];
    let mask = places.len() - 1;
    for (bits, number) in keys.iter().zip(1..) {
        let mut at = hash(bits) & mask;
        while places[at] != 0 {
            at = (at + 1) & mask;
        }
        places[at] = number;
    }
    index
}

/// The section that was read; an empty one and a note if it is wrong.
fn or_note<T: Default>(read: Result<T, SnapshotError>, problem: &mut Option<SnapshotError>) -> T {
    read.unwrap_or_else(|why| {
        problem.get_or_insert(why);
        T::default()
    })
}
