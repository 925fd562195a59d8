//! Any table as training data: one case per row, one feature per column.
//!
//! The header says what each column is for, the rows are read as text, and `scale` turns each column into whole numbers.

use super::scale::{Scale, number};
use crate::evaluate::error::EvaluateError;
use crate::log::{LogError, open};
use crate::train::boost::{Column, Data};
use indicatif::ProgressBar;
use std::collections::{HashMap, HashSet};
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// Features of a model at most: their numbers are bytes in a snapshot.
const MOST_FEATURES: usize = 250;

/// What to read, and how to interpret it.
#[derive(Clone, Debug, Default)]
pub struct TableFile {
    /// Separated by `|`, `,`, `;` or tabs, with a header; plain or gzipped.
    pub path: PathBuf,
    /// The column to predict, of two values.
    pub target: String,
    /// The column that names the group (the session) of a row. Rows of a group are always in the same fold.
    pub group: Option<String>,
    /// Columns that are not features.
    pub drop: Vec<String>,
    /// Columns of which a larger value must never lower the score (1), or never raise it (-1).
    pub monotone: Vec<(String, i8)>,
    /// Whether rows that repeat an earlier row are kept. With groups they are always kept: two equal events of a session
    /// are two events.
    pub keep_duplicates: bool,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct TableData {
    /// Features and target.
    pub data: Data,
    /// By feature, what its whole numbers stand for.
    pub scales: Vec<Scale>,
    /// The value of the target that counts as true.
    pub positive: String,
    /// Rows dropped because they repeat an earlier one.
    pub duplicates: u64,
    /// Remarks about the data, for the person who ran the evaluation.
    pub notes: Vec<String>,
}

/// Reads a table.
///
/// # Errors
/// An [`EvaluateError`] that names the file, the line or column, what was found and what was expected.
pub fn read(source: &TableFile) -> Result<TableData, EvaluateError> {
    let path = &source.path;
    let mut text = open(path, &ProgressBar::hidden())?;
    let mut first = String::new();
    text.read_line(&mut first).map_err(LogError::file(path))?;
    let header = Header::parse(&first);
    let roles = Roles::of(&header, source)?;
    let rows = Rows::read(text, &header, &roles, source)?;
    let (positive, target) = truth(&rows.targets, source)?;
    let mut notes = Vec::new();
    if rows.duplicates > 0 {
        notes.push(format!(
            "{} rows repeat an earlier row and were dropped (--keep-duplicates keeps them)",
            rows.duplicates
        ));
    }
    let mut data = Data { target, groups: rows.groups, ..Data::default() };
    let (mut scales, mut constant) = (Vec::new(), Vec::new());
    for (cells, feature) in rows.cells.iter().zip(&roles.features) {
        let name = header.names[feature.at].clone();
        let (values, scale) = number(cells);
        let nominal = matches!(scale, Scale::Names(_));
        if values.iter().all(|value| Some(value) == values.first()) {
            constant.push(format!("\"{name}\""));
        }
        // Names have no order in which a score could rise.
        let monotone = if nominal { 0 } else { feature.monotone };
        data.columns.push(Column { name, values, nominal, monotone });
        scales.push(scale);
    }
    if !constant.is_empty() {
        notes.push(format!("columns with a single value, which cannot help: {}", constant.join(", ")));
    }
    Ok(TableData { data, scales, positive, duplicates: rows.duplicates, notes })
}

/// The first line of a table.
struct Header {
    names: Vec<String>,
    separator: u8,
}

impl Header {
    /// The separator is the mark that occurs most often in the line; of equally many, the first of `|`, `,`, `;`, tab.
    fn parse(line: &str) -> Self {
        let occurs = |mark: &&u8| line.bytes().filter(|byte| byte == *mark).count();
        let separator = *b"|,;\t".iter().rev().max_by_key(occurs).unwrap_or(&b',');
        // Spreadsheets put a byte order mark before the first name.
        let names = line.trim_end().trim_start_matches('\u{feff}').split(char::from(separator));
        Self { names: names.map(|name| name.trim().trim_matches('"').to_owned()).collect(), separator }
    }

    /// The place of a column.
    fn place(&self, name: &str, path: &Path) -> Result<usize, EvaluateError> {
        self.names.iter().position(|column| column == name).ok_or_else(|| EvaluateError::Table {
            path: path.to_owned(),
            found: format!("the columns {}", self.names.join(", ")),
            expected: format!("a column \"{name}\""),
            remedy: "name a column of the header",
        })
    }
}

/// What each column is for, by its place in the header.
struct Roles {
    target: usize,
    group: Option<usize>,
    features: Vec<Feature>,
}

/// A column to learn from.
struct Feature {
    at: usize,
    /// As [`Column::monotone`].
    monotone: i8,
}

impl Roles {
    /// Every column that is not the target, not the group and not dropped is a feature.
    fn of(header: &Header, source: &TableFile) -> Result<Self, EvaluateError> {
        let place = |name: &str| header.place(name, &source.path);
        let target = place(&source.target)?;
        let group = source.group.as_deref().map(place).transpose()?;
        let dropped = source.drop.iter().map(|name| place(name)).collect::<Result<HashSet<_>, _>>()?;
        let mut monotone = vec![0; header.names.len()];
        // Of a column that is named twice, the first word counts.
        for (name, way) in source.monotone.iter().rev() {
            monotone[place(name)?] = *way;
        }
        let is_feature = |at: &usize| *at != target && Some(*at) != group && !dropped.contains(at);
        let features: Vec<Feature> =
            (0..header.names.len()).filter(is_feature).map(|at| Feature { at, monotone: monotone[at] }).collect();
        if features.is_empty() || features.len() > MOST_FEATURES {
            return Err(EvaluateError::Table {
                path: source.path.clone(),
                found: format!("{} columns to learn from", features.len()),
                expected: format!("1 to {MOST_FEATURES}"),
                remedy: "add columns, or leave some out with --drop",
            });
        }
        Ok(Self { target, group, features })
    }
}

/// The rows of a table as text.
struct Rows {
    /// By feature, the cell of each row; `None` if it is missing.
    cells: Vec<Vec<Option<String>>>,
    /// The target of each row.
    targets: Vec<String>,
    /// The group of each row, numbered in order of appearance.
    groups: Vec<u32>,
    /// Rows dropped because they repeat an earlier one.
    duplicates: u64,
}

impl Rows {
    /// Reads all rows after the header.
    fn read(text: impl BufRead, header: &Header, roles: &Roles, source: &TableFile) -> Result<Self, EvaluateError> {
        let mut rows = Self {
            cells: vec![Vec::new(); roles.features.len()],
            targets: Vec::new(),
            groups: Vec::new(),
            duplicates: 0,
        };
        let mut group_numbers: HashMap<String, u32> = HashMap::new();
        // A row twice in the table would be in two folds: the model would be tested on what it was fitted to.
        let drops_duplicates = roles.group.is_none() && !source.keep_duplicates;
        let mut seen = HashSet::new();
        // The reader must not refuse rows of another length: it would not say how many fields they have.
        let mut csv =
            csv::ReaderBuilder::new().delimiter(header.separator).has_headers(false).flexible(true).from_reader(text);
        let mut record = csv::StringRecord::new();
        loop {
            // The header was read before, so the reader's first line is the file's second.
            let line = csv.position().line() + 1;
            let bad = |field: &str, found: String, expected: &'static str| {
                Err(LogError::Row { path: source.path.clone(), line, field: field.into(), found, expected }.into())
            };
            match csv.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return Ok(rows),
                Err(error) => return bad("row", error.to_string(), "UTF-8 text"),
            }
            if record.len() != header.names.len() {
                return bad("row", format!("{} fields", record.len()), "as many fields as the header has");
            }
            // The separator of units stands in no cell, so that ("a", "bc") and ("ab", "c") differ.
            if drops_duplicates && !seen.insert(record.iter().collect::<Vec<_>>().join("\u{1f}")) {
                rows.duplicates += 1;
                continue;
            }
            let Some(target) = cell(&record, roles.target) else {
                return bad(&source.target, "nothing".into(), "one of two values");
            };
            rows.targets.push(target);
            // Without groups, each row is a group of its own.
            let (new_group, row) = (group_numbers.len() as u32, rows.groups.len() as u32);
            rows.groups.push(match roles.group {
                Some(at) => *group_numbers.entry(record[at].to_owned()).or_insert(new_group),
                None => row,
            });
            for (column, feature) in rows.cells.iter_mut().zip(&roles.features) {
                column.push(cell(&record, feature.at));
            }
        }
    }
}

/// The text of a cell; `None` if it is empty or `?`, as in the tables of the UCI repository.
fn cell(record: &csv::StringRecord, at: usize) -> Option<String> {
    record.get(at).map(str::trim).filter(|text| !text.is_empty() && *text != "?").map(str::to_owned)
}

/// Which of the target's two values counts as true (the affirmative one, else the second in alphabetical order), and the
/// target as 0 and 1.
fn truth(targets: &[String], source: &TableFile) -> Result<(String, Vec<f32>), EvaluateError> {
    let wrong = |found: String| {
        let expected = format!("two values under \"{}\", such as 0 and 1", source.target);
        EvaluateError::Table { path: source.path.clone(), found, expected, remedy: "predict another column" }
    };
    let mut values: Vec<&String> = targets.iter().collect::<HashSet<_>>().into_iter().collect();
    values.sort();
    let affirmative =
        |value: &str| matches!(value.to_ascii_lowercase().as_str(), "1" | "1.0" | "true" | "t" | "yes" | "y");
    match &values[..] {
        [] => Err(wrong("no row".into())),
        [only] => Err(wrong(format!("nothing but \"{only}\": it never changes, so there is nothing to learn"))),
        [first, second] => {
            let positive = if affirmative(first) && !affirmative(second) { *first } else { *second };
            Ok((positive.clone(), targets.iter().map(|value| f32::from(u8::from(value == positive))).collect()))
        }
        many => Err(wrong(format!(
            "{} values, among them \"{}\", \"{}\" and \"{}\"",
            many.len(),
            many[0],
            many[1],
            many[2]
        ))),
    }
}

/// The fold of every row, 0 to `folds` - 1: stratified group k-fold. Groups stay together, and groups with a true row are
/// spread evenly, so that no fold lacks positives. The order within a stratum is a hash, the same in every run.
pub fn folds(data: &Data, folds: u32) -> Vec<i32> {
    let groups = data.groups.iter().max().map_or(0, |most| *most as usize + 1);
    let mut held = vec![false; groups];
    for (group, target) in data.groups.iter().zip(&data.target) {
        held[*group as usize] |= *target > 0.5;
    }
    let mut order: Vec<u32> = (0..groups as u32).collect();
    order.sort_by_key(|group| (held[*group as usize], xxhash_rust::xxh64::xxh64(&group.to_le_bytes(), 0)));
    let mut fold = vec![0; groups];
    for (place, group) in order.iter().enumerate() {
        fold[*group as usize] = (place as u32 % folds) as i32;
    }
    data.groups.iter().map(|group| fold[*group as usize]).collect()
}

/// Where a table came from, for titles.
pub fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_keep_groups_together_and_spread_what_is_true() {
        let rows = 1000;
        let data = Data {
            target: (0..rows).map(|row| f32::from(u8::from(row % 100 < 5))).collect(),
            groups: (0..rows).map(|row| row / 5).collect(),
            ..Data::default()
        };
        let folds = folds(&data, 5);
        for (row, fold) in folds.iter().enumerate() {
            assert_eq!(*fold, folds[row / 5 * 5]);
        }
        for fold in 0..5 {
            let hits = folds.iter().zip(&data.target).filter(|(at, target)| **at == fold && **target > 0.5).count();
            assert_eq!(hits, 10);
        }
    }
}
