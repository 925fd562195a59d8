//! Which files a log is read from, and the whole way from files to a [`Log`].

use super::columns::Columns;
use super::error::LogError;
use super::gather::Gatherer;
use super::parquet::{for_each_part, lake_files};
use super::progress::bar;
use super::read::{self, Reader};
use super::row::LogRow;
#[cfg(feature = "train")]
use super::row::RowItem;
use super::sessions::Log;
use super::summary::LogSummary;
use crate::objects::is_address;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// How the names of event files in a folder end.
const ENDINGS: [&str; 5] = [".jsonl", ".jsonl.gz", ".csv", ".csv.gz", ".parquet"];

/// The files of a log, and how to read them.
#[derive(Clone, Debug, Default)]
pub struct LogFiles {
    /// Event files, oldest first; plain or gzipped. A folder stands for its files `*.jsonl`, `*.jsonl.gz`, `*.csv`,
    /// `*.csv.gz` and `*.parquet` in order of name, or, if it has folders `day=2026-11-21`, for the lake in them. The address
    /// of an object store, such as `s3://bucket/lake`, stands for the lake there, or for one of its days.
    pub events: Vec<PathBuf>,
    /// The shop's catalogue: what is known of products beside the log, also of those nobody looked at yet.
    pub catalogue: Option<PathBuf>,
    /// Column names where they differ from the usual ones.
    pub columns: Columns,
    /// Currencies of the plan's other locales: rows in one of them count, without their prices and titles.
    pub currencies: Vec<String>,
    /// Minutes by which the shop's clocks are ahead of UTC: the local hour of visits whose log does not state it.
    pub utc_offset: i32,
    /// Share of the rows, in percent, that may be skipped as broken. `None` refuses only files of which most rows are.
    pub skip_broken: Option<f64>,
    /// Products that an engine has found in more visits than the event files hold: in their order, each with its time of first
    /// sight and what is known of it. All of them stay. The event files are then the engine's sample, in which every visit is
    /// weighed already.
    pub found: Option<PathBuf>,
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
        let (mut gatherer, mut summary, columns) = read;
        if let Some(allowed) = self.skip_broken {
            summary.check_broken(allowed)?;
        }
        if let Some(path) = &self.catalogue {
            read::products(path, &self.columns, &columns, &mut |item, _| gatherer.list(item))?;
        }
        let mut log = gatherer.finish(&mut summary)?;
        log.fill_local_times(self.utc_offset);
        Ok((log, summary))
    }

    /// Reads the event files as a log in a currency. Returns their columns, too.
    fn gather(&self, currency: String) -> Result<(Gatherer, LogSummary, Vec<String>), LogError> {
        let system_ms = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        let now_ms = self.now_ms.unwrap_or_else(system_ms);
        let catalogue = self.catalogue.as_deref().map_or(Ok(Vec::new()), read::columns_of)?;
        let is_sample = self.found.is_some();
        let reader = Reader { columns: &self.columns, catalogue: &catalogue, now_ms, is_sample };
        let mut columns = Vec::new();
        let mut summary = LogSummary::default();
        let mut gatherer =
            Gatherer::new(currency, self.currencies.clone(), self.catalogue.is_some() && self.found.is_none());
        for path in self.found.iter().flat_map(|found| files_under(found)) {
            read::products(&path, &Columns::default(), &[], &mut |item, first_ms| gatherer.find(item, first_ms))?;
        }
        let mut read = |file: &Path, path: &Path| -> Result<(), LogError> {
            let shown: Arc<Path> = path.into();
            let length = fs::metadata(file).map_or(0, |meta| meta.len());
            let bar = bar(length, &format!("reading {}", path.display()));
            let mut sink = |row: LogRow, line, summary: &mut LogSummary| {
                gatherer.note_time(&row, &shown, line);
                gatherer.add(row, summary)
            };
            columns.extend(reader.events(file, path, &bar, &mut summary, &mut sink)?);
            bar.finish_and_clear();
            Ok(())
        };
        for path in &self.event_files()? {
            if is_address(&path.to_string_lossy()) {
                for_each_part(path, &mut read)?;
            } else {
                let path = &self.place(path);
                read(path, path)?;
            }
        }
        Ok((gatherer, summary, columns))
    }

    /// Where a file is now. The origin compresses a day when it is over, which may be while the files before it are read.
    fn place(&self, path: &Path) -> PathBuf {
        let is_listed = path.parent().is_some_and(|folder| self.events.iter().any(|given| given == folder));
        let compressed = PathBuf::from(format!("{}.gz", path.display()));
        if is_listed && !path.exists() && compressed.exists() { compressed } else { path.to_owned() }
    }

    /// The products of the catalogue alone, in its order; none without a catalogue.
    ///
    /// # Errors
    /// A [`LogError`] for the first row that is wrong.
    #[cfg(feature = "train")]
    pub(crate) fn products(&self) -> Result<Vec<RowItem>, LogError> {
        let mut products = Vec::new();
        if let Some(path) = &self.catalogue {
            read::products(path, &self.columns, &[], &mut |item, _| products.push(item.clone()))?;
        }
        Ok(products)
    }

    /// The columns of the first event file, which is CSV.
    ///
    /// # Errors
    /// A [`LogError`], if it cannot be read.
    #[cfg(feature = "train")]
    pub(crate) fn header(&self) -> Result<Vec<String>, LogError> {
        self.event_files()?.first().map_or(Ok(Vec::new()), |path| read::columns_of(path))
    }

    /// The event files, with those of folders. Addresses of stores stay as they are.
    pub(crate) fn event_files(&self) -> Result<Vec<PathBuf>, LogError> {
        let mut files = Vec::new();
        for path in &self.events {
            if path.is_dir() {
                files.extend(files_of(path)?);
            } else {
                files.push(path.clone());
            }
        }
        Ok(files)
    }
}

/// A file, or the CSV files of a folder in order of name, as engines leave them.
pub(crate) fn files_under(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "csv")).collect();
    files.sort();
    files
}

/// Reads the share of `--skip-broken`, such as `1%` or `0.5%`, in percent.
///
/// # Errors
/// A sentence, if it is no percentage from 0 to 100.
pub fn percentage(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches('%').trim_end().parse::<f64>().ok();
    number
        .filter(|percent| (0.0..=100.0).contains(percent))
        .ok_or_else(|| format!("\"{text}\" is no percentage from 0% to 100%, expected one such as 1%"))
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, LogError> {
    if let Some(files) = lake_files(folder)? {
        return Ok(files);
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(LogError::file(folder))? {
        let name = entry.map_err(LogError::file(folder))?.file_name();
        if let Some(name) = name.to_str().filter(|name| ENDINGS.iter().any(|ending| name.ends_with(ending))) {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    // The origin's log holds a day twice for a moment, when it has compressed it.
    let is_twin = |name: &String| names.binary_search(&format!("{name}.gz")).is_ok();
    let files: Vec<PathBuf> = names.iter().filter(|name| !is_twin(name)).map(|name| folder.join(name)).collect();
    if files.is_empty() {
        return Err(LogError::EmptyFolder { path: folder.to_owned() });
    }
    Ok(files)
}
