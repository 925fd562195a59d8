//! Any bytes as a token or as a beacon's events.
#![no_main]

#[path = "../input/visit.rs"]
mod visit;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    visit::check(data);
});
