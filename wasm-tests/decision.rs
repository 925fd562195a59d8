//! Decisions, again and again, for whoever counts instructions: `decision SNAPSHOT TESTS PASSES` asks the
//! snapshot for twenty items after each of the first 5,000 prefixes, PASSES times over. Counting one pass
//! and two tells what one pass costs.

use slotwise::event::{EventKind, ItemKey};
use slotwise::model::{Model, Scratch, Step, Trail};
use slotwise::snapshot::SnapshotId;
use slotwise::train::lines;
use std::hint::black_box;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [snapshot, tests, passes] = &words[..] else { return Err("expected SNAPSHOT TESTS PASSES".into()) };
    let model = Model::open(std::fs::read(snapshot)?, SnapshotId::default())?;
    let trail = |prefix: &[u64]| -> Trail {
        let item = |id: &u64| model.item(ItemKey::from_id(&id.to_string()));
        let step = |item| Step { item, kind: EventKind::ViewItem, repeated: false };
        prefix.iter().rev().filter_map(item).map(step).collect()
    };
    let trails: Vec<Trail> =
        lines::tests(Path::new(tests))?.iter().take(5000).map(|test| trail(&test.prefix)).collect();
    let mut scratch = Scratch::default();
    let began = std::time::Instant::now();
    for _ in 0..passes.parse()? {
        for trail in &trails {
            black_box(model.next_items(trail, 20, true, &mut scratch));
        }
    }
    let rows: usize = trails.iter().map(|trail| trail.len()).sum();
    println!("{} trails of {:.2} items: {:?}", trails.len(), rows as f64 / trails.len() as f64, began.elapsed());
    Ok(())
}
