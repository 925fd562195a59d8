//! The report as a self-contained page: no script, no request, plots as inline SVG.
//!
//! A report is mailed and archived, so it must look the same without a network and in ten years. Coordinates are computed
//! here; words and colours are in the template, where they can be changed without a compiler.

use super::report::{Method, NextReport};
use super::strategies::report::{StrategiesReport, StrategyFigures};
use minijinja::{Environment, Value, context};
use serde::Serialize;

/// Width of a plot in the units of its `viewBox`; the page scales it.
const WIDTH: f64 = 640.0;
/// Left edge of the bars; the names stand left of it.
const BARS: f64 = 170.0;
/// Height of a bar's row.
const ROW: f64 = 30.0;
/// Height of the plots with two axes, and their margins: left, right, top, bottom.
const HEIGHT: f64 = 360.0;
const MARGIN: (f64, f64, f64, f64) = (56.0, 160.0, 16.0, 48.0);
/// Smallest vertical distance of two labels: one line of text.
const APART: f64 = 19.0;

/// Renders the page.
///
/// # Errors
/// An error of the template engine: a fault of the template.
pub fn html(report: &NextReport) -> Result<String, minijinja::Error> {
    let methods = &report.methods;
    let values = context! {
        report => report,
        names => methods.iter().map(|method| &method.name).collect::<Vec<_>>(),
        rows => methods,
        summary => summary(report),
        bars_height => ROW * methods.len() as f64 + 8.0,
        recall => bars(methods, |method| (method.recall.at_20, method.recall_at_20_interval)),
        ranks => bars(methods, |method| (method.mrr_at_20, method.mrr_at_20_interval)),
        unseen => bars(methods, |method| (method.recall_at_20_unseen, [method.recall_at_20_unseen; 2])),
        lengths => lengths(methods),
        times => times(methods),
        strategies => report.strategies.as_ref().map(rows),
        weaker => report.strategies.as_ref().map(|strategies| strategies.weaker().collect::<Vec<_>>().join(", ")),
        silent => report.strategies.as_ref().map(|strategies| strategies.silent().collect::<Vec<_>>().join(", ")),
        places => report.strategies.as_ref().map(|strategies| strategies.places),
        bars_at => BARS,
        width => WIDTH,
        height => HEIGHT,
    };
    render(include_str!("report.html"), values)
}

/// Fills a template that extends the frame which all pages share.
pub(super) fn render(template: &str, values: Value) -> Result<String, minijinja::Error> {
    let mut pages = Environment::new();
    pages.add_template("frame.html", include_str!("frame.html"))?;
    pages.add_template("axes.html", include_str!("axes.html"))?;
    pages.add_template("page.html", template)?;
    pages.get_template("page.html")?.render(values)
}

/// The result in two sentences.
fn summary(report: &NextReport) -> String {
    let Some((ours, peers)) = report.methods.split_first() else { return String::new() };
    let found = format!(
        "{} has the item that comes next among its twenty in {:.1} % of the tests",
        ours.name, ours.recall.at_20
    );
    let best = peers.iter().max_by(|a, b| a.recall.at_20.total_cmp(&b.recall.at_20));
    match best {
        None => format!("{found}, in {:.1} µs.", ours.decision_us_p50),
        Some(best) => format!(
            "{found}; the best of its peers, {}, in {:.1} %. A list takes {:.1} µs against {:.1} µs (medians).",
            best.name, best.recall.at_20, ours.decision_us_p50, best.decision_us_p50
        ),
    }
}

/// A strategy in the table: its name, what is said of it, and its figures with half their intervals.
#[derive(Serialize)]
struct StrategyRow {
    name: String,
    answered: f64,
    verdicts: [&'static str; 2],
    figures: Vec<(f64, f64)>,
}

/// The rows of the strategies' table.
fn rows(report: &StrategiesReport) -> Vec<StrategyRow> {
    let row = |strategy: &StrategyFigures| {
        let StrategyFigures { hit_at_12, hit_at_12_unseen, shown, gini, novelty_bits, change, .. } = strategy;
        let figures = [hit_at_12, hit_at_12_unseen, shown, gini, novelty_bits, change];
        StrategyRow {
            name: strategy.name.clone(),
            answered: strategy.answered,
            verdicts: [strategy.against_popularity, strategy.against_popularity_unseen].map(|own| own.verdict.word()),
            figures: figures.map(|figure| (figure.value, figure.half())).into(),
        }
    };
    report.strategies.iter().map(row).collect()
}

/// A bar, with the confidence interval as a whisker from `low` to `high`.
#[derive(Serialize)]
struct Bar {
    name: String,
    value: f64,
    y: f64,
    width: f64,
    low: f64,
    high: f64,
    ours: bool,
}

/// One bar per method, on a scale that ends at the largest value or upper bound.
fn bars(methods: &[Method], figure: impl Fn(&Method) -> (f64, [f64; 2])) -> Vec<Bar> {
    let most = methods.iter().map(|method| figure(method).1[1].max(figure(method).0)).fold(1.0, f64::max);
    let scale = (WIDTH - BARS - 64.0) / most;
    let bar = |(at, method): (usize, &Method)| {
        let (value, [low, high]) = figure(method);
        let y = at as f64 * ROW + 4.0;
        Bar {
            name: method.name.clone(),
            value,
            y,
            width: value * scale,
            low: BARS + low * scale,
            high: BARS + high * scale,
            ours: at == 0,
        }
    };
    methods.iter().enumerate().map(bar).collect()
}

/// A tick of an axis.
#[derive(Serialize)]
pub(super) struct Tick {
    /// Its coordinate along the axis.
    pub(super) at: f64,
    /// Its text.
    pub(super) label: String,
}

/// A line or a point, with its name beside it.
#[derive(Serialize)]
struct Mark {
    name: String,
    points: String,
    x: f64,
    y: f64,
    label_y: f64,
    ours: bool,
}

/// A plot with two axes.
#[derive(Serialize)]
struct Plot {
    x: Vec<Tick>,
    y: Vec<Tick>,
    marks: Vec<Mark>,
    left: f64,
    right: f64,
    floor: f64,
}

impl Plot {
    fn new(x: Vec<Tick>, y: Vec<Tick>, marks: Vec<Mark>) -> Self {
        Self { x, y, marks: apart(marks), left: MARGIN.0, right: WIDTH - MARGIN.1, floor: HEIGHT - MARGIN.3 }
    }
}

/// The vertical coordinate of a share of the plot's height. SVG counts downwards, plots upwards.
fn up(share: f64) -> f64 {
    HEIGHT - MARGIN.3 - share * (HEIGHT - MARGIN.2 - MARGIN.3)
}

/// The horizontal coordinate of a share of the plot's width.
fn right(share: f64) -> f64 {
    MARGIN.0 + share * (WIDTH - MARGIN.0 - MARGIN.1)
}

/// The end of an axis in percent, which is the next full ten, and its ticks.
fn percent_ticks(most: f64) -> (f64, Vec<Tick>) {
    let top = (most / 10.0).ceil().max(1.0) * 10.0;
    let every = if top > 50.0 { 20.0 } else { 10.0 };
    let ticks = (0..=(top / every) as usize).map(|at| at as f64 * every);
    (top, ticks.map(|value| Tick { at: up(value / top), label: format!("{value:.0} %") }).collect())
}

/// Recall by length of the prefix: one line per method.
fn lengths(methods: &[Method]) -> Plot {
    let parts = methods.first().map_or(&[][..], |method| &method.by_length[..]);
    let place = |at: usize| right(at as f64 / parts.len().saturating_sub(1).max(1) as f64);
    let x = parts.iter().enumerate().map(|(at, part)| Tick { at: place(at), label: part.length.clone() }).collect();
    let all = methods.iter().flat_map(|method| &method.by_length).map(|part| part.recall_at_20);
    let (top, y) = percent_ticks(all.fold(0.0, f64::max));
    let mut marks: Vec<Mark> = Vec::new();
    for (at, method) in methods.iter().enumerate() {
        let points: Vec<(f64, f64)> =
            method.by_length.iter().enumerate().map(|(at, part)| (place(at), up(part.recall_at_20 / top))).collect();
        let Some((x, y)) = points.last().copied() else { continue };
        let points = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ");
        marks.push(Mark { name: method.name.clone(), points, x, y, label_y: y, ours: at == 0 });
    }
    Plot::new(x, y, marks)
}

/// Recall over the median time of a list. The axis is logarithmic, from 0.01 to 1,000 microseconds, because methods differ
/// by factors of a hundred.
fn times(methods: &[Method]) -> Plot {
    let (low, high) = (-2.0_f64, 3.0_f64);
    let place = |micros: f64| right(((micros.max(0.01).log10() - low) / (high - low)).clamp(0.0, 1.0));
    let x = (-2..=3).map(|power| {
        let label = if power < 0 { format!("{}", 10_f64.powi(power)) } else { format!("{:.0}", 10_f64.powi(power)) };
        Tick { at: place(10_f64.powi(power)), label }
    });
    let (top, y) = percent_ticks(methods.iter().map(|method| method.recall.at_20).fold(0.0, f64::max));
    let mark = |(at, method): (usize, &Method)| {
        let (x, y) = (place(method.decision_us_p50), up(method.recall.at_20 / top));
        Mark { name: method.name.clone(), points: String::new(), x, y, label_y: y, ours: at == 0 }
    };
    Plot::new(x.collect(), y, methods.iter().enumerate().map(mark).collect())
}

/// Moves labels down until none covers another. From top to bottom, so that a moved label is compared with all above it.
fn apart(mut marks: Vec<Mark>) -> Vec<Mark> {
    let mut order: Vec<usize> = (0..marks.len()).collect();
    order.sort_by(|a, b| marks[*a].y.total_cmp(&marks[*b].y));
    for (done, at) in order.iter().enumerate() {
        for above in &order[..done] {
            let beside = (marks[*at].x - marks[*above].x).abs() < MARGIN.1;
            if beside && (marks[*at].label_y - marks[*above].label_y).abs() < APART {
                marks[*at].label_y = marks[*above].label_y + APART;
            }
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::report::ByLength;

    fn method(name: &str) -> Method {
        let by_length = ["1", "2"].map(|length| ByLength { length: length.into(), ..ByLength::default() });
        Method { name: name.into(), by_length: by_length.into(), ..Method::default() }
    }

    #[test]
    fn words_of_a_file_name_are_not_markup() {
        let report = NextReport { title: "<b>&\"".into(), methods: vec![method("slotwise")], ..NextReport::default() };
        let page = html(&report).unwrap();
        assert!(page.contains("&lt;b&gt;&amp;") && !page.contains("<b>&"));
    }

    #[test]
    fn plots_of_nothing_but_zeros_have_places() {
        for methods in [vec![], vec![method("slotwise")], vec![method("slotwise"), method("pop")]] {
            let page = html(&NextReport { methods, ..NextReport::default() }).unwrap();
            assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
        }
    }

    #[test]
    fn labels_keep_their_distance() {
        let marks = (0..6).map(|at| Mark {
            name: String::new(),
            points: String::new(),
            x: 0.0,
            y: f64::from(at) * 3.0,
            label_y: f64::from(at) * 3.0,
            ours: false,
        });
        let mut places: Vec<f64> = apart(marks.collect()).iter().map(|mark| mark.label_y).collect();
        places.sort_by(f64::total_cmp);
        assert!(places.windows(2).all(|two| two[1] - two[0] >= APART));
    }

    #[test]
    fn the_page_asks_nothing_of_the_network() {
        let page = html(&NextReport { methods: vec![method("slotwise")], ..NextReport::default() }).unwrap();
        assert!(
            !page.contains("src=") && !page.contains("<link") && !page.contains("<script") && !page.contains("url(")
        );
    }
}
