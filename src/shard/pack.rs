//! Packs: cards and rows of chosen items, copied out of a snapshot.
//!
//! Cards are encoded as the snapshot's own, in columns, so that a pack takes as few bits an item. Rows are copied byte for
//! byte: they are coded relative to their own item's number, which stays the same.

use crate::model::Model;
use crate::snapshot::ItemIndex;
use crate::snapshot::bits::BitArray;
use crate::snapshot::column::TextColumn;
use crate::snapshot::held::Held;
use crate::snapshot::layout::{Tag, Writer};
use crate::snapshot::rows;
use crate::snapshot::tree::{Shape, Tree};
use alloc::vec::Vec;

/// Copies the entries of items out of the column at the start of some bytes, and goes on to the next column.
type Copy<'a> = &'a dyn Fn(&mut &[u8], &[ItemIndex]) -> Vec<u8>;

/// Where an item stands, or would stand, among others in ascending order.
pub fn place(items: &[ItemIndex], item: ItemIndex) -> usize {
    items.partition_point(|other| *other < item)
}

/// The cards of items, in ascending order, as a frame.
pub fn cards<B: AsRef<[u8]>>(model: &Model<B>, items: &[ItemIndex]) -> Vec<u8> {
    let columns = |tag, count: usize, column: Copy<'_>| {
        let mut from = section(model, tag);
        (0..count).flat_map(|_| column(&mut from, items)).collect::<Vec<u8>>()
    };
    Writer::default()
        .section(Tag::HELD, Held::encode(model.len(), items))
        .section(Tag::KEYS, columns(Tag::KEYS, 1, &numbers))
        .section(Tag::ITEMS, columns(Tag::ITEMS, 4, &numbers))
        .section(Tag::TEXTS, columns(Tag::TEXTS, 4, &texts))
        .finish()
}

/// What a language has of items, in ascending order, as a frame: its titles, URLs and prices. `set` is the number of its
/// columns, from 1.
pub fn localised<B: AsRef<[u8]>>(model: &Model<B>, set: usize, items: &[ItemIndex]) -> Vec<u8> {
    let all: Vec<_> = items.iter().map(|item| model.resolved(set, *item)).collect();
    let mut section = (set as u32).to_le_bytes().to_vec();
    section.extend(TextColumn::encode(&all.iter().map(|(title, ..)| *title).collect::<Vec<_>>()));
    section.extend(TextColumn::encode(&all.iter().map(|(_, url, _)| *url).collect::<Vec<_>>()));
    section.extend(BitArray::encode(&all.iter().map(|(.., price)| u64::from(*price)).collect::<Vec<_>>()));
    Writer::default().section(Tag::HELD, Held::encode(model.len(), items)).section(Tag::LOCALES, section).finish()
}

/// The rows of items, in ascending order, as a frame.
pub fn rows<B: AsRef<[u8]>>(model: &Model<B>, items: &[ItemIndex]) -> Vec<u8> {
    let table = |table: usize| rows::pack(items.iter().map(|item| model.packed_row(table, *item)));
    let mut frame = Writer::default().section(Tag::HELD, Held::encode(model.len(), items)).section(Tag::ROWS, table(0));
    // Few items are bought with others or have trails, and many shops have no such rows at all.
    for (of, tag) in [(1, Tag::TOGETHER), (2, Tag::TRAILS)] {
        if items.iter().any(|item| !model.packed_row(of, *item).1.is_empty()) {
            frame = frame.section(tag, table(of));
        }
    }
    frame.finish()
}

/// Cards of some items and rows of others, each in ascending order, as one frame that holds a pack of each. No rows if the
/// plan keeps them at the edge.
pub fn both<B: AsRef<[u8]>>(model: &Model<B>, carded: &[ItemIndex], rowed: &[ItemIndex]) -> Vec<u8> {
    for_page(model, carded, &[], rowed)
}

/// The same, with the cards also in other languages (`sets` of columns).
pub fn for_page<B: AsRef<[u8]>>(
    model: &Model<B>,
    carded: &[ItemIndex],
    sets: &[usize],
    rowed: &[ItemIndex],
) -> Vec<u8> {
    let mut frame = Writer::default();
    if !carded.is_empty() {
        frame = frame.section(Tag::PACK, cards(model, carded));
        for set in sets {
            frame = frame.section(Tag::PACK, localised(model, *set, carded));
        }
    }
    if !rowed.is_empty() && !model.plan().rows_at_edge {
        frame = frame.section(Tag::PACK, rows(model, rowed));
    }
    frame.finish()
}

/// A root with every card and every row, and without shards: for pages that have the whole snapshot at hand.
pub fn whole<B: AsRef<[u8]>>(model: &Model<B>) -> Vec<u8> {
    let all: Vec<ItemIndex> = (0..model.len() as u32).map(ItemIndex::new).collect();
    let shape = Shape { items: model.len() as u32, span: 1, ..Shape::default() };
    // These are taken apart into the packs.
    let packed = [Tag::KEYS, Tag::ITEMS, Tag::TEXTS, Tag::ROWS, Tag::TOGETHER, Tag::TRAILS];
    let mut frame = Writer::default();
    for (tag, range) in model.sections().iter().filter(|(tag, _)| !packed.contains(tag)) {
        frame = frame.section(tag, model.bytes().get(range).unwrap_or_default().to_vec());
    }
    frame
        .section(Tag::TREE, Tree::encode(&shape, &[]))
        .section(Tag::PACK, cards(model, &all))
        .section(Tag::PACK, rows(model, &all))
        .finish()
}

/// About how many bytes the card of an item takes in a pack.
pub fn card_len<B: AsRef<[u8]>>(model: &Model<B>, item: ItemIndex) -> usize {
    /// Key, category, brand, price, level of conversion, and where four texts begin.
    const NUMBERS: usize = 18;
    let mut columns = section(model, Tag::TEXTS);
    let mut len = NUMBERS;
    while let Some((_, rest)) = TextColumn::frame(columns).filter(|_| !columns.is_empty()) {
        len += TextColumn::text_at(columns, item.place()).len();
        columns = rest;
    }
    len
}

/// About how many bytes the card of an item takes in another language.
pub fn localised_len<B: AsRef<[u8]>>(model: &Model<B>, set: usize, item: ItemIndex) -> usize {
    /// Price, and where two texts begin.
    const NUMBERS: usize = 6;
    let (title, url, _) = model.resolved(set, item);
    NUMBERS + title.len() + url.len()
}

/// How many bytes the rows of an item take in a pack.
pub fn row_len<B: AsRef<[u8]>>(model: &Model<B>, item: ItemIndex) -> usize {
    (0..3).map(|table| model.packed_row(table, item).1.len() + 2).sum()
}

/// The bytes of a section; none if the snapshot lacks it.
pub(super) fn section<B: AsRef<[u8]>>(model: &Model<B>, tag: Tag) -> &[u8] {
    let range = model.sections().range(tag, "").unwrap_or_default();
    model.bytes().get(range).unwrap_or_default()
}

/// The entries of items out of the array at the start of `from`, as an array of their own. Goes on to the next array.
fn numbers(from: &mut &[u8], items: &[ItemIndex]) -> Vec<u8> {
    let Some((array, rest)) = BitArray::open(from) else { return Vec::new() };
    *from = rest;
    BitArray::encode(&items.iter().map(|item| array.get(item.place())).collect::<Vec<_>>())
}

/// The texts of items out of the column at the start of `from`, as a column of their own. Goes on to the next column.
fn texts(from: &mut &[u8], items: &[ItemIndex]) -> Vec<u8> {
    let column = *from;
    let Some((_, rest)) = TextColumn::frame(column) else { return Vec::new() };
    *from = rest;
    TextColumn::encode(&items.iter().map(|item| TextColumn::text_at(column, item.place())).collect::<Vec<_>>())
}
