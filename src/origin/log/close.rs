//! Closes days that are over, and removes those that are too old.
//!
//! Closing writes the compressed file under a temporary name, syncs it, renames it, and then removes the plain file. So a
//! crash leaves the plain file, or both files with the same lines, and never neither.

use super::folder::{DayFile, day_files, sync};
use crate::log::Day;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Puts right what a crash may have left. Only whoever holds the lock may call it, and before anything is written.
pub(super) fn recover(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "tmp") {
            fs::remove_file(path)?;
        }
    }
    for file in day_files(folder)? {
        if !file.is_closed && DayFile::of(folder, file.day, true).path.exists() {
            fs::remove_file(file.path)?;
        }
    }
    sync(folder)
}

/// Closes every day before the open one. Then removes the closed days that are more than `keep_days` before it.
pub(super) fn tidy(folder: &Path, open: Day, keep_days: Option<u32>) -> io::Result<()> {
    let is_old = |day: Day| keep_days.is_some_and(|days| day < open.before(days));
    for file in day_files(folder)?.into_iter().filter(|file| file.day < open) {
        if is_old(file.day) {
            fs::remove_file(file.path)?;
        } else if !file.is_closed {
            close(folder, &file)?;
        }
    }
    sync(folder)
}

fn close(folder: &Path, open: &DayFile) -> io::Result<()> {
    let mut plain = OpenOptions::new().read(true).write(true).open(&open.path)?;
    if cut_torn_tail(&mut plain)? > 0 {
        plain.seek(SeekFrom::Start(0))?;
        write_whole(&DayFile::of(folder, open.day, true), |out| io::copy(&mut plain, out).map(drop))?;
    }
    fs::remove_file(&open.path)
}

/// Writes a file of a log completely or not at all, compressed if it is closed.
pub(super) fn write_whole(file: &DayFile, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let temporary = file.temporary();
    let written = File::create(&temporary).and_then(|created| {
        let mut out = BufWriter::new(created);
        if file.is_closed {
            let mut packed = GzEncoder::new(&mut out, Compression::default());
            content(&mut packed)?;
            packed.finish()?;
        } else {
            content(&mut out)?;
        }
        out.into_inner()?.sync_all()?;
        fs::rename(&temporary, &file.path)
    });
    if written.is_err() {
        // The half-written file has a temporary name. Removing it is a courtesy to a full disk.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    file.path.parent().map_or(Ok(()), sync)
}

/// Cuts off a last line without an end, left by a crash: it was never acknowledged. Returns the length of the file.
pub(super) fn cut_torn_tail(file: &mut File) -> io::Result<u64> {
    let length = file.metadata()?.len();
    let mut block = vec![0; 1 << 16];
    let mut end = length;
    let mut whole = 0;
    while end > 0 {
        let begin = end.saturating_sub(block.len() as u64);
        let part = &mut block[..(end - begin) as usize];
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(part)?;
        if let Some(at) = part.iter().rposition(|byte| *byte == b'\n') {
            whole = begin + at as u64 + 1;
            break;
        }
        end = begin;
    }
    if whole < length {
        file.set_len(whole)?;
    }
    Ok(whole)
}
