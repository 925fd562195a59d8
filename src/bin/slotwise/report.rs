//! `slotwise report`: orders, carts and lift, by slot and arm.

use super::outcome::Outcome;
use slotwise::experiment::Trials;
use slotwise::log::LogFiles;
use slotwise::origin::publish;
use slotwise::origin::report::LiftReport;
use std::path::PathBuf;

/// Reports orders, carts and lift by slot and arm
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Event logs of the origin: folders of `slotwise serve --log`, or files
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    events: Vec<PathBuf>,
    /// Folder or store that `slotwise train` publishes to. The arm of each exposure is drawn again from its snapshot there, and
    /// one that does not fit is left out
    #[arg(long, value_name = "DIR or URL")]
    published: String,
    /// Prints JSON instead of text
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let (log, read) = LogFiles { events: args.events.clone(), ..LogFiles::default() }.read()?;
    let plans = publish::plans(&*publish::to_read(&args.published)?, &log.exposures)?;
    let report = LiftReport::of(&Trials::of(&log.exposures, &plans));
    if read.simulated_visits > 0 {
        eprintln!("simulated visits: {}; they are no people", read.simulated_visits);
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.text());
    }
    Ok(())
}
