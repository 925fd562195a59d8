//! `slotwise promote`: makes the canary's snapshot the one in use, by hand or by what its visits did.

use super::goal::Goal;
use super::outcome::{Found, Outcome};
use super::signer::{Signer, say};
use slotwise::experiment::Tally;
use slotwise::experiment::canary::{Canary, Comparison, Rule, Verdict};
use slotwise::log::LogFiles;
use slotwise::origin::publish::{self, Publication, Target, change};
use std::path::PathBuf;

/// Makes the canary's snapshot the one in use, at once or if its visits did not do worse
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder or object store that `slotwise train` has published to
    #[arg(long, value_name = "DIR or URL")]
    published: String,
    #[command(flatten)]
    signer: Signer,
    /// Decides by the log: promotes a canary that is not worse, withdraws one that is (exit code 1), and else waits. Run
    /// it as often as you like
    #[arg(long, requires = "events")]
    if_not_worse: bool,
    /// Event logs of the origin: folders of `slotwise serve --log`, or files
    #[arg(long, num_args = 1.., value_name = "PATH", requires = "if_not_worse")]
    events: Vec<PathBuf>,
    /// What counts after the first exposure
    #[arg(long, value_enum, default_value_t = Goal::Order)]
    goal: Goal,
    /// Fewest visits of the canary, and of the snapshot in use
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    minimum: u64,
    /// By how much the canary may be worse, in percent of the rate of the snapshot in use
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u8).range(0..=100))]
    margin: u8,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let keys = args.signer.keys()?;
    if !args.if_not_worse {
        let target = publish::to_write(&args.published)?;
        say(&args.published, &change::promote(args.signer.begin(&*target, &keys)?)?);
        return Ok(());
    }
    // Reading a log takes long. Other publishers need not wait for it.
    let target = publish::to_read(&args.published)?;
    let publication = args.signer.begin(&*target, &keys)?;
    let judged = publication.existing()?.canary.clone();
    let rule = Rule { minimum: args.minimum, margin: f64::from(args.margin) / 100.0 };
    let (verdict, why) = judge(args, &*target, &publication, rule)?;
    match verdict {
        Verdict::Wait => {
            println!("waits     {why}");
            return Ok(());
        }
        Verdict::Promote => println!("promotes  {why}"),
        Verdict::Withdraw => println!("withdraws {why}"),
    }
    let target = publish::to_write(&args.published)?;
    let publication = args.signer.begin(&*target, &keys)?;
    if publication.existing()?.canary != judged {
        return Err(format!("{}: the canary was changed meanwhile; run this command again", args.published).into());
    }
    if verdict == Verdict::Promote {
        say(&args.published, &change::promote(publication)?);
        return Ok(());
    }
    say(&args.published, &change::withdraw(publication)?);
    Err(Found("the canary was withdrawn".into()).into())
}

/// Compares the visits of the two snapshots.
fn judge(
    args: &Args,
    target: &dyn Target,
    publication: &Publication<'_>,
    rule: Rule,
) -> Result<(Verdict, String), Box<dyn std::error::Error>> {
    let manifest = publication.existing()?;
    let canary = change::canary(publication)?;
    let since_ms = publish::since(target, manifest)?;
    let (log, _) = LogFiles { events: args.events.clone(), ..LogFiles::default() }.read()?;
    let plans = publish::plans(target, &log.exposures)?;
    let tried =
        Canary { current: &manifest.current.snapshot, canary: &canary.release.snapshot, share: canary.share, since_ms };
    let found = Comparison::of(&log.exposures, &plans, tried, args.goal.of_canary());
    let say = |name: &str, tally: Tally| {
        println!("{name:9} {} visits, {}: {}", tally.visits, args.goal.words(), found.goal.words(tally.mean()));
    };
    say("in use", found.current);
    say("canary", found.canary);
    if found.left_out > 0 {
        println!(
            "left out  {} exposures whose snapshot or arm does not fit their draw, or that repeat",
            found.left_out
        );
    }
    Ok(found.verdict(rule))
}
