//! Next-item rows: for each item the items most often found near it in sessions, with 4-bit weights.
//!
//! A row is its neighbours in order of item number: the first number relative to the row's own (zigzag)
//! and then the distance from one to the next, each with a weight level 1 to 15, in the one prefix code
//! of the whole table ([`code`](super::code)). Levels are on a square-root scale: the weight is
//! `level^2 * scale`, where the row's scale is an 8-bit float (4 bits each of exponent and fraction).
//! Rows begin at whole bytes and are filled up with ones, which no entry begins with.
//!
//! Section: items (4 bytes), entries (4), the code's lengths (180), zeros (4); scales, one byte an item;
//! lengths of rows in bytes, one byte an item; the rows.

use super::SnapshotError;
use super::bits::{BitWriter, window};
use super::code::{Counter, PACKED, Reader, Table};
use super::layout::chunk;
use alloc::vec::Vec;

/// Levels of a weight: 1 to this.
pub const LEVELS: u32 = 15;
/// The scale that stands for a weight of 1. Rows up to nearly eight times as heavy keep their weight.
pub const ONE: u32 = 1 << 17;
const HEAD: usize = 8 + PACKED + 4;

/// A row before it is packed: neighbours in any order with weights in the trainer's own unit, in which
/// the heaviest neighbour of a usual row weighs 1.
pub type Row = Vec<(u32, f32)>;

/// A row in the steps a snapshot has: its packed scale, and its entries as (item, level) by item number.
pub type Levelled = (u8, Vec<(u32, u32)>);

/// What rows take beside what they would take at least.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Entries in all rows.
    pub entries: u32,
    /// Bits an entry takes, with its share of lengths, scales and padding.
    pub bits: f64,
    /// Entropy of the entries alone, in bits an entry.
    pub entropy: f64,
}

/// Packs rows. A neighbour whose weight is nothing beside its row's largest is dropped, as are the
/// lightest of a row that would be longer than 255 bytes.
pub fn encode(rows: &[Row]) -> Vec<u8> {
    let mut levelled: Vec<Levelled> = rows.iter().map(levels).collect();
    let mut counter = Counter::default();
    levelled.iter().enumerate().for_each(|(own, (_, row))| {
        numbers(own, row).for_each(|(number, level)| counter.add(number, level));
    });
    let code = counter.code();
    let (mut lengths, mut entries) = (Vec::new(), 0);
    let mut bits = BitWriter::default();
    for (own, (scale, row)) in levelled.iter_mut().enumerate() {
        while numbers(own, row).map(|(number, level)| code.width(number, level)).sum::<u32>() > 255 * 8 {
            let lightest = row.iter().enumerate().min_by_key(|(_, (_, level))| *level).map_or(0, |(at, _)| at);
            row.remove(lightest);
        }
        if row.is_empty() {
            *scale = 0;
        }
        let begin = bits.len();
        numbers(own, row).for_each(|(number, level)| code.put(&mut bits, number, level));
        bits.align();
        lengths.push((bits.len() - begin) as u8);
        entries += row.len() as u32;
    }
    let mut out = (rows.len() as u32).to_le_bytes().to_vec();
    out.extend_from_slice(&entries.to_le_bytes());
    out.extend_from_slice(&code.pack());
    out.extend_from_slice(&[0; 4]);
    out.extend(levelled.iter().map(|(scale, _)| scale));
    out.extend(lengths);
    out.extend(bits.finish());
    out
}

/// The steps of a row's weights.
pub fn levels(row: &Row) -> Levelled {
    let max = row.iter().map(|(_, weight)| *weight).fold(0.0, f32::max);
    if max <= 0.0 {
        return (0, Vec::new());
    }
    let mut levelled: Vec<(u32, u32)> = row
        .iter()
        .map(|(id, weight)| (*id, ((weight / max).max(0.0).sqrt() * LEVELS as f32 + 0.5) as u32))
        .filter(|(_, level)| *level > 0)
        .collect();
    levelled.sort_unstable();
    levelled.dedup_by_key(|(id, _)| *id);
    (pack_scale(max), levelled)
}

/// A row as its code has it: what stands for each neighbour, and its level.
fn numbers(own: usize, row: &[(u32, u32)]) -> impl Iterator<Item = (u32, u32)> {
    let own = own as u32;
    let mut before = None;
    row.iter().map(move |(id, level)| {
        let number = match before.replace(*id) {
            Some(before) => *id - before - 1,
            None if *id >= own => (*id - own) << 1,
            None => ((own - *id) << 1) - 1,
        };
        (number, *level)
    })
}

/// A row's heaviest weight as an 8-bit float. Never 0: a row that is there counts.
fn pack_scale(weight: f32) -> u8 {
    let wanted = weight * ONE as f32;
    let exponent = (wanted / 16.0).max(1.0).log2().floor().min(15.0) as u32;
    let near = (exponent << 4) as i32 + (wanted / (1 << exponent) as f32 - 16.0).round() as i32;
    near.clamp(1, 255) as u8
}

/// The factor an 8-bit scale stands for: 0, or 17 to 1,015,808 (31 << 15).
#[inline(always)]
pub fn scale(packed: u8) -> u32 {
    if packed == 0 { 0 } else { (16 + u32::from(packed & 15)) << (packed >> 4) }
}

/// The rows section, checked, and read in place.
#[derive(Clone, Debug)]
pub struct Rows {
    /// End of each row, counted from the first row's first byte.
    ends: Vec<u32>,
    entries: u32,
    table: Table,
}

impl Rows {
    /// Checks the section's code and lengths. Its entries are read without being trusted: one that names
    /// an item that does not exist names none. [`Rows::verify`] looks at every one.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] with the first contradiction.
    pub fn open(section: &[u8]) -> Result<Self, SnapshotError> {
        let malformed = |why| SnapshotError::Malformed { section: "ROWS", why };
        let short = malformed("it is shorter than its header");
        let word = |at| chunk(section, at).map(u32::from_le_bytes).ok_or(short.clone());
        let (items, entries) = (word(0)?, word(4)?);
        let table = Table::open(&chunk(section, 8).ok_or(short.clone())?)?;
        if word(HEAD - 4)? != 0 {
            return Err(malformed("its header does not end in zeros"));
        }
        let lengths = section.get(HEAD + items as usize..HEAD + 2 * items as usize);
        let lengths = lengths.ok_or(malformed("there are fewer bytes than items"))?;
        let mut end = 0;
        let ends = lengths.iter().map(|length| (end += u32::from(*length), end).1).collect();
        let rows = Self { ends, entries, table };
        if rows.body(section).len() != end as usize {
            return Err(malformed("the rows are longer or shorter than their lengths say"));
        }
        Ok(rows)
    }

    /// Reads every entry: each names an item that exists, and there are as many as the header says. The
    /// publisher does this once; a host relies on the publisher's signature.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] with the first contradiction.
    pub fn verify(&self, section: &[u8]) -> Result<Size, SnapshotError> {
        let malformed = |why| SnapshotError::Malformed { section: "ROWS", why };
        let mut counter = Counter::default();
        let mut found = 0;
        for own in 0..self.len() {
            let row: Vec<(u32, u32)> = self.row(section, own as u32).1.collect();
            if row.iter().any(|(id, _)| *id as usize >= self.len()) || !row.is_sorted_by(|a, b| a.0 < b.0) {
                return Err(malformed("a row names an item that does not exist, or one twice"));
            }
            if row.is_empty() != (section[HEAD + own] == 0) {
                return Err(malformed("a row without entries has a scale, or one with entries has none"));
            }
            numbers(own, &row).for_each(|(number, level)| counter.add(number, level));
            found += row.len() as u32;
        }
        if found != self.entries {
            return Err(malformed("it has more or fewer entries than its header says"));
        }
        let bits = section.len() as f64 * 8.0 / f64::from(found.max(1));
        Ok(Size { entries: found, bits, entropy: counter.entropy_bits() })
    }

    /// Number of rows, which is the number of items.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Number of entries in all rows.
    pub fn entries(&self) -> u32 {
        self.entries
    }

    fn body<'a>(&self, section: &'a [u8]) -> &'a [u8] {
        section.get(HEAD + 2 * self.len()..).unwrap_or_default()
    }

    /// The scale of item `own`'s row and its entries (neighbour, level), by item number. `section`
    /// is the one the rows were opened from. Empty for an item that does not exist.
    #[inline(always)]
    pub fn row<'a>(&'a self, section: &'a [u8], own: u32) -> (u32, Entries<'a>) {
        let index = own as usize;
        let end = self.ends.get(index).copied().unwrap_or_default();
        let start = if index == 0 { 0 } else { self.ends.get(index - 1).copied().unwrap_or(end) };
        let packed = if index < self.len() { section.get(HEAD + index).copied().unwrap_or_default() } else { 0 };
        let (body, at, end) = (self.body(section), start as usize * 8, end as usize * 8);
        (scale(packed), Entries { body, at, end, reader: self.table.reader(), own, before: None })
    }
}

/// The entries of one row: neighbour and level.
pub struct Entries<'a> {
    body: &'a [u8],
    /// Bits from the first row's first byte to the next entry, and to the end of this row.
    at: usize,
    end: usize,
    reader: Reader<'a>,
    own: u32,
    before: Option<u32>,
}

impl Entries<'_> {
    /// The neighbour a row's first number stands for.
    #[inline(always)]
    fn first(&self, number: u32) -> u32 {
        // Zigzag: even numbers go up from the row's own item, odd ones down.
        self.own.wrapping_add((number >> 1) ^ (number & 1).wrapping_neg())
    }
}

impl Iterator for Entries<'_> {
    type Item = (u32, u32);

    #[inline(always)]
    fn next(&mut self) -> Option<(u32, u32)> {
        let (number, level, width) = self.reader.read(window(self.body, self.at));
        let at = self.at + width as usize;
        if at > self.end {
            return None;
        }
        let id = match self.before {
            Some(before) => before.wrapping_add(number).wrapping_add(1),
            None => self.first(number),
        };
        (self.at, self.before) = (at, Some(id));
        Some((id, level))
    }

    /// As `next` until the end, without asking each time whether the entry is the first.
    #[inline(always)]
    fn fold<T, F: FnMut(T, (u32, u32)) -> T>(mut self, init: T, mut visit: F) -> T {
        let Some((mut id, level)) = self.next() else { return init };
        let mut folded = visit(init, (id, level));
        loop {
            let (number, level, width) = self.reader.read(window(self.body, self.at));
            self.at += width as usize;
            if self.at > self.end {
                return folded;
            }
            id = id.wrapping_add(number).wrapping_add(1);
            folded = visit(folded, (id, level));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_on_their_scale() {
        let rows = alloc::vec![
            alloc::vec![(2, 8.0), (1, 2.0)],
            alloc::vec![],
            alloc::vec![(0, 0.5), (3, 0.5), (1, 0.0001)],
            alloc::vec![(3, 0.1)]
        ];
        let section = encode(&rows);
        let open = Rows::open(&section).unwrap();
        assert_eq!((open.len(), open.entries()), (4, 5));
        assert_eq!(open.verify(&section).unwrap().entries, 5);
        let all = |own| open.row(&section, own).1.collect::<Vec<_>>();
        assert_eq!(all(0), [(1, 8), (2, 15)]);
        assert_eq!(all(1), []);
        assert_eq!(all(2), [(0, 15), (3, 15)]);
        assert_eq!(all(3), [(3, 15)]);
        assert_eq!(all(4), []);
        assert_eq!(open.row(&section, 0).0, scale(255));
        assert_eq!(open.row(&section, 1).0, 0);
        assert_eq!(open.row(&section, 2).0, ONE / 2);
    }

    #[test]
    fn every_scale_is_larger_than_the_one_before_and_is_found_again() {
        assert!((1..=254).all(|packed| scale(packed) < scale(packed + 1)));
        assert!((1..=255).all(|packed| pack_scale(scale(packed) as f32 / ONE as f32) == packed));
        assert_eq!((pack_scale(100.0), pack_scale(0.0)), (255, 1));
    }

    #[test]
    fn damaged_rows_are_refused_or_harmless() {
        let section =
            encode(&alloc::vec![alloc::vec![(1, 1.0), (2, 0.5)], alloc::vec![(0, 1.0)], alloc::vec![(1, 0.3)]]);
        for cut in 0..section.len() {
            assert!(Rows::open(&section[..cut]).is_err());
        }
        for at in 0..section.len() {
            let mut bad = section.clone();
            bad[at] ^= 0x55;
            if let Ok(rows) = Rows::open(&bad) {
                let count = (0..3).map(|own| rows.row(&bad, own).1.count()).sum::<usize>();
                assert!(count <= bad.len() * 8);
                if rows.verify(&bad).is_ok() {
                    assert!((0..3).all(|own| rows.row(&bad, own).1.all(|(id, _)| id < 3)));
                }
            }
        }
    }

    #[test]
    fn a_row_too_long_for_its_byte_loses_its_lightest() {
        let far = |n: u32| (n * 131_071 % 4_000_000, if n.is_multiple_of(2) { 1.0 } else { 0.3 });
        let section = encode(&[(1..400).map(far).collect()]);
        let open = Rows::open(&section).unwrap();
        let levels: Vec<u32> = open.row(&section, 0).1.map(|(_, level)| level).collect();
        assert!(levels.len() > 60 && levels.iter().all(|level| *level == 15), "{levels:?}");
    }
}
