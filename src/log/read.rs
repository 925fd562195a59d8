//! The rows of a file, in order: CSV with a header or one JSON object a line, plain or gzipped, as a stream.
//!
//! A bad row is skipped and counted by its [reason](super::skip::Skip). Reading ends only at a file that as a whole is
//! not what it should be: one that cannot be opened or unpacked, a CSV file without the columns of an event or with a
//! header that is not UTF-8, and a file of whose first 1,000 rows more than half cannot be read. The last row of a
//! file that does not end in a line end was cut by whoever copied it; if it is bad, it is dropped and noted.

use super::columns::{Columns, Field};
use super::csv::Layout;
use super::error::LogError;
use super::feed::{CsvRows, Found, Lines};
use super::file::open;
use super::json;
use super::row::{LogRow, RowItem};
use super::skip::{BadRow, Skip};
use super::summary::LogSummary;
use indicatif::ProgressBar;
use std::io::BufRead;
use std::path::Path;

/// Takes the rows of a file, or says why it does not take one.
pub(super) type Sink<'a> = dyn FnMut(LogRow, &mut LogSummary) -> Result<(), BadRow> + 'a;

/// Columns that an event needs.
const EVENT: [Field; 4] = [Field::Time, Field::Event, Field::Item, Field::Session];
/// Rows from which a file is judged.
const JUDGED: u64 = 1000;
/// How far behind the reader's clock another clock may be before its rows are of the future, in milliseconds.
const AHEAD_MS: u64 = 24 * 60 * 60 * 1000;

/// Reads a file of events and hands its rows over in order. `now_ms` is the reader's clock.
///
/// # Errors
/// What is wrong with the file as a whole.
pub(super) fn events(
    path: &Path,
    columns: &Columns,
    now_ms: u64,
    bar: &ProgressBar,
    summary: &mut LogSummary,
    sink: &mut Sink<'_>,
) -> Result<(), LogError> {
    let mut text = open(path, bar)?;
    let first = text.fill_buf().map_err(LogError::file(path))?.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
    let latest_ms = now_ms.saturating_add(AHEAD_MS);
    let mut rows = Rows { path, latest_ms, seen: 0, unreadable: 0, first: String::new(), summary, sink };
    match first {
        None => return Ok(()),
        Some(b'{') => rows.json(text)?,
        Some(_) => rows.csv(text, columns)?,
    }
    if rows.seen < JUDGED { rows.judge() } else { Ok(()) }
}

/// Reads a catalogue, a CSV file of which each row describes a product, and hands the products over. Every row counts
/// here: it is the shop's own word.
///
/// # Errors
/// The first thing that is wrong with the file.
pub(super) fn products(path: &Path, columns: &Columns, sink: &mut dyn FnMut(&RowItem)) -> Result<(), LogError> {
    let mut csv = CsvRows::new(open(path, &ProgressBar::hidden())?);
    let layout = header(path, &mut csv, columns, &[Field::Item])?;
    let mut fields = csv::StringRecord::new();
    loop {
        let found = csv.next(&mut fields, Some(layout.width())).map_err(LogError::file(path))?;
        let product = match found {
            Found::End => return Ok(()),
            Found::Row => layout.record(&fields).and_then(|record| record.product()),
            bad => Err(unreadable(&bad)),
        };
        sink(&product.map_err(|bad| bad.at(path, csv.line()))?);
    }
}

/// Reads and understands the header of a CSV file.
fn header(
    path: &Path,
    csv: &mut CsvRows<impl BufRead>,
    columns: &Columns,
    needed: &[Field],
) -> Result<Layout, LogError> {
    let mut header = csv::StringRecord::new();
    match csv.next(&mut header, None).map_err(LogError::file(path))? {
        bad @ (Found::Encoding | Found::Length) => Err(unreadable(&bad).at(path, 1)),
        Found::Row | Found::End => Layout::find(path, &header, columns, needed),
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
    /// Greatest time that a row may have.
    latest_ms: u64,
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
                self.hand_over(json::event(&line), lines.number, line.last() != Some(&b'\n'))?;
            }
            line.clear();
        }
        Ok(())
    }

    fn csv(&mut self, text: impl BufRead, columns: &Columns) -> Result<(), LogError> {
        let mut csv = CsvRows::new(text);
        let layout = header(self.path, &mut csv, columns, &EVENT)?;
        let mut fields = csv::StringRecord::new();
        loop {
            let row = match csv.next(&mut fields, Some(layout.width())).map_err(LogError::file(self.path))? {
                Found::End => return Ok(()),
                Found::Row => layout.record(&fields).and_then(|record| record.event()),
                bad => Err(unreadable(&bad)),
            };
            self.hand_over(row, csv.line(), csv.is_cut())?;
        }
    }

    /// Hands a row over, or counts why not.
    fn hand_over(&mut self, row: Result<Option<LogRow>, BadRow>, line: u64, is_cut: bool) -> Result<(), LogError> {
        self.summary.rows += 1;
        self.seen += 1;
        let taken = row.and_then(|row| match row {
            Some(row) => self.take(row),
            None => {
                self.summary.unknown_names += 1;
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

    fn take(&mut self, mut row: LogRow) -> Result<(), BadRow> {
        if row.time_ms > self.latest_ms {
            let found = row.time_ms.to_string();
            return Err(BadRow::new(Skip::Future, "time", &found, "a time not more than a day after now"));
        }
        let cut = row.check()?;
        self.summary.cut_texts += u64::from(cut);
        (self.sink)(row, self.summary)
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
