//! `slotwise diff`: replays logged visits and shows how a new snapshot or plan would change their decisions.
//!
//! It answers "what will be different tomorrow?" before publishing. Decisions depend on the visit and the time alone, so a
//! replay at the logged time decides as a host would have then.

use super::open;
use super::outcome::Outcome;
use slotwise::decide::{Decider, DecisionReport};
use slotwise::log::replay::Replay;
use slotwise::log::{Columns, LogFiles};
use slotwise::model::{Model, Scratch};
use slotwise::plan;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

/// Shows how a new snapshot or plan would change decisions on logged visits
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Current version: a published folder, a snapshot file, or a plan (.json, needs --published)
    old: PathBuf,
    /// New version, in one of the same forms
    new: PathBuf,
    /// Event files, as for `slotwise train`
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    events: Vec<PathBuf>,
    /// Column names of the log, as for `slotwise train`
    #[arg(long, default_value = "", hide_default_value = true, value_parser = Columns::parse)]
    map: Columns,
    /// Snapshot on which plans are tried
    #[arg(long, value_name = "DIR")]
    published: Option<PathBuf>,
    /// Number of visits to replay, the newest of the log
    #[arg(long, default_value_t = 2000)]
    visits: usize,
    /// Number of examples per slot
    #[arg(long, default_value_t = 1)]
    examples: usize,
    /// Prints JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// How the decisions of one slot changed.
#[derive(Default, serde::Serialize)]
struct Change {
    visits: usize,
    /// Visits that the old version personalises, and visits that the new one does.
    personalised: [usize; 2],
    /// Visits in which both versions show different things.
    changed: usize,
    /// Products shown by both versions, and products shown by either, summed over visits.
    kept_products: usize,
    all_products: usize,
    #[serde(skip)]
    examples: Vec<String>,
}

/// Opens one of the two versions. A plan is tried on the published snapshot.
fn model(path: &Path, published: Option<&PathBuf>) -> Result<Model<Vec<u8>>, Box<dyn Error>> {
    if path.extension().is_none_or(|ending| ending != "json") {
        return open::model(path);
    }
    let under = published
        .ok_or_else(|| format!("{} is a plan, expected --published with the snapshot to try it on", path.display()))?;
    let model = open::model(under)?;
    let plan = plan::read_for(path, &model)?;
    Ok(model.replan(plan)?)
}

pub(crate) fn run(args: &Args) -> Outcome {
    let models = [model(&args.old, args.published.as_ref())?, model(&args.new, args.published.as_ref())?];
    let files = LogFiles { events: args.events.clone(), columns: args.map.clone(), ..LogFiles::default() };
    let (log, _) = files.read()?;
    let replay = Replay::new(&log);
    let skipped = log.ends.len().saturating_sub(args.visits);
    let mut changes: BTreeMap<String, Change> = BTreeMap::new();
    let mut scratches = [Scratch::default(), Scratch::default()];
    for (events, visit) in log.sessions().zip(&log.visits).skip(skipped) {
        // The visit as it was before its last event: the last moment at which a decision mattered.
        let seen = &events[..events.len() - 1];
        let session = replay.session(visit, seen);
        let now_ms = events[events.len() - 1].time_ms;
        // Lazily, one model after the other: each takes its own scratch memory along and gives it back.
        let mut decided = models.iter().zip(&mut scratches).map(|(model, scratch)| {
            let mut decider = Decider::new(model, &session, now_ms).with_scratch(std::mem::take(scratch));
            let all = decider.explain_all(0);
            (_, *scratch) = decider.end();
            all.into_iter().map(|decision| (decision.slot.clone(), decision)).collect::<BTreeMap<_, _>>()
        });
        let (Some(old), Some(mut new)) = (decided.next(), decided.next()) else { continue };
        for (slot, before) in old {
            note(changes.entry(slot.clone()).or_default(), Some(&before), new.remove(&slot).as_ref(), args.examples);
        }
        // What is left are slots that the old version does not have.
        for (slot, after) in new {
            note(changes.entry(slot).or_default(), None, Some(&after), args.examples);
        }
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&changes)?);
        return Ok(());
    }
    println!(
        "{:28} {:>7} {:>16} {:>16} {:>9} {:>14}",
        "slot", "visits", "personalised old", "personalised new", "changed", "products kept"
    );
    let percent =
        |part: usize, of: usize| if of == 0 { "-".into() } else { format!("{:.1} %", 100.0 * part as f64 / of as f64) };
    for (slot, change) in &changes {
        let [old, new] = change.personalised.map(|count| percent(count, change.visits));
        let (differs, kept) =
            (percent(change.changed, change.visits), percent(change.kept_products, change.all_products));
        println!("{slot:28} {:>7} {old:>16} {new:>16} {differs:>9} {kept:>14}", change.visits);
    }
    for (slot, change) in changes.iter().filter(|(_, change)| !change.examples.is_empty()) {
        change.examples.iter().for_each(|example| println!("\n{slot}: {example}"));
    }
    Ok(())
}

/// Counts one visit's decisions for a slot, old and new; `None` if a version does not have the slot.
fn note(change: &mut Change, old: Option<&DecisionReport>, new: Option<&DecisionReport>, examples: usize) {
    change.visits += 1;
    for (count, decision) in change.personalised.iter_mut().zip([old, new]) {
        *count += usize::from(decision.is_some_and(|decision| decision.personalised));
    }
    let items = |decision: Option<&DecisionReport>| -> Vec<String> {
        decision.into_iter().flat_map(|decision| &decision.items).map(|pick| pick.item_id.clone()).collect()
    };
    let (before, after) = (items(old), items(new));
    let kept = before.iter().filter(|id| after.contains(id)).count();
    change.kept_products += kept;
    change.all_products += before.len() + after.len() - kept;
    let shows = |decision: Option<&DecisionReport>| match decision {
        None => "no such slot".to_owned(),
        Some(decision) if !decision.personalised => "the shop's own content".into(),
        Some(DecisionReport { variant: Some(variant), .. }) => format!("\"{variant}\""),
        Some(decision) if decision.kind == "order" => decision.order.join(", "),
        Some(decision) => decision.items.iter().map(|pick| pick.item_id.as_str()).collect::<Vec<_>>().join(", "),
    };
    let (old_shows, new_shows) = (shows(old), shows(new));
    if old_shows != new_shows {
        change.changed += 1;
        if change.examples.len() < examples {
            let why = new.and_then(|decision| decision.reasons().first()).map_or("", |reason| reason.text.as_str());
            change.examples.push(format!("{old_shows}\n  becomes {new_shows}\n  because {why}"));
        }
    }
}
