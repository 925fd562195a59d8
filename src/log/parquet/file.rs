//! A Parquet file, opened, and its rows, a batch at a time.

use super::cells::{Cell, Column};
use super::guard;
use super::refused::Refused;
use crate::log::error::LogError;
use parquet::file::metadata::KeyValue;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Rows that are held at once: with all their columns they fit into a core's own cache.
const BATCH: usize = 256;
/// Longest row.
pub(super) const MAX_ROW: usize = 1 << 20;

/// A Parquet file whose footer is sound.
pub(crate) struct ParquetFile {
    file: File,
    reader: SerializedFileReader<File>,
    /// The columns that are no lists, by their places in the file.
    columns: Vec<(usize, String)>,
}

/// One row: the texts of its columns that are no lists.
pub(crate) struct Row<'a> {
    columns: &'a [Column],
    at: usize,
}

impl Row<'_> {
    /// The text of a column; `None` if it is not UTF-8.
    pub(super) fn text(&self, column: usize) -> Option<String> {
        let mut text = String::new();
        self.append(column, &mut text).then_some(text)
    }

    /// The value of a column as it lies there.
    pub(super) fn cell(&self, column: usize) -> Cell<'_> {
        self.columns[column].cell(self.at)
    }

    /// Appends the text of a column. Returns whether it is UTF-8.
    pub(super) fn append(&self, column: usize, text: &mut String) -> bool {
        self.columns[column].text(self.at, text)
    }
}

impl ParquetFile {
    /// Opens a file. `shown` is what errors call it.
    pub(crate) fn open(path: &Path, shown: &Path) -> Result<Self, LogError> {
        Self::check(path).map_err(|refused| refused.at(shown))
    }

    fn check(path: &Path) -> Result<Self, Refused> {
        let file = File::open(path)?;
        guard::footer(&file)?;
        let whole = file.try_clone()?;
        let reader = guarded(|| Ok(SerializedFileReader::new(whole)?))?;
        let schema = reader.metadata().file_metadata().schema_descr();
        let flat = schema.columns().iter().enumerate().filter(|(_, column)| column.max_rep_level() == 0);
        let columns = flat.map(|(at, column)| (at, column.path().string())).collect();
        Ok(Self { file, reader, columns })
    }

    /// Names of the columns.
    pub(crate) fn header(&self) -> Vec<String> {
        self.columns.iter().map(|(_, name)| name.clone()).collect()
    }

    /// What a program noted in the footer under a name.
    pub(crate) fn note(&self, name: &str) -> Option<&str> {
        let notes: &[KeyValue] = self.reader.metadata().file_metadata().key_value_metadata().map_or(&[], Vec::as_slice);
        notes.iter().find(|note| note.key == name)?.value.as_deref()
    }

    /// Hands over every row, with those of its columns that are wanted. `done` hears of the packed bytes that were read.
    ///
    /// # Errors
    /// What the sink refuses, and [`LogError::Parquet`].
    pub(crate) fn for_each(
        &self,
        path: &Path,
        wanted: &[String],
        done: &dyn Fn(u64),
        sink: &mut dyn FnMut(&Row<'_>) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        let places: Vec<usize> =
            self.columns.iter().filter(|(_, name)| wanted.contains(name)).map(|(at, _)| *at).collect();
        for number in 0..self.reader.num_row_groups() {
            self.group(number, &places, sink).map_err(|stopped| match stopped {
                Stopped::Sink(error) => error,
                Stopped::Refused(refused) => refused.at(path),
            })?;
            done(self.reader.metadata().row_group(number).compressed_size().unsigned_abs());
        }
        Ok(())
    }

    fn group(
        &self,
        number: usize,
        places: &[usize],
        sink: &mut dyn FnMut(&Row<'_>) -> Result<(), LogError>,
    ) -> Result<(), Stopped> {
        guarded(|| guard::row_group(&self.file, self.reader.metadata().row_group(number), places))?;
        let open = || {
            let group = self.reader.get_row_group(number)?;
            places.iter().map(|at| Column::open(group.as_ref(), *at)).collect::<Result<Vec<_>, _>>()
        };
        let mut columns = guarded(open)?;
        loop {
            let mut lengths = Vec::with_capacity(columns.len());
            for column in &mut columns {
                lengths.push(guarded(|| column.next(BATCH))?);
            }
            let rows = lengths.first().copied().unwrap_or(0);
            if lengths.iter().any(|length| *length != rows) {
                let refused = Refused::new("columns of different lengths", "a whole Parquet file: export it again");
                return Err(refused.into());
            }
            if rows == 0 {
                return Ok(());
            }
            for at in 0..rows {
                sink(&Row { columns: &columns, at }).map_err(Stopped::Sink)?;
            }
        }
    }
}

/// Why reading stopped.
enum Stopped {
    Refused(Refused),
    Sink(LogError),
}

impl From<Refused> for Stopped {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Runs a decoder that meets bytes of anybody's: where it would end the program, the file is refused instead.
fn guarded<T>(read: impl FnOnce() -> Result<T, Refused>) -> Result<T, Refused> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(Refused::new("bytes that no writer leaves", "a whole Parquet file: export it again")))
}
