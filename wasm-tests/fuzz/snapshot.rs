//! Any bytes as a snapshot.
#![no_main]

#[path = "../input/snapshot.rs"]
mod snapshot;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    snapshot::check(data);
});
