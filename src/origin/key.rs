//! Keys as files of base64url: the ed25519 pair that signs manifests, the one that signs live prices, and the intake key with
//! which the edge signs events.

use super::PublishError;
use super::signature::IntakeKey;
use crate::snapshot::manifest::{key_bytes, key_text, public_keys};
use ed25519_dalek::SigningKey;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// How a key is written.
const FORM: &str = "32 bytes as base64url, 43 characters";

/// The files of [`generate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFiles {
    /// Signs manifests. It stays at the trainer.
    pub secret: PathBuf,
    /// Verifies manifests, at edge and browser.
    pub public: PathBuf,
    /// Signs and verifies posts of events. Edge and origin share it.
    pub intake: PathBuf,
    /// Signs live prices, at the origin or at the shop's backend.
    pub overlay: PathBuf,
    /// Verifies live prices. The manifest names it.
    pub overlay_public: PathBuf,
}

/// Generates two key pairs and an intake key: `<out>.secret`, `<out>.overlay` and `<out>.intake`, readable only by their owner,
/// `<out>.public` and `<out>.overlay.public`.
///
/// # Errors
/// [`PublishError::File`], also if one of the files already exists: a key is never overwritten.
pub fn generate(out: &Path) -> Result<KeyFiles, PublishError> {
    let (seed, intake_key, overlay_seed) = (random(out)?, random(out)?, random(out)?);
    let [key, overlay_key] = [seed, overlay_seed].map(|seed| SigningKey::from_bytes(&seed));
    let with = |ending: &str| PathBuf::from(format!("{}.{ending}", out.display()));
    let files = KeyFiles {
        secret: with("secret"),
        public: with("public"),
        intake: with("intake"),
        overlay: with("overlay"),
        overlay_public: with("overlay.public"),
    };
    for path in [&files.secret, &files.public, &files.intake, &files.overlay, &files.overlay_public] {
        if path.exists() {
            let taken =
                std::io::Error::new(std::io::ErrorKind::AlreadyExists, "is there already; a key is never overwritten");
            return Err(PublishError::file(path, taken));
        }
    }
    create(&files.secret, &key_text(&seed), 0o600)?;
    create(&files.public, &key_text(key.verifying_key().as_bytes()), 0o644)?;
    create(&files.intake, &key_text(&intake_key), 0o600)?;
    create(&files.overlay, &key_text(&overlay_seed), 0o600)?;
    create(&files.overlay_public, &key_text(overlay_key.verifying_key().as_bytes()), 0o644)?;
    Ok(files)
}

/// Generates a key pair alone: `<out>.secret` and `<out>.public`. What is there of it stays.
///
/// # Errors
/// [`PublishError`] if a file cannot be read or written, or is no key.
pub fn pair(out: &Path) -> Result<SigningKey, PublishError> {
    let with = |ending: &str| PathBuf::from(format!("{}.{ending}", out.display()));
    let (secret_file, public_file) = (with("secret"), with("public"));
    if !secret_file.exists() {
        create(&secret_file, &key_text(&random(out)?), 0o600)?;
    }
    let key = secret(&secret_file)?;
    if !public_file.exists() {
        create(&public_file, &key_text(key.verifying_key().as_bytes()), 0o644)?;
    }
    Ok(key)
}

fn random(out: &Path) -> Result<[u8; 32], PublishError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| PublishError::file(out, std::io::Error::other(error.to_string())))?;
    Ok(bytes)
}

fn create(path: &Path, text: &str, mode: u32) -> Result<(), PublishError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(path).map_err(|error| PublishError::file(path, error))?;
    writeln!(file, "{text}").and_then(|()| file.sync_all()).map_err(|error| PublishError::file(path, error))
}

/// Reads one of the secret keys of [`generate`].
///
/// # Errors
/// [`PublishError::File`] or [`PublishError::Snapshot`] if it is no key.
pub fn secret(path: &Path) -> Result<SigningKey, PublishError> {
    Ok(SigningKey::from_bytes(&key_bytes(&read(path)?, "the secret key", FORM)?))
}

/// Reads the public key or keys of a file: one, or two while keys are rotated.
///
/// # Errors
/// [`PublishError::File`] or [`PublishError::Snapshot`] if it is no key.
pub fn public(path: &Path) -> Result<Vec<[u8; 32]>, PublishError> {
    Ok(public_keys(&read(path)?)?)
}

/// Reads the intake key of [`generate`].
///
/// # Errors
/// [`PublishError::File`] or [`PublishError::Snapshot`] if it is no key.
pub fn intake(path: &Path) -> Result<IntakeKey, PublishError> {
    Ok(IntakeKey::new(key_bytes(&read(path)?, "the intake key", FORM)?))
}

/// Reads a key file as text.
///
/// # Errors
/// [`PublishError::File`].
pub fn read(path: &Path) -> Result<String, PublishError> {
    std::fs::read_to_string(path).map(|text| text.trim().to_owned()).map_err(|error| PublishError::file(path, error))
}
