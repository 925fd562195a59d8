//! The lift report in words: the answer in one sentence, and the whole as text for a terminal.

use super::group::MAX_WEIGHT;
use super::metric::Metric;
use super::report::{ALL_SLOTS, LiftReport};
use super::slot::{Comparison, SlotReport, Verdict};
use crate::experiment::statistics::interval::Figure;
use std::fmt::Write as _;

/// A measure's figure: a share in percent, or money.
pub(super) fn amount(metric: Metric, value: f64, currency: &str) -> String {
    if !value.is_finite() {
        return "no bound".into();
    }
    if metric.is_rate() {
        format!("{:.2} %", value * 100.0)
    } else {
        format!("{value:.2} {currency}").trim_end().into()
    }
}

/// A difference of a measure: percentage points, or money.
pub(super) fn difference(metric: Metric, value: f64, currency: &str) -> String {
    if !value.is_finite() {
        return "no bound".into();
    }
    let text = if metric.is_rate() { format!("{:+.2}", value * 100.0) } else { format!("{value:+.2} {currency}") };
    text.trim_end().replace('-', "−")
}

/// A relative difference in percent.
pub(super) fn relative(value: f64) -> String {
    if value.is_finite() { format!("{:+.1} %", value * 100.0).replace('-', "−") } else { "no bound".into() }
}

/// The two ends of an interval.
pub(super) fn ends(figure: &Figure, text: impl Fn(f64) -> String) -> String {
    format!("{} to {}", text(figure.low), text(figure.high))
}

/// A p-value.
pub(super) fn p_text(p: f64) -> String {
    if p < 0.001 { "p < 0.001".into() } else { format!("p = {p:.3}") }
}

/// A whole number with its thousands apart.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The answer in one sentence or two.
pub(super) fn answer(report: &LiftReport, goal: Metric) -> String {
    let Some(first) = report.overall.as_ref().or_else(|| report.slots.first()) else {
        return "No slot was seen yet: the log holds no slot_exposure that counts.".into();
    };
    let of_goal = |slot: &SlotReport| -> Vec<Comparison> {
        slot.comparisons.iter().filter(|comparison| comparison.metric == goal.name()).cloned().collect()
    };
    let main = report.overall.as_ref().map_or_else(Vec::new, of_goal);
    let mut out = main.first().map(|comparison| sentence(comparison, goal, &report.currency)).unwrap_or_default();
    if first.stopped.is_some() && first.slot == ALL_SLOTS {
        out = "What Slotwise is worth cannot be read: visits are missing among those held out or among the others."
            .into();
    }
    let decided = report.slots.iter().flat_map(|slot| {
        let found = of_goal(slot).into_iter().filter(|comparison| comparison.verdict != Some(Verdict::Undecided));
        found.filter(|comparison| comparison.verdict.is_some()).map(|comparison| (slot.slot.clone(), comparison))
    });
    let against_control = decided.filter(|(_, comparison)| main.is_empty() || comparison.against != "holdout");
    let parts: Vec<String> = against_control
        .map(|(slot, comparison)| {
            let word = if comparison.verdict == Some(Verdict::Better) { "better" } else { "worse" };
            format!("in {slot}, {} is {word} than {}", comparison.arm, comparison.against)
        })
        .collect();
    if !parts.is_empty() {
        let list = parts.join("; ");
        let _ = write!(out, " Decided: {list}.");
    } else if out.is_empty() {
        out.push_str("No difference between arms can be told yet.");
    }
    let stopped: Vec<&str> =
        report.slots.iter().filter(|slot| slot.stopped.is_some()).map(|slot| slot.slot.as_str()).collect();
    if !stopped.is_empty() {
        let _ = write!(out, " Not read, because visits are missing: {}.", stopped.join(", "));
    }
    out.trim_start().to_owned()
}

/// What the visits as a whole say.
fn sentence(comparison: &Comparison, goal: Metric, currency: &str) -> String {
    let visits = grouped(comparison.visits[0] + comparison.visits[1]);
    let Some(effect) = &comparison.effect else {
        let why = comparison.too_few.as_deref().unwrap_or("there is too little to compare");
        return format!("What Slotwise is worth cannot be said yet: {why}.");
    };
    let points = if goal.is_rate() { " points" } else { "" };
    let difference = |value: f64| difference(goal, value, currency);
    let interval = ends(&effect.always, difference);
    let by = effect.always_relative.as_ref().map_or_else(
        || format!("{}{points} (always valid: {interval})", difference(effect.always.value)),
        |ratio| format!("{} (always valid: {})", relative(ratio.value), ends(ratio, relative)),
    );
    match comparison.verdict {
        Some(Verdict::Better) => format!("Slotwise raises {}: {by}, measured over {visits} visits.", goal.words()),
        Some(Verdict::Worse) => format!("Slotwise lowers {}: {by}, measured over {visits} visits.", goal.words()),
        _ => format!(
            "Whether Slotwise changes {} cannot be said yet: after {visits} visits the difference is {by}.",
            goal.words()
        ),
    }
}

impl LiftReport {
    /// The report as text.
    pub fn text(&self) -> String {
        let mut out = format!("{}\n\n", self.answer);
        for slot in self.all() {
            self.slot(slot, &mut out);
        }
        for own in &self.off_policy {
            let goal = Metric::ALL.into_iter().find(|metric| metric.name() == self.goal).unwrap_or(Metric::Orders);
            let figure = |figure: &Figure| {
                let text = |value: f64| amount(goal, value, &self.currency);
                format!("{} ({})", text(figure.value), ends(figure, text))
            };
            let _ = writeln!(out, "candidate in {}: {} {}", own.slot, goal.words(), figure(&own.candidate));
            let _ = writeln!(
                out,
                "  now {}, from {} visits worth {:.0}; the log supports {:.1} % of its choices; {} visits do not fit",
                figure(&own.logged),
                own.visits,
                own.effective,
                own.supported * 100.0,
                own.disagreed
            );
        }
        for note in &self.notes {
            let _ = writeln!(out, "left out: {note}");
        }
        out
    }

    fn slot(&self, slot: &SlotReport, out: &mut String) {
        let _ = writeln!(out, "{}: seen in {} visits", slot.slot, slot.visits);
        for arm in &slot.arms {
            let figure = |metric: Metric, figure: &Option<Figure>| {
                figure.as_ref().map_or("–".into(), |figure| amount(metric, figure.value, &self.currency))
            };
            let orders = arm.orders.map_or("–".into(), |orders| {
                let share = |value| amount(Metric::Orders, value, "");
                format!("{} ({})", share(orders.value), ends(&orders, share))
            });
            let _ = write!(out, "  {:16} {:>8} visits  orders {orders}", arm.arm, arm.visits);
            let _ = write!(out, "  carts {}", figure(Metric::Carts, &arm.carts));
            let _ = write!(out, "  clicks {}", figure(Metric::Clicks, &arm.clicks));
            let _ = write!(out, "  revenue {}", figure(Metric::Revenue, &arm.revenue));
            if arm.clipped > 0 {
                let share = amount(Metric::Orders, arm.clipped as f64 / arm.visits as f64, "");
                let _ = write!(out, "  weights cut to {MAX_WEIGHT} in {share}");
            }
            out.push('\n');
            if let Some(shown) = &arm.shown {
                let _ = writeln!(
                    out,
                    "  {:16} {:>8} of {} rows filled  {:.1} % of the catalogue shown  Gini {:.2}  {:.1} % new  novelty {:.1} bits",
                    "", shown.filled, shown.rows, shown.catalogue, shown.gini, shown.new, shown.novelty_bits
                );
            }
        }
        if slot.crossovers > 0 {
            let _ = writeln!(out, "  {} visits saw more than one arm and count for the first", slot.crossovers);
        }
        if let Some(stopped) = &slot.stopped {
            let _ = writeln!(out, "  not read: {stopped}");
        }
        for comparison in &slot.comparisons {
            self.comparison(comparison, out);
        }
        for group in slot.breakdowns.iter().filter(|group| group.verdict.is_some_and(|own| own != Verdict::Undecided)) {
            self.comparison(group, out);
        }
        for (group, visits, share) in &slot.without_offer {
            let share = amount(Metric::Orders, *share, "");
            let _ = writeln!(out, "  no offer to {share} of {visits} visits, {group}");
        }
    }

    fn comparison(&self, comparison: &Comparison, out: &mut String) {
        let against = if comparison.against == "holdout" { "the holdout" } else { &comparison.against };
        let name = format!("{} against {against}", comparison.arm);
        let metric =
            Metric::ALL.into_iter().find(|metric| metric.name() == comparison.metric).unwrap_or(Metric::Orders);
        let group = if comparison.group.is_empty() { String::new() } else { format!(" ({})", comparison.group) };
        let _ = write!(out, "  {name:28} {}{group}: ", metric.name());
        let Some(effect) = &comparison.effect else {
            let _ = writeln!(out, "{}", comparison.too_few.as_deref().unwrap_or("too little"));
            return;
        };
        let text = |value: f64| difference(metric, value, &self.currency);
        let unit = if metric.is_rate() { " points" } else { "" };
        let _ = write!(out, "{}{unit} ({} always, ", text(effect.difference.value), ends(&effect.always, text));
        let _ = write!(out, "{} for one look)", ends(&effect.difference, text));
        if let Some(ratio) = &effect.relative {
            let _ = write!(out, ", {}", relative(ratio.value));
        }
        if let Some(p) = comparison.p_corrected {
            let word = match comparison.verdict {
                Some(Verdict::Better) => "better",
                Some(Verdict::Worse) => "worse",
                _ => "undecided",
            };
            let _ = write!(out, ": {word}, {}", p_text(p));
        }
        out.push('\n');
    }
}
