//! Snapshots of a shop day by day: each is trained on the log so far with the one before as its base, and told as a patch.
//!
//! The arguments are a folder that gets snapshots and patches, a file of event rows (`time,event,item,session`, times in
//! seconds), then the last second of each day. Printed is a JSON object a day: bytes, and how often the item that the next day's
//! visitors looked at next is among the first twenty, beside a snapshot that was trained without a base, and one for which only
//! the newest day or two were read and older days counted by their sums.

use serde_json::{Value, json};
use slotwise::event::{Event, EventKind, ItemKey};
use slotwise::log::LogFiles;
use slotwise::model::{Model, Scratch};
use slotwise::session::Session;
use slotwise::snapshot::SnapshotId;
use slotwise::snapshot::patch::{apply, make};
use slotwise::train::day_sums::DaySums;
use slotwise::train::kernel::Kernels;
use slotwise::train::older::{Older, OlderDay};
use slotwise::train::search::{Data, Search, search};
use slotwise::train::weights::Weights;
use slotwise::train::{Options, train};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A row and its time in seconds.
type Row = (f64, String);

/// A file with the rows after a time that are not newer than another.
fn written(rows: &[Row], from: f64, until: f64) -> Result<PathBuf, Box<dyn Error>> {
    let file: PathBuf = std::env::temp_dir().join(format!("slotwise-days-{}.csv", std::process::id()));
    let known = rows.iter().filter(|(time, _)| *time > from && *time <= until).map(|(_, row)| row.as_str());
    let text: Vec<&str> = std::iter::once("time,event,item,session").chain(known).collect();
    std::fs::write(&file, text.join("\n"))?;
    Ok(file)
}

/// Trains on rows.
fn trained(rows: &[Row], until: f64, base: Vec<u8>) -> Result<(Vec<u8>, String), Box<dyn Error>> {
    let file = written(rows, f64::MIN, until)?;
    let log = LogFiles { events: vec![file.clone()], ..LogFiles::default() };
    let search = Search { rounds: 0, state: None };
    let options = Options { log, base, search, ..Options::default() };
    let (log, _) = options.log.read()?;
    let trained = train(&log, &[], &options)?;
    std::fs::remove_file(&file)?;
    Ok((trained.bytes, format!("{:?}", trained.numbering)))
}

/// Trains on the newest `recent` days and on the sums of those before, as `slotwise learn` does. A catalogue lists all products
/// so far. Returns the seconds that it took, too: those of the day that is counted now with those of the rest.
fn added_up(
    rows: &[Row],
    days: &[f64],
    recent: usize,
    kernels: &mut Option<Kernels>,
    folder: &Path,
) -> Result<(Vec<u8>, f64), Box<dyn Error>> {
    let (last, first) = (days.len() - 1, days.len().saturating_sub(recent));
    let begins = |day: usize| day.checked_sub(1).map_or(f64::MIN, |before| days[before]);
    let items: BTreeSet<&str> =
        rows.iter().filter(|(time, _)| *time <= days[last]).filter_map(|(_, row)| row.split(',').nth(2)).collect();
    let catalogue = folder.join("products.csv");
    std::fs::write(&catalogue, items.into_iter().fold("item\n".to_owned(), |text, item| text + item + "\n"))?;
    let began = Instant::now();
    let events = vec![written(rows, begins(first), days[last])?];
    let (newest, _) = LogFiles { events, catalogue: Some(catalogue), ..LogFiles::default() }.read()?;
    let mut older = Older::default();
    if first > 0 {
        // Chosen once, on the days that are read then.
        let data = Data { log: &newest, group: None, neighbours: 32, support: 1 };
        let choose = || search(data, &Search { rounds: 0, state: None }, &mut |_| ());
        older.kernels = match kernels {
            Some(kernels) => *kernels,
            None => *kernels.insert(choose()?.map_or_else(Kernels::default, |found| found.kernels)),
        };
    }
    let weights = Weights::of(&older.kernels);
    for day in 0..first {
        let (path, key) = (folder.join(format!("{recent}-{day}.sums")), [day as u8; 32]);
        if DaySums::read(&path, &key)?.is_none() {
            let file = written(rows, begins(day), days[day])?;
            let (log, _) = LogFiles { events: vec![file], ..LogFiles::default() }.read()?;
            DaySums::of(&log, 0..log.ends.len(), &weights).write(&path, &key)?;
        }
        older.days.push(OlderDay { begin_ms: ((days[day] - 86_400.0) * 1000.0) as u64, path, key });
    }
    let search = Search { rounds: 0, state: None };
    let trained = train(&newest, &[], &Options { older, search, ..Options::default() })?;
    Ok((trained.bytes, began.elapsed().as_secs_f64()))
}

/// Tests a snapshot on the sessions of a span of time.
fn tested(bytes: &[u8], rows: &[Row], from: f64, until: f64) -> Result<Value, Box<dyn Error>> {
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
    let mut kernels = [None; 2];
    for (at, day) in days.iter().enumerate() {
        let began = Instant::now();
        let (fresh, _) = trained(&rows, *day, Vec::new())?;
        let fresh_s = began.elapsed().as_secs_f64();
        let (bytes, numbering) = trained(&rows, *day, base.clone())?;
        let next = days.get(at + 1).copied().unwrap_or(f64::MAX);
        let [steady, afresh] = [&bytes, &fresh].map(|bytes| tested(bytes, &rows, *day, next));
        let mut told = json!({
            "full": bytes.len(), "fresh": fresh.len(), "numbering": numbering, "steady": steady?, "afresh": afresh?,
        });
        told["fresh_s"] = json!(fresh_s);
        for (recent, kernels) in (1..).zip(&mut kernels) {
            let (bytes, seconds) = added_up(&rows, &days[..=at], recent, kernels, &folder)?;
            told[format!("added_up_{recent}")] = tested(&bytes, &rows, *day, next)?;
            told[format!("added_up_{recent}_s")] = json!(seconds);
        }
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
