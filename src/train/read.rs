//! Event files: CSV with a header ([`Columns`]), or one JSON object a line; plain or gzipped; read as a stream.
//!
//! A broken row is an error that names its line: a log that silently loses rows trains a silently
//! wrong model. The one exception is the last row of a file that does not end in a line end, which was
//! cut by whoever copied it; it is dropped and reported.

use super::TrainError;
use super::columns::{Columns, Places};
use super::log::Report;
use super::time;
use crate::context::Context;
use crate::event::{EventKind, RawEvent, RawExposure};
use indicatif::ProgressBar;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

/// A product as a row describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowItem {
    /// The shop's id.
    pub id: String,
    /// Category path.
    pub category: String,
    /// Brand.
    pub brand: String,
    /// Title.
    pub title: String,
    /// Link.
    pub url: String,
    /// Picture.
    pub image: String,
    /// Price in hundredths; 0 if unknown.
    pub price_cents: u32,
    /// Whether it was offered below its usual price.
    pub on_sale: bool,
    /// Whether the row says that none is left.
    pub sold_out: bool,
}

/// One event of a log.
#[derive(Clone, Debug)]
pub struct Row {
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// What was done.
    pub kind: EventKind,
    /// With which products.
    pub items: Vec<RowItem>,
    /// The log's own session id; empty if it has none.
    pub session: String,
    /// The log's user id; empty if it has none.
    pub user: String,
    /// Digests of the session before and after (our own origin's log).
    pub chain: Option<(Option<String>, String)>,
    /// Name of this event, against repeats; empty if it has none.
    pub event_id: String,
    /// ISO 4217 code; empty if the row names none.
    pub currency: String,
    /// Where the visit came from, if the row tells.
    pub context: Option<Context>,
    /// Which arm of a randomised offer the visit is in; empty if in none.
    pub offer: String,
    /// As [`Event::amount`](crate::event::Event::amount).
    pub amount: u16,
    /// Of a `slot_exposure`: what was seen.
    pub exposure: Option<RawExposure>,
    /// Which file and line, for errors.
    pub at: (Rc<Path>, u64),
}

type Sink<'a> = dyn FnMut(Row, &mut Report) -> Result<(), TrainError> + 'a;

/// Reads a file and hands its rows over in order.
///
/// # Errors
/// The first thing that is wrong with the file, as a [`TrainError`].
pub fn read(
    path: &Path,
    columns: &Columns,
    bar: &ProgressBar,
    report: &mut Report,
    sink: &mut Sink<'_>,
) -> Result<(), TrainError> {
    let fail = |source| TrainError::File { path: path.to_owned(), source };
    let (mut text, last) = open(path, bar)?;
    let first = text.fill_buf().map_err(fail)?.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
    let place: Rc<Path> = path.into();
    let mut one = |outcome: Result<Option<Row>, TrainError>, is_last: bool, report: &mut Report| match outcome {
        Ok(Some(row)) => sink(row, report),
        Ok(None) => {
            report.unknown_names += 1;
            Ok(())
        }
        Err(TrainError::Row { line, .. }) if is_last && last.get() != b'\n' => {
            report.notes.push(format!("{}: line {line} is cut and was dropped", path.display()));
            Ok(())
        }
        Err(error) => Err(error),
    };
    match first {
        None => Ok(()),
        Some(b'{') => {
            let mut line = String::new();
            for number in 1.. {
                line.clear();
                if text.read_line(&mut line).map_err(fail)? == 0 {
                    break;
                }
                if !line.trim().is_empty() {
                    report.rows += 1;
                    let cut = !line.ends_with('\n');
                    one(json_row(&line, &place, number), cut, report)?;
                }
            }
            Ok(())
        }
        Some(_) => {
            let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(text);
            let broken = |error: csv::Error| match error.into_kind() {
                csv::ErrorKind::Io(source) => fail(source),
                csv::ErrorKind::Utf8 { pos, .. } => {
                    bad(&place, pos.map_or(0, |p| p.line()), "text", "not UTF-8", "UTF-8 text")
                }
                kind => bad(&place, 0, "row", &format!("{kind:?}"), "comma-separated fields"),
            };
            let header: Vec<String> = csv
                .headers()
                .map_err(&broken)?
                .iter()
                .map(|name| name.trim_start_matches('\u{feff}').to_owned())
                .collect();
            let places = Places::find(columns, &header, path, &["time", "event", "item", "session"])?;
            let mut held: Option<Result<Option<Row>, TrainError>> = None;
            let mut record = csv::StringRecord::new();
            while csv.read_record(&mut record).map_err(&broken)? {
                if let Some(before) = held.take() {
                    one(before, false, report)?;
                }
                report.rows += 1;
                held = Some(places.row(&record, &header, &place));
            }
            held.map_or(Ok(()), |row| one(row, true, report))
        }
    }
}

/// Opens a file, plain or gzipped, and a view of the last byte read from it.
pub(crate) fn open(path: &Path, bar: &ProgressBar) -> Result<(impl BufRead + use<>, Rc<Cell<u8>>), TrainError> {
    let fail = |source| TrainError::File { path: path.to_owned(), source };
    let mut file = BufReader::new(bar.wrap_read(File::open(path).map_err(fail)?));
    let gzipped = file.fill_buf().map_err(fail)?.starts_with(&[0x1f, 0x8b]);
    let last = Rc::new(Cell::new(b'\n'));
    let inner: Box<dyn Read> =
        if gzipped { Box::new(flate2::bufread::MultiGzDecoder::new(file)) } else { Box::new(file) };
    let tail = Tail { inner, last: Rc::clone(&last) };
    Ok((BufReader::with_capacity(1 << 16, tail), last))
}

/// Reads a catalogue, a CSV file of which each row describes a product, and hands the products over.
///
/// # Errors
/// The first thing that is wrong with the file, as a [`TrainError`].
pub fn products(path: &Path, columns: &Columns, sink: &mut dyn FnMut(&RowItem)) -> Result<(), TrainError> {
    let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(open(path, &ProgressBar::hidden())?.0);
    let place: Rc<Path> = path.into();
    let broken = |error: csv::Error| {
        let line = error.position().map_or(0, csv::Position::line);
        bad(&place, line, "row", &error.to_string(), "comma-separated fields in UTF-8")
    };
    let header: Vec<String> =
        csv.headers().map_err(broken)?.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
    let places = Places::find(columns, &header, path, &["item"])?;
    let mut record = csv::StringRecord::new();
    while csv.read_record(&mut record).map_err(broken)? {
        let item = places.item(&record, &header, &place)?;
        if item.id.is_empty() {
            let line = record.position().map_or(0, csv::Position::line);
            return Err(bad(&place, line, places.name(2, &header), "", "a product id"));
        }
        sink(&item);
    }
    Ok(())
}

pub(super) fn bad(path: &Rc<Path>, line: u64, field: &str, found: &str, expected: &'static str) -> TrainError {
    TrainError::Row { path: path.to_path_buf(), line, field: field.into(), found: format!("\"{found}\""), expected }
}

pub(super) fn cents(price: f64) -> u32 {
    (price.max(0.0) * 100.0).round().min(f64::from(u32::MAX)) as u32
}

pub(super) fn kind_of(name: &str) -> Option<EventKind> {
    EventKind::from_name(match name {
        "view" => "view_item",
        "cart" => "add_to_cart",
        "click" => "select_item",
        other => other,
    })
}

fn json_row(line: &str, path: &Rc<Path>, number: u64) -> Result<Option<Row>, TrainError> {
    let fail = |field: &str, found: &str, expected| Err(bad(path, number, field, found, expected));
    let value: serde_json::Value = match serde_json::from_str(line) {
        Ok(value) => value,
        Err(error) => return fail("line", &error.to_string(), "one JSON object a line"),
    };
    let raw: RawEvent = match serde_json::from_value(value.clone()) {
        Ok(raw) => raw,
        Err(error) => {
            return fail("line", &error.to_string(), "an event {\"name\":…,\"params\":{\"items\":[…]},\"time_ms\":…}");
        }
    };
    let text = |name: &str| match &value[name] {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let when = ["time_ms", "event_timestamp", "time"]
        .iter()
        .map(|name| text(name))
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let Some(time_ms) = time::parse(&when) else {
        return fail("time_ms", &when, "milliseconds since 1970, or event_timestamp in microseconds");
    };
    let Some(kind) = kind_of(&raw.name) else { return Ok(None) };
    let items = raw.params.items.iter().map(|item| RowItem {
        id: item.item_id.0.clone(),
        category: item.category_path(),
        brand: item.item_brand.0.clone(),
        title: item.item_name.0.clone(),
        price_cents: cents(item.price.0.unwrap_or(0.0)),
        on_sale: item.is_on_sale(),
        ..RowItem::default()
    });
    let first =
        |names: [&str; 2]| names.iter().map(|name| text(name)).find(|text| !text.is_empty()).unwrap_or_default();
    Ok(Some(Row {
        time_ms,
        kind,
        items: items.collect(),
        session: first(["session", "session_id"]),
        user: first(["user", "user_pseudo_id"]),
        chain: raw.chain,
        context: raw.context,
        amount: raw.params.amount(kind),
        exposure: raw.params.exposure,
        offer: raw.params.offer.0,
        event_id: raw.event_id.0,
        currency: raw.params.currency.0,
        at: (Rc::clone(path), number),
    }))
}

/// Remembers the last byte that went through, and says what a gzip error means.
struct Tail<R> {
    inner: R,
    last: Rc<Cell<u8>>,
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "the gzip file is cut: copy it again"),
            _ => error,
        })?;
        if let Some(last) = buffer[..read].last() {
            self.last.set(*last);
        }
        Ok(read)
    }
}
