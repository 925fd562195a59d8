//! What rows showed of the catalogue, and how evenly: share shown, concentration, new products, novelty.
//!
//! An exposure does not name the products of a row, so each row is decided again (`replayed`): by the snapshot that decided
//! then, for the visit as it was then, in the arm that it had.

use super::replayed::{Visits, decide};
use crate::decide::HOLDOUT;
use crate::experiment::statistics::spread::spread;
use crate::experiment::{Trial, Trials};
use crate::log::{ItemNumber, Log};
use crate::model::{Model, Scratch};
use crate::snapshot::SnapshotId;
use crate::snapshot::plan::Fill;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A product is new for so long after the shop listed it, or after it was seen first: two weeks.
const NEW_MS: u64 = 14 * 86_400_000;
/// Most rows of one arm that are decided again, the newest: figures of shares need no more.
const MOST: usize = 20_000;

/// What the rows of one arm showed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// Rows decided again.
    pub rows: usize,
    /// Those in which the engine put products.
    pub filled: usize,
    /// Share of the catalogue that was in any of them, in percent.
    pub catalogue: f64,
    /// Gini coefficient of the places that products got: 0 is even, near 1 is one product everywhere.
    pub gini: f64,
    /// Share of the places with a product that was at most two weeks old, in percent.
    pub new: f64,
    /// Mean self-information of a place in bits: `-log2` of the share of visits that know the product (Zhou and others, PNAS
    /// 2010). High is novel.
    pub novelty_bits: f64,
}

/// A row: its time in milliseconds since 1970, and its products by their numbers in the log.
type Row = (u64, Vec<usize>);

/// What the products of a log are, for the figures.
struct Goods<'l> {
    numbers: HashMap<&'l str, usize>,
    /// Visits that looked at each product.
    visits: Vec<u64>,
    /// When each was listed or first seen, if the log can tell: what it had from its beginning is old.
    since_ms: Vec<Option<u64>>,
}

impl<'l> Goods<'l> {
    fn of(log: &'l Log) -> Self {
        let mut visits = vec![0; log.items.len()];
        for session in log.sessions() {
            let known: HashSet<ItemNumber> = session.iter().filter_map(|event| event.item).collect();
            for item in known {
                visits[item.index()] += 1;
            }
        }
        let since = |item: &crate::log::Item| {
            let first = Some(item.first_ms).filter(|first| *first > log.span_ms.0 + NEW_MS);
            Some(item.listed_ms).filter(|listed| *listed > 0).or(first)
        };
        Self {
            numbers: log.items.iter().enumerate().map(|(at, item)| (item.id.as_str(), at)).collect(),
            visits,
            since_ms: log.items.iter().map(since).collect(),
        }
    }

    /// The figures of some rows: each the time and the products by number.
    fn figures(&self, rows: &[Row], all_visits: usize) -> Shown {
        let mut places = vec![0_u32; self.visits.len()];
        let (mut new, mut bits, mut count) = (0_u64, 0.0, 0_u64);
        for (time_ms, items) in rows {
            for item in items {
                places[*item] += 1;
                count += 1;
                let since = self.since_ms[*item];
                new += u64::from(since.is_some_and(|since| since <= *time_ms && time_ms - since <= NEW_MS));
                // One visit is added, so that a product nobody knew has a share too.
                bits -= ((self.visits[*item] + 1) as f64 / (all_visits + 1) as f64).log2();
            }
        }
        let (catalogue, gini) = spread(places);
        let of = count.max(1) as f64;
        Shown {
            rows: rows.len(),
            filled: rows.iter().filter(|(_, items)| !items.is_empty()).count(),
            catalogue,
            gini,
            new: 100.0 * new as f64 / of,
            novelty_bits: bits / of,
        }
    }
}

/// What each arm's rows showed, by slot and arm. `open` gives the snapshot of an id, if it is still there.
pub(super) fn shown<'t>(
    log: &Log,
    trials: &'t Trials,
    open: &mut dyn FnMut(SnapshotId) -> Option<Model<Vec<u8>>>,
) -> HashMap<(&'t str, &'t str), Shown> {
    let goods = Goods::of(log);
    let visits = Visits::of(log);
    // By snapshot, so that one is open at a time.
    let mut by_snapshot: BTreeMap<[u8; 32], Vec<&'t Trial>> = BTreeMap::new();
    let mut counts: HashMap<(&str, &str), usize> = HashMap::new();
    for trial in trials.trials.iter().rev().filter(|trial| trial.arm != HOLDOUT) {
        let count = counts.entry((&trial.slot, &trial.arm)).or_default();
        *count += 1;
        if *count <= MOST {
            by_snapshot.entry(trial.snapshot.0).or_default().push(trial);
        }
    }
    let mut rows: HashMap<(&'t str, &'t str), Vec<Row>> = HashMap::new();
    for (id, own) in by_snapshot {
        let Some(model) = open(SnapshotId(id)) else { continue };
        let mut scratch = Scratch::default();
        for trial in own {
            let Some(slot) = model.plan().slot(&trial.slot) else { continue };
            let is_row =
                |arm: &&crate::snapshot::plan::Arm| arm.name == trial.arm && matches!(arm.fill, Fill::Items(_));
            let Some(session) = visits.session(trial).filter(|_| slot.arms.iter().any(|arm| is_row(&arm))) else {
                continue;
            };
            let decision = decide(&model, &session, trial, &trial.arm, &mut scratch);
            let items = decision.map(|decision| decision.items).unwrap_or_default();
            let number = |pick: &crate::decide::Pick| goods.numbers.get(model.item_id(pick.item).as_str()).copied();
            let items = items.iter().filter_map(number).collect();
            rows.entry((&trial.slot, &trial.arm)).or_default().push((trial.time_ms, items));
        }
    }
    rows.into_iter().map(|(arm, rows)| (arm, goods.figures(&rows, log.ends.len()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_rows_are_those_one_gets_by_hand() {
        // Four products; visits know the first three times, the second once, the third and fourth never.
        let goods =
            Goods { numbers: HashMap::new(), visits: vec![3, 1, 0, 0], since_ms: vec![None, None, Some(NEW_MS), None] };
        let rows = [(NEW_MS + 5, vec![0, 2]), (3 * NEW_MS, vec![2, 1]), (9, Vec::new())];
        let shown = goods.figures(&rows, 3);
        assert_eq!((shown.rows, shown.filled), (3, 2));
        assert!((shown.catalogue - 75.0).abs() < 1e-12);
        assert!((shown.new - 25.0).abs() < 1e-12, "new in the first row, two weeks and more old in the second");
        // Shares of 4/4, 1/4, 1/4 and 2/4.
        assert!((shown.novelty_bits - (0.0 + 2.0 + 2.0 + 1.0) / 4.0).abs() < 1e-12);
        // Places 0, 1, 1, 2: mean difference 1 of 4 · 4, over twice the mean.
        assert!((shown.gini - 0.375).abs() < 1e-12, "{}", shown.gini);
    }
}
