//! Trail rows as the trainer writes them, and the check of every entry.
//!
//! A section of trail rows is laid out like one of rows, and written in the code of next-item rows. The record of an item is
//! a list of groups. A group begins with an entry that names the item before and, as its level, how many followers there are;
//! the followers stand behind it like the entries of a row. The item before and the first follower are written relative to
//! the record's own item. So a host reads a trail with what it has for rows, and a record goes into the same pack as the
//! row of its item.

use super::super::bits::BitWriter;
use super::super::code::{Code, CodeTable, LEVELS, PACKED, distance};
use super::{ItemIndex, Rows, SnapshotError};
use alloc::vec::Vec;

/// The trail rows of an item in the steps a snapshot has: the packed scale of all of them, and by item before, in the order
/// in which they are read, the followers as (item, level) in order of item. The most important come first: a record of
/// more than 255 bytes loses its last.
pub type LevelledTrails<I> = (u8, Vec<(I, Vec<(I, u32)>)>);

/// Packs the trail rows of all items, in order of item, in the code of their next-item rows. Empty if there are none.
pub fn encode_trails(levelled: &[LevelledTrails<ItemIndex>], code: &[u8; PACKED]) -> Vec<u8> {
    if levelled.iter().all(|(_, groups)| groups.is_empty()) {
        return Vec::new();
    }
    let code = Code::open(code);
    let (mut scales, mut lengths, mut entries) = (Vec::new(), Vec::new(), 0);
    let mut bits = BitWriter::default();
    for (own, (scale, groups)) in levelled.iter().enumerate() {
        let begin = bits.len();
        let mut room = 255 * 8;
        for (before, followers) in groups {
            let head = (distance(own as u32, None, before.get()), followers.len() as u32);
            let mut last = None;
            let numbers = followers.iter().map(|(item, level)| {
                let item = item.get();
                (distance(own as u32, last.replace(item), item), *level)
            });
            let group: Vec<(u32, u32)> = core::iter::once(head).chain(numbers).collect();
            let width: u32 = group.iter().map(|(number, level)| code.width(*number, *level)).sum();
            if followers.is_empty() || followers.len() as u32 > LEVELS || width > room {
                continue;
            }
            room -= width;
            entries += followers.len() as u32;
            for (number, level) in &group {
                code.put(&mut bits, *number, *level);
            }
        }
        bits.align();
        let length = (bits.len() - begin) as u8;
        scales.push(if length == 0 { 0 } else { *scale });
        lengths.push(length);
    }
    let mut out = (levelled.len() as u32).to_le_bytes().to_vec();
    out.extend_from_slice(&entries.to_le_bytes());
    out.extend(scales);
    out.extend(lengths);
    out.extend(bits.finish());
    out
}

impl Rows {
    /// Reads every entry of a table of trail rows, as [`Rows::verify`] does with rows.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] with the first contradiction.
    pub fn verify_trails(&self, section: &[u8], code: &CodeTable) -> Result<(), SnapshotError> {
        let malformed = |why| Err(SnapshotError::malformed("TRAI", why));
        let mut found = 0;
        for own in 0..self.len() {
            let (mut befores_exist, mut items_exist) = (true, true);
            let entries = self.row(section, own, ItemIndex::new(own as u32), code).1;
            let is_whole = entries.of_trails(
                |before| {
                    befores_exist &= before.place() < self.len() && before.place() != own;
                    true
                },
                |item, _| {
                    found += 1;
                    items_exist &= item.place() < self.len();
                },
            );
            if !befores_exist || !items_exist || !is_whole {
                return malformed("a trail names an item that does not exist, or is cut");
            }
        }
        if found == self.entries() { Ok(()) } else { malformed("it has more or fewer entries than its header says") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::rows::{encode, scale};

    fn index(item: u32) -> ItemIndex {
        ItemIndex::new(item)
    }

    fn trails(groups: &[(u32, &[(u32, u32)])]) -> LevelledTrails<ItemIndex> {
        let followers = |entries: &[(u32, u32)]| entries.iter().map(|(item, level)| (index(*item), *level)).collect();
        (70, groups.iter().map(|(before, entries)| (index(*before), followers(entries))).collect())
    }

    fn read(section: &[u8], own: u32, before: &[u32], code: &CodeTable) -> Vec<(u32, u32)> {
        let rows = Rows::open(section).unwrap();
        let mut found = Vec::new();
        let (_, entries) = rows.row(section, own as usize, index(own), code);
        entries.of_trails(|item| before.contains(&item.get()), |item, level| found.push((item.get(), level)));
        found
    }

    #[test]
    fn trails_come_back_for_the_items_before_that_are_asked_for() {
        let packed = encode(&[Vec::from([(index(1), 1.0)])]).code;
        let code = CodeTable::open(&packed).unwrap();
        let all =
            [trails(&[]), trails(&[(3, &[(0, 15), (2, 4)]), (0, &[(3, 1)])]), trails(&[]), trails(&[(1, &[(2, 9)])])];
        let section = encode_trails(&all, &packed);
        assert_eq!(read(&section, 1, &[3], &code), [(0, 15), (2, 4)]);
        assert_eq!(read(&section, 1, &[0], &code), [(3, 1)]);
        assert_eq!(read(&section, 1, &[0, 3, 2], &code), [(0, 15), (2, 4), (3, 1)]);
        assert_eq!(read(&section, 1, &[2], &code), []);
        assert_eq!(read(&section, 0, &[1, 2, 3], &code), []);
        assert_eq!(read(&section, 3, &[1], &code), [(2, 9)]);
        let rows = Rows::open(&section).unwrap();
        assert_eq!((rows.entries(), rows.row(&section, 1, index(1), &code).0), (4, scale(70)));
        assert!(rows.verify_trails(&section, &code).is_ok());
        assert!(encode_trails(&[trails(&[]), trails(&[])], &packed).is_empty());
    }

    #[test]
    fn a_record_too_long_for_its_byte_loses_its_last_groups() {
        let packed = encode(&[Vec::from([(index(1), 1.0)])]).code;
        let far = |n: u32| n * 131_071 % 4_000_000 + 1;
        let followers: Vec<(u32, u32)> = (1..5).map(|n| (n * 900_000, 15)).collect();
        let groups: Vec<(u32, &[(u32, u32)])> = (1..200).map(|n| (far(n), &followers[..])).collect();
        let section = encode_trails(&[trails(&groups)], &packed);
        let code = CodeTable::open(&packed).unwrap();
        assert_eq!(read(&section, 0, &[far(1)], &code), followers);
        assert_eq!(read(&section, 0, &[far(150)], &code), []);
    }

    #[test]
    fn forged_trails_are_refused_or_harmless() {
        let packed = encode(&[Vec::from([(index(1), 1.0)])]).code;
        let code = CodeTable::open(&packed).unwrap();
        let all = [trails(&[(1, &[(2, 3)])]), trails(&[(2, &[(0, 15)]), (0, &[(2, 1)])]), trails(&[])];
        let section = encode_trails(&all, &packed);
        let mut refused = 0;
        for at in 0..section.len() {
            let mut bad = section.clone();
            bad[at] ^= 0x55;
            let Ok(rows) = Rows::open(&bad) else { continue };
            let mut found = 0;
            for own in 0..rows.len() {
                let entries = rows.row(&bad, own, index(own as u32), &code).1;
                entries.of_trails(|_| true, |_, _| found += 1);
            }
            assert!(found <= bad.len() * 8);
            refused += usize::from(rows.verify_trails(&bad, &code).is_err());
        }
        assert!(refused > 0);
    }
}
