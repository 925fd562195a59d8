//! `slotwise evaluate intent`: how good the additive model is, on any table and on an event log.
//!
//! A table is evaluated by cross-validation: each fold is tested by a model fitted to the others. An event log is split by
//! time, because in production a model always scores visits that are newer than its log.
//!
//! [`table`] reads tables, and [`scale`] turns their columns into whole numbers; [`crate::train::intent`] makes rows from event logs. [`mod@scores`] turns probabilities into
//! figures, [`interval`] says how far chance may have moved them, [`part`] has those of some moments only. [`lightgbm`] is the peer. [`report`] is the result as JSON and text, [`page`] as HTML; `plot` computes its
//! coordinates.
//!
//! Invariant: no model is tested on rows of a group it was fitted to.

pub mod interval;
pub mod lightgbm;
pub mod page;
pub mod part;
mod plot;
pub mod report;
pub mod scale;
pub mod scores;
pub mod table;

use crate::evaluate::error::EvaluateError;
use crate::log::{LogFiles, bar};
use crate::snapshot::ItemIndex;
use crate::snapshot::additive::Additive;
use crate::snapshot::section::encode;
use crate::train::boost::{Data, MILLI, Options, fit};
use crate::train::ended::ended;
use crate::train::intent;
use crate::train::shop::LogShop;
use crate::train::{lists, prior};
use interval::intervals;
use part::{Parts, newcomers};
use report::{Effect, IntentReport, PairEffect, TargetReport, Words, feature_bins};
use scores::{Tested, reliability, scores};
use std::hint::black_box;
use std::time::Instant;
use table::{TableFile, folds};

/// Rows per timing. One row takes some nanoseconds, less than a clock resolves.
const STRETCH: usize = 256;

/// Evaluates a table by cross-validation.
///
/// # Errors
/// An [`EvaluateError`] that names the file, the line or column, what was found and what was expected.
pub fn of_table(source: &TableFile, count: u32, peer: bool, command: String) -> Result<IntentReport, EvaluateError> {
    let read = table::read(source)?;
    let folds = folds(&read.data, count);
    let words = |feature: usize, edges: &[i32]| read.scales[feature].bins(edges);
    let mut target =
        evaluate(&source.target, &read.data, &folds, &Options::for_rows(read.data.len()), peer, &words, None)?;
    target.positive.clone_from(&read.positive);
    Ok(IntentReport {
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

/// Evaluates an event log: fits to its oldest sessions and tests on the moments of the newest `held_back` (0 to 1). Each
/// target with enough cases has figures of its own; purchase, or else the first, is the report's main target.
///
/// # Errors
/// An [`EvaluateError`] that names the file, the line or column, what was found and what was expected.
pub fn of_events(files: &LogFiles, held_back: f64, peer: bool, command: String) -> Result<IntentReport, EvaluateError> {
    let (log, read) = files.read()?;
    // Median prices, priors and conversion are features too: computed on all sessions, they would leak test outcomes into
    // training.
    let (known, _) = log.split(1.0 - held_back);
    let prior = prior::fit(&known, &|item| ItemIndex::new(item.get()));
    let mut shop = LogShop::new(&log, &lists::medians(&known), &prior);
    let first_held = known.ends.len() as u32;
    let sessions = ended(&log);
    let (train, test) = sessions.split_at(sessions.partition_point(|session| session.number < first_held));
    let (mut moments, levels) = intent::training(&log, &mut shop, train);
    shop.learn(levels);
    moments.extend(intent::moments(&log, &shop, &test.iter().collect::<Vec<_>>(), |_| 1.0));
    let newcomers = newcomers(&log);
    let (mut targets, mut notes) = (Vec::new(), read.notes.clone());
    for (name, target) in intent::Target::ALL {
        let (data, asked) = intent::data(&moments, target);
        let held = data.groups.partition_point(|session| *session < first_held);
        // Fold -1 is never tested, fold 0 is.
        let folds: Vec<i32> = (0..data.len()).map(|row| if row < held { -1 } else { 0 }).collect();
        if held == data.len() || !intent::is_enough(&data.select(&(0..held).collect::<Vec<_>>())) {
            notes.push(format!("{name}: too few sessions in which it comes true, or does not, to learn from"));
            continue;
        }
        let parts = Parts { steps: asked.iter().map(|moment| moment.steps).collect(), newcomers: &newcomers };
        targets.push(evaluate(name, &data, &folds, &intent::options(), peer, &feature_bins, Some(&parts))?);
    }
    if targets.is_empty() {
        return Err(read.empty().into());
    }
    let names: Vec<String> = files.events.iter().map(|path| path.display().to_string()).collect();
    let target = targets.remove(0);
    Ok(IntentReport {
        title: "Intent: an event log".into(),
        data: names.join(", "),
        command,
        machine: super::machine(),
        duplicates_dropped: 0,
        split: format!("the newest {:.0} % of {} sessions held back", held_back * 100.0, log.ends.len()),
        notes,
        target,
        others: targets,
    })
}

/// Fits without each fold and tests on it. With several folds, one more fit on all rows gives the tables that are reported
/// (size, time, effects), since they are what would be deployed.
fn evaluate(
    name: &str,
    data: &Data,
    folds: &[i32],
    options: &Options,
    peer: bool,
    words: &Words<'_>,
    parts: Option<&Parts<'_>>,
) -> Result<TargetReport, EvaluateError> {
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
            tested.push((at, Tested::of(data, folds, at, chance(model.score(&row)))));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if tested_folds.len() > 1 {
        model = fit(data, options);
    }
    // In the order of the rows, as the peer has them.
    tested.sort_unstable_by_key(|(at, _)| *at);
    let (places, tested): (Vec<usize>, Vec<Tested>) = tested.into_iter().unzip();
    let (peer, of_peer) =
        if peer { lightgbm::run(data, folds).map(|(peer, rows)| (Some(peer), rows))? } else { (None, Vec::new()) };
    let parts = parts.map_or_else(Vec::new, |parts| parts.figures(&places, &tested, &of_peer));
    Ok(TargetReport {
        name: name.into(),
        positive: String::new(),
        rows: data.len() as u64,
        tested: tested.len() as u64,
        groups: data.groups.iter().collect::<std::collections::HashSet<_>>().len() as u64,
        positives: data.target.iter().filter(|target| **target > 0.5).count() as u64,
        scores: scores(&tested),
        intervals: intervals(&tested),
        parts,
        table_bytes: encode(&model).len() as u64,
        score_ns: score_ns(&model, data),
        train_seconds: seconds / tested_folds.len().max(1) as f64,
        reliability: reliability(&tested),
        effects: Effect::all(&model, data, words),
        pairs: PairEffect::all(&model, data, words),
        peer,
    })
}

/// The probability of a score, 0 to 1.
fn chance(score: i32) -> f64 {
    1.0 / (1.0 + (-f64::from(score) / MILLI).exp())
}

/// Nanoseconds to score a row whose features are computed: the median over stretches of rows, which a busy machine moves
/// less than the mean.
fn score_ns(model: &Additive, data: &Data) -> f64 {
    let wide = data.columns.len();
    let rows = data.len().min(STRETCH * 64);
    // Row by row in one array, as a session's features are when they are scored.
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
