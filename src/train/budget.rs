//! A snapshot within so many bytes.
//!
//! The budget is that of the whole snapshot, but only next-item rows give way, those entries first that are [worth] least. Keys,
//! categories, prices and texts of products are there in any case, and two bytes a product for its row. How many entries the
//! rest has room for is tried out, since what an entry takes depends on all others.
//!
//! Invariants: the snapshot is within the budget; the same rows and the same budget give the same entries.
//!
//! [worth]: super::worth

use super::error::TrainError;
use super::kernel::Kernels;
use super::options::Options;
use super::search::{ValidationScore, shortened};
use crate::log::Log;
use crate::snapshot::layout::{Tag, head_len};

/// Attempts to come near the budget from below. Each corrects the one before by what it took.
const ATTEMPTS: usize = 4;
/// Share of the room that may stay unused.
const SLACK: f64 = 0.02;
/// Bits of an entry, before anything is known of them.
const GUESS: usize = 12;
/// Bytes of the section of both codes, and before the scales of rows, filled up.
const CODES: usize = 360;
const ROWS_HEAD: usize = 8;

/// What a budget took away.
#[derive(Clone, Copy, Debug)]
pub struct Shortened {
    /// Entries that are left.
    pub entries: usize,
    /// Entries without a budget.
    pub all: usize,
    /// On the validation tail, whole rows and rows that are as short; `None` if the log is too short for one.
    pub validation: Option<[ValidationScore; 2]>,
}

impl Shortened {
    /// Says what is left, and measures what it costs.
    pub(super) fn of(
        log: &Log,
        kernels: &Kernels,
        options: &Options,
        entries: usize,
        all: usize,
        lowest: usize,
    ) -> Self {
        Self { entries, all, validation: shortened(log, kernels, options.neighbours, options.support, lowest) }
    }
}

/// Bytes that next-item rows may take beside these sections.
///
/// # Errors
/// [`TrainError::Budget`] if there is not even room for rows without an entry.
pub fn room(budget: u64, items: usize, others: impl Iterator<Item = (Tag, usize)>) -> Result<usize, TrainError> {
    let mut others: Vec<(Tag, usize)> = others.collect();
    // Sections begin at multiples of eight bytes. There are three more: both kinds of rows, and their codes.
    let known: usize = others.iter().map(|(_, bytes)| bytes.next_multiple_of(8)).sum();
    let known = known + head_len(others.len() + 3) + CODES;
    let empty = empty(items);
    let needed = (known + empty) as u64;
    if budget < needed {
        others.push((Tag::ROWS, empty));
        others.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        let part = |(tag, bytes): &(Tag, usize)| format!("{} {bytes}", tag.name());
        let parts = others.iter().take(5).map(part).collect::<Vec<_>>().join(", ");
        return Err(TrainError::Budget { budget, needed, products: items, parts });
    }
    // The rows' own section is filled up as well.
    Ok((budget as usize - known) & !7)
}

/// Bytes of rows without an entry.
fn empty(items: usize) -> usize {
    ROWS_HEAD + 2 * items
}

/// About how many entries of the rows of so many items there is room for.
pub fn guess(room: usize, items: usize) -> usize {
    room.saturating_sub(empty(items)) * 8 / GUESS
}

/// The most of `all` entries of the rows of so many items that are within the room, nearly. `size` tells the bytes of rows
/// with so many entries. Begins with `entries`.
pub fn fit(entries: usize, all: usize, items: usize, room: usize, mut size: impl FnMut(usize) -> usize) -> usize {
    let (mut best, mut entries) = (0, entries);
    let room = room.saturating_sub(empty(items));
    for _ in 0..ATTEMPTS {
        let took = size(entries).saturating_sub(empty(items)).max(1);
        if took <= room {
            best = best.max(entries);
            if entries == all || took as f64 >= room as f64 * (1.0 - SLACK) {
                break;
            }
        }
        // A little below what this one says, so that the next one fits.
        entries = ((entries as f64 * room as f64 / took as f64 * (1.0 - SLACK / 4.0)) as usize).min(all);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_within_the_room_and_near_it() {
        // Entries take less, the more there are.
        let size = |entries: usize| 1008 + (entries as f64 * 1.4 - entries as f64 * entries as f64 * 2e-7) as usize;
        for room in [1500, 20_000, 100_000, 900_000] {
            for begin in [0, 100, 1_000_000] {
                let found = fit(guess(room, 500).clamp(begin, 1_000_000), 1_000_000, 500, room, size);
                assert!(size(found) <= room && size(found) * 100 >= room * 90, "{room}: {found}");
            }
        }
        assert_eq!(fit(1_000_000, 1_000_000, 500, 2_000_000, size), 1_000_000);
        assert_eq!(fit(1_000_000, 1_000_000, 500, 900, size), 0);
    }

    #[test]
    fn a_budget_that_the_catalogue_exceeds_is_refused_with_what_is_needed() {
        let others = || [(Tag::KEYS, 3000), (Tag::ITEMS, 5001), (Tag::TEXTS, 68)].into_iter();
        let TrainError::Budget { needed, products, parts, .. } = room(1000, 700, others()).unwrap_err() else {
            panic!()
        };
        assert_eq!((products, parts.as_str()), (700, "ITEM 5001, KEYS 3000, ROWS 1408, TEXT 68"));
        assert!(room(needed - 1, 700, others()).is_err());
        assert!(room(needed + 800, 700, others()).unwrap() >= 2200);
    }
}
