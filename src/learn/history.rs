//! What closed days have counted: files in the loop's folder, so that a turn reads the newest days only.
//!
//! A visit belongs to the day (UTC) on which it began, so the days beside one are read with it.
//!
//! A day is counted when it is no longer among those that are read, and again if its file in the log has changed since: late
//! events, an erasure, another compression. Files of days that the log no longer has are removed, so that what is kept is
//! never more than the log keeps.
//!
//! Sums are by the kernels that they were counted with. These are searched for once, and kept beside the sums; who removes their
//! file has them searched for anew and all days counted again.

use super::days::Days;
use super::error::LearnError;
use super::window::began;
use crate::log::{Day, Log, LogFiles};
use crate::train;
use crate::train::day_sums::{DaySums, Key};
use crate::train::kernel::Kernels;
use crate::train::older::{Older, OlderDay};
use crate::train::search::{Data, search};
use crate::train::weights::Weights;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// In the loop's folder: the kernels that days were counted by, and the sums of the days.
const KERNELS: &str = "kernels.json";
const SUMS: &str = "sums";

/// The days before those that are read.
pub(super) struct History {
    /// Their sums.
    pub older: Older,
    /// Days that had to be counted; those whose sums were there.
    pub counted: Vec<Day>,
    pub kept: usize,
    /// Bytes of all files.
    pub bytes: u64,
}

/// The kernels that days are counted by: those kept, or the best ones for a log.
pub(super) fn kernels(state: &Path, log: &Log, options: &train::Options) -> Result<Kernels, LearnError> {
    let path = state.join(KERNELS);
    let kept = fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok()).filter(is_usable);
    if let Some(kernels) = kept {
        return Ok(kernels);
    }
    let data = Data { log, group: None, neighbours: options.neighbours, support: options.support };
    let found = search(data, &options.search, &mut |_| ())?;
    let kernels = found.map_or_else(Kernels::default, |found| found.kernels);
    let temporary = path.with_extension("partial");
    let text = serde_json::to_string_pretty(&kernels).map_err(std::io::Error::from);
    text.and_then(|text| fs::write(&temporary, text + "\n"))
        .and_then(|()| fs::rename(&temporary, &path))
        .map_err(LearnError::file(&path))?;
    Ok(kernels)
}

/// Whether each number is one that a search may find.
fn is_usable(kernels: &Kernels) -> bool {
    kernels.clone().dials().iter().all(|(_, value, largest)| (0.0..=*largest).contains(&**value))
}

/// Counts the days that have no sums yet, one at a time, and removes the sums of others.
pub(super) fn refresh(state: &Path, days: &Days, log: &LogFiles, kernels: Kernels) -> Result<History, LearnError> {
    let (folder, weights) = (&state.join(SUMS), &Weights::of(&kernels));
    fs::create_dir_all(folder).map_err(LearnError::file(folder))?;
    let mut history = History { older: Older { days: Vec::new(), kernels }, counted: Vec::new(), kept: 0, bytes: 0 };
    for (at, (day, source)) in days.older.iter().enumerate() {
        let (path, key) = (folder.join(format!("{day}.sums")), key(source, weights)?);
        if DaySums::read(&path, &key).map_err(LearnError::file(&path))?.is_some() {
            history.kept += 1;
        } else {
            // Products are those of the visits: what a catalogue lists has nothing to add to sums.
            let older = days.older.iter().map(|(_, path)| path);
            let beside = older.chain(&days.read).skip(at.saturating_sub(1)).take(if at == 0 { 2 } else { 3 });
            let files = LogFiles { events: beside.cloned().collect(), catalogue: None, ..log.clone() };
            let (read, _) = files.read()?;
            DaySums::of(&read, before(&read, *day)..before(&read, day.next()), weights)
                .write(&path, &key)
                .map_err(LearnError::file(&path))?;
            history.counted.push(*day);
        }
        history.bytes += fs::metadata(&path).map_or(0, |about| about.len());
        history.older.days.push(OlderDay { begin_ms: day.begin_ms(), path, key });
    }
    for entry in fs::read_dir(folder).map_err(LearnError::file(folder))? {
        let path = entry.map_err(LearnError::file(folder))?.path();
        if !history.older.days.iter().any(|day| day.path == path) {
            fs::remove_file(&path).map_err(LearnError::file(&path))?;
        }
    }
    Ok(history)
}

/// How many sessions of a log began before a day.
pub(super) fn before(log: &Log, day: Day) -> usize {
    log.sessions().take_while(|events| Day::of_ms(began(events)) < day).count()
}

/// A digest of the files of a day, by name, length and time of change, and of the weights that age has no part in.
fn key(source: &Path, weights: &Weights) -> Result<Key, LearnError> {
    let mut files = vec![source.to_owned()];
    if source.is_dir() {
        files = crate::log::files_under(source);
        files.sort();
    }
    let mut text = env!("CARGO_PKG_VERSION").to_owned();
    for path in &files {
        let about = fs::metadata(path).map_err(LearnError::file(path))?;
        let changed = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let _ = writeln!(text, "{name} {} {}", about.len(), changed.as_nanos());
    }
    let _ = write!(text, "{:?} {:?}", weights.near, weights.stays);
    Ok(Sha256::digest(text).into())
}
