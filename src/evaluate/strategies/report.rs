//! The figures of the strategies: as data, as JSON, as a table for the terminal.

use serde::Serialize;
use serde::ser::Serializer;
use std::fmt::Write;

/// Products in a list: a usual row of a shop.
pub const PLACES: usize = 12;

/// Every strategy as a predictor, beside plain popularity.
#[derive(Clone, Debug, Default)]
pub struct StrategiesReport {
    /// Products in a list.
    pub places: usize,
    /// Tests.
    pub tests: u64,
    /// Popularity first, then the strategies in the plan's order.
    pub strategies: Vec<StrategyFigures>,
}

/// The figures of one strategy. Shares are in percent.
#[derive(Clone, Debug, Default, Serialize)]
pub struct StrategyFigures {
    /// Its name in the plan.
    #[serde(skip)]
    pub name: String,
    /// Share of the tests in which it proposed anything.
    pub answered: f64,
    /// Share of the tests whose next item is on the list; the list may repeat products of the visit.
    pub hit_at_12: Figure,
    /// Hits beyond those of popularity in the same tests, in percentage points of the tests in which it proposed anything.
    pub against_popularity: Difference,
    /// Share of the tests whose next item was not in the visit yet, by lists without the visit's products.
    pub hit_at_12_unseen: Figure,
    /// As above, by these lists.
    pub against_popularity_unseen: Difference,
    /// Share of the catalogue that was on any list.
    pub shown: Figure,
    /// Gini coefficient of the places that products got, 0 (even) to 1. Not in percent.
    pub gini: Figure,
    /// Mean self-information of a place, in bits.
    pub novelty_bits: Figure,
    /// Share of the list that is new from one step of a visit to the next.
    pub change: Figure,
}

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Figure {
    /// The figure.
    pub value: f64,
    /// Interval of a bootstrap over sessions.
    pub interval: [f64; 2],
}

/// A difference to popularity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// The difference.
    pub value: f64,
    /// Interval of a bootstrap over sessions.
    pub interval: [f64; 2],
    /// What the interval says.
    pub verdict: Verdict,
}

/// Whether a strategy finds more than popularity does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval of the difference is above 0.
    Better,
    /// The interval holds 0.
    #[default]
    Undecided,
    /// The whole interval is below 0.
    Weaker,
    /// It never proposed anything: the log does not feed it.
    Silent,
}

impl Verdict {
    /// A sign for tables.
    pub fn sign(self) -> char {
        match self {
            Self::Better => '+',
            Self::Undecided => '=',
            Self::Weaker => '-',
            Self::Silent => ' ',
        }
    }
}

impl Verdict {
    /// In a word, for pages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Better => "above",
            Self::Undecided => "undecided",
            Self::Weaker => "below",
            Self::Silent => "silent",
        }
    }
}

impl Figure {
    /// A figure and its interval: the 2.5th and the 97.5th percentile of the samples, moved by the difference of their mean to
    /// the figure.
    pub fn of(value: f64, mut samples: Vec<f64>) -> Self {
        if samples.is_empty() {
            return Self { value, interval: [value; 2] };
        }
        samples.sort_by(f64::total_cmp);
        let count = samples.len();
        let moved = value - samples.iter().sum::<f64>() / count as f64;
        Self { value, interval: [samples[count / 40] + moved, samples[count - 1 - count / 40] + moved] }
    }

    /// Half the width of the interval.
    pub fn half(&self) -> f64 {
        (self.interval[1] - self.interval[0]) / 2.0
    }
}

/// An object with the strategies, each under its name.
impl Serialize for StrategiesReport {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.strategies.iter().map(|strategy| (&strategy.name, strategy)))
    }
}

impl StrategiesReport {
    /// The strategies that find clearly less than popularity, with or without products of the visit.
    pub fn weaker(&self) -> impl Iterator<Item = &str> {
        let is_weaker = |strategy: &&StrategyFigures| {
            [strategy.against_popularity, strategy.against_popularity_unseen]
                .iter()
                .any(|difference| difference.verdict == Verdict::Weaker)
        };
        self.strategies.iter().filter(is_weaker).map(|strategy| strategy.name.as_str())
    }

    /// The strategies that never propose anything, because the log lacks what they need.
    pub fn silent(&self) -> impl Iterator<Item = &str> {
        let is_silent = |strategy: &&StrategyFigures| strategy.against_popularity.verdict == Verdict::Silent;
        self.strategies.iter().filter(is_silent).map(|strategy| strategy.name.as_str())
    }

    /// The report as text for a terminal.
    pub fn table(&self) -> String {
        let mut out = format!(
            "\nStrategies: lists of {}, {} tests; hit rates: + above popularity's, - below, = undecided\n\n",
            self.places, self.tests
        );
        let _ = writeln!(
            out,
            "{:21}{:>6}{:>8}{:>6}  {:>8}{:>6}  {:>7}{:>5}{:>7}{:>6}{:>7}{:>6}{:>8}{:>5}",
            "strategy", "says", "hit", "±", "unseen", "±", "shown", "±", "Gini", "±", "bits", "±", "change", "±"
        );
        for strategy in &self.strategies {
            let StrategyFigures { hit_at_12: hit, hit_at_12_unseen: unseen, shown, gini, .. } = strategy;
            let StrategyFigures { novelty_bits: bits, change, .. } = strategy;
            let signs = [strategy.against_popularity, strategy.against_popularity_unseen]
                .map(|difference| difference.verdict.sign());
            let _ = writeln!(
                out,
                "{:21}{:6.0}{:8.2}{:6.2} {}{:8.2}{:6.2} {}{:7.1}{:5.1}{:7.3}{:6.3}{:7.2}{:6.2}{:8.1}{:5.1}",
                strategy.name,
                strategy.answered,
                hit.value,
                hit.half(),
                signs[0],
                unseen.value,
                unseen.half(),
                signs[1],
                shown.value,
                shown.half(),
                gini.value,
                gini.half(),
                bits.value,
                bits.half(),
                change.value,
                change.half()
            );
        }
        let weaker: Vec<&str> = self.weaker().collect();
        let _ = match weaker[..] {
            [] => writeln!(out, "\nNone finds clearly less than popularity where it proposes anything."),
            _ => writeln!(
                out,
                "\nThese find clearly less than popularity where they propose anything: {}.",
                weaker.join(", ")
            ),
        };
        let silent: Vec<&str> = self.silent().collect();
        if !silent.is_empty() {
            let _ = writeln!(out, "The log does not feed these, so they propose nothing: {}.", silent.join(", "));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_cmp, reason = "nothing is computed")]
    fn an_interval_lies_around_its_figure_even_where_all_samples_are_below() {
        let samples = || (0..200).map(|at| 10.0 + f64::from(at) / 100.0).collect::<Vec<_>>();
        let Figure { value, interval } = Figure::of(20.0, samples());
        assert!(interval[0] < value && value < interval[1], "{interval:?}");
        assert!((Figure::of(20.0, samples()).half() - 0.945).abs() < 0.02);
        assert_eq!(Figure::of(3.0, Vec::new()).interval, [3.0; 2]);
    }

    #[test]
    fn the_table_says_which_are_weaker_and_fits_a_terminal() {
        let weaker = Difference { value: -1.0, interval: [-2.0, -0.5], verdict: Verdict::Weaker };
        let strategies = vec![
            StrategyFigures { name: "popularity".into(), ..StrategyFigures::default() },
            StrategyFigures {
                name: "category_bestsellers".into(),
                against_popularity: weaker,
                ..StrategyFigures::default()
            },
        ];
        let report = StrategiesReport { places: 12, tests: 3, strategies };
        let table = report.table();
        assert!(
            table.contains("clearly less than popularity where they propose anything: category_bestsellers."),
            "{table}"
        );
        assert!(table.lines().all(|line| line.chars().count() <= 112), "{table}");
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["category_bestsellers"]["against_popularity"]["verdict"], "weaker");
    }
}
