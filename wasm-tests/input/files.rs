//! What holds for any bytes that claim to be a patch or the body of an overlay.
//!
//! [`check_patch`] and [`check_overlay`] are what fuzz targets run; `inputs.rs` drives them by damaged copies of real ones.

use slotwise::event::ItemKey;
use slotwise::snapshot::layout::{Sections, Tag, Writer};
use slotwise::snapshot::overlay::{Entry, Overlay, Stock};
use slotwise::snapshot::patch;
use std::sync::OnceLock;

const BASE: &[u8] = include_bytes!("../golden/v1.slotwise");
/// Length of a patch's head: what it is, the sums of base and target, and the target's length.
const HEAD: usize = 28;

/// A patch of the golden snapshot.
pub(crate) fn patch() -> Vec<u8> {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    let made = || {
        let sections = Sections::open(BASE).expect("a sound file");
        let next = sections.iter().fold(Writer::default(), |frame, (tag, range)| {
            let mut bytes = BASE[range].to_vec();
            if tag == Tag::META {
                bytes.reverse();
            }
            frame.section(tag, bytes)
        });
        patch::make(BASE, &next.finish()).expect("a patch")
    };
    MADE.get_or_init(made).clone()
}

/// The body of an overlay.
pub(crate) fn overlay() -> Vec<u8> {
    let mut overlay = Overlay { sequence: 7, ..Overlay::default() };
    let entry = |at: u32| Entry {
        key: ItemKey::from_id(&(at * at).to_string()),
        price: (!at.is_multiple_of(3)).then_some(at * 100),
        usual: (at.is_multiple_of(4)).then_some(at * 150),
        stock: [Stock::Unknown, Stock::In, Stock::Out][at as usize % 3],
        hidden: at.is_multiple_of(5),
    };
    overlay.set(&(0..60).map(entry).collect::<Vec<_>>());
    overlay.write()
}

/// Applies the bytes as they are, and behind the head of a patch that fits. Returns whether a target came of either.
pub(crate) fn check_patch(bytes: &[u8]) -> bool {
    let headed = [&patch()[..HEAD], bytes.get(HEAD..).unwrap_or_default()].concat();
    let made = [bytes, &headed].map(|patch| patch::apply(BASE, patch));
    made.into_iter().flatten().inspect(|target| assert!(Sections::open(target).is_ok())).count() > 0
}

/// Reads the bytes. What comes of them is written and read again as it is.
pub(crate) fn check_overlay(bytes: &[u8]) -> bool {
    let Some(read) = Overlay::read(bytes) else { return false };
    assert_eq!(Overlay::read(&read.write()).as_ref(), Some(&read));
    true
}
