//! `slotwise sql`: prints the statements that count a log where it is.

use super::outcome::Outcome;
use slotwise::log::{Columns, LogFiles};
use slotwise::sql::{self, Dialect, Pairs, Script, Source};
use slotwise::train::search::kernels_of;
use slotwise::train::weights::Weights;
use std::path::PathBuf;

/// Prints the statements that count a log where it is, for `slotwise train --counted`
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Whose SQL: duckdb, spark, bigquery or snowflake
    #[arg(long, value_name = "ENGINE")]
    dialect: Dialect,
    /// Table or view with a row for each event and product; with --ga4, one of GA4's export
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The table is GA4's export as it is, with nested parameters and products
    #[arg(long, requires = "table", conflicts_with = "columns")]
    ga4: bool,
    /// Its columns, or those of Parquet files, as in `event_time,event_type,product_id,user_session`
    #[arg(long, value_name = "NAMES", value_delimiter = ',', required_unless_present_any = ["ga4", "events"])]
    columns: Vec<String>,
    /// Event files instead of a table: CSV or Parquet, for engines that open files
    #[arg(long, num_args = 1.., value_name = "PATH", conflicts_with = "table", required_unless_present = "table")]
    events: Vec<PathBuf>,
    /// Column names, as in `slotwise train`
    #[arg(long, default_value = "", hide_default_value = true, value_parser = Columns::parse)]
    map: Columns,
    /// Where the engine writes the results: a folder, or what the warehouse calls one, such as `gs://bucket/slotwise`
    #[arg(long, value_name = "PLACE")]
    out: String,
    /// File of a search whose kernels weigh the pairs; without it the defaults do
    #[arg(long, value_name = "FILE")]
    search: Option<PathBuf>,
    /// Minimum support, as in `slotwise train`
    #[arg(long, value_name = "VISITS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    minimum_support: u32,
    /// Currency of the prices; rows in others are left out. Without it all rows count
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// The most events of the sample of visits that all but next-item rows is learned from
    #[arg(long, value_name = "EVENTS", default_value_t = sql::SAMPLE, value_parser = clap::value_parser!(u64).range(1000..))]
    sample: u64,
}

pub(crate) fn run(args: Args) -> Outcome {
    let log = LogFiles { events: args.events, columns: args.map, ..LogFiles::default() };
    let source = match &args.table {
        Some(table) if args.ga4 => Source::ga4(table, &log.columns)?,
        Some(table) => Source::table(table, &args.columns, &log.columns)?,
        None => Source::files(&log, |files| sql::named(files, &args.columns))?,
    };
    let kernels = kernels_of(args.search.as_deref())?;
    let weights = Weights::of(&kernels);
    let script = Script {
        dialect: args.dialect,
        source: &source,
        place: args.out.trim_end_matches('/'),
        latest_ms: sql::NEVER_MS,
        times_ms: [0..=sql::NEVER_MS, 0..=sql::NEVER_MS],
        currency: args.currency.as_deref(),
        others: &[],
        sample: args.sample,
        listed: None,
    };
    let pairs = Pairs {
        dialect: args.dialect,
        place: script.place,
        shares: source.has_strangers(),
        weights: &weights,
        support: args.minimum_support,
        trails: kernels.trail > 0.0,
    };
    print!("{}{}", script.first(), pairs.script());
    Ok(())
}
