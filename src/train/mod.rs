//! From the shop's own click log to a snapshot's bytes.
//!
//! The steps, each in its file: [`read`] turns files into rows, [`log`] rows into sessions and a
//! catalogue, [`count`] sessions into next-item rows, [`renumber`] orders the items so that rows pack
//! well, [`lists`] ranks them, [`intent`] fits the purchase tables, [`plan`] reads the merchandiser's
//! file, [`assemble`] writes the sections. The same log and options give the same bytes: nothing
//! depends on a clock, on randomness, or on the order of a hash map.

pub mod assemble;
pub mod count;
mod error;
pub mod intent;
pub mod lists;
pub mod log;
pub mod plan;
pub mod read;
pub mod renumber;
mod time;

pub use error::TrainError;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::PathBuf;

/// What to train from, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Event files, oldest first; plain or gzipped.
    pub events: Vec<PathBuf>,
    /// The merchandiser's plan; without one the snapshot decides no slot.
    pub plan: Option<PathBuf>,
    /// Column names of the log where they differ from the usual ones.
    pub columns: read::Columns,
    /// Neighbours kept a row.
    pub neighbours: usize,
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
            plan: None,
            columns: read::Columns::default(),
            neighbours: 32,
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
    /// What was read, and what was dropped and why.
    pub report: log::Report,
}

/// Trains a snapshot.
///
/// # Errors
/// A [`TrainError`] that names the file, the line or field, what was found and what was expected.
pub fn train(options: &Options) -> Result<Trained, TrainError> {
    let mut report = log::Report::default();
    let mut builder = log::Builder::default();
    for path in &options.events {
        let bar = bar(std::fs::metadata(path).map_or(0, |meta| meta.len()), &format!("reading {}", path.display()));
        read::read(path, &options.columns, &bar, &mut report, &mut |row, report| builder.add(row, report))?;
        bar.finish_and_clear();
    }
    let log = builder.finish(&mut report)?;
    let plan = match &options.plan {
        Some(path) => plan::read(path, &log.categories)?,
        None => crate::snapshot::plan::Plan::default(),
    };
    let bar = bar(4, "counting next-item rows");
    let step = |what: &str| {
        bar.inc(1);
        bar.set_message(what.to_owned());
    };
    let rows = count::rows(&log, options.neighbours);
    step("ranking and renumbering items");
    let order = renumber::order(&rows, &log);
    let lists = lists::rank(&log);
    step("fitting intent tables");
    let intent = intent::fit(&log);
    step("writing sections");
    let bytes = assemble::snapshot(&log, &rows, &order, lists, &intent, &plan, options);
    bar.finish_and_clear();
    Ok(Trained { bytes, report })
}

/// A progress bar on a terminal; elsewhere nothing, so that logs stay readable.
fn bar(length: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent}% {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}
