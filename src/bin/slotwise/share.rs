//! `slotwise share`: writes what a shop tells its sister shops.

use super::evaluate::write;
use super::outcome::Outcome;
use slotwise::group::{Budget, Sums};
use slotwise::log::{self, Columns, LogFiles};
use std::path::PathBuf;

/// Writes sums of a log for sister shops: visits by product and by pair of products, and nothing else
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Event files, as for `slotwise train`
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    events: Vec<PathBuf>,
    /// Column names of the log, as for `slotwise train`
    #[arg(long, default_value = "", hide_default_value = true, value_parser = Columns::parse)]
    map: Columns,
    /// Share of the rows that may be broken, as for `slotwise train`
    #[arg(long, value_name = "SHARE", value_parser = log::percentage)]
    skip_broken: Option<f64>,
    /// Distinct visits that a product and a pair must have had to be told
    #[arg(long, value_name = "VISITS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    minimum_support: u64,
    /// Differential privacy: chance is added, so that no single visit shows. Smaller is more private; 1 is strict, 10 is
    /// not. Every file of the same log spends as much again
    #[arg(long, value_name = "NUMBER")]
    epsilon: Option<f64>,
    /// The probability with which that promise may fail
    #[arg(long, value_name = "PROBABILITY", default_value_t = 1e-6, requires = "epsilon")]
    delta: f64,
    /// File to write: JSON, a product or a pair a line
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(args: Args) -> Outcome {
    let files =
        LogFiles { events: args.events, columns: args.map, skip_broken: args.skip_broken, ..LogFiles::default() };
    let (log, summary) = files.read()?;
    for note in &summary.notes {
        eprintln!("{note}");
    }
    let budget = args.epsilon.map(|epsilon| Budget { epsilon, delta: args.delta });
    let sums = Sums::of(&log, args.minimum_support, budget)?;
    write(&args.out, sums.to_json().as_bytes())?;
    println!("{}: {}", args.out.display(), told(&sums));
    Ok(())
}

/// Sums in a sentence.
pub(crate) fn told(sums: &Sums) -> String {
    let privacy = sums.privacy.map_or_else(
        || "no budget of privacy".to_owned(),
        |Budget { epsilon, delta }| format!("epsilon {epsilon}, delta {delta:e} a visit"),
    );
    format!(
        "{} products and {} pairs of {} shops, each with at least {} visits; {privacy}",
        sums.items.len(),
        sums.pairs.len(),
        sums.shops,
        sums.minimum_support
    )
}
