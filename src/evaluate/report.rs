//! The figures of an evaluation: as data, as JSON, as a table for the terminal.
//!
//! The names of the JSON are read by benchmarks and by `BENCHMARKS.md`; figures are added to it, never renamed.

use super::strategies::report::StrategiesReport;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::fmt::Write;

/// An evaluation of next-item rows.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NextReport {
    /// What was evaluated, in a few words.
    pub title: String,
    /// Where the training sessions came from.
    pub train: String,
    /// Where the tests came from.
    pub test: String,
    /// The command that made this.
    pub command: String,
    /// What it ran on.
    pub machine: String,
    /// The data.
    pub data: DataNote,
    /// Ours first.
    #[serde(serialize_with = "by_name")]
    pub methods: Vec<Method>,
    /// Every strategy as a predictor, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategies: Option<StrategiesReport>,
}

/// The data of training and tests.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct DataNote {
    /// Sessions of the training log.
    pub sessions: u64,
    /// Events of the training log.
    pub clicks: u64,
    /// Items of the training log.
    pub items: u64,
    /// Tests.
    pub tests: u64,
    /// Tests whose next item training never saw. They count as misses.
    pub unknown_targets: u64,
    /// Share of the tests whose next item was in the session already, 0 to 1.
    pub seen_share: f64,
}

/// The figures of one method. Shares are in percent.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Method {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// Its parameters, written for a reader.
    pub parameters: String,
    /// Share of tests whose next item is on the list.
    #[serde(flatten)]
    pub recall: Recall,
    /// Mean reciprocal rank of the next item; 0 for one that is not among twenty.
    pub mrr_at_20: f64,
    /// Normalised discounted cumulative gain, which with one right item is `1 / log2(rank + 1)`.
    pub ndcg_at_20: f64,
    /// Recall over the tests whose next item was not in the session yet, by lists without the session's items.
    pub recall_at_20_unseen: f64,
    /// Mean reciprocal rank over the same tests.
    pub mrr_at_20_unseen: f64,
    /// 95 % interval of a bootstrap over sessions.
    pub recall_at_20_interval: [f64; 2],
    /// 95 % interval of a bootstrap over sessions.
    pub mrr_at_20_interval: [f64; 2],
    /// Catalogue coverage: share of the items that were on any list.
    pub coverage_at_20: f64,
    /// Popularity bias: looks in training at a recommended item, divided by those at the mean item. 1 is no bias. Not in
    /// percent.
    pub popularity_at_20: f64,
    /// By number of items in the prefix.
    pub by_length: Vec<ByLength>,
    /// Median microseconds per list.
    pub decision_us_p50: f64,
    /// 99th percentile of the same.
    pub decision_us_p99: f64,
    /// Seconds from log to model, search included. Of ours only: peers share their indexes, so theirs cannot be told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_seconds: Option<f64>,
    /// Seconds of the search alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_seconds: Option<f64>,
    /// Bytes of the snapshot, all sections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot_bytes: Option<u64>,
    /// Entries of its rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries: Option<u64>,
    /// Bits per entry of the rows section, everything included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits_per_entry: Option<f64>,
    /// Entropy of the entries alone, in bits: the lower bound of an entropy coder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entropy_bits_per_entry: Option<f64>,
}

/// Recall by length of the list, in percent.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Recall {
    /// One place.
    #[serde(rename = "recall_at_1")]
    pub at_1: f64,
    /// Five places.
    #[serde(rename = "recall_at_5")]
    pub at_5: f64,
    /// Ten places.
    #[serde(rename = "recall_at_10")]
    pub at_10: f64,
    /// Twenty places.
    #[serde(rename = "recall_at_20")]
    pub at_20: f64,
}

/// Figures of the tests with a certain number of items in the prefix.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ByLength {
    /// Number of items, such as `1` or `4-6`.
    pub length: String,
    /// Tests.
    pub tests: u64,
    /// As for all tests.
    pub recall_at_20: f64,
    /// As for all tests.
    pub mrr_at_20: f64,
}

/// Methods as an object by name, in order.
fn by_name<S: Serializer>(methods: &[Method], to: S) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(methods.len()))?;
    for method in methods {
        map.serialize_entry(&method.name, method)?;
    }
    map.end()
}

impl NextReport {
    /// The report as JSON, with `methods` by name.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The report as text for a terminal, a hundred columns wide.
    pub fn table(&self) -> String {
        let mut out = String::new();
        let data = self.data;
        let _ = writeln!(
            out,
            "{}: {} sessions, {} clicks, {} items; {} tests",
            self.title, data.sessions, data.clicks, data.items, data.tests
        );
        let _ = writeln!(
            out,
            "{:.1} % of the next items were in the session already; {} were never seen in training\n",
            100.0 * data.seen_share,
            data.unknown_targets
        );
        let _ = writeln!(
            out,
            "{:17}{:>6}{:>6}{:>6}{:>7}{:>6}{:>7}{:>6}{:>7}{:>8}{:>6}{:>6}{:>8}{:>9}",
            "method",
            "R@1",
            "R@5",
            "R@10",
            "R@20",
            "±",
            "MRR@20",
            "±",
            "NDCG",
            "unseen",
            "cover",
            "pop.",
            "p50 µs",
            "p99 µs"
        );
        for method in &self.methods {
            let half = |[low, high]: [f64; 2]| (high - low) / 2.0;
            let Recall { at_1, at_5, at_10, at_20 } = method.recall;
            let _ = writeln!(
                out,
                "{:17}{at_1:6.1}{at_5:6.1}{at_10:6.1}{at_20:7.2}{:6.2}{:7.2}{:6.2}{:7.2}{:8.2}{:6.1}{:6.1}{:8.2}{:9.2}",
                method.name,
                half(method.recall_at_20_interval),
                method.mrr_at_20,
                half(method.mrr_at_20_interval),
                method.ndcg_at_20,
                method.recall_at_20_unseen,
                method.coverage_at_20,
                method.popularity_at_20,
                method.decision_us_p50,
                method.decision_us_p99
            );
        }
        let _ = write!(out, "\n{:17}", "R@20 by length");
        for part in self.methods.first().into_iter().flat_map(|method| &method.by_length) {
            let _ = write!(out, "{:>8}", part.length);
        }
        for method in &self.methods {
            let _ = write!(out, "\n{:17}", method.name);
            for part in &method.by_length {
                let _ = write!(out, "{:8.2}", part.recall_at_20);
            }
        }
        out.push_str("\n\n");
        for method in &self.methods {
            let _ = writeln!(out, "{:17}{}", method.name, sizes(method));
        }
        if let Some(strategies) = &self.strategies {
            out.push_str(&strategies.table());
        }
        out
    }
}

/// The last lines of the table: bytes and times of a snapshot, or the parameters that the sweep chose.
fn sizes(method: &Method) -> String {
    match (method.snapshot_bytes, method.entries, method.bits_per_entry, method.entropy_bits_per_entry) {
        (Some(bytes), Some(entries), Some(bits), Some(entropy)) => format!(
            "{bytes} bytes, {entries} entries of {bits:.2} bits (entropy {entropy:.2}); {:.1} s, {:.1} of them the search",
            method.train_seconds.unwrap_or_default(),
            method.search_seconds.unwrap_or_default()
        ),
        _ => method.parameters.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> NextReport {
        let by_length = vec![ByLength { length: "1".into(), tests: 3, recall_at_20: 50.0, mrr_at_20: 9.0 }];
        let ours = Method {
            name: "slotwise".into(),
            snapshot_bytes: Some(9),
            train_seconds: Some(1.0),
            by_length,
            ..Method::default()
        };
        let peer = Method { name: "pop".into(), ..Method::default() };
        NextReport { methods: vec![ours, peer], ..NextReport::default() }
    }

    #[test]
    fn the_json_has_a_method_by_its_name_and_leaves_out_what_is_not_known() {
        let json: serde_json::Value = serde_json::from_str(&report().json()).unwrap();
        let ours = &json["methods"]["slotwise"];
        for key in
            ["recall_at_20", "mrr_at_20", "recall_at_20_unseen", "coverage_at_20", "decision_us_p50", "train_seconds"]
        {
            assert!(ours[key].is_number(), "{key}");
        }
        assert_eq!(ours["snapshot_bytes"], 9);
        assert!(json["methods"]["pop"].get("snapshot_bytes").is_none());
    }

    #[test]
    fn the_table_is_no_wider_than_a_terminal_of_a_hundred_and_six_columns() {
        let table = report().table();
        assert!(table.lines().all(|line| line.chars().count() <= 106), "{table}");
        assert!(table.contains("slotwise") && table.contains("pop"));
    }
}
