//! What holds for any bytes that claim to be a root, a part of a snapshot that follows it, or the JSON of a manifest.
//!
//! [`check_root`], [`check_shard`] and [`check_manifest`] are what fuzz targets run; `inputs.rs` drives them by damaged copies
//! of real ones. A page takes parts only by their hashes, so these checks are about whoever signs what is wrong.

use slotwise::decide::Decider;
use slotwise::event::{Event, EventKind, ItemKey};
use slotwise::model::{Model, Scratch};
use slotwise::session::Session;
use slotwise::shard::pack;
use slotwise::snapshot::layout::{Sections, Writer};
use slotwise::snapshot::manifest::{Manifest, Release};
use slotwise::snapshot::{ItemIndex, SnapshotId};
use std::sync::OnceLock;

const SNAPSHOT: &[u8] = include_bytes!("../golden/v1.slotwise");
/// The root of the golden snapshot. It is a file, because the fuzzer is built without what cuts snapshots into parts.
pub(crate) const ROOT: &[u8] = include_bytes!("seeds/root/golden");

/// A pack of cards, one of rows, and one of both, of the golden snapshot.
pub(crate) fn shards() -> Vec<Vec<u8>> {
    let model = Model::open(SNAPSHOT, SnapshotId::default()).expect("a sound file");
    let some: Vec<ItemIndex> = (3..20).map(ItemIndex::new).collect();
    vec![pack::cards(&model, &some), pack::rows(&model, &some), pack::both(&model, &some, &some[..5])]
}

/// The JSON of a manifest.
pub(crate) fn manifest() -> Vec<u8> {
    let release = Release {
        snapshot: "0f".repeat(32),
        bytes: 70_000,
        newest_ms: 1_790_000_000_000,
        root: "1a".repeat(16),
        root_bytes: 30_000,
        patches: Vec::new(),
    };
    let manifest = Manifest {
        format: Manifest::FORMAT,
        sequence: 7,
        published_ms: 1_800_000_000_000,
        max_age_s: 1_209_600,
        rollback: false,
        current: release,
        canary: None,
        overlay_key: None,
        off: Vec::new(),
    };
    serde_json::to_vec(&manifest).expect("a manifest is JSON")
}

/// Opens the bytes as a root, as they are and with the checksums mended. What opens takes the parts of the golden snapshot,
/// or refuses them, and decides. Returns how many opened.
pub(crate) fn check_root(bytes: &[u8]) -> usize {
    static SHARDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let mended = Sections::open_signed(bytes).map(|sections| {
        let section =
            |writer: Writer, (tag, range): (_, std::ops::Range<usize>)| writer.section(tag, bytes[range].to_vec());
        sections.iter().fold(Writer::default(), section).finish()
    });
    let copies = [Some(bytes.to_vec()), mended.ok()];
    let models = copies.into_iter().flatten().filter_map(|copy| Model::open_root(copy, SnapshotId::default()).ok());
    let live = |mut model: Model<Vec<u8>>| {
        decide(&model);
        for shard in SHARDS.get_or_init(shards) {
            model.extend(shard);
        }
        decide(&model);
    };
    models.map(live).count()
}

/// Hands the bytes to a page that has the root of the golden snapshot. Returns whether it takes them; then it decides.
pub(crate) fn check_shard(bytes: &[u8]) -> bool {
    let mut model = Model::open_root(ROOT.to_vec(), SnapshotId::default()).expect("the golden root");
    let taken = model.extend(bytes);
    decide(&model);
    taken
}

/// Reads the bytes. A manifest that is sound is written and read again as it is. Returns whether it is sound.
pub(crate) fn check_manifest(bytes: &[u8]) -> bool {
    let Ok(read) = serde_json::from_slice::<Manifest>(bytes) else { return false };
    if read.check().is_err() {
        return false;
    }
    let written = serde_json::to_vec(&read).expect("a manifest is JSON");
    assert_eq!(serde_json::from_slice::<Manifest>(&written).ok().as_ref(), Some(&read));
    // Any clock gives an answer.
    for now_ms in [0, read.published_ms, u64::MAX] {
        let _ = read.age(now_ms);
    }
    assert!(read.releases().all(|release| release.id().is_ok()));
    true
}

fn decide(model: &Model<Vec<u8>>) {
    let mut session = Session::default();
    let ids = ["1001", "SKU-3", "1004", "1005", "unknown"].map(ItemKey::from_id);
    for (at, id) in ids.iter().enumerate() {
        session.observe(&Event::of_item(EventKind::ViewItem, *id, 1_000_000 + at as u64));
    }
    model.wanted(&session, &ids, &mut Scratch::default());
    for decision in Decider::new(model, &session, 1_000_000).decide_all() {
        for pick in decision.items {
            model.product(pick.item);
        }
    }
}
