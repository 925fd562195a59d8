//! Sums of one shop's log.

use super::error::GroupError;
use super::{Budget, Counted, Pair, Reach, Sums};
use crate::log::{ItemNumber, Log};

/// Pairs further apart than this say nothing; as in next-item rows.
const FAR: usize = 12;

impl Sums {
    /// Counts the visits of a log. What fewer than `support` visits had is left out. With a `budget`, chance is added first.
    ///
    /// # Errors
    /// [`GroupError::Empty`] if nothing has the support, [`GroupError::Budget`] if this program was built without the feature
    /// `privacy`, or if the budget cannot be kept.
    pub fn of(log: &Log, support: u64, budget: Option<Budget>) -> Result<Self, GroupError> {
        let counted = match budget {
            None => counted(log, Reach::WIDE),
            Some(budget) => noisy(&counted(log, Reach::NARROW), budget)?,
        };
        let is_kept = |visits: u64| visits >= support.max(1);
        let mut kept: Vec<u32> =
            (0..log.items.len() as u32).filter(|item| is_kept(counted.visits[*item as usize])).collect();
        if kept.is_empty() {
            return Err(GroupError::Empty { support });
        }
        kept.sort_by(|a, b| log.items[*a as usize].id.cmp(&log.items[*b as usize].id));
        let mut numbers = vec![u32::MAX; log.items.len()];
        for (number, item) in kept.iter().enumerate() {
            numbers[*item as usize] = number as u32;
        }
        let number = |(from, to, visits): Pair| (numbers[from as usize], numbers[to as usize], visits);
        let is_known = |(from, to, visits): &Pair| is_kept(*visits) && *from != u32::MAX && *to != u32::MAX;
        let mut pairs: Vec<Pair> = counted.pairs.into_iter().map(number).filter(is_known).collect();
        pairs.sort_unstable();
        let item = |item: &u32| (log.items[*item as usize].id.clone(), counted.visits[*item as usize]);
        let items = kept.iter().map(item).collect();
        Ok(Self { format: Self::FORMAT, shops: 1, minimum_support: support.max(1), privacy: budget, items, pairs })
    }
}

#[cfg(feature = "privacy")]
use super::privacy::noisy;

#[cfg(not(feature = "privacy"))]
fn noisy(_: &Counted, Budget { epsilon, delta }: Budget) -> Result<Counted, GroupError> {
    let expected =
        "none: this program was built without differential privacy; build it with `--features privacy`".into();
    Err(GroupError::Budget { epsilon, delta, expected })
}

/// Counts, each visit within its reach.
fn counted(log: &Log, reach: Reach) -> Counted {
    let mut visits = vec![0; log.items.len()];
    // Both numbers of a pair in one: sorted, equal ones follow each other.
    let mut all: Vec<u64> = Vec::new();
    let mut items: Vec<u32> = Vec::new();
    for (number, session) in log.sessions().enumerate() {
        if log.is_flood(number) {
            continue;
        }
        items.clear();
        for item in session.iter().filter_map(|event| event.item).map(ItemNumber::get) {
            if items.len() < reach.items && !items.contains(&item) {
                items.push(item);
            }
        }
        for item in &items {
            visits[*item as usize] += 1;
        }
        let near = (1..=FAR.min(items.len().saturating_sub(1)))
            .flat_map(|distance| items.iter().zip(&items[distance..]))
            .map(|(from, to)| u64::from(*from) << 32 | u64::from(*to));
        all.extend(near.take(reach.pairs));
    }
    all.sort_unstable();
    let pair = |same: &[u64]| ((same[0] >> 32) as u32, same[0] as u32, same.len() as u64);
    Counted { visits, pairs: all.chunk_by(|one, other| one == other).map(pair).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_counts_once_for_a_product_and_a_pair_and_the_support_holds() {
        let sessions: [&[u32]; 4] = [&[1, 2, 1, 2], &[1, 2], &[1, 3], &[2, 1]];
        let log = Log::of_items(&sessions);
        let sums = Sums::of(&log, 2, None).unwrap();
        assert_eq!(sums.items, [("1".to_owned(), 4), ("2".to_owned(), 3)], "one visit is too few for product 3");
        assert_eq!(sums.pairs, [(0, 1, 2)], "one visit went the other way");
        assert!(matches!(Sums::of(&log, 5, None), Err(GroupError::Empty { support: 5 })));
    }

    #[test]
    fn one_visit_moves_no_more_than_its_reach() {
        let log = Log::of_items(&[(0..40).collect::<Vec<u32>>()]);
        let counted = counted(&log, Reach::NARROW);
        assert_eq!(counted.visits.iter().sum::<u64>(), 4);
        assert_eq!(counted.pairs, [(0, 1, 1), (0, 2, 1), (0, 3, 1), (1, 2, 1), (1, 3, 1), (2, 3, 1)]);
        let narrow = Reach { items: 40, pairs: 8 };
        assert_eq!(super::counted(&log, narrow).pairs.len(), 8);
    }
}
