//! The manifest: the small mutable file that names the current snapshot, signed.
//!
//! It is text. Line 1 is the manifest as one line of JSON, so that an operator can read it. One or two lines follow, one
//! for each key that signed it: the key's id, a space and an ed25519 signature (RFC 8032). The signed bytes are
//! [`Manifest::PREFIX`] and line 1 as it stands, so that no host has to write JSON again before it can check it. Hosts
//! verify with what the platform offers (WebCrypto in workerd and browsers, ed25519-dalek natively), so that no curve
//! arithmetic is compiled into the Wasm.
//!
//! The manifest protects against more than forged bytes. Its sequence number always rises, so an old manifest cannot be
//! replayed to a host that has a newer one. Its age limit ends a model that somebody keeps from being replaced. All that a
//! host uses is named here by hash, or by the tree of hashes whose root is named here.

use super::{SnapshotError, SnapshotId};
use crate::base64;
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What the publisher signs: which snapshot is in use, since when, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS))]
pub struct Manifest {
    /// Format number of the manifest, 2.
    pub format: u16,
    /// Rises with every manifest. A host refuses a lower one than it has.
    pub sequence: u64,
    /// Time of publishing, in milliseconds since 1970.
    pub published_ms: u64,
    /// Age at which hosts stop using it and show the shop's own content, in seconds.
    pub max_age_s: u32,
    /// True if the snapshot in use may be older than one that was in use before.
    pub rollback: bool,
    /// The snapshot in use.
    pub current: Release,
    /// A snapshot that a share of the visits tries out; `None` most of the time.
    pub canary: Option<Canary>,
    /// Public key that signs overlays, base64url; `None` if the shop uses none.
    pub overlay_key: Option<String>,
    /// Paths at which hosts leave pages as the shop wrote them: each path and all below it; `/` is the whole shop.
    pub off: Vec<String>,
}

/// A snapshot and everything that hosts fetch of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS))]
pub struct Release {
    /// Id of the snapshot: SHA-256 of its bytes in 64 hexadecimal digits.
    pub snapshot: String,
    /// Size of the snapshot in bytes.
    pub bytes: u32,
    /// Time of the newest event that the snapshot was trained from, in milliseconds since 1970.
    pub newest_ms: u64,
    /// Name of the root, a browser's first load: the first 16 bytes of its SHA-256 in 32 hexadecimal digits.
    pub root: String,
    /// Size of the root in bytes.
    pub root_bytes: u32,
    /// Patches that make this snapshot from an older one.
    pub patches: Vec<PatchName>,
}

/// A file that makes a snapshot from an older one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS))]
pub struct PatchName {
    /// Id of the older snapshot, 64 hexadecimal digits.
    pub from: String,
    /// Name of the patch: the first 16 bytes of its SHA-256 in 32 hexadecimal digits.
    pub patch: String,
    /// Size of the patch in bytes.
    pub bytes: u32,
}

/// A snapshot that a share of the visits tries out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS))]
pub struct Canary {
    /// Share of the visits, in ten-thousandths: 1 to 9,999.
    pub share: u16,
    /// The snapshot they use.
    pub release: Release,
}

/// The reason why a manifest is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ManifestError {
    /// It is too long.
    #[error("the manifest has {found} bytes, expected at most {}; publish again", Manifest::MAX_BYTES)]
    Size {
        /// Its length.
        found: usize,
    },
    /// It is not text of two or three lines.
    #[error(
        "the manifest has {found}, expected one line of JSON and a line \"KEY SIGNATURE\" for each of one or two keys; publish again"
    )]
    Lines {
        /// What it has instead.
        found: String,
    },
    /// Line 1 is no manifest.
    #[error(
        "line 1 of the manifest is no manifest of format {}: {why}; publish again with this version",
        Manifest::FORMAT
    )]
    Json {
        /// The problem.
        why: String,
    },
    /// The value of a field is out of range.
    #[error("the manifest's {field} is {found}, expected {expected}; publish again")]
    Field {
        /// The field.
        field: &'static str,
        /// Its value.
        found: String,
        /// The values it may have.
        expected: &'static str,
    },
    /// None of the trusted keys signed it.
    #[error(
        "the manifest is signed by {found}, expected {expected}; check that publisher and host use the same key pair"
    )]
    Signature {
        /// Ids of the keys it says it is signed by.
        found: String,
        /// Ids of the keys that are trusted.
        expected: String,
    },
    /// It is older than its age limit.
    #[error(
        "the manifest was published {age_s} s ago, expected at most {max_age_s} s; train again, or extend it with `slotwise sign`"
    )]
    Age {
        /// Its age in seconds.
        age_s: u64,
        /// Its limit in seconds.
        max_age_s: u32,
    },
    /// It was published in the future.
    #[error(
        "the manifest was published {ahead_s} s from now, expected at most {} s; set this machine's clock",
        Manifest::AHEAD_S
    )]
    Future {
        /// By how many seconds.
        ahead_s: u64,
    },
}

/// Most paths that a manifest may switch off.
const MAX_OFF: usize = 100;
/// Longest of them, in bytes.
const MAX_PATH: usize = 200;
/// What such a path is.
pub const PATH: &str = "a path such as /checkout, of at most 200 characters, without ? and #";

/// Whether a text can be a path that is switched off.
pub fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && text.len() <= MAX_PATH
        && !text.contains(|c: char| "?#,".contains(c) || c.is_control() || c == ' ')
}

impl Manifest {
    /// What the signed bytes begin with; line 1 follows.
    pub const PREFIX: &str = "slotwise manifest 2\n";

    /// Format number of the manifests of this version.
    pub const FORMAT: u16 = 2;

    /// Longest manifest, in bytes, signatures included.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// Most signatures of a manifest, and most keys a host trusts: the key in use and the next one.
    pub const MAX_KEYS: usize = 2;

    /// Most patches of a release.
    pub const MAX_PATCHES: usize = 16;

    /// Whole numbers that JavaScript represents exactly: sequence numbers and times stay below.
    pub const MAX_NUMBER: u64 = (1 << 53) - 1;

    /// Seconds by which a host's clock may be behind: a manifest from the near future is accepted.
    pub const AHEAD_S: u64 = 2 * 24 * 3600;

    /// The signed bytes of a manifest whose line 1 this is.
    pub fn message(line: &str) -> Vec<u8> {
        [Self::PREFIX.as_bytes(), line.as_bytes()].concat()
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`ManifestError::Field`] for the first that is out of range.
    pub fn check(&self) -> Result<(), ManifestError> {
        number("format", self.format.into(), Self::FORMAT.into(), Self::FORMAT.into(), "2")?;
        number("sequence", self.sequence, 1, Self::MAX_NUMBER, "1 to 2^53 - 1")?;
        number("published_ms", self.published_ms, 1, Self::MAX_NUMBER, "milliseconds since 1970, below 2^53")?;
        number("max_age_s", self.max_age_s.into(), 1, u32::MAX.into(), "at least 1")?;
        self.current.check()?;
        if let Some(canary) = &self.canary {
            number("canary.share", canary.share.into(), 1, 9_999, "1 to 9999 ten-thousandths")?;
            canary.release.check()?;
            if canary.release.snapshot == self.current.snapshot {
                return field("canary.release.snapshot", &canary.release.snapshot, "another one than current.snapshot");
            }
        }
        match &self.overlay_key {
            Some(key) if public_key(key).is_err() => field("overlay_key", key, "32 bytes as base64url, 43 characters")?,
            _ => {}
        }
        number("the number of paths in off", self.off.len() as u64, 0, MAX_OFF as u64, "at most 100")?;
        match self.off.iter().find(|path| !is_path(path)) {
            Some(path) => field("off", path, PATH),
            None => Ok(()),
        }
    }

    /// Whether pages at a path stay as the shop wrote them.
    pub fn is_off(&self, path: &str) -> bool {
        self.off
            .iter()
            .map(|off| off.trim_end_matches('/'))
            .any(|off| path.strip_prefix(off).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }

    /// Checks its age by a clock, in milliseconds since 1970. Returns the age in seconds; 0 if the clock is behind.
    ///
    /// # Errors
    /// [`ManifestError::Age`] past the limit, [`ManifestError::Future`] if it was published more than
    /// [`AHEAD_S`](Self::AHEAD_S) from now.
    pub fn age(&self, now_ms: u64) -> Result<u64, ManifestError> {
        let age_s = now_ms.saturating_sub(self.published_ms) / 1000;
        let ahead_s = self.published_ms.saturating_sub(now_ms) / 1000;
        if age_s > u64::from(self.max_age_s) {
            return Err(ManifestError::Age { age_s, max_age_s: self.max_age_s });
        }
        if ahead_s > Self::AHEAD_S {
            return Err(ManifestError::Future { ahead_s });
        }
        Ok(age_s)
    }

    /// The releases it names: the one in use, and that of the canary.
    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        core::iter::once(&self.current).chain(self.canary.as_ref().map(|canary| &canary.release))
    }
}

impl Release {
    /// Checks every field.
    fn check(&self) -> Result<(), ManifestError> {
        if SnapshotId::from_hex(&self.snapshot).is_none() {
            return field("snapshot", &self.snapshot, "64 hexadecimal digits");
        }
        number("bytes", self.bytes.into(), 1, u32::MAX.into(), "at least 1")?;
        number("newest_ms", self.newest_ms, 0, Manifest::MAX_NUMBER, "milliseconds since 1970, below 2^53")?;
        if !is_name(&self.root) {
            return field("root", &self.root, "32 hexadecimal digits");
        }
        number("root_bytes", self.root_bytes.into(), 1, u32::MAX.into(), "at least 1")?;
        number("number of patches", self.patches.len() as u64, 0, Manifest::MAX_PATCHES as u64, "at most 16")?;
        for patch in &self.patches {
            if SnapshotId::from_hex(&patch.from).is_none() {
                return field("patches.from", &patch.from, "64 hexadecimal digits");
            }
            if !is_name(&patch.patch) {
                return field("patches.patch", &patch.patch, "32 hexadecimal digits");
            }
            number("patches.bytes", patch.bytes.into(), 1, u32::MAX.into(), "at least 1")?;
        }
        Ok(())
    }

    /// The snapshot's id.
    ///
    /// # Errors
    /// [`SnapshotError::Key`] if it is not 64 hexadecimal digits.
    pub fn id(&self) -> Result<SnapshotId, SnapshotError> {
        SnapshotId::from_hex(&self.snapshot).ok_or_else(|| SnapshotError::Key {
            what: "the manifest's snapshot id",
            found: self.snapshot.clone(),
            expected: "64 hexadecimal digits",
        })
    }
}

fn number(name: &'static str, found: u64, min: u64, max: u64, expected: &'static str) -> Result<(), ManifestError> {
    if (min..=max).contains(&found) { Ok(()) } else { field(name, &found.to_string(), expected) }
}

fn field(field: &'static str, found: &str, expected: &'static str) -> Result<(), ManifestError> {
    // A forged value may be as long as the manifest.
    Err(ManifestError::Field { field, found: found.chars().take(80).collect(), expected })
}

/// Whether a text is the name of a shard or patch: 32 hexadecimal digits in lower case.
pub fn is_name(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Reads a public key as `slotwise keygen` writes it.
///
/// # Errors
/// [`SnapshotError::Key`] if it is not 32 bytes of base64url.
pub fn public_key(text: &str) -> Result<[u8; 32], SnapshotError> {
    key_bytes(text, "the public key", "32 bytes as base64url, 43 characters")
}

/// Reads the one or two public keys that a host trusts, separated by white space or a comma.
///
/// # Errors
/// [`SnapshotError::Key`] if there are none or more, or one is not 32 bytes of base64url.
pub fn public_keys(text: &str) -> Result<Vec<[u8; 32]>, SnapshotError> {
    let parts = text.split([' ', ',', '\t', '\r', '\n']).filter(|part| !part.is_empty());
    let keys = parts.map(public_key).collect::<Result<Vec<_>, _>>()?;
    if (1..=Manifest::MAX_KEYS).contains(&keys.len()) {
        return Ok(keys);
    }
    Err(SnapshotError::Key { what: "the number of public keys", found: keys.len().to_string(), expected: "one or two" })
}

/// Reads a fixed number of bytes from base64url.
///
/// # Errors
/// [`SnapshotError::Key`], which names `what` and what was `expected`.
pub fn key_bytes<const N: usize>(
    text: &str,
    what: &'static str,
    expected: &'static str,
) -> Result<[u8; N], SnapshotError> {
    let bytes = base64::decode(text.trim()).and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| SnapshotError::Key { what, found: format!("\"{}\"", text.trim()), expected })
}

/// Writes bytes as base64url.
pub fn key_text(bytes: &[u8]) -> String {
    base64::encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn release(digit: &str) -> Release {
        let patch = PatchName { from: "cd".repeat(32), patch: "ef".repeat(16), bytes: 5 };
        Release {
            snapshot: digit.repeat(64),
            bytes: 7,
            newest_ms: 9,
            root: digit.repeat(32),
            root_bytes: 3,
            patches: vec![patch],
        }
    }

    fn manifest() -> Manifest {
        Manifest {
            format: 2,
            sequence: 1,
            published_ms: 1_000_000,
            max_age_s: 60,
            rollback: false,
            current: release("a"),
            canary: Some(Canary { share: 500, release: release("b") }),
            overlay_key: Some("A".repeat(43)),
            off: vec!["/checkout".into()],
        }
    }

    #[test]
    fn every_field_is_checked() {
        assert_eq!(manifest().check(), Ok(()));
        let change: [fn(&mut Manifest); 18] = [
            |m| m.format = 1,
            |m| m.sequence = 0,
            |m| m.sequence = 1 << 53,
            |m| m.published_ms = 1 << 53,
            |m| m.max_age_s = 0,
            |m| m.current.snapshot = "ab".repeat(31),
            |m| m.current.bytes = 0,
            |m| m.current.newest_ms = 1 << 53,
            |m| m.current.root = "AB".repeat(16),
            |m| m.current.root_bytes = 0,
            |m| m.current.patches = vec![m.current.patches[0].clone(); 17],
            |m| m.current.patches[0].from = "../../x".into(),
            |m| m.current.patches[0].patch = "../../x".into(),
            |m| m.canary.as_mut().unwrap().share = 10_000,
            |m| m.canary.as_mut().unwrap().release = release("a"),
            |m| m.overlay_key = Some("key".into()),
            |m| m.off = vec!["checkout".into()],
            |m| m.off = vec!["/x".into(); 101],
        ];
        for (at, change) in change.iter().enumerate() {
            let mut wrong = manifest();
            change(&mut wrong);
            assert!(matches!(wrong.check(), Err(ManifestError::Field { .. })), "change {at}");
        }
    }

    #[test]
    fn a_path_is_off_with_all_below_it() {
        let off = |paths: &[&str], path: &str| {
            let off = paths.iter().map(|path| (*path).into()).collect();
            Manifest { off, ..manifest() }.is_off(path)
        };
        assert!(off(&["/checkout"], "/checkout") && off(&["/checkout/"], "/checkout/pay") && off(&["/"], "/lamps"));
        assert!(!off(&["/checkout"], "/checkouts") && !off(&["/checkout"], "/") && !off(&[], "/"));
    }

    #[test]
    fn its_age_is_counted_by_the_hosts_clock() {
        let manifest = manifest();
        assert_eq!(manifest.age(1_000_000), Ok(0));
        assert_eq!(manifest.age(1_060_999), Ok(60));
        assert_eq!(manifest.age(1_061_000), Err(ManifestError::Age { age_s: 61, max_age_s: 60 }));
        let manifest = Manifest { published_ms: 1_000_000_000_000, ..manifest };
        assert_eq!(manifest.age(1_000_000_000_000 - Manifest::AHEAD_S * 1000), Ok(0));
        assert!(manifest.age(1_000_000_000_000 - Manifest::AHEAD_S * 1000 - 1000).is_err());
    }

    #[test]
    fn a_host_trusts_one_or_two_keys() {
        let key = "A".repeat(43);
        assert_eq!(public_keys(&key).unwrap(), [[0; 32]]);
        assert_eq!(public_keys(&format!(" {key},\n{key}\n")).unwrap(), [[0; 32]; 2]);
        for wrong in [String::new(), "AAAA".into(), format!("{key} {key} {key}")] {
            assert!(public_keys(&wrong).is_err(), "{wrong}");
        }
    }
}
