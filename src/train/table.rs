//! Rows of all items, in few allocations.
//!
//! A shop of a million products has thirty million entries. A list of lists takes 24 bytes a row and an allocation each, and
//! every step that makes new rows from old ones would hold both. Here rows lie one after the other in parts of `PART` rows.
//! Threads make different parts at the same time without a copy at the end, and a step that changes rows frees the old ones
//! part by part.
//!
//! Invariants: every part but the last has `PART` rows; the number of threads changes nothing.

use crate::snapshot::rows::LevelledRow;
use rayon::prelude::*;

/// Rows of a part.
const PART: usize = 4096;

/// Rows by the log's item number, which follow one another in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<T> {
    parts: Vec<Part<T>>,
    rows: usize,
}

/// Some rows in one array.
#[derive(Clone, Debug, PartialEq)]
struct Part<T> {
    /// End of each row in `entries`.
    ends: Vec<u32>,
    entries: Vec<T>,
}

/// A row as the trainer counts it: neighbours and weights, by the log's item numbers. They are plain numbers, because the
/// sums of a whole log are flat arrays indexed by them.
pub type CountedRow = Vec<(u32, f32)>;

/// Some of the entries of a counted row.
pub type Entries = [(u32, f32)];

/// Counted rows of all items: eight bytes an entry.
pub type CountedRows = Table<(u32, f32)>;

/// Counted rows of which only the first entries are used.
pub struct Heads<'a> {
    rows: &'a CountedRows,
    /// By item, how many entries are used.
    kept: Vec<u16>,
}

impl<'a> Heads<'a> {
    /// Uses as many entries of each row as `kept` says, at most all.
    pub fn new(rows: &'a CountedRows, kept: impl Fn(usize, &[(u32, f32)]) -> usize) -> Self {
        let kept = rows.iter().enumerate().map(|(own, row)| kept(own, row).min(row.len()) as u16).collect();
        Self { rows, kept }
    }

    /// Uses all entries.
    pub fn whole(rows: &'a CountedRows) -> Self {
        Self::new(rows, |_, row| row.len())
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether there is no row at all.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Number of entries that are used.
    pub fn entries(&self) -> usize {
        self.kept.iter().map(|kept| usize::from(*kept)).sum()
    }

    /// The entries of a row that are used, and the others.
    pub fn split(&self, item: usize) -> (&'a Entries, &'a Entries) {
        self.rows.row(item).split_at(usize::from(self.kept[item]))
    }

    /// The entries of a row that are used.
    pub fn row(&self, item: usize) -> &'a Entries {
        self.split(item).0
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { parts: Vec::new(), rows: 0 }
    }
}

impl<T> Part<T> {
    fn new() -> Self {
        Self { ends: Vec::with_capacity(PART), entries: Vec::new() }
    }

    fn row(&self, at: usize) -> &[T] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.entries[start as usize..self.ends[at] as usize]
    }

    /// Takes what stands behind the last row as another row.
    fn close(&mut self) {
        // At most 255 entries a row or so, times `PART`.
        self.ends.push(self.entries.len() as u32);
    }
}

impl<T: Copy + Send + Sync> Table<T> {
    /// Makes `rows` rows in parallel. `state` gives a thread its memory, `make` puts the row of an item behind the others.
    pub fn make<S>(
        rows: usize,
        state: impl Fn() -> S + Send + Sync,
        make: impl Fn(&mut S, u32, &mut Vec<T>) + Send + Sync,
    ) -> Self {
        let part = |state: &mut S, number: usize| {
            let mut part = Part::new();
            for own in number * PART..rows.min((number + 1) * PART) {
                make(state, own as u32, &mut part.entries);
                part.close();
            }
            part.entries.shrink_to_fit();
            part
        };
        let parts = (0..rows.div_ceil(PART)).into_par_iter().map_init(state, part).collect();
        Self { parts, rows }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row at all.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Number of entries in all rows.
    pub fn entries(&self) -> usize {
        self.parts.iter().map(|part| part.entries.len()).sum()
    }

    /// The row of an item.
    pub fn row(&self, item: usize) -> &[T] {
        self.parts[item / PART].row(item % PART)
    }

    /// All rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[T]> {
        self.parts.iter().flat_map(|part| (0..part.ends.len()).map(|at| part.row(at)))
    }

    /// What stands behind the first entries of each row; `kept` says how many these are.
    #[must_use]
    pub fn beyond(&self, kept: impl Fn(&[T]) -> usize + Send + Sync) -> Self {
        let rest = |(): &mut (), own: u32, rest: &mut Vec<T>| {
            let row = self.row(own as usize);
            rest.extend(row.get(kept(row)..).unwrap_or_default());
        };
        Self::make(self.rows, || (), rest)
    }

    /// Changes each entry for itself.
    pub fn each(&mut self, change: impl Fn(&mut T) + Send + Sync) {
        self.parts.par_iter_mut().for_each(|part| part.entries.iter_mut().for_each(&change));
    }

    /// The same rows, changed. `change` gets the item, and its row as a list of its own.
    #[must_use]
    pub fn changed(self, change: impl Fn(u32, &mut Vec<T>) + Send + Sync) -> Self {
        let part = |(number, old): (usize, Part<T>)| {
            let (mut part, mut row) = (Part::new(), Vec::new());
            part.entries.reserve(old.entries.len());
            for at in 0..old.ends.len() {
                row.clear();
                row.extend_from_slice(old.row(at));
                change((number * PART + at) as u32, &mut row);
                part.entries.extend_from_slice(&row);
                part.close();
            }
            part.entries.shrink_to_fit();
            part
        };
        Self { parts: self.parts.into_par_iter().enumerate().map(part).collect(), rows: self.rows }
    }
}

impl<T: Copy + Send + Sync> FromIterator<Vec<T>> for Table<T> {
    fn from_iter<I: IntoIterator<Item = Vec<T>>>(rows: I) -> Self {
        let mut table = Self::default();
        for row in rows {
            if table.rows.is_multiple_of(PART) {
                table.parts.push(Part::new());
            }
            if let Some(part) = table.parts.last_mut() {
                part.entries.extend(row);
                part.close();
            }
            table.rows += 1;
        }
        table
    }
}

/// Rows in the steps that a snapshot has: four bytes an entry and four a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LevelledRows(Table<u32>);

impl LevelledRows {
    /// Bits of a level in an entry. The others hold the item, and no catalogue has that many.
    const LEVEL: u32 = 4;

    /// Makes rows in parallel.
    pub fn make(rows: usize, make: impl Fn(usize) -> LevelledRow<u32> + Send + Sync) -> Self {
        Self(Table::make(rows, || (), |(), own, entries| Self::pack(make(own as usize), entries)))
    }

    /// A row as a line of numbers: its scale, then its entries.
    fn pack((scale, row): LevelledRow<u32>, entries: &mut Vec<u32>) {
        entries.push(u32::from(scale));
        entries.extend(row.into_iter().map(|(item, level)| item << Self::LEVEL | level));
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no row at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of entries in all rows.
    pub fn entries(&self) -> usize {
        self.0.entries() - self.0.len()
    }

    /// The packed scale and the entries (neighbour, level) of a row.
    pub fn row(&self, item: usize) -> (u8, impl Iterator<Item = (u32, u32)> + Clone + '_) {
        let (scale, entries) =
            self.0.row(item).split_first().map_or((0, &[][..]), |(scale, rest)| (*scale as u8, rest));
        (scale, entries.iter().map(|entry| (entry >> Self::LEVEL, entry & ((1 << Self::LEVEL) - 1))))
    }
}

impl FromIterator<LevelledRow<u32>> for LevelledRows {
    fn from_iter<I: IntoIterator<Item = LevelledRow<u32>>>(rows: I) -> Self {
        let packed = |row| {
            let mut entries = Vec::new();
            Self::pack(row, &mut entries);
            entries
        };
        Self(rows.into_iter().map(packed).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of different lengths, some empty, over more than two parts.
    fn lists() -> Vec<CountedRow> {
        (0..2 * PART as u32 + 77).map(|own| (0..own % 7).map(|at| (own ^ at, at as f32)).collect()).collect()
    }

    #[test]
    fn rows_come_back_however_they_were_made() {
        let lists = lists();
        let collected: CountedRows = lists.iter().cloned().collect();
        let made = CountedRows::make(lists.len(), || (), |(), own, row| row.extend(&lists[own as usize]));
        assert_eq!(collected, made);
        assert!(made.iter().eq(lists.iter().map(Vec::as_slice)));
        assert_eq!((made.len(), made.entries()), (lists.len(), lists.iter().map(Vec::len).sum()));
        assert_eq!(made.row(PART + 3), lists[PART + 3]);
        assert!(CountedRows::default().is_empty() && CountedRows::default().iter().next().is_none());
    }

    #[test]
    fn a_change_sees_each_row_with_its_item() {
        let lists = lists();
        let table: CountedRows = lists.iter().cloned().collect();
        let changed = table.changed(|own, row| {
            row.retain(|(to, _)| to % 2 == 0);
            row.push((own, 0.5));
        });
        for (own, (row, list)) in changed.iter().zip(&lists).enumerate() {
            let mut expected: CountedRow = list.iter().filter(|(to, _)| to % 2 == 0).copied().collect();
            expected.push((own as u32, 0.5));
            assert_eq!(row, expected);
        }
    }

    #[test]
    fn levelled_rows_keep_scale_item_and_level() {
        let rows: Vec<LevelledRow<u32>> = vec![(255, vec![(0, 1), (7_999_999, 15)]), (0, vec![]), (9, vec![(3, 8)])];
        let levelled: LevelledRows = rows.iter().cloned().collect();
        assert_eq!(levelled, LevelledRows::make(3, |own| rows[own].clone()));
        for (own, (scale, row)) in rows.iter().enumerate() {
            let (packed, entries) = levelled.row(own);
            assert_eq!((packed, entries.collect::<Vec<_>>()), (*scale, row.clone()));
        }
        assert_eq!((levelled.len(), levelled.entries()), (3, 3));
    }

    #[test]
    fn thirty_two_million_entries_take_a_quarter_of_a_gigabyte() {
        assert_eq!(size_of::<(u32, f32)>(), 8);
        assert_eq!(size_of::<Part<u32>>(), 48);
    }
}
