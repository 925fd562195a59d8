//! A validated snapshot, ready to score.
//!
//! A [`Model`] can only be made from bytes that passed every check, so scoring needs no `Result` and
//! cannot panic. It owns the bytes (or borrows them: any `AsRef<[u8]>`) and reads the large arrays in
//! place; what it builds beside them is the index from item keys to item numbers, the ends of the
//! rows, and the small structures.

mod affinity;
mod catalogue;
mod check;
mod history;
mod intent;
mod score;

pub use affinity::{Affinity, Attention};
pub(crate) use catalogue::write_decimal;
pub use catalogue::{Product, category_label};
pub use history::{History, Step};
pub use intent::permille;
pub use score::{Scored, Scratch, Table, rank};

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
use crate::snapshot::{SnapshotError, SnapshotId};
use alloc::{boxed::Box, string::String, vec::Vec};
use core::ops::Range;

/// A validated snapshot.
#[derive(Debug)]
pub struct Model<B> {
    bytes: B,
    id: SnapshotId,
    /// Its name as decisions state it, written once.
    name: String,
    sections: Sections,
    meta: Meta,
    plan: Plan,
    intent: Intent,
    prior: Prior,
    names: Names,
    lists: Lists,
    arms: Vec<SlotStats>,
    rows: Rows,
    rows_at: Range<usize>,
    together: Rows,
    together_at: Range<usize>,
    items: catalogue::Items,
    /// Open addressing: item number + 1 by key, 0 where free; length a power of two.
    index: Vec<u32>,
    /// Keys of the categories, by number.
    categories: Vec<CategoryKey>,
}

impl<B: AsRef<[u8]>> Model<B> {
    /// Checks bytes from the first to the last and makes a model of them. `id` is their SHA-256, which
    /// the caller has compared with a signed manifest ([`SnapshotId::check`]).
    ///
    /// # Errors
    /// The first thing that is wrong, as a [`SnapshotError`].
    pub fn open(bytes: B, id: SnapshotId) -> Result<Self, SnapshotError> {
        let sections = Sections::open(bytes.as_ref())?;
        let mut problem = None;
        let model = Self::read(bytes, id, sections, &mut problem);
        if let Some(problem) = problem {
            return Err(problem);
        }
        check::all(&model)?;
        Ok(model)
    }

    /// Reads every section. What cannot be read is empty, and the first problem is noted.
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
        let items = or_note(catalogue::Items::open(all, keys_at, items_at, texts_at, &meta), problem);
        Self {
            id,
            name: id.hex(),
            plan: decode(&all[part(Tag::PLAN, "PLAN", problem)], "PLAN", problem),
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
            meta,
            names,
            sections,
            bytes,
        }
    }

    /// The same model under another plan.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] if the plan names what this snapshot does not have.
    pub fn replan(mut self, plan: Plan) -> Result<Self, SnapshotError> {
        check::plan(&plan, &self.arms, self.len(), &self.names)?;
        self.plan = plan;
        Ok(self)
    }

    /// Reads every entry of the rows. [`Model::open`] leaves that to the publisher, who does it once.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] with the first contradiction.
    #[cfg(feature = "std")]
    pub fn verify(&self) -> Result<Size, SnapshotError> {
        if self.together.entries() > 0 {
            self.together.verify(&self.bytes()[self.together_at.clone()])?;
        }
        self.rows.verify(&self.bytes()[self.rows_at.clone()])
    }

    /// The snapshot's name.
    pub fn id(&self) -> SnapshotId {
        self.id
    }

    /// The snapshot's name in 64 hexadecimal digits.
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

    /// Who trained, from what.
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

    /// What visits from the same traffic source wanted.
    pub fn prior(&self) -> &Prior {
        &self.prior
    }

    /// What the arms of a slot's experiment earned; `None` where nothing was seen of it yet.
    pub fn slot_stats(&self, slot: &str) -> Option<&SlotStats> {
        self.arms.iter().find(|slot_stats| slot_stats.slot == slot)
    }

    /// What the arms of all slots earned.
    pub fn arm_stats(&self) -> &[SlotStats] {
        &self.arms
    }

    /// Rows of what is bought together; without items where the log has too few carts.
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
    pub fn item(&self, key: ItemKey) -> Option<u32> {
        let keys = self.items.keys(self.bytes.as_ref());
        let mask = self.index.len() - 1;
        let mut at = hash(key.bits()) & mask;
        loop {
            match self.index[at] {
                0 => return None,
                held if keys.get(held as usize - 1) == key.bits() => return Some(held - 1),
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// The number of a category by its key.
    pub fn category(&self, key: CategoryKey) -> Option<u16> {
        self.categories.iter().position(|known| *known == key).map(|at| at as u16)
    }

    /// The category a interaction is about: the catalogue's word for its item, else what the event said.
    pub fn interaction_category(&self, interaction: &Interaction) -> Option<u16> {
        let known = interaction.item.and_then(|key| self.item(key)).map(|item| self.item_category(item));
        known.or_else(|| interaction.category.and_then(|key| self.category(key)))
    }

    /// The category of an item. Every item has one.
    pub fn item_category(&self, item: u32) -> u16 {
        self.items.category(self.bytes.as_ref(), item)
    }
}

impl Model<Vec<u8>> {
    /// Makes a model of bytes whose SHA-256 a signed manifest names, without checking them again: the trainer
    /// has done so before it signed, and the hash says that these are the same bytes. For a page, where checks
    /// cost the shopper bytes and time, and whose instance of the engine goes with its snapshot: the model is
    /// never freed. `None` if the bytes are of another version, or cut.
    ///
    /// Bytes that nobody vouches for go through [`Model::open`]. Read here, they could make the engine stop,
    /// though never do anything else.
    pub fn open_signed(bytes: Vec<u8>, id: SnapshotId) -> Option<&'static Self> {
        let sections = Sections::open_signed(&bytes).ok()?;
        let mut problem = None;
        let model: &Self = Box::leak(Box::new(Self::read(bytes, id, sections, &mut problem)));
        problem.is_none().then_some(model)
    }
}

impl<B> Model<B> {
    /// Items that visits from the same traffic source wanted beyond what all visits wanted, the most wanted first;
    /// none where the log says nothing of the way.
    pub fn wanted_by(&self, context: &Context) -> &[u32] {
        self.prior.node(context).filter(|node| node.key != 0).map_or(&[], |node| &node.items)
    }
}

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

/// A price in percent of the usual one, at most 1,000; `None` if either is unknown.
pub(crate) fn price_percent(cents: u32, median: u32) -> Option<u16> {
    (cents > 0 && median > 0).then(|| (u64::from(cents) * 100 / u64::from(median)).min(1000) as u16)
}

/// A stable sort, heaviest first, for the handful of entries a session or an explanation has. The
/// standard sorts are made for long slices and take 8 kB of Wasm a type.
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
    // Fibonacci hashing: the high half of the product is well mixed.
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
}

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

/// What was read, or something empty and a note of what is wrong.
fn or_note<T: Default>(read: Result<T, SnapshotError>, problem: &mut Option<SnapshotError>) -> T {
    read.unwrap_or_else(|why| {
        problem.get_or_insert(why);
        T::default()
    })
}
