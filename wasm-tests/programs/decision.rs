//! Decisions, again and again, for whoever counts instructions: `decision SNAPSHOT TESTS PASSES` asks the
//! snapshot for twenty items after each of the first 5,000 prefixes, PASSES times over. Counting one pass
//! and two tells what one pass costs.

use slotwise::event::{EventKind, ItemKey};
use slotwise::log::lines;
use slotwise::model::{History, Model, Scratch, Step};
use slotwise::snapshot::SnapshotId;
use std::hint::black_box;
use std::path::Path;

/// A snapshot and what to ask it.
pub(crate) struct Questions {
    /// The model.
    pub(crate) model: Model<Vec<u8>>,
    /// Item events of visits so far.
    pub(crate) histories: Vec<History>,
}

impl Questions {
    /// Reads a snapshot and the first 5,000 prefixes of a test file.
    ///
    /// # Errors
    /// Whatever is wrong with either file.
    pub(crate) fn read(snapshot: &Path, tests: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let model = Model::open(std::fs::read(snapshot)?, SnapshotId::default())?;
        let step = |item| Step { item, kind: EventKind::ViewItem, repeated: false };
        let item = |id: &u64| model.item(ItemKey::from_id(&id.to_string()));
        let tests = lines::tests(tests)?;
        let history = |test: &lines::PrefixTest| test.prefix.iter().rev().filter_map(item).map(step).collect();
        let histories = tests.iter().take(5000).map(history).collect();
        Ok(Self { model, histories })
    }

    /// Asks once after every visit.
    pub(crate) fn ask_all(&self, scratch: &mut Scratch) {
        for history in &self.histories {
            black_box(self.model.next_items(black_box(history), 20, true, scratch));
        }
    }
}

#[allow(dead_code, reason = "the benchmark has a main of its own")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [snapshot, tests, passes] = &words[..] else { return Err("expected SNAPSHOT TESTS PASSES".into()) };
    let questions = Questions::read(Path::new(snapshot), Path::new(tests))?;
    let mut scratch = Scratch::default();
    for _ in 0..passes.parse()? {
        questions.ask_all(&mut scratch);
    }
    Ok(())
}
