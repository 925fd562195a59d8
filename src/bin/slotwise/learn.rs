//! `slotwise learn`: retrains from the origin's log, and publishes what is not worse.

use super::goal::Goal;
use super::outcome::{Found, Outcome};
use super::signer::{keep, now_ms, seconds, share};
use super::train::{Defaults, Rows};
use slotwise::experiment::canary;
use slotwise::learn::cycle::{self, Ended, Options, Told};
use slotwise::learn::drift::Limits;
use slotwise::learn::gate::Rule;
use slotwise::learn::journal::{self, Journal};
use slotwise::log::LogFiles;
use slotwise::origin::{key, publish};
use slotwise::plan::currencies;
use slotwise::train;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

/// Learns from the origin's log again and again, and publishes a snapshot only if it is not worse than the one in use
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder of `slotwise serve --log`, or a lake of `slotwise compact`, which may be in an object store
    #[arg(long, value_name = "DIR or URL", required_unless_present = "journal")]
    log: Option<PathBuf>,
    /// Folder or object store that is published to
    #[arg(long, value_name = "DIR or URL")]
    site: String,
    /// Secret key of `slotwise keygen`. Give two while keys are rotated: both sign
    #[arg(long = "key", value_name = "FILE", required_unless_present = "journal")]
    key: Vec<PathBuf>,
    /// Plan file
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Catalogue, as for `slotwise train`
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// Time between two turns
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = seconds)]
    every: u32,
    /// Makes one turn and ends, for cron. Exit code 1: the candidate was refused
    #[arg(long)]
    once: bool,
    /// Days of the log that are learned from, the newest ones; without it, all
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: Option<u32>,
    /// The newest of these days, which are read visit by visit. Older ones are counted once, and their sums are kept
    #[arg(long, value_name = "DAYS", default_value_t = 28, value_parser = clap::value_parser!(u32).range(1..=3650))]
    recent: u32,
    /// Publishes a new snapshot for a share of the visits first, such as 10%. Later turns promote or withdraw it by what these
    /// visits did
    #[arg(long, value_name = "SHARE", value_parser = share)]
    canary: Option<u16>,
    /// What a canary is judged by
    #[arg(long, value_enum, default_value_t = Goal::Order)]
    goal: Goal,
    /// Fewest visits of the window on which a candidate is judged; a canary needs as many
    #[arg(long, value_name = "NUMBER", default_value_t = 500, value_parser = clap::value_parser!(u32).range(20..=10_000_000))]
    minimum: u32,
    /// By how much a candidate's figures may be worse, in percent of those of the snapshot in use
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u8).range(0..=100))]
    margin: u8,
    /// Address that is told of drift: a POST of JSON
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// Population stability index from which on a shift is an alarm
    #[arg(long, value_name = "INDEX", default_value_t = Limits::default().stability)]
    drift: f64,
    /// Folder of the journal. Default: the site's folder with `.learn` at its end
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Prints the journal as sentences, and does nothing else
    #[arg(long)]
    journal: bool,
    /// Snapshots to keep, as for `slotwise train`
    #[arg(long, value_name = "NUMBER", default_value_t = publish::KEEP, value_parser = keep)]
    keep: usize,
    #[command(flatten)]
    defaults: Defaults,
    #[command(flatten)]
    rows: Rows,
}

pub(crate) fn run(args: Args) -> Outcome {
    let state = match &args.state {
        Some(state) => state.clone(),
        None if args.site.contains("://") => {
            return Err(
                format!("{}: a store holds no journal; give --state with a folder of this machine", args.site).into()
            );
        }
        None => PathBuf::from(format!("{}.learn", args.site.trim_end_matches('/'))),
    };
    if args.journal {
        for entry in journal::read(&state)? {
            println!("{}", entry.sentence());
        }
        return Ok(());
    }
    if !(args.drift.is_finite() && args.drift > 0.0) {
        return Err(format!("--drift: found {}, expected a number above 0, such as 0.25", args.drift).into());
    }
    if args.key.len() > 2 {
        return Err(format!("--key is given {} times, expected one or two keys", args.key.len()).into());
    }
    let keys = args.key.iter().map(|path| key::secret(path)).collect::<Result<_, _>>()?;
    let margin = f64::from(args.margin) / 100.0;
    let log = LogFiles {
        catalogue: args.catalogue,
        currencies: args.plan.as_deref().map(currencies).unwrap_or_default(),
        ..LogFiles::default()
    };
    let options = Options {
        log: args.log.unwrap_or_default(),
        days: args.days,
        recent: args.recent,
        state: state.clone(),
        site: args.site,
        keys,
        train: train::Options {
            log,
            plan: args.plan,
            currency: args.defaults.currency,
            url_pattern: args.defaults.url_pattern,
            image_pattern: args.defaults.image_pattern,
            ..args.rows.options()
        },
        rule: Rule { minimum: args.minimum as usize, margin },
        canary: args.canary,
        goal: args.goal.of_canary(),
        canary_rule: canary::Rule { minimum: u64::from(args.minimum), margin },
        limits: Limits { stability: args.drift, ..Limits::default() },
        webhook: args.webhook,
        keep: args.keep,
    };
    let mut journal = Journal::open(&state)?;
    let mut say = |sentence: String| println!("{sentence}");
    let mut told = Told { journal: &mut journal, say: &mut say };
    cycle::recover(&options, &mut told)?;
    if args.once {
        return match cycle::turn(&options, &mut told)? {
            Ended::Refused => Err(Found("the candidate was refused; the snapshot in use stays".into()).into()),
            _ => Ok(()),
        };
    }
    loop {
        let began = now_ms();
        // A turn that failed is in the journal, and the next one may find what was missing.
        if let Err(error) = cycle::turn(&options, &mut told) {
            eprintln!("slotwise: {error}");
        }
        let took = now_ms().saturating_sub(began);
        sleep(Duration::from_millis((u64::from(args.every) * 1000).saturating_sub(took).max(1000)));
    }
}
