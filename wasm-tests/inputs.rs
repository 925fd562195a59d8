//! Untrusted input never breaks a host: snapshots, tokens and events, damaged at random and as they once failed.
//!
//! `wasm-tests/fuzz` hands the same checks what a fuzzer finds.
#![cfg(not(target_arch = "wasm32"))]

#[path = "input/corpus.rs"]
mod corpus;
#[path = "input/damage.rs"]
mod damage;
#[path = "input/files.rs"]
mod files;
#[path = "input/parts.rs"]
mod parts;
#[path = "input/snapshot.rs"]
mod snapshot;
#[path = "input/visit.rs"]
mod visit;

use corpus::corpus;
use damage::damaged;
use slotwise::model::Model;
use slotwise::session::Session;
use slotwise::shard::{Rows, make};
use slotwise::snapshot::SnapshotId;
use std::path::{Path, PathBuf};

const SNAPSHOT: &[u8] = include_bytes!("golden/v1.slotwise");
const SESSIONS: &str = include_str!("golden/sessions.json");

/// Files that the fuzzer starts from.
fn seeds(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("wasm-tests/input/seeds").join(kind)
}

/// Every input that ever failed.
fn crashers(kind: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wasm-tests/input/crashers").join(kind);
    let read =
        |entry: std::io::Result<std::fs::DirEntry>| std::fs::read(entry.expect("a file").path()).expect("readable");
    let found: Vec<_> = std::fs::read_dir(folder).expect("the folder of crashers").map(read).collect();
    assert!(!found.is_empty());
    found
}

#[test]
fn snapshots_that_once_failed_and_damaged_ones_break_nothing() {
    assert_eq!(snapshot::check(SNAPSHOT), 2, "the golden snapshot opens, and so does a copy with sums of its own");
    for bytes in crashers("snapshot") {
        snapshot::check(&bytes);
    }
    let mut seed = 12;
    let opened: usize = (0..20_000).map(|_| snapshot::check(&damaged(SNAPSHOT, &mut seed))).sum();
    assert!(opened > 500, "only {opened} damaged snapshots opened: the test says too little");
}

#[test]
fn what_the_fuzzer_found_breaks_nothing() {
    let some_open = |target: &str, check: &dyn Fn(&[u8]) -> usize| {
        let opened: usize = corpus(target).iter().map(|input| check(input)).sum();
        assert!(opened > 0, "no {target} of the corpus is sound: the test says too little");
    };
    some_open("snapshot", &snapshot::check);
    some_open("root", &parts::check_root);
    some_open("shard", &|bytes| usize::from(parts::check_shard(bytes)));
    some_open("manifest", &|bytes| usize::from(parts::check_manifest(bytes)));
    some_open("patch", &|bytes| usize::from(files::check_patch(bytes)));
    some_open("overlay", &|bytes| usize::from(files::check_overlay(bytes)));
    some_open("visit", &visit::check);
}

#[test]
fn damaged_patches_and_overlays_break_nothing() {
    let (patch, overlay) = (files::patch(), files::overlay());
    assert!(files::check_patch(&patch) && files::check_overlay(&overlay), "the undamaged ones are taken");
    let mut seed = 15;
    let taken = (0..5000).filter(|_| files::check_overlay(&damaged(&overlay, &mut seed))).count();
    assert!(taken > 100, "only {taken} damaged overlays were read: the test says too little");
    for _ in 0..5000 {
        files::check_patch(&damaged(&patch, &mut seed));
    }
}

#[test]
fn the_seeds_of_the_fuzzer_are_parts_of_the_golden_snapshot() {
    let model = Model::open(SNAPSHOT.to_vec(), SnapshotId::default()).expect("a sound file");
    let root = make(&model, Rows::Browser).expect("parts").root.bytes;
    let [cards, rows, both] = <[Vec<u8>; 3]>::try_from(parts::shards()).expect("three packs");
    let named = [
        ("root/golden", root),
        ("shard/cards", cards),
        ("shard/rows", rows),
        ("shard/both", both),
        ("manifest/golden", parts::manifest()),
        ("patch/golden", files::patch()),
        ("overlay/golden", files::overlay()),
    ];
    for (name, bytes) in named {
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(seeds(name), &bytes).expect("a file");
        }
        let kept = std::fs::read(seeds(name)).expect("a file");
        assert!(kept == bytes, "{name} has changed; UPDATE_EXPECTED=1 writes it anew");
    }
}

#[test]
fn damaged_roots_shards_and_manifests_break_nothing() {
    let manifest = parts::manifest();
    assert_eq!(parts::check_root(parts::ROOT), 2, "the root opens, and so does a copy with sums of its own");
    assert!(parts::check_manifest(&manifest));
    let mut seed = 21;
    let opened: usize = (0..3000).map(|_| parts::check_root(&damaged(parts::ROOT, &mut seed))).sum();
    assert!(opened > 100, "only {opened} damaged roots opened: the test says too little");
    let mut taken = 0;
    for shard in parts::shards() {
        assert!(parts::check_shard(&shard));
        taken += (0..1000).filter(|_| parts::check_shard(&damaged(&shard, &mut seed))).count();
    }
    assert!(taken > 100, "only {taken} damaged packs were taken: the test says too little");
    let sound = (0..5000).filter(|_| parts::check_manifest(&damaged(&manifest, &mut seed))).count();
    assert!(sound > 50, "only {sound} damaged manifests were sound: the test says too little");
}

#[test]
fn tokens_and_beacons_that_once_failed_and_damaged_ones_break_nothing() {
    let visits: Vec<&str> =
        SESSIONS.lines().map(|line| line.trim_end_matches(',')).filter(|line| line.len() > 1).collect();
    let mut inputs: Vec<Vec<u8>> = crashers("visit");
    let mut seed = 3;
    let mut whole = 0;
    for visit in visits {
        whole += visit::check(visit.as_bytes());
        let token = token(visit);
        assert_eq!(visit::check(token.as_bytes()), 1, "{token}");
        let bytes = slotwise::base64::decode(&token).expect("a token's bytes");
        // Without its checksum: the check makes one.
        let body = &bytes[..bytes.len() - 4];
        assert_eq!(visit::check(body), 1, "{token}");
        for part in [visit.as_bytes(), token.as_bytes(), body, body, body] {
            inputs.extend((0..10).map(|_| damaged(part, &mut seed)));
        }
    }
    assert!(whole > 100, "only {whole} visits of the golden sessions were read");
    let read: usize = inputs.iter().map(|input| visit::check(input)).sum();
    assert!(read > 500, "only {read} damaged inputs were read: the test says too little");
}

/// The token of a visit of the golden sessions.
fn token(visit: &str) -> String {
    let visit: serde_json::Value = serde_json::from_str(visit).expect("a visit is JSON");
    let mut session = Session::default();
    for event in visit["events"].as_array().expect("events") {
        let mut event = serde_json::from_value(event.clone()).expect("an event");
        session.observe_raw(&mut event, 1_800_000_000_000);
    }
    session.to_token()
}
