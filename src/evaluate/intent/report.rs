//! The figures of an intent evaluation: as data, as JSON, as text for a terminal.
//!
//! Effects need no sampling: in an additive model the table of a feature is its partial dependence, exactly.

use super::interval::{Interval, Intervals};
use super::lightgbm::Peer;
use super::part::PartReport;
use super::scores::{Reliability, Scores};
use crate::feature::DEFINITIONS;
use crate::snapshot::additive::{Additive, MISSING};
use crate::train::boost::Data;
use serde::Serialize;
use std::fmt::Write;

/// An evaluation of intent.
#[derive(Clone, Debug, Default, Serialize)]
pub struct IntentReport {
    /// What was evaluated, in a few words.
    pub title: String,
    /// Where the rows came from.
    pub data: String,
    /// The command that made this.
    pub command: String,
    /// What it ran on.
    pub machine: String,
    /// How rows were split into training and test rows.
    pub split: String,
    /// Rows dropped because they repeat an earlier one.
    pub duplicates_dropped: u64,
    /// Remarks about the data.
    pub notes: Vec<String>,
    /// The target that was asked for; of an event log, the purchase.
    #[serde(flatten)]
    pub target: TargetReport,
    /// The other targets of an event log.
    #[serde(rename = "targets", skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<TargetReport>,
}

/// The figures of one target.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TargetReport {
    /// What is predicted.
    #[serde(rename = "target")]
    pub name: String,
    /// The value that counts as true.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub positive: String,
    /// Rows.
    pub rows: u64,
    /// Rows tested on.
    pub tested: u64,
    /// Groups of rows (sessions).
    pub groups: u64,
    /// Rows at which the target came true.
    pub positives: u64,
    /// How good it is.
    #[serde(flatten)]
    pub scores: Scores,
    /// Intervals of the same, at 95 %.
    pub intervals: Intervals,
    /// The same for some of the moments of an event log.
    #[serde(rename = "by_moment", skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartReport>,
    /// Bytes of the tables as a snapshot carries them.
    pub table_bytes: u64,
    /// Median nanoseconds to score a row whose features are computed.
    pub score_ns: f64,
    /// Seconds to fit one fold.
    pub train_seconds: f64,
    /// The reliability diagram.
    pub reliability: Vec<Reliability>,
    /// The effect of each feature, the most important first.
    pub effects: Vec<Effect>,
    /// The interactions, the most important first.
    pub pairs: Vec<PairEffect>,
    /// The peer on the same rows and folds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<Peer>,
}

/// The effect of one feature: its table, which is its partial dependence.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Effect {
    /// Name of the feature.
    pub name: String,
    /// Mean absolute score over the rows, in milli-logits.
    pub importance: f64,
    /// Its bins, in order.
    pub bins: Vec<EffectBin>,
}

/// One bin of a feature.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EffectBin {
    /// Its values, in words.
    pub values: String,
    /// What it adds to the score, in milli-logits.
    pub score: i32,
    /// Rows in it.
    pub rows: u64,
}

/// The interaction of two features, on top of their own effects.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PairEffect {
    /// Names of the features.
    pub names: [String; 2],
    /// Mean absolute score over the rows, in milli-logits.
    pub importance: f64,
    /// Bins of the first, in words.
    pub rows: Vec<String>,
    /// Bins of the second, in words.
    pub columns: Vec<String>,
    /// Milli-logits, row-major: by bin of the first, then of the second.
    pub scores: Vec<i32>,
}

/// Bins in words, one more than `edges` (ascending inclusive upper bounds). With `names`, values are places in that list,
/// and a bin is described by the names in it.
pub fn bins<S: AsRef<str>>(edges: &[i32], names: &[S], show: &dyn Fn(i32) -> String) -> Vec<String> {
    let bound = |at: usize| edges.get(at).copied();
    let from = |at: usize| at.checked_sub(1).and_then(bound).filter(|edge| *edge != MISSING);
    let amounts = |at: usize| match (from(at), bound(at)) {
        (_, Some(edge)) if edge == MISSING => "missing".into(),
        (None, None) => "any".into(),
        (None, Some(to)) => format!("up to {}", show(to)),
        (Some(from), None) => format!("over {}", show(from)),
        // The lower bound is exclusive: between two neighbouring whole numbers lies one value.
        (Some(from), Some(to)) if to - from == 1 => show(to),
        (Some(from), Some(to)) => format!("over {} up to {}", show(from), show(to)),
    };
    let place = |edge: Option<i32>, or: usize| edge.map_or(or, |edge| (edge.max(-1) + 1) as usize).min(names.len());
    let by_name = |at: usize| match &names[place(from(at), 0)..place(bound(at), names.len())] {
        [] => amounts(at),
        [name] => name.as_ref().into(),
        [first, second] => format!("{}, {}", first.as_ref(), second.as_ref()),
        [first, .., last] => {
            let held = place(bound(at), names.len()) - place(from(at), 0);
            format!("{} … {} ({held} names)", first.as_ref(), last.as_ref())
        }
    };
    (0..=edges.len()).map(|at| if names.is_empty() { amounts(at) } else { by_name(at) }).collect()
}

/// The bins of a session's feature, in words.
pub fn feature_bins(feature: usize, edges: &[i32]) -> Vec<String> {
    bins(edges, DEFINITIONS[feature].values.names(), &|value| value.to_string())
}

/// Describes the bins of a feature, by its number and the bin edges.
pub type Words<'a> = dyn Fn(usize, &[i32]) -> Vec<String> + 'a;

impl Effect {
    /// Every table of a model, with importances by the rows of the data.
    pub fn all(model: &Additive, data: &Data, words: &Words<'_>) -> Vec<Self> {
        let one = |table: &crate::snapshot::additive::FeatureTable| {
            let feature = usize::from(table.feature);
            let values = &data.columns[feature].values;
            let mut rows = vec![0_u64; table.scores.len()];
            for value in values {
                rows[table.edges.partition_point(|edge| edge < value)] += 1;
            }
            let moved: f64 = values.iter().map(|value| f64::from(table.score(*value).abs())).sum();
            let bins = words(feature, &table.edges);
            let bin = |(at, values): (usize, String)| EffectBin { values, score: table.scores[at], rows: rows[at] };
            Self {
                name: data.columns[feature].name.clone(),
                importance: moved / values.len().max(1) as f64,
                bins: bins.into_iter().enumerate().map(bin).collect(),
            }
        };
        let mut all: Vec<Self> = model.tables.iter().map(one).collect();
        all.sort_by(|a, b| b.importance.total_cmp(&a.importance));
        all
    }
}

impl PairEffect {
    /// Every pair of a model, with importances by the rows of the data.
    pub fn all(model: &Additive, data: &Data, words: &Words<'_>) -> Vec<Self> {
        let one = |pair: &crate::snapshot::additive::Pair| {
            let features = pair.features.map(usize::from);
            let [first, second] = features.map(|feature| &data.columns[feature].values);
            let moved: f64 = first.iter().zip(second).map(|(a, b)| f64::from(pair.score([*a, *b]).abs())).sum();
            let [rows, columns] = [0, 1].map(|side| words(features[side], &pair.edges[side]));
            Self {
                names: features.map(|feature| data.columns[feature].name.clone()),
                importance: moved / data.len().max(1) as f64,
                rows,
                columns,
                scores: pair.scores.clone(),
            }
        };
        let mut all: Vec<Self> = model.pairs.iter().map(one).collect();
        all.sort_by(|a, b| b.importance.total_cmp(&a.importance));
        all
    }
}

/// An interval in words.
pub(super) fn words(Interval { low, high }: Interval) -> String {
    format!("{low:.3} to {high:.3}")
}

impl IntentReport {
    /// The report as JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The report as text for a terminal.
    pub fn table(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{} ({})", self.title, self.split);
        for target in std::iter::once(&self.target).chain(&self.others) {
            let share = 100.0 * target.positives as f64 / target.rows.max(1) as f64;
            let _ = writeln!(
                out,
                "\n{}: {} rows in {} groups, {share:.1} % true; {} tested",
                target.name, target.rows, target.groups, target.tested
            );
            let _ = writeln!(
                out,
                "{:17}{:>7}{:>7}{:>8}{:>8}{:>10}{:>12}{:>9}",
                "method", "AUC", "AP", "Brier", "ECE", "log-loss", "bytes", "ns a row"
            );
            let mut line = |name: &str, scores: &Scores, intervals: &Intervals, bytes: u64, nanos: f64| {
                let Scores { auc, average_precision, brier, ece, log_loss } = scores;
                let _ = writeln!(
                    out,
                    "{name:17}{auc:7.4}{average_precision:7.4}{brier:8.4}{ece:8.4}{log_loss:10.4}{bytes:12}{nanos:9.0}"
                );
                let Intervals { auc, average_precision, brier, ece, log_loss } = intervals;
                let _ = writeln!(
                    out,
                    "  95 %: AUC {}, AP {}, Brier {}, ECE {}, log-loss {}",
                    words(*auc),
                    words(*average_precision),
                    words(*brier),
                    words(*ece),
                    words(*log_loss)
                );
            };
            line("slotwise", &target.scores, &target.intervals, target.table_bytes, target.score_ns);
            if let Some(peer) = &target.peer {
                line(&peer.name, &peer.scores, &peer.intervals, peer.model_bytes, peer.score_ns);
            }
            for part in &target.parts {
                let PartReport { name, rows, positives, auc, interval, peer } = part;
                let of_peer = peer.map_or_else(String::new, |(auc, interval)| {
                    format!(
                        "; {} {auc:.3} ({})",
                        target.peer.as_ref().map_or("peer", |peer| &peer.name),
                        words(interval)
                    )
                });
                let _ =
                    writeln!(out, "{name:22} AUC {auc:.3} ({}){of_peer}; {positives} of {rows} true", words(*interval));
            }
            let strongest: Vec<String> = target
                .effects
                .iter()
                .take(5)
                .map(|effect| format!("{} ({:.0})", effect.name, effect.importance))
                .collect();
            let _ = writeln!(out, "moves most, in milli-logits: {}", strongest.join(", "));
        }
        out
    }
}
