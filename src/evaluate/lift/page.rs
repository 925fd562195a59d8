//! The lift report as a page that needs nothing else: no script, no request, plots as inline SVG.
//!
//! Words and colours are in the template. Here, figures become text and comparisons become places.

use super::group::MAX_WEIGHT;
use super::metric::Metric;
use super::off_policy::OffPolicy;
use super::plot::{Plot, metric_of, plot};
use super::report::{ALL_SLOTS, LiftReport};
use super::shown::Shown;
use super::slot::{ArmReport, Comparison, SlotReport};
use super::words::{amount, difference, ends, grouped, p_text, relative};
use crate::evaluate::page::render;
use crate::experiment::statistics::interval::Figure;
use crate::log::time_text;
use minijinja::context;
use serde::Serialize;

/// A slot as the template takes it.
#[derive(Serialize)]
struct Section {
    name: String,
    facts: String,
    stopped: Option<String>,
    ratio: Option<Ratio>,
    goal: Option<Plot>,
    others: Option<Plot>,
    arms: Vec<Arm>,
    rows: Vec<Row>,
    groups: Option<Plot>,
    group_rows: Vec<Row>,
    without_offer: Vec<(String, String, String)>,
    shown: Vec<(String, Vec<String>)>,
}

/// The check of the sample ratio.
#[derive(Serialize)]
struct Ratio {
    passes: bool,
    p: String,
    arms: Vec<(String, String, String)>,
}

/// An arm: each figure with its interval.
#[derive(Serialize)]
struct Arm {
    name: String,
    visits: String,
    figures: Vec<(String, String)>,
}

/// A comparison in the table.
#[derive(Serialize)]
struct Row {
    pair: String,
    group: String,
    metric: &'static str,
    visits: String,
    value: String,
    relative: String,
    always: String,
    fixed: String,
    adjusted: String,
    verdict: String,
}

/// Renders the page. `goal` is the measure that the report was made for.
///
/// # Errors
/// An error of the template engine: a fault of the template.
pub fn html(report: &LiftReport, goal: Metric) -> Result<String, minijinja::Error> {
    let span = report.span_ms.map(time_text);
    let sections: Vec<Section> = report.all().map(|slot| section(slot, goal, &report.currency)).collect();
    let values = context! {
        report => report,
        summary => report.answer,
        sections => sections,
        span => span,
        goal => goal.words(),
        heads => Metric::ALL.map(head),
        candidate => report.off_policy.iter().map(|own| candidate(own, goal, &report.currency)).collect::<Vec<_>>(),
        most => MAX_WEIGHT,
        is_empty => report.slots.is_empty(),
        tightest => grouped(report.tightest_at as usize),
    };
    render(include_str!("lift.html"), values)
}

/// The head of a measure's column.
fn head(metric: Metric) -> &'static str {
    match metric {
        Metric::Orders => "order",
        Metric::Carts => "cart",
        Metric::Clicks => "click",
        Metric::Revenue => "revenue per visit",
        Metric::OrderValue => "order value",
    }
}

fn section(slot: &SlotReport, goal: Metric, currency: &str) -> Section {
    let pair = |comparison: &Comparison| format!("{} against {}", comparison.arm, comparison.against);
    let is_goal = |comparison: &&Comparison| comparison.metric == goal.name();
    let measure = |comparison: &Comparison| format!("{}: {}", pair(comparison), metric_of(comparison).words());
    let row = |comparison: &Comparison| row(comparison, currency);
    let seen = |group: &&Comparison| group.effect.is_some();
    Section {
        name: if slot.slot == ALL_SLOTS { "All visits".into() } else { slot.slot.clone() },
        facts: facts(slot, currency),
        stopped: slot.stopped.clone(),
        ratio: slot.sample_ratio.as_ref().map(|ratio| Ratio {
            passes: ratio.passes,
            p: ratio.p_text(),
            arms: ratio
                .arms
                .iter()
                .map(|(arm, found, expected)| {
                    (arm.clone(), grouped(*found as usize), grouped(expected.round() as usize))
                })
                .collect(),
        }),
        goal: plot(slot.comparisons.iter().filter(is_goal), pair),
        others: plot(slot.comparisons.iter().filter(|own| !is_goal(own)), measure),
        arms: slot.arms.iter().map(|arm| self::arm(arm, currency)).collect(),
        rows: slot.comparisons.iter().map(row).collect(),
        groups: plot(slot.breakdowns.iter(), |own| format!("{}, {}", part(own), pair(own))),
        group_rows: slot.breakdowns.iter().filter(seen).map(row).collect(),
        without_offer: slot
            .without_offer
            .iter()
            .map(|(group, visits, share)| (group.clone(), grouped(*visits), amount(Metric::Orders, *share, "")))
            .collect(),
        shown: slot.arms.iter().filter_map(|arm| Some((arm.arm.clone(), shown(arm.shown.as_ref()?)))).collect(),
    }
}

/// What a candidate would earn in a slot, as the cells of a table.
fn candidate(own: &OffPolicy, goal: Metric, currency: &str) -> Vec<String> {
    let figure = |figure: &Figure| {
        let text = |value: f64| amount(goal, value, "");
        format!("{} ({})", amount(goal, figure.value, currency), ends(figure, text))
    };
    let supported = format!("{:.1} %", own.supported * 100.0);
    let visits = format!("{} (as {:.0})", grouped(own.visits), own.effective);
    vec![own.slot.clone(), figure(&own.logged), figure(&own.candidate), visits, supported, grouped(own.disagreed)]
}

/// What rows showed, as the cells of a table.
fn shown(shown: &Shown) -> Vec<String> {
    let Shown { rows, filled, catalogue, gini, new, novelty_bits } = shown;
    let percent = |share: f64| format!("{share:.1} %");
    let rows = format!("{} of {}", grouped(*filled), grouped(*rows));
    vec![rows, percent(*catalogue), format!("{gini:.2}"), percent(*new), format!("{novelty_bits:.1} bits")]
}

/// The part of the visits that a comparison is about, in words.
fn part(comparison: &Comparison) -> String {
    comparison.group.replace("device ", "").replace("source ", "from ")
}

/// What is told of a slot in one line.
fn facts(slot: &SlotReport, currency: &str) -> String {
    let mut facts = vec![format!("{} visits", grouped(slot.visits))];
    facts.push(match slot.draw {
        "hour" => "arms drawn by the hour; errors are counted over hours".into(),
        "posterior" => "arms drawn by what they earned so far".into(),
        _ => "drawn by the visit".to_owned(),
    });
    facts.extend(slot.control.as_ref().map(|control| format!("control: {control}")));
    if slot.crossovers > 0 {
        facts.push(format!("{} visits saw more than one arm and count for the first", grouped(slot.crossovers)));
    }
    if let Some((cap, visits)) = slot.revenue_cut {
        let cap = amount(Metric::Revenue, cap, currency);
        facts.push(format!("the revenue of {} visits counts as {cap}, the most of the other 99 %", grouped(visits)));
    }
    let clipped: usize = slot.arms.iter().map(|arm| arm.clipped).sum();
    if clipped > 0 {
        facts.push(format!("weights cut to {MAX_WEIGHT} in {} visits", grouped(clipped)));
    }
    facts.join("; ")
}

fn arm(arm: &ArmReport, currency: &str) -> Arm {
    let figures = [&arm.orders, &arm.carts, &arm.clicks, &arm.revenue, &arm.order_value];
    let figure = |(metric, figure): (Metric, &Option<Figure>)| {
        let text = |value: f64| amount(metric, value, "");
        figure.as_ref().map_or(("–".into(), String::new()), |figure| {
            (amount(metric, figure.value, currency), ends(figure, text))
        })
    };
    Arm {
        name: arm.arm.clone(),
        visits: grouped(arm.visits),
        figures: Metric::ALL.into_iter().zip(figures).map(figure).collect(),
    }
}

fn row(comparison: &Comparison, currency: &str) -> Row {
    let metric = metric_of(comparison);
    let text = |value: f64| difference(metric, value, currency);
    let mut row = Row {
        pair: format!("{} against {}", comparison.arm, comparison.against),
        group: part(comparison),
        metric: head(metric),
        visits: comparison.visits.map(grouped).join(" / "),
        value: "–".into(),
        relative: "–".into(),
        always: "–".into(),
        fixed: "–".into(),
        adjusted: "–".into(),
        verdict: comparison.too_few.clone().unwrap_or_default(),
    };
    if let Some(effect) = &comparison.effect {
        row.value = text(effect.difference.value);
        row.relative = effect.relative.as_ref().map_or("–".into(), |ratio| relative(ratio.value));
        row.always = ends(&effect.always, text);
        row.fixed = ends(&effect.difference, text);
    }
    if let Some(adjusted) = &comparison.adjusted {
        let (less, value) = (adjusted.reduction * 100.0, text(adjusted.difference.value));
        row.adjusted = format!("{value} ({}), {less:.0} % less variance", ends(&adjusted.always, text));
    }
    if let (Some(verdict), Some(p)) = (comparison.verdict, comparison.p_corrected) {
        let word = format!("{verdict:?}").to_lowercase();
        row.verdict = format!("{word}, {}", p_text(p));
    }
    row
}
