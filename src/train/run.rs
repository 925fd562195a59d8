//! Training, step by step: from a log to the bytes of a snapshot.
//!
//! Kernels come first, because rows are counted with them. The search sees only nine tenths of the log; with its result the
//! rows are counted anew on all of it. Rows come before the new item numbers, which follow from them. Intent needs the
//! price medians and the priors. Everything is assembled under the new numbers at the end.
//!
//! Invariant: the same log, plan, options and base give the same bytes.

use super::assemble::{Parts, plan, snapshot, unknown_tags};
use super::base::Base;
use super::count::{CountedRow, Counts};
use super::error::TrainError;
use super::kernel::Kernels;
use super::options::Options;
use super::places::Numbering;
use super::search::{State, ValidationScore, search};
use super::{backoff, intent, lists, places, prior, renumber, steady, together};
use crate::experiment::Trial;
use crate::log::{Log, bar};
use crate::snapshot::ItemIndex;
use crate::snapshot::plan::Plan;
use std::time::Instant;

/// The most products a snapshot can number. Rows store differences of item numbers with a sign, in at most 24 bits.
const MAX_CATALOGUE: usize = 8_000_000;

/// A trained snapshot and how it came about.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The snapshot.
    pub bytes: Vec<u8>,
    /// The kernels it was counted with.
    pub kernels: Kernels,
    /// How they were found; `None` if the log was too short for a search.
    pub search: Option<State>,
    /// Seconds the search took.
    pub search_secs: f64,
    /// Tags of pictures that are no category, no brand and no tag of the plan. Such a picture is never shown for its tag.
    pub unknown_tags: Vec<String>,
    /// How the items were numbered.
    pub numbering: Numbering,
}

/// Trains a snapshot from a log, and from the trials of experiments in it.
///
/// # Errors
/// [`TrainError::Plan`], [`TrainError::Items`], or what the search could not read or write.
pub fn train(log: &Log, trials: &[Trial], options: &Options) -> Result<Trained, TrainError> {
    if log.items.len() > MAX_CATALOGUE {
        return Err(TrainError::Items { found: log.items.len(), expected: MAX_CATALOGUE });
    }
    // Compiled here only to report mistakes before the long work; `snapshot` compiles it again under the new item numbers.
    let plan = match &options.plan {
        Some(path) => plan(log, path, &|item| ItemIndex::new(item.get()))?,
        None => Plan::default(),
    };
    let unknown_tags = unknown_tags(log, &plan);
    let began = Instant::now();
    let rounds = bar(u64::from(options.search.rounds), "choosing kernels");
    let search = search(log, options.neighbours, options.support, &options.search, &mut |state| {
        rounds.set_position(u64::from(state.rounds));
        let ValidationScore { recall, reciprocal_rank } = state.validation;
        let score = format!("R@20 {recall:.2} %, MRR@20 {reciprocal_rank:.2} % on the validation tail");
        rounds.set_message(format!("choosing kernels: {score}"));
    })?;
    rounds.finish_and_clear();
    let search_secs = began.elapsed().as_secs_f64();
    let kernels = search.as_ref().map_or_else(Kernels::default, |state| state.kernels);
    let bar = bar(5, "counting next-item rows");
    let step = |what: &str| {
        bar.inc(1);
        bar.set_message(what.to_owned());
    };
    let counts = Counts::new(log, 0..log.ends.len());
    let base = if options.base.is_empty() { None } else { Some(Base::open(&options.base, log)?) };
    // With a base, twice as many: a neighbour that has its place there may keep it though it is a little lighter than others.
    let wide = options.neighbours * if base.is_some() { 2 } else { 1 };
    let mut rows = counts.rows(&kernels, wide, options.support);
    let beyond: Vec<CountedRow> = rows.iter_mut().map(|row| row.split_off(row.len().min(options.neighbours))).collect();
    backoff::fill(&mut rows, log, &counts, options.neighbours);
    let together = together::rows(log, options.support);
    let levelled = steady::rows(&rows, &beyond, base.as_ref().map(|base| &base.rows), options.neighbours);
    let together = steady::rows(&together, &[], base.as_ref().map(|base| &base.together), options.neighbours);
    step("renumbering items");
    let fresh = renumber::order(&rows);
    let (order, numbering) = match &base {
        Some(base) => places::choose(&rows, &levelled, base, fresh),
        None => (fresh, Numbering::Fresh),
    };
    let codes = base.as_ref().map(|base| &base.codes);
    let indices = renumber::indices(&order);
    let lists = lists::rank(log, &indices, options.support);
    step("fitting intent tables");
    let medians = lists::medians(log);
    let prior = prior::fit(log, &|item| indices[item.index()]);
    let intent = intent::fit(log, &medians, &prior);
    step("writing sections");
    let (rows, together, order, indices, intent) = (&levelled, &together, &order, &indices, &intent);
    let parts = Parts { kernels, rows, together, codes, order, indices, lists, intent, prior, medians, trials };
    let bytes = snapshot(log, parts, options)?;
    bar.finish_and_clear();
    Ok(Trained { bytes, kernels, search, search_secs, unknown_tags, numbering })
}
