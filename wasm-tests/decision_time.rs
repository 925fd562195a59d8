//! `cargo bench`: the time of a native decision, by Criterion. `SLOTWISE_SNAPSHOT` and `SLOTWISE_TESTS` name
//! the snapshot and the test file; without them there is nothing to measure, and it says so.

mod decision;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use decision::Questions;
use slotwise::model::Scratch;
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
            group.throughput(Throughput::Elements(questions.trails.len() as u64));
            group.bench_function("top_20", |bencher| bencher.iter(|| questions.ask_all(&mut scratch)));
        }
    }
}

criterion_group!(benches, decisions);
criterion_main!(benches);
