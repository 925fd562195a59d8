//! The shop's table of events, and how its columns become the fields of an event.

use super::dialect::Dialect;
use super::error::SqlError;
use crate::event::EventKind;
use crate::log::{Columns, Field, LogFiles};
use crate::objects::is_address;
use std::fmt::Write;
use std::path::PathBuf;

/// Facts of a product: the newest word on each counts.
pub(super) const FACTS: [Field; 7] =
    [Field::Category, Field::Brand, Field::Price, Field::Title, Field::Url, Field::Image, Field::Stock];
/// What a sample tells of an event besides its kind, its time and its product, under names that are understood.
pub(super) const DETAILS: [(Field, &str); 10] = [
    (Field::Discount, "discount"),
    (Field::Offer, "offer"),
    (Field::Scrolled, "percent_scrolled"),
    (Field::Engaged, "engagement_time_msec"),
    (Field::Source, "utm_source"),
    (Field::Medium, "utm_medium"),
    (Field::Campaign, "utm_campaign"),
    (Field::Device, "device"),
    (Field::Landing, "landing_page"),
    (Field::Region, "region"),
];

/// Where events are.
#[derive(Clone, Debug)]
enum Place {
    /// A table of the engine's, by its name.
    Table(String),
    /// Files that it can open.
    Files(Vec<PathBuf>, bool),
}

/// The shop's table of events.
#[derive(Clone, Debug)]
pub struct Source {
    place: Place,
    columns: Vec<(Field, String)>,
    meanings: Vec<(String, EventKind)>,
}

impl Source {
    /// A table of the engine's with these columns.
    ///
    /// # Errors
    /// [`SqlError::Column`] if a column is missing without which there are no events.
    pub fn table(name: &str, header: &[String], columns: &Columns) -> Result<Self, SqlError> {
        Self::of(Place::Table(name.to_owned()), header, columns)
    }

    /// Event files, of which the first tells the columns.
    ///
    /// # Errors
    /// As [`Source::table`]; [`SqlError::File`] or [`SqlError::Log`] for files that engines do not read.
    pub fn files(log: &LogFiles) -> Result<Self, SqlError> {
        let mut files = Vec::new();
        for path in log.event_files()? {
            if is_address(&path.to_string_lossy()) {
                let what = "is an object store, expected files of this machine; train without --engine, which reads it";
                return Err(SqlError::File { path, what: what.into() });
            }
            files.push(path.canonicalize().map_err(SqlError::file(&path))?);
        }
        let is_parquet = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "parquet");
        let is_csv = |path: &PathBuf| {
            let path =
                if path.extension().is_some_and(|ending| ending == "gz") { &path.with_extension("") } else { path };
            path.extension().is_some_and(|ending| ending == "csv")
        };
        let (header, parquet) = log.header()?;
        for path in &files {
            let what = match (parquet, is_parquet(path), is_csv(path)) {
                _ if path.to_string_lossy().contains(['{', '}', ',', '*', '?', '[', ']', '\n']) => {
                    "engines take such a sign in a name for a pattern; rename the file"
                }
                (true, true, _) | (false, _, true) => continue,
                (true, ..) => "found another format than that of the first file, expected Parquet in all of them",
                (false, ..) => {
                    "engines read CSV and Parquet with a row for each product; write the log as one of these"
                }
            };
            return Err(SqlError::File { path: path.clone(), what: what.into() });
        }
        Self::of(Place::Files(files, parquet), &header, &log.columns)
    }

    fn of(place: Place, header: &[String], columns: &Columns) -> Result<Self, SqlError> {
        let source = Self { place, columns: columns.found(header), meanings: columns.meanings() };
        let has_visit = source.has(Field::Session) || source.has(Field::User);
        let needed = [Field::Time, Field::Event, Field::Item];
        let missing = needed.into_iter().find(|field| !source.has(*field));
        match missing.or_else(|| (!has_visit).then_some(Field::Session)) {
            None => Ok(source),
            Some(missing) => Err(SqlError::Column {
                place: match &source.place {
                    Place::Table(name) => name.clone(),
                    Place::Files(files, _) => files.first().map_or_else(String::new, |path| path.display().to_string()),
                },
                missing: missing.name(),
                found: header.join(", "),
            }),
        }
    }

    /// Whether there is a column for a field. A category may be told by its number alone.
    pub(super) fn has(&self, field: Field) -> bool {
        let is = |wanted: Field| self.columns.iter().any(|(found, _)| *found == wanted);
        is(field) || field == Field::Category && is(Field::CategoryId)
    }

    /// What defines the source, and what it is called.
    pub(super) fn define(&self, dialect: Dialect, name: &str) -> (String, String) {
        match &self.place {
            Place::Table(table) => (String::new(), table.clone()),
            Place::Files(files, parquet) => {
                let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
                (dialect.source(name, &files, *parquet), name.to_owned())
            }
        }
    }

    /// The columns as texts.
    pub(super) fn texts(&self, dialect: Dialect) -> String {
        let text = |(field, column): &(Field, String)| {
            let column = format!("TRIM(COALESCE(CAST({} AS {}), ''))", dialect.name(column), dialect.text());
            // Not every engine knows the zone by this name.
            let column = if *field == Field::Time { format!("REPLACE({column}, ' UTC', '+00:00')") } else { column };
            format!("{column} AS {}", raw(*field))
        };
        self.columns.iter().map(text).collect::<Vec<_>>().join(",\n        ")
    }

    /// The fields of an event, from texts.
    pub(super) fn fields(&self, dialect: Dialect) -> String {
        let text = |field| if self.has(field) { raw(field) } else { "''".into() };
        let whole = dialect.whole();
        // As the log's own reader tells seconds from milliseconds, microseconds and nanoseconds.
        let time = format!(
            "CASE WHEN time_number IS NULL THEN {} WHEN time_number >= 0 THEN CAST(FLOOR(CASE WHEN time_number < 1e11 THEN \
             time_number * 1000 WHEN time_number < 1e14 THEN time_number WHEN time_number < 1e17 THEN time_number / 1e3 ELSE \
             time_number / 1e6 END) AS {whole}) END",
            dialect.time(&raw(Field::Time))
        );
        let mut fields = format!(
            "{} AS session_key, {} AS user_key, {} AS event_key, {} AS currency,\n    {time} AS time_ms,\n    \
             {} AS kind,\n    {} AS item",
            text(Field::Session),
            text(Field::User),
            text(Field::EventId),
            if self.has(Field::Currency) { format!("UPPER({})", raw(Field::Currency)) } else { "''".into() },
            self.kind(dialect),
            self.item(dialect),
        );
        if self.has(Field::Order) {
            let seq = dialect.number(&raw(Field::Order));
            let _ = write!(fields, ",\n    CAST(COALESCE({seq}, 0) AS {whole}) AS seq");
        }
        for field in self.kept() {
            let value = match field {
                Field::Category => self.category(),
                field => raw(field),
            };
            let _ = write!(fields, ",\n    {value} AS {}", kept(field));
        }
        fields
    }

    /// Where an event stands in the log: by its time, and by its number where there is one.
    pub(super) fn moment(&self, dialect: Dialect) -> String {
        if self.has(Field::Order) {
            format!("CAST(time_ms AS {}) * 1000000000000 + seq", dialect.wide())
        } else {
            "time_ms".into()
        }
    }

    /// The columns of an event that are kept beside those that every event has.
    pub(super) fn kept(&self) -> impl Iterator<Item = Field> + '_ {
        FACTS.into_iter().chain(DETAILS.map(|(field, _)| field)).filter(|field| self.has(*field))
    }

    /// The category's path, or else its number.
    fn category(&self) -> String {
        let has = |wanted| self.columns.iter().any(|(field, _)| *field == wanted);
        let (path, number) = (raw(Field::Category), raw(Field::CategoryId));
        match (has(Field::Category), has(Field::CategoryId)) {
            (true, true) => format!("CASE WHEN {path} <> '' THEN {path} ELSE {number} END"),
            (true, false) => path,
            (false, _) => number,
        }
    }

    /// GA4's name of an event.
    fn kind(&self, dialect: Dialect) -> String {
        self.of_kinds(&raw(Field::Event), |kind| dialect.quoted(kind.name()), dialect, "")
    }

    /// The product, of events that are about one.
    fn item(&self, dialect: Dialect) -> String {
        let item = raw(Field::Item);
        self.of_kinds(
            &raw(Field::Event),
            |kind| if kind.names_items() { item.clone() } else { "''".into() },
            dialect,
            " ELSE ''",
        )
    }

    fn of_kinds(&self, event: &str, value: impl Fn(EventKind) -> String, dialect: Dialect, other: &str) -> String {
        let mut text = format!("CASE {event}");
        for (name, kind) in &self.meanings {
            let _ = write!(text, " WHEN {} THEN {}", dialect.quoted(name), value(*kind));
        }
        text + other + " END"
    }
}

/// The name of a field's text.
pub(super) fn raw(field: Field) -> String {
    format!("{}_text", field.name())
}

/// The name of a field that is kept.
pub(super) fn kept(field: Field) -> String {
    format!("its_{}", field.name())
}
