//! What a candidate snapshot would earn, from visits that saw another one.
//!
//! A visit saw a variant or an offer that its snapshot showed with a known probability: the shares of the arms that would have
//! shown it. The candidate would show it with another. Weighing the visit by the one over the other makes the log stand for
//! the candidate's visits: `Σ w r / Σ w`, the self-normalised inverse-propensity estimate (Swaminathan and Joachims, NIPS
//! 2015). What the log never showed to such visits cannot be estimated, so the share of the candidate's choices that the log
//! supports is told. Rows of products are left out: hardly two of them are the same.

use super::group::{MAX_WEIGHT, error};
use super::metric::Metric;
use super::replayed::{Visits, decide};
use crate::decide::HOLDOUT;
use crate::experiment::statistics::interval::{Figure, NORMAL};
use crate::experiment::{Trial, Trials};
use crate::log::Log;
use crate::model::{Model, Scratch};
use crate::session::Session;
use crate::snapshot::SnapshotId;
use crate::snapshot::plan::{Fill, WHOLE};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a candidate would earn in one slot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OffPolicy {
    /// The slot.
    pub slot: String,
    /// Visits it rests on: treated ones whose choice was decided again as the log has it.
    pub visits: usize,
    /// Visits left out because the choice cannot be decided again: the snapshot is gone, or the page mattered.
    pub disagreed: usize,
    /// Share of the candidate's choices that the log could have shown, 0 to 1.
    pub supported: f64,
    /// Number of visits that would tell as much if all weighed the same.
    pub effective: f64,
    /// Visits whose weight was cut to [`MAX_WEIGHT`].
    pub clipped: usize,
    /// The goal as it was.
    pub logged: Figure,
    /// The goal if the candidate had decided. The interval is for one look.
    pub candidate: Figure,
    /// The difference of the two.
    pub difference: Figure,
}

/// A visit: its weight, its outcome, and the share of the candidate's choices that the log could have shown.
struct Row {
    weight: f64,
    outcome: f64,
    supported: f64,
}

/// What a candidate would earn in each slot of variants or offers. `open` gives the snapshot of an id, if it is still there.
pub(super) fn off_policy(
    log: &Log,
    trials: &Trials,
    candidate: &Model<Vec<u8>>,
    metric: Metric,
    open: &mut dyn FnMut(SnapshotId) -> Option<Model<Vec<u8>>>,
) -> Vec<OffPolicy> {
    let visits = Visits::of(log);
    let mut by_snapshot: BTreeMap<[u8; 32], Vec<&Trial>> = BTreeMap::new();
    for trial in trials.trials.iter().filter(|trial| trial.arm != HOLDOUT) {
        by_snapshot.entry(trial.snapshot.0).or_default().push(trial);
    }
    let mut slots: BTreeMap<&str, (Vec<Row>, usize)> = BTreeMap::new();
    let mut scratch = Scratch::default();
    for (id, own) in by_snapshot {
        let model = open(SnapshotId(id));
        for trial in own {
            if !chooses(candidate, &trial.slot) {
                continue;
            }
            let (rows, disagreed) = slots.entry(&trial.slot).or_default();
            let row = model.as_ref().filter(|model| chooses(model, &trial.slot)).and_then(|model| {
                let session = visits.session(trial)?;
                let then = chances(model, &session, trial, &mut scratch);
                let now = chances(candidate, &session, trial, &mut scratch);
                let shown = shown(model, trial);
                let chance = then.get(&shown).filter(|chance| **chance > 0.0)?;
                let weight = now.get(&shown).copied().unwrap_or_default() / chance;
                let supported =
                    now.iter().filter(|(choice, _)| then.contains_key(*choice)).map(|(_, share)| share).sum();
                Some(Row { weight, outcome: metric.of(trial, u64::MAX).0, supported })
            });
            match row {
                Some(row) => rows.push(row),
                None => *disagreed += 1,
            }
        }
    }
    let estimate = |(slot, (rows, disagreed)): (&str, (Vec<Row>, usize))| estimate(slot, &rows, disagreed);
    slots.into_iter().filter_map(estimate).collect()
}

/// Whether a model's slot shows variants or offers only, besides the shop's own content.
fn chooses(model: &Model<Vec<u8>>, slot: &str) -> bool {
    let fills = model.plan().slot(slot).map(|slot| slot.arms.iter().map(|arm| &arm.fill).collect::<Vec<_>>());
    fills.is_some_and(|fills| {
        fills.iter().all(|fill| matches!(fill, Fill::Own | Fill::Choose(_) | Fill::Offers(_)))
            && fills.iter().any(|fill| **fill != Fill::Own)
    })
}

/// What the log says was shown; empty for the shop's own content, which is also a default variant.
fn shown(model: &Model<Vec<u8>>, trial: &Trial) -> String {
    let arms = model.plan().slot(&trial.slot).map_or(&[][..], |slot| &slot.arms);
    let defaults: BTreeSet<&str> = arms
        .iter()
        .filter_map(|arm| if let Fill::Choose(choose) = &arm.fill { Some(choose.default.as_str()) } else { None })
        .collect();
    if defaults.contains(trial.choice.as_str()) { String::new() } else { trial.choice.clone() }
}

/// The chance of each choice for a visit that is not held out, by the shares of a snapshot's arms.
fn chances(model: &Model<Vec<u8>>, session: &Session, trial: &Trial, scratch: &mut Scratch) -> BTreeMap<String, f64> {
    let mut chances = BTreeMap::new();
    for arm in model.plan().slot(&trial.slot).map_or(&[][..], |slot| &slot.arms) {
        let decision = decide(model, session, trial, &arm.name, scratch);
        let decision = decision.filter(|decision| decision.personalised);
        let choice = decision.and_then(|decision| decision.choice_name(model).map(str::to_owned)).unwrap_or_default();
        *chances.entry(choice).or_insert(0.0) += f64::from(arm.share) / f64::from(WHOLE);
    }
    chances
}

/// The estimate from the visits of a slot; `None` if none of them tells anything.
fn estimate(slot: &str, rows: &[Row], disagreed: usize) -> Option<OffPolicy> {
    let clipped = rows.iter().filter(|row| row.weight > MAX_WEIGHT).count();
    let weight = |row: &Row| row.weight.min(MAX_WEIGHT);
    let count = rows.len() as f64;
    let total: f64 = rows.iter().map(weight).sum();
    if rows.len() < 2 || total <= 0.0 {
        return None;
    }
    let value = rows.iter().map(|row| weight(row) * row.outcome).sum::<f64>() / total;
    let before = rows.iter().map(|row| row.outcome).sum::<f64>() / count;
    let of_value = |row: &Row| weight(row) * (row.outcome - value) / total;
    let of_before = |row: &Row| (row.outcome - before) / count;
    let figure = |value, error| Figure::mean(value, error, NORMAL);
    Some(OffPolicy {
        slot: slot.to_owned(),
        visits: rows.len(),
        disagreed,
        supported: rows.iter().map(|row| row.supported).sum::<f64>() / count,
        effective: total * total / rows.iter().map(|row| weight(row).powi(2)).sum::<f64>(),
        clipped,
        logged: figure(before, error(rows.iter().map(of_before))),
        candidate: figure(value, error(rows.iter().map(of_value))),
        difference: figure(value - before, error(rows.iter().map(|row| of_value(row) - of_before(row)))),
    })
}
