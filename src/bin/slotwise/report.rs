//! `slotwise report`: orders, carts, revenue and lift, by slot and arm.

use super::evaluate::write;
use super::goal::Goal;
use super::open;
use super::outcome::Outcome;
use slotwise::evaluate::lift::{Settings, lift, page};
use slotwise::experiment::Trials;
use slotwise::log::LogFiles;
use slotwise::origin::publish;
use std::path::PathBuf;

/// Reports orders, carts, revenue and lift by slot and arm
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Event logs of the origin: folders of `slotwise serve --log`, or whatever `slotwise train` takes
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    events: Vec<PathBuf>,
    /// Folder or store that `slotwise train` publishes to. The arm of each exposure is drawn again from its snapshot there, and
    /// one that does not fit is left out
    #[arg(long, value_name = "DIR or URL")]
    published: String,
    /// The measure that verdicts rest on. Choose it before the first look
    #[arg(long, value_enum, default_value_t = Goal::Order)]
    goal: Goal,
    /// Number of visits of two arms at which the always valid intervals are tightest. Fix it before the first look
    #[arg(long, value_name = "VISITS", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(100..))]
    tightest_at: u64,
    /// A snapshot's file or published folder: what it would earn in slots of variants and offers, estimated from the visits
    /// that saw the others
    #[arg(long, value_name = "PATH")]
    candidate: Option<PathBuf>,
    /// How the report is called
    #[arg(long, value_name = "TEXT", default_value = "What Slotwise did")]
    title: String,
    /// Writes a page with plots, which needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Prints JSON instead of text
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let (log, read) = LogFiles { events: args.events.clone(), ..LogFiles::default() }.read()?;
    let target = publish::to_read(&args.published)?;
    let trials = Trials::of(&log.exposures, &publish::plans(&*target, &log.exposures)?);
    let goal = args.goal.of_report();
    let (tightest, title) = (args.tightest_at as f64, args.title.clone());
    let (currency, simulated_visits) = (log.currency.clone(), read.simulated_visits);
    let settings = Settings { goal, tightest, title, currency, simulated_visits };
    let mut report = lift(&trials, &settings);
    report.tell_shown(&log, &trials, &mut |id| publish::open_id(&*target, id).ok());
    if let Some(path) = &args.candidate {
        let candidate = open::model(path)?;
        report.tell_candidate(&log, &trials, &candidate, goal, &mut |id| publish::open_id(&*target, id).ok());
    }
    if let Some(path) = &args.html {
        write(path, page::html(&report, goal)?.as_bytes())?;
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.text());
    }
    Ok(())
}
