//! Published snapshots on disk: immutable files `snapshot/<id>`, and `manifest.json`, which names the current one.
//!
//! Every file is written under a temporary name in the same folder, synced to disk and then renamed. A reader finds
//! either the old file or the new one, and never a part.

use crate::experiment::Plans;
use crate::log::LogExposure;
use crate::model::Model;
use crate::snapshot::layout::FORMAT;
use crate::snapshot::manifest::{key_text, public_key};
use crate::snapshot::{Manifest, SnapshotError, SnapshotId};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Folder of the snapshots within a published folder.
pub const SNAPSHOTS: &str = "snapshot";

/// The reason why publishing failed, or why published files are not trusted.
#[derive(Debug, Error)]
pub enum PublishError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The snapshot or a key is invalid.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The manifest is malformed.
    #[error("{}: {why}, expected what `slotwise train` writes", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// The problem.
        why: String,
    },
}

impl PublishError {
    pub(super) fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }
}

/// Computes the id of a snapshot.
pub fn id_of(bytes: &[u8]) -> SnapshotId {
    SnapshotId(Sha256::digest(bytes).into())
}

/// Checks the bytes as every host does, then writes snapshot and manifest to `folder`.
///
/// # Errors
/// A [`PublishError`]. What was published before stays in place.
pub fn publish(folder: &Path, bytes: &[u8], key: &SigningKey) -> Result<Manifest, PublishError> {
    let id = id_of(bytes);
    let model = Model::open(bytes, id)?;
    model.verify()?;
    let mut manifest = Manifest {
        format: FORMAT,
        snapshot: id.to_string(),
        bytes: bytes.len() as u32,
        newest_ms: model.meta().newest_ms,
        signature: String::new(),
    };
    manifest.signature = key_text(&key.sign(&manifest.message()).to_bytes());
    let snapshots = folder.join(SNAPSHOTS);
    fs::create_dir_all(&snapshots).map_err(|error| PublishError::file(&snapshots, error))?;
    write(&snapshots.join(&manifest.snapshot), bytes)?;
    let json = serde_json::to_string_pretty(&manifest).map_err(|error| PublishError::file(folder, error.into()))?;
    write(&folder.join("manifest.json"), format!("{json}\n").as_bytes())?;
    Ok(manifest)
}

/// Writes a file completely or not at all.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), PublishError> {
    let fresh = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = File::create(&fresh).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    });
    written.map_err(|error| {
        // The half-written file has a temporary name. Removing it is a courtesy.
        let _ = fs::remove_file(&fresh);
        PublishError::file(path, error)
    })
}

/// Reads the manifest of a published folder.
///
/// # Errors
/// [`PublishError::File`] or [`PublishError::Manifest`].
pub fn manifest(folder: &Path) -> Result<Manifest, PublishError> {
    let path = folder.join("manifest.json");
    let text = fs::read_to_string(&path).map_err(|error| PublishError::file(&path, error))?;
    serde_json::from_str(&text).map_err(|error| PublishError::Manifest { path, why: error.to_string() })
}

/// Checks a manifest's signature.
///
/// # Errors
/// [`PublishError::Snapshot`] if the key is malformed, or is not the one that signed.
pub fn verify(manifest: &Manifest, key: &str) -> Result<(), PublishError> {
    let signature = Signature::from_bytes(&manifest.signature()?);
    let wrong = || PublishError::Snapshot(SnapshotError::Signature { key: key.to_owned() });
    let verifying = VerifyingKey::from_bytes(&public_key(key)?).map_err(|_| wrong())?;
    verifying.verify_strict(&manifest.message(), &signature).map_err(|_| wrong())
}

/// Opens the snapshot named by the manifest of a folder, with all checks that a host makes. The signature is checked only
/// if a public key is given.
///
/// # Errors
/// A [`PublishError`] for the first problem found.
pub fn open(folder: &Path, key: Option<&str>) -> Result<Model<Vec<u8>>, PublishError> {
    let manifest = manifest(folder)?;
    if let Some(key) = key {
        verify(&manifest, key)?;
    }
    let id = manifest.id()?;
    let path = folder.join(SNAPSHOTS).join(&manifest.snapshot);
    let bytes = fs::read(&path).map_err(|error| PublishError::file(&path, error))?;
    id.check(id_of(&bytes).0)?;
    Ok(Model::open(bytes, id)?)
}

/// The plans of the snapshots that exposures name, as far as the folder has them. A snapshot that is damaged, or that was
/// written for another version, counts as missing.
///
/// # Errors
/// [`PublishError::File`] if the folder cannot be read.
pub fn plans(folder: &Path, exposures: &[LogExposure]) -> Result<Plans, PublishError> {
    let snapshots = folder.join(SNAPSHOTS);
    // A wrong folder is told, rather than every snapshot missed.
    fs::read_dir(&snapshots).map_err(|error| PublishError::file(&snapshots, error))?;
    // Anybody may have written these names. Only digits become a path.
    let named: BTreeSet<&str> = exposures.iter().map(|exposure| exposure.shown.snapshot.0.as_str()).collect();
    let mut plans = Plans::default();
    for id in named.into_iter().filter_map(SnapshotId::from_hex) {
        let path = snapshots.join(id.hex());
        if !path.is_file() {
            continue;
        }
        let bytes = fs::read(&path).map_err(|error| PublishError::file(&path, error))?;
        if let Ok(model) = id.check(id_of(&bytes).0).and_then(|()| Model::open(bytes, id)) {
            plans.add(&model);
        }
    }
    Ok(plans)
}
