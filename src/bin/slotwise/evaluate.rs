//! `slotwise evaluate`: measures a model on data it has not seen.
//!
//! Three subcommands, because they answer different questions: which item comes next (ranking), what a visit is after
//! (classification), and what browsers fetch. Figures go to standard output, remarks to standard error, so that a pipe gets
//! figures only.

use super::outcome::Outcome;
use super::train::Rows;
use slotwise::evaluate::intent::{self, table};
use slotwise::evaluate::next::{self, Besides, Evaluated, NextData};
use slotwise::evaluate::page;
use slotwise::evaluate::shards;
use slotwise::log::{self, Columns, LogFiles};
use slotwise::train::Options;
use std::fs;
use std::path::{Path, PathBuf};

/// Measures a model on data it has not seen
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    Next(Next),
    Intent(Intent),
    Shards(Shards),
}

/// Tests next-item rows: how often the item that came next is among the first 20
#[derive(clap::Args)]
struct Next {
    /// Training sessions: one per line, item ids in click order; plain or gzipped
    #[arg(long, value_name = "FILE", requires = "test", required_unless_present = "events")]
    train: Option<PathBuf>,
    /// Tests: one per line, a prefix, a tab and the next item; plain or gzipped
    #[arg(long, value_name = "FILE", requires = "train")]
    test: Option<PathBuf>,
    /// Event files instead, as for `slotwise train`; the newest sessions become the tests
    #[arg(long, num_args = 1.., value_name = "FILE", conflicts_with = "train")]
    events: Vec<PathBuf>,
    /// Column names of the event files, as for `slotwise train`
    #[arg(long, default_value = "", hide_default_value = true, value_parser = Columns::parse)]
    map: Columns,
    /// Share of the rows that may be broken, such as 1%; with more of them nothing is learned. Broken rows are always
    /// skipped, and told by reason with the first row of each
    #[arg(long, value_name = "SHARE", value_parser = log::percentage)]
    skip_broken: Option<f64>,
    /// Percentage of sessions that is held back for the tests
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=50))]
    held_back: u8,
    #[command(flatten)]
    rows: Rows,
    /// Also runs the published methods on the same data
    #[arg(long)]
    peers: bool,
    /// Also runs every strategy of the product, as a list of 12 beside plain popularity
    #[arg(long)]
    strategies: bool,
    /// Writes all figures as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the tested snapshot, unsigned, for `slotwise inspect`
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// Writes a page with plots
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Tests what browsers fetch: size of the first load and of a session, and the quality with shards still under way
#[derive(clap::Args)]
struct Shards {
    /// A snapshot, as `evaluate next --snapshot` or `train` writes it
    #[arg(long, value_name = "FILE")]
    snapshot: PathBuf,
    /// Tests: one per line, a prefix, a tab and the next item; plain or gzipped
    #[arg(long, value_name = "FILE")]
    test: PathBuf,
    /// Number of sessions that are replayed
    #[arg(long, value_name = "NUMBER", default_value_t = 400)]
    sessions: usize,
    /// Writes all figures as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Tests intent scores: how well they predict purchase, cart and exit, and how well they are calibrated
#[derive(clap::Args)]
struct Intent {
    /// Table with a header, separated by commas, | or tabs; plain or gzipped. A missing value is ? or empty
    #[arg(long, value_name = "FILE", requires = "target", required_unless_present = "events")]
    table: Option<PathBuf>,
    /// Event files instead, as for `slotwise train`: one row per moment; the newest sessions become the tests
    #[arg(long, num_args = 1.., value_name = "FILE", conflicts_with = "table")]
    events: Vec<PathBuf>,
    /// Column names of the event files, as for `slotwise train`
    #[arg(long, default_value = "", hide_default_value = true, value_parser = Columns::parse)]
    map: Columns,
    /// Share of the rows that may be broken, such as 1%; with more of them nothing is learned. Broken rows are always
    /// skipped, and told by reason with the first row of each
    #[arg(long, value_name = "SHARE", value_parser = log::percentage)]
    skip_broken: Option<f64>,
    /// Percentage of sessions that is held back for the tests
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=50))]
    held_back: u8,
    /// Column to predict; it has two values
    #[arg(long, value_name = "COLUMN", default_value = "", hide_default_value = true)]
    target: String,
    /// Column that names the session; rows of one session are tested together
    #[arg(long, value_name = "COLUMN")]
    group: Option<String>,
    /// Columns to leave out
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    drop: Vec<String>,
    /// Columns of which a higher value must never lower the score
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    increasing: Vec<String>,
    /// Columns of which a higher value must never raise the score
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    decreasing: Vec<String>,
    /// Number of folds; each is tested by a model trained on the others
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..=50))]
    folds: u32,
    /// Keeps duplicate rows (with --group they are always kept)
    #[arg(long)]
    keep_duplicates: bool,
    /// Also runs `LightGBM` on the same rows and folds
    #[arg(long)]
    peer: bool,
    /// Writes all figures as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes a page with plots
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

pub(crate) fn run(args: Args) -> Outcome {
    let command: Vec<String> = std::env::args().skip(1).collect();
    let command = format!("slotwise {}", command.join(" "));
    match args.what {
        What::Next(args) => run_next(args, command),
        What::Intent(args) => run_intent(args, command),
        What::Shards(args) => run_shards(&args),
    }
}

fn run_intent(args: Intent, command: String) -> Outcome {
    // 1 and -1 are the directions of `Column::monotone`.
    let ways = |names: Vec<String>, way: i8| names.into_iter().map(move |name| (name, way));
    let Some(path) = args.table else {
        let files =
            LogFiles { events: args.events, columns: args.map, skip_broken: args.skip_broken, ..LogFiles::default() };
        let report = intent::of_events(&files, f64::from(args.held_back) / 100.0, args.peer, command)?;
        return print(&report, args.json.as_deref(), args.html.as_deref());
    };
    let source = table::TableFile {
        path,
        target: args.target,
        group: args.group,
        drop: args.drop,
        monotone: ways(args.increasing, 1).chain(ways(args.decreasing, -1)).collect(),
        keep_duplicates: args.keep_duplicates,
    };
    let report = intent::of_table(&source, args.folds, args.peer, command)?;
    print(&report, args.json.as_deref(), args.html.as_deref())
}

/// Writes the files that were asked for and prints the table.
fn print(report: &intent::report::IntentReport, json: Option<&Path>, html: Option<&Path>) -> Outcome {
    for note in &report.notes {
        eprintln!("{note}");
    }
    if let Some(path) = json {
        write(path, report.json().as_bytes())?;
    }
    if let Some(path) = html {
        write(path, intent::page::html(report)?.as_bytes())?;
    }
    print!("{}", report.table());
    Ok(())
}

fn run_next(args: Next, command: String) -> Outcome {
    let source = match (args.train, args.test) {
        (Some(train), Some(test)) => NextData::Sessions { train, test },
        _ => NextData::Events { held_back: f64::from(args.held_back) / 100.0 },
    };
    let log = LogFiles { events: args.events, columns: args.map, skip_broken: args.skip_broken, ..LogFiles::default() };
    let options = Options { log, ..args.rows.options() };
    let besides = Besides { peers: args.peers, strategies: args.strategies };
    let Evaluated { report, notes, snapshot } = next::run(&source, &options, besides, command)?;
    for note in notes {
        eprintln!("{note}");
    }
    if let Some(path) = &args.json {
        write(path, report.json().as_bytes())?;
    }
    if let Some(path) = &args.html {
        write(path, page::html(&report)?.as_bytes())?;
    }
    if let Some(path) = &args.snapshot {
        write(path, &snapshot)?;
    }
    print!("{}", report.table());
    Ok(())
}

fn run_shards(args: &Shards) -> Outcome {
    let snapshot = fs::read(&args.snapshot)
        .map_err(|error| format!("{}: {error}; give a snapshot's file", args.snapshot.display()))?;
    let report = shards::run(&snapshot, &args.test, args.sessions)?;
    for note in &report.notes {
        eprintln!("{note}");
    }
    if let Some(path) = &args.json {
        write(path, report.json().as_bytes())?;
    }
    print!("{}", report.table());
    Ok(())
}

/// Writes a file completely or not at all: a later step may read it while this one is interrupted.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Outcome {
    let temporary = path.with_extension("partial");
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| format!("{}: {error}; choose a path that can be written", path.display()).into())
}
