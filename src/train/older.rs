//! Days of the log that are not read again: their [sums](DaySums), added up with the weight of each day's age.
//!
//! A visit counts with the age of the middle of its day instead of its own. Products that the log does not know are left out:
//! no visit of the days that are read looked at them, and no catalogue lists them.
//!
//! Memory is bounded by the catalogue: a day at a time is in memory, and of each product the 1,024 heaviest neighbours.

use super::counted::{Counted, PairTable};
use super::day_sums::{DaySums, Key, PARTS};
use super::kernel::Kernels;
use super::sums::MOST;
use super::weights::{Weights, age};
use crate::log::Log;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;

/// Neighbours of a product that are kept while days are added up: twice what a row chooses from, since later days may lift one.
const KEPT: usize = 2 * MOST;
/// Half a day in milliseconds.
const MIDDLE_MS: u64 = 12 * 60 * 60 * 1000;

/// A pair: product, neighbour, weight, visits with both.
type Pair = (u32, u32, u64, u32);

/// A day whose sums are in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OlderDay {
    /// When it began, in milliseconds since 1970.
    pub begin_ms: u64,
    /// The file.
    pub path: PathBuf,
    /// The key of the file.
    pub key: Key,
}

/// The days before those that the log has, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Older {
    /// The days.
    pub days: Vec<OlderDay>,
    /// The kernels that they were counted by. The rows are made by the same.
    pub kernels: Kernels,
}

/// The days added up.
#[derive(Debug, Default)]
pub struct Added {
    /// What they have counted, by the log's numbers.
    pub counted: Counted,
    /// Their events.
    pub events: u64,
    /// Their visits.
    pub sessions: u64,
}

impl Older {
    /// When the oldest day began; `None` without a day.
    pub fn oldest_ms(&self) -> Option<u64> {
        self.days.first().map(|day| day.begin_ms)
    }

    /// Adds the days up for a log that follows them.
    ///
    /// # Errors
    /// What the file system says, or that a file is not the one that was found before.
    pub fn add_up(&self, log: &Log, weights: &Weights) -> io::Result<Added> {
        let numbers: HashMap<&str, u32> =
            (0..).zip(&log.items).map(|(number, item)| (item.id.as_str(), number)).collect();
        let newest = log.span_ms.1;
        let span = newest.saturating_sub(self.oldest_ms().unwrap_or(newest));
        let mut looks = vec![(0.0, 0.0); log.items.len()];
        let mut lengths: BTreeMap<(u16, u16), u64> = BTreeMap::new();
        let (mut pairs, mut events, mut sessions) = (Vec::new(), 0, 0);
        for day in &self.days {
            let changed = || io::Error::other(format!("{}: changed meanwhile; turn again", day.path.display()));
            let sums = DaySums::read(&day.path, &day.key)?.ok_or_else(changed)?;
            let age = age(newest.saturating_sub(day.begin_ms + MIDDLE_MS), span);
            let decay = weights.ages[usize::from(age)];
            events += sums.events;
            sessions += sums.sessions();
            for (clicks, count) in &sums.lengths {
                *lengths.entry((age, *clicks)).or_default() += count;
            }
            let own: Vec<Option<u32>> = sums.items.iter().map(|(id, _)| numbers.get(id.as_str()).copied()).collect();
            for (number, (_, count)) in own.iter().zip(&sums.items) {
                if let Some(number) = number {
                    looks[*number as usize].0 += *count as f64 / PARTS;
                }
            }
            let known = |(item, other, weight, visits): &Pair| {
                Some((own[*item as usize]?, own[*other as usize]?, weight.saturating_mul(decay), *visits))
            };
            let mut more: Vec<Pair> = sums.pairs.iter().filter_map(known).collect();
            drop(sums);
            more.sort_unstable();
            pairs = bounded(merged(pairs, more));
        }
        let lengths = lengths.into_iter().map(|((age, clicks), count)| (age, clicks, count)).collect();
        let pairs = PairTable::new(log.items.len(), pairs);
        Ok(Added { counted: Counted { lengths, looks, pairs, trails: Vec::new() }, events, sessions })
    }
}

/// Two lists of pairs in order as one, with the sums of those in both.
fn merged(one: Vec<Pair>, other: Vec<Pair>) -> Vec<Pair> {
    let mut all = Vec::with_capacity(one.len() + other.len() / 2);
    let (mut one, mut other) = (one.into_iter().peekable(), other.into_iter().peekable());
    loop {
        let order = match (one.peek(), other.peek()) {
            (Some(left), Some(right)) => (left.0, left.1).cmp(&(right.0, right.1)),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => return all,
        };
        let left = if order.is_le() { one.next() } else { None };
        let right = if order.is_ge() { other.next() } else { None };
        let (weight, visits) = [left, right]
            .into_iter()
            .flatten()
            .fold((0_u64, 0_u32), |sum, pair| (sum.0.saturating_add(pair.2), sum.1.saturating_add(pair.3)));
        all.extend(left.or(right).map(|(item, near, ..)| (item, near, weight, visits)));
    }
}

/// The heaviest neighbours of each product.
fn bounded(pairs: Vec<Pair>) -> Vec<Pair> {
    if !pairs.chunk_by(|one, next| one.0 == next.0).any(|row| row.len() > KEPT) {
        return pairs;
    }
    let mut kept = Vec::with_capacity(pairs.len());
    for row in pairs.chunk_by(|one, next| one.0 == next.0) {
        let begin = kept.len();
        kept.extend_from_slice(row);
        if row.len() > KEPT {
            kept[begin..].sort_unstable_by_key(|pair| (Reverse(pair.2), pair.1));
            kept.truncate(begin + KEPT);
            kept[begin..].sort_unstable();
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::count::Counts;
    use crate::train::index::Index;

    #[test]
    fn pairs_of_two_days_are_one_list_and_the_heaviest_stay() {
        let one = vec![(0, 1, 5, 1), (0, 2, 7, 2), (3, 0, 1, 1)];
        let other = vec![(0, 2, 10, 1), (1, 0, 4, 4)];
        let expected = vec![(0, 1, 5, 1), (0, 2, 17, 3), (1, 0, 4, 4), (3, 0, 1, 1)];
        assert_eq!(merged(one.clone(), other.clone()), expected);
        assert_eq!(merged(other, one), expected, "in any order");
        let wide: Vec<Pair> = (0..KEPT as u32 + 5).map(|near| (7, near, u64::from(near) % 100, 1)).collect();
        let kept = bounded(wide);
        assert_eq!(kept.len(), KEPT);
        assert!(kept.is_sorted() && kept.iter().filter(|pair| pair.2 == 0).count() < 11);
    }

    #[test]
    fn days_added_up_make_the_rows_of_all_visits_counted_together() {
        let sessions: Vec<Vec<u32>> =
            (0..400).map(|n: u32| (0..5).map(|at| (n * 7 + at * at * 3 + n % 3) % 40).collect()).collect();
        let ids = || (0..40).map(|item| format!("p{item}")).collect::<Vec<_>>();
        // Without decay: the middle of a day is not when its visits began.
        let kernels = Kernels { age: 0.0, trend: 0.0, ..Kernels::default() };
        let weights = Weights::of(&kernels);
        let folder = std::env::temp_dir().join(format!("slotwise-older-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let day = |at: usize| {
            let path = folder.join(format!("{at}.sums"));
            let log = Log::of_sessions(&sessions[at * 100..(at + 1) * 100], ids());
            DaySums::of(&log, 0..100, &weights).write(&path, &[at as u8; 32]).unwrap();
            OlderDay { begin_ms: at as u64, path, key: [at as u8; 32] }
        };
        let older = Older { days: vec![day(0), day(1), day(2)], kernels };
        let rows = |counts: &Counts| counts.rows(&kernels, 16, 2, 0.0).iter().map(<[_]>::to_vec).collect::<Vec<_>>();
        let whole = Counts::new(&Log::of_sessions(&sessions, ids()), 0..400);
        let newest = Log::of_sessions(&sessions[300..], ids());
        let added = older.add_up(&newest, &weights).unwrap();
        assert_eq!((added.events, added.sessions), (1500, 300));
        let index = || Index::since(&newest, 0..100, older.oldest_ms());
        assert_eq!(rows(&Counts::after(index(), Some(added.counted))), rows(&whole));
        assert_ne!(rows(&Counts::after(index(), None)), rows(&whole));
        // A product that the newest days do not know.
        let fewer = Log::of_sessions(&[vec![0, 1]], ids()[..2].to_vec());
        let added = older.add_up(&fewer, &weights).unwrap();
        assert_eq!(added.counted.looks.len(), 2);
        std::fs::write(&older.days[1].path, "").unwrap();
        assert!(older.add_up(&newest, &weights).unwrap_err().to_string().contains("changed meanwhile"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
