//! The key pair that signs manifests: ed25519, as two files of base64url.

use super::PublishError;
use crate::snapshot::manifest::{key_bytes, key_text};
use ed25519_dalek::SigningKey;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Generates a key pair: `<out>.secret`, readable only by its owner, and `<out>.public`. Returns both paths.
///
/// # Errors
/// [`PublishError::File`], also if one of the files already exists: a key is never overwritten.
pub fn generate(out: &Path) -> Result<(PathBuf, PathBuf), PublishError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| PublishError::file(out, std::io::Error::other(error.to_string())))?;
    let key = SigningKey::from_bytes(&seed);
    let with = |ending: &str| PathBuf::from(format!("{}.{ending}", out.display()));
    let (secret, public) = (with("secret"), with("public"));
    for path in [&secret, &public] {
        if path.exists() {
            let taken =
                std::io::Error::new(std::io::ErrorKind::AlreadyExists, "is there already; a key is never overwritten");
            return Err(PublishError::file(path, taken));
        }
    }
    create(&secret, &key_text(&seed), 0o600)?;
    create(&public, &key_text(key.verifying_key().as_bytes()), 0o644)?;
    Ok((secret, public))
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

/// Reads the secret key of [`generate`].
///
/// # Errors
/// [`PublishError::File`] or [`PublishError::Snapshot`] if it is no key.
pub fn secret(path: &Path) -> Result<SigningKey, PublishError> {
    let text = read(path)?;
    let seed =
        key_bytes(&text, "the secret key", "32 bytes as base64url, 43 characters").map_err(PublishError::Snapshot)?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Reads a key file as text.
///
/// # Errors
/// [`PublishError::File`].
pub fn read(path: &Path) -> Result<String, PublishError> {
    std::fs::read_to_string(path).map(|text| text.trim().to_owned()).map_err(|error| PublishError::file(path, error))
}
