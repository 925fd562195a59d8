//! Any table as data to fit: a row a case, a column a feature.

use super::report::bins;
use crate::evaluate::error::EvaluateError;
use crate::log::{LogError, open};
use crate::snapshot::additive::MISSING;
use crate::train::boost::{Column, Data};
use indicatif::ProgressBar;
use std::collections::{HashMap, HashSet};
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// What to read, and as what.
#[derive(Clone, Debug, Default)]
pub struct TableFile {
    /// Separated by `|`, `,`, `;` or tabs, with a header; plain or gzipped.
    pub path: PathBuf,
    /// The column to predict, of two values.
    pub target: String,
    /// Rows with one value of it are never parted by a fold.
    pub group: Option<String>,
    /// Columns that are no features.
    pub drop: Vec<String>,
    /// Columns more of which must never lower the score, or never raise it.
    pub monotone: Vec<(String, i8)>,
    /// Whether rows that say the same as one before are cases of their own. They are where there are
    /// groups.
    pub keep_duplicates: bool,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct TableData {
    /// Features and target.
    pub data: Data,
    /// How a column's whole numbers stand for what was in the file.
    pub scales: Vec<Scale>,
    /// The value of the target that counts as true.
    pub positive: String,
    /// Rows dropped because one before says the same.
    pub duplicates: u64,
    /// Anything worth saying.
    pub notes: Vec<String>,
}

/// What the whole numbers of a column stand for.
#[derive(Clone, Debug)]
pub enum Scale {
    /// Numbers, times a power of ten.
    Number(i32),
    /// Names, by their place here.
    Names(Vec<String>),
}

impl Scale {
    /// Bins in the file's own words.
    pub fn bins(&self, edges: &[i32]) -> Vec<String> {
        match self {
            Self::Number(digits) => bins::<&str>(edges, &[], &|value| {
                let text = format!("{:.*}", (*digits).max(0) as usize, f64::from(value) / 10_f64.powi(*digits));
                if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
            }),
            Self::Names(names) => bins(edges, names, &|value| value.to_string()),
        }
    }
}

/// Reads a table.
///
/// # Errors
/// A [`EvaluateError`] that names the file, the line or column, what was found and what was expected.
pub fn read(source: &TableFile) -> Result<TableData, EvaluateError> {
    let path = &source.path;
    let mut text = open(path, &ProgressBar::hidden())?.0;
    let mut first = String::new();
    text.read_line(&mut first).map_err(LogError::file(path))?;
    let header_end = first.trim_end().trim_start_matches('\u{feff}').to_owned();
    let separator =
        *b"|,;\t".iter().rev().max_by_key(|mark| first.bytes().filter(|b| b == *mark).count()).unwrap_or(&b',');
    let header: Vec<String> =
        header_end.split(char::from(separator)).map(|name| name.trim().trim_matches('"').to_owned()).collect();
    let place = |name: &str| -> Result<usize, EvaluateError> {
        header.iter().position(|column| column == name).ok_or_else(|| EvaluateError::Table {
            path: path.clone(),
            found: format!("the columns {}", header.join(", ")),
            expected: format!("a column \"{name}\""),
        })
    };
    let target = place(&source.target)?;
    let group = source.group.as_deref().map(place).transpose()?;
    let dropped = source.drop.iter().map(|name| place(name)).collect::<Result<HashSet<_>, _>>()?;
    let monotone = source
        .monotone
        .iter()
        .map(|(name, way)| Ok::<_, EvaluateError>((place(name)?, *way)))
        .collect::<Result<Vec<_>, _>>()?;
    let used: Vec<usize> =
        (0..header.len()).filter(|at| *at != target && Some(*at) != group && !dropped.contains(at)).collect();
    if used.is_empty() || used.len() > 250 {
        return Err(EvaluateError::Table {
            path: path.clone(),
            found: format!("{} columns to learn from", used.len()),
            expected: "1 to 250; see --drop".into(),
        });
    }
    let mut cells: Vec<Vec<Option<String>>> = vec![Vec::new(); used.len()];
    let (mut targets, mut groups) = (Vec::new(), Vec::new());
    let mut group_numbers: HashMap<String, u32> = HashMap::new();
    let (mut seen, mut duplicates) = (HashSet::new(), 0);
    let mut csv = csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text);
    let mut record = csv::StringRecord::new();
    loop {
        let line = csv.position().line() + 1;
        let bad = |found: String, expected: &'static str| {
            Err(LogError::Row { path: path.clone(), line, field: "row".into(), found, expected }.into())
        };
        match csv.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return bad(error.to_string(), "UTF-8 text"),
        }
        if record.len() != header.len() {
            return bad(format!("{} fields", record.len()), "as many fields as the header has");
        }
        if group.is_none() && !source.keep_duplicates && !seen.insert(record.iter().collect::<Vec<_>>().join("\u{1f}"))
        {
            duplicates += 1;
            continue;
        }
        let Some(value) = cell(&record, target) else {
            return bad(format!("nothing under \"{}\"", source.target), "one of two values");
        };
        targets.push(value);
        let next = group_numbers.len() as u32;
        let row = groups.len() as u32;
        groups.push(match group {
            Some(at) => *group_numbers.entry(record[at].to_owned()).or_insert(next),
            None => row,
        });
        for (column, at) in cells.iter_mut().zip(&used) {
            column.push(cell(&record, *at));
        }
    }
    let (positive, target) = truth(&targets, source)?;
    let mut notes = Vec::new();
    if duplicates > 0 {
        notes.push(format!(
            "{duplicates} rows say the same as one before and were dropped (--keep-duplicates keeps them)"
        ));
    }
    let mut data = Data { columns: Vec::new(), target, groups };
    let (mut scales, mut constant) = (Vec::new(), Vec::new());
    for (column, at) in cells.into_iter().zip(&used) {
        let name = header[*at].clone();
        let way = monotone.iter().find(|(place, _)| place == at).map_or(0, |(_, way)| *way);
        let (values, scale) = number(&column);
        let nominal = matches!(scale, Scale::Names(_));
        if values.iter().all(|value| Some(value) == values.first()) {
            constant.push(format!("\"{name}\""));
        }
        data.columns.push(Column { name, values, nominal, monotone: if nominal { 0 } else { way } });
        scales.push(scale);
    }
    if !constant.is_empty() {
        notes.push(format!("always the same, and so left out: {}", constant.join(", ")));
    }
    Ok(TableData { data, scales, positive, duplicates, notes })
}

fn cell(record: &csv::StringRecord, at: usize) -> Option<String> {
    record.get(at).map(str::trim).filter(|text| !text.is_empty() && *text != "?").map(str::to_owned)
}

/// Which of the target's two values is true, and the target as numbers.
fn truth(targets: &[String], source: &TableFile) -> Result<(String, Vec<f32>), EvaluateError> {
    let wrong = |found: String| {
        let expected = format!("two values under \"{}\", such as 0 and 1", source.target);
        EvaluateError::Table { path: source.path.clone(), found, expected }
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

/// Cells as whole numbers: scaled where all are numbers, else by the place of their name.
fn number(cells: &[Option<String>]) -> (Vec<i32>, Scale) {
    let parse = |text: &String| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let numbers: Option<Vec<f64>> = cells.iter().flatten().map(parse).collect();
    if let Some(numbers) = numbers {
        let most = numbers.iter().fold(0.0_f64, |most, number| most.max(number.abs()));
        let whole = |digits: i32| {
            numbers.iter().all(|number| {
                let scaled = number * 10_f64.powi(digits);
                (scaled - scaled.round()).abs() < 1e-6
            })
        };
        let fits = |digits: i32| most * 10_f64.powi(digits) < 2e9;
        let lossless = (0..=6).find(|digits| whole(*digits)).unwrap_or(6);
        let digits = (-300..=lossless).rev().find(|digits| fits(*digits)).unwrap_or(-300);
        let scaled =
            |text: &String| parse(text).map_or(MISSING, |number| (number * 10_f64.powi(digits)).round() as i32);
        return (cells.iter().map(|cell| cell.as_ref().map_or(MISSING, scaled)).collect(), Scale::Number(digits));
    }
    // Frequent names first, so that they keep bins of their own where there are more names than bins.
    let mut counts: HashMap<&String, usize> = HashMap::new();
    cells.iter().flatten().for_each(|name| *counts.entry(name).or_default() += 1);
    let mut names: Vec<(&String, usize)> = counts.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let places: HashMap<&String, i32> = names.iter().enumerate().map(|(at, (name, _))| (*name, at as i32)).collect();
    let values = cells.iter().map(|cell| cell.as_ref().map_or(MISSING, |name| places[name])).collect();
    (values, Scale::Names(names.into_iter().map(|(name, _)| name.clone()).collect()))
}

/// A fold for every row, 0 to `folds` - 1: groups are kept together, and true ones spread evenly.
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

    fn cells(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned()).filter(|text| !text.is_empty())).collect()
    }

    #[test]
    fn numbers_keep_their_order_and_names_get_places_by_frequency() {
        let (values, scale) = number(&cells(&["0.25", "", "-3", "1e3"]));
        assert_eq!(values, [25, MISSING, -300, 100_000]);
        assert_eq!(scale.bins(&[MISSING, 25]), ["missing", "up to 0.25", "over 0.25"]);
        assert_eq!(scale.bins(&[100_000]), ["up to 1000", "over 1000"]);
        let (values, scale) = number(&cells(&["b", "a", "b", "", "c", "d"]));
        assert_eq!(values, [0, 1, 0, MISSING, 2, 3]);
        assert_eq!(scale.bins(&[MISSING, 0]), ["missing", "b", "a … d (3 names)"]);
        let (values, _) = number(&cells(&["1e12", "3e12"]));
        assert!(values[0] > 0 && values[0] < values[1]);
    }

    #[test]
    fn folds_keep_groups_together_and_spread_what_is_true() {
        let rows = 1000;
        let data = Data {
            columns: Vec::new(),
            target: (0..rows).map(|row| f32::from(u8::from(row % 100 < 5))).collect(),
            groups: (0..rows).map(|row| row / 5).collect(),
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
