//! `slotwise evaluate intent`: how good the additive model is, on any table and on an event log.
//!
//! A table is cut into folds, each tested by a model fitted to the others; an event log is cut by time.
//! [`table`] reads the one, [`crate::train::intent`] makes the rows of the other; [`scores`] turns
//! probabilities into figures; [`lightgbm`] is the peer; [`report`] and [`page`], whose plots `plot` places,
//! are what comes out.

pub mod lightgbm;
pub mod page;
mod plot;
pub mod report;
pub mod scores;
pub mod table;

use crate::snapshot::additive::Additive;
use crate::snapshot::section::encode;
use crate::train::boost::{Data, MILLI, Options, fit};
use crate::train::{TrainError, bar};
use report::{Effect, Report, Target};
use scores::{Tested, reliability, scores};
use std::hint::black_box;
use std::time::Instant;
use table::{Scale, Source, folds};

/// Rows timed at a stretch.
const STRETCH: usize = 256;

/// Evaluates a table by cross-validation.
///
/// # Errors
/// A [`TrainError`] that names the file, the line or column, what was found and what was expected.
pub fn of_table(source: &Source, count: u32, peer: bool, command: String) -> Result<Report, TrainError> {
    let read = table::read(source)?;
    let folds = folds(&read.data, count);
    let show = |feature: usize, value: i32| read.scales[feature].show(value);
    let mut target = evaluate(&source.target, &read.data, &folds, &Options::default(), peer, &show)?;
    target.positive.clone_from(&read.positive);
    for (column, scale) in read.data.columns.iter().zip(&read.scales) {
        if let Scale::Names(names) = scale {
            target.effects.iter_mut().filter(|effect| effect.name == column.name).for_each(|it| it.spell(names));
            target.pairs.iter_mut().for_each(|pair| pair.spell(&column.name, names));
        }
    }
    Ok(Report {
        title: format!("Intent: {}", table::name_of(&source.path)),
        data: source.path.display().to_string(),
        command,
        machine: super::machine(),
        duplicates_dropped: read.duplicates,
        split: format!("{count} folds, rows of a group together"),
        notes: read.notes,
        target,
        others: Vec::new(),
    })
}

/// Fits without each fold and tests on it; then fits to all that is trained on, for size and time.
fn evaluate(
    name: &str,
    data: &Data,
    folds: &[i32],
    options: &Options,
    peer: bool,
    show: &dyn Fn(usize, i32) -> String,
) -> Result<Target, TrainError> {
    let mut tested_folds: Vec<i32> = folds.iter().copied().filter(|fold| *fold >= 0).collect();
    tested_folds.sort_unstable();
    tested_folds.dedup();
    let bar = bar(tested_folds.len() as u64, &format!("fitting {name}"));
    let mut tested = Vec::new();
    let (mut seconds, mut model) = (0.0, Additive::default());
    let mut row = Vec::new();
    for fold in &tested_folds {
        let (held, rest): (Vec<usize>, Vec<usize>) = (0..data.len()).partition(|row| folds[*row] == *fold);
        let began = Instant::now();
        model = fit(&data.select(&rest), options);
        seconds += began.elapsed().as_secs_f64();
        for at in held {
            data.row(at, &mut row);
            tested.push(Tested { chance: chance(model.score(&row)), truth: data.target[at] > 0.5, fold: *fold });
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if tested_folds.len() > 1 {
        model = fit(data, options);
    }
    let peer = if peer { Some(lightgbm::run(data, folds).map_err(TrainError::Peer)?) } else { None };
    Ok(Target {
        name: name.into(),
        positive: String::new(),
        rows: data.len() as u64,
        tested: tested.len() as u64,
        groups: data.groups.iter().collect::<std::collections::HashSet<_>>().len() as u64,
        positives: data.target.iter().filter(|target| **target > 0.5).count() as u64,
        scores: scores(&tested),
        table_bytes: encode(&model).len() as u64,
        score_ns: score_ns(&model, data),
        train_seconds: seconds / tested_folds.len().max(1) as f64,
        reliability: reliability(&tested),
        effects: Effect::all(&model, data, show),
        pairs: report::Interaction::all(&model, data, show),
        peer,
    })
}

/// The probability of a score, 0 to 1.
fn chance(score: i32) -> f64 {
    1.0 / (1.0 + (-f64::from(score) / MILLI).exp())
}

/// Nanoseconds to score a row, features at hand: the median over stretches of rows.
fn score_ns(model: &Additive, data: &Data) -> f64 {
    let wide = data.columns.len();
    let rows = data.len().min(STRETCH * 64);
    let mut values = Vec::with_capacity(rows * wide);
    let mut row = Vec::new();
    for at in 0..rows {
        data.row(at, &mut row);
        values.extend_from_slice(&row);
    }
    let mut times: Vec<f64> = Vec::new();
    for stretch in values.chunks(STRETCH * wide.max(1)) {
        let began = Instant::now();
        for row in stretch.chunks_exact(wide.max(1)) {
            black_box(model.score(black_box(row)));
        }
        times.push(began.elapsed().as_nanos() as f64 / (stretch.len() / wide.max(1)).max(1) as f64);
    }
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
