//! What an evaluation of intent says: as data, as JSON, as text for a terminal.

use super::lightgbm::Peer;
use super::scores::{Reliability, Scores};
use crate::snapshot::additive::Additive;
use crate::train::boost::Data;
use serde::Serialize;
use std::fmt::Write;

/// An evaluation of intent.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// What was evaluated, in a few words.
    pub title: String,
    /// Where the rows came from.
    pub data: String,
    /// The command that made this.
    pub command: String,
    /// What it ran on.
    pub machine: String,
    /// How rows were parted into those fitted to and those tested on.
    pub split: String,
    /// Rows dropped because one before says the same.
    pub duplicates_dropped: u64,
    /// Anything worth saying.
    pub notes: Vec<String>,
    /// The target that was asked for; of an event log, the purchase.
    #[serde(flatten)]
    pub target: Target,
    /// The other targets of an event log.
    #[serde(rename = "targets", skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Target>,
}

/// The figures of one target.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Target {
    /// What is foretold.
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
    /// Bytes of the tables as a snapshot carries them.
    pub table_bytes: u64,
    /// Nanoseconds to score a row whose features are at hand, the median.
    pub score_ns: f64,
    /// Seconds to fit one fold.
    pub train_seconds: f64,
    /// The reliability diagram.
    pub reliability: Vec<Reliability>,
    /// What each feature adds, the one that moves most first.
    pub effects: Vec<Effect>,
    /// What pairs of features add on top, the one that moves most first.
    pub pairs: Vec<Interaction>,
    /// The peer on the same rows and folds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<Peer>,
}

/// What one feature adds: its table, which is its partial dependence.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Effect {
    /// Name of the feature.
    pub name: String,
    /// Mean distance from nothing over the rows, in milli-logits.
    pub importance: f64,
    /// Its bins, in order.
    pub bins: Vec<EffectBin>,
}

/// One bin of a feature.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EffectBin {
    /// Its values, in words.
    pub values: String,
    /// The place of the bin's upper bound among the feature's values.
    #[serde(skip)]
    pub upper: Option<i32>,
    /// What it adds, in milli-logits.
    pub score: i32,
    /// Rows in it.
    pub rows: u64,
}

/// What two features add together.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Interaction {
    /// Names of the features.
    pub names: [String; 2],
    /// Mean distance from nothing over the rows, in milli-logits.
    pub importance: f64,
    /// Bins of the first, in words.
    pub rows: Vec<String>,
    /// Bins of the second, in words.
    pub columns: Vec<String>,
    /// Milli-logits, by bin of the first, then of the second.
    pub scores: Vec<i32>,
    /// The places of the bins' upper bounds among the features' values.
    #[serde(skip)]
    pub uppers: [Vec<i32>; 2],
}

/// The bins of ascending upper bounds, in words.
fn bins(edges: &[i32], show: &dyn Fn(i32) -> String) -> Vec<String> {
    let missing = crate::snapshot::additive::MISSING;
    let bound = |at: usize| edges.get(at).copied();
    let from = |at: usize| at.checked_sub(1).and_then(bound).filter(|edge| *edge != missing);
    (0..=edges.len())
        .map(|at| match (from(at), bound(at)) {
            (_, Some(edge)) if edge == missing => "missing".into(),
            (None, None) => "any".into(),
            (None, Some(to)) => format!("up to {}", show(to)),
            (Some(from), None) => format!("over {}", show(from)),
            (Some(from), Some(to)) if to - from == 1 => show(to),
            (Some(from), Some(to)) => format!("over {} up to {}", show(from), show(to)),
        })
        .collect()
}

impl Effect {
    /// Every table of a model, weighed by the rows of the data.
    pub fn all(model: &Additive, data: &Data, show: &dyn Fn(usize, i32) -> String) -> Vec<Self> {
        let one = |table: &crate::snapshot::additive::Table| {
            let feature = usize::from(table.feature);
            let values = &data.columns[feature].values;
            let mut rows = vec![0_u64; table.scores.len()];
            for value in values {
                rows[table.edges.partition_point(|edge| edge < value)] += 1;
            }
            let moved: f64 = values.iter().map(|value| f64::from(table.score(*value).abs())).sum();
            let words = bins(&table.edges, &|value| show(feature, value));
            let bin = |(at, values): (usize, String)| EffectBin {
                values,
                upper: table.edges.get(at).copied(),
                score: table.scores[at],
                rows: rows[at],
            };
            Self {
                name: data.columns[feature].name.clone(),
                importance: moved / values.len().max(1) as f64,
                bins: words.into_iter().enumerate().map(bin).collect(),
            }
        };
        let mut all: Vec<Self> = model.tables.iter().map(one).collect();
        all.sort_by(|a, b| b.importance.total_cmp(&a.importance));
        all
    }

    /// Says which names a bin of a nominal feature holds.
    pub fn spell(&mut self, names: &[String]) {
        spell(self.bins.iter_mut().map(|bin| (&mut bin.values, bin.upper)), names);
    }
}

/// Says which names each bin holds, by its upper bound.
fn spell<'a>(bins: impl Iterator<Item = (&'a mut String, Option<i32>)>, names: &[String]) {
    let mut from = 0;
    for (values, upper) in bins {
        let to = upper.map_or(names.len(), |upper| (upper.max(-1) + 1) as usize).min(names.len());
        match &names[from.min(to)..to] {
            [] => {}
            [name] => values.clone_from(name),
            [first, second] => *values = format!("{first}, {second}"),
            [first, .., last] => *values = format!("{first} … {last} ({} names)", to - from),
        }
        from = to;
    }
}

impl Interaction {
    /// Every pair of a model, weighed by the rows of the data.
    pub fn all(model: &Additive, data: &Data, show: &dyn Fn(usize, i32) -> String) -> Vec<Self> {
        let one = |pair: &crate::snapshot::additive::Pair| {
            let features = pair.features.map(usize::from);
            let [first, second] = features.map(|feature| &data.columns[feature].values);
            let moved: f64 = first.iter().zip(second).map(|(a, b)| f64::from(pair.score([*a, *b]).abs())).sum();
            let [rows, columns] = [0, 1].map(|side| bins(&pair.edges[side], &|value| show(features[side], value)));
            Self {
                names: features.map(|feature| data.columns[feature].name.clone()),
                importance: moved / data.len().max(1) as f64,
                rows,
                columns,
                scores: pair.scores.clone(),
                uppers: pair.edges.clone(),
            }
        };
        let mut all: Vec<Self> = model.pairs.iter().map(one).collect();
        all.sort_by(|a, b| b.importance.total_cmp(&a.importance));
        all
    }

    /// Says which names a bin holds, where `feature` is one of the two and nominal.
    pub fn spell(&mut self, feature: &str, names: &[String]) {
        for (side, words) in [&mut self.rows, &mut self.columns].into_iter().enumerate() {
            if self.names[side] == feature {
                let uppers = self.uppers[side].iter().map(|upper| Some(*upper)).chain([None]);
                spell(words.iter_mut().zip(uppers), names);
            }
        }
    }
}

impl Report {
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
            let mut line = |name: &str, scores: &Scores, bytes: u64, nanos: f64| {
                let Scores { auc, average_precision, brier, ece, log_loss } = scores;
                let _ = writeln!(
                    out,
                    "{name:17}{auc:7.4}{average_precision:7.4}{brier:8.4}{ece:8.4}{log_loss:10.4}{bytes:12}{nanos:9.0}"
                );
            };
            line("slotwise", &target.scores, target.table_bytes, target.score_ns);
            if let Some(peer) = &target.peer {
                line(&peer.name, &peer.scores, peer.model_bytes, peer.score_ns);
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
