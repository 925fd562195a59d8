//! Training, step by step: from a log to the bytes of a snapshot.
//!
//! Kernels come first, because rows are counted with them. The search sees only nine tenths of the log; with its result the
//! rows are counted anew on all of it. Rows come before the new item numbers, which follow from them. Intent needs the
//! price medians and the priors. Everything is assembled under the new numbers at the end.
//!
//! Invariant: the same log, plan, options and base give the same bytes.

use super::assemble::{Parts, plan, room_beside_catalogue, snapshot, unknown_tags};
use super::base::Base;
use super::budget::{Shortened, fit, guess};
use super::count::{Counts, FLOOR};
use super::counted::Totals;
use super::error::TrainError;
use super::group::Group;
use super::index::Index;
use super::kernel::Kernels;
use super::options::Options;
use super::places::{Numbering, numbered};
use super::search::{Data, State, ValidationScore, search};
use super::table::{CountedRows, Heads};
use super::trails::CountedTrails;
use super::weights::Weights;
use super::worth::Worth;
use super::{backoff, intent, lists, places, prior, renumber, steady, together, trails};
use crate::experiment::Trial;
use crate::log::{Log, bar};
use crate::snapshot::ItemIndex;
use crate::snapshot::plan::Plan;
use crate::snapshot::rows::encode_levelled;
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
    /// Bytes of next-item rows in it.
    pub rows_bytes: usize,
    /// What a budget took away; `None` if it took nothing.
    pub shortened: Option<Shortened>,
}

/// Trains a snapshot from a log, and from the trials of experiments in it.
///
/// # Errors
/// [`TrainError::Plan`], [`TrainError::Items`], [`TrainError::Budget`], or what the search could not read or write.
pub fn train(log: &Log, trials: &[Trial], options: &Options) -> Result<Trained, TrainError> {
    let whole = log;
    let sample = sampled(log, options);
    let log = sample.as_ref().unwrap_or(log);
    if log.items.len() > MAX_CATALOGUE {
        return Err(TrainError::Items { found: log.items.len(), expected: MAX_CATALOGUE });
    }
    // Compiled here only to report mistakes before the long work; `snapshot` compiles it again under the new item numbers.
    let plan = match &options.plan {
        Some(path) => plan(log, path, &|item| ItemIndex::new(item.get()))?,
        None => Plan::default(),
    };
    let unknown_tags = unknown_tags(log, &plan);
    let room = options.budget.map(|budget| room_beside_catalogue(log, options, budget)).transpose()?;
    let group = options.group.as_ref().map(|sums| Group::of(sums, log));
    let began = Instant::now();
    let search = chosen(log, group.as_ref(), options)?;
    let search_secs = began.elapsed().as_secs_f64();
    let otherwise = || counted_by(options).unwrap_or_default();
    let kernels = search.as_ref().map_or_else(otherwise, |state| state.kernels);
    let bar = bar(5, "counting next-item rows");
    let step = |what: &str| {
        bar.inc(1);
        bar.set_message(what.to_owned());
    };
    // Before the rows: counting both at a time would be the most memory of a training.
    let (counts, trails, totals) = counted(whole, log.items.len(), &kernels, options)?;
    let counts = counts.with_group(group);
    let base = if options.base.is_empty() { None } else { Some(Base::open(&options.base, log)?) };
    // With a base, twice as many, and lighter ones: a neighbour that has its place there may keep it though it is a little
    // lighter than others, or than the floor.
    let wide = options.neighbours * if base.is_some() { 2 } else { 1 };
    let floor = FLOOR * if base.is_some() { 0.5 } else { 1.0 };
    let (mut rows, looks) = counts.into_rows(&kernels, wide, options.support, floor);
    let mut beyond = CountedRows::default();
    if base.is_some() {
        let own = |row: &[(u32, f32)]| row.partition_point(|(_, weight)| *weight >= FLOOR).min(options.neighbours);
        beyond = rows.beyond(own);
        rows = rows.changed(|_, row| row.truncate(own(row)));
    }
    let guess = room.map_or(usize::MAX, |room| guess(room, log.items.len()));
    let trails = trails::bounded(trails, rows.entries().min(guess));
    let rows = backoff::fill(rows, log, &looks, options.neighbours);
    let worth = room.map(|_| Worth::of(&rows, |item| looks[item as usize]));
    drop(looks);
    let pairs: CountedRows = together::rows(log, options.support).into_iter().collect();
    let old = base.as_ref().map(|base| &base.together);
    let together = steady::rows(&Heads::whole(&pairs), &CountedRows::default(), old, options.neighbours);
    // The rows with so many entries in all, those that are worth most, and their levels.
    let heads =
        |entries: usize| worth.as_ref().map_or_else(|| Heads::whole(&rows), |worth| worth.heads(&rows, entries));
    let old = base.as_ref().map(|base| &base.rows);
    let levels = |entries: usize| steady::rows(&heads(entries), &beyond, old, options.neighbours);
    step("renumbering items");
    let mut fresh = renumber::order(&heads(guess));
    together::in_front(&mut fresh, &pairs);
    let (order, numbering) = match &base {
        Some(base) => places::choose(&rows, &levels(guess), base, fresh),
        None => (fresh, Numbering::Fresh),
    };
    let codes = base.as_ref().map(|base| &base.codes);
    let indices = renumber::indices(&order);
    let lists = lists::rank(log, &indices, options.support);
    step("fitting intent tables");
    let medians = lists::medians(log);
    let prior = prior::fit(log, &|item| indices[item.index()]);
    let (intent, conversion) = intent::fit(log, &medians, &prior);
    step("writing sections");
    let (together, trails, order, indices, intent) = (&together, &trails, &order, &indices, &intent);
    let all = rows.entries();
    let (mut entries, mut rows_bytes) = (all, 0);
    let mut pack = |room: Option<usize>| {
        let pack = |entries: usize| {
            let rows = levels(entries);
            encode_levelled(rows.len(), numbered(&rows, order, indices), codes.map(|codes| &codes[0]))
        };
        entries =
            room.map_or(all, |room| fit(guess.min(all), all, rows.len(), room, |entries| pack(entries).section.len()));
        let packed = pack(entries);
        rows_bytes = packed.section.len();
        packed
    };
    let parts = Parts {
        kernels,
        rows: &mut pack,
        together,
        trails,
        codes,
        order,
        indices,
        lists,
        intent,
        prior,
        medians,
        conversion,
        trials,
    };
    let bytes = snapshot(log, totals, parts, options)?;
    bar.finish_and_clear();
    let lowest = worth.filter(|_| entries < all).map(|worth| worth.lowest(entries));
    // What it costs is measured on rows of their own.
    drop((rows, beyond));
    let shortened = lowest.map(|lowest| Shortened::of(log, &kernels, options, entries, all, lowest));
    Ok(Trained { bytes, kernels, search, search_secs, unknown_tags, numbering, rows_bytes, shortened })
}

/// The sample that is asked for; `None` if it would be the whole log.
#[cfg(feature = "train")]
fn sampled(log: &Log, options: &Options) -> Option<Log> {
    options.sample.and_then(|events| log.sample(events))
}

/// A page's own trainer has small logs.
#[cfg(not(feature = "train"))]
fn sampled(_: &Log, _: &Options) -> Option<Log> {
    None
}

/// The counts of all visits, their trails, and how much that is: of the log with the days before it, or those of another engine.
fn counted(
    log: &Log,
    items: usize,
    kernels: &Kernels,
    options: &Options,
) -> Result<(Counts, Vec<CountedTrails>, Totals), TrainError> {
    let weights = Weights::of(kernels);
    let Some(counter) = &options.counter else {
        let index = Index::since(log, 0..log.ends.len(), options.older.oldest_ms());
        let mut totals =
            Totals { events: log.events.len() as u64, sessions: log.ends.len() as u64, newest_ms: log.span_ms.1 };
        let mut older = None;
        if options.older.oldest_ms().is_some() {
            let added = options.older.add_up(log, &weights).map_err(TrainError::Older)?;
            totals.events += added.events;
            totals.sessions += added.sessions;
            older = Some(added.counted);
        }
        let trails = trails::rows(&index, kernels, options.support);
        return Ok((Counts::after(index, older), trails, totals));
    };
    let found = counter.count(&weights, options.support, kernels.trail > 0.0);
    let mut found = found.map_err(TrainError::Counter)?.with_items(items);
    let trails = trails::elsewhere(std::mem::take(&mut found.trails), items, kernels);
    Ok((Counts::elsewhere(found), trails, counter.totals()))
}

/// The kernels that pairs have been counted by already.
fn counted_by(options: &Options) -> Option<Kernels> {
    let older = (!options.older.days.is_empty()).then_some(options.older.kernels);
    options.counter.as_ref().map_or(older, |counter| counter.kernels())
}

/// Searches for the kernels, and shows how far it has come. `None` if the log is too short for it.
fn chosen(log: &Log, group: Option<&Group>, options: &Options) -> Result<Option<State>, TrainError> {
    if counted_by(options).is_some() && (options.search.rounds == 0 || options.counter.is_none()) {
        return Ok(None);
    }
    let data = Data { log, group, neighbours: options.neighbours, support: options.support };
    let rounds = bar(u64::from(options.search.rounds), "choosing kernels");
    let search = search(data, &options.search, &mut |state| {
        rounds.set_position(u64::from(state.rounds));
        let ValidationScore { recall, reciprocal_rank } = state.validation;
        let score = format!("R@20 {recall:.2} %, MRR@20 {reciprocal_rank:.2} % on the validation tail");
        rounds.set_message(format!("choosing kernels: {score}"));
    })?;
    rounds.finish_and_clear();
    Ok(search)
}
