//! `slotwise evaluate shards`: what browsers fetch of a snapshot, and what waiting for it costs.
//!
//! Sessions of a test set are replayed as a page would live through them: the browser begins with the root, asks its model
//! for what it wants, fetches that, and asks again. Each event is tested twice: when the page has come, with what was there
//! before, and once everything wanted has come. Beside both stands the whole snapshot.
//!
//! Sizes are those of gzip, or as stored where gzip does not help. A browser that has seen a shard does not fetch it again.

use super::error::EvaluateError;
use crate::event::{Event, EventKind, ItemKey};
use crate::log::lines;
use crate::model::{Model, Scratch};
use crate::session::Session;
use crate::shard::{Parts, Rows, Shard, gzip, make, pack};
use crate::snapshot::tree::NAME;
use crate::snapshot::{ItemIndex, SnapshotError, SnapshotId};
use crate::train::TrainError;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::path::Path;

/// Length of the lists that are tested.
const PLACES: usize = 20;
/// Next items whose cards the edge puts into a page.
const NEXT: usize = 20;
/// Rounds of fetches for a page: far more than a model ever wants.
const ROUNDS: usize = 20;

/// What browsers fetch of a snapshot.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ShardReport {
    /// Number of items.
    pub items: usize,
    /// Size of the whole snapshot.
    pub snapshot_bytes: usize,
    /// The first load, as stored.
    pub root_bytes: usize,
    /// The first load in gzip.
    pub root_gzip: usize,
    /// Items whose cards the root has.
    pub root_cards: usize,
    /// Items whose rows the root has.
    pub root_rows: usize,
    /// Directories, shards of cards, of rows, and branches.
    pub kinds: Vec<Kind>,
    /// Number of sessions that were replayed.
    pub sessions: usize,
    /// Number of events tested.
    pub tests: usize,
    /// Without an edge, and with one that puts a pack into each page.
    pub ways: Vec<Way>,
    /// Quality with the whole snapshot.
    pub whole: Quality,
    /// What the operator should know.
    pub notes: Vec<String>,
}

/// Shards of a kind.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Kind {
    /// What they hold.
    pub name: &'static str,
    /// Number of shards.
    pub shards: usize,
    /// Size of all of them.
    pub bytes: usize,
    /// The same in gzip.
    pub gzip: usize,
    /// Size of the largest.
    pub largest: usize,
}

/// One way of living with shards.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Way {
    /// Its name.
    pub name: &'static str,
    /// Bytes that a session fetches, with the root and the packs in pages.
    pub bytes_median: usize,
    /// The same for nine of ten sessions.
    pub bytes_p90: usize,
    /// Shards that a session fetches, on average.
    pub shards: f64,
    /// Share of the decisions that were made with shards still under way, in percent.
    pub partial: f64,
    /// Quality of the decisions made with what was there when the page came.
    pub at_once: Quality,
    /// Quality once everything wanted had come.
    pub settled: Quality,
}

/// How often the next item was among the first twenty.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Quality {
    /// Recall in percent.
    pub recall_at_20: f64,
    /// Mean reciprocal rank in percent.
    pub mrr_at_20: f64,
}

impl Quality {
    fn add(&mut self, list: &[ItemIndex], target: Option<ItemIndex>) {
        if let Some(rank) = list.iter().position(|item| Some(*item) == target) {
            self.recall_at_20 += 100.0;
            self.mrr_at_20 += 100.0 / (rank + 1) as f64;
        }
    }

    fn over(self, tests: usize) -> Self {
        let tests = tests.max(1) as f64;
        Self { recall_at_20: self.recall_at_20 / tests, mrr_at_20: self.mrr_at_20 / tests }
    }
}

/// Replays at most `most` sessions of a test file with the parts of a snapshot.
///
/// # Errors
/// An [`EvaluateError`] if the file or the snapshot cannot be read.
pub fn run(snapshot: &[u8], test: &Path, most: usize) -> Result<ShardReport, EvaluateError> {
    let refused = |error: SnapshotError| EvaluateError::from(TrainError::from(error));
    let model = Model::open(snapshot, SnapshotId::default()).map_err(refused)?;
    let parts = make(&model, Rows::Browser).map_err(refused)?;
    let sessions = sessions(test, most)?;
    let mut report = ShardReport {
        items: model.len(),
        snapshot_bytes: snapshot.len(),
        root_bytes: parts.root.bytes.len(),
        root_gzip: parts.root_gzip,
        root_cards: parts.cards,
        root_rows: parts.rows,
        kinds: kinds(&parts),
        sessions: sessions.len(),
        tests: sessions.iter().map(|session| session.len() - 1).sum(),
        notes: parts.notes.clone(),
        ..ShardReport::default()
    };
    let world = World { model: &model, parts: &parts, sizes: sizes(&parts) };
    let mut scratch = Scratch::default();
    for keys in &sessions {
        let mut session = Session::default();
        for (at, two) in keys.windows(2).enumerate() {
            view(&mut session, two[0], at);
            let list = best(&model, &session, &mut scratch);
            report.whole.add(&list, model.item(two[1]));
        }
    }
    report.whole = report.whole.over(report.tests);
    for (name, with_edge) in [("browser alone", false), ("with an edge", true)] {
        report.ways.push(world.replay(name, with_edge, &sessions, report.tests).map_err(refused)?);
    }
    Ok(report)
}

/// Sessions of a test file, evenly chosen. Each prefix of a session is a line there; the longest comes first.
fn sessions(test: &Path, most: usize) -> Result<Vec<Vec<ItemKey>>, EvaluateError> {
    let mut all: Vec<Vec<u64>> = Vec::new();
    let mut before: Vec<u64> = Vec::new();
    for test in lines::tests(test)? {
        if !(before.len() > test.prefix.len() && before.starts_with(&test.prefix)) {
            let mut whole = test.prefix.clone();
            whole.push(test.target);
            all.push(whole);
        }
        before = test.prefix;
    }
    let step = (all.len() / most.max(1)).max(1);
    let keys = |session: &Vec<u64>| session.iter().map(|id| ItemKey::from_id(&id.to_string())).collect();
    Ok(all.iter().step_by(step).take(most).map(keys).collect())
}

fn view(session: &mut Session, key: ItemKey, at: usize) {
    session.observe(&Event::of_item(EventKind::ViewItem, key, 1_700_000_000_000 + at as u64 * 60_000));
}

/// The best next items. Those without a card cannot be shown.
fn best<B: AsRef<[u8]>>(model: &Model<B>, session: &Session, scratch: &mut Scratch) -> Vec<ItemIndex> {
    let best = model.next_items(&model.history(session, None), PLACES, true, scratch);
    best.iter().map(|best| best.item).filter(|item| model.has_card(*item)).collect()
}

/// The size of each shard on its way.
fn sizes(parts: &Parts) -> HashMap<[u8; NAME], (&Shard, usize)> {
    let size = |shard: &Shard| gzip(&shard.bytes).min(shard.bytes.len());
    parts.shards.iter().map(|shard| (shard.name, (shard, size(shard)))).collect()
}

fn kinds(parts: &Parts) -> Vec<Kind> {
    let shape = &parts.shape;
    let mut rest = &parts.shards[..];
    let counts =
        [("directories", shape.directories), ("cards", shape.cards), ("rows", shape.rows), ("branches", u32::MAX)];
    let kind = |(name, count): (&'static str, u32)| {
        let (shards, after) = rest.split_at(rest.len().min(count as usize));
        rest = after;
        let lengths = || shards.iter().map(|shard| shard.bytes.len());
        let gzip = shards.iter().map(|shard| gzip(&shard.bytes)).sum();
        let largest = lengths().max().unwrap_or_default();
        Kind { name, shards: shards.len(), bytes: lengths().sum(), gzip, largest }
    };
    counts.into_iter().map(kind).collect()
}

/// A published snapshot, and the edge that has it.
struct World<'a> {
    model: &'a Model<&'a [u8]>,
    parts: &'a Parts,
    sizes: HashMap<[u8; NAME], (&'a Shard, usize)>,
}

impl World<'_> {
    fn replay(
        &self,
        name: &'static str,
        with_edge: bool,
        sessions: &[Vec<ItemKey>],
        tests: usize,
    ) -> Result<Way, SnapshotError> {
        let mut way = Way { name, ..Way::default() };
        let mut totals = Vec::new();
        let (mut scratch, mut partial, mut fetched) = (Scratch::default(), 0_usize, 0_usize);
        for keys in sessions {
            let mut page = Model::open_root(self.parts.root.bytes.clone(), SnapshotId::default())?;
            let mut session = Session::default();
            let (mut known, mut bytes) = (HashSet::new(), self.parts.root_gzip);
            for (at, two) in keys.windows(2).enumerate() {
                view(&mut session, two[0], at);
                let target = self.model.item(two[1]);
                if with_edge && let Some(pack) = self.pack(&session, two[0], &mut scratch) {
                    // In base64, which compression undoes.
                    bytes += gzip(&pack).min(pack.len());
                    page.extend(&pack);
                }
                partial += usize::from(page.is_partial(&session, None, &mut scratch));
                way.at_once.add(&best(&page, &session, &mut scratch), target);
                for _ in 0..ROUNDS {
                    let wanted = page.wanted(&session, &[], &mut scratch);
                    let new: Vec<_> = wanted.into_iter().filter(|name| known.insert(*name)).collect();
                    if new.is_empty() {
                        break;
                    }
                    for (shard, size) in new.iter().filter_map(|name| self.sizes.get(name)) {
                        bytes += size;
                        fetched += 1;
                        page.extend(&shard.bytes);
                    }
                }
                way.settled.add(&best(&page, &session, &mut scratch), target);
            }
            totals.push(bytes);
        }
        totals.sort_unstable();
        let at = |share: f64| totals.get((totals.len() as f64 * share) as usize).copied().unwrap_or_default();
        (way.bytes_median, way.bytes_p90) = (at(0.5), at(0.9));
        way.shards = fetched as f64 / sessions.len().max(1) as f64;
        way.partial = partial as f64 * 100.0 / tests.max(1) as f64;
        (way.at_once, way.settled) = (way.at_once.over(tests), way.settled.over(tests));
        Ok(way)
    }

    /// What the edge puts into the page of a product: its rows, its card, and the cards of what fits next.
    fn pack(&self, session: &Session, key: ItemKey, scratch: &mut Scratch) -> Option<Vec<u8>> {
        let own = self.model.item(key)?;
        let history = self.model.history(session, None);
        let mut carded: Vec<ItemIndex> =
            self.model.next_items(&history, NEXT, true, scratch).iter().map(|best| best.item).collect();
        carded.push(own);
        carded.sort_unstable();
        carded.dedup();
        Some(pack::both(self.model, &carded, &[own]))
    }
}

impl ShardReport {
    /// The figures as JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The figures as a table for the terminal.
    pub fn table(&self) -> String {
        let mut out = format!(
            "{} items, whole snapshot {} bytes\nfirst load {} bytes, {} in gzip, with {} cards and {} rows\n\n",
            self.items, self.snapshot_bytes, self.root_bytes, self.root_gzip, self.root_cards, self.root_rows
        );
        let _ = writeln!(out, "{:<16}{:>8}{:>12}{:>12}{:>10}", "shards", "number", "bytes", "gzip", "largest");
        for Kind { name, shards, bytes, gzip, largest } in &self.kinds {
            let _ = writeln!(out, "{name:<16}{shards:>8}{bytes:>12}{gzip:>12}{largest:>10}");
        }
        let _ = writeln!(
            out,
            "\n{:<16}{:>10}{:>10}{:>8}{:>10}{:>8}{:>8}{:>8}{:>8}",
            "a session", "median B", "90 % B", "shards", "partial %", "R@20", "MRR", "settled", "MRR"
        );
        for way in &self.ways {
            let _ = writeln!(
                out,
                "{:<16}{:>10}{:>10}{:>8.1}{:>10.1}{:>8.2}{:>8.2}{:>8.2}{:>8.2}",
                way.name,
                way.bytes_median,
                way.bytes_p90,
                way.shards,
                way.partial,
                way.at_once.recall_at_20,
                way.at_once.mrr_at_20,
                way.settled.recall_at_20,
                way.settled.mrr_at_20
            );
        }
        let (recall, mrr) = (self.whole.recall_at_20, self.whole.mrr_at_20);
        let _ = writeln!(out, "{:<16}{:>54.2}{mrr:>8.2}{recall:>8.2}{mrr:>8.2}", "whole snapshot", recall);
        let _ = writeln!(out, "\n{} sessions, {} tests", self.sessions, self.tests);
        out
    }
}
