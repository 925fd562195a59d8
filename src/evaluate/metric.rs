//! Figures of recommended lists: recall, MRR, NDCG, coverage, popularity bias and time.
//!
//! A test asks for twenty items and looks for the item that came next in the session. There is exactly one right answer,
//! so recall is the hit rate, and the ideal gain of NDCG is 1. Methods break ties before their lists come here, so a rank
//! is the place that a visitor would see.
//!
//! Confidence intervals are percentile intervals of a bootstrap over sessions (Efron 1979), not over tests: the prefixes of
//! one session are correlated, and resampling them singly would give intervals that are too narrow.

use super::report::{ByLength, Method, Recall};
use std::ops::Range;

/// Length of a list, as in the published benchmarks.
pub const PLACES: usize = 20;
/// Bootstrap samples: a tail of 2.5 % is ten of them.
const SAMPLES: usize = 400;
/// Prefix lengths that are reported together.
const LENGTHS: [(&str, Range<usize>); 5] =
    [("1", 1..2), ("2", 2..3), ("3", 3..4), ("4-6", 4..7), ("7+", 7..usize::MAX)];

/// How one test went.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Rank of the item that came next, from 1; `None` if it is not on the list.
    pub rank: Option<u8>,
    /// Whether it was in the session already.
    pub seen: bool,
    /// If not, its rank on a list without the session's own items: what a shop sees that hides them.
    pub new_rank: Option<u8>,
    /// Items in the prefix.
    pub length: usize,
    /// Session the test was taken from.
    pub session: usize,
    /// Microseconds the list took.
    pub micros: f32,
}

/// Collects outcomes and lists.
pub struct Tally {
    outcomes: Vec<Outcome>,
    /// How often each item was recommended.
    shown: Vec<u64>,
}

impl Tally {
    /// For a catalogue of this many items.
    pub fn new(items: usize) -> Self {
        Self { outcomes: Vec::new(), shown: vec![0; items] }
    }

    /// Adds a test: its list (items of the catalogue only) and its outcome.
    pub fn add(&mut self, list: &[u32], outcome: Outcome) {
        self.outcomes.push(outcome);
        for item in list {
            self.shown[*item as usize] += 1;
        }
    }

    /// The figures, in percent. `clicks` are the looks at each item in training. The caller adds the seconds of training and
    /// what only a snapshot has (bytes, entries).
    pub fn method(&self, name: &str, parameters: String, clicks: &[u64]) -> Method {
        let all = || self.outcomes.iter();
        let of_new = |outcome: &Outcome| Outcome { rank: outcome.new_rank, ..*outcome };
        let unseen: Vec<Outcome> = all().filter(|outcome| !outcome.seen).map(of_new).collect();
        let mut micros: Vec<f32> = all().map(|outcome| outcome.micros).collect();
        micros.sort_by(f32::total_cmp);
        let at = |share: f64| micros.get((micros.len() as f64 * share) as usize).copied().unwrap_or_default();
        let (recall_interval, mrr_interval) = self.intervals();
        let shown: u64 = self.shown.iter().sum();
        let mean = clicks.iter().sum::<u64>() as f64 / clicks.len().max(1) as f64;
        let popularity =
            self.shown.iter().zip(clicks).map(|(shown, clicks)| *shown as f64 * *clicks as f64).sum::<f64>();
        Method {
            name: name.into(),
            parameters,
            recall: Recall {
                at_1: recall(all(), 1),
                at_5: recall(all(), 5),
                at_10: recall(all(), 10),
                at_20: recall(all(), 20),
            },
            mrr_at_20: mrr(all()),
            ndcg_at_20: ndcg(all()),
            recall_at_20_unseen: recall(unseen.iter(), 20),
            mrr_at_20_unseen: mrr(unseen.iter()),
            recall_at_20_interval: recall_interval,
            mrr_at_20_interval: mrr_interval,
            coverage_at_20: 100.0 * self.shown.iter().filter(|shown| **shown > 0).count() as f64
                / self.shown.len().max(1) as f64,
            popularity_at_20: popularity / (shown.max(1) as f64 * mean.max(f64::MIN_POSITIVE)),
            by_length: LENGTHS
                .iter()
                .map(|(name, range)| {
                    let some = || all().filter(|outcome| range.contains(&outcome.length));
                    let (recall_at_20, mrr_at_20) = (recall(some(), 20), mrr(some()));
                    ByLength { length: (*name).into(), tests: some().count() as u64, recall_at_20, mrr_at_20 }
                })
                .collect(),
            decision_us_p50: f64::from(at(0.5)),
            decision_us_p99: f64::from(at(0.99)),
            ..Method::default()
        }
    }

    /// 95 % intervals of recall and reciprocal rank, in percent.
    fn intervals(&self) -> ([f64; 2], [f64; 2]) {
        let sessions = self.outcomes.iter().map(|outcome| outcome.session + 1).max().unwrap_or(0);
        // By session: tests, hits, sum of reciprocal ranks. A sample adds these up, so it costs sessions, not tests.
        let mut sums = vec![(0.0, 0.0, 0.0); sessions];
        for outcome in &self.outcomes {
            let sum = &mut sums[outcome.session];
            sum.0 += 1.0;
            sum.1 += f64::from(u8::from(outcome.rank.is_some()));
            sum.2 += outcome.rank.map_or(0.0, |rank| 1.0 / f64::from(rank));
        }
        let mut draw = draws(sessions);
        let mut recalls = Vec::with_capacity(SAMPLES);
        let mut ranks = Vec::with_capacity(SAMPLES);
        for _ in 0..SAMPLES {
            let mut total = (0.0, 0.0, 0.0);
            for _ in 0..sessions {
                let (tests, hits, rank) = sums[draw()];
                total = (total.0 + tests, total.1 + hits, total.2 + rank);
            }
            recalls.push(100.0 * total.1 / f64::max(total.0, 1.0));
            ranks.push(100.0 * total.2 / f64::max(total.0, 1.0));
        }
        let interval = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            // The 2.5th and the 97.5th percentile.
            [values[SAMPLES / 40], values[SAMPLES - 1 - SAMPLES / 40]]
        };
        (interval(recalls), interval(ranks))
    }
}

/// Mean gain over all outcomes, in percent; a miss gains nothing.
fn mean<'a>(outcomes: impl Iterator<Item = &'a Outcome>, gain: impl Fn(u8) -> f64) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for outcome in outcomes {
        sum += outcome.rank.map_or(0.0, &gain);
        count += 1.0;
    }
    100.0 * sum / f64::max(count, 1.0)
}

fn recall<'a>(outcomes: impl Iterator<Item = &'a Outcome>, places: u8) -> f64 {
    mean(outcomes, |rank| if rank <= places { 1.0 } else { 0.0 })
}

fn mrr<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> f64 {
    mean(outcomes, |rank| 1.0 / f64::from(rank))
}

/// Normalised by the ideal gain, which is 1 with one right item.
fn ndcg<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> f64 {
    mean(outcomes, |rank| 1.0 / f64::from(rank + 1).log2())
}

/// Draws of sessions for a bootstrap: xorshift (Marsaglia 2003) with a fixed seed, so that the same outcomes always give the
/// same interval.
pub(super) fn draws(sessions: usize) -> impl FnMut() -> usize {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % sessions.max(1) as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(ranks: &[Option<u8>]) -> Tally {
        let mut tally = Tally::new(10);
        for (number, rank) in ranks.iter().enumerate() {
            let outcome = Outcome {
                rank: *rank,
                seen: number % 2 == 0,
                new_rank: rank.map(|rank| rank / 2),
                length: number + 1,
                session: number / 2,
                micros: number as f32,
            };
            tally.add(&[number as u32, 0], outcome);
        }
        tally
    }

    #[test]
    fn figures_are_those_one_gets_by_hand() {
        let method =
            tally(&[Some(1), Some(4), None, Some(20)]).method("x", String::new(), &[3, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        near(method.recall.at_1, 25.0);
        near(method.recall.at_5, 50.0);
        near(method.recall.at_20, 75.0);
        near(method.mrr_at_20, 25.0 * (1.0 + 0.25 + 0.05));
        near(method.ndcg_at_20, 25.0 * (1.0 + 1.0 / 5f64.log2() + 1.0 / 21f64.log2()));
        near(method.recall_at_20_unseen, 100.0);
        near(method.mrr_at_20_unseen, 50.0 * (1.0 / 2.0 + 1.0 / 10.0));
        near(method.coverage_at_20, 40.0);
        near(method.popularity_at_20, (5.0 * 3.0 + 1.0) / (8.0 * 0.4));
        near(method.decision_us_p50, 2.0);
        assert_eq!(method.by_length.iter().map(|part| part.tests).collect::<Vec<_>>(), [1, 1, 1, 1, 0]);
        near(method.by_length[3].recall_at_20, 100.0);
    }

    #[test]
    fn an_interval_holds_the_figure_and_shrinks_with_the_sessions() {
        let ranks = |count: usize| (0..count).map(|n| (n % 3 == 0).then_some(2)).collect::<Vec<_>>();
        let width = |count| {
            let method = tally_of(&ranks(count)).method("x", String::new(), &[1; 10]);
            let [low, high] = method.recall_at_20_interval;
            assert!(low <= method.recall.at_20 && method.recall.at_20 <= high);
            high - low
        };
        assert!(width(3000) < width(300));
    }

    fn tally_of(ranks: &[Option<u8>]) -> Tally {
        let mut tally = Tally::new(10);
        for (session, rank) in ranks.iter().enumerate() {
            tally.add(&[1], Outcome { rank: *rank, seen: false, new_rank: None, length: 1, session, micros: 1.0 });
        }
        tally
    }

    #[test]
    fn nothing_tested_is_nothing_divided_by_nothing() {
        let method = Tally::new(0).method("x", String::new(), &[]);
        assert!(
            [method.recall.at_20, method.mrr_at_20, method.popularity_at_20].iter().all(|figure| figure.is_finite())
        );
    }
}
