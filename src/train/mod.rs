//! From the shop's own click log to a snapshot's bytes.
//!
//! The steps, each in its file: [`read`] turns files into rows, [`log`] rows into sessions and a
//! catalogue ([`lines`] reads files that are sessions already), [`search`] chooses the [`kernel`]s on the
//! [`moment`]s of the newest tenth, [`count`] turns sessions into next-item rows, [`backoff`] lends rows to
//! products few have seen, [`renumber`] orders the items so that rows pack well, [`lists`] ranks them,
//! [`together`] finds what goes together, [`replay`] makes sessions of a log's visits again, [`prior`] learns
//! what visits want before their first event, [`intent`] fits the intent tables by [`boost`]ing, [`plan`] reads
//! the merchandiser's file, [`experiment`] says what its arms earned in [`trial`]s ([`policy`] what they would
//! earn of all visits), [`assemble`] writes the sections. The same log and options give the same bytes: nothing
//! depends on a clock, on randomness, or on the order of a hash map.

pub mod assemble;
pub mod backoff;
pub mod boost;
pub mod columns;
pub mod count;
mod error;
pub mod experiment;
pub mod intent;
pub mod kernel;
pub mod lines;
pub mod lists;
pub mod log;
pub mod moment;
pub mod plan;
pub mod policy;
pub mod prior;
pub mod read;
pub mod renumber;
pub mod replay;
pub mod search;
mod time;
pub mod together;
pub mod trial;

pub use error::TrainError;

use count::Counts;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kernel::Kernels;
use log::Log;
use std::path::PathBuf;
use std::time::Instant;

/// The most products a snapshot can number.
const MAX_CATALOGUE: usize = 8_000_000;

/// What to train from, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Event files, oldest first; plain or gzipped.
    pub events: Vec<PathBuf>,
    /// The shop's catalogue: what is known of products beside the log, also of those nobody looked at yet.
    pub catalogue: Option<PathBuf>,
    /// The merchandiser's plan; without one the snapshot decides no slot.
    pub plan: Option<PathBuf>,
    /// Column names of the log where they differ from the usual ones.
    pub columns: columns::Columns,
    /// Neighbours kept a row.
    pub neighbours: usize,
    /// How to search for the kernels.
    pub search: search::Search,
    /// Minutes by which the shop's clocks are ahead of UTC: the local hour of visits whose log does not tell it.
    pub utc_offset: i32,
    /// Currency of a log that names none.
    pub currency: String,
    /// Link of a product without one of its own.
    pub url_pattern: String,
    /// Picture of a product without one of its own.
    pub image_pattern: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            catalogue: None,
            plan: None,
            columns: columns::Columns::default(),
            neighbours: 32,
            search: search::Search::default(),
            utc_offset: 0,
            currency: String::new(),
            url_pattern: "/product/{id}".into(),
            image_pattern: "/pictures/{category}/{n}.svg".into(),
        }
    }
}

/// A trained snapshot and what there is to say about it.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The snapshot.
    pub bytes: Vec<u8>,
    /// The kernels it was counted with.
    pub kernels: Kernels,
    /// How they were found; `None` if the log was too short for a search.
    pub search: Option<search::State>,
    /// Seconds the search took.
    pub search_secs: f64,
}

/// Reads event files.
///
/// # Errors
/// A [`TrainError`] that names the file, the line or field, what was found and what was expected.
pub fn read_log(options: &Options) -> Result<(Log, log::Report), TrainError> {
    let mut report = log::Report::default();
    let mut builder = log::Builder::default();
    for path in &options.events {
        let bar = bar(std::fs::metadata(path).map_or(0, |meta| meta.len()), &format!("reading {}", path.display()));
        read::read(path, &options.columns, &bar, &mut report, &mut |row, report| builder.add(row, report))?;
        bar.finish_and_clear();
    }
    if let Some(path) = &options.catalogue {
        read::products(path, &options.columns, &mut |item| builder.list(item))?;
    }
    let mut log = builder.finish(&mut report)?;
    log.tell_time(options.utc_offset);
    Ok((log, report))
}

/// Trains a snapshot from a log.
///
/// # Errors
/// [`TrainError::Plan`], [`TrainError::Items`], or what the search could not read or write.
pub fn train(log: &Log, options: &Options) -> Result<Trained, TrainError> {
    if log.items.len() > MAX_CATALOGUE {
        return Err(TrainError::Items { found: log.items.len(), expected: MAX_CATALOGUE });
    }
    // Compiled anew when the items have their numbers; mistakes are told before the long work begins.
    if let Some(path) = &options.plan {
        assemble::plan(log, path, &|item| item)?;
    }
    let began = Instant::now();
    let rounds = bar(u64::from(options.search.rounds), "choosing kernels");
    let search = search::search(log, options.neighbours, &options.search, &mut |state| {
        rounds.set_position(u64::from(state.rounds));
        let standing = state.standing;
        let share =
            format!("R@20 {:.2} %, MRR@20 {:.2} % of a tenth held back", standing.recall, standing.reciprocal_rank);
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
    let parts = assemble::Parts {
        kernels,
        rows: &rows,
        together: &together,
        order: &order,
        lists,
        intent: &intent,
        prior,
        medians,
    };
    let bytes = assemble::snapshot(log, parts, options)?;
    bar.finish_and_clear();
    Ok(Trained { bytes, kernels, search, search_secs })
}

/// A progress bar on a terminal; elsewhere nothing, so that logs stay readable.
pub(crate) fn bar(length: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent}% {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}
