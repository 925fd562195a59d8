//! Any bytes as a part that follows a root.
#![no_main]

#[allow(dead_code, reason = "each target runs one check of the file")]
#[path = "../input/parts.rs"]
mod parts;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    parts::check_shard(data);
});
