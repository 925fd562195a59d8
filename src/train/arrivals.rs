//! New arrivals: by the date in the shop's catalogue, or by when visits first saw them.
//!
//! A log begins at some time, and most products were there before. So "first seen" is a date only if the product would
//! have been seen earlier, had it been there. If `n` visits saw a product and all of them are among the newest share `f` of
//! all visits, chance alone does that to a product that was always there with a probability of `f^n`. A product counts as
//! new if that is so rare that of all products of the shop one is expected to look new by chance. The others follow as far
//! as they were first seen in the log's second half, the most likely new ones first.

use super::demand::Demand;
use crate::log::Log;
use std::cmp::Reverse;

/// The share of visits that a product must be younger than to be perhaps new.
const HALF: f64 = 0.5;
/// Of the newest products, those that are ordered by demand: one in this many of the shop's, and at most so many.
const SHARE: usize = 8;
const MOST: usize = 192;

/// Products that are new, or may be, the newest first.
pub fn by_date(log: &Log, demand: &Demand) -> Vec<u32> {
    let chance = |at: usize| {
        let visits = demand.newest[at] + demand.before[at];
        (visits * demand.since_first[at].max(f64::MIN_POSITIVE).ln()).min(0.0)
    };
    let rare = -(log.items.len().max(2) as f64).ln();
    let (mut dated, mut unseen, mut perhaps) = (Vec::new(), Vec::new(), Vec::new());
    for (number, item) in (0..).zip(&log.items) {
        let at = number as usize;
        if item.listed_ms > 0 {
            dated.push((item.listed_ms, number));
        } else if demand.since_first[at] == 0.0 {
            unseen.push(number);
        } else if chance(at) <= rare {
            dated.push((item.first_ms, number));
        } else if demand.since_first[at] < HALF {
            perhaps.push((chance(at), number));
        }
    }
    dated.sort_by_key(|(date, number)| (Reverse(*date), *number));
    perhaps.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let dated = dated.into_iter().map(|(_, number)| number);
    // What only the catalogue names comes before what is perhaps not new at all.
    dated.chain(unseen).chain(perhaps.into_iter().map(|(_, number)| number)).collect()
}

/// The same with the newest products in order of demand: among what is equally new, shoppers want what others want.
pub fn wanted_first(mut newest: Vec<u32>, demand: &Demand) -> Vec<u32> {
    let count = (demand.now.len() / SHARE).min(MOST).min(newest.len());
    let now = |item: &u32| demand.now[*item as usize];
    newest[..count].sort_by(|a, b| now(b).total_cmp(&now(a)));
    newest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 200 visits: items 0 to 9 throughout, item 10 in every second of the newest twenty, item 11 once near the end.
    fn log() -> Log {
        let visit = |at: u32| match at {
            195 => vec![11],
            180.. if at.is_multiple_of(2) => vec![10],
            _ => vec![at % 10],
        };
        Log::of_items(&(0..200).map(visit).collect::<Vec<_>>())
    }

    #[test]
    fn what_was_there_when_the_log_began_is_not_new_and_one_late_look_says_little() {
        let log = log();
        let found = by_date(&log, &Demand::of(&log));
        assert_eq!(found, [10, 11]);
    }

    #[test]
    fn the_catalogues_date_wins_over_the_first_look() {
        let mut log = log();
        log.items[3].listed_ms = log.span_ms.1 + 1;
        log.items[10].listed_ms = 1;
        assert_eq!(by_date(&log, &Demand::of(&log))[..2], [3, 10]);
    }

    #[test]
    fn of_the_newest_the_wanted_lead() {
        let log = log();
        let demand = Demand::of(&log);
        // Twelve products: one of them is ordered by demand, so nothing moves.
        assert_eq!(wanted_first(vec![11, 10], &demand), [11, 10]);
        let many = Demand { now: vec![1.0; 100], ..demand };
        let wanted = Demand { now: (0..100).map(f64::from).collect(), ..many };
        assert_eq!(wanted_first((0..20).collect(), &wanted)[..2], [11, 10]);
    }
}
