//! Untrusted input never breaks a host: snapshots, tokens and events, damaged at random and as they once failed.
//!
//! `wasm-tests/fuzz` hands the same checks what a fuzzer finds.
#![cfg(not(target_arch = "wasm32"))]

#[path = "input/snapshot.rs"]
mod snapshot;
#[path = "input/visit.rs"]
mod visit;

use slotwise::session::Session;
use std::path::Path;

const SNAPSHOT: &[u8] = include_bytes!("golden/v1.slotwise");
const SESSIONS: &str = include_str!("golden/sessions.json");

/// Every input that ever failed.
fn crashers(kind: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wasm-tests/input/crashers").join(kind);
    let read =
        |entry: std::io::Result<std::fs::DirEntry>| std::fs::read(entry.expect("a file").path()).expect("readable");
    let found: Vec<_> = std::fs::read_dir(folder).expect("the folder of crashers").map(read).collect();
    assert!(!found.is_empty());
    found
}

/// A copy with a few bytes changed, left out or doubled (numbers by Vigna's `SplitMix64`).
fn damaged(bytes: &[u8], seed: &mut u64) -> Vec<u8> {
    let mut below = |bound: usize| {
        *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 31)) as usize % bound.max(1)
    };
    let mut copy = bytes.to_vec();
    for _ in 0..=below(4) {
        let (at, len) = (below(copy.len()), below(9));
        let until = (at + len).min(copy.len());
        match below(8) {
            0 => drop(copy.drain(at..until)),
            1 => copy.extend_from_within(at..until),
            _ => {
                if let Some(byte) = copy.get_mut(at) {
                    *byte = below(256) as u8;
                }
            }
        }
    }
    copy
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
