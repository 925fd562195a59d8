//! `slotwise report`: orders, carts and lift, by slot and arm.

use super::outcome::Outcome;
use slotwise::experiment::trials;
use slotwise::log::LogFiles;
use slotwise::origin::report::LiftReport;
use std::path::PathBuf;

/// Reports orders, carts and lift by slot and arm
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Event logs of the origin: folders of `slotwise serve --log`, or files
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    events: Vec<PathBuf>,
    /// Prints JSON instead of text
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let (log, _) = LogFiles { events: args.events.clone(), ..LogFiles::default() }.read()?;
    let report = LiftReport::of(&trials(&log.exposures));
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.text());
    }
    Ok(())
}
