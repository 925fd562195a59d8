//! Drift: whether visits, products and predictions are still those that the snapshot in use was trained on.
//!
//! The newest trained visits of the same `season` are the reference, the visits after them the window. Five
//! monitors:
//!
//! - `features`, `score` and `categories`: the population stability index of what features say of a visit, of the purchase score,
//!   and of the categories looked at. `Σ (w − r) ln(w / r)` over bins, `r` and `w` the shares in reference and window; 0.25 and
//!   more is usually called a major shift (Siddiqi: Credit Risk Scorecards, 2006). Chance alone makes it about
//!   `(bins − 1)(1/n + 1/m)` (Yurdakul: Statistical Properties of PSI, 2018), which is taken off.
//! - `calibration`: purchases that the score predicts, and those that came
//! - `coverage`: share of exposures in which the engine decided what was shown, the holdout aside
//! - `churn`: share of looks at products that the snapshot does not know
//!
//! Invariant: the same log and snapshot give the same figures.

use super::season::reference;
use super::window::began;
use crate::decide::HOLDOUT;
use crate::event::{EventKind, ItemKey};
use crate::feature::{DEFINITIONS, Feature, Features, MISSING};
use crate::intent::intent_scores;
use crate::log::replay::Replay;
use crate::log::{ItemNumber, Log, LogEvent};
use crate::model::Model;
use crate::train::ended::{Ended, ended};
use serde::Serialize;

/// Visits of the window that are compared at most, the newest ones.
const MOST: usize = 4000;
/// Visits of the reference at most: the newest of their season, so that what was learned of an earlier shift does not hide the
/// next.
const REFERENCE: usize = 1000;
/// Exposures on either side, and visits, below which nothing is compared.
const FEWEST: usize = 100;
/// Bins of a quantity: deciles of the reference.
const BINS: usize = 10;
/// Categories that have a bin of their own, those looked at most.
const CATEGORIES: usize = 40;

/// From which value on a monitor raises an alarm.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Population stability index.
    pub stability: f64,
    /// Predicted purchases by those that came, or the other way round.
    pub calibration: f64,
    /// Share of the reference's coverage that must be left.
    pub coverage: f64,
    /// Share of looks at unknown products.
    pub churn: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { stability: 0.25, calibration: 1.5, coverage: 0.67, churn: 0.2 }
    }
}

/// What one monitor says.
#[derive(Clone, Debug, Serialize)]
pub struct Reading {
    /// Its name.
    pub monitor: &'static str,
    /// What it measures.
    pub of: String,
    /// The value.
    pub value: f64,
    /// The limit.
    pub limit: f64,
    /// Whether the value is beyond it.
    pub alarm: bool,
}

impl Reading {
    /// The reading in words.
    pub fn words(&self) -> String {
        format!("{} of {}: {:.3}, limit {:.3}", self.monitor, self.of, self.value, self.limit)
    }
}

/// Reads the monitors. Nothing is read where the log has too few visits on either side. `unseen_from_ms`: from when on
/// visits began that the snapshot was not trained on.
pub fn watch<B: AsRef<[u8]>>(log: &Log, live: &Model<B>, unseen_from_ms: u64, limits: Limits) -> Vec<Reading> {
    let starts = |events: &&[LogEvent]| began(events) >= unseen_from_ms;
    let sessions: Vec<&[LogEvent]> = log.sessions().collect();
    let cut = sessions.partition_point(|events| !starts(events));
    let after = cut.max(sessions.len().saturating_sub(MOST))..sessions.len();
    let before = reference(log, 0..cut, after.clone(), REFERENCE);
    let after: Vec<usize> = after.collect();
    if before.len() < FEWEST || after.len() < FEWEST {
        return Vec::new();
    }
    let replay = Replay::new(log);
    let rows = |numbers: &[usize]| -> Vec<(Features, i32)> {
        let row = |number: &usize| {
            let session = replay.session(&log.visits[*number], sessions[*number]);
            (Features::of(&session, live), intent_scores(live, &session).score)
        };
        numbers.iter().map(row).collect()
    };
    let (reference, window) = (rows(&before), rows(&after));
    let mut readings = vec![features(log, &reference, &window, limits)];
    if live.intent().purchase.is_fitted() {
        let [one, other] = [&reference, &window].map(|rows| rows.iter().map(|(_, score)| *score).collect::<Vec<i32>>());
        readings.push(stability("score", "the purchase score".into(), of_values(&one, &other, false), limits));
        readings.extend(calibration(log, live, unseen_from_ms, limits));
    }
    let events = |numbers: &[usize]| -> Vec<&[LogEvent]> { numbers.iter().map(|number| sessions[*number]).collect() };
    let (older, newer) = (events(&before), events(&after));
    let index = of_shares(&looks(log, &older), &looks(log, &newer), before.len(), after.len());
    readings.push(stability("categories", "categories looked at".into(), index, limits));
    readings.extend(coverage(log, unseen_from_ms, limits));
    readings.push(churn(log, live, &newer, limits));
    readings
}

fn stability(monitor: &'static str, of: String, value: f64, limits: Limits) -> Reading {
    Reading { monitor, of, value, limit: limits.stability, alarm: value >= limits.stability }
}

/// The feature that has shifted most.
fn features(log: &Log, reference: &[(Features, i32)], window: &[(Features, i32)], limits: Limits) -> Reading {
    let (mut worst, mut name) = (0.0, "none");
    for (at, definition) in DEFINITIONS.iter().enumerate() {
        // In a short log the hour and the weekday are names of the time that passes.
        let is_time = at == Feature::Hour as usize && !log.tells_hours()
            || at == Feature::Weekday as usize && !log.tells_weekdays();
        if is_time {
            continue;
        }
        let [one, other] = [reference, window].map(|rows| rows.iter().map(|(row, _)| row.0[at]).collect::<Vec<i32>>());
        let index = of_values(&one, &other, definition.is_nominal());
        if index > worst {
            (worst, name) = (index, definition.name);
        }
    }
    stability("features", format!("the feature that shifted most ({name})"), worst, limits)
}

/// The index of some values: names by value, quantities by the reference's deciles. Unknown ones are in a bin of their own, and
/// so are names that the reference lacks.
fn of_values(reference: &[i32], window: &[i32], nominal: bool) -> f64 {
    let mut sorted: Vec<i32> = reference.iter().copied().filter(|value| *value != MISSING).collect();
    sorted.sort_unstable();
    let mut edges: Vec<i32> = if nominal {
        sorted.clone()
    } else {
        (1..BINS).filter_map(|bin| sorted.get(sorted.len() * bin / BINS).copied()).collect()
    };
    edges.dedup();
    let bins = edges.len() + 2;
    let bin = |value: i32| match value {
        MISSING => bins - 1,
        _ if nominal => edges.binary_search(&value).map_or(0, |at| at + 1),
        _ => edges.partition_point(|edge| *edge <= value),
    };
    let count = |values: &[i32]| {
        let mut counts = vec![0.0; bins];
        for value in values {
            counts[bin(*value)] += 1.0;
        }
        counts
    };
    of_shares(&count(reference), &count(window), reference.len(), window.len())
}

/// The index of two counts over the same bins, of so many visits, less what chance makes of it.
fn of_shares(reference: &[f64], window: &[f64], visits: usize, others: usize) -> f64 {
    let used = reference.iter().zip(window).filter(|(one, other)| *one + *other > 0.0);
    let bins = used.clone().count();
    let sums: (f64, f64) = (reference.iter().sum(), window.iter().sum());
    // Half a visit more in each bin, so that an empty one is no infinite shift.
    let share = |count: f64, sum: f64| (count + 0.5) / (sum + 0.5 * bins as f64);
    let index: f64 = used
        .map(|(one, other)| {
            let (one, other) = (share(*one, sums.0), share(*other, sums.1));
            (other - one) * (other / one).ln()
        })
        .sum();
    let by_chance = bins.saturating_sub(1) as f64 * (1.0 / visits.max(1) as f64 + 1.0 / others.max(1) as f64);
    (index - by_chance).max(0.0)
}

/// Looks by category, one in all for each visit.
fn looks(log: &Log, sessions: &[&[LogEvent]]) -> Vec<f64> {
    let mut all = vec![0_u32; log.categories.len()];
    for item in log.events.iter().filter_map(|event| event.item) {
        all[usize::from(log.items[item.index()].category)] += 1;
    }
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|category| (std::cmp::Reverse(all[*category]), *category));
    let mut bins = vec![CATEGORIES.min(order.len()); all.len()];
    order.iter().take(CATEGORIES).enumerate().for_each(|(bin, category)| bins[*category] = bin);
    let mut counts = vec![0.0; CATEGORIES.min(order.len()) + 1];
    for events in sessions {
        let items: Vec<usize> = events.iter().filter_map(|event| event.item).map(ItemNumber::index).collect();
        for item in &items {
            counts[bins[usize::from(log.items[*item].category)]] += 1.0 / items.len() as f64;
        }
    }
    counts
}

/// Purchases predicted at the moments of the window's visits, and those that came. An alarm needs both a large ratio and a
/// difference of three standard errors, taken over visits.
fn calibration<B: AsRef<[u8]>>(log: &Log, live: &Model<B>, unseen_from_ms: u64, limits: Limits) -> Option<Reading> {
    let replay = Replay::new(log);
    let (mut predicted, mut came, mut differences) = (0.0, 0.0, Vec::new());
    let newer = |ended: &&Ended| began(ended.events(log)) >= unseen_from_ms;
    for ended in ended(log).iter().filter(newer).take(MOST) {
        let mut session = crate::session::Session::begin(ended.visit(log).context, 0);
        let (mut of_visit, mut moments) = (0.0, 0.0);
        for event in ended.events(log) {
            session.observe(&replay.event(event));
            if let (true, Some(permille)) = (
                event.kind.is_step() && event.kind != EventKind::Purchase,
                intent_scores(live, &session).purchase_permille,
            ) {
                of_visit += f64::from(permille) / 1000.0;
                moments += 1.0;
            }
        }
        let truth = if ended.bought { moments } else { 0.0 };
        predicted += of_visit;
        came += truth;
        differences.push(truth - of_visit);
    }
    if differences.len() < FEWEST || predicted <= 0.0 {
        return None;
    }
    let sum: f64 = differences.iter().sum();
    let error = differences.iter().map(|difference| difference * difference).sum::<f64>().sqrt();
    let ratio = if came > predicted { came / predicted } else { predicted / came.max(f64::MIN_POSITIVE) };
    let ratio = ratio.min(1000.0);
    let alarm = ratio >= limits.calibration && sum.abs() > 3.0 * error;
    let of = format!("purchases, {predicted:.0} moments predicted and {came:.0} came");
    Some(Reading { monitor: "calibration", of, value: ratio, limit: limits.calibration, alarm })
}

/// Share of exposures that the engine decided, in proportion to that before. `None` with few exposures on either side.
fn coverage(log: &Log, unseen_from_ms: u64, limits: Limits) -> Option<Reading> {
    let mut counts = [[0.0; 2]; 2];
    for exposure in log.exposures.iter().filter(|exposure| exposure.shown.arm.0 != HOLDOUT) {
        let side = &mut counts[usize::from(exposure.time_ms >= unseen_from_ms)];
        side[0] += 1.0;
        side[1] += f64::from(u8::from(exposure.shown.personalised));
    }
    let [before, after] = counts;
    let is_enough = before[0] >= FEWEST as f64 && after[0] >= FEWEST as f64 && before[1] > 0.0;
    is_enough.then(|| {
        let value = (after[1] / after[0]) / (before[1] / before[0]);
        let of = format!("exposures, {:.1} % decided by the engine", 100.0 * after[1] / after[0]);
        Reading { monitor: "coverage", of, value, limit: limits.coverage, alarm: value < limits.coverage }
    })
}

/// Share of the window's looks at products that the snapshot does not know.
fn churn<B: AsRef<[u8]>>(log: &Log, live: &Model<B>, sessions: &[&[LogEvent]], limits: Limits) -> Reading {
    let unknown: Vec<bool> = log.items.iter().map(|item| live.item(ItemKey::from_id(&item.id)).is_none()).collect();
    let items = || sessions.iter().flat_map(|events| events.iter()).filter_map(|event| event.item);
    let value = items().filter(|item| unknown[item.index()]).count() as f64 / items().count().max(1) as f64;
    let of = "looks at products that the snapshot does not know".into();
    Reading { monitor: "churn", of, value, limit: limits.churn, alarm: value >= limits.churn }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Chance;

    #[test]
    fn chance_alone_is_no_shift_and_another_distribution_is() {
        let mut chance = Chance::new(3);
        let mut draw =
            |count: usize, shift: i32| -> Vec<i32> { (0..count).map(|_| chance.below(100) as i32 + shift).collect() };
        let reference = draw(1000, 0);
        for _ in 0..20 {
            assert!(of_values(&reference, &draw(300, 0), false) < 0.1);
        }
        assert!(of_values(&reference, &draw(300, 30), false) > 0.25);
        assert!(of_values(&reference, &vec![MISSING; 300], false) > 1.0);
        assert!(of_values(&[1; 500], &[1; 500], true) < 1e-9);
        assert!(of_values(&[1; 500], &[2; 500], true) > 1.0);
    }
}
