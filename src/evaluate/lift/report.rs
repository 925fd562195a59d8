//! The whole report: all slots, judged together.

use super::metric::Metric;
use super::off_policy::{self, OffPolicy};
use super::shown;
use super::slot::{Comparison, SlotReport, Verdict};
use crate::decide::HOLDOUT;
use crate::experiment::statistics::multiple::holm;
use crate::experiment::statistics::sequence::ALPHA;
use crate::experiment::{Design, Trial, Trials};
use crate::log::Log;
use crate::model::Model;
use crate::snapshot::SnapshotId;
use crate::snapshot::plan::WHOLE;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Name of the visits as a whole in place of a slot's.
pub const ALL_SLOTS: &str = "all slots";
/// Name of the visits that are not held out, over all slots.
pub const TREATED: &str = "slotwise";

/// What a report is asked for.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The measure that verdicts rest on; not the order value.
    pub goal: Metric,
    /// Number of visits of two arms at which always valid intervals are tightest. To be fixed before the first look.
    pub tightest: f64,
    /// ISO 4217 code of the log; may be empty.
    pub currency: String,
    /// How the report is called.
    pub title: String,
    /// Number of the log's visits that a program made.
    pub simulated_visits: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            goal: Metric::Orders,
            tightest: 10_000.0,
            currency: String::new(),
            title: "Lift".into(),
            simulated_visits: 0,
        }
    }
}

/// Effects of experiments and offers.
#[derive(Clone, Debug, Serialize)]
pub struct LiftReport {
    /// How it is called.
    pub title: String,
    /// The answer in one sentence.
    pub answer: String,
    /// The measure that verdicts rest on.
    pub goal: &'static str,
    /// ISO 4217 code of the revenue; may be empty.
    pub currency: String,
    /// Number of visits at which always valid intervals are tightest.
    pub tightest_at: f64,
    /// Time of the first and of the last trial, in milliseconds since 1970.
    pub span_ms: [u64; 2],
    /// Number of the log's visits that a program made. They are no people, and the answer says so.
    pub simulated_visits: u64,
    /// Visits as a whole against those held out; `None` without a holdout.
    pub overall: Option<SlotReport>,
    /// Slots with exposures in the log.
    pub slots: Vec<SlotReport>,
    /// What a candidate snapshot would earn, slot by slot; empty if none was asked about.
    pub off_policy: Vec<OffPolicy>,
    /// Number of exposures that do not count, by [reason](crate::experiment::LeftOut::word).
    pub left_out: BTreeMap<&'static str, u64>,
    /// The same in words.
    pub notes: Vec<String>,
}

impl LiftReport {
    /// Computes the report from the trials of a log, without the answer in words.
    pub(super) fn of(log: &Trials, settings: &Settings) -> Self {
        let Settings { goal, tightest, .. } = *settings;
        let names: BTreeSet<&str> = log.trials.iter().map(|trial| trial.slot.as_str()).collect();
        let slot = |name: &str| {
            let own: Vec<&Trial> = log.trials.iter().filter(|trial| trial.slot == name).collect();
            SlotReport::of(name, &own, &log.designs, goal, tightest)
        };
        let times = || log.trials.iter().map(|trial| trial.time_ms);
        let mut report = Self {
            title: settings.title.clone(),
            answer: String::new(),
            goal: goal.name(),
            currency: settings.currency.clone(),
            tightest_at: tightest,
            span_ms: [times().min().unwrap_or_default(), times().max().unwrap_or_default()],
            simulated_visits: settings.simulated_visits,
            overall: overall(log, goal, tightest),
            slots: names.into_iter().map(slot).collect(),
            off_policy: Vec::new(),
            left_out: log.left_out.iter().map(|(why, count)| (why.word(), *count)).collect(),
            notes: log.notes(),
        };
        report.judge(goal);
        report
    }

    /// Adds what the rows of each arm showed of the catalogue. `open` gives the snapshot of an id, if it is still there.
    pub fn tell_shown(
        &mut self,
        log: &Log,
        trials: &Trials,
        open: &mut dyn FnMut(SnapshotId) -> Option<Model<Vec<u8>>>,
    ) {
        let mut shown = shown::shown(log, trials, open);
        for slot in &mut self.slots {
            for arm in &mut slot.arms {
                arm.shown = shown.remove(&(slot.slot.as_str(), arm.arm.as_str()));
            }
        }
    }

    /// Adds what a candidate snapshot would earn in slots of variants and offers. `open` as for [`LiftReport::tell_shown`].
    pub fn tell_candidate(
        &mut self,
        log: &Log,
        trials: &Trials,
        candidate: &Model<Vec<u8>>,
        goal: Metric,
        open: &mut dyn FnMut(SnapshotId) -> Option<Model<Vec<u8>>>,
    ) {
        self.off_policy = off_policy::off_policy(log, trials, candidate, goal, open);
    }

    /// The visits as a whole, if there are any held out, and every slot.
    pub fn all(&self) -> impl Iterator<Item = &SlotReport> {
        self.overall.iter().chain(&self.slots)
    }

    /// Corrects the p-values of the goal for all looks, and says what follows.
    fn judge(&mut self, goal: Metric) {
        let mut all: Vec<&mut SlotReport> = self.overall.iter_mut().chain(&mut self.slots).collect();
        let main = all.iter_mut().flat_map(|slot| &mut slot.comparisons);
        correct(main.filter(|comparison| comparison.metric == goal.name()).collect());
        correct(all.iter_mut().flat_map(|slot| &mut slot.breakdowns).collect());
    }
}

/// Corrects a family of comparisons.
fn correct(mut family: Vec<&mut Comparison>) {
    family.retain(|comparison| comparison.effect.is_some());
    let values: Vec<f64> = family.iter().filter_map(|comparison| comparison.effect).map(|effect| effect.p).collect();
    for (comparison, p) in family.into_iter().zip(holm(&values)) {
        let value = comparison.effect.map_or(0.0, |effect| effect.difference.value);
        comparison.p_corrected = Some(p);
        comparison.verdict = Some(match p <= ALPHA {
            false => Verdict::Undecided,
            true if value > 0.0 => Verdict::Better,
            true => Verdict::Worse,
        });
    }
}

/// The visits as a whole: each by the first slot it saw, held out or not.
fn overall(log: &Trials, goal: Metric, tightest: f64) -> Option<SlotReport> {
    // Slots of one plan have one holdout. A check slot by slot would condition on the slot that a visit saw first, which
    // depends on the exposures that went missing.
    let mut designs: Vec<Design> = Vec::new();
    let whole = |design: &Design| {
        let own = design.of_holdout(ALL_SLOTS, TREATED);
        designs.iter().position(|known| *known == own).unwrap_or_else(|| {
            designs.push(own);
            designs.len() - 1
        })
    };
    let places: Vec<usize> = log.designs.iter().map(whole).collect();
    let mut known = HashSet::new();
    let first = log.trials.iter().filter(|trial| known.insert(trial.visit));
    let trial = |trial: &Trial| {
        let design = places[trial.design];
        let holdout = designs[design].holdout;
        let held_out = trial.arm == HOLDOUT;
        let (arm, propensity) = if held_out { (HOLDOUT, holdout) } else { (TREATED, WHOLE - holdout) };
        let (slot, arm) = (ALL_SLOTS.into(), arm.into());
        Trial { slot, design, arm, propensity, of_offers: false, crossed: false, ..trial.clone() }
    };
    let mut trials: Vec<Trial> = first.map(trial).collect();
    // A visit crossed if it was held out in one slot and not in another.
    let held_out: HashSet<u32> = log.trials.iter().filter(|t| t.arm == HOLDOUT).map(|t| t.visit).collect();
    let treated: HashSet<u32> = log.trials.iter().filter(|t| t.arm != HOLDOUT).map(|t| t.visit).collect();
    for trial in &mut trials {
        trial.crossed = held_out.contains(&trial.visit) && treated.contains(&trial.visit);
    }
    let own: Vec<&Trial> = trials.iter().collect();
    designs
        .iter()
        .any(|design| design.held_out > 0.0)
        .then(|| SlotReport::of(ALL_SLOTS, &own, &designs, goal, tightest))
}
