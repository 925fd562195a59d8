//! A manifest with its signatures: read, signed and verified.
//!
//! A [`Signed`] keeps line 1 as it was read, because the signatures are over that text. Reading checks the form and every
//! field, not the signatures: [`Signed::verify`] does, against the keys that the caller trusts.

use crate::snapshot::manifest::{key_bytes, key_text};
use crate::snapshot::{Manifest, ManifestError};
use crate::text::hex;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// A manifest with its signatures.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The manifest. Its fields are in range.
    pub manifest: Manifest,
    /// Line 1.
    line: String,
    /// Key ids and signatures.
    signatures: Vec<(String, [u8; 64])>,
}

impl Signed {
    /// Signs a manifest with one or two keys.
    ///
    /// # Errors
    /// [`ManifestError`] if a field is out of range, or the text would be too long.
    pub fn sign(manifest: Manifest, keys: &[SigningKey]) -> Result<Self, ManifestError> {
        manifest.check()?;
        let line = serde_json::to_string(&manifest).map_err(|error| ManifestError::Json { why: error.to_string() })?;
        let message = Manifest::message(&line);
        let mut signatures: Vec<(String, [u8; 64])> = Vec::new();
        for key in keys {
            let id = key_id(key.verifying_key().as_bytes());
            // The same key may have been given twice.
            if signatures.iter().all(|(known, _)| *known != id) {
                signatures.push((id, key.sign(&message).to_bytes()));
            }
        }
        // What hosts would refuse is refused here.
        Self::parse(Self { manifest, line, signatures }.text().as_bytes())
    }

    /// Reads the text of a manifest. Does not check the signatures.
    ///
    /// # Errors
    /// [`ManifestError`] for the first problem found.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        if bytes.len() > Manifest::MAX_BYTES {
            return Err(ManifestError::Size { found: bytes.len() });
        }
        let wrong = |found: String| ManifestError::Lines { found };
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("bytes that are not UTF-8".into()))?;
        let lines: Vec<&str> = text.strip_suffix('\n').unwrap_or(text).split('\n').collect();
        let [line, signed @ ..] = &lines[..] else { return Err(wrong("no line".into())) };
        if !(1..=Manifest::MAX_KEYS).contains(&signed.len()) {
            return Err(wrong(format!("{} lines", lines.len())));
        }
        let mut signatures = Vec::new();
        for signature in signed {
            // Nothing around it: one manifest has one text.
            let parts = signature.split_once(' ').filter(|(id, text)| is_key_id(id) && text.trim() == *text);
            let read = parts.and_then(|(id, text)| {
                Some((id.to_owned(), key_bytes(text, "the manifest's signature", "64 bytes as base64url").ok()?))
            });
            signatures.push(read.ok_or_else(|| {
                wrong(format!("the line \"{}\" below the first", signature.chars().take(80).collect::<String>()))
            })?);
        }
        let manifest: Manifest =
            serde_json::from_str(line).map_err(|error| ManifestError::Json { why: error.to_string() })?;
        manifest.check()?;
        Ok(Self { manifest, line: (*line).to_owned(), signatures })
    }

    /// Checks that one of these public keys signed it.
    ///
    /// # Errors
    /// [`ManifestError::Signature`].
    pub fn verify(&self, keys: &[[u8; 32]]) -> Result<(), ManifestError> {
        let message = Manifest::message(&self.line);
        let fits = |key: &[u8; 32]| {
            let id = key_id(key);
            let verifying = VerifyingKey::from_bytes(key).ok();
            let mut own = self.signatures.iter().filter(|(signer, _)| *signer == id);
            verifying.is_some_and(|verifying| {
                own.any(|(_, bytes)| verifying.verify_strict(&message, &Signature::from_bytes(bytes)).is_ok())
            })
        };
        if keys.iter().any(fits) {
            return Ok(());
        }
        let expected = keys.iter().map(key_id).collect::<Vec<_>>().join(" or ");
        Err(ManifestError::Signature { found: self.key_ids().join(" and "), expected })
    }

    /// Ids of the keys it says it is signed by.
    pub fn key_ids(&self) -> Vec<&str> {
        self.signatures.iter().map(|(id, _)| id.as_str()).collect()
    }

    /// The whole text: line 1 and the signatures.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.line);
        for (id, signature) in &self.signatures {
            let _ = writeln!(text, "{id} {}", key_text(signature));
        }
        text
    }
}

/// The id of a public key: the first 8 bytes of its SHA-256 in 16 hexadecimal digits.
pub fn key_id(public: &[u8; 32]) -> String {
    hex(&Sha256::digest(public)[..8])
}

fn is_key_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Release;

    pub(super) fn manifest() -> Manifest {
        let (snapshot, root) = ("a".repeat(64), "a".repeat(32));
        let current = Release { snapshot, bytes: 7, newest_ms: 9, root, root_bytes: 3, patches: Vec::new() };
        Manifest {
            format: 2,
            sequence: 7,
            published_ms: 1_000,
            max_age_s: 60,
            rollback: false,
            current,
            canary: None,
            overlay_key: None,
            off: Vec::new(),
        }
    }

    fn keys() -> [SigningKey; 2] {
        [SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32])]
    }

    #[test]
    fn a_manifest_is_signed_by_one_or_two_keys_and_one_of_them_is_enough() {
        let [own, next] = keys();
        let public = [*own.verifying_key().as_bytes(), *next.verifying_key().as_bytes()];
        let one =
            Signed::parse(Signed::sign(manifest(), std::slice::from_ref(&own)).unwrap().text().as_bytes()).unwrap();
        assert_eq!(one.manifest, manifest());
        assert!(one.verify(&public[..1]).is_ok() && one.verify(&public).is_ok());
        assert!(matches!(one.verify(&public[1..]), Err(ManifestError::Signature { .. })));
        let both = Signed::sign(manifest(), &[own.clone(), next, own]).unwrap();
        assert_eq!(both.key_ids().len(), 2);
        assert!(both.verify(&public[..1]).is_ok() && both.verify(&public[1..]).is_ok());
    }

    #[test]
    fn no_changed_byte_and_no_cut_is_accepted() {
        let [own, _] = keys();
        let public = [*own.verifying_key().as_bytes()];
        let text = Signed::sign(manifest(), &[own]).unwrap().text().into_bytes();
        let trusted = |bytes: &[u8]| {
            Signed::parse(bytes).and_then(|signed| signed.verify(&public).map(|()| signed.manifest)).ok()
        };
        for at in 0..text.len() {
            // The newline at the end may be missing.
            assert_eq!(trusted(&text[..at]).is_some(), at + 1 == text.len(), "cut at {at}");
            for bit in 0..8 {
                let mut flipped = text.clone();
                flipped[at] ^= 1 << bit;
                assert_eq!(trusted(&flipped), None, "bit {bit} of byte {at}");
            }
        }
    }

    #[test]
    fn long_and_odd_texts_are_refused() {
        let [own, _] = keys();
        let good = Signed::sign(manifest(), &[own]).unwrap().text();
        let (line, signature) = good.trim_end().split_once('\n').unwrap();
        let three = format!("{line}\n{signature}\n{signature}\n{signature}\n");
        for wrong in ["", "\n", line, &three, &format!("{good}\n"), &format!("{{}}\n{signature}"), &" ".repeat(20_000)]
        {
            assert!(Signed::parse(wrong.as_bytes()).is_err(), "{wrong:.40}");
        }
        assert!(Signed::parse(&[0xff; 100]).is_err());
    }
}
