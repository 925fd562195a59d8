//! Any bytes as a patch.
#![no_main]

#[allow(dead_code, reason = "each target runs one check of the file")]
#[path = "../input/files.rs"]
mod files;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    files::check_patch(data);
});
