//! The results of one slot: its arms, what differs between them, and whether they may be compared at all.

use super::effect::{Adjusted, Effect, adjusted, effect, too_few};
use super::group::Group;
use super::metric::Metric;
use super::sample_ratio::{self, SampleRatio};
use super::shown::Shown;
use crate::context::{Device, Region, Source};
use crate::decide::HOLDOUT;
use crate::experiment::statistics::interval::Figure;
use crate::experiment::{Design, Trial, cap};
use crate::snapshot::plan::Draw;
use serde::Serialize;
use std::collections::BTreeMap;

/// Results of one slot.
#[derive(Clone, Debug, Serialize)]
pub struct SlotReport {
    /// Its name; `all slots` for visits as a whole, by the first slot that they saw.
    pub slot: String,
    /// How its arms are drawn: `visit`, `hour` or `posterior`.
    pub draw: &'static str,
    /// The arm that the others are compared with, if the plan has an experiment.
    pub control: Option<String>,
    /// Number of visits that saw it.
    pub visits: usize,
    /// Visits that saw more than one arm. They count for the first.
    pub crossovers: usize,
    /// Revenue of one visit above which it was cut, in the log's currency, and the number of visits that were.
    pub revenue_cut: Option<(f64, usize)>,
    /// Visits found and expected; `None` if there is nothing to check.
    pub sample_ratio: Option<SampleRatio>,
    /// Why nothing is compared, if so.
    pub stopped: Option<String>,
    /// Its arms, including `holdout`.
    pub arms: Vec<ArmReport>,
    /// What differs: each arm against the control and against the holdout, in every measure. Empty if stopped.
    pub comparisons: Vec<Comparison>,
    /// The goal by device and by source. Empty if stopped.
    pub breakdowns: Vec<Comparison>,
    /// Share of visits without an offer, if the slot makes offers: of all visits, by device, and by region.
    pub without_offer: Vec<(String, usize, f64)>,
}

/// Results of one arm. Each figure is estimated for the case that every visit got this arm.
#[derive(Clone, Debug, Serialize)]
pub struct ArmReport {
    /// Its name.
    pub arm: String,
    /// Visits in it.
    pub visits: usize,
    /// Visits that would weigh more than [`MAX_WEIGHT`](super::group::MAX_WEIGHT).
    pub clipped: usize,
    /// Share of visits with an order after the exposure.
    pub orders: Option<Figure>,
    /// Share of visits that put something into the cart after it.
    pub carts: Option<Figure>,
    /// Share of visits with a click in a list after it.
    pub clicks: Option<Figure>,
    /// Revenue per visit after it.
    pub revenue: Option<Figure>,
    /// Revenue per visit that ordered; `None` if none did.
    pub order_value: Option<Figure>,
    /// What its rows showed of the catalogue; `None` if it fills no row, or if its snapshots are gone.
    pub shown: Option<Shown>,
}

/// What can be said of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The arm is better, corrected for all looks.
    Better,
    /// It is worse, corrected for all looks.
    Worse,
    /// Neither can be said.
    Undecided,
}

/// An arm against another one.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The arm.
    pub arm: String,
    /// The arm it is compared with.
    pub against: String,
    /// The measure, by [`Metric::name`].
    pub metric: &'static str,
    /// The group of visits, such as `device phone`; empty for all.
    pub group: String,
    /// Visits of the two arms.
    pub visits: [usize; 2],
    /// The difference; `None` if there is too little to tell.
    #[serde(flatten)]
    pub effect: Option<Effect>,
    /// The same after CUPED. No verdict rests on it.
    pub adjusted: Option<Adjusted>,
    /// Why there is no difference.
    pub too_few: Option<String>,
    /// The always valid p-value, corrected for all comparisons of the goal, or for all of the breakdowns.
    pub p_corrected: Option<f64>,
    /// What follows; `None` for measures other than the goal.
    pub verdict: Option<Verdict>,
}

impl SlotReport {
    /// The results of a slot. `trials` are its own; `tightest` is the number of visits at which sequences are tightest.
    pub(super) fn of(slot: &str, trials: &[&Trial], designs: &[Design], goal: Metric, tightest: f64) -> Self {
        let latest = trials.last().map(|trial| &designs[trial.design]);
        let control = latest.and_then(Design::control).map(str::to_owned);
        let hours = trials.iter().any(|trial| designs[trial.design].draw == Draw::Hour);
        let cap = cap(trials.iter().filter(|trial| trial.ordered).map(|trial| trial.revenue_cents));
        let cut = trials.iter().filter(|trial| trial.revenue_cents > cap).count();
        let mut by_arm: BTreeMap<&str, Vec<&Trial>> = BTreeMap::new();
        for trial in trials {
            by_arm.entry(&trial.arm).or_default().push(trial);
        }
        let sample_ratio = sample_ratio::check(trials, designs);
        let stopped = sample_ratio.as_ref().and_then(SampleRatio::problem);
        let table = Table { by_arm: &by_arm, hours, cap, tightest };
        let pairs = if stopped.is_some() { Vec::new() } else { pairs(&by_arm, control.as_deref()) };
        let whole = |pair: &[&str; 2]| Metric::ALL.map(|metric| table.compare(*pair, metric, "", &|_| true));
        // Against the control, or the holdout where there is no experiment.
        let main = |pair: &&[&str; 2]| control.as_deref().is_none_or(|control| pair[1] == control);
        let groups = |pair: &[&str; 2]| {
            let device = |at: Device| table.compare(*pair, goal, &format!("device {}", at.word()), &|t| t.device == at);
            let source = |at: Source| table.compare(*pair, goal, &format!("source {}", at.word()), &|t| t.source == at);
            let all: Vec<Comparison> = Device::ALL.map(device).into_iter().chain(Source::ALL.map(source)).collect();
            all
        };
        let seen = |comparison: &Comparison| comparison.visits[0] + comparison.visits[1] > 0;
        Self {
            slot: slot.to_owned(),
            draw: match latest.map_or(Draw::Visit, |design| design.draw) {
                Draw::Visit => "visit",
                Draw::Hour => "hour",
                Draw::Posterior => "posterior",
            },
            visits: trials.len(),
            crossovers: trials.iter().filter(|trial| trial.crossed).count(),
            revenue_cut: (cut > 0).then_some((cap as f64 / 100.0, cut)),
            arms: by_arm.iter().map(|(name, trials)| ArmReport::of(name, trials, cap)).collect(),
            comparisons: pairs.iter().flat_map(whole).collect(),
            breakdowns: pairs.iter().filter(main).flat_map(groups).filter(seen).collect(),
            without_offer: without_offer(trials),
            control,
            sample_ratio,
            stopped,
        }
    }
}

impl ArmReport {
    fn of(arm: &str, trials: &[&Trial], cap: u64) -> Self {
        let group = |metric| Group::of(trials.iter().copied(), metric, cap);
        let figure = |metric| group(metric).map(|group| group.figure());
        Self {
            arm: arm.to_owned(),
            visits: trials.len(),
            clipped: group(Metric::Orders).map_or(0, |group| group.clipped),
            orders: figure(Metric::Orders),
            carts: figure(Metric::Carts),
            clicks: figure(Metric::Clicks),
            revenue: figure(Metric::Revenue),
            order_value: figure(Metric::OrderValue),
            shown: None,
        }
    }
}

/// What comparisons are made of.
struct Table<'t> {
    by_arm: &'t BTreeMap<&'t str, Vec<&'t Trial>>,
    hours: bool,
    cap: u64,
    tightest: f64,
}

impl Table<'_> {
    /// Compares two arms in a measure, over a group of the visits.
    fn compare(&self, pair: [&str; 2], metric: Metric, group: &str, within: &dyn Fn(&Trial) -> bool) -> Comparison {
        let own = |arm: &str| self.by_arm[arm].iter().copied().filter(|trial| within(trial));
        let [left, right] = pair.map(|arm| Group::of(own(arm), metric, self.cap));
        let mut made = Comparison {
            arm: pair[0].to_owned(),
            against: pair[1].to_owned(),
            metric: metric.name(),
            group: group.to_owned(),
            visits: pair.map(|arm| own(arm).count()),
            effect: None,
            adjusted: None,
            too_few: None,
            p_corrected: None,
            verdict: None,
        };
        let (Some(left), Some(right)) = (&left, &right) else {
            made.too_few = Some("one of the arms has no visit that counts".into());
            return made;
        };
        made.too_few = too_few(metric, self.hours, [left, right]);
        if made.too_few.is_none() {
            made.effect = Some(effect(metric, self.hours, [left, right], self.tightest));
            made.adjusted = adjusted(metric, [left, right], self.tightest).filter(|_| !self.hours);
        }
        made
    }
}

/// The pairs that are compared: each arm against the control, and each against the holdout.
fn pairs<'n>(by_arm: &BTreeMap<&'n str, Vec<&Trial>>, control: Option<&str>) -> Vec<[&'n str; 2]> {
    let name = |wanted: &str| by_arm.keys().copied().find(|name| *name == wanted);
    let control = control.and_then(name);
    let treated = || by_arm.keys().copied().filter(|name| *name != HOLDOUT);
    let with_control =
        treated().filter_map(|arm| control.filter(|control| *control != arm).map(|control| [arm, control]));
    let with_holdout = treated().filter_map(|arm| name(HOLDOUT).map(|holdout| [arm, holdout]));
    with_control.chain(with_holdout).collect()
}

/// Share of treated visits without an offer: of all, by device, and by region.
fn without_offer(trials: &[&Trial]) -> Vec<(String, usize, f64)> {
    if !trials.iter().any(|trial| trial.of_offers) {
        return Vec::new();
    }
    let treated: Vec<&&Trial> = trials.iter().filter(|trial| trial.arm != HOLDOUT).collect();
    let share = |name: String, within: &dyn Fn(&Trial) -> bool| {
        let group: Vec<_> = treated.iter().filter(|trial| within(trial)).collect();
        let without = group.iter().filter(|trial| trial.choice.is_empty()).count();
        (!group.is_empty()).then(|| (name, group.len(), without as f64 / group.len() as f64))
    };
    let devices = Device::ALL.map(|device| share(format!("on a {}", device.word()), &|trial| trial.device == device));
    let regions = Region::ALL.map(|region| share(format!("region {}", region.word()), &|trial| trial.region == region));
    let all = share("all".into(), &|_| true);
    [all].into_iter().chain(devices).chain(regions).flatten().collect()
}
