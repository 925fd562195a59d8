//! `slotwise log`: lists, verifies and erases the origin's event log.

use super::outcome::{Found, Outcome};
use slotwise::origin::log::{self, Day, Rule, time_text};
use std::path::{Path, PathBuf};

/// Lists, verifies or erases the event log of the origin
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Lists the days: events, bytes, times of the earliest and the latest event
    List {
        /// Folder of `slotwise serve --log`
        dir: PathBuf,
    },
    /// Checks every line. The exit code is 1 if something is wrong
    Verify {
        /// Folder of `slotwise serve --log`
        dir: PathBuf,
    },
    Erase(Erase),
}

/// Erases events by one rule. While the origin runs, only closed days can be changed
#[derive(clap::Args)]
struct Erase {
    /// Folder of `slotwise serve --log`
    dir: PathBuf,
    #[command(flatten)]
    which: Which,
    /// Only says what would be erased
    #[arg(long)]
    dry_run: bool,
}

/// The rule: one of these.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// Events that arrived before this day of UTC
    #[arg(long, value_name = "DATE")]
    before: Option<Day>,
    /// The event with this id
    #[arg(long, value_name = "ID")]
    event_id: Option<String>,
    /// Events of the visit whose session has this digest: all that are linked to it by `chain`
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    visit: Option<String>,
    /// Events that name this product
    #[arg(long, value_name = "ID")]
    item: Option<String>,
}

fn digest(text: &str) -> Result<String, String> {
    let is_digest = (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| text.to_owned()).ok_or_else(|| "expected up to 16 hexadecimal digits, as in `chain`".into())
}

impl Which {
    /// The rule; the command line has exactly one.
    fn rule(&self) -> Option<Rule> {
        let Self { before, event_id, visit, item } = self;
        let day = before.map(Rule::Before);
        let text = [(event_id, Rule::EventId as fn(String) -> Rule), (visit, Rule::Visit), (item, Rule::Item)];
        day.or_else(|| text.into_iter().find_map(|(text, rule)| text.clone().map(rule)))
    }
}

pub(crate) fn run(args: &Args) -> Outcome {
    match &args.what {
        What::List { dir } => list(dir),
        What::Verify { dir } => verify(dir),
        What::Erase(args) => erase(args),
    }
}

fn list(dir: &Path) -> Outcome {
    println!("{:10}  {:>9}  {:>11}  {:19}  {:19}", "day", "events", "bytes", "earliest", "latest");
    for day in log::list(dir)? {
        let (first, last) =
            day.times.map_or_else(Default::default, |(first, last)| (time_text(first), time_text(last)));
        let form = if day.is_closed { "compressed" } else { "open" };
        println!("{}  {:>9}  {:>11}  {first:19}  {last:19}  {form}", day.day, day.lines, day.bytes);
    }
    Ok(())
}

fn verify(dir: &Path) -> Outcome {
    let checked = log::verify(dir, &mut |finding| match finding.line {
        0 => println!("{}: {}", finding.path.display(), finding.what),
        line => println!("{}: line {line}: {}", finding.path.display(), finding.what),
    })?;
    println!("{} files, {} lines, {} mistakes", checked.files, checked.lines, checked.findings);
    if checked.findings == 0 {
        return Ok(());
    }
    Err(Found(format!("{}: {} mistakes, expected none", dir.display(), checked.findings)).into())
}

fn erase(args: &Erase) -> Outcome {
    let rule = args.which.rule().ok_or("expected --before, --event-id, --visit or --item")?;
    let erased = log::erase(&args.dir, &rule, args.dry_run)?;
    for day in &erased {
        println!("{}  {} events", day.day, day.lines);
    }
    let lines: u64 = erased.iter().map(|day| day.lines).sum();
    let said = if args.dry_run { "would be erased" } else { "erased" };
    println!("{lines} events of {} days {said}", erased.len());
    Ok(())
}
