//! The report as a self-contained page, as [`crate::evaluate::page`]: no script, no request, plots as inline SVG.
//!
//! Figures become words and coordinates here and in `plot.rs`; the template lays them out.

use super::interval::{Interval, Intervals};
use super::part::PartReport;
use super::plot::{Heat, Steps, number};
use super::report::{IntentReport, TargetReport};
use super::scores::Scores;
use crate::evaluate::page::{Tick, render};
use minijinja::context;
use serde::Serialize;

/// Most pairs that are drawn. They are sorted by importance, and later ones are hardly visible.
const PAIRS: usize = 6;
/// The reliability diagram in units of its `viewBox`: its width, and its edges left, right, top and bottom.
const WIDTH: f64 = 400.0;
const EDGES: (f64, f64, f64, f64) = (52.0, 380.0, 12.0, 292.0);
/// Radius of the dot with most rows, and of the smallest dot.
const RADIUS: (f64, f64) = (14.0, 2.5);

/// Renders the page.
///
/// # Errors
/// An error of the template engine: a fault of the template.
pub fn html(report: &IntentReport) -> Result<String, minijinja::Error> {
    let targets = std::iter::once(&report.target).chain(&report.others);
    let values = context! {
        report => report,
        summary => summary(&report.target),
        targets => targets.map(Section::new).collect::<Vec<_>>(),
    };
    render(include_str!("intent.html"), values)
}

/// The result in one sentence.
fn summary(target: &TargetReport) -> String {
    let peer = target.peer.as_ref();
    let peer = peer.map_or_else(String::new, |peer| format!(" ({}: {})", peer.name, number(peer.scores.auc, 3)));
    format!(
        "Tables of {} bytes predict {} with an AUC of {}{peer} and a calibration error of {} %, in {} ns a row.",
        target.table_bytes,
        if target.name.is_empty() { "nothing" } else { &target.name },
        number(target.scores.auc, 3),
        number(target.scores.ece * 100.0, 1),
        number(target.score_ns, 0),
    )
}

/// The section of one target.
#[derive(Serialize)]
struct Section<'a> {
    target: &'a TargetReport,
    share: String,
    figures: Vec<Figure>,
    moments: Vec<Moment>,
    reliability: Reliable,
    effects: Vec<Steps>,
    pairs: Vec<Heat>,
    most: String,
}

impl<'a> Section<'a> {
    fn new(target: &'a TargetReport) -> Self {
        let (pairs, most) = Heat::first(target, PAIRS);
        Self {
            target,
            share: number(100.0 * target.positives as f64 / target.rows.max(1) as f64, 1),
            figures: figures(target),
            moments: target.parts.iter().map(Moment::of).collect(),
            reliability: Reliable::new(target),
            effects: Steps::all(target),
            pairs,
            most: number(most, if most < 1.0 { 2 } else { 1 }),
        }
    }
}

/// A figure of slotwise and of the peer.
#[derive(Serialize)]
struct Figure {
    name: &'static str,
    better: &'static str,
    values: Vec<Told>,
}

/// A number and, where there is one, its interval.
#[derive(Serialize)]
struct Told {
    value: String,
    interval: Option<String>,
}

impl Told {
    fn of(value: f64, interval: Option<Interval>, digits: usize) -> Self {
        let words = |Interval { low, high }| format!("[{} to {}]", number(low, digits), number(high, digits));
        Self { value: number(value, digits), interval: interval.map(words) }
    }
}

/// The figures of some of the moments.
#[derive(Serialize)]
struct Moment {
    name: String,
    own: Told,
    peer: Option<Told>,
    rows: u64,
    positives: u64,
}

impl Moment {
    fn of(part: &PartReport) -> Self {
        let told = |auc, interval| Told::of(auc, Some(interval), 3);
        Self {
            name: part.name.clone(),
            own: told(part.auc, part.interval),
            peer: part.peer.map(|(auc, interval)| told(auc, interval)),
            rows: part.rows,
            positives: part.positives,
        }
    }
}

fn figures(target: &TargetReport) -> Vec<Figure> {
    let peer = target.peer.as_ref();
    let line = |name, better, digits, own: f64, others: Option<f64>| Figure {
        name,
        better,
        values: std::iter::once(own).chain(others).map(|value| Told::of(value, None, digits)).collect(),
    };
    let score = |name, better, figure: fn(&Scores) -> f64, interval: fn(&Intervals) -> Interval| {
        let told = |scores, intervals| Told::of(figure(scores), Some(interval(intervals)), 3);
        let of_peer = peer.map(|peer| told(&peer.scores, &peer.intervals));
        Figure {
            name,
            better,
            values: std::iter::once(told(&target.scores, &target.intervals)).chain(of_peer).collect(),
        }
    };
    vec![
        score("AUC", "more is better", |scores| scores.auc, |all| all.auc),
        score("average precision", "more is better", |scores| scores.average_precision, |all| all.average_precision),
        score("Brier score", "less is better", |scores| scores.brier, |all| all.brier),
        score("calibration error (ECE)", "less is better", |scores| scores.ece, |all| all.ece),
        score("log-loss", "less is better", |scores| scores.log_loss, |all| all.log_loss),
        line("size", "bytes", 0, target.table_bytes as f64, peer.map(|peer| peer.model_bytes as f64)),
        line("time to score a row", "ns", 0, target.score_ns, peer.map(|peer| peer.score_ns)),
        line("time to fit a fold", "s", 2, target.train_seconds, peer.map(|peer| peer.train_seconds)),
    ]
}

/// A dot of the reliability diagram.
#[derive(Serialize)]
struct Dot {
    x: f64,
    y: f64,
    radius: f64,
    words: String,
}

/// The reliability diagram, with all that its axes need.
#[derive(Serialize)]
struct Reliable {
    dots: Vec<Dot>,
    x: Vec<Tick>,
    y: Vec<Tick>,
    left: f64,
    right: f64,
    top: f64,
    floor: f64,
    width: f64,
}

impl Reliable {
    fn new(target: &TargetReport) -> Self {
        let (left, right, top, floor) = EDGES;
        let across = |share: f64| left + share.clamp(0.0, 1.0) * (right - left);
        let up = |share: f64| floor - share.clamp(0.0, 1.0) * (floor - top);
        let crowd = target.reliability.iter().map(|bin| bin.rows).max().unwrap_or(0).max(1) as f64;
        let seen = target.reliability.iter().filter(|bin| bin.predicted.is_finite() && bin.observed.is_finite());
        let dot = |bin: &super::scores::Reliability| Dot {
            x: across(bin.predicted),
            y: up(bin.observed),
            // The area of a dot, not its radius, is proportional to the rows.
            radius: ((bin.rows as f64 / crowd).sqrt() * RADIUS.0).max(RADIUS.1),
            words: format!(
                "{} % predicted, {} % came true, {} rows",
                number(bin.predicted * 100.0, 1),
                number(bin.observed * 100.0, 1),
                bin.rows
            ),
        };
        let ticks = |place: &dyn Fn(f64) -> f64| {
            let tick = |at: i32| Tick { at: place(f64::from(at) / 5.0), label: format!("{} %", at * 20) };
            (0..=5).map(tick).collect::<Vec<_>>()
        };
        Self { dots: seen.map(dot).collect(), x: ticks(&across), y: ticks(&up), left, right, top, floor, width: WIDTH }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::intent::lightgbm::Peer;
    use crate::evaluate::intent::report::{Effect, EffectBin, PairEffect};
    use crate::evaluate::intent::scores::Reliability;

    fn bin(values: &str, score: i32) -> EffectBin {
        EffectBin { values: values.into(), score, rows: 7 }
    }

    fn report() -> IntentReport {
        let pair = PairEffect {
            names: ["clicks".into(), "<u>&".into()],
            rows: vec!["missing".into(), "up to 3".into()],
            columns: vec!["any".into(), "over -0.1234567".into()],
            scores: vec![0, -40, 300, -1200],
            ..PairEffect::default()
        };
        let target = TargetReport {
            name: "<i>&\"".into(),
            reliability: vec![Reliability { predicted: 0.5, observed: 0.25, rows: 9 }],
            effects: vec![
                Effect { name: "<s>&".into(), bins: vec![bin("missing", 3), bin("<q>&", -40)], importance: 1.0 },
                Effect::default(),
                Effect { bins: vec![bin("any", 0)], ..Effect::default() },
            ],
            pairs: vec![pair, PairEffect::default()],
            ..TargetReport::default()
        };
        let peer = Some(Peer { name: "<p>&".into(), score_ns: f64::NAN, ..Peer::default() });
        let other = TargetReport { peer, ..target.clone() };
        IntentReport {
            title: "<b>&\"".into(),
            notes: vec!["<a>&".into()],
            target,
            others: vec![other],
            ..IntentReport::default()
        }
    }

    #[test]
    fn words_of_a_table_are_not_markup() {
        let page = html(&report()).unwrap();
        for name in ["b", "i", "s", "q", "u", "p", "a"] {
            assert!(page.contains(&format!("&lt;{name}&gt;&amp;")) && !page.contains(&format!("<{name}>&")), "{name}");
        }
    }

    #[test]
    fn plots_of_nothing_or_of_zeros_have_places() {
        for report in [IntentReport::default(), report()] {
            let page = html(&report).unwrap();
            assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
        }
    }

    #[test]
    fn each_target_has_its_section_and_each_feature_its_plot() {
        let page = html(&report()).unwrap();
        assert_eq!(page.matches("class=\"reliability\"").count(), 2);
        assert_eq!(page.matches("class=\"steps\"").count(), 4);
        assert!(page.contains("> −0.123") || page.contains("&gt; −0.123"), "{page}");
    }

    #[test]
    fn the_page_asks_nothing_of_the_network() {
        let page = html(&report()).unwrap();
        for word in ["src=", "<link", "<script", "url(", "http"] {
            assert!(!page.contains(word), "{word}");
        }
    }
}
