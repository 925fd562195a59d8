//! Decides what goes into a slot, and prints why: `cargo run --release --example decide [SNAPSHOT] [SLOT]`.
//!
//! The snapshot is the golden one of the tests unless another is named. A host does the same: it keeps the model, observes
//! the events of a visit as they happen, and decides when a page needs it.

use slotwise::context::{Context, LocalTime};
use slotwise::decide::{Decider, Place};
use slotwise::event::{Event, EventKind, ItemKey};
use slotwise::model::Model;
use slotwise::session::Session;
use slotwise::snapshot::{ItemIndex, SnapshotId};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let path =
        words.next().unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/wasm-tests/golden/v1.slotwise").into());
    let slot = words.next().unwrap_or_else(|| "home.recommended".into());

    // A model exists only once every check has passed. A host names it by the hash it has verified.
    let model = Model::open(std::fs::read(path)?, SnapshotId::default())?;

    // A visit: where it came from, then three events, ten seconds apart.
    let now_ms = 1_800_000_000_000;
    let context =
        Context::from_request("Mozilla/5.0", "https://www.google.com/", "https://shop.example/", LocalTime::UNKNOWN);
    let mut session = Session::begin(context, now_ms);
    for (step, item) in (0..3).enumerate() {
        let kind = if step == 2 { EventKind::AddToCart } else { EventKind::ViewItem };
        let key = ItemKey::from_id(&model.item_id(ItemIndex::new(item % model.len() as u32)));
        session.observe(&Event::of_item(kind, key, now_ms + step as u64 * 10_000));
    }

    // One page is decided at a time, so that no product stands on it twice.
    let mut decider = Decider::new(&model, &session, now_ms + 30_000);
    let decision = decider.explain(&slot, &Place::default()).ok_or("the plan has no such slot")?;

    println!("{slot}: {}, score {}", decision.kind, decision.score);
    for item in &decision.items {
        println!("  {} ({}) by {}", item.item_id, item.score, item.strategy);
    }
    for reason in decision.reasons.iter().flatten() {
        println!("  {:>6} {}", reason.weight, reason.text);
    }
    Ok(())
}
