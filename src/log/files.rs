//! Which files a log is read from, and the whole way from files to a [`Log`].

use super::columns::Columns;
use super::error::LogError;
use super::gather::Gatherer;
use super::progress::bar;
use super::read;
use super::sessions::Log;
use super::summary::LogSummary;
use std::path::PathBuf;

/// The files of a log, and how to read them.
#[derive(Clone, Debug, Default)]
pub struct LogFiles {
    /// Event files, oldest first; plain or gzipped.
    pub events: Vec<PathBuf>,
    /// The shop's catalogue: what is known of products beside the log, also of those nobody looked at yet.
    pub catalogue: Option<PathBuf>,
    /// Column names where they differ from the usual ones.
    pub columns: Columns,
    /// Minutes by which the shop's clocks are ahead of UTC: the local hour of visits whose log does not state it.
    pub utc_offset: i32,
}

impl LogFiles {
    /// Reads the files.
    ///
    /// # Errors
    /// A [`LogError`] that names the file, the line or field, what was found and what was expected.
    pub fn read(&self) -> Result<(Log, LogSummary), LogError> {
        let mut summary = LogSummary::default();
        let mut gatherer = Gatherer::default();
        for path in &self.events {
            let length = std::fs::metadata(path).map_or(0, |meta| meta.len());
            let bar = bar(length, &format!("reading {}", path.display()));
            read::events(path, &self.columns, &bar, &mut summary, &mut |row, summary| gatherer.add(row, summary))?;
            bar.finish_and_clear();
        }
        if let Some(path) = &self.catalogue {
            read::products(path, &self.columns, &mut |item| gatherer.list(item))?;
        }
        let mut log = gatherer.finish(&mut summary)?;
        log.fill_local_times(self.utc_offset);
        Ok((log, summary))
    }
}
