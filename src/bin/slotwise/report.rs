//! `slotwise report`: what experiments and offers did.

use super::outcome::Outcome;
use slotwise::origin::report::Report;
use slotwise::train::columns::Columns;
use slotwise::train::{Options, read_log};
use std::path::PathBuf;

/// Reports what experiments and offers did
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The origin's event log
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    events: Vec<PathBuf>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let options = Options { events: args.events.clone(), columns: Columns::default(), ..Options::default() };
    let (log, _) = read_log(&options)?;
    let report = Report::of(&log.trials);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.text());
    }
    Ok(())
}
