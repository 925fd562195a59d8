//! Rows as the trainer writes them, and the check of every entry.
//!
//! Nothing here travels to a browser, so it is written for clarity and not for size or speed. Rows are levelled first and
//! then counted, because the code is made for the levels that are really written.

use super::super::bits::BitWriter;
use super::super::code::{Code, CodeTable, Counter, LEVELS, PACKED, distance};
use super::{HEAD, ItemIndex, ONE, Rows, SnapshotError};
use alloc::vec::Vec;

/// A row before it is packed: neighbours in any order with weights in the trainer's own unit, in which
/// the heaviest neighbour of a usual row weighs 1.
pub type WeightedRow = Vec<(ItemIndex, f32)>;

/// A row in the steps a snapshot has: its packed scale, and its entries as (item, level) in order of item. The
/// trainer's search levels rows that still stand under the log's numbers, so the type of number is open.
pub type LevelledRow<I> = (u8, Vec<(I, u32)>);

/// A code at hand is kept if it makes rows at most this many times as long as the best.
const NEARLY: f64 = 1.005;

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

/// Rows as they are written.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The section.
    pub section: Vec<u8>,
    /// The code it is written in: half of the section CODE.
    pub code: [u8; PACKED],
}

/// Packs the rows of all items, in order of item. A neighbour whose weight is nothing beside its row's largest is dropped, as are the
/// lightest of a row that would be longer than 255 bytes.
pub fn encode(rows: &[WeightedRow]) -> Encoded {
    encode_levelled(rows.len(), |own| levels(&rows[own]), None)
}

/// Packs rows whose levels are chosen already, in the code at hand if that is nearly the best: rows that did not change keep
/// their bytes then. `levelled` gives a row, and is asked twice for each: a large shop's rows need not all be held.
pub fn encode_levelled(
    rows: usize,
    levelled: impl Fn(usize) -> LevelledRow<ItemIndex>,
    kept: Option<&[u8; PACKED]>,
) -> Encoded {
    let counter = counted(rows, &levelled);
    let best = counter.code();
    let kept = kept.filter(|kept| CodeTable::open(kept).is_ok()).map(Code::open);
    let is_near = |kept: &Code| counter.bits(kept) as f64 <= counter.bits(&best) as f64 * NEARLY;
    let code = kept.filter(is_near).unwrap_or(best);
    let (mut scales, mut lengths, mut entries) = (Vec::new(), Vec::new(), 0);
    let mut bits = BitWriter::default();
    for own in 0..rows {
        let (scale, mut row) = levelled(own);
        // The length of a row is one byte of the section.
        while numbers(own, &row).map(|(number, level)| code.width(number, level)).sum::<u32>() > 255 * 8 {
            let lightest = row.iter().enumerate().min_by_key(|(_, (_, level))| *level).map_or(0, |(at, _)| at);
            row.remove(lightest);
        }
        // A scale of 0 says that the row has no entries.
        scales.push(if row.is_empty() { 0 } else { scale });
        // Rows begin at whole bytes, so that their lengths are enough to find them.
        let begin = bits.len();
        numbers(own, &row).for_each(|(number, level)| code.put(&mut bits, number, level));
        bits.align();
        lengths.push((bits.len() - begin) as u8);
        entries += row.len() as u32;
    }
    let mut out = (rows as u32).to_le_bytes().to_vec();
    out.extend_from_slice(&entries.to_le_bytes());
    out.extend(scales);
    out.extend(lengths);
    out.extend(bits.finish());
    Encoded { section: out, code: code.pack() }
}

/// Counts the entries of rows.
fn counted(rows: usize, levelled: &impl Fn(usize) -> LevelledRow<ItemIndex>) -> Counter {
    let mut counter = Counter::default();
    for own in 0..rows {
        numbers(own, &levelled(own).1).for_each(|(number, level)| counter.add(number, level));
    }
    counter
}

/// Bits that the entries of rows take in their best code.
pub fn bits(rows: usize, levelled: impl Fn(usize) -> LevelledRow<ItemIndex>) -> f64 {
    let counter = counted(rows, &levelled);
    counter.bits(&counter.code()) as f64
}

/// The steps of a row's weights, relative to its heaviest. The square root gives light neighbours more steps than a linear
/// scale would, and most weights are small: on a public log linear levels cost six points of recall.
pub fn levels<I: Copy + Ord>(row: &[(I, f32)]) -> LevelledRow<I> {
    let max = row.iter().map(|(_, weight)| *weight).fold(0.0, f32::max);
    if max <= 0.0 {
        return (0, Vec::new());
    }
    let mut levelled: Vec<(I, u32)> = row
        .iter()
        .map(|(id, weight)| (*id, ((weight / max).max(0.0).sqrt() * LEVELS as f32 + 0.5) as u32))
        .filter(|(_, level)| *level > 0)
        .collect();
    levelled.sort_unstable();
    levelled.dedup_by_key(|(id, _)| *id);
    (pack_scale(max), levelled)
}

/// A row as its code has it: what stands for each neighbour, and its level.
fn numbers(own: usize, row: &[(ItemIndex, u32)]) -> impl Iterator<Item = (u32, u32)> {
    let mut before = None;
    row.iter().map(move |(item, level)| {
        let item = item.get();
        (distance(own as u32, before.replace(item), item), *level)
    })
}

/// A row's heaviest weight as an 8-bit float: four bits of exponent, four of fraction above an implied 16, as
/// [`scale`](super::scale) reads it. Never 0: a row that is there counts.
pub fn pack_scale(weight: f32) -> u8 {
    let wanted = weight * ONE as f32;
    let exponent = (wanted / 16.0).max(1.0).log2().floor().min(15.0) as u32;
    let near = (exponent << 4) as i32 + (wanted / (1 << exponent) as f32 - 16.0).round() as i32;
    near.clamp(1, 255) as u8
}

impl Rows {
    /// Reads every entry of a table of all items' rows: each names an item that exists, and there are as many as the header
    /// says. The publisher does this once; a host relies on the publisher's signature.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] with the first contradiction.
    pub fn verify(&self, section: &[u8], code: &CodeTable) -> Result<Size, SnapshotError> {
        let malformed = |why| SnapshotError::malformed("ROWS", why);
        let mut counter = Counter::default();
        let mut found = 0;
        for own in 0..self.len() {
            let row: Vec<(ItemIndex, u32)> = self.row(section, own, ItemIndex::new(own as u32), code).1.collect();
            if row.iter().any(|(item, _)| item.place() >= self.len()) || !row.is_sorted_by(|a, b| a.0 < b.0) {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::rows::scale;

    fn row(entries: &[(u32, f32)]) -> WeightedRow {
        entries.iter().map(|(item, weight)| (ItemIndex::new(*item), *weight)).collect()
    }

    #[test]
    fn rows_come_back_on_their_scale() {
        let rows = [row(&[(2, 8.0), (1, 2.0)]), row(&[]), row(&[(0, 0.5), (3, 0.5), (1, 0.0001)]), row(&[(3, 0.1)])];
        let Encoded { section, code } = encode(&rows);
        let (open, code) = (Rows::open(&section).unwrap(), CodeTable::open(&code).unwrap());
        assert_eq!((open.len(), open.entries()), (4, 5));
        assert_eq!(open.verify(&section, &code).unwrap().entries, 5);
        let row = |own: u32| open.row(&section, own as usize, ItemIndex::new(own), &code);
        let all = |own| {
            let entries = row(own).1;
            entries.map(|(item, level)| (item.get(), level)).collect::<Vec<_>>()
        };
        assert_eq!(all(0), [(1, 8), (2, 15)]);
        assert_eq!(all(1), []);
        assert_eq!(all(2), [(0, 15), (3, 15)]);
        assert_eq!(all(3), [(3, 15)]);
        assert_eq!(all(4), []);
        let scales = [0, 1, 2].map(|own| row(own).0);
        assert_eq!(scales, [scale(255), 0, ONE / 2]);
    }

    #[test]
    fn every_scale_is_larger_than_the_one_before_and_is_found_again() {
        assert!((1..=254).all(|packed| scale(packed) < scale(packed + 1)));
        assert!((1..=255).all(|packed| pack_scale(scale(packed) as f32 / ONE as f32) == packed));
        assert_eq!((pack_scale(100.0), pack_scale(0.0)), (255, 1));
    }

    #[test]
    fn damaged_rows_are_refused_or_harmless() {
        let Encoded { section, code } = encode(&[row(&[(1, 1.0), (2, 0.5)]), row(&[(0, 1.0)]), row(&[(1, 0.3)])]);
        let code = CodeTable::open(&code).unwrap();
        for cut in 0..section.len() {
            assert!(Rows::open(&section[..cut]).is_err());
        }
        for at in 0..section.len() {
            let mut bad = section.clone();
            bad[at] ^= 0x55;
            if let Ok(rows) = Rows::open(&bad) {
                let all = || (0..3_u32).flat_map(|own| rows.row(&bad, own as usize, ItemIndex::new(own), &code).1);
                assert!(all().count() <= bad.len() * 8);
                if rows.verify(&bad, &code).is_ok() {
                    assert!(all().all(|(item, _)| item.place() < 3));
                }
            }
        }
    }

    #[test]
    fn a_row_too_long_for_its_byte_loses_its_lightest() {
        let far = |n: u32| (n * 131_071 % 4_000_000, if n.is_multiple_of(2) { 1.0 } else { 0.3 });
        let Encoded { section, code } = encode(&[row(&(1..400).map(far).collect::<Vec<_>>())]);
        let (open, code) = (Rows::open(&section).unwrap(), CodeTable::open(&code).unwrap());
        let levels: Vec<u32> = open.row(&section, 0, ItemIndex::new(0), &code).1.map(|(_, level)| level).collect();
        assert!(levels.len() > 60 && levels.iter().all(|level| *level == 15), "{levels:?}");
    }
}
