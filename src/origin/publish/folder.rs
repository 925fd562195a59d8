//! A folder as a target.
//!
//! Every file is written under a temporary name in the same folder, synced to disk and then renamed. A reader finds
//! either the old file or the new one, and never a part. Folders are synced after renames, so that a power cut keeps the
//! order: what the manifest names was stored before the manifest.
//!
//! A publisher holds the lock of the folder while it writes. The system lets go of the lock when the process ends,
//! however it ends. So a temporary file that the holder of the lock finds belongs to a publisher that was killed, and is
//! removed.

use super::error::PublishError;
use super::target::{Listed, MAX_FILE, NamedFile, PAST, PATCHES, PLANS, SHARDS, SNAPSHOTS, Target, Version};
use crate::text::hex;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, UNIX_EPOCH};

/// Name of the file that a publisher locks. It stays.
const LOCK: &str = ".lock";
/// Ending of temporary names.
const FRESH: &str = ".tmp";
/// How long a publisher waits for another one.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder as a target.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    place: String,
    /// The locked file, while this process may write.
    lock: Option<File>,
}

impl Folder {
    /// A folder to read from.
    pub fn to_read(root: &Path) -> Self {
        Self { root: root.to_owned(), place: root.display().to_string(), lock: None }
    }

    /// A folder to write to. Creates it, waits for its lock, and removes what killed publishers have left.
    ///
    /// # Errors
    /// [`PublishError::Busy`] if another publisher has the lock, [`PublishError::File`] otherwise.
    pub fn to_write(root: &Path) -> Result<Self, PublishError> {
        let fail = |error| PublishError::file(root, error);
        fs::create_dir_all(root).map_err(fail)?;
        let mut options = OpenOptions::new();
        let lock = options.create(true).truncate(false).write(true).open(root.join(LOCK)).map_err(fail)?;
        let began = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(TryLockError::WouldBlock) => {
                    let place = root.display().to_string();
                    return Err(PublishError::Busy { place, waited_s: PATIENCE.as_secs() });
                }
                Err(TryLockError::Error(error)) => return Err(fail(error)),
            }
        }
        let folder = Self { lock: Some(lock), ..Self::to_read(root) };
        folder.sweep()?;
        Ok(folder)
    }

    /// Removes temporary files.
    fn sweep(&self) -> Result<(), PublishError> {
        for folder in ["", SNAPSHOTS, SHARDS, PATCHES, PAST, PLANS] {
            let litter = self.names(folder)?.into_iter().filter(|(name, _)| name.ends_with(FRESH));
            for (_, path) in litter {
                fs::remove_file(&path).map_err(|error| PublishError::file(&path, error))?;
            }
        }
        Ok(())
    }

    /// Names and paths of the files of a folder.
    fn names(&self, folder: &str) -> Result<Vec<(String, PathBuf)>, PublishError> {
        let path = self.root.join(folder);
        let fail = |error| PublishError::file(&path, error);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(fail(error)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(fail)?;
            if entry.file_type().map_err(fail)?.is_file() {
                found.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
            }
        }
        Ok(found)
    }

    fn may_write(&self) -> Result<(), PublishError> {
        let denied = || io::Error::other("is open for reading only");
        if self.lock.is_some() { Ok(()) } else { Err(PublishError::file(&self.root, denied())) }
    }
}

impl Target for Folder {
    fn place(&self) -> &str {
        &self.place
    }

    fn read_version(&self, name: &str) -> Result<Option<(Vec<u8>, Version)>, PublishError> {
        let path = self.root.join(name);
        match bytes_of(&path) {
            Ok(bytes) => {
                let version = version(&bytes);
                Ok(Some((bytes, version)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(PublishError::file(&path, error)),
        }
    }

    fn write(&self, files: &[NamedFile]) -> Result<(), PublishError> {
        self.may_write()?;
        let paths: Vec<PathBuf> = files.iter().map(|file| self.root.join(&file.name)).collect();
        let folders: BTreeSet<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
        for folder in &folders {
            fs::create_dir_all(folder).map_err(|error| PublishError::file(folder, error))?;
        }
        // Syncing one file after the other would wait for the disk hundreds of times.
        paths.par_iter().zip(files).try_for_each(|(path, file)| {
            // Most shards are those of the snapshot before. A damaged one is written again.
            if bytes_of(path).is_ok_and(|known| known == file.bytes) {
                return Ok(());
            }
            put(path, &file.bytes)
        })?;
        folders.into_iter().chain([self.root.as_path()]).try_for_each(sync)
    }

    fn replace(&self, name: &str, bytes: &[u8], read: Option<&Version>) -> Result<(), PublishError> {
        self.may_write()?;
        let now = self.read_version(name)?.map(|(_, version)| version);
        if now.as_ref() != read {
            return Err(PublishError::Changed { place: self.place.clone(), hint: String::new() });
        }
        put(&self.root.join(name), bytes)?;
        sync(&self.root)
    }

    fn list(&self, folder: &str) -> Result<Vec<Listed>, PublishError> {
        let mut found = Vec::new();
        for (name, path) in self.names(folder)? {
            let modified = fs::metadata(&path).and_then(|data| data.modified());
            let modified = modified.map_err(|error| PublishError::file(&path, error))?;
            let modified_ms = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
            found.push(Listed { name, modified_ms });
        }
        Ok(found)
    }

    fn remove(&self, names: &[String]) -> Result<(), PublishError> {
        self.may_write()?;
        for path in names.iter().map(|name| self.root.join(name)) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(PublishError::file(&path, error)),
                _ => {}
            }
        }
        Ok(())
    }
}

fn version(bytes: &[u8]) -> Version {
    Version(hex(&Sha256::digest(bytes)))
}

/// Reads a file, unless it is absurdly long.
fn bytes_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(io::Error::other(format!("has more than {MAX_FILE} bytes")));
    }
    Ok(bytes)
}

/// Writes a file completely or not at all.
fn put(path: &Path, bytes: &[u8]) -> Result<(), PublishError> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(FRESH);
    let fresh = path.with_file_name(name);
    let written = File::create(&fresh).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    });
    written.map_err(|error| {
        // A full disk needs the room. If this fails too, the next publisher removes the file.
        let _ = fs::remove_file(&fresh);
        PublishError::file(path, error)
    })
}

/// Stores the names of a folder for good.
fn sync(folder: &Path) -> Result<(), PublishError> {
    // Elsewhere than on Unix, a folder cannot be opened as a file.
    if cfg!(unix) {
        File::open(folder).and_then(|file| file.sync_all()).map_err(|error| PublishError::file(folder, error))?;
    }
    Ok(())
}
