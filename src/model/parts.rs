//! The cards and rows of some products: what a page has of a snapshot so far.
//!
//! A page begins with the snapshot's root and is handed packs, each with the data of some items. A pack's arrays are taken
//! apart when it comes, into one record for each card and one for each item's rows, and the pack is forgotten. So a page
//! looks a card up with one step, however many packs there were, and the order in which they came makes no difference.
//!
//! Record of a card: key, category, brand, price and level of conversion (8 bytes each); where in the record the four texts begin, and where the
//! last one ends (4 bytes each); the texts. Record of a card in another language: the same with price, title and URL.
//! Record of a row: its scale and its length (1 byte each); the row, packed as it was.
//!
//! The hash that names a pack proves to a page that it is as the publisher wrote and checked it. So a page engine leaves out
//! the checks of what a pack says. Nothing here reads past an end, whatever the bytes.
//!
//! Invariants: where packs are checked, one that is refused changes nothing. Place 0 holds a record of zeros, which is that
//! of every item without a card or without rows: an empty card, and rows without entries.

use crate::event::ItemKey;
use crate::snapshot::bits::BitArray;
use crate::snapshot::code::CodeTable;
use crate::snapshot::column::TextColumn;
use crate::snapshot::directory::Directory;
use crate::snapshot::held::Held;
use crate::snapshot::layout::{CHECKED, Sections, Tag, chunk};
use crate::snapshot::rows::{Entries, packed_row, scale};
use crate::snapshot::tree::{NAME, Shape, Tree};
use crate::snapshot::{ItemIndex, SnapshotError};
use alloc::vec::Vec;

/// Bytes of the record of zeros: no record has more before its texts.
const ZEROS: usize = 64;
/// The number of 4 bytes in a card's record that says where its texts begin.
const TEXTS: usize = 10;
/// The same for a card in another language.
const LOCALISED: usize = 2;
/// The largest catalogue: rows cannot name more items.
const MOST: u32 = 1 << 24;

/// What arrived.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Numbers and names of the shards.
    pub(super) shape: Shape,
    /// Records, one behind the other.
    bytes: Vec<u8>,
    /// Where the record of each item's card begins, of its rows, and of its card in each other language; 0 if it has not
    /// come. Empty for a language of which nothing has come.
    pub(super) places: Vec<Vec<u32>>,
    /// The tree of the root, and those of branches.
    trees: Vec<Vec<u8>>,
    directories: Vec<Vec<u8>>,
    /// The page's languages, as they stand in `places`.
    languages: Vec<usize>,
}

/// Cards, in [`Parts::places`].
pub(super) const CARDS: usize = 0;
/// Next-item rows, in [`Parts::places`]. Behind them stand the rows of what is bought together,
/// and trail rows.
pub(super) const OF_ROWS: usize = 1;
/// The last of what is no language in [`Parts::places`]: languages follow by the number of their set, from 1.
const LAST: usize = 3;

/// Cards in another language, in [`Parts::places`], by the set of columns that `localised` knows. Nothing is in set 0.
#[inline(always)]
fn of_set(set: usize) -> usize {
    if set > 0 { LAST + set } else { usize::MAX }
}

/// The bytes of a section; none if there is none.
#[inline(never)]
fn part<'f>(frame: &'f [u8], sections: &Sections, tag: Tag) -> &'f [u8] {
    sections.range(tag, "").ok().and_then(|range| frame.get(range)).unwrap_or_default()
}

fn malformed(why: &'static str) -> SnapshotError {
    SnapshotError::malformed("PACK", why)
}

impl Parts {
    /// Reads the tree and the packs of a root.
    pub(super) fn open(root: &[u8], sections: &Sections) -> Result<Self, SnapshotError> {
        let mut parts = Self::default();
        let shape = Tree::open(part(root, sections, Tag::TREE))?.shape;
        if CHECKED && shape.items > MOST {
            return Err(malformed("there are more items than rows can name"));
        }
        for of in 0..=LAST + usize::from(shape.sets) {
            let mut places = Vec::new();
            // Few shops have trail rows, and most pages speak one language: these places are made when something comes.
            if of < LAST {
                places.resize(shape.items as usize, 0);
            }
            parts.places.push(places);
        }
        parts.bytes.resize(ZEROS, 0);
        parts.shape = shape;
        parts.trees.push(part(root, sections, Tag::TREE).into());
        parts.packs(root, sections)?;
        Ok(parts)
    }

    /// Takes a pack, a frame of several packs, a directory or a branch of the tree. One that is refused changes nothing.
    ///
    /// # Errors
    /// [`SnapshotError`] if the bytes are no frame, contradict themselves, or belong to another catalogue.
    pub(super) fn extend(&mut self, frame: &[u8]) -> Result<(), SnapshotError> {
        if CHECKED {
            // Tried first on parts that nobody reads.
            Self { shape: self.shape, ..Self::default() }.take_all(frame)?;
        }
        self.take_all(frame)
    }

    fn take_all(&mut self, frame: &[u8]) -> Result<(), SnapshotError> {
        let sections = Sections::open_signed(frame)?;
        if self.packs(frame, &sections)? { Ok(()) } else { self.take(frame, &sections) }
    }

    /// Takes the packs in a frame; returns whether there are any.
    fn packs(&mut self, frame: &[u8], sections: &Sections) -> Result<bool, SnapshotError> {
        let mut any = false;
        for (tag, range) in sections.iter() {
            if tag == Tag::PACK {
                let pack = frame.get(range).unwrap_or_default();
                self.take(pack, &Sections::open_signed(pack)?)?;
                any = true;
            }
        }
        Ok(any)
    }

    fn take(&mut self, frame: &[u8], sections: &Sections) -> Result<(), SnapshotError> {
        let part = |tag| part(frame, sections, tag);
        let tree = part(Tag::TREE);
        if !tree.is_empty() {
            if CHECKED {
                let Shape { first, span, .. } = self.shape;
                let shape = Tree::open(tree)?.shape;
                // A branch says the same as the root, but for what it names.
                if shape.span != 1 || (Shape { first, span, ..shape }) != self.shape {
                    return Err(malformed("it is a branch of another tree"));
                }
            }
            self.trees.push(tree.into());
            return Ok(());
        }
        let directory = part(Tag::DIRECTORY);
        if !directory.is_empty() {
            if CHECKED {
                Directory::open(directory)?;
            }
            self.directories.push(directory.into());
            return Ok(());
        }
        let held = Held::open(part(Tag::HELD))?;
        // Every item takes bytes, so a pack that claims more items than it has bytes is forged.
        if CHECKED && (held.items() != self.shape.items || held.len() > frame.len()) {
            return Err(malformed("it belongs to another catalogue"));
        }
        // Keys have a section of their own; four more arrays share one, as do the texts.
        let mut from = part(Tag::KEYS);
        if !from.is_empty() {
            let mut numbers = [BitArray::default(); 5];
            for (at, array) in numbers.iter_mut().enumerate() {
                if at == 1 {
                    from = part(Tag::ITEMS);
                }
                *array = array_of(&held, &mut from)?;
            }
            let mut texts = [from; 4];
            from = part(Tag::TEXTS);
            for column in &mut texts {
                *column = column_of(&held, &mut from)?;
            }
            self.copy(CARDS, &held, &numbers, &texts, frame)?;
        }
        for (of, tag) in [(OF_ROWS, Tag::ROWS), (OF_ROWS + 1, Tag::TOGETHER), (OF_ROWS + 2, Tag::TRAILS)] {
            // A log with too few carts has no rows of what is bought together.
            let section = part(tag);
            if !section.is_empty() {
                self.rows(of, &held, section)?;
            }
        }
        // The number of the set of a language (4 bytes), titles, URLs and prices.
        from = part(Tag::LOCALES);
        if let Some(set) = chunk(from, 0).map(u32::from_le_bytes) {
            if CHECKED && (set == 0 || set > u32::from(self.shape.sets)) {
                return Err(malformed("it is of a language that the catalogue does not have"));
            }
            from = &from[4..];
            let texts = [column_of(&held, &mut from)?, column_of(&held, &mut from)?];
            self.copy(of_set(set as usize), &held, &[array_of(&held, &mut from)?], &texts, frame)?;
        }
        Ok(())
    }

    /// Lets an item refer to the record that begins here.
    #[inline(never)]
    fn begin(&mut self, of: usize, item: ItemIndex) {
        if let Some(places) = self.places.get_mut(of) {
            places.resize(self.shape.items as usize, 0);
            if let Some(place) = places.get_mut(item.place()) {
                *place = self.bytes.len() as u32;
            }
        }
    }

    /// Copies the cards of a pack.
    fn copy(
        &mut self,
        of: usize,
        held: &Held<'_>,
        numbers: &[BitArray<'_>],
        texts: &[&[u8]],
        frame: &[u8],
    ) -> Result<(), SnapshotError> {
        let texts_at = numbers.len() * 8 + (texts.len() + 1) * 4;
        let most = self.bytes.len() + held.len() * texts_at + frame.len();
        for place in 0..held.len() {
            self.begin(of, held.item(place));
            for array in numbers {
                self.bytes.extend_from_slice(&array.get(place).to_le_bytes());
            }
            let mut end = texts_at;
            self.bytes.extend_from_slice(&(end as u32).to_le_bytes());
            for column in texts {
                end += TextColumn::text_at(column, place).len();
                self.bytes.extend_from_slice(&(end as u32).to_le_bytes());
            }
            for column in texts {
                self.bytes.extend_from_slice(TextColumn::text_at(column, place).as_bytes());
            }
            // Texts that overlap would make more of a pack than it is.
            if CHECKED && self.bytes.len() > most {
                return Err(malformed("its texts overlap"));
            }
        }
        Ok(())
    }

    /// Copies the rows of a pack.
    fn rows(&mut self, of: usize, held: &Held<'_>, section: &[u8]) -> Result<(), SnapshotError> {
        let mut at = 0;
        for place in 0..held.len() {
            let (scale, row) = packed_row(section, held.len(), place, at)
                .ok_or_else(|| malformed("there are fewer rows than items"))?;
            self.begin(of, held.item(place));
            self.bytes.extend_from_slice(&[scale, row.len() as u8]);
            self.bytes.extend_from_slice(row);
            at += row.len();
        }
        Ok(())
    }

    /// Where the record of an item begins.
    #[inline(never)]
    fn place(&self, of: usize, item: ItemIndex) -> usize {
        let places = self.places.get(of).map(|places| &places[..]).unwrap_or_default();
        places.get(item.place()).copied().unwrap_or_default() as usize
    }

    /// Whether the item's card, or its rows, have come.
    #[inline(never)]
    pub(super) fn has(&self, of: usize, item: ItemIndex) -> bool {
        self.place(of, item) > 0
    }

    /// The price of an item's card in another language.
    pub(super) fn localised_price(&self, set: usize, item: ItemIndex) -> u32 {
        self.number_of(of_set(set), item, 0)
    }

    /// The title (0) or the URL (1) of an item's card in another language.
    pub(super) fn localised_text(&self, set: usize, column: usize, item: ItemIndex) -> &str {
        self.text_of(of_set(set), item, LOCALISED + column)
    }

    /// Sets the languages of the page, as sets of columns.
    pub(super) fn speak(&mut self, set: usize) {
        let language = of_set(set);
        if set > 0 && !self.languages.contains(&language) {
            self.languages.push(language);
        }
    }

    /// Forgets the languages of the page.
    pub(super) fn fall_silent(&mut self) {
        self.languages.clear();
    }

    /// The page's languages, as they stand in `places`.
    pub(super) fn languages(&self) -> &[usize] {
        &self.languages
    }

    /// The shard with what a language has of the most important items.
    pub(super) fn first_of(&self, language: usize) -> u32 {
        self.shape.first_of_set(language - LAST)
    }

    /// Whether an item's card has come in every language of the page.
    #[inline(always)]
    pub(super) fn can_show(&self, item: ItemIndex) -> bool {
        self.has(CARDS, item) && self.languages.iter().all(|language| self.has(*language, item))
    }

    /// The shard with an item's card, in a language or in the default one, or with its rows.
    pub(super) fn shard(&self, of: usize, item: ItemIndex) -> Option<u32> {
        match of {
            CARDS => self.shape.card(item),
            OF_ROWS => self.shape.row(item),
            language => self.shape.localised(language - LAST, item),
        }
    }

    /// A number of an item's card.
    #[inline(always)]
    pub(super) fn number(&self, item: ItemIndex, number: usize) -> u32 {
        self.number_of(CARDS, item, number)
    }

    /// A number of an item's record.
    #[inline(never)]
    fn number_of(&self, of: usize, item: ItemIndex, number: usize) -> u32 {
        chunk(&self.bytes, self.place(of, item) + number * 4).map_or(0, u32::from_le_bytes)
    }

    /// The key of an item; 0 without a card.
    #[inline(never)]
    pub(super) fn key(&self, item: ItemIndex) -> u64 {
        chunk(&self.bytes, self.place(CARDS, item)).map_or(0, u64::from_le_bytes)
    }

    /// The text of an item in a column; empty if it has none.
    pub(super) fn text(&self, column: usize, item: ItemIndex) -> &str {
        self.text_of(CARDS, item, TEXTS + column)
    }

    /// The text of an item's record that begins where a number says, and ends where the next one does.
    #[inline(never)]
    fn text_of(&self, of: usize, item: ItemIndex, number: usize) -> &str {
        let record = self.bytes.get(self.place(of, item)..).unwrap_or_default();
        let start = self.number_of(of, item, number) as usize;
        let end = self.number_of(of, item, number + 1) as usize;
        record.get(start..end).and_then(crate::text::utf8).unwrap_or_default()
    }

    /// The scale and the entries of an item's row in one of the three tables.
    #[inline(always)]
    pub(super) fn row<'a>(&'a self, table: usize, item: ItemIndex, code: &'a CodeTable) -> (u32, Entries<'a>) {
        let at = self.place(OF_ROWS + table, item);
        let [packed, len] = chunk(&self.bytes, at).unwrap_or_default();
        (scale(packed), Entries::of(&self.bytes, at + 2, len.into(), item, code))
    }

    /// The name of a shard, or of the branch that names it.
    pub(super) fn name(&self, shard: u32) -> Option<&[u8; NAME]> {
        // Branches came after the root's tree, and know better.
        for tree in self.trees.iter().rev() {
            let name = Tree::open(tree).ok().and_then(|tree| tree.name(shard));
            if name.is_some() {
                return name;
            }
        }
        None
    }

    /// An item in the same shards as the product with a key, by its directory; `None` if that has not come.
    #[allow(clippy::option_option, reason = "no directory yet, and none that knows the key, are two answers")]
    pub(super) fn near(&self, key: ItemKey) -> Option<Option<ItemIndex>> {
        let number = self.shape.directory(key);
        for directory in &self.directories {
            let directory = Directory::open(directory).ok()?;
            if Some(directory.number()) == number {
                return Some(directory.find(key));
            }
        }
        None
    }
}

/// The array at the start of some bytes, which then begin behind it.
#[inline(never)]
fn array_of<'f>(held: &Held<'_>, from: &mut &'f [u8]) -> Result<BitArray<'f>, SnapshotError> {
    let (array, rest) = BitArray::open(from).ok_or_else(|| malformed("an array is cut"))?;
    if CHECKED && array.len() != held.len() {
        return Err(malformed("an array does not have one entry an item"));
    }
    *from = rest;
    Ok(array)
}

/// The column of texts at the start of some bytes, which then begin behind it.
#[inline(never)]
fn column_of<'f>(held: &Held<'_>, from: &mut &'f [u8]) -> Result<&'f [u8], SnapshotError> {
    let column = *from;
    let (texts, rest) = TextColumn::frame(column).ok_or_else(|| malformed("a column of texts is cut"))?;
    if CHECKED && !texts.is_empty() && texts.len() != held.len() {
        return Err(malformed("a column of texts has neither one entry an item nor none"));
    }
    *from = rest;
    Ok(column)
}
