//! A validated snapshot, ready to score.
//!
//! A [`Model`] can only be made from bytes that passed every check, so scoring needs no `Result` and cannot panic. It
//! owns or borrows the bytes (any `AsRef<[u8]>`) and reads the large arrays in place. Besides the bytes it holds only
//! the index from item keys to item numbers, the ends of the rows, and the small structures.
//!
//! A page has a part of a snapshot only: its root, and packs with some products' cards and rows. A model of these decides by
//! the same code; `data` tells the two apart. A product without a card is never shown.

mod affinity;
#[cfg(feature = "names")]
mod check;
mod data;
mod history;
mod intent;
mod laid;
mod live;
mod localised;
#[cfg(feature = "names")]
mod open;
#[cfg(feature = "names")]
mod packed;
#[cfg(not(feature = "edge"))]
mod parts;
mod product;
mod score;
mod scratch;
#[cfg(feature = "names")]
mod sets;
#[cfg(not(feature = "edge"))]
mod wanted;
#[cfg(feature = "names")]
mod whole;

pub use affinity::{Affinity, Attention};
pub use history::{History, Step};
pub use intent::permille;
#[cfg(feature = "names")]
pub(crate) use product::write_decimal;
pub use product::{Picture, Product, category_label};
pub use score::{RowTable, TRAIL, is_before, rank};
pub use scratch::{Scored, Scratch};

use crate::context::Context;
use crate::event::{CategoryKey, ItemKey};
use crate::feature::{About, Shop};
use crate::session::{Interaction, Session};
use crate::snapshot::code::CodeTable;
use crate::snapshot::layout::{Sections, Tag};
use crate::snapshot::plan::Plan;
use crate::snapshot::rows::Entries;
#[cfg(feature = "std")]
use crate::snapshot::rows::{Rows, Size};
#[cfg(feature = "std")]
use crate::snapshot::section::SlotStats;
use crate::snapshot::section::{Intent, Lists, Meta, Names, Prior, decode};
use crate::snapshot::{ItemIndex, SnapshotError, SnapshotId};
#[cfg(feature = "names")]
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use data::{Data, place};
#[cfg(not(feature = "edge"))]
use parts::Parts;

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
    /// The codes of next-item rows, and of rows of what is bought together.
    codes: [CodeTable; 2],
    data: Data,
    /// As [`Data::index`] makes it.
    index: Vec<u32>,
    /// Keys of the categories, by number.
    categories: Vec<CategoryKey>,
    /// Prices and stock of the moment. Everything else never changes.
    live: RefCell<laid::Live>,
}

impl<B: AsRef<[u8]>> Model<B> {
    /// Reads every section. A section that cannot be read stays empty, and the first problem is noted.
    ///
    /// One note for all sections is smaller than an early return after each: this code travels to every shopper. The
    /// caller must look at `problem` before it hands the model out.
    /// Not inlined: a model moves as a whole then, not field by field.
    #[inline(never)]
    fn read(bytes: B, id: SnapshotId, sections: Sections, data: Data, problem: &mut Option<SnapshotError>) -> Self {
        let all = bytes.as_ref();
        let part = |tag: Tag, name, problem: &mut Option<SnapshotError>| {
            all.get(or_note(sections.range(tag, name), problem)).unwrap_or_default()
        };
        let meta: Meta = decode(part(Tag::META, "META", problem), "META", problem);
        let names: Names = decode(part(Tag::NAMES, "NAME", problem), "NAME", problem);
        let plan: Plan = decode(part(Tag::PLAN, "PLAN", problem), "PLAN", problem);
        Self {
            id,
            #[cfg(feature = "names")]
            name: id.hex(),
            plan,
            intent: decode(part(Tag::INTENT, "INTE", problem), "INTE", problem),
            prior: decode(part(Tag::PRIOR, "CTXT", problem), "CTXT", problem),
            lists: decode(part(Tag::LISTS, "LIST", problem), "LIST", problem),
            index: data.index(all),
            categories: names.categories.iter().map(|path| CategoryKey::from_path(path)).collect(),
            live: RefCell::default(),
            codes: or_note(CodeTable::both(part(Tag::CODE, "CODE", problem)), problem),
            data,
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
        let all = self.bytes();
        let section = |tag: Tag, name| self.sections.range(tag, name).map(|range| &all[range]);
        let (next, together) = (section(Tag::ROWS, "ROWS")?, section(Tag::TOGETHER, "TOGE")?);
        Rows::open(together)?.verify(together, &self.codes[1])?;
        if let Ok(trails) = section(Tag::TRAILS, "TRAI") {
            Rows::open(trails)?.verify_trails(trails, &self.codes[0])?;
        }
        Rows::open(next)?.verify(next, &self.codes[0])
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

    /// Visits and orders by arm, of every slot with an experiment. Empty for a root, since deciding needs none of it.
    #[cfg(feature = "std")]
    pub fn arm_stats(&self) -> Vec<SlotStats> {
        let range = self.sections.range(Tag::ARMS, "ARMS").unwrap_or_default();
        decode(self.bytes().get(range).unwrap_or_default(), "ARMS", &mut None)
    }

    /// Ranked lists of items.
    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    /// Names of categories and brands.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Number of items in the whole catalogue.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether the catalogue is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the card of an item is here, in every language of the page. An item without one is not shown.
    #[inline(always)]
    pub fn has_card(&self, item: ItemIndex) -> bool {
        self.data.can_show(item)
    }

    /// Whether shards are still to come that could change what a visit is shown on a page about `anchor`.
    #[cfg(not(feature = "edge"))]
    pub fn is_partial(&self, session: &Session, anchor: Option<ItemKey>, scratch: &mut Scratch) -> bool {
        self.data.is_partial() && !self.wanted(session, anchor.as_slice(), scratch).is_empty()
    }

    /// A whole snapshot never is.
    #[cfg(feature = "edge")]
    pub fn is_partial(&self, _: &Session, _: Option<ItemKey>, _: &mut Scratch) -> bool {
        false
    }

    /// The number of an item; `None` if the snapshot does not know it.
    #[inline]
    pub fn item(&self, key: ItemKey) -> Option<ItemIndex> {
        let mask = self.index.len() - 1;
        let mut at = place(key.bits(), self.index.len());
        // At most half of the places are taken, so a free one ends the search. The keys themselves stay packed in the
        // snapshot: the table holds four bytes a place.
        loop {
            match self.index[at] {
                0 => return None,
                held if self.key_bits(ItemIndex::new(held - 1)) == key.bits() => return Some(ItemIndex::new(held - 1)),
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

    /// The scale and the entries (neighbour, level) of an item's row: in the table of next items (0), or in that of what is
    /// bought together (1).
    #[inline(always)]
    pub fn row(&self, table: usize, item: ItemIndex) -> (u32, Entries<'_>) {
        self.data.row(self.bytes.as_ref(), table, item, &self.codes[table])
    }

    /// The packed scale and the bytes of an item's row as they stand in a whole snapshot: in the table of next items (0), in
    /// that of what is bought together (1), or in that of trails (2). A row that is not there is empty.
    #[cfg(feature = "names")]
    pub fn packed_row(&self, table: usize, item: ItemIndex) -> (u8, &[u8]) {
        self.data.raw(self.bytes(), table, item)
    }

    /// The category of an item. Every item has one.
    pub fn item_category(&self, item: ItemIndex) -> u16 {
        self.data.category(self.bytes.as_ref(), item)
    }

    /// The bits of an item's key.
    #[inline(always)]
    fn key_bits(&self, item: ItemIndex) -> u64 {
        self.data.key(self.bytes.as_ref(), item)
    }
}

#[cfg(not(feature = "edge"))]
impl Model<Vec<u8>> {
    /// Opens a root whose SHA-256 a signed manifest names, without checking it again. The publisher checked it before it
    /// signed, and the hash proves that these are the same bytes. This is for pages, where checks would cost the shopper
    /// bytes and time. `None` if the bytes have another format version or are truncated.
    ///
    /// All other bytes must go through [`Model::open`] or [`Model::open_root`]. Opened here, they could make the engine trap,
    /// but nothing worse.
    pub fn open_signed(root: Vec<u8>, id: SnapshotId) -> Option<Self> {
        let sections = Sections::open_signed(&root).ok()?;
        let mut problem = None;
        let parts = or_note(Parts::open(&root, &sections), &mut problem);
        let model = Self::read(root, id, sections, Data::Parts(parts), &mut problem);
        if problem.is_some() {
            // A page that is refused its root starts no other model, and freeing it would take 1 kB of Wasm.
            core::mem::forget(model);
            return None;
        }
        Some(model)
    }

    /// Takes a pack with cards or rows of some items, a directory, or a branch of the tree. False if it is refused, because
    /// it is damaged or belongs to another snapshot; then nothing has changed. A page engine does not check what the hash of a
    /// pack proves.
    pub fn extend(&mut self, pack: &[u8]) -> bool {
        #[allow(irrefutable_let_patterns, reason = "the page engine has nothing else")]
        let Data::Parts(parts) = &mut self.data else { return false };
        if parts.extend(pack).is_err() {
            return false;
        }
        self.index = self.data.index(&self.bytes);
        self.resolve();
        true
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
        let item = interaction.item.and_then(|key| self.item(key));
        let category = match item {
            Some(item) => Some(self.item_category(item)),
            None => interaction.category.and_then(|key| self.category(key)),
        };
        let mut about = About { category, ..About::default() };
        let of = |numbers: &[u32]| category.and_then(|at| numbers.get(usize::from(at))).copied().unwrap_or_default();
        about.conversion = [of(&self.names.conversion) as u8; 2];
        if let Some(item) = item {
            about.price_percent = price_percent(self.price_cents(item), of(&self.names.medians));
            let own = self.data.conversion(self.bytes.as_ref(), item);
            if own > 0 {
                about.conversion[0] = own as u8;
            }
        }
        about
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

/// The same for numbers of categories or places with their weights.
#[inline(never)]
pub(crate) fn heaviest_number_first(numbers: &mut [(u16, u32)]) {
    heaviest_first(numbers, |(_, weight)| *weight);
}

/// The same for candidates: one copy of it takes fewer bytes than one for each strategy.
#[inline(never)]
pub(crate) fn best_first(found: &mut [Scored]) {
    heaviest_first(found, |one| one.score);
}

/// The section that was read; an empty one and a note if it is wrong.
fn or_note<T: Default>(read: Result<T, SnapshotError>, problem: &mut Option<SnapshotError>) -> T {
    read.unwrap_or_else(|why| {
        problem.get_or_insert(why);
        T::default()
    })
}
