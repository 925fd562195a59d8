//! An engine's results, read back. They are checked like any other input: a number that is none, or a product that is not in
//! the catalogue, is refused.

use super::error::SqlError;
use crate::log::files_under;
use crate::train::counted::{Lengths, PairTable, Totals, TrailSums};
use crate::train::weights::{AGES, CLICKS};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Parts of a visit in which looks are counted.
const PARTS: f64 = 1024.0;

/// The results in a folder: a file `NAME.csv`, or a folder NAME with such files.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    folder: PathBuf,
    /// The engine's numbers of the products, in order.
    numbers: Vec<u64>,
}

impl Tables {
    /// Opens a folder of results.
    ///
    /// # Errors
    /// As [`Tables::rows`], of the catalogue.
    pub(super) fn open(folder: &Path) -> Result<Self, SqlError> {
        let mut tables = Self { folder: folder.to_owned(), numbers: Vec::new() };
        let mut numbers = Vec::new();
        tables.rows("catalogue", ["n"], |[n]| numbers.push(n))?;
        if !numbers.is_sorted_by(|one, next| one < next) {
            let found = "products out of order".to_owned();
            return Err(SqlError::Row { path: tables.path("catalogue"), found, expected: "rising numbers" });
        }
        tables.numbers = numbers;
        Ok(tables)
    }

    /// Where a result is.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        let file = self.folder.join(format!("{name}.csv"));
        if file.exists() { file } else { self.folder.join(name) }
    }

    /// Hands over the whole numbers in some columns of a result.
    ///
    /// # Errors
    /// [`SqlError::File`] or [`SqlError::Row`].
    pub(super) fn rows<const N: usize>(
        &self,
        name: &str,
        columns: [&'static str; N],
        mut sink: impl FnMut([u64; N]),
    ) -> Result<(), SqlError> {
        let path = self.path(name);
        for path in files_under(&path) {
            let file = File::open(&path).map_err(SqlError::file(&path))?;
            let wrong = |found: String, expected| SqlError::Row { path: path.clone(), found, expected };
            let broken = |error: csv::Error| wrong(error.to_string(), "CSV with a header");
            let mut csv = csv::Reader::from_reader(file);
            let header = csv.headers().map_err(broken)?;
            if header.is_empty() {
                continue;
            }
            let place = |column: &str| header.iter().position(|name| name.eq_ignore_ascii_case(column));
            let mut places = [0; N];
            for (place_of, column) in places.iter_mut().zip(columns) {
                *place_of = place(column)
                    .ok_or_else(|| wrong(format!("no column {column}"), "the columns of the statements"))?;
            }
            let mut row = csv::StringRecord::new();
            while csv.read_record(&mut row).map_err(broken)? {
                let mut values = [0; N];
                for (value, place) in values.iter_mut().zip(places) {
                    let text = row.get(place).unwrap_or_default();
                    *value = text.parse().map_err(|_| wrong(format!("{text:?}"), "a whole number from 0 on"))?;
                }
                sink(values);
            }
        }
        Ok(())
    }

    /// The same, with products in some of the columns.
    fn of_items<const N: usize>(
        &self,
        name: &str,
        columns: [&'static str; N],
        items: [bool; N],
        mut sink: impl FnMut([u64; N]),
    ) -> Result<(), SqlError> {
        let mut unknown = None;
        self.rows(name, columns, |mut values| {
            for (value, _) in values.iter_mut().zip(items).filter(|(_, is_item)| *is_item) {
                match self.numbers.binary_search(value) {
                    Ok(at) => *value = at as u64,
                    Err(_) => return unknown = Some(*value),
                }
            }
            sink(values);
        })?;
        let wrong = |number: u64| SqlError::Row {
            path: self.path(name),
            found: format!("product {number}"),
            expected: "one of the catalogue",
        };
        unknown.map_or(Ok(()), |number| Err(wrong(number)))
    }

    /// What the engine has read; the oldest time, too.
    pub(super) fn totals(&self) -> Result<Totals, SqlError> {
        let mut totals = Totals::default();
        self.rows("totals", ["events", "sessions", "newest"], |[events, sessions, newest_ms]| {
            totals = Totals { events, sessions, newest_ms };
        })?;
        Ok(totals)
    }

    /// Events by day, of the shop's own rows and of those of strangers.
    pub(super) fn days(&self) -> Result<[Vec<(u64, u64)>; 2], SqlError> {
        let mut days = [Vec::new(), Vec::new()];
        self.rows("days", ["day", "strangers", "events"], |[day, strangers, events]| {
            days[usize::from(strangers == 1)].push((day, events));
        })?;
        for days in &mut days {
            days.sort_unstable();
        }
        Ok(days)
    }

    /// Visits by age and clicks.
    pub(super) fn lengths(&self) -> Result<Lengths, SqlError> {
        let mut lengths = BTreeMap::new();
        self.rows("lengths", ["age", "clicks", "sessions"], |[age, clicks, sessions]| {
            let length = (age.min(AGES as u64) as u16, clicks.min(CLICKS as u64) as u16);
            *lengths.entry(length).or_insert(0) += sessions;
        })?;
        Ok(lengths.into_iter().map(|((age, clicks), sessions)| (age, clicks, sessions)).collect())
    }

    /// Looks at each product.
    pub(super) fn looks(&self) -> Result<Vec<(f64, f64)>, SqlError> {
        let mut looks = vec![(0.0, 0.0); self.numbers.len()];
        self.of_items("looks", ["n", "looks", "recent"], [true, false, false], |[n, all, recent]| {
            // They come in parts of a visit.
            looks[n as usize] = (all as f64 / PARTS, recent as f64 / PARTS);
        })?;
        Ok(looks)
    }

    /// What stands near each product.
    pub(super) fn pairs(&self) -> Result<PairTable, SqlError> {
        let mut pairs = Vec::new();
        let columns = ["n", "other", "weight", "support"];
        self.of_items("pairs", columns, [true, true, false, false], |[n, other, weight, support]| {
            pairs.push((n as u32, other as u32, weight, support.min(u64::from(u32::MAX)) as u32));
        })?;
        Ok(PairTable::new(self.numbers.len(), pairs))
    }

    /// What came next after two products.
    pub(super) fn trails(&self) -> Result<Vec<Vec<TrailSums>>, SqlError> {
        type OfItem = BTreeMap<u32, (u64, Vec<(u32, u64)>)>;
        let mut trails: Vec<OfItem> = vec![BTreeMap::new(); self.numbers.len()];
        let columns = ["n", "came_from", "total", "other", "weight"];
        self.of_items("trails", columns, [true, true, false, true, false], |[n, before, total, other, weight]| {
            let known = trails[n as usize].entry(before as u32).or_insert((total, Vec::new()));
            known.1.push((other as u32, weight));
        })?;
        let listed = |of_item: OfItem| {
            of_item.into_iter().map(|(before, (total, followers))| (before, total, followers)).collect()
        };
        Ok(trails.into_iter().map(listed).collect())
    }
}
