//! The rows of a Parquet file as the log's reader takes them, whatever their columns are.

use super::events;
use super::file::{MAX_ROW, ParquetFile};
use super::parts::{day_folders, parts_of};
use super::rows::Reader;
use crate::log::columns::{Columns, Field};
use crate::log::error::LogError;
use crate::log::json;
use crate::log::row::Line;
use crate::log::skip::{BadRow, Skip};
use crate::log::table::Table;
use indicatif::ProgressBar;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The parts of a lake in order of their days, or of one of its days; `None` if a folder is neither.
pub(in crate::log) fn lake_files(folder: &Path) -> Result<Option<Vec<PathBuf>>, LogError> {
    let is_day = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("day="));
    if is_day {
        return Ok(Some(parts_of(folder, folder)?.0.into_iter().map(|part| part.path).collect()));
    }
    let days = day_folders(folder)?;
    let mut files = Vec::new();
    for (_, day) in &days {
        files.extend(parts_of(day, day)?.0.into_iter().map(|part| part.path));
    }
    Ok((!days.is_empty()).then_some(files))
}

/// Hands over the rows of a file with their numbers, from 1. Errors call the file `path`. Returns its columns, and what kind
/// of file it is.
///
/// # Errors
/// What is wrong with the file as a whole, and what the sink says.
pub(in crate::log) fn for_each_line(
    file: &Path,
    path: &Path,
    columns: &Columns,
    catalogue: &[String],
    bar: &ProgressBar,
    sink: &mut dyn FnMut(Result<Line, BadRow>, u64) -> Result<(), LogError>,
) -> Result<(Vec<String>, &'static str), LogError> {
    let file = ParquetFile::open(file, path)?;
    let header = file.header();
    let done = |bytes| bar.inc(bytes);
    let mut number = 0;
    let is_table = columns.names(Field::Event) || columns.names(Field::Time);
    if !is_table && events::are_in(&header) {
        columns.check(path, &header, catalogue)?;
        let known = events::known(&header);
        let wanted: Vec<String> = known.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut reader = Reader::new(&known, columns);
        let broken = || BadRow::new(Skip::Encoding, "row", "no event", "UTF-8 text, and JSON in items");
        let mut formats = BTreeSet::new();
        file.for_each(path, &wanted, &done, &mut |row| {
            number += 1;
            let line = reader.read(row).unwrap_or_else(|| {
                let event = events::event(row, &known).ok_or_else(broken);
                event.and_then(|event| json::of_value(event, columns, &mut formats))
            });
            sink(line, number)
        })?;
        return Ok((header, "Parquet"));
    }
    let mut table = Table::find(path, &header.iter().map(String::as_str).collect(), columns, catalogue)?;
    let mut fields = csv::StringRecord::new();
    let mut text = String::new();
    file.for_each(path, &header, &done, &mut |row| {
        number += 1;
        fields.clear();
        for column in 0..header.len() {
            text.clear();
            if !row.append(column, &mut text) {
                return sink(Err(BadRow::new(Skip::Encoding, "row", "not UTF-8", "UTF-8 text")), number);
            }
            fields.push_field(&text);
        }
        let is_long = fields.as_slice().len() > MAX_ROW;
        let long = || BadRow::new(Skip::Length, "row", "too long", "a row of at most a megabyte");
        sink(if is_long { Err(long()) } else { table.event(&fields) }, number)
    })?;
    Ok((header, "Parquet"))
}
