//! From a log to a snapshot's bytes: the steps of training, one after the other.

use super::assemble::{Parts, plan, snapshot};
use super::count::Counts;
use super::error::TrainError;
use super::kernel::Kernels;
use super::options::Options;
use super::search::{State, ValidationScore, search};
use super::{backoff, intent, lists, prior, renumber, together};
use crate::experiment::Trial;
use crate::log::{ItemNumber, Log, bar};
use std::time::Instant;

/// The most products a snapshot can number.
const MAX_CATALOGUE: usize = 8_000_000;

/// A trained snapshot and what there is to say about it.
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
}

/// Trains a snapshot from a log, and from the trials of experiments in it.
///
/// # Errors
/// [`TrainError::Plan`], [`TrainError::Items`], or what the search could not read or write.
pub fn train(log: &Log, trials: &[Trial], options: &Options) -> Result<Trained, TrainError> {
    if log.items.len() > MAX_CATALOGUE {
        return Err(TrainError::Items { found: log.items.len(), expected: MAX_CATALOGUE });
    }
    // Compiled anew when the items have their numbers; mistakes are reported before the long work begins.
    if let Some(path) = &options.plan {
        plan(log, path, &ItemNumber::get)?;
    }
    let began = Instant::now();
    let rounds = bar(u64::from(options.search.rounds), "choosing kernels");
    let search = search(log, options.neighbours, &options.search, &mut |state| {
        rounds.set_position(u64::from(state.rounds));
        let ValidationScore { recall, reciprocal_rank } = state.validation;
        let share = format!("R@20 {recall:.2} %, MRR@20 {reciprocal_rank:.2} % of a tenth held back");
        rounds.set_message(format!("choosing kernels: {share}"));
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
    let mut rows = counts.rows(&kernels, options.neighbours);
    backoff::fill(&mut rows, log, &counts, options.neighbours);
    step("renumbering items");
    let order = renumber::order(&rows);
    let lists = lists::rank(log);
    step("fitting intent tables");
    let medians = lists::medians(log);
    let prior = prior::fit(log);
    let intent = intent::fit(log, &medians, &prior);
    step("writing sections");
    let together = together::rows(log);
    let (rows, together, order, intent) = (&rows, &together, &order, &intent);
    let parts = Parts { kernels, rows, together, order, lists, intent, prior, medians, trials };
    let bytes = snapshot(log, parts, options)?;
    bar.finish_and_clear();
    Ok(Trained { bytes, kernels, search, search_secs })
}
