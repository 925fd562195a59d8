//! How many visits of one bucketing key chance explains. More than that come from one source, and do not count.
//!
//! A script that wants an arm to win repeats a bucketing key which that arm is drawn for. Honest visits have keys by
//! chance: there are 65,536 of them, so among n visits each is expected n / 65,536 times. Two rules follow. Visits of one
//! key within one hour are one source and count once. Over the whole log, a key counts as often as chance explains:
//! its mean and two standard deviations, and once at least. Honest visits beyond that are left out too, but without
//! regard to their arm or outcome, so estimates stay unbiased: of 4,000 visits in a day about 3 %, of a million in a
//! month about 1 %, of ten million about 10 %.

use std::collections::{HashMap, HashSet};

/// Number of bucketing keys.
const KEYS: f64 = 65_536.0;
const HOUR_MS: u64 = 3_600_000;

/// Which of the visits of one slot count, given the bucketing key and time of each, in milliseconds since 1970.
pub(super) fn counting(visits: &[(u16, u64)]) -> Vec<bool> {
    let mut hours = HashSet::new();
    let mut counts: Vec<bool> = visits.iter().map(|(seed, time_ms)| hours.insert((*seed, time_ms / HOUR_MS))).collect();
    let mean = hours.len() as f64 / KEYS;
    let most = (mean + 2.0 * mean.sqrt()).ceil().max(1.0) as u32;
    let mut by_seed: HashMap<u16, u32> = HashMap::new();
    for (counts, (seed, _)) in counts.iter_mut().zip(visits).filter(|(counts, _)| **counts) {
        let so_far = by_seed.entry(*seed).or_default();
        *so_far += 1;
        *counts = *so_far <= most;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Chance;

    #[test]
    fn a_repeated_key_counts_as_often_as_chance_explains_and_honest_visits_stay() {
        let mut chance = Chance::new(1);
        let mut visits: Vec<(u16, u64)> = (0..200_000).map(|at| (chance.bits() as u16, at * 20_000)).collect();
        let honest = counting(&visits).iter().filter(|counts| **counts).count();
        assert!(honest > 196_000, "{honest}");
        visits.extend((0..20_000).map(|at| (7, at * 200_000)));
        let with_flood = counting(&visits).iter().filter(|counts| **counts).count();
        assert!(with_flood.abs_diff(honest) < 20, "{with_flood} for {honest}");
        assert_eq!(counting(&[(7, 0), (7, 1), (7, HOUR_MS), (8, 0)]), [true, false, false, true]);
    }
}
