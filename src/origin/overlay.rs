//! The published overlay: signed, numbered, and written whole or not at all.
//!
//! It lies beside the manifest, in the file `overlay`. `slotwise overlay` replaces or patches it, and so does the origin
//! when the shop's backend posts to it. Both read what is there, lay the new facts over it, sign, and replace the file if it
//! is still the one they have read. So a killed process leaves the old file or the new one, and no update is lost.
//!
//! The sequence is the time of publishing, or one more than that of the file before where clocks lag. So it goes on rising
//! even if the file was lost.

use super::publish::{PublishError, Target, to_write};
use crate::snapshot::overlay::{Entry, Overlay};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use thiserror::Error;

/// Name of the file within a published folder or store.
pub const FILE: &str = "overlay";

/// Why an overlay is not published, or not trusted.
#[derive(Debug, Error)]
pub enum OverlayError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] PublishError),
    /// The file does not fit the key, or is damaged.
    #[error(
        "{0}: this overlay was not signed with the key given; sign with the same key, or replace it without --merge"
    )]
    Foreign(String),
    /// There are too many products.
    #[error(
        "the overlay would have {products} products in {bytes} bytes, expected at most {} in {}; train more often, or leave \
         out what the snapshot says already",
        Overlay::MAX_ENTRIES,
        Overlay::MAX_BYTES
    )]
    TooLong {
        /// Their number.
        products: usize,
        /// Length of the file.
        bytes: usize,
    },
}

/// What was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Published {
    /// Its sequence.
    pub sequence: u64,
    /// Number of its products.
    pub products: usize,
    /// Length of the file.
    pub bytes: usize,
}

fn message(body: &[u8]) -> Vec<u8> {
    [Overlay::PREFIX.as_bytes(), body].concat()
}

/// The file of an overlay: signature and body.
pub fn sign(overlay: &Overlay, key: &SigningKey) -> Vec<u8> {
    let body = overlay.write();
    let mut file = key.sign(&message(&body)).to_bytes().to_vec();
    file.extend(body);
    file
}

/// Checks a file's signature and reads it. `None` if the key did not sign it, or it is malformed.
pub fn open(file: &[u8], key: &VerifyingKey) -> Option<Overlay> {
    let (signature, body) = file.split_first_chunk::<{ Overlay::SIGNATURE }>()?;
    key.verify_strict(&message(body), &Signature::from_bytes(signature)).ok()?;
    Overlay::read(body)
}

/// How often an update is tried again because another one came in between. Only stores need it: a folder is locked.
const TRIES: u32 = 5;

/// Publishes facts in a folder or store: in place of those before, or with `merge` laid over them.
///
/// # Errors
/// An [`OverlayError`]. The file stays as it was.
pub fn publish(
    place: &str,
    key: &SigningKey,
    entries: &[Entry],
    merge: bool,
    now_ms: u64,
) -> Result<Published, OverlayError> {
    let target = to_write(place)?;
    let mut left = TRIES;
    loop {
        left -= 1;
        match update(target.as_ref(), key, entries, merge, now_ms) {
            Err(OverlayError::File(PublishError::Changed { .. })) if left > 0 => {}
            done => return done,
        }
    }
}

fn update(
    target: &dyn Target,
    key: &SigningKey,
    entries: &[Entry],
    merge: bool,
    now_ms: u64,
) -> Result<Published, OverlayError> {
    let read = target.read_version(FILE)?;
    let before = read.as_ref().map(|(file, _)| open(file, &key.verifying_key()));
    // Facts of somebody else are not signed anew; but they may be replaced.
    if merge && before == Some(None) {
        return Err(OverlayError::Foreign(target.place().to_owned()));
    }
    let mut overlay = before.flatten().unwrap_or_default();
    overlay.sequence = now_ms.max(overlay.sequence.saturating_add(1));
    overlay.published_ms = now_ms;
    if merge {
        overlay.merge(entries);
    } else {
        overlay.set(entries);
    }
    let file = sign(&overlay, key);
    let (products, bytes) = (overlay.entries.len(), file.len());
    if products > Overlay::MAX_ENTRIES || bytes > Overlay::MAX_BYTES {
        return Err(OverlayError::TooLong { products, bytes });
    }
    target.replace(FILE, &file, read.as_ref().map(|(_, version)| version))?;
    Ok(Published { sequence: overlay.sequence, products, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::ItemKey;
    use crate::snapshot::overlay::Stock;
    use std::fs;

    fn entry(id: u32, price: u32) -> Entry {
        let key = ItemKey::from_id(&id.to_string());
        Entry { key, price: Some(price), usual: None, stock: Stock::Unknown, hidden: false }
    }

    #[test]
    fn every_cut_and_every_flipped_bit_of_the_file_is_refused() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let mut overlay = Overlay { sequence: 3, published_ms: 5, entries: Vec::new() };
        overlay.set(&[entry(1, 999), entry(70_000, 1)]);
        let file = sign(&overlay, &key);
        assert_eq!(open(&file, &key.verifying_key()), Some(overlay));
        assert_eq!(open(&file, &SigningKey::from_bytes(&[8; 32]).verifying_key()), None);
        for cut in 0..file.len() {
            assert_eq!(open(&file[..cut], &key.verifying_key()), None, "cut at {cut}");
        }
        for bit in 0..file.len() * 8 {
            let mut flipped = file.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&flipped, &key.verifying_key()), None, "bit {bit}");
        }
    }

    #[test]
    fn an_update_replaces_or_merges_and_its_number_rises() {
        let folder = std::env::temp_dir().join(format!("slotwise-overlay-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let key = SigningKey::from_bytes(&[7; 32]);
        let current = || open(&fs::read(folder.join(FILE)).unwrap(), &key.verifying_key()).unwrap();
        let publish =
            |entries: &[Entry], merge, now_ms| publish(folder.to_str().unwrap(), &key, entries, merge, now_ms);
        assert_eq!(publish(&[entry(1, 10), entry(2, 20)], true, 1000).unwrap().sequence, 1000);
        // A clock that went back does not make the number fall.
        let merged = publish(&[entry(2, 21), entry(3, 30)], true, 900).unwrap();
        assert_eq!((merged.sequence, merged.products), (1001, 3));
        assert_eq!(current().entries, [entry(1, 10), entry(2, 21), entry(3, 30)]);
        assert_eq!(current().published_ms, 900);
        publish(&[entry(9, 1)], false, 2000).unwrap();
        assert_eq!(current().entries, [entry(9, 1)]);
        let many: Vec<Entry> = (0..=Overlay::MAX_ENTRIES as u32).map(|id| entry(id, 1)).collect();
        assert!(matches!(publish(&many, true, 3000), Err(OverlayError::TooLong { products: 20_001, .. })));
        assert_eq!(current().sequence, 2000);
        // What another key has signed is replaced, but not signed anew.
        fs::write(folder.join(FILE), sign(&current(), &SigningKey::from_bytes(&[8; 32]))).unwrap();
        assert!(matches!(publish(&[entry(4, 1)], true, 4000), Err(OverlayError::Foreign(_))));
        assert_eq!(publish(&[entry(4, 1)], false, 4000).unwrap().products, 1);
        fs::remove_dir_all(&folder).unwrap();
    }
}
