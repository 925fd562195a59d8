//! A snapshot in the forms in which it travels, and what the same table of rows would take as JSON and as an int8 embedding.
//!
//! `forms TRAIN TEST SEARCH FOLDER`: files of sessions and tests as `slotwise evaluate next` takes them, the state of its
//! search, and a folder that gets the whole snapshot, its root, its shards and the JSON. The embedding is the truncated
//! singular value decomposition of the same counted rows, as they are before the best 32 are chosen, by subspace
//! iteration from a fixed start. It has the kernels that were found for the rows, and their score of items seen before. Printed is
//! a JSON object: bytes by section, recall and reciprocal rank.

use serde_json::json;
use slotwise::event::{Event, EventKind, ItemKey};
use slotwise::log::lines;
use slotwise::model::{Model, Scratch};
use slotwise::session::Session;
use slotwise::shard;
use slotwise::snapshot::layout::Tag;
use slotwise::snapshot::{ItemIndex, SnapshotId};
use slotwise::train::count::Counts;
use slotwise::train::kernel::Kernels;
use slotwise::train::search::Search;
use slotwise::train::table::CountedRows;
use slotwise::train::{Options, train};
use std::collections::HashMap;
use std::error::Error;
use std::path::Path;

/// Neighbours per row of what is factorised.
const WIDE: usize = 200;
const PLACES: usize = 20;
/// Tests that are asked, evenly spread.
const TESTS: usize = 3000;
const ITERATIONS: usize = 6;

/// Columns of equal length, one after the other.
struct Matrix {
    rows: usize,
    columns: Vec<Vec<f32>>,
}

impl Matrix {
    /// A start without chance: every entry from a hash of its place.
    fn start(rows: usize, columns: usize) -> Self {
        let entry = |at: usize| ((at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f32 / 8_388_608.0 - 1.0;
        Self { rows, columns: (0..columns).map(|c| (0..rows).map(|r| entry(c * rows + r)).collect()).collect() }
    }

    /// Makes the columns orthonormal (Gram and Schmidt, twice against rounding).
    fn orthonormal(&mut self) {
        for at in 0..self.columns.len() {
            let (before, rest) = self.columns.split_at_mut(at);
            let column = &mut rest[0];
            for _ in 0..2 {
                for other in before.iter() {
                    let share: f32 = other.iter().zip(column.iter()).map(|(a, b)| a * b).sum();
                    column.iter_mut().zip(other).for_each(|(a, b)| *a -= share * b);
                }
            }
            let length = column.iter().map(|a| a * a).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            column.iter_mut().for_each(|a| *a /= length);
        }
    }

    /// The product of sparse rows, or of their transpose, with this matrix.
    fn times(&self, sparse: &CountedRows, transposed: bool) -> Self {
        let column = |column: &Vec<f32>| {
            let mut out = vec![0.0; self.rows];
            for (own, row) in sparse.iter().enumerate() {
                for (to, weight) in row {
                    let (from, into) = if transposed { (own, *to as usize) } else { (*to as usize, own) };
                    out[into] += weight * column[from];
                }
            }
            out
        };
        Self { rows: self.rows, columns: self.columns.iter().map(column).collect() }
    }
}

/// Rounds a vector to 255 steps of its largest entry, and back.
fn int8(vector: &mut [f32]) {
    let most = vector.iter().fold(0.0_f32, |most, entry| most.max(entry.abs())).max(f32::MIN_POSITIVE);
    vector.iter_mut().for_each(|entry| *entry = (*entry / most * 127.0).round() / 127.0 * most);
}

/// Both sides of the decomposition by item, quantised: `left[from] · right[to]` is about the weight.
fn factorised(sparse: &CountedRows, dimensions: usize) -> [Vec<Vec<f32>>; 2] {
    let mut right = Matrix::start(sparse.len(), dimensions);
    right.orthonormal();
    for _ in 0..ITERATIONS {
        let mut left = right.times(sparse, false);
        left.orthonormal();
        right = left.times(sparse, true);
        right.orthonormal();
    }
    let left = right.times(sparse, false);
    let by_item = |matrix: &Matrix| {
        let item = |at: usize| {
            let mut vector: Vec<f32> = matrix.columns.iter().map(|column| column[at]).collect();
            int8(&mut vector);
            vector
        };
        (0..matrix.rows).map(item).collect()
    };
    [by_item(&left), by_item(&right)]
}

/// What a session adds to items it has seen, as [`Kernels`] says of visits that open no page twice in a row.
fn returning(kernels: &Kernels, history: &[u32]) -> Vec<(u32, f32)> {
    let newest = history.first().copied().unwrap_or_default();
    let is_back = history.iter().skip(1).any(|item| *item == newest);
    let (first, others, fading) = match history.len() {
        1 => (kernels.first, kernels.earlier, kernels.fading),
        _ if is_back => (kernels.back_newest, kernels.back_earlier, kernels.back_fading),
        _ => (kernels.newest, kernels.earlier, kernels.fading),
    };
    let length = (history.len() as f64).powf(kernels.length);
    let score = |at: usize| if at == 0 { first } else { others * (-fading * (at - 1) as f64).exp() };
    let mut seen: Vec<(u32, f32)> = Vec::new();
    for (at, item) in history.iter().enumerate() {
        if seen.iter().all(|(held, _)| held != item) {
            seen.push((*item, (score(at) / length) as f32));
        }
    }
    seen
}

/// Recall and reciprocal rank, in percent.
fn shares(places: &[Option<usize>]) -> (f64, f64) {
    let share = 100.0 / places.len().max(1) as f64;
    let found = || places.iter().flatten();
    (share * found().count() as f64, share * found().map(|place| 1.0 / (*place + 1) as f64).sum::<f64>())
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [train_file, test_file, search, folder] = &words[..] else {
        return Err("expected TRAIN TEST SEARCH FOLDER".into());
    };
    let (log, _) = lines::sessions(train_file.as_ref())?;
    let search = Search { rounds: 0, state: Some(search.into()) };
    let trained = train(&log, &[], &Options { search, ..Options::default() })?;
    let model = Model::open(&trained.bytes[..], SnapshotId::default())?;
    let numbers: HashMap<&str, u32> = log.items.iter().map(|item| item.id.as_str()).zip(0..).collect();
    let all = lines::tests(test_file.as_ref())?;
    let every = all.len().div_ceil(TESTS).max(1);
    let tests: Vec<_> = all.iter().step_by(every).collect();
    let mut scratch = Scratch::default();
    let mut ours = Vec::new();
    for test in &tests {
        let mut session = Session::default();
        for (at, id) in test.prefix.iter().enumerate() {
            let key = ItemKey::from_id(&id.to_string());
            session.observe(&Event::of_item(EventKind::ViewItem, key, 1_700_000_000_000 + at as u64 * 60_000));
        }
        let target = model.item(ItemKey::from_id(&test.target.to_string()));
        let best = model.next_items(&model.history(&session, None), PLACES, true, &mut scratch);
        ours.push(best.iter().position(|best| Some(best.item) == target));
    }
    let (recall, mrr) = shares(&ours);
    // The rows with their weights, as a page would get them from a service.
    let row = |own: u32| {
        let (scale, entries) = model.row(0, ItemIndex::new(own));
        let weight = |level: u32| u64::from(scale) * u64::from(level * level);
        let entries: Vec<_> = entries.map(|(to, level)| json!([log_id(&model, to), weight(level)])).collect();
        (log_id(&model, ItemIndex::new(own)), json!(entries))
    };
    let table: serde_json::Map<String, serde_json::Value> = (0..model.len() as u32).map(row).collect();
    let table = serde_json::to_vec(&table)?;
    let kernels = trained.kernels;
    let sparse =
        Counts::new(&log, 0..log.ends.len()).rows(&Kernels { power: kernels.power * 0.5, ..kernels }, WIDE, 1, 0.0);
    let mut embeddings = Vec::new();
    // A larger one than the first that is as good says nothing, and takes minutes.
    for dimensions in [16, 32, 64, 128, 256] {
        if embeddings.last().is_some_and(|last: &serde_json::Value| last["recall"].as_f64() >= Some(recall)) {
            break;
        }
        let [left, right] = factorised(&sparse, dimensions);
        let place = |test: &&lines::PrefixTest| {
            let history: Vec<u32> =
                test.prefix.iter().rev().filter_map(|id| numbers.get(id.to_string().as_str()).copied()).collect();
            let mut query = vec![0.0_f32; dimensions];
            for (at, item) in history.iter().enumerate().take(16) {
                let weight = (-kernels.recency * at as f64).exp() as f32;
                query.iter_mut().zip(&left[*item as usize]).for_each(|(sum, entry)| *sum += weight * entry);
            }
            let dot = |vector: &Vec<f32>| vector.iter().zip(&query).map(|(a, b)| a * b).sum::<f32>();
            let mut scores: Vec<f32> = right.iter().map(dot).collect();
            for (item, score) in returning(&kernels, &history) {
                scores[item as usize] += score;
            }
            let target = *numbers.get(test.target.to_string().as_str())? as usize;
            let better = scores.iter().filter(|score| **score > scores[target]).count();
            (better < PLACES).then_some(better)
        };
        let places: Vec<Option<usize>> = tests.iter().map(place).collect();
        let (found, reciprocal) = shares(&places);
        // Two sides, a byte each dimension, and a scale of four bytes each item and side.
        let bytes = 2 * log.items.len() * (dimensions + 4);
        embeddings.push(json!({ "dimensions": dimensions, "bytes": bytes, "recall": found, "mrr": reciprocal }));
    }
    let folder = Path::new(folder);
    std::fs::write(folder.join("full"), &trained.bytes)?;
    std::fs::write(folder.join("json"), table)?;
    let parts = shard::make(&model, shard::Rows::Browser)?;
    std::fs::write(folder.join("root"), &parts.root.bytes)?;
    std::fs::create_dir_all(folder.join("shards"))?;
    for (at, shard) in parts.shards.iter().enumerate() {
        std::fs::write(folder.join("shards").join(at.to_string()), &shard.bytes)?;
    }
    let section = |(tag, range): (Tag, std::ops::Range<usize>)| (tag.name(), json!(range.len()));
    let sections: serde_json::Map<String, serde_json::Value> = model.sections().iter().map(section).collect();
    let entries = model.verify()?.entries;
    let told = json!({
        "tests": tests.len(), "items": model.len(), "entries": entries, "sections": sections, "recall": recall, "mrr": mrr,
        "embeddings": embeddings,
    });
    println!("{told}");
    Ok(())
}

/// The shop's id of a product: all ids of these logs are decimal.
fn log_id<B: AsRef<[u8]>>(model: &Model<B>, item: ItemIndex) -> String {
    model.item_key(item).decimal().unwrap_or_default().to_string()
}
