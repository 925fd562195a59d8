//! Base64url without padding (RFC 4648, section 5), in 400 bytes of Wasm.
//!
//! Tokens, keys and preview links use it. [`decode`] accepts only what [`encode`] would write: it refuses a text with
//! stray bits at its end, so no two texts stand for the same bytes.

use alloc::{string::String, vec::Vec};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Encodes bytes.
///
/// ```
/// assert_eq!(slotwise::base64::encode(&[0xfb, 0xff]), "-_8");
/// assert_eq!(slotwise::base64::decode("-_8"), Some(vec![0xfb, 0xff]));
/// assert_eq!(slotwise::base64::decode("-_9"), None);
/// ```
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 3);
    for three in bytes.chunks(3) {
        let word = three.iter().fold(0, |word, byte| word << 8 | usize::from(*byte)) << ((3 - three.len()) * 8);
        for at in 0..=three.len() {
            text.push(char::from(ALPHABET[word >> (18 - 6 * at) & 63]));
        }
    }
    text
}

/// Decodes a text; `None` if [`encode`] would not have written it.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut word, mut bits) = (0_usize, 0);
    for letter in text.bytes() {
        word = (word << 6 | ALPHABET.iter().position(|known| *known == letter)?) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits) as u8);
        }
    }
    (bits < 6 && word & ((1 << bits) - 1) == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_standard_come_out_and_back() {
        for (plain, text) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE")]
        {
            assert_eq!(encode(plain.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(plain.as_bytes()));
        }
        for bad in ["Z", "Zh", "Zm9=", "Zm+v", "Zm/v", "Zg==", "Zm9vY", "Z g"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
