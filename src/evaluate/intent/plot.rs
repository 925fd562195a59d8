//! Coordinates of the effect plots: steps for one feature, a heat map for a pair.
//!
//! The templates only place what is computed here. The difficult part is the labels: bounds have many digits, names are
//! long, and forty bins share 300 pixels.

use super::report::{Effect, PairEffect, TargetReport};
use crate::evaluate::page::Tick;
use serde::Serialize;
use std::fmt::Write;

/// Width of a small plot in units of its `viewBox`: pixels on most screens.
const WIDTH: f64 = 340.0;
/// Left and right edge of the bins.
const LEFT: f64 = 42.0;
const RIGHT: f64 = WIDTH - 6.0;
/// Top and bottom of the score axis; below it, the histogram of the rows stands on `FOOT`.
const TOP: f64 = 8.0;
const BOTTOM: f64 = 118.0;
const FOOT: f64 = 142.0;
/// Height of horizontal labels; slanted ones add this much per letter.
const LEVEL: f64 = 18.0;
const SLANT: f64 = 4.2;
/// Width of a letter (a guess for the page's font, on the safe side), and the most letters of a label.
const LETTER: f64 = 6.4;
const LETTERS: usize = 13;
/// Up to this many bins, all get a label, slanted if they do not fit side by side.
const FEW: usize = 14;
/// Left edge of the cells of a heat map, and the height of one.
const CELLS: f64 = 84.0;
const CELL: f64 = 24.0;

/// Rounds to a tenth of a unit: invisible, and it halves the size of the page.
fn tenth(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

/// A number with this many decimals and a typographic minus; a dash if it is not finite.
pub(super) fn number(value: f64, digits: usize) -> String {
    if value.is_finite() { format!("{value:.digits$}").replace('-', "−") } else { "–".into() }
}

/// Milli-logits as logits, with their sign.
fn logits(milli: i32) -> String {
    format!("{:+.2}", f64::from(milli) / 1000.0).replace('-', "−")
}

/// A number with three significant digits, or a name cut to a few letters.
fn brief(text: &str) -> String {
    let short = match text.parse::<f64>() {
        Ok(value) if value.is_finite() && text.len() > 5 => {
            let (value, unit) = match value.abs() {
                size if size >= 1e6 => (value / 1e6, "M"),
                size if size >= 1e4 => (value / 1e3, "k"),
                _ => (value, ""),
            };
            let whole = value.abs().max(1e-4).log10().floor() as i32 + 1;
            let text = format!("{value:.*}", (3 - whole).clamp(0, 6) as usize);
            let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text[..] };
            format!("{text}{unit}")
        }
        _ => text.to_owned(),
    };
    if short.chars().count() <= LETTERS {
        return short.replace('-', if text.parse::<f64>().is_ok() { "−" } else { "-" });
    }
    short.chars().take(LETTERS - 1).collect::<String>().trim_end().to_owned() + "…"
}

/// A bin's label on an axis: its upper bound, shortened.
fn label(values: &str) -> String {
    let (over, up_to) = (values.strip_prefix("over "), values.strip_prefix("up to "));
    match (over.and_then(|rest| rest.split_once(" up to ")), over, up_to) {
        (Some((_, bound)), ..) | (None, None, Some(bound)) => format!("≤ {}", brief(bound)),
        (None, Some(bound), _) => format!("> {}", brief(bound)),
        (None, None, None) => brief(values),
    }
}

/// Labels below bins of equal width.
#[derive(Serialize)]
pub(super) struct Labels {
    ticks: Vec<Tick>,
    slanted: bool,
    height: f64,
}

impl Labels {
    /// All labels if they fit or are few; else as many as fit at even distances, the first and the last among them.
    fn new(names: &[&str], left: f64, right: f64) -> Self {
        let wide = (right - left) / names.len().max(1) as f64;
        let texts: Vec<String> = names.iter().map(|name| label(name)).collect();
        let middle = |at: usize| left + wide * (at as f64 + 0.5);
        let half = |at: usize| texts[at].chars().count() as f64 * LETTER / 2.0;
        let inside = |at: usize| middle(at).min(right - half(at)).max(left + half(at));
        let picked = |count: usize| -> Vec<usize> {
            let step = (texts.len() - 1) as f64 / (count - 1).max(1) as f64;
            (0..count).map(|at| (at as f64 * step).round() as usize).collect()
        };
        let apart = |two: &[usize]| inside(two[1]) - half(two[1]) - inside(two[0]) - half(two[0]) >= LETTER;
        let fits = |picked: &Vec<usize>| picked.windows(2).all(apart);
        // From all down to one: the first choice that fits is the largest.
        let picked = (1..=texts.len()).rev().map(picked).find(fits).unwrap_or_default();
        let slanted = picked.len() < texts.len() && texts.len() <= FEW;
        let picked = if slanted { (0..texts.len()).collect() } else { picked };
        let place = |at: usize| tenth(if slanted { middle(at) + 4.0 } else { inside(at) });
        let ticks = picked.into_iter().map(|at| Tick { at: place(at), label: texts[at].clone() }).collect();
        let longest = if slanted { texts.iter().map(|text| text.chars().count()).max().unwrap_or(0) } else { 0 };
        Self { ticks, slanted, height: LEVEL + longest as f64 * SLANT }
    }
}

/// One bin or cell of a plot.
#[derive(Serialize)]
pub(super) struct Spot {
    x: f64,
    y: f64,
    wide: f64,
    /// Its tooltip.
    words: String,
    /// What a heat map writes in it.
    text: String,
    /// Opacity of its colour, 0 to 1.
    strength: f64,
    /// Whether it raises the score; it decides the colour.
    raises: bool,
}

/// The plot of one feature's effect, bin by bin.
#[derive(Serialize)]
pub(super) struct Steps {
    name: String,
    importance: String,
    summary: String,
    y: Vec<Tick>,
    zero: f64,
    bars: String,
    missing: String,
    rows: String,
    spots: Vec<Spot>,
    labels: Labels,
    left: f64,
    right: f64,
    top: f64,
    foot: f64,
    width: f64,
    height: f64,
}

/// A round step (5, 10, 20 or 50 times a power of ten) that cuts a span into four parts or fewer.
fn round_step(span: f64) -> f64 {
    let steps = [0.05, 0.1, 0.2, 0.5];
    let all = (0..4).flat_map(|power| steps.map(|step| step * 10_f64.powi(power)));
    all.into_iter().find(|step| span <= step * 4.0).unwrap_or(500.0)
}

impl Steps {
    fn new(effect: &Effect) -> Self {
        let scores = || effect.bins.iter().map(|bin| f64::from(bin.score) / 1000.0);
        let (least, most) = (scores().fold(0.0, f64::min), scores().fold(0.0, f64::max));
        let step = round_step(most - least);
        let (low, high) = ((least / step).floor(), (most / step).ceil().max((least / step).floor() + 1.0));
        let up = |score: f64| tenth(BOTTOM - (score / step - low) / (high - low) * (BOTTOM - TOP));
        let tick = |at: i32| {
            let value = f64::from(at) * step;
            Tick { at: up(value), label: number(value, if step < 0.1 { 2 } else { usize::from(step < 1.0) }) }
        };
        let wide = (RIGHT - LEFT) / effect.bins.len().max(1) as f64;
        let gap = (wide * 0.12).min(2.0);
        let zero = up(0.0);
        let crowd = effect.bins.iter().map(|bin| bin.rows).max().unwrap_or(0).max(1) as f64;
        let (mut bars, mut missing, mut rows, mut spots) = (String::new(), String::new(), String::new(), Vec::new());
        for (at, bin) in effect.bins.iter().enumerate() {
            let x = tenth(LEFT + at as f64 * wide);
            let end = tenth(LEFT + (at + 1) as f64 * wide - gap);
            let bar = if bin.values == "missing" { &mut missing } else { &mut bars };
            let _ = write!(bar, "M{x} {zero}V{}H{end}V{zero}z", up(f64::from(bin.score) / 1000.0));
            let depth = tenth(bin.rows as f64 / crowd * (FOOT - BOTTOM - 6.0));
            let _ = write!(rows, "M{x} {FOOT}v-{depth}H{end}V{FOOT}z");
            let words = format!("{}: {}, {} rows", bin.values, logits(bin.score), bin.rows);
            spots.push(Spot { x, y: TOP, wide: tenth(wide), words, text: String::new(), strength: 0.0, raises: true });
        }
        let names: Vec<&str> = effect.bins.iter().map(|bin| &bin.values[..]).collect();
        let labels = Labels::new(&names, LEFT, RIGHT);
        let end = |pick: Option<&super::report::EffectBin>| {
            pick.map_or_else(String::new, |bin| format!("{} at {}", logits(bin.score), bin.values))
        };
        let (least, most) =
            (effect.bins.iter().min_by_key(|bin| bin.score), effect.bins.iter().max_by_key(|bin| bin.score));
        Self {
            name: effect.name.clone(),
            importance: number(effect.importance / 1000.0, 2),
            summary: format!("least {}, most {}", end(least), end(most)),
            y: (low as i32..=high as i32).map(tick).collect(),
            zero,
            bars,
            missing,
            rows,
            spots,
            height: FOOT + labels.height,
            labels,
            left: LEFT,
            right: RIGHT,
            top: TOP,
            foot: FOOT,
            width: WIDTH,
        }
    }

    /// Every feature that has a bin.
    pub(super) fn all(target: &TargetReport) -> Vec<Self> {
        target.effects.iter().filter(|effect| !effect.bins.is_empty()).map(Self::new).collect()
    }
}

/// The heat map of an interaction, cell by cell.
#[derive(Serialize)]
pub(super) struct Heat {
    names: [String; 2],
    importance: String,
    rows: Vec<Tick>,
    spots: Vec<Spot>,
    labels: Labels,
    left: f64,
    cell: f64,
    foot: f64,
    width: f64,
    height: f64,
}

impl Heat {
    fn new(pair: &PairEffect, most: f64) -> Self {
        let wide = (RIGHT - CELLS) / pair.columns.len().max(1) as f64;
        let spots = pair.scores.iter().enumerate().filter_map(|(at, score)| {
            let (row, column) = (at / pair.columns.len().max(1), at % pair.columns.len().max(1));
            let (first, second) = (pair.rows.get(row)?, pair.columns.get(column)?);
            let value = f64::from(*score) / 1000.0;
            let digits = if most < 1.0 { 2 } else { 1 };
            let text = number(value, digits);
            let text = if value.abs() < 1.0 { text.replace("0.", ".") } else { text };
            let text = if text.contains(|letter: char| matches!(letter, '1'..='9')) { text } else { "0".into() };
            Some(Spot {
                x: tenth(CELLS + column as f64 * wide),
                y: tenth(row as f64 * CELL),
                wide: tenth(wide - 1.0),
                words: format!("{} {first}, {} {second}: {}", pair.names[0], pair.names[1], logits(*score)),
                text: if wide < 26.0 { String::new() } else { text },
                strength: (value.abs() / most * 100.0).round() / 100.0,
                raises: *score > 0,
            })
        });
        let row = |(at, name): (usize, &String)| Tick { at: (at as f64 + 0.5) * CELL, label: label(name) };
        let names: Vec<&str> = pair.columns.iter().map(|name| &name[..]).collect();
        let (labels, foot) = (Labels::new(&names, CELLS, RIGHT), pair.rows.len() as f64 * CELL);
        Self {
            names: pair.names.clone(),
            importance: number(pair.importance / 1000.0, 2),
            rows: pair.rows.iter().enumerate().map(row).collect(),
            spots: spots.collect(),
            height: foot + labels.height,
            labels,
            left: CELLS,
            cell: CELL - 1.0,
            foot,
            width: WIDTH,
        }
    }

    /// The first pairs of a target, and the score of the strongest colour, in logits. All maps share one scale, so that
    /// their colours can be compared; it is at least 0.1, so that noise stays pale.
    pub(super) fn first(target: &TargetReport, count: usize) -> (Vec<Self>, f64) {
        let shown = &target.pairs[..count.min(target.pairs.len())];
        let most = shown.iter().flat_map(|pair| &pair.scores).map(|score| score.unsigned_abs()).max().unwrap_or(0);
        let most = f64::from(most.max(100)) / 1000.0;
        (shown.iter().map(|pair| Self::new(pair, most)).collect(), most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_say_the_bound_briefly() {
        for (values, expected) in [
            ("over 0 up to 0.763829", "≤ 0.764"),
            ("up to 123456", "≤ 123k"),
            ("over -1103.667", "> −1104"),
            ("-5", "−5"),
            ("missing", "missing"),
            ("Returning-Visitor", "Returning-Vi…"),
        ] {
            assert_eq!(label(values), expected);
        }
    }

    #[test]
    fn labels_keep_their_distance_and_the_ends_have_one() {
        let names: Vec<String> = (0..40).map(|at| format!("up to {}", at * 10_000)).collect();
        let names: Vec<&str> = names.iter().map(|name| &name[..]).collect();
        let labels = Labels::new(&names, LEFT, RIGHT);
        assert!(!labels.slanted && labels.ticks.len() > 2);
        assert_eq!((&labels.ticks[0].label[..], &labels.ticks.last().unwrap().label[..]), ("≤ 0", "≤ 390k"));
        assert!(labels.ticks.windows(2).all(|two| two[1].at - two[0].at > LETTER * 3.0));
        assert!(Labels::new(&names[..FEW], LEFT, RIGHT).slanted);
        assert!(Labels::new(&[], LEFT, RIGHT).ticks.is_empty());
    }

    #[test]
    fn every_score_stands_inside_the_scale() {
        for scores in [vec![0], vec![-735, 3500], vec![-40, -1], vec![999_999, -999_999]] {
            let bins = scores
                .into_iter()
                .map(|score| crate::evaluate::intent::report::EffectBin { score, ..Default::default() });
            let steps = Steps::new(&Effect { bins: bins.collect(), ..Effect::default() });
            assert!((2..=7).contains(&steps.y.len()) && (TOP..=BOTTOM).contains(&steps.zero));
            assert!(steps.y.iter().all(|tick| (TOP..=BOTTOM).contains(&tick.at)));
        }
    }
}
