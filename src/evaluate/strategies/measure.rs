//! Figures of the strategies' lists: hits, what is shown of the catalogue, how evenly, how novel, how steady.
//!
//! - **Hit rate**: share of the tests whose next item is on the list.
//! - **Shown**: share of the catalogue that is on any list.
//! - **Gini**: how unequally places are shared by the products of the catalogue; 0 is even, 1 is one product everywhere.
//! - **Novelty**: mean self-information of the places, `-log2` of the share of training visits that know the product, in
//!   bits (Zhou et al., "Solving the apparent diversity-accuracy dilemma of recommender systems", PNAS 2010).
//! - **Change**: share of the list that is new from one step of a visit to the next.
//!
//! Intervals come from a bootstrap over sessions. Fewer different sessions show fewer different products, so a resampled
//! share of the catalogue is too low on average. Every interval is therefore moved by the difference of the samples' mean to
//! the figure. A difference to popularity is paired, test by test, and over the tests in which the strategy proposed
//! anything: where it is silent, a slot's next strategy answers.

use super::report::{Difference, Figure, PLACES, StrategiesReport, StrategyFigures, Verdict};
use crate::experiment::statistics::spread::spread;
use rayon::prelude::*;

/// No item, in place of a number.
pub(super) const NONE: u32 = u32::MAX;
/// Bootstrap samples: a tail of 2.5 % is five of them.
const SAMPLES: usize = 200;

/// Lists of products, one after the other, by the log's numbers.
#[derive(Default)]
pub(super) struct Lists {
    items: Vec<u32>,
    ends: Vec<usize>,
}

impl Lists {
    pub(super) fn push(&mut self, items: impl Iterator<Item = u32>) {
        self.items.extend(items);
        self.ends.push(self.items.len());
    }

    pub(super) fn extend(&mut self, other: Self) {
        let start = self.items.len();
        self.items.extend(other.items);
        self.ends.extend(other.ends.into_iter().map(|end| start + end));
    }

    fn of(&self, test: usize) -> &[u32] {
        let start = test.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.items[start..self.ends[test]]
    }
}

/// What all strategies are tested on.
pub(super) struct Tests<'a> {
    pub targets: Vec<u32>,
    /// Whether the target was in the visit already.
    pub seen: Vec<bool>,
    /// Number of the session, ascending.
    pub sessions: Vec<usize>,
    /// Visits of the training log with each product, and all of them.
    pub visits: &'a [u64],
    pub all_visits: u64,
}

/// Sums of one session. Each pair is a sum and what it is divided by.
#[derive(Clone, Copy, Default)]
struct Sums {
    hits: [f64; 2],
    unseen: [f64; 2],
    answered: [f64; 2],
    /// Hits beyond those of popularity over the tests in which the strategy proposed anything, for both kinds of lists.
    beyond: [[f64; 2]; 2],
    novelty: [f64; 2],
    change: [f64; 2],
}

impl Sums {
    fn add(&mut self, other: &Self, times: f64) {
        let [beyond, beyond_unseen] = &mut self.beyond;
        let pairs = [
            (&mut self.hits, other.hits),
            (&mut self.unseen, other.unseen),
            (&mut self.answered, other.answered),
            (beyond, other.beyond[0]),
            (beyond_unseen, other.beyond[1]),
            (&mut self.novelty, other.novelty),
            (&mut self.change, other.change),
        ];
        for (own, [sum, count]) in pairs {
            own[0] += sum * times;
            own[1] += count * times;
        }
    }
}

/// The figures of one sample, in the order of the report.
#[derive(Clone, Copy, Default)]
struct Sample {
    hits: f64,
    unseen: f64,
    beyond: [f64; 2],
    shown: f64,
    gini: f64,
    novelty: f64,
    change: f64,
}

/// The figures of a strategy, those of each sample, and the share of tests in which it proposed anything for both kinds of
/// lists, in percent.
type Measured = (Sample, Vec<Sample>, [f64; 2]);

/// Figures of all strategies. The first entry is popularity, which the others are compared with.
pub(super) fn figures(tests: &Tests<'_>, all: &[(&str, [Lists; 2])]) -> StrategiesReport {
    let Some((_, popular)) = all.first() else { return StrategiesReport::default() };
    let sessions = tests.sessions.last().map_or(0, |last| last + 1);
    let samples = samples(sessions);
    let measured: Vec<Measured> =
        all.par_iter().map(|(_, lists)| measure(tests, lists, popular, sessions, &samples)).collect();
    let strategy = |(name, (exact, drawn, answered)): (&str, &Measured)| {
        let figure = |of: &dyn Fn(&Sample) -> f64| Figure::of(of(exact), drawn.iter().map(of).collect());
        let difference = |kind: usize| {
            let Figure { value, interval } = figure(&|sample| sample.beyond[kind]);
            let verdict = if answered[kind] == 0.0 {
                Verdict::Silent
            } else if interval[0] > 0.0 {
                Verdict::Better
            } else if interval[1] < 0.0 {
                Verdict::Weaker
            } else {
                Verdict::Undecided
            };
            Difference { value, interval, verdict }
        };
        StrategyFigures {
            name: name.to_owned(),
            answered: answered[0],
            hit_at_12: figure(&|sample| sample.hits),
            against_popularity: difference(0),
            hit_at_12_unseen: figure(&|sample| sample.unseen),
            against_popularity_unseen: difference(1),
            shown: figure(&|sample| sample.shown),
            gini: figure(&|sample| sample.gini),
            novelty_bits: figure(&|sample| sample.novelty),
            change: figure(&|sample| sample.change),
        }
    };
    let strategies = all.iter().map(|(name, _)| *name).zip(&measured).map(strategy).collect();
    StrategiesReport { places: PLACES, tests: tests.targets.len() as u64, strategies }
}

/// How often each session is in each sample.
fn samples(sessions: usize) -> Vec<Vec<u8>> {
    let mut draw = crate::evaluate::metric::draws(sessions);
    let sample = |_| {
        let mut times = vec![0_u8; sessions];
        for _ in 0..sessions {
            let drawn = &mut times[draw()];
            *drawn = drawn.saturating_add(1);
        }
        times
    };
    (0..SAMPLES).map(sample).collect()
}

/// The figures of a strategy, those of each sample, and the share of tests in which it proposed anything, in percent: with
/// products of the visit, and among the unseen ones without.
fn measure(
    tests: &Tests<'_>,
    [again, fresh]: &[Lists; 2],
    [popular, popular_fresh]: &[Lists; 2],
    sessions: usize,
    samples: &[Vec<u8>],
) -> Measured {
    let mut sums = vec![Sums::default(); sessions];
    // The tests of each session.
    let mut tests_of = vec![0..0; sessions];
    for (test, session) in tests.sessions.iter().enumerate() {
        let own = &mut tests_of[*session];
        *own = if own.start == own.end { test..test + 1 } else { own.start..test + 1 };
        let (list, target) = (again.of(test), tests.targets[test]);
        let sum = &mut sums[*session];
        let hit = |list: &[u32]| [f64::from(u8::from(list.contains(&target))), 1.0];
        let add = |to: &mut [f64; 2], [sum, count]: [f64; 2]| {
            to[0] += sum;
            to[1] += count;
        };
        add(&mut sum.hits, hit(list));
        let beyond = |list: &[u32], popular: &[u32]| [hit(list)[0] - hit(popular)[0], 1.0];
        if !list.is_empty() {
            add(&mut sum.beyond[0], beyond(list, popular.of(test)));
        }
        if !tests.seen[test] {
            let list = fresh.of(test);
            add(&mut sum.unseen, hit(list));
            if !list.is_empty() {
                add(&mut sum.beyond[1], beyond(list, popular_fresh.of(test)));
            }
        }
        add(&mut sum.answered, [f64::from(u8::from(!list.is_empty())), 1.0]);
        for item in list {
            add(&mut sum.novelty, [self_information(tests, *item), 1.0]);
        }
        if own.start < test {
            let before = again.of(test - 1);
            let longest = list.len().max(before.len());
            let same = list.iter().filter(|item| before.contains(item)).count();
            if longest > 0 {
                add(&mut sum.change, [1.0 - same as f64 / longest as f64, 1.0]);
            }
        }
    }
    let items = tests.visits.len();
    let of = |times: &dyn Fn(usize) -> u8| {
        let mut total = Sums::default();
        let mut places = vec![0_u32; items];
        for (session, sum) in sums.iter().enumerate() {
            let times = times(session);
            if times == 0 {
                continue;
            }
            total.add(sum, f64::from(times));
            for test in tests_of[session].clone() {
                for item in again.of(test) {
                    places[*item as usize] += u32::from(times);
                }
            }
        }
        let mean = |[sum, count]: [f64; 2]| sum / f64::max(count, 1.0);
        let share = |count: f64, of: f64| 100.0 * count / f64::max(of, 1.0);
        let answered = [100.0 * mean(total.answered), share(total.beyond[1][1], total.unseen[1])];
        let (shown, gini) = spread(places);
        let (hits, unseen) = (100.0 * mean(total.hits), 100.0 * mean(total.unseen));
        let (novelty, change) = (mean(total.novelty), 100.0 * mean(total.change));
        let beyond = total.beyond.map(|pair| 100.0 * mean(pair));
        (Sample { hits, unseen, beyond, shown, gini, novelty, change }, answered)
    };
    let (exact, answered) = of(&|_| 1);
    (exact, samples.iter().map(|times| of(&|session| times[session]).0).collect(), answered)
}

/// Bits that a product tells: products that few visits know tell much.
fn self_information(tests: &Tests<'_>, item: u32) -> f64 {
    // One visit is added, so that a product nobody knew has a share too.
    let visits = tests.visits.get(item as usize).copied().unwrap_or_default() + 1;
    -(visits as f64 / (tests.all_visits + 1) as f64).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two sessions of two tests each, and a list for each test.
    fn report(lists: [&[u32]; 4]) -> StrategiesReport {
        let tests = Tests {
            targets: vec![1, 2, 3, 9],
            seen: vec![false, true, false, false],
            sessions: vec![0, 0, 1, 1],
            visits: &[7, 3, 1, 0],
            all_visits: 7,
        };
        let both = |lists: [&[u32]; 4]| {
            [0, 1].map(|_| {
                let mut own = Lists::default();
                for list in lists {
                    own.push(list.iter().copied());
                }
                own
            })
        };
        figures(&tests, &[("popularity", both([&[0]; 4])), ("other", both(lists))])
    }

    #[test]
    #[allow(clippy::float_cmp, reason = "halves and quarters are exact")]
    fn figures_are_those_one_gets_by_hand() {
        let report = report([&[1, 0], &[2, 0], &[], &[3]]);
        let [popular, other] = &report.strategies[..] else { panic!("{report:?}") };
        assert_eq!((popular.hit_at_12.value, popular.shown.value, popular.change.value), (0.0, 25.0, 0.0));
        assert_eq!(popular.novelty_bits.value, 0.0);
        assert_eq!((other.hit_at_12.value, other.answered), (50.0, 75.0));
        // Of the three tests whose target is new, one is hit.
        assert!((other.hit_at_12_unseen.value - 100.0 / 3.0).abs() < 1e-9);
        assert_eq!(other.shown.value, 100.0);
        // Half of the list is new at the second test, all of it at the fourth.
        assert_eq!(other.change.value, 75.0);
        // Shares of 1/2, 1, 1/4, 1 and 1/8.
        assert!((other.novelty_bits.value - (1.0 + 2.0 + 3.0) / 5.0).abs() < 1e-9);
        // Two hits in the three tests with a list.
        assert!((other.against_popularity.value - 200.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn what_never_hits_is_weaker_than_what_sometimes_does() {
        let count = 400_u32;
        let tests = Tests {
            targets: (0..count).map(|test| test % 2).collect(),
            seen: vec![false; count as usize],
            sessions: (0..count as usize).collect(),
            visits: &[1, 1, 1],
            all_visits: 3,
        };
        let both = |item: u32| {
            [0, 1].map(|_| {
                let mut own = Lists::default();
                (0..count).for_each(|_| own.push([item].into_iter()));
                own
            })
        };
        let report = figures(&tests, &[("popularity", both(0)), ("same", both(1)), ("none", both(2))]);
        let verdict = |at: usize| report.strategies[at].against_popularity.verdict;
        assert_eq!([verdict(0), verdict(1), verdict(2)], [Verdict::Undecided, Verdict::Undecided, Verdict::Weaker]);
        let hits = &report.strategies[1].hit_at_12;
        assert!(hits.interval[0] < 50.0 && hits.interval[1] > 50.0 && hits.interval[1] < 60.0, "{hits:?}");
    }
}
