//! Next-item rows: for each item the items most often found near it in sessions, with 4-bit weights.
//!
//! A row is its neighbours in order of item number: the first number relative to the row's own (zigzag)
//! and then the distance from one to the next, as Exp-Golomb codes of one order for the whole table,
//! each followed by a weight level 1 to 15. Levels are on a square-root scale: the weight is
//! `level^2 * scale`, where the row's scale is an 8-bit float (4 bits each of exponent and fraction).
//! Rows begin at whole bytes; as a code and its level take at least 8 bits, the padding of less than 8
//! needs no count to be told from an entry.
//!
//! Section: items (4 bytes), entries (4), Golomb order (1), zeros (7); scales, one byte an item;
//! lengths of rows in bytes, one byte an item; the rows.

use super::SnapshotError;
use super::bits::{BitReader, BitWriter, golomb_width};
use super::layout::chunk;
use alloc::vec::Vec;

/// Levels of a weight: 1 to this.
pub const LEVELS: u32 = 15;
/// Lowest Golomb order; see the module's note on padding.
const MIN_ORDER: u32 = 3;
const MAX_ORDER: u32 = 20;
const HEAD: usize = 16;

/// A row before it is packed: neighbours in any order with weights in the trainer's own unit.
pub type Row = Vec<(u32, f32)>;

/// A row's packed scale and its entries as (item, level), by item number.
type Levelled = (u8, Vec<(u32, u32)>);

/// Packs rows. Weights are relative to the largest in the table; a neighbour whose weight is nothing
/// beside its row's largest is dropped, as is one that would make a row longer than 255 bytes.
pub fn encode(rows: &[Row]) -> Vec<u8> {
    let top = rows.iter().flatten().map(|(_, weight)| *weight).fold(0.0, f32::max);
    let levelled: Vec<Levelled> = rows.iter().map(|row| levels(row, top)).collect();
    let order = best_order(&levelled);
    let (mut scales, mut lengths, mut entries) = (Vec::new(), Vec::new(), 0_u32);
    let mut bits = BitWriter::default();
    for (own, (scale, row)) in levelled.iter().enumerate() {
        let begin = bits.len();
        let mut before = None;
        let mut width = 0;
        for (id, level) in row {
            let code = code(own as u32, before, *id);
            width += golomb_width(code, order) + 4;
            if width > 255 * 8 {
                break;
            }
            bits.put_golomb(code, order);
            bits.put(u64::from(*level), 4);
            before = Some(*id);
            entries += 1;
        }
        bits.align();
        scales.push(if before.is_some() { *scale } else { 0 });
        lengths.push((bits.len() - begin) as u8);
    }
    let mut out = (rows.len() as u32).to_le_bytes().to_vec();
    out.extend_from_slice(&entries.to_le_bytes());
    out.extend_from_slice(&[order as u8, 0, 0, 0, 0, 0, 0, 0]);
    out.extend(scales);
    out.extend(lengths);
    out.extend(bits.finish());
    out
}

fn levels(row: &Row, top: f32) -> Levelled {
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
    (pack_scale(max / top), levelled)
}

fn best_order(rows: &[Levelled]) -> u32 {
    let cost = |order: &u32| -> u64 {
        let row_cost = |(own, (_, row)): (usize, &Levelled)| {
            let mut before = None;
            row.iter()
                .map(|(id, _)| u64::from(golomb_width(code(own as u32, before.replace(*id), *id), *order)))
                .sum::<u64>()
        };
        rows.iter().enumerate().map(row_cost).sum()
    };
    (MIN_ORDER..=12).min_by_key(cost).unwrap_or(MIN_ORDER)
}

fn code(own: u32, before: Option<u32>, id: u32) -> u32 {
    match before {
        Some(before) => id - before - 1,
        None if id >= own => (id - own) << 1,
        None => ((own - id) << 1) - 1,
    }
}

/// A share of the largest weight, 0 to 1, as an 8-bit float. Never 0: a row that is there counts.
fn pack_scale(share: f32) -> u8 {
    let wanted = share * scale(u8::MAX) as f32;
    (1..=u8::MAX)
        .min_by(|a, b| (scale(*a) as f32 - wanted).abs().total_cmp(&(scale(*b) as f32 - wanted).abs()))
        .unwrap_or(1)
}

/// The factor an 8-bit scale stands for: 0, or 16 to 1,015,808 (31 << 15).
#[inline]
pub fn scale(packed: u8) -> u32 {
    if packed == 0 { 0 } else { (16 + u32::from(packed & 15)) << (packed >> 4) }
}

/// The rows section, checked, and read in place.
#[derive(Clone, Debug)]
pub struct Rows {
    /// End of each row, counted from the first row's first byte.
    ends: Vec<u32>,
    entries: u32,
    order: u32,
}

impl Rows {
    /// Checks the section from its first byte to its last: every neighbour of every row exists.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] with the first contradiction.
    pub fn open(section: &[u8]) -> Result<Self, SnapshotError> {
        let malformed = |why| SnapshotError::Malformed { section: "ROWS", why };
        let word = |at| chunk(section, at).map(u32::from_le_bytes).ok_or(malformed("it is shorter than its header"));
        let (items, entries) = (word(0)?, word(4)?);
        let order = word(8)?;
        if !(MIN_ORDER..=MAX_ORDER).contains(&order) || word(12)? != 0 {
            return Err(malformed("the Golomb order is out of range"));
        }
        let lengths = section.get(HEAD + items as usize..HEAD + 2 * items as usize);
        let lengths = lengths.ok_or(malformed("there are fewer bytes than items"))?;
        let mut end = 0;
        let ends = lengths.iter().map(|length| (end += u32::from(*length), end).1).collect();
        let rows = Self { ends, entries, order };
        if rows.body(section).len() != end as usize {
            return Err(malformed("the rows are longer or shorter than their lengths say"));
        }
        let mut found = 0;
        for own in 0..items {
            let (mut count, mut before) = (0, None);
            for (id, level) in rows.row(section, own).1 {
                if id >= items || before >= Some(id) || level == 0 {
                    return Err(malformed("a row names an item that does not exist"));
                }
                before = Some(id);
                count += 1;
            }
            if (count == 0) != (section[HEAD + own as usize] == 0) {
                return Err(malformed("a row without entries has a scale, or one with entries has none"));
            }
            found += count;
        }
        if found == entries { Ok(rows) } else { Err(malformed("it has more or fewer entries than its header says")) }
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
    #[inline]
    pub fn row<'a>(&self, section: &'a [u8], own: u32) -> (u32, Entries<'a>) {
        let index = own as usize;
        let end = self.ends.get(index).copied().unwrap_or_default();
        let start = if index == 0 { 0 } else { self.ends.get(index - 1).copied().unwrap_or(end) };
        let packed = if index < self.len() { section.get(HEAD + index).copied().unwrap_or_default() } else { 0 };
        let reader = BitReader::new(self.body(section), start as usize);
        (scale(packed), Entries { reader, end: end as usize, order: self.order, own, before: None })
    }
}

/// The entries of one row: neighbour and level.
pub struct Entries<'a> {
    reader: BitReader<'a>,
    end: usize,
    order: u32,
    own: u32,
    before: Option<u32>,
}

impl Iterator for Entries<'_> {
    type Item = (u32, u32);

    #[inline]
    fn next(&mut self) -> Option<(u32, u32)> {
        if self.reader.left(self.end) < (self.order + 5) as isize {
            return None;
        }
        let code = self.reader.take_golomb(self.order);
        let level = self.reader.take(4) as u32;
        let id = match self.before {
            Some(before) => before.wrapping_add(code).wrapping_add(1),
            None if code & 1 == 0 => self.own.wrapping_add(code >> 1),
            None => self.own.wrapping_sub((code >> 1) + 1),
        };
        self.before = Some(id);
        Some((id, level))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_on_their_scale() {
        let rows = alloc::vec![
            alloc::vec![(2, 1.0), (1, 0.25)],
            alloc::vec![],
            alloc::vec![(0, 0.5), (3, 0.5), (1, 0.0001)],
            alloc::vec![(3, 0.1)]
        ];
        let section = encode(&rows);
        let open = Rows::open(&section).unwrap();
        assert_eq!((open.len(), open.entries()), (4, 5));
        let all = |own| open.row(&section, own).1.collect::<Vec<_>>();
        assert_eq!(all(0), [(1, 8), (2, 15)]);
        assert_eq!(all(1), []);
        assert_eq!(all(2), [(0, 15), (3, 15)]);
        assert_eq!(all(3), [(3, 15)]);
        assert_eq!(all(4), []);
        assert_eq!(open.row(&section, 0).0, scale(255));
        assert_eq!(open.row(&section, 1).0, 0);
    }

    #[test]
    fn every_scale_is_larger_than_the_one_before() {
        assert!((1..=254).all(|packed| scale(packed) < scale(packed + 1)));
        assert_eq!(pack_scale(1.0), 255);
        assert_eq!(pack_scale(0.0), 1);
    }

    #[test]
    fn damaged_rows_are_refused_or_whole() {
        let section =
            encode(&alloc::vec![alloc::vec![(1, 1.0), (2, 0.5)], alloc::vec![(0, 1.0)], alloc::vec![(1, 0.3)]]);
        for cut in 0..section.len() {
            assert!(Rows::open(&section[..cut]).is_err());
        }
        for at in 0..section.len() {
            let mut bad = section.clone();
            bad[at] ^= 0x55;
            if let Ok(rows) = Rows::open(&bad) {
                assert!((0..3).all(|own| rows.row(&bad, own).1.all(|(id, _)| id < 3)));
            }
        }
    }
}
