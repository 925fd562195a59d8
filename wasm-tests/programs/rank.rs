//! The scorer alone as a Wasm module, for `npm run bench`: nothing between the clock and the model.
#![allow(missing_docs)]

#[cfg(target_arch = "wasm32")]
mod bench {
    use slotwise::decide::Decider;
    use slotwise::event::{Event, EventKind, ItemKey};
    use slotwise::feature::Features;
    use slotwise::model::{Model, Scratch, Step};
    use slotwise::session::Session;
    use slotwise::snapshot::{ItemIndex, SnapshotId};
    use std::hint::black_box;
    use wasm_bindgen::prelude::*;

    /// A session that looked at these items, oldest first, half a minute apart.
    fn session(ids: &[String]) -> Session {
        let mut session = Session::default();
        for (step, id) in ids.iter().enumerate() {
            let time_ms = 1_700_000_000_000 + step as u64 * 30_000;
            session.observe(&Event::of_item(EventKind::ViewItem, ItemKey::from_id(id), time_ms));
        }
        session
    }

    #[wasm_bindgen]
    pub struct Ranker {
        model: Model<Vec<u8>>,
        scratch: Scratch,
    }

    #[wasm_bindgen]
    impl Ranker {
        #[wasm_bindgen(constructor)]
        pub fn new(snapshot: Vec<u8>) -> Result<Ranker, JsError> {
            let model = Model::open(snapshot, SnapshotId::default()).map_err(|why| JsError::new(&why.to_string()))?;
            Ok(Self { model, scratch: Scratch::default() })
        }

        /// The number of an item, to be looked up before the clock starts.
        pub fn item(&self, id: &str) -> Option<u32> {
            self.model.item(ItemKey::from_id(id)).map(ItemIndex::get)
        }

        /// Ranks the best `limit` items after these, newest first, `rounds` times over; returns the last
        /// one's score.
        pub fn rank(&mut self, history: &[u32], limit: usize, rounds: u32) -> u32 {
            let step = |item: &u32| Step { item: ItemIndex::new(*item), kind: EventKind::ViewItem, repeated: false };
            let history = history.iter().map(step).collect();
            let mut last = 0;
            for _ in 0..rounds {
                let best = self.model.next_items(black_box(&history), limit, true, &mut self.scratch);
                last = black_box(best).last().map_or(0, |last| last.score);
            }
            last
        }

        /// Decides every slot of the plan as one page, for a session that looked at these items, oldest first, `rounds`
        /// times over; returns how many products are on it.
        pub fn page(&mut self, ids: Vec<String>, rounds: u32) -> usize {
            let session = session(&ids);
            let mut products = 0;
            for _ in 0..rounds {
                let scratch = std::mem::take(&mut self.scratch);
                let decider = Decider::new(&self.model, black_box(&session), 1_700_001_000_000);
                let mut decider = decider.with_scratch(scratch);
                let decisions = decider.decide_all();
                (_, self.scratch) = decider.end();
                products = black_box(decisions).iter().map(|decision| decision.items.len()).sum();
            }
            products
        }

        /// Reads purchase, cart and exit from a session that looked at these items, oldest first, half a minute
        /// apart, `rounds` times over; returns the sum of their scores.
        pub fn intent(&self, ids: Vec<String>, rounds: u32) -> i32 {
            let session = session(&ids);
            let tables = self.model.intent();
            let mut sum = 0;
            for _ in 0..rounds {
                let features = Features::of(black_box(&session), &self.model);
                sum = [&tables.purchase, &tables.cart, &tables.exit].iter().map(|it| it.score(&features.0)).sum();
                black_box(sum);
            }
            sum
        }
    }
}
