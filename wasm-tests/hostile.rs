//! Every truncation and every flipped bit of whatever a host takes from outside: an error, or what the undamaged bytes say.
//!
//! Here are whole files as they are published or stored: snapshot, root, shards, patch, token, signed manifest and overlay.
//! What holds for bytes whose checksums were made after the damage stands beside each decoder and in `inputs.rs`.

use ed25519_dalek::SigningKey;
use slotwise::event::{Event, EventKind, ItemKey};
use slotwise::model::Model;
use slotwise::origin::overlay;
use slotwise::origin::publish::Signed;
use slotwise::session::Session;
use slotwise::shard::{Rows, Shard, make, name_of, pack};
use slotwise::snapshot::layout::{Sections, Tag, Writer};
use slotwise::snapshot::manifest::{Manifest, Release};
use slotwise::snapshot::{ItemIndex, SnapshotId, overlay::Overlay, patch};

const SNAPSHOT: &[u8] = include_bytes!("golden/v1.slotwise");

/// Calls `refuses` with every truncation and every single-bit flip, and a word on which it is.
fn damage(bytes: &[u8], mut refuses: impl FnMut(&[u8]) -> bool) {
    for len in 0..bytes.len() {
        assert!(refuses(&bytes[..len]), "cut to {len} of {}", bytes.len());
    }
    let mut copy = bytes.to_vec();
    for bit in 0..bytes.len() * 8 {
        copy[bit / 8] ^= 1 << (bit % 8);
        assert!(refuses(&copy), "bit {} of byte {} flipped", bit % 8, bit / 8);
        copy[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(!refuses(bytes), "the undamaged bytes");
}

fn golden() -> Model<Vec<u8>> {
    Model::open(SNAPSHOT.to_vec(), SnapshotId::default()).unwrap()
}

#[test]
fn a_damaged_snapshot_does_not_open() {
    damage(SNAPSHOT, |bytes| Model::open(bytes, SnapshotId::default()).is_err());
}

#[test]
fn a_damaged_root_does_not_open() {
    let Shard { name, bytes } = make(&golden(), Rows::Browser).unwrap().root;
    // Browsers look at the name first.
    damage(&bytes, |bytes| name_of(bytes) != name);
    for len in 0..bytes.len() {
        assert!(Model::open_root(bytes[..len].to_vec(), SnapshotId::default()).is_err(), "cut to {len}");
    }
}

#[test]
fn a_damaged_shard_has_another_name() {
    // The golden snapshot fits into its root, so its shards are made here as those of a page are.
    let model = golden();
    let some: Vec<ItemIndex> = (3..20).map(ItemIndex::new).collect();
    let packs = [pack::cards(&model, &some), pack::rows(&model, &some), pack::both(&model, &some, &some[..5])];
    for bytes in packs {
        let name = name_of(&bytes);
        damage(&bytes, |bytes| name_of(bytes) != name);
    }
}

#[test]
fn a_damaged_manifest_is_refused_or_says_the_same() {
    let key = SigningKey::from_bytes(&[5; 32]);
    let public = key.verifying_key().to_bytes();
    let release = Release {
        snapshot: "0f".repeat(32),
        bytes: 9,
        newest_ms: 9,
        root: "1a".repeat(16),
        root_bytes: 9,
        patches: Vec::new(),
    };
    let manifest = Manifest {
        format: Manifest::FORMAT,
        sequence: 7,
        published_ms: 1_800_000_000_000,
        max_age_s: 60,
        rollback: false,
        current: release,
        canary: None,
        overlay_key: None,
        off: Vec::new(),
    };
    let text = Signed::sign(manifest.clone(), &[key]).unwrap().text();
    let read = |bytes: &[u8]| Signed::parse(bytes).ok().filter(|signed| signed.verify(&[public]).is_ok());
    // The line end behind the last signature may be missing: that says the same.
    let wrong = |bytes: &[u8]| read(bytes).is_none_or(|signed| bytes != text.as_bytes() && signed.manifest == manifest);
    damage(text.as_bytes(), wrong);
}

#[test]
fn a_damaged_patch_makes_the_target_or_nothing() {
    let sections = Sections::open(SNAPSHOT).unwrap();
    let next = sections.iter().fold(Writer::default(), |frame, (tag, range)| {
        let mut bytes = SNAPSHOT[range].to_vec();
        if tag == Tag::META {
            bytes.reverse();
        }
        frame.section(tag, bytes)
    });
    let next = next.finish();
    let bytes = patch::make(SNAPSHOT, &next).unwrap();
    assert!(bytes.len() < next.len() / 2, "{} bytes", bytes.len());
    let made = |bytes: &[u8]| patch::apply(SNAPSHOT, bytes).ok();
    assert_eq!(made(&bytes).as_ref(), Some(&next));
    let mut copy = bytes.clone();
    for bit in 0..bytes.len() * 8 {
        copy[bit / 8] ^= 1 << (bit % 8);
        assert!(made(&copy).is_none_or(|made| made == next), "bit {bit} flipped");
        copy[bit / 8] ^= 1 << (bit % 8);
    }
    for len in 0..bytes.len() {
        assert!(made(&bytes[..len]).is_none_or(|made| made == next), "cut to {len}");
    }
    let other = made(&bytes).map(|base| patch::apply(&base, &bytes));
    assert!(matches!(other, Some(Err(_))), "a patch fits one snapshot only");
}

#[test]
fn a_damaged_token_is_a_fresh_visit() {
    let mut session = Session::default();
    for at in 0..40_u64 {
        let key = ItemKey::from_id(&format!("product-{}", at % 9));
        session.observe(&Event::of_item(EventKind::ALL[at as usize % 9].1, key, 1_800_000_000_000 + at * 9000));
    }
    let token = session.to_token();
    damage(token.as_bytes(), |bytes| std::str::from_utf8(bytes).map_or(None, Session::from_token).is_none());
}

#[test]
fn a_damaged_overlay_is_refused() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let file = overlay::sign(&Overlay::default(), &key);
    damage(&file, |bytes| overlay::open(bytes, &key.verifying_key()).is_none());
}
