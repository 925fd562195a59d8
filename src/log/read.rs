//! The rows of a file, in order: CSV with a header or one JSON object a line, plain or gzipped, as a stream.
//!
//! A broken row is an error that names its line. The one exception is the last row of a file that does not end
//! in a line end, which was cut by whoever copied it; it is dropped and reported.

use super::columns::{Columns, Field};
use super::csv::Layout;
use super::error::LogError;
use super::file::open;
use super::json;
use super::row::{LogRow, RowItem};
use super::summary::LogSummary;
use indicatif::ProgressBar;
use std::cell::Cell;
use std::io::BufRead;
use std::path::Path;
use std::rc::Rc;

/// Takes the rows of a file.
pub(super) type Sink<'a> = dyn FnMut(LogRow, &mut LogSummary) -> Result<(), LogError> + 'a;

/// Columns that an event needs.
const EVENT: [Field; 4] = [Field::Time, Field::Event, Field::Item, Field::Session];

/// Reads a file of events and hands its rows over in order.
///
/// # Errors
/// The first thing that is wrong with the file.
pub(super) fn events(
    path: &Path,
    columns: &Columns,
    bar: &ProgressBar,
    summary: &mut LogSummary,
    sink: &mut Sink<'_>,
) -> Result<(), LogError> {
    let (mut text, last) = open(path, bar)?;
    let first = text.fill_buf().map_err(LogError::file(path))?.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
    let mut rows = Rows { path: path.into(), last, summary, sink };
    match first {
        None => Ok(()),
        Some(b'{') => rows.json(text),
        Some(_) => rows.csv(text, columns),
    }
}

/// Reads a catalogue, a CSV file of which each row describes a product, and hands the products over.
///
/// # Errors
/// The first thing that is wrong with the file.
pub(super) fn products(path: &Path, columns: &Columns, sink: &mut dyn FnMut(&RowItem)) -> Result<(), LogError> {
    let mut csv = ::csv::ReaderBuilder::new().flexible(true).from_reader(open(path, &ProgressBar::hidden())?.0);
    let broken = |error| csv_error(path, error);
    let layout = Layout::find(&path.into(), csv.headers().map_err(broken)?, columns, &[Field::Item])?;
    let mut fields = ::csv::StringRecord::new();
    while csv.read_record(&mut fields).map_err(broken)? {
        sink(&layout.record(&fields)?.product()?);
    }
    Ok(())
}

/// A file of events on its way to the sink.
struct Rows<'a, 'b> {
    path: Rc<Path>,
    /// The last byte read from the file.
    last: Rc<Cell<u8>>,
    summary: &'a mut LogSummary,
    sink: &'a mut Sink<'b>,
}

impl Rows<'_, '_> {
    fn json(&mut self, mut text: impl BufRead) -> Result<(), LogError> {
        let path = Rc::clone(&self.path);
        let mut line = String::new();
        for number in 1.. {
            line.clear();
            if text.read_line(&mut line).map_err(LogError::file(&path))? == 0 {
                break;
            }
            if !line.trim().is_empty() {
                self.summary.rows += 1;
                let is_cut = !line.ends_with('\n');
                self.hand_over(json::event(&line, &path, number), is_cut)?;
            }
        }
        Ok(())
    }

    fn csv(&mut self, text: impl BufRead, columns: &Columns) -> Result<(), LogError> {
        let path = Rc::clone(&self.path);
        let broken = |error| csv_error(&path, error);
        let mut csv = ::csv::ReaderBuilder::new().flexible(true).from_reader(text);
        let layout = Layout::find(&path, csv.headers().map_err(broken)?, columns, &EVENT)?;
        // A row waits for the next one, so that the last is known when it is handed over.
        let mut held: Option<Result<Option<LogRow>, LogError>> = None;
        let mut fields = ::csv::StringRecord::new();
        while csv.read_record(&mut fields).map_err(broken)? {
            if let Some(before) = held.take() {
                self.hand_over(before, false)?;
            }
            self.summary.rows += 1;
            held = Some(layout.record(&fields).and_then(|record| record.event()));
        }
        held.map_or(Ok(()), |row| self.hand_over(row, true))
    }

    /// Hands a row over, or counts why not.
    fn hand_over(&mut self, row: Result<Option<LogRow>, LogError>, is_last: bool) -> Result<(), LogError> {
        match row {
            Ok(Some(row)) => (self.sink)(row, self.summary),
            Ok(None) => {
                self.summary.unknown_names += 1;
                Ok(())
            }
            Err(LogError::Row { line, .. }) if is_last && self.last.get() != b'\n' => {
                self.summary.notes.push(format!("{}: line {line} is cut and was dropped", self.path.display()));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// What the CSV reader says, in our words.
fn csv_error(path: &Path, error: ::csv::Error) -> LogError {
    match error.into_kind() {
        ::csv::ErrorKind::Io(source) => LogError::File { path: path.to_owned(), source },
        ::csv::ErrorKind::Utf8 { pos, .. } => {
            LogError::value(path, pos.map_or(0, |pos| pos.line()), "text", "not UTF-8", "UTF-8 text")
        }
        kind => LogError::value(path, 0, "row", &format!("{kind:?}"), "comma-separated fields"),
    }
}
