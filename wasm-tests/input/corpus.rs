//! What a fuzzer found: inputs that between them reach every part of the code that it reached. One archive for each target
//! (`wasm-tests/fuzz`), so that a thousand files of a few bytes are one.

use flate2::read::GzDecoder;
use std::io::Read;
use std::path::Path;

/// Bytes of a block of an archive (POSIX `ustar`).
const BLOCK: usize = 512;

/// The inputs of a target.
pub(crate) fn corpus(target: &str) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("wasm-tests/input/corpus").join(format!("{target}.tar.gz"));
    let file = std::fs::File::open(&path).expect("the target's archive");
    let mut archive = Vec::new();
    GzDecoder::new(file).read_to_end(&mut archive).expect("a sound archive");
    let mut inputs = Vec::new();
    let mut at = 0;
    while archive[at] != 0 {
        let head = &archive[at..at + BLOCK];
        let size = std::str::from_utf8(&head[124..135]).expect("a length in octal digits");
        let size = usize::from_str_radix(size, 8).expect("a length in octal digits");
        at += BLOCK;
        // Other types of entries are folders.
        if head[156] == b'0' {
            inputs.push(archive[at..at + size].to_vec());
        }
        at += size.next_multiple_of(BLOCK);
    }
    assert!(inputs.len() > 50, "{target}: only {} inputs", inputs.len());
    inputs
}
