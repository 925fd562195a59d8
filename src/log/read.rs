//! The rows of a file, in order: CSV with a header or one JSON object a line, plain or gzipped, as a stream; or Parquet.
//!
//! A bad row is skipped and counted by its [reason](super::skip::Skip). Reading ends only at a file that as a whole is
//! not what it should be: one that cannot be opened or unpacked, a CSV file without the columns of an event or with a
//! header that is not UTF-8, and a file of whose first 1,000 rows more than half cannot be read. The last row of a
//! file that does not end in a line end was cut by whoever copied it; if it is bad, it is dropped and noted.

use super::columns::{Columns, Field};
use super::csv::{Layout, names_of};
use super::error::LogError;
use super::feed::{CsvRows, Found, Lines};
use super::file::open;
use super::json;
use super::parquet;
use super::row::{Line, LogRow, RowItem};
use super::skip::{BadRow, Skip};
use super::summary::LogSummary;
use super::table::Table;
use super::weighed::Weighed;
use indicatif::ProgressBar;
use std::io::BufRead;
use std::path::Path;

/// Takes the rows of a file, each with its line, or says why it does not take one.
pub(super) type Sink<'a> = dyn FnMut(LogRow, u64, &mut LogSummary) -> Result<(), BadRow> + 'a;

/// Rows from which a file is judged.
const JUDGED: u64 = 1000;
/// How far behind the reader's clock another clock may be before its rows are of the future, in milliseconds.
const AHEAD_MS: u64 = 24 * 60 * 60 * 1000;

/// How files of events are read.
pub(super) struct Reader<'a> {
    /// The user's columns and values.
    pub columns: &'a Columns,
    /// Columns of the catalogue, of which `columns` may speak, too.
    pub catalogue: &'a [String],
    /// The reader's clock, in milliseconds since 1970.
    pub now_ms: u64,
    /// Whether the files are an engine's sample.
    pub is_sample: bool,
}

impl Reader<'_> {
    /// Reads a file of events and hands its rows over in order. Words call it `path`, which is another where the file was
    /// fetched from a store. Returns the file's columns; none of JSON lines.
    ///
    /// # Errors
    /// What is wrong with the file as a whole.
    pub(super) fn events(
        &self,
        file: &Path,
        path: &Path,
        bar: &ProgressBar,
        summary: &mut LogSummary,
        sink: &mut Sink<'_>,
    ) -> Result<Vec<String>, LogError> {
        let mut text = open(file, bar)?;
        let first = text.fill_buf().map_err(LogError::file(path))?;
        let is_parquet = first.starts_with(b"PAR1");
        let first = first.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
        let latest_ms = self.now_ms.saturating_add(AHEAD_MS);
        let mut rows = Rows {
            path,
            columns: self.columns,
            latest_ms,
            is_sample: self.is_sample,
            seen: 0,
            unreadable: 0,
            first: String::new(),
            summary,
            sink,
        };
        let mut header = Vec::new();
        match first {
            None => return Ok(header),
            Some(b'P') if is_parquet => header = rows.parquet(file, self.catalogue, bar)?,
            Some(b'{') => {
                if self.columns.check(path, &[], self.catalogue).is_err() {
                    let mapped = self.columns.mapped();
                    rows.summary.notes.push(format!(
                        "{}: JSON lines have no columns, so --map says nothing of {mapped} there",
                        path.display()
                    ));
                }
                rows.json(text)?;
            }
            Some(_) => header = rows.csv(text, self.catalogue)?,
        }
        if rows.seen < JUDGED {
            rows.judge()?;
        }
        Ok(header)
    }
}

/// The columns of a CSV file.
///
/// # Errors
/// The file cannot be read, or has a header that is not UTF-8.
pub(super) fn columns_of(path: &Path) -> Result<Vec<String>, LogError> {
    let mut csv = CsvRows::new(open(path, &ProgressBar::hidden())?).map_err(LogError::file(path))?;
    Ok(names_of(&header(path, &mut csv)?))
}

/// Reads a catalogue, a CSV file of which each row describes a product, and hands the products over,
/// each with its time of first sight where there is a column `first_ms`, as engines write it. Every row counts here: it is the shop's own word. `log` are the columns of the event files, of which `columns` may speak, too.
///
/// # Errors
/// The first thing that is wrong with the file.
pub(super) fn products(
    path: &Path,
    columns: &Columns,
    log: &[String],
    sink: &mut dyn FnMut(&RowItem, u64),
) -> Result<(), LogError> {
    let mut csv = CsvRows::new(open(path, &ProgressBar::hidden())?).map_err(LogError::file(path))?;
    let header = header(path, &mut csv)?;
    let first = header.iter().position(|name| name == "first_ms");
    let layout = Layout::find(path, &header, columns, log, &[Field::Item])?;
    let mut fields = csv::StringRecord::new();
    loop {
        let found = csv.next(&mut fields, Some(layout.width())).map_err(LogError::file(path))?;
        let product = match found {
            Found::End => return Ok(()),
            Found::Row => layout.record(&fields).and_then(|record| record.product()),
            bad => Err(unreadable(&bad)),
        };
        let product = product.map_err(|bad| bad.at(path, csv.line()))?;
        sink(&product, first.and_then(|place| fields.get(place)?.parse().ok()).unwrap_or_default());
    }
}

/// Reads the header of a CSV file.
fn header(path: &Path, csv: &mut CsvRows<impl BufRead>) -> Result<csv::StringRecord, LogError> {
    let mut header = csv::StringRecord::new();
    match csv.next(&mut header, None).map_err(LogError::file(path))? {
        bad @ (Found::Encoding | Found::Length) => Err(unreadable(&bad).at(path, 1)),
        Found::Row | Found::End => Ok(header),
    }
}

/// A row of which no field can be read.
fn unreadable(found: &Found) -> BadRow {
    match found {
        Found::Encoding => BadRow::new(Skip::Encoding, "row", "not UTF-8", "UTF-8 text"),
        _ => BadRow::new(Skip::Length, "row", "too long", "a row of at most a megabyte and 16 lines"),
    }
}

/// A file of events on its way to the sink.
struct Rows<'a, 'b> {
    path: &'a Path,
    columns: &'a Columns,
    /// Greatest time that a row may have.
    latest_ms: u64,
    is_sample: bool,
    /// Rows read of this file, and those that could not be understood.
    seen: u64,
    unreadable: u64,
    /// The first of these, in words.
    first: String,
    summary: &'a mut LogSummary,
    sink: &'a mut Sink<'b>,
}

impl Rows<'_, '_> {
    fn json(&mut self, text: impl BufRead) -> Result<(), LogError> {
        let mut lines = Lines::new(text);
        let mut line = Vec::new();
        while let Some(whole) = lines.next(&mut line).map_err(LogError::file(self.path))? {
            if !whole {
                self.hand_over(Err(unreadable(&Found::Length)), lines.number, false)?;
            } else if !line.trim_ascii().is_empty() {
                let row = json::event(&line, self.columns, &mut self.summary.formats);
                self.hand_over(row, lines.number, line.last() != Some(&b'\n'))?;
            }
            line.clear();
        }
        Ok(())
    }

    fn csv(&mut self, text: impl BufRead, catalogue: &[String]) -> Result<Vec<String>, LogError> {
        let mut csv = CsvRows::new(text).map_err(LogError::file(self.path))?;
        let header = header(self.path, &mut csv)?;
        let mut table = Table::find(self.path, &header, self.columns, catalogue)?;
        let mut weighed = None;
        if self.is_sample {
            table = table.of_sample();
            weighed = Weighed::find(&names_of(&header));
        }
        self.summary.formats.insert(table.name());
        let mut fields = csv::StringRecord::new();
        loop {
            let row = match csv.next(&mut fields, Some(table.width())).map_err(LogError::file(self.path))? {
                Found::End => return Ok(table.into_header()),
                Found::Row => table.event(&fields),
                bad => Err(unreadable(&bad)),
            };
            let add = |mut line: Line| {
                if let (Line::Event(row), Some(weighed)) = (&mut line, &weighed) {
                    weighed.add(&fields, row);
                }
                line
            };
            self.hand_over(row.map(add), csv.line(), csv.is_cut())?;
        }
    }

    fn parquet(&mut self, file: &Path, catalogue: &[String], bar: &ProgressBar) -> Result<Vec<String>, LogError> {
        let (path, columns) = (self.path, self.columns);
        let mut sink = |row, number| self.hand_over(row, number, false);
        let (header, format) = parquet::for_each_line(file, path, columns, catalogue, bar, &mut sink)?;
        self.summary.formats.insert(format);
        Ok(header)
    }

    /// Hands a row over, or counts why not.
    fn hand_over(&mut self, row: Result<Line, BadRow>, line: u64, is_cut: bool) -> Result<(), LogError> {
        self.summary.rows += 1;
        self.seen += 1;
        let taken = row.and_then(|row| match row {
            Line::Event(row) => self.take(row, line),
            Line::Unknown(name) => {
                self.summary.unknown_names.add(&name);
                Ok(())
            }
            Line::Undone => {
                self.summary.undone += 1;
                Ok(())
            }
        });
        match taken {
            Err(bad) if is_cut && bad.reason.is_unreadable() => {
                self.seen -= 1;
                self.summary.notes.push(format!("{}: line {line} is cut and was dropped", self.path.display()));
            }
            Err(bad) => {
                if bad.reason.is_unreadable() {
                    if self.unreadable == 0 {
                        self.first = format!("line {line}: {bad}");
                    }
                    self.unreadable += 1;
                }
                self.summary.skipped.add(&bad, self.path, line);
            }
            Ok(()) => {}
        }
        if self.seen == JUDGED { self.judge() } else { Ok(()) }
    }

    fn take(&mut self, mut row: LogRow, line: u64) -> Result<(), BadRow> {
        if row.time_ms > self.latest_ms {
            let found = row.time_ms.to_string();
            return Err(BadRow::new(Skip::Future, "time", &found, "a time not more than a day after now"));
        }
        let cut = row.check()?;
        self.summary.cut_texts += u64::from(cut);
        (self.sink)(row, line, self.summary)
    }

    /// Refuses a file of which most rows could not be read.
    fn judge(&self) -> Result<(), LogError> {
        if self.unreadable * 2 <= self.seen {
            return Ok(());
        }
        let (path, first) = (self.path.to_owned(), self.first.clone());
        Err(LogError::NoLog { path, broken: self.unreadable, rows: self.seen, first })
    }
}
