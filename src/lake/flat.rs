//! The flat rows of a lake, which engines read: `flat/day=2026-11-21/rows-….parquet`, a row for each event and product.
//!
//! They are made of the parts and hold nothing else, so they may be removed and are made again. An engine cannot follow digests
//! from event to event. So each row has the name of its visit: a digest of the first event's, which tells nothing of a person.
//! A visit may have begun the day before: then the names of that day go on.
//!
//! Invariants: the name of a file says of which parts it was made, and after which names of the day before, so whoever lists a
//! folder sees whether it is up to date. A file is written under a name that ends in `.tmp`, synced and renamed. Days that the
//! lake has no more have no rows either. One day's digests are in memory, and those of the day before.

use super::error::LakeError;
use super::folder::Folder;
use super::part::{GROUP, write_group};
use super::place::Place;
use super::schema::{Kind, Values, schema_of};
use crate::log::Day;
use crate::log::flat::{COLUMNS, flat_folder, flat_name, is_flat};
use crate::log::parquet::{FlatEvent, FlatRow, ParquetFile, day_folders, for_each_flat, for_each_link, parts_of};
use crate::objects::is_address;
use crate::origin::log::sync;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use xxhash_rust::xxh64::{Xxh64, xxh64};

/// What a column holds, by its name.
fn kind(name: &str) -> Kind {
    match name {
        "time_ms" | "event_order" | "strangers" => Kind::Whole,
        "price" | "discount" | "percent_scrolled" | "engagement_time_msec" | "worth" => Kind::Number,
        "context" | "exposure" => Kind::Json,
        _ => Kind::Text,
    }
}
/// Rows of a day at most, by which days are told apart in the order of events.
const ROWS_OF_DAY: u64 = 100_000_000;
/// 2020-01-01, from which the order of events counts, in days since 1970.
const FIRST_DAY: u64 = 18_262;

/// Brings the flat rows of a lake in a folder up to date. Returns the days that were written.
///
/// # Errors
/// A [`LakeError`]; days before the one it names are done.
pub fn flatten(lake: &Path) -> Result<Vec<Day>, LakeError> {
    if is_address(&lake.to_string_lossy()) {
        return Err(LakeError::Flat { place: lake.display().to_string() });
    }
    let place = Folder::open(lake)?;
    let flat = flat_folder(lake);
    let days = place.days()?;
    fs::create_dir_all(&flat).map_err(LakeError::file(&flat))?;
    for (day, folder) in day_folders(&flat)? {
        if !days.contains(&day) {
            fs::remove_dir_all(&folder).map_err(LakeError::file(&folder))?;
        }
    }
    let (mut written, mut before) = (Vec::new(), None);
    for day in days {
        let (path, is_new) = renew(lake, &flat, day, before.as_deref())?;
        written.extend(is_new.then_some(day));
        before = Some(path);
    }
    Ok(written)
}

/// Brings the flat rows back to date if the lake has any.
///
/// # Errors
/// As [`flatten`].
pub fn keep_flat(lake: &Path) -> Result<Vec<Day>, LakeError> {
    if flat_folder(lake).is_dir() { flatten(lake) } else { Ok(Vec::new()) }
}

/// Writes the rows of a day, unless they are there. Returns their file, and whether it is new.
fn renew(lake: &Path, flat: &Path, day: Day, before: Option<&Path>) -> Result<(PathBuf, bool), LakeError> {
    let from = lake.join(format!("day={day}"));
    let parts = parts_of(&from, &from)?.0;
    let names: Vec<String> =
        parts.iter().filter_map(|part| part.path.file_name()?.to_str().map(str::to_owned)).collect();
    let after = match before {
        Some(path) => ParquetFile::open(path, path)?.note("slotwise.links").unwrap_or_default().to_owned(),
        None => String::new(),
    };
    let folder = flat.join(format!("day={day}"));
    fs::create_dir_all(&folder).map_err(LakeError::file(&folder))?;
    let path = folder.join(flat_name(&names, xxh64(after.as_bytes(), 0)));
    if path.exists() {
        return Ok((path, false));
    }
    let mut visits = Visits::default();
    if let Some(before) = before {
        for_each_link(before, &mut |link, visit| drop(visits.by_digest.insert(link, visit)))?;
    }
    let mut writer = Writer::begin(&folder, day)?;
    for part in &parts {
        let mut outcome = Ok(());
        for_each_flat(&part.path, &mut |event| {
            if outcome.is_ok() {
                let (visit, link) = visits.of(&event, day);
                outcome = writer.add(event, &visit, link);
            }
            Ok(())
        })?;
        outcome?;
    }
    writer.finish(&path, visits.hash.digest())?;
    for entry in fs::read_dir(&folder).map_err(LakeError::file(&folder))? {
        let old = entry.map_err(LakeError::file(&folder))?.path();
        let is_old = old != path && is_flat(&old);
        if is_old {
            fs::remove_file(&old).map_err(LakeError::file(&old))?;
        }
    }
    Ok((path, true))
}

/// The visits of a day that only digests link.
#[derive(Default)]
struct Visits {
    by_digest: HashMap<u64, String>,
    /// How often visits of the day began with a digest.
    begun: HashMap<u64, u64>,
    hash: Xxh64,
}

impl Visits {
    /// The name of an event's visit, and the digest that the next event of it goes on from.
    fn of(&mut self, event: &FlatEvent, day: Day) -> (String, Option<u64>) {
        if !event.is_strangers {
            return (String::new(), None);
        }
        let known = event.chain.and_then(|(before, _)| self.by_digest.get(&before?).cloned());
        let visit = known.unwrap_or_else(|| {
            let first = event.chain.map_or_else(|| xxh64(event.name().as_bytes(), 1), |(_, after)| after);
            let times = self.begun.entry(first).or_insert(0);
            *times += 1;
            format!("visit {:016x}", xxh64(format!("{day} {first} {times}").as_bytes(), 2))
        });
        let link = event.chain.map(|(_, after)| after);
        if let Some(link) = link {
            self.hash.update(&link.to_le_bytes());
            self.hash.update(visit.as_bytes());
            self.by_digest.insert(link, visit.clone());
        }
        (visit, link)
    }
}

/// The rows of a day while they are written.
struct Writer {
    temporary: PathBuf,
    out: SerializedFileWriter<File>,
    columns: Vec<Values>,
    rows: usize,
    order: u64,
}

impl Writer {
    fn begin(folder: &Path, day: Day) -> Result<Self, LakeError> {
        let temporary = folder.join(".rows.tmp");
        let fail = |source| LakeError::Write { path: temporary.clone(), source };
        let level = ZstdLevel::try_new(3).map_err(fail)?;
        let properties = WriterProperties::builder()
            .set_created_by("slotwise".into())
            .set_compression(Compression::ZSTD(level))
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true);
        let file = File::create(&temporary).map_err(LakeError::file(&temporary))?;
        let schema = schema_of("row", &COLUMNS.map(|name| (name, kind(name)))).map_err(fail)?;
        let out = SerializedFileWriter::new(file, schema, Arc::new(properties.build())).map_err(fail)?;
        let order = day.number().saturating_sub(FIRST_DAY) * ROWS_OF_DAY;
        Ok(Self { temporary, out, columns: empty(), rows: 0, order })
    }

    fn add(&mut self, event: FlatEvent, visit: &str, link: Option<u64>) -> Result<(), LakeError> {
        let is_strangers = event.is_strangers;
        for (at, row) in event.into_rows(visit).into_iter().enumerate() {
            self.order += 1;
            let link = link.filter(|_| at == 0).map_or_else(String::new, |link| format!("{link:016x}"));
            self.row(row, is_strangers, link);
        }
        if self.rows < GROUP { Ok(()) } else { self.flush() }
    }

    fn row(&mut self, row: FlatRow, is_strangers: bool, link: String) {
        let item = row.item;
        let number = |is_there: bool, number: f64| is_there.then_some(number);
        for (at, value) in [(0, row.time_ms as i64), (1, self.order as i64), (2, i64::from(is_strangers))] {
            self.columns[at].whole(value);
        }
        for (at, text) in [
            (3, row.name.to_owned()),
            (4, item.id),
            (5, item.category),
            (6, item.brand),
            (7, item.title),
            (10, row.session),
            (11, row.user),
            (12, row.event_id),
            (13, row.currency),
            (14, row.offer),
            (17, row.way),
            (18, row.context),
            (19, row.exposure),
            (21, link),
        ] {
            self.columns[at].text(text);
        }
        for (at, value) in [
            (8, number(item.price_cents > 0, f64::from(item.price_cents) / 100.0)),
            (9, number(item.on_sale, 1.0)),
            (15, row.scrolled),
            (16, row.engaged),
            (20, row.worth_cents.map(|cents| cents as f64)),
        ] {
            self.columns[at].number(value);
        }
        self.rows += 1;
    }

    fn flush(&mut self) -> Result<(), LakeError> {
        let columns = std::mem::replace(&mut self.columns, empty());
        self.rows = 0;
        write_group(&mut self.out, &columns).map_err(|source| LakeError::Write { path: self.temporary.clone(), source })
    }

    fn finish(mut self, path: &Path, links: u64) -> Result<(), LakeError> {
        if self.rows > 0 {
            self.flush()?;
        }
        let note = KeyValue::new("slotwise.links".to_owned(), format!("{links:016x}"));
        self.out.append_key_value_metadata(note);
        let fail = |source: ParquetError| LakeError::Write { path: self.temporary.clone(), source };
        let file = self.out.into_inner().map_err(fail)?;
        let folder = path.parent().unwrap_or(path);
        let commit = || {
            file.sync_all()?;
            fs::rename(&self.temporary, path)?;
            sync(folder)
        };
        commit().map_err(LakeError::file(path))
    }
}

fn empty() -> Vec<Values> {
    COLUMNS.iter().map(|name| Values::of(kind(name))).collect()
}
