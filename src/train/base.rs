//! The base of a training: the snapshot that hosts have now, as far as the next one is told by it.
//!
//! Only names, numbers and rows are read. What is learned comes from the log alone; the base decides how it is written down,
//! so that a patch to it is short.

use super::table::LevelledRows;
use crate::event::ItemKey;
use crate::log::Log;
use crate::snapshot::bits::BitArray;
use crate::snapshot::code::{CodeTable, PACKED};
use crate::snapshot::layout::{Sections, Tag, chunk};
use crate::snapshot::rows::{LevelledRow, Rows};
use crate::snapshot::{ItemIndex, SnapshotError};
use std::collections::HashMap;

/// A base, under the numbers of a log.
#[derive(Clone, Debug)]
pub struct Base {
    /// By item of the log, its number in the base.
    pub numbers: Vec<Option<u32>>,
    /// Number of items of the base.
    pub items: u32,
    /// By item of the log, its row in the base, without neighbours that the log does not have.
    pub rows: LevelledRows,
    /// The same of what is bought together; all empty if the base has no such rows.
    pub together: LevelledRows,
    /// The codes of both kinds of rows.
    pub codes: [[u8; PACKED]; 2],
}

impl Base {
    /// Reads a snapshot under the numbers of a log.
    ///
    /// # Errors
    /// [`SnapshotError`] if it is none of this version, or is damaged.
    pub fn open(bytes: &[u8], log: &Log) -> Result<Self, SnapshotError> {
        let sections = Sections::open(bytes)?;
        let part = |tag: Tag, name| Ok::<_, SnapshotError>(&bytes[sections.range(tag, name)?]);
        let keys = BitArray::open(part(Tag::KEYS, "KEYS")?);
        let (keys, _) = keys.ok_or_else(|| SnapshotError::malformed("KEYS", "it is shorter than its header"))?;
        let code = part(Tag::CODE, "CODE")?;
        let tables = CodeTable::both(code)?;
        // By number of the base, the log's.
        let known: HashMap<u64, u32> =
            log.items.iter().map(|item| ItemKey::from_id(&item.id).bits()).zip(0..).collect();
        let of_log: Vec<Option<u32>> = keys.iter().map(|key| known.get(&key).copied()).collect();
        let mut numbers = vec![None; log.items.len()];
        for (item, number) in of_log.iter().zip(0..) {
            if let Some(item) = item {
                numbers[*item as usize] = Some(number);
            }
        }
        let rows = |section: &[u8], table: &CodeTable| {
            let rows = Rows::open(section)?;
            let row = |number: &Option<u32>| {
                let Some(number) = *number else { return LevelledRow::default() };
                let entries = rows.row(section, number as usize, ItemIndex::new(number), table).1;
                let item = |item: ItemIndex| of_log.get(item.place()).copied().flatten();
                let mut row: Vec<(u32, u32)> =
                    entries.filter_map(|(to, level)| item(to).map(|item| (item, level))).collect();
                row.sort_unstable();
                (rows.raw(section, number as usize).0, row)
            };
            Ok::<_, SnapshotError>(numbers.iter().map(row).collect())
        };
        Ok(Self {
            rows: rows(part(Tag::ROWS, "ROWS")?, &tables[0])?,
            together: rows(part(Tag::TOGETHER, "TOGE")?, &tables[1])?,
            codes: [0, PACKED].map(|at| chunk(code, at).unwrap_or([0; PACKED])),
            items: keys.len() as u32,
            numbers,
        })
    }
}
