//! The shop's table of events, and how its columns become the fields of an event.

use super::dialect::Dialect;
use super::error::SqlError;
use super::ga4;
use crate::event::EventKind;
use crate::log::flat::{COLUMNS, flat_files, is_lake};
use crate::log::{Columns, Field, LogFiles, is_export};
use crate::objects::is_address;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Facts of a product: the newest word on each counts.
pub(super) const FACTS: [Field; 7] =
    [Field::Category, Field::Brand, Field::Price, Field::Title, Field::Url, Field::Image, Field::Stock];
/// What is a number.
const AMOUNTS: [Field; 4] = [Field::Price, Field::Discount, Field::Scrolled, Field::Engaged];
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
    Files(Vec<PathBuf>, Format),
}

/// What files hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Parquet,
    /// GA4's export.
    Lines,
}

/// The shop's table of events.
#[derive(Clone, Debug)]
pub struct Source {
    place: Place,
    columns: Vec<(Field, String)>,
    meanings: Vec<(String, EventKind)>,
    /// Whether these are the flat rows of a lake, which say what strangers wrote.
    has_strangers: bool,
    /// Whether this is GA4's export, whose records are nested.
    is_ga4: bool,
}

/// What the flat rows of a lake say beside the usual fields.
const EXTRAS: [&str; 4] = ["way", "context", "exposure", "worth"];

impl Source {
    /// A table of the engine's with these columns.
    ///
    /// # Errors
    /// [`SqlError::Column`] if a column is missing without which there are no events.
    pub fn table(name: &str, header: &[String], columns: &Columns) -> Result<Self, SqlError> {
        Self::of(Place::Table(name.to_owned()), header, columns)
    }

    /// GA4's export in a table of the engine's, as it is.
    ///
    /// # Errors
    /// As [`Source::table`].
    pub fn ga4(name: &str, columns: &Columns) -> Result<Self, SqlError> {
        let source = Self::table(name, &ga4::COLUMNS.map(str::to_owned), columns)?;
        Ok(Self { is_ga4: true, ..source })
    }

    /// Event files, or the flat rows of a lake. The first CSV file tells the columns; those of Parquet files are asked of
    /// `describe`, which is handed the files.
    ///
    /// # Errors
    /// As [`Source::table`]; [`SqlError::File`] or [`SqlError::Log`] for files that engines do not read; what `describe` says.
    pub fn files(
        log: &LogFiles,
        describe: impl FnOnce(&[PathBuf]) -> Result<Vec<String>, SqlError>,
    ) -> Result<Self, SqlError> {
        let place = |path: &PathBuf| path.canonicalize().map_err(SqlError::file(path));
        if let Some(path) = log.events.iter().find(|path| is_address(&path.to_string_lossy())) {
            let what = "is an object store, expected files of this machine; train without --engine, which reads it";
            return Err(SqlError::File { path: path.clone(), what: what.into() });
        }
        if let [lake] = log.events.as_slice()
            && is_lake(lake)
        {
            let lake = place(lake)?;
            let files = flat_files(&lake).map_err(SqlError::file(&lake))?;
            let files = files.map_err(|day| SqlError::File {
                path: lake.join(day),
                what: "has no flat rows that are up to date, expected those of `slotwise compact --flat`".into(),
            })?;
            files.iter().try_for_each(|path| plain(path))?;
            return Self::of(Place::Files(files, Format::Parquet), &COLUMNS.map(str::to_owned), &Columns::default());
        }
        let files = log.event_files()?.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let mut format = None;
        for path in &files {
            plain(path)?;
            let what = match (format, format_of(path)?) {
                (None, Some(found)) => {
                    format = Some(found);
                    continue;
                }
                (Some(first), Some(found)) if first == found => continue,
                (Some(_), Some(_)) => "found another format than that of the first file, expected one in all of them",
                (_, None) if is_lake(path) => "is a lake, expected it alone",
                (_, None) => {
                    "engines read CSV and Parquet with a row for each product, GA4's export as JSON lines, and lakes; write \
                     the log as one of these"
                }
            };
            return Err(SqlError::File { path: path.clone(), what: what.into() });
        }
        let format = format.unwrap_or(Format::Csv);
        let header = match format {
            Format::Parquet => describe(&files)?,
            Format::Csv => log.header()?,
            Format::Lines => ga4::COLUMNS.map(str::to_owned).into(),
        };
        let source = Self::of(Place::Files(files, format), &header, &log.columns)?;
        Ok(Self { is_ga4: format == Format::Lines, ..source })
    }

    fn of(place: Place, header: &[String], columns: &Columns) -> Result<Self, SqlError> {
        let has_strangers = header.iter().map(String::as_str).eq(COLUMNS);
        let (found, meanings) = (columns.found(header), columns.meanings());
        let source = Self { place, columns: found, meanings, has_strangers, is_ga4: false };
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

    /// Whether strangers wrote some of the rows, so that what they say must be weighed: these are the flat rows of a lake.
    pub fn has_strangers(&self) -> bool {
        self.has_strangers
    }

    /// What there is beside the fields of every log.
    pub(super) fn extras(&self) -> Vec<&'static str> {
        let extras = EXTRAS.into_iter().filter(|_| self.has_strangers);
        std::iter::once("strangers").chain(extras).collect()
    }

    /// What defines the source, and what it is called.
    pub(super) fn define(&self, dialect: Dialect, name: &str) -> (String, String) {
        let (defined, name) = match &self.place {
            Place::Table(table) => (String::new(), table.clone()),
            Place::Files(files, format) => {
                let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
                let defined = match format {
                    Format::Lines => dialect.lines(name, &files, &ga4::types(dialect)),
                    Format::Csv | Format::Parquet => dialect.source(name, &files, *format == Format::Parquet),
                };
                (defined, name.to_owned())
            }
        };
        if !self.is_ga4 {
            return (defined, name);
        }
        let naming = self.meanings.iter().filter(|(_, kind)| kind.names_items()).map(|(name, _)| name.as_str());
        (defined, format!("(\n{}\n) AS rows", ga4::rows(dialect, &name, &naming.collect::<Vec<_>>())))
    }

    /// The columns as texts.
    pub(super) fn texts(&self, dialect: Dialect) -> String {
        let text = |(field, column): &(Field, String)| {
            let column = format!("COALESCE(CAST({} AS {}), '')", dialect.name(column), dialect.text());
            // A lake has what the log's own reader has read.
            let column = if self.has_strangers { column } else { format!("TRIM({column})") };
            // Not every engine knows the zone by this name.
            let column = if *field == Field::Time { format!("REPLACE({column}, ' UTC', '+00:00')") } else { column };
            format!("{column} AS {}", raw(*field))
        };
        let mut texts: Vec<String> = self.columns.iter().map(text).collect();
        if self.has_strangers {
            let extra = |name: &str| format!("COALESCE(CAST({name} AS {}), '') AS {name}", dialect.text());
            texts.push("strangers".into());
            texts.extend(EXTRAS.map(extra));
        }
        texts.join(",\n        ")
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
        if self.has_strangers {
            let _ = write!(fields, ",\n    strangers, {}", EXTRAS.join(", "));
        } else {
            fields += ",\n    0 AS strangers";
        }
        let _ = write!(fields, ",\n    {} AS broken", self.broken(dialect));
        fields
    }

    /// 1 for a row with a number that cannot be read, which the log's own reader leaves out, else 0.
    fn broken(&self, dialect: Dialect) -> String {
        let is_broken = |field: Field| {
            let text = raw(field);
            format!("{text} <> '' AND {} IS NULL", dialect.amount(&text))
        };
        // A lake has what was read.
        let numbers = AMOUNTS.into_iter().filter(|field| self.has(*field) && !self.has_strangers);
        let broken: Vec<String> = numbers.map(is_broken).collect();
        if broken.is_empty() { "0".into() } else { format!("CASE WHEN {} THEN 1 ELSE 0 END", broken.join(" OR ")) }
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

/// What a file holds, by its name, and for JSON lines by the first of them; `None` if engines do not read it.
fn format_of(path: &Path) -> Result<Option<Format>, SqlError> {
    let unpacked = path.with_extension("");
    let path_of_name = if path.extension().is_some_and(|ending| ending == "gz") { &unpacked } else { path };
    Ok(match path_of_name.extension().and_then(|ending| ending.to_str()) {
        Some("parquet") => Some(Format::Parquet),
        Some("csv") => Some(Format::Csv),
        Some("json" | "jsonl" | "ndjson") => is_export(path)?.then_some(Format::Lines),
        _ => None,
    })
}

/// Refuses names that engines would take for patterns.
fn plain(path: &Path) -> Result<(), SqlError> {
    if path.to_string_lossy().contains(['{', '}', ',', '*', '?', '[', ']', '\n']) {
        let what = "engines take such a sign in a name for a pattern; rename the file";
        return Err(SqlError::File { path: path.to_owned(), what: what.into() });
    }
    Ok(())
}

/// The name of a field's text.
pub(super) fn raw(field: Field) -> String {
    format!("{}_text", field.name())
}

/// The name of a field that is kept.
pub(super) fn kept(field: Field) -> String {
    format!("its_{}", field.name())
}
