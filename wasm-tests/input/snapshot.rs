//! What holds for any bytes that claim to be a snapshot.
//!
//! [`check`] is what a fuzz target runs. `inputs.rs` drives it by damaged copies of the golden snapshot and by every file of
//! `crashers/snapshot`: an input that ever failed is kept by putting it there.

use slotwise::decide::Decider;
use slotwise::event::{Event, EventKind, ItemKey};
use slotwise::intent::intent;
use slotwise::model::Model;
use slotwise::session::Session;
use slotwise::snapshot::layout::{Sections, Writer};
use slotwise::snapshot::{ItemIndex, SnapshotId};

/// Opens the bytes as they are, and with the checksums mended: a signed snapshot may be wrong too. A model that opens
/// decides without a panic. Returns how many models opened.
pub(crate) fn check(bytes: &[u8]) -> usize {
    let mended = Sections::open_signed(bytes).map(|sections| {
        let section =
            |writer: Writer, (tag, range): (_, std::ops::Range<usize>)| writer.section(tag, bytes[range].to_vec());
        sections.iter().fold(Writer::default(), section).finish()
    });
    let copies = [Some(bytes.to_vec()), mended.ok()];
    let models = copies.into_iter().flatten().filter_map(|copy| Model::open(copy, SnapshotId::default()).ok());
    models.inspect(decide).count()
}

fn decide(model: &Model<Vec<u8>>) {
    let mut session = Session::default();
    for at in 0..5_u32 {
        let known = model.item_id(ItemIndex::new(at * 7 % (model.len() as u32).max(1)));
        let id = if at < 4 && !model.is_empty() { known } else { "unknown".into() };
        session.observe(&Event::of_item(EventKind::ViewItem, ItemKey::from_id(&id), 1_000_000 + u64::from(at)));
    }
    intent(model, &session);
    for decision in Decider::new(model, &session, 1_000_000).decide_all() {
        for pick in decision.items {
            model.product(pick.item);
        }
    }
}
