//! A lake in an object store, read: a day at a time, in a temporary folder.
//!
//! While a day is read, the next one is fetched. So at most two days take room on this machine, and only for as long as they
//! are needed. A part that is replaced while its day is fetched makes the day be fetched again: it is read as it was or as it
//! is.

use super::parts::{Part, is_part, parts_of};
use crate::log::day::Day;
use crate::log::error::LogError;
use crate::objects::{Objects, ObjectsError, Temporary};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;

/// How often a day is fetched whose parts are replaced meanwhile.
const TRIES: usize = 8;

/// The parts of a day on this machine.
struct Fetched {
    parts: Vec<Part>,
    _folder: Temporary,
}

/// Hands over every part of a lake, or of one of its days: where it is now, and what it is called in the store.
pub(in crate::log) fn for_each_part(
    address: &Path,
    sink: &mut dyn FnMut(&Path, &Path) -> Result<(), LogError>,
) -> Result<(), LogError> {
    let days = store_days(address)?;
    if days.is_empty() {
        return Err(LogError::EmptyStore { path: address.to_owned() });
    }
    std::thread::scope(|scope| {
        // Whoever fetches waits until a day is taken.
        let (give, take) = sync_channel(0);
        scope.spawn(move || {
            for (_, day) in &days {
                let fetched = fetch(day);
                let is_last = fetched.is_err();
                if give.send(fetched).is_err() || is_last {
                    return;
                }
            }
        });
        for fetched in take {
            for part in &fetched?.parts {
                sink(&part.path, &part.shown)?;
            }
        }
        Ok(())
    })
}

/// The days of a lake with their addresses, in order; of the address of a day this one.
pub(crate) fn store_days(address: &Path) -> Result<Vec<(Day, PathBuf)>, LogError> {
    let day_of = |name: &str| name.strip_prefix("day=").and_then(|day| day.parse::<Day>().ok());
    let place = text(address);
    if let Some(day) = place.rsplit('/').next().and_then(day_of) {
        return Ok(vec![(day, PathBuf::from(place))]);
    }
    let folders = Objects::open(&place)?.folders()?;
    let mut days: Vec<(Day, PathBuf)> =
        folders.iter().filter_map(|name| Some((day_of(name)?, PathBuf::from(format!("{place}/{name}"))))).collect();
    days.sort_unstable();
    Ok(days)
}

/// Fetches the parts of a day.
fn fetch(day: &Path) -> Result<Fetched, LogError> {
    let objects = Objects::open(&text(day))?;
    'tries: for _ in 0..TRIES {
        let folder = Temporary::new()?;
        for object in objects.list("")?.iter().filter(|object| is_part(&object.name)) {
            if !objects.fetch(&object.name, object.size, &folder.path().join(&object.name))? {
                continue 'tries;
            }
        }
        let (parts, replaced) = parts_of(folder.path(), day)?;
        for name in &replaced {
            let path = folder.path().join(name);
            fs::remove_file(&path).map_err(LogError::file(&path))?;
        }
        return Ok(Fetched { parts, _folder: folder });
    }
    let why = "its parts were replaced again and again while they were read; read the lake when nobody writes to it";
    Err(ObjectsError { place: text(day), why: why.into() }.into())
}

/// An address without a slash at its end.
fn text(address: &Path) -> String {
    address.to_string_lossy().trim_end_matches('/').to_owned()
}
