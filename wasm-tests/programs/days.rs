//! Snapshots of a shop day by day: each is trained on the log so far with the one before as its base, and told as a patch.
//!
//! The arguments are a folder that gets snapshots and patches, a file of event rows (`time,event,item,session`, times in
//! seconds), then the last second of each day. Printed is a JSON object a day: bytes, and how often the item that the next day's visitors looked at next is among the
//! first twenty, beside a snapshot that was trained without a base.

use serde_json::{Value, json};
use slotwise::event::{Event, EventKind, ItemKey};
use slotwise::log::LogFiles;
use slotwise::model::{Model, Scratch};
use slotwise::session::Session;
use slotwise::snapshot::SnapshotId;
use slotwise::snapshot::patch::{apply, make};
use slotwise::train::search::Search;
use slotwise::train::{Options, train};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

/// Trains on the rows of a file that are not newer than a time.
fn trained(rows: &[(f64, String)], until: f64, base: Vec<u8>) -> Result<(Vec<u8>, String), Box<dyn Error>> {
    let file: PathBuf = std::env::temp_dir().join(format!("slotwise-days-{}.csv", std::process::id()));
    let known = rows.iter().filter(|(time, _)| *time <= until).map(|(_, row)| row.as_str());
    let text: Vec<&str> = std::iter::once("time,event,item,session").chain(known).collect();
    std::fs::write(&file, text.join("\n"))?;
    let log = LogFiles { events: vec![file.clone()], ..LogFiles::default() };
    let search = Search { rounds: 0, state: None };
    let options = Options { log, base, search, ..Options::default() };
    let (log, _) = options.log.read()?;
    let trained = train(&log, &[], &options)?;
    std::fs::remove_file(&file)?;
    Ok((trained.bytes, format!("{:?}", trained.numbering)))
}

/// Tests a snapshot on the sessions of a span of time.
fn tested(bytes: &[u8], rows: &[(f64, String)], from: f64, until: f64) -> Result<Value, Box<dyn Error>> {
    let model = Model::open(bytes, SnapshotId::default())?;
    let mut sessions: BTreeMap<&str, Vec<ItemKey>> = BTreeMap::new();
    for (_, row) in rows.iter().filter(|(time, _)| *time > from && *time <= until) {
        let [_, _, item, session] =
            row.split(',').collect::<Vec<_>>().try_into().map_err(|_| "expected four columns")?;
        sessions.entry(session).or_default().push(ItemKey::from_id(item));
    }
    let (mut tests, mut hits, mut reciprocal) = (0_u32, 0_u32, 0.0);
    let mut scratch = Scratch::default();
    for items in sessions.values() {
        let mut session = Session::default();
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                tests += 1;
                let best = model.next_items(&model.history(&session, None), 20, true, &mut scratch);
                if let Some(place) = best.iter().position(|best| Some(best.item) == model.item(*item)) {
                    hits += 1;
                    reciprocal += 1.0 / (place + 1) as f64;
                }
            }
            session.observe(&Event::of_item(EventKind::ViewItem, *item, 1_700_000_000_000 + at as u64 * 60_000));
        }
    }
    let share = |of: f64| 100.0 * of / f64::from(tests.max(1));
    Ok(json!({ "tests": tests, "recall": share(f64::from(hits)), "mrr": share(reciprocal) }))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let folder = PathBuf::from(words.next().ok_or("expected a folder")?);
    let events = std::fs::read_to_string(words.next().ok_or("expected a file of event rows")?)?;
    let days: Vec<f64> = words.map(|day| day.parse()).collect::<Result<_, _>>()?;
    let mut rows = Vec::new();
    for row in events.lines().skip(1) {
        rows.push((row.split(',').next().unwrap_or_default().parse::<f64>()?, row.to_owned()));
    }
    let mut base = Vec::new();
    for (at, day) in days.iter().enumerate() {
        let (fresh, _) = trained(&rows, *day, Vec::new())?;
        let (bytes, numbering) = trained(&rows, *day, base.clone())?;
        let next = days.get(at + 1).copied().unwrap_or(f64::MAX);
        let [steady, afresh] = [&bytes, &fresh].map(|bytes| tested(bytes, &rows, *day, next));
        let mut told = json!({
            "full": bytes.len(), "fresh": fresh.len(), "numbering": numbering, "steady": steady?, "afresh": afresh?,
        });
        if !base.is_empty() {
            let patch = make(&base, &bytes)?;
            let began = Instant::now();
            let same = apply(&base, &patch).as_deref() == Ok(&bytes[..]);
            told["apply_ms"] = json!(began.elapsed().as_secs_f64() * 1e3);
            told["same"] = json!(same);
            told["patch"] = json!(patch.len());
            told["patch_without_base"] = json!(make(&base, &fresh)?.len());
            std::fs::write(folder.join(format!("{at}.patch")), &patch)?;
        }
        std::fs::write(folder.join(format!("{at}.snapshot")), &bytes)?;
        println!("{told}");
        base = bytes;
    }
    Ok(())
}
