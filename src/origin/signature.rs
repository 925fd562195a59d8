//! The edge's signature of a post of events.
//!
//! `slotwise-signature: t=<milliseconds since 1970>,v1=<hexadecimal HMAC-SHA256>`. The HMAC covers the time as it stands
//! there, a dot, and the body. A signature that is older or newer than [`WINDOW_MS`] is refused, so a recorded post cannot
//! be sent again later; within the window its event ids make it a repeated one.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::Write as _;
use thiserror::Error;

/// Name of the header.
pub const HEADER: &str = "slotwise-signature";
/// Greatest difference between the clocks of sender and receiver, in milliseconds: five minutes.
pub const WINDOW_MS: u64 = 5 * 60 * 1000;

/// Why a signature is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadSignature {
    /// The header is not of the form above.
    #[error(
        "the header slotwise-signature is malformed, expected t=<milliseconds since 1970>,v1=<64 hexadecimal digits>"
    )]
    Malformed,
    /// The clocks differ too much, or the post is an old one.
    #[error("the signature is more than five minutes old or new; set the clocks of edge and origin")]
    Time,
    /// Another key signed, or another body was signed.
    #[error("the signature does not fit; give edge and origin the same intake key")]
    Wrong,
}

/// The key that edge and origin share.
#[derive(Clone)]
pub struct IntakeKey([u8; 32]);

impl IntakeKey {
    /// A key from its bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The header's value for a body that is sent now.
    pub fn sign(&self, now_ms: u64, body: &[u8]) -> String {
        let digest = self.hmac(&now_ms.to_string(), body).finalize().into_bytes();
        let mut text = format!("t={now_ms},v1=");
        for byte in digest {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// Checks the header's value, in constant time as far as the key is concerned.
    ///
    /// # Errors
    /// A [`BadSignature`].
    pub fn verify(&self, now_ms: u64, header: &str, body: &[u8]) -> Result<(), BadSignature> {
        let (time, signature) = parse(header).ok_or(BadSignature::Malformed)?;
        let stated: u64 = time.parse().map_err(|_| BadSignature::Malformed)?;
        if stated.abs_diff(now_ms) > WINDOW_MS {
            return Err(BadSignature::Time);
        }
        self.hmac(time, body).verify_slice(&signature).map_err(|_| BadSignature::Wrong)
    }

    fn hmac(&self, time: &str, body: &[u8]) -> Hmac<Sha256> {
        // A key of the block's length is taken as it is; a shorter one is filled up with zeros, as the standard says.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.0);
        let mut hmac = Hmac::new(&block.into());
        hmac.update(time.as_bytes());
        hmac.update(b".");
        hmac.update(body);
        hmac
    }
}

/// The time that a header's value states, in milliseconds since 1970; `None` if it is malformed.
pub(super) fn time(header: &str) -> Option<u64> {
    parse(header)?.0.parse().ok()
}

/// The time as text, and the digest.
fn parse(header: &str) -> Option<(&str, [u8; 32])> {
    let (time, digits) = header.strip_prefix("t=")?.split_once(",v1=")?;
    let plain = digits.len() == 64 && digits.is_ascii() && time.bytes().all(|byte| byte.is_ascii_digit());
    let mut digest = [0; 32];
    for (at, byte) in digest.iter_mut().enumerate().take(if plain { 32 } else { 0 }) {
        *byte = u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16).ok()?;
    }
    plain.then_some((time, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_262_400_000;

    #[test]
    fn a_signature_fits_its_key_time_and_body_only() {
        let key = IntakeKey::new([7; 32]);
        let header = key.sign(NOW, b"{}");
        assert_eq!(key.verify(NOW, &header, b"{}"), Ok(()));
        assert_eq!(key.verify(NOW + WINDOW_MS, &header, b"{}"), Ok(()));
        assert_eq!(key.verify(NOW - WINDOW_MS, &header, b"{}"), Ok(()));
        assert_eq!(key.verify(NOW + WINDOW_MS + 1, &header, b"{}"), Err(BadSignature::Time));
        assert_eq!(key.verify(NOW - WINDOW_MS - 1, &header, b"{}"), Err(BadSignature::Time));
        assert_eq!(key.verify(NOW, &header, b"{ }"), Err(BadSignature::Wrong));
        assert_eq!(IntakeKey::new([8; 32]).verify(NOW, &header, b"{}"), Err(BadSignature::Wrong));
        let later = header.replace(&NOW.to_string(), &(NOW + 1).to_string());
        assert_eq!(key.verify(NOW, &later, b"{}"), Err(BadSignature::Wrong));
    }

    #[test]
    fn the_signature_is_the_one_that_other_programs_compute() {
        // printf '1795262400000.{"events":[]}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707…07
        let header = IntakeKey::new([7; 32]).sign(NOW, br#"{"events":[]}"#);
        assert_eq!(header, "t=1795262400000,v1=3cbdc3572ea7e353b7c1a6dd0d52103502f9789e6715bc64726b92931906a423");
    }

    #[test]
    fn a_malformed_header_is_refused() {
        let key = IntakeKey::new([7; 32]);
        let good = key.sign(NOW, b"");
        for bad in
            ["", "t=1", "t=,v1=", &good[2..], &good[..good.len() - 1], &format!("{good}0"), &good.replace("t=", "t=+")]
        {
            assert_eq!(key.verify(NOW, bad, b""), Err(BadSignature::Malformed), "{bad}");
        }
        let letter = format!("t={NOW},v1={}", "é".repeat(32));
        assert_eq!(key.verify(NOW, &letter, b""), Err(BadSignature::Malformed));
    }
}
