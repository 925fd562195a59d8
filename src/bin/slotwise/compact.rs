//! `slotwise compact`: the origin's log as a lake of Parquet, with retention and erasure.

use super::outcome::Outcome;
#[cfg(feature = "lake")]
use slotwise::lake::{self, Rule};
use std::path::PathBuf;

/// Not read without Parquet.
#[cfg(not(feature = "lake"))]
type Rule = String;

/// Compacts the origin's event log into a lake of Parquet files, a folder a day; drops days and erases events by rule
///
/// It needs a program that was built with `cargo build --release --features lake`; for object stores `lake,store`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder of `slotwise serve --log`. Without it, only --keep, --erase and --flat are done
    #[arg(long, value_name = "DIR", required_unless_present_any = ["keep", "erase", "flat"])]
    log: Option<PathBuf>,
    /// Folder of the lake, which is created, or its address in an object store, such as `s3://bucket/lake`
    #[arg(long, value_name = "DIR or URL")]
    lake: PathBuf,
    /// Drops whole days that are older, such as 400d
    #[arg(long, value_name = "DAYS", value_parser = days)]
    keep: Option<u32>,
    /// Erases events: session=ID, user=ID, event=ID, or visit=DIGEST. May be given several times
    #[arg(long, value_name = "RULE")]
    erase: Vec<Rule>,
    /// Also writes a flat row for each event and product, which `slotwise train --engine` reads. Later runs keep them up to
    /// date without being asked
    #[arg(long)]
    flat: bool,
}

fn days(text: &str) -> Result<u32, String> {
    let days = text.strip_suffix('d').unwrap_or(text).parse().ok().filter(|days| *days > 0);
    days.ok_or_else(|| "expected a number of days, such as 400d".into())
}

#[cfg(not(feature = "lake"))]
pub(crate) fn run(_: &Args) -> Outcome {
    Err("this program was built without Parquet; build it with `cargo build --release --features lake`, or `lake,store` for \
         object stores"
        .into())
}

#[cfg(feature = "lake")]
pub(crate) fn run(args: &Args) -> Outcome {
    let now_ms = super::signer::now_ms();
    if let Some(log) = &args.log {
        let days = lake::compact(log, &args.lake, args.keep, now_ms)?;
        for day in &days {
            let broken = if day.broken > 0 { format!(", {} lines are no events", day.broken) } else { String::new() };
            println!("{}  {:>9} events added, {} there already{broken}", day.day, day.added, day.repeated);
        }
        println!("{} events of {} days added", days.iter().map(|day| day.added).sum::<u64>(), days.len());
    }
    if let Some(keep) = args.keep {
        let dropped = lake::keep(&args.lake, keep, now_ms)?;
        println!("{} days dropped, older than {keep} days", dropped.len());
    }
    for rule in &args.erase {
        let (days, events) = lake::erase(&args.lake, rule, now_ms)?;
        println!("{events} events of {days} days erased");
    }
    let days = if args.flat { lake::flatten(&args.lake)? } else { lake::keep_flat(&args.lake)? };
    if !days.is_empty() {
        println!("{} days as flat rows", days.len());
    }
    Ok(())
}
