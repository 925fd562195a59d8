//! Any bytes as the JSON of a manifest.
#![no_main]

#[allow(dead_code, reason = "each target runs one check of the file")]
#[path = "../input/parts.rs"]
mod parts;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    parts::check_manifest(data);
});
