//! The golden snapshot of format 3: it opens for ever, and no damage to it is ever half-believed (see also
//! `hostile.rs`).
//!
//! `golden/v1.slotwise` was made from `golden/clicks.csv` (an invented shop) by
//! `slotwise train --events wasm-tests/golden/clicks.csv --plan wasm-tests/golden/plan.json --key KEY
//! --out DIR`, and is added to, never edited, as formats come.

use slotwise::model::Model;
use slotwise::snapshot::SnapshotId;

const SNAPSHOT: &[u8] = include_bytes!("golden/v1.slotwise");

#[test]
fn the_golden_snapshot_opens() {
    let model = Model::open(SNAPSHOT, SnapshotId::default()).unwrap();
    assert_eq!(model.len(), 49);
    assert_eq!(model.plan().slots.len(), 7);
    let known = model.names().categories.iter().any(|path| path == "lighting.table_lamp");
    assert!(known && model.verify().unwrap().entries > 100);
}

/// Damage that its checksum vouches for: whoever signs a wrong snapshot must not be able to make a
/// host panic either.
#[test]
fn a_section_damaged_before_it_was_summed_never_panics() {
    use slotwise::snapshot::layout::{Sections, Writer};
    let sections: Vec<_> =
        Sections::open(SNAPSHOT).unwrap().iter().map(|(tag, range)| (tag, SNAPSHOT[range].to_vec())).collect();
    let mut opened = 0;
    for (number, (_, section)) in sections.iter().enumerate() {
        for at in (0..section.len()).step_by(1 + section.len() / 400) {
            for value in [0x00, 0x7f, 0xff, section[at] ^ 0x10] {
                let mut writer = Writer::default();
                for (other, (tag, bytes)) in sections.iter().enumerate() {
                    let mut bytes = bytes.clone();
                    if other == number {
                        bytes[at] = value;
                    }
                    writer = writer.section(*tag, bytes);
                }
                if let Ok(model) = Model::open(writer.finish(), SnapshotId::default()) {
                    opened += 1;
                    exercise(&model);
                }
            }
        }
    }
    assert!(opened > 50, "only {opened} damaged snapshots opened: the test says too little");
}

fn exercise(model: &Model<Vec<u8>>) {
    use slotwise::decide::Decider;
    use slotwise::event::{Event, EventKind, ItemKey};
    use slotwise::intent::intent;
    let mut session = slotwise::session::Session::default();
    for (at, id) in ["1001", "SKU-3", "1004", "1005"].iter().enumerate() {
        session.observe(&Event::of_item(EventKind::ViewItem, ItemKey::from_id(id), 1_000_000 + at as u64));
    }
    intent(model, &session);
    for decision in Decider::new(model, &session, 1_000_000).decide_all() {
        for pick in decision.items {
            model.product(pick.item);
        }
    }
}
