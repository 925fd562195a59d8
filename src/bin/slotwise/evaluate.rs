//! `slotwise evaluate`: how good a model is, on data it has not seen.

use super::outcome::Outcome;
use super::train::Rows;
use slotwise::evaluate::intent::{self, table};
use slotwise::evaluate::next::{self, Evaluated, NextData};
use slotwise::evaluate::page;
use slotwise::log::{Columns, LogFiles};
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
}

/// Next-item rows: how often the item that came next is among the first
#[derive(clap::Args)]
struct Next {
    /// A session file: a session a line, item ids in click order; plain or gzipped
    #[arg(long, value_name = "FILE", requires = "test", required_unless_present = "events")]
    train: Option<PathBuf>,
    /// Its tests: a prefix, a tab and the next item a line; plain or gzipped
    #[arg(long, value_name = "FILE", requires = "train")]
    test: Option<PathBuf>,
    /// Or event files, as `slotwise train` reads them; the newest sessions are held back for the tests
    #[arg(long, num_args = 1.., value_name = "FILE", conflicts_with = "train")]
    events: Vec<PathBuf>,
    /// Column names of the event files, as for `slotwise train`
    #[arg(long, default_value = "", hide_default_value = true, value_parser = Columns::parse)]
    map: Columns,
    /// Share of the event files' sessions that is held back, in percent
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=50))]
    held_back: u8,
    #[command(flatten)]
    rows: Rows,
    /// Runs the published methods too
    #[arg(long)]
    peers: bool,
    /// Writes all figures as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the snapshot that was tested, unsigned, for `slotwise inspect`
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// Writes a page with plots
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Intent: how well purchase, exit and the like are predicted, and how true the probabilities are
#[derive(clap::Args)]
struct Intent {
    /// A table with a header, separated by commas, | or tabs; plain or gzipped; ? or nothing is a missing value
    #[arg(long, value_name = "FILE", requires = "target", required_unless_present = "events")]
    table: Option<PathBuf>,
    /// Or event files, as `slotwise train` reads them: a row a moment, the newest sessions held back for the tests
    #[arg(long, num_args = 1.., value_name = "FILE", conflicts_with = "table")]
    events: Vec<PathBuf>,
    /// Column names of the event files, as for `slotwise train`
    #[arg(long, default_value = "", hide_default_value = true, value_parser = Columns::parse)]
    map: Columns,
    /// Share of the event files' sessions that is held back, in percent
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=50))]
    held_back: u8,
    /// The column to predict, of two values
    #[arg(long, value_name = "COLUMN", default_value = "", hide_default_value = true)]
    target: String,
    /// Rows with one value of this column (a session) are tested together
    #[arg(long, value_name = "COLUMN")]
    group: Option<String>,
    /// Columns to leave out
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    drop: Vec<String>,
    /// Columns more of which must never lower the score
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    increasing: Vec<String>,
    /// Columns more of which must never raise it
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    decreasing: Vec<String>,
    /// Parts of the table, each tested by a model personalised to the others
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..=50))]
    folds: u32,
    /// Keeps rows that say the same as one before (with --group they are always kept)
    #[arg(long)]
    keep_duplicates: bool,
    /// Runs `LightGBM` on the same rows and folds
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
    }
}

fn run_intent(args: Intent, command: String) -> Outcome {
    let ways = |names: Vec<String>, way: i8| names.into_iter().map(move |name| (name, way));
    let Some(path) = args.table else {
        let files = LogFiles { events: args.events, columns: args.map, ..LogFiles::default() };
        let report = intent::of_events(&files, f64::from(args.held_back) / 100.0, args.peer, command)?;
        return tell(&report, args.json.as_deref(), args.html.as_deref());
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
    tell(&report, args.json.as_deref(), args.html.as_deref())
}

fn tell(report: &intent::report::IntentReport, json: Option<&Path>, html: Option<&Path>) -> Outcome {
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
    let log = LogFiles { events: args.events, columns: args.map, ..LogFiles::default() };
    let options = Options { log, ..args.rows.options() };
    let Evaluated { report, notes, snapshot } = next::run(&source, &options, args.peers, command)?;
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

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Outcome {
    let temporary = path.with_extension("partial");
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| format!("{}: {error}; give a place that may be written", path.display()).into())
}
