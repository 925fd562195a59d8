//! Which files a log is read from, and the whole way from files to a [`Log`].

use super::columns::Columns;
use super::error::LogError;
use super::gather::Gatherer;
use super::progress::bar;
use super::read;
use super::sessions::Log;
use super::summary::LogSummary;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

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
    /// The reader's clock in milliseconds since 1970: rows of the future are skipped. `None` is the system's clock.
    pub now_ms: Option<u64>,
}

impl LogFiles {
    /// Reads the files. The currency of the log is that of most of its rows.
    ///
    /// # Errors
    /// A [`LogError`] that names the file, the line or field, what was found and what was expected.
    pub fn read(&self) -> Result<(Log, LogSummary), LogError> {
        let mut read = self.gather(String::new())?;
        // Rows of another currency than the first one's were skipped. If they are the most, all is read again.
        if let Some(currency) = read.0.better_currency() {
            read = self.gather(currency)?;
        }
        let (mut gatherer, mut summary) = read;
        if let Some(path) = &self.catalogue {
            read::products(path, &self.columns, &mut |item| gatherer.list(item))?;
        }
        let mut log = gatherer.finish(&mut summary)?;
        log.fill_local_times(self.utc_offset);
        Ok((log, summary))
    }

    /// Reads the event files as a log in a currency.
    fn gather(&self, currency: String) -> Result<(Gatherer, LogSummary), LogError> {
        let system_ms = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        let now_ms = self.now_ms.unwrap_or_else(system_ms);
        let mut summary = LogSummary::default();
        let mut gatherer = Gatherer::new(currency, self.catalogue.is_some());
        for path in &self.events {
            let length = std::fs::metadata(path).map_or(0, |meta| meta.len());
            let bar = bar(length, &format!("reading {}", path.display()));
            let mut sink = |row, summary: &mut LogSummary| gatherer.add(row, summary);
            read::events(path, &self.columns, now_ms, &bar, &mut summary, &mut sink)?;
            bar.finish_and_clear();
        }
        Ok((gatherer, summary))
    }
}
