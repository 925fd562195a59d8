//! `slotwise simulate`: shoppers with known preferences visit a real Worker.

use super::evaluate::write;
use super::outcome::Outcome;
use slotwise::simulate::{self, Options};
use std::path::PathBuf;

/// Sends simulated shoppers with known preferences to a Worker, to check the loop from events to better pages
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Address of the Worker, such as <http://127.0.0.1:8787>. Events end up in its origin's log: never name a shop that
    /// people visit
    #[arg(long, value_name = "URL")]
    edge: String,
    /// The shop's catalogue: CSV with columns for product, category and price, as for `slotwise train`
    #[arg(long, value_name = "FILE")]
    catalogue: PathBuf,
    /// Number of visits
    #[arg(long, value_name = "NUMBER", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    visits: u64,
    /// Number of the first visit: a later run goes on where one of the same seed ended
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    first: u64,
    /// Seed of tastes and visits
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Groups of shoppers. Each prefers categories of its own
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=50))]
    taste: u8,
    /// Number of the visit from which on each group prefers what the next group did
    #[arg(long, value_name = "NUMBER")]
    switch_at: Option<u64>,
    /// How many times faster than people they turn pages
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Visits at the same time
    #[arg(long, value_name = "NUMBER", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    at_once: u16,
    /// Address of a product's page
    #[arg(long, value_name = "PATTERN", default_value = "/product/{id}")]
    product_page: String,
    /// Currency of the prices
    #[arg(long, default_value = "USD")]
    currency: String,
    /// Writes the true tastes of each group, and what its visits did, as JSON
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed| (1.0..=1e6).contains(speed));
    speed.ok_or_else(|| format!("found \"{text}\", expected 1 to 1000000"))
}

pub(crate) fn run(args: Args) -> Outcome {
    let Args { edge, catalogue, visits, first, seed, taste, switch_at, speed, at_once, product_page, currency, truth } =
        args;
    let (groups, at_once) = (usize::from(taste), usize::from(at_once));
    let options =
        Options { edge, visits, first, seed, groups, switch_at, speed, at_once, product_page, currency, catalogue };
    let done = simulate::run(options)?;
    println!("simulated {visits} visits, {} failed; they are no people", done.failed);
    for arm in ["treated", "holdout", "none"] {
        let sums = done.arm(arm);
        if sums.visits == 0 {
            continue;
        }
        let (mean, error) = sums.revenue_per_visit();
        println!(
            "{arm:9} {} visits: {:.2} pages, {:.2} looks, {:.2} exposures, {:.2} in the cart a visit; {:.2} % order; revenue {mean:.3} a visit (standard error {error:.3})",
            sums.visits,
            sums.pages as f64 / sums.visits as f64,
            sums.looks as f64 / sums.visits as f64,
            sums.exposures as f64 / sums.visits as f64,
            sums.carts as f64 / sums.visits as f64,
            100.0 * sums.orders as f64 / sums.visits as f64,
        );
    }
    if let Some(path) = truth {
        write(&path, serde_json::to_string_pretty(&done.truth)?.as_bytes())?;
    }
    Ok(())
}
