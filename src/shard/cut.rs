//! A snapshot cut into shards: directories, cards, rows.
//!
//! How large should a shard be? Every browser fetches the names of all shards, and a visit fetches the few shards that its
//! products are in. Small shards have many names, large ones bring much that nobody asked for. With `B` bytes in shards of
//! `s` bytes, of which a visit needs `k`, it fetches `16 B / s + k s` bytes: the least where `s` is the square root of
//! `16 B / k`. The trainer's numbering puts what is viewed together into one run, so `k` is small.

use super::pack::{cards, localised, rows, section};
use crate::event::ItemKey;
use crate::model::Model;
use crate::snapshot::bits::BitArray;
use crate::snapshot::directory::{self, directory_of};
use crate::snapshot::layout::{Tag, Writer};
use crate::snapshot::tree::{NAME, Shape, Tree};
use crate::snapshot::{ItemIndex, SnapshotError};
use sha2::{Digest, Sha256};

/// Greatest size of a shard in bytes, as it is stored.
pub const LARGEST: usize = 16 * 1024;
/// Names that a root has room for. A larger catalogue has branches.
const NAMES: usize = 320;
/// Names of a branch: one kilobyte, which a visit fetches for each part of the catalogue that it comes to.
const SPAN: usize = 64;
/// How many directories, shards of cards and shards of rows a visit needs; measured on public logs. Cards are those of next
/// items too.
const NEEDED: [f64; 3] = [3.0, 4.0, 2.0];
/// Most items of a language's first shard.
const FIRST: usize = 500;
/// Bytes of a product in a directory.
const DIRECTORY_BYTES: f64 = 2.2;
/// By how much shards are made larger than the square root says, so that their names fit into the root. In this order: the
/// smallest that does is taken.
const LARGER: [f64; 4] = [1.0, 2.0, 4.0, 8.0];
/// Least mean size worth a request.
const SMALLEST: f64 = 512.0;

/// A shard and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Its name: see [`name_of`].
    pub name: [u8; NAME],
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl From<Vec<u8>> for Shard {
    fn from(bytes: Vec<u8>) -> Self {
        Self { name: name_of(&bytes), bytes }
    }
}

/// The name of a shard: the first 16 bytes of its SHA-256.
pub fn name_of(bytes: &[u8]) -> [u8; NAME] {
    let digest = Sha256::digest(bytes);
    core::array::from_fn(|at| digest[at])
}

/// A snapshot's shards.
pub(super) struct Cut {
    /// What the root's tree says of them.
    pub(super) shape: Shape,
    /// The names in the root's tree.
    pub(super) names: Vec<[u8; NAME]>,
    /// Directories, shards of cards, shards of rows, branches.
    pub(super) shards: Vec<Shard>,
}

/// Cuts a snapshot. Without `with_rows`, rows stay at the edge. `important` are its items, the most important first.
///
/// # Errors
/// [`SnapshotError::Malformed`] if two items have the same key.
pub(super) fn cut<B: AsRef<[u8]>>(
    model: &Model<B>,
    with_rows: bool,
    important: &[ItemIndex],
) -> Result<Cut, SnapshotError> {
    let sizes = Sizes::of(model, with_rows);
    let sets = usize::from(model.plan().locales.iter().map(|locale| locale.columns).max().unwrap_or_default());
    // Those in other languages come behind them, and have the same runs.
    let cards = |shift: u8| {
        let of = |set: usize| {
            runs(model.len(), shift)
                .map(move |run| if set > 0 { localised(model, set, &run) } else { cards(model, &run) })
        };
        (0..=sets).flat_map(of).map(Shard::from).collect::<Vec<Shard>>()
    };
    let rows = |shift: u8| runs(model.len(), shift).map(|run| rows(model, &run).into()).collect::<Vec<Shard>>();
    let (card_shift, mut cards) = no_larger(sizes.shift(1), &cards);
    let translated = cards.split_off(cards.len() / (sets + 1));
    let (row_shift, rows) = if with_rows { no_larger(sizes.shift(2), &rows) } else { (0, Vec::new()) };
    let count = sizes.directories();
    // Without rows, only the shards of cards matter to a directory.
    let run_shift = if with_rows { card_shift.min(row_shift) } else { card_shift };
    let directories = directories(model, run_shift, count)?;
    let mut shape = Shape {
        items: model.len() as u32,
        directories: count,
        cards: cards.len() as u32,
        rows: rows.len() as u32,
        first: 0,
        span: 1,
        card_shift,
        row_shift,
        sets: sets as u8,
    };
    let runs = cards.len();
    let mut shards = directories;
    shards.extend(cards);
    shards.extend(rows);
    for (set, translated) in (1..).zip(translated.chunks(runs.max(1))) {
        shards.push(first(model, set, important));
        shards.extend_from_slice(translated);
    }
    let mut names: Vec<[u8; NAME]> = shards.iter().map(|shard| shard.name).collect();
    if names.len() > NAMES {
        let span = SPAN.max(names.len().div_ceil(NAMES));
        let branch = |(at, names): (usize, &[[u8; NAME]])| {
            let shape = Shape { first: (at * span) as u32, ..shape };
            Shard::from(Writer::default().section(Tag::TREE, Tree::encode(&shape, names)).finish())
        };
        let branches: Vec<Shard> = names.chunks(span).enumerate().map(branch).collect();
        names = branches.iter().map(|branch| branch.name).collect();
        shards.extend(branches);
        shape.span = span as u32;
    }
    Ok(Cut { shape, names, shards })
}

/// The runs of `2^shift` items that a catalogue has.
fn runs(items: usize, shift: u8) -> impl Iterator<Item = Vec<ItemIndex>> {
    let run = 1_usize << shift;
    let items = items as u32;
    (0..items)
        .step_by(run)
        .map(move |first| (first..items.min(first.saturating_add(run as u32))).map(ItemIndex::new).collect())
}

/// What a language has of the most important items: as many as fit into a shard.
fn first<B: AsRef<[u8]>>(model: &Model<B>, set: usize, important: &[ItemIndex]) -> Shard {
    let mut count = important.len().min(FIRST);
    loop {
        let mut items = important[..count].to_vec();
        items.sort_unstable();
        let frame = localised(model, set, &items);
        if frame.len() <= LARGEST || count == 0 {
            return frame.into();
        }
        count = count * 3 / 4;
    }
}

/// Shards of the largest runs, up to `2^shift` items, of which none is larger than allowed. A single item may be.
fn no_larger(shift: u8, make: &dyn Fn(u8) -> Vec<Shard>) -> (u8, Vec<Shard>) {
    let mut shift = shift;
    loop {
        let shards = make(shift);
        if shift == 0 || shards.iter().all(|shard| shard.bytes.len() <= LARGEST) {
            return (shift, shards);
        }
        shift -= 1;
    }
}

/// The directories of all items.
fn directories<B: AsRef<[u8]>>(model: &Model<B>, shift: u8, count: u32) -> Result<Vec<Shard>, SnapshotError> {
    let mut products: Vec<Vec<(ItemKey, ItemIndex)>> = vec![Vec::new(); count as usize];
    let (keys, _) = BitArray::open(section(model, Tag::KEYS)).unwrap_or_default();
    for (bits, item) in keys.iter().zip(0..) {
        if let Some(key) = ItemKey::from_bits(bits) {
            products[directory_of(key, count) as usize].push((key, ItemIndex::new(item)));
        }
    }
    let frame = |(number, products): (u32, &Vec<(ItemKey, ItemIndex)>)| {
        let section = directory::encode(number, shift, products);
        let section = section.ok_or_else(|| SnapshotError::malformed("KEYS", "two items have the same key"))?;
        Ok(Writer::default().section(Tag::DIRECTORY, section).finish().into())
    };
    (0..).zip(&products).map(frame).collect()
}

/// How large shards are to be on average.
struct Sizes {
    items: f64,
    /// Bytes of all directories, cards and rows.
    bytes: [f64; 3],
    larger: f64,
    /// Other languages.
    sets: f64,
}

impl Sizes {
    fn of<B: AsRef<[u8]>>(model: &Model<B>, with_rows: bool) -> Self {
        let length = |tags: &[Tag]| tags.iter().map(|tag| section(model, *tag).len()).sum::<usize>() as f64;
        let items = model.len() as f64;
        let rows = if with_rows { length(&[Tag::ROWS, Tag::TOGETHER, Tag::TRAILS]) } else { 0.0 };
        let bytes = [items * DIRECTORY_BYTES, length(&[Tag::KEYS, Tag::ITEMS, Tag::TEXTS]), rows];
        let sets = model.plan().locales.iter().map(|locale| locale.columns).max().unwrap_or_default();
        let mut sizes = Self { items, bytes, larger: 1.0, sets: f64::from(sets) };
        // A catalogue whose names do not fit in any way has branches, and so no reason for larger shards.
        let fits = LARGER.into_iter().find(|larger| {
            sizes.larger = *larger;
            sizes.names() <= NAMES as f64
        });
        sizes.larger = fits.unwrap_or(LARGER[0]);
        sizes
    }

    /// The mean size wanted of a kind.
    fn wanted(&self, kind: usize) -> f64 {
        let least = (NAME as f64 * self.bytes[kind] * self.larger / NEEDED[kind]).sqrt();
        least.clamp(SMALLEST, LARGEST as f64)
    }

    /// The largest shift of a run that takes no more than wanted on average.
    fn shift(&self, kind: usize) -> u8 {
        let items = (self.wanted(kind) * self.items / self.bytes[kind].max(1.0)).max(1.0);
        // No larger than a catalogue: one run holds it all.
        items.log2().min(self.items.max(1.0).log2().ceil()) as u8
    }

    fn directories(&self) -> u32 {
        (self.bytes[0] / self.wanted(0)).ceil() as u32
    }

    fn names(&self) -> f64 {
        let of_kind = |kind| {
            if self.bytes[kind] > 0.0 { (self.items / f64::from(1_u32 << self.shift(kind))).ceil() } else { 0.0 }
        };
        f64::from(self.directories()) + of_kind(1) + of_kind(2) + self.sets * (of_kind(1) + 1.0)
    }
}
