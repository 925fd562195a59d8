//! A lake in a folder.

use super::error::LakeError;
use super::part::{Notes, Written};
use super::place::{DayFolder, Place};
use crate::log::Day;
use crate::log::parquet::{Part, day_folders, parts_of};
use crate::origin::log::{lock, sync};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The lock of whoever writes to a lake.
const LOCK: &str = ".lock";

/// A folder that this process writes a lake to.
pub(super) struct Folder {
    root: PathBuf,
    _writing: File,
}

impl Folder {
    /// Takes the lock of a folder, and removes what a crash may have left in it.
    pub(super) fn open(root: &Path) -> Result<Self, LakeError> {
        let writing = lock(root, LOCK)?;
        sweep(root)?;
        Ok(Self { root: root.to_owned(), _writing: writing })
    }
}

impl Place for Folder {
    fn days(&self) -> Result<Vec<Day>, LakeError> {
        Ok(day_folders(&self.root)?.into_iter().map(|(day, _)| day).collect())
    }

    fn open_day(&self, day: Day) -> Result<DayFolder, LakeError> {
        let path = self.root.join(format!("day={day}"));
        fs::create_dir_all(&path).map_err(LakeError::file(&path))?;
        Ok(DayFolder { shown: path.clone(), path })
    }

    fn fetch(&self, _: Day, _: &[Part]) -> Result<(), LakeError> {
        Ok(())
    }

    fn commit(&self, day: Day, written: Written, notes: &Notes) -> Result<(), LakeError> {
        let folder = self.root.join(format!("day={day}"));
        let name = format!("part-{}.parquet", &written.hash[..32]);
        let commit = || -> io::Result<()> {
            fs::rename(&written.path, folder.join(&name))?;
            sync(&folder)?;
            for old in notes.replaces.iter().filter(|old| **old != name) {
                fs::remove_file(folder.join(old))?;
            }
            sync(&folder)
        };
        commit().map_err(LakeError::file(&folder))
    }

    fn drop_days(&self, days: &[Day]) -> Result<(), LakeError> {
        for day in days {
            let folder = self.root.join(format!("day={day}"));
            // Renamed first, so that no reader meets a day of which a half is gone.
            fs::rename(&folder, self.root.join(format!(".dropped-{day}"))).map_err(LakeError::file(&folder))?;
        }
        sync(&self.root).map_err(LakeError::file(&self.root))?;
        sweep(&self.root)
    }

    fn note(&self, line: &str) -> Result<(), LakeError> {
        let path = self.root.join(super::journal::NAME);
        let write = || {
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            file.write_all(line.as_bytes())?;
            file.sync_all()
        };
        write().map_err(LakeError::file(&path))
    }
}

/// Removes what a crash may have left in a lake: unfinished parts, those that were replaced, and days that were dropped.
fn sweep(lake: &Path) -> Result<(), LakeError> {
    for entry in fs::read_dir(lake).map_err(LakeError::file(lake))? {
        let path = entry.map_err(LakeError::file(lake))?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".dropped-")) {
            fs::remove_dir_all(&path).map_err(LakeError::file(&path))?;
        }
    }
    for (_, folder) in day_folders(lake)? {
        let mut leftover: Vec<PathBuf> = parts_of(&folder, &folder)?.1.iter().map(|name| folder.join(name)).collect();
        leftover.extend(Some(folder.join(super::part::TEMPORARY)).filter(|path| path.exists()));
        for path in leftover {
            fs::remove_file(&path).map_err(LakeError::file(&path))?;
        }
    }
    Ok(())
}
