//! `slotwise report`: orders, carts and lift, by slot and arm.

use super::Outcome;
use slotwise::origin::report::Report;
use slotwise::train::columns::Columns;
use slotwise::train::{Options, read_log};
use std::path::PathBuf;

/// Reports orders, carts and lift by slot and arm
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Event logs of the origin
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    events: Vec<PathBuf>,
    /// Prints JSON instead of text
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
