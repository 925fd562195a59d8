//! A temporary folder that is gone when nobody needs it, also after a kill.
//!
//! It holds events of visitors, so nobody else may look into it. Its owner holds a lock in it, which the system frees when
//! the process ends, however it ends: whoever makes the next folder removes those whose lock is free.

use super::error::ObjectsError;
use crate::text::hex;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// How the names of temporary folders begin.
const PREFIX: &str = "slotwise-fetched-";
/// The file that the owner locks. A lake has none of this name.
const LOCK: &str = ".fetched";
/// Folders that are tried.
const TRIES: usize = 8;

/// A temporary folder, removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Temporary {
    path: PathBuf,
    _lock: File,
}

impl Temporary {
    /// Makes a folder, and removes those of programs that were killed.
    ///
    /// # Errors
    /// There is no room for it.
    pub(crate) fn new() -> Result<Self, ObjectsError> {
        let place = std::env::temp_dir();
        sweep(&place);
        make(&place, true).map_err(|error| ObjectsError {
            place: place.display().to_string(),
            why: format!("{error}; expected a folder for temporary files: set TMPDIR to one that can be written to"),
        })
    }

    /// Makes a folder in a place that others may look into, whoever they run as.
    ///
    /// # Errors
    /// There is no room for it.
    #[cfg(feature = "train")]
    pub(crate) fn shared(place: &Path) -> io::Result<Self> {
        fs::create_dir_all(place)?;
        let place = place.canonicalize()?;
        sweep(&place);
        make(&place, false)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn make(place: &Path, is_private: bool) -> io::Result<Temporary> {
    for _ in 0..TRIES {
        let mut number = [0; 16];
        getrandom::fill(&mut number).map_err(|error| io::Error::other(error.to_string()))?;
        let path = place.join(format!("{PREFIX}{}", hex(&number)));
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        if is_private {
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        }
        #[cfg(not(unix))]
        let _ = is_private;
        builder.create(&path)?;
        let lock = OpenOptions::new().create_new(true).write(true).open(path.join(LOCK));
        // Another program may have taken it for a forgotten one between the two lines.
        if let Ok(lock) = lock.and_then(|lock| lock.try_lock().map(|()| lock).map_err(io::Error::from))
            && path.join(LOCK).exists()
        {
            return Ok(Temporary { path, _lock: lock });
        }
    }
    Err(io::Error::other("a folder that other programs remove"))
}

/// Removes the folders of programs that were killed. What cannot be removed is somebody else's.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !(is_ours && is_folder) {
            continue;
        }
        // One that is empty has no lock yet: its owner was killed, or tries another.
        let _ = match OpenOptions::new().write(true).open(path.join(LOCK)) {
            Ok(lock) if lock.try_lock().is_ok() => fs::remove_dir_all(&path),
            Ok(_) => Ok(()),
            Err(_) => fs::remove_dir(&path),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_with_its_owner_and_after_a_kill_with_the_next_one() {
        let place = std::env::temp_dir().join(format!("slotwise-temporary-{}", std::process::id()));
        fs::create_dir_all(&place).unwrap();
        let held = make(&place, true).unwrap();
        fs::write(held.path().join("part"), "x").unwrap();
        let killed = place.join(format!("{PREFIX}killed"));
        fs::create_dir(&killed).unwrap();
        fs::write(killed.join(LOCK), "").unwrap();
        let empty = place.join(format!("{PREFIX}empty"));
        fs::create_dir(&empty).unwrap();
        let others = place.join("others");
        fs::create_dir(&others).unwrap();
        sweep(&place);
        assert!(held.path().join("part").exists() && others.exists() && !killed.exists() && !empty.exists());
        let path = held.path().to_owned();
        drop(held);
        assert!(!path.exists());
        fs::remove_dir_all(&place).unwrap();
    }
}
