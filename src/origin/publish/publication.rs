//! One act of publishing, from reading the manifest to replacing it.
//!
//! The order makes it safe to stop at any step. First the files that the new manifest will name; then the manifest that is
//! in use, once more among the [past](super::target::PAST) ones; then the manifest, by compare-and-swap; at last what
//! nothing names any more is removed. Until the manifest is replaced, hosts see nothing of it all. A publisher that was
//! stopped before has changed nothing but the disk space in use, and the next one clears up.

use super::error::PublishError;
use super::signed::{Signed, key_id};
use super::target::{MANIFEST, NamedFile, PAST, Target, Version};
use crate::snapshot::{Canary, Manifest, ManifestError, Release};
use ed25519_dalek::SigningKey;

/// Age at which hosts stop using a manifest, in seconds, if nothing else is said: 14 days.
pub const MAX_AGE_S: u32 = 14 * 24 * 3600;

/// What the next manifest says, besides its number and its time.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The snapshot in use.
    pub current: Release,
    /// A snapshot that a share of the visits tries out.
    pub canary: Option<Canary>,
    /// Whether the snapshot may be older than one that was in use before.
    pub rollback: bool,
    /// Age at which hosts stop using the manifest, in seconds.
    pub max_age_s: u32,
    /// Public key that signs overlays, base64url.
    pub overlay_key: Option<String>,
    /// Paths at which hosts leave pages as they are.
    pub off: Vec<String>,
}

impl Draft {
    /// What a manifest says.
    pub fn of(manifest: &Manifest) -> Self {
        Self {
            current: manifest.current.clone(),
            canary: manifest.canary.clone(),
            rollback: manifest.rollback,
            max_age_s: manifest.max_age_s,
            overlay_key: manifest.overlay_key.clone(),
            off: manifest.off.clone(),
        }
    }
}

/// One act of publishing: what was there when it began.
pub struct Publication<'a> {
    target: &'a dyn Target,
    keys: &'a [SigningKey],
    now_ms: u64,
    sequence: u64,
    found: Option<(Signed, Version)>,
    /// The version of a manifest that `--sequence` has overruled.
    overruled: Option<Version>,
    /// Whether one key of two may be dropped.
    ends_rotation: bool,
}

impl<'a> Publication<'a> {
    /// Reads the manifest in use, which one of `keys` must have signed. `sequence` is the number of the next manifest
    /// where the folder was lost, or holds a forged manifest; what is there then does not count.
    ///
    /// # Errors
    /// A [`PublishError`] if the manifest cannot be read or trusted, or this machine's clock is wrong.
    pub fn begin(
        target: &'a dyn Target,
        keys: &'a [SigningKey],
        now_ms: u64,
        sequence: Option<u64>,
    ) -> Result<Self, PublishError> {
        let (mut found, mut overruled) = (None, None);
        if let Some((bytes, version)) = target.read_version(MANIFEST)? {
            match trusted(target, &bytes, keys) {
                Ok(signed) if sequence.is_none_or(|number| number > signed.manifest.sequence) => {
                    found = Some((signed, version));
                }
                Ok(signed) => {
                    return Err(PublishError::refused(
                        target.place(),
                        format!("--sequence {}", sequence.unwrap_or_default()),
                        format!("more than {}, the number of the manifest there", signed.manifest.sequence),
                    ));
                }
                Err(_) if sequence.is_some() => overruled = Some(version),
                Err(error) => return Err(error),
            }
        }
        let before = found.as_ref().map_or(0, |(signed, _)| signed.manifest.sequence);
        let sequence = sequence.unwrap_or(before + 1);
        if let Some((signed, _)) = &found {
            let ahead_s = signed.manifest.published_ms.saturating_sub(now_ms) / 1000;
            if ahead_s > Manifest::AHEAD_S {
                return Err(invalid(target, ManifestError::Future { ahead_s }));
            }
        }
        Ok(Self { target, keys, now_ms, sequence, found, overruled, ends_rotation: false })
    }

    /// The manifest in use.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.found.as_ref().map(|(signed, _)| &signed.manifest)
    }

    /// The manifest in use.
    ///
    /// # Errors
    /// [`PublishError::Nothing`] if there is none.
    pub fn existing(&self) -> Result<&Manifest, PublishError> {
        self.manifest().ok_or_else(|| PublishError::Nothing { place: self.target.place().to_owned() })
    }

    /// The manifest in use with its signatures.
    pub fn signed(&self) -> Option<&Signed> {
        self.found.as_ref().map(|(signed, _)| signed)
    }

    /// The same, signed by one key although two signed the manifest in use.
    #[must_use]
    pub fn ending_rotation(mut self) -> Self {
        self.ends_rotation = true;
        self
    }

    /// Checks that all keys of the manifest in use sign the next one too: hosts that know only one of them must not be
    /// left behind.
    ///
    /// # Errors
    /// [`PublishError::Refused`] with the ids of the missing keys.
    pub fn check_keys(&self) -> Result<(), PublishError> {
        let own: Vec<String> = self.keys.iter().map(|key| key_id(key.verifying_key().as_bytes())).collect();
        let signers = self.signed().map(Signed::key_ids).unwrap_or_default();
        let missing: Vec<&str> = signers.into_iter().filter(|id| own.iter().all(|own| own != id)).collect();
        if self.ends_rotation || missing.is_empty() {
            return Ok(());
        }
        Err(PublishError::refused(
            self.target.place(),
            format!("no key {}, which has signed the manifest in use", missing.join(" and ")),
            "all its keys; give --key twice during a rotation, or end it with `slotwise rotate --finish`",
        ))
    }

    /// The target.
    pub fn target(&self) -> &dyn Target {
        self.target
    }

    /// The time, in milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// Stores the files, then the manifest of this draft.
    ///
    /// # Errors
    /// A [`PublishError`]. The manifest in use is then still in use.
    pub fn finish(self, draft: Draft, files: &[NamedFile]) -> Result<Signed, PublishError> {
        self.check_keys()?;
        let Draft { current, canary, rollback, max_age_s, overlay_key, off } = draft;
        let manifest = Manifest {
            format: Manifest::FORMAT,
            sequence: self.sequence,
            published_ms: self.now_ms,
            max_age_s,
            rollback,
            current,
            canary,
            overlay_key,
            off,
        };
        // Signed first: a manifest that no host would take costs no upload.
        let signed = Signed::sign(manifest, self.keys).map_err(|why| invalid(self.target, why))?;
        let mut files = files.to_vec();
        if let Some((before, _)) = &self.found {
            let name = format!("{PAST}/{}", before.manifest.sequence);
            files.push(NamedFile { name, bytes: before.text().into_bytes() });
        }
        self.target.write(&files)?;
        let read = self.found.map(|(_, version)| version).or(self.overruled);
        self.target.replace(MANIFEST, signed.text().as_bytes(), read.as_ref())?;
        Ok(signed)
    }
}

/// Reads a manifest that one of these keys must have signed.
fn trusted(target: &dyn Target, bytes: &[u8], keys: &[SigningKey]) -> Result<Signed, PublishError> {
    let public: Vec<[u8; 32]> = keys.iter().map(|key| *key.verifying_key().as_bytes()).collect();
    let signed = Signed::parse(bytes).map_err(|why| invalid(target, why))?;
    match signed.verify(&public) {
        Ok(()) => Ok(signed),
        Err(why) => Err(PublishError::refused(
            target.place(),
            why.to_string(),
            "a manifest of these keys. After a rotation give the key in use. If the manifest is forged or lost, publish \
             again with --sequence and a number above every one published before",
        )),
    }
}

pub(super) fn invalid(target: &dyn Target, why: ManifestError) -> PublishError {
    PublishError::Manifest { place: format!("{}/{MANIFEST}", target.place()), why }
}
