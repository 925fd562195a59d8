//! `cargo bench`: the time of a native decision and of reading intent, by Criterion. `SLOTWISE_SNAPSHOT` and `SLOTWISE_TESTS` name
//! the snapshot and the test file; without them there is nothing to measure, and it says so.

#[path = "programs/decision.rs"]
mod decision;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use decision::Questions;
use slotwise::event::{Event, EventKind, ItemKey};
use slotwise::feature::Features;
use slotwise::model::{Model, Scratch};
use slotwise::session::Session;
use slotwise::snapshot::{ItemIndex, SnapshotId};
use std::path::PathBuf;

fn decisions(criterion: &mut Criterion) {
    let named = |name| std::env::var_os(name).map(PathBuf::from);
    let (Some(snapshot), Some(tests)) = (named("SLOTWISE_SNAPSHOT"), named("SLOTWISE_TESTS")) else {
        eprintln!("skipped: SLOTWISE_SNAPSHOT and SLOTWISE_TESTS name no files");
        return;
    };
    match Questions::read(&snapshot, &tests) {
        Err(error) => eprintln!("skipped: {error}"),
        Ok(questions) => {
            let mut scratch = Scratch::default();
            let mut group = criterion.benchmark_group("decision");
            group.throughput(Throughput::Elements(questions.histories.len() as u64));
            group.bench_function("top_20", |bencher| bencher.iter(|| questions.ask_all(&mut scratch)));
        }
    }
}

/// Purchase, cart and exit, from the session on: `SLOTWISE_SHOP` names a snapshot that has the tables.
fn intents(criterion: &mut Criterion) {
    let Some(file) = std::env::var_os("SLOTWISE_SHOP") else { return };
    let Ok(model) = std::fs::read(file).map(|bytes| Model::open(bytes, SnapshotId::default())) else { return };
    let Ok(model) = model else { return };
    let session = |first: u32| {
        let mut session = Session::default();
        for step in 0..=first % 12 {
            let key = ItemKey::from_id(&model.item_id(ItemIndex::new((first * 131 + step) % model.len() as u32)));
            let time_ms = 1_700_000_000_000 + u64::from(step) * 30_000;
            session.observe(&Event::of_item(EventKind::ViewItem, key, time_ms));
        }
        session
    };
    let sessions: Vec<Session> = (0..1000).map(session).collect();
    let score = |session: &Session| {
        let features = Features::of(session, &model);
        let tables = model.intent();
        tables.purchase.score(&features.0) + tables.cart.score(&features.0) + tables.exit.score(&features.0)
    };
    let all = || sessions.iter().map(score).fold(0, i32::wrapping_add);
    criterion.benchmark_group("intent").bench_function("of_a_session", |bencher| bencher.iter(all));
}

criterion_group!(benches, decisions, intents);
criterion_main!(benches);
