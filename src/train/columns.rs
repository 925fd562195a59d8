//! The columns of a CSV file: which hold which field of an event, and a row read by them.

use super::read::{Row, RowItem, bad, cents, kind_of};
use super::{TrainError, time};
use crate::context::{Context, Device, LocalTime, Region, Source, key_of, landing_of};
use crate::event::{Number, RawParams};
use std::path::Path;
use std::rc::Rc;

/// The fields an event can have, with the column names that are understood without `--map`.
const FIELDS: [(&str, &[&str]); 24] = [
    ("time", &["event_time", "time", "timestamp", "event_timestamp", "time_ms"]),
    ("event", &["event_type", "event_name", "event", "name"]),
    ("item", &["product_id", "item_id", "item", "sku"]),
    ("category", &["category_code", "item_category", "category"]),
    ("category_id", &["category_id"]),
    ("brand", &["brand", "item_brand"]),
    ("price", &["price"]),
    ("title", &["title", "item_name", "product_name"]),
    ("image", &["image", "image_url"]),
    ("url", &["url", "link", "product_url"]),
    ("session", &["user_session", "session_id", "session"]),
    ("user", &["user_id", "user", "visitor_id"]),
    ("currency", &["currency"]),
    ("source", &["utm_source", "source", "traffic_source"]),
    ("medium", &["utm_medium", "medium"]),
    ("campaign", &["utm_campaign", "campaign"]),
    ("device", &["device", "device_category"]),
    ("landing", &["landing_page", "landing", "page_location"]),
    ("offer", &["offer", "offer_arm"]),
    ("discount", &["discount"]),
    ("scrolled", &["percent_scrolled"]),
    ("engaged", &["engagement_time_msec"]),
    ("region", &["region", "continent"]),
    ("stock", &["stock", "availability", "in_stock"]),
];

/// The fields an event can have, each with the column names that are understood without `--map`.
pub fn fields() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    FIELDS.into_iter()
}

/// Column names given by the user: (field, column).
#[derive(Clone, Debug, Default)]
pub struct Columns(Vec<(String, String)>);

impl Columns {
    /// Reads `field=column,field=column`.
    ///
    /// # Errors
    /// A sentence, if a field is not one of those an event has.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = || FIELDS.map(|(field, _)| field).join(", ");
        let pair = |pair: &str| match pair.split_once('=') {
            Some((field, column)) if FIELDS.iter().any(|(known, _)| *known == field) => {
                Ok((field.to_owned(), column.to_owned()))
            }
            _ => Err(format!("\"{pair}\" maps no field; expected FIELD=COLUMN with one of the fields {}", known())),
        };
        text.split(',').filter(|part| !part.is_empty()).map(pair).collect::<Result<_, _>>().map(Self)
    }

    fn place(&self, header: &[String], field: &str) -> Option<usize> {
        let at = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
        if let Some((_, column)) = self.0.iter().find(|(mapped, _)| mapped == field) {
            return at(column);
        }
        FIELDS.iter().find(|(known, _)| *known == field)?.1.iter().find_map(|name| at(name))
    }
}

/// Where the fields of a CSV row stand.
pub(super) struct Places([Option<usize>; FIELDS.len()]);

impl Places {
    /// `needed` fields must have a column; a user's will do for a session's.
    pub(super) fn find(columns: &Columns, header: &[String], path: &Path, needed: &[&str]) -> Result<Self, TrainError> {
        let places = Self(FIELDS.map(|(field, _)| columns.place(header, field)));
        let missing = FIELDS.iter().enumerate().find(|(at, (field, _))| {
            let instead = *field == "session" && places.0[11].is_some();
            places.0[*at].is_none() && needed.contains(field) && !instead
        });
        match missing {
            None => Ok(places),
            Some((_, (field, names))) => Err(TrainError::Column {
                path: path.to_owned(),
                missing: field,
                found: header.join(", "),
                expected: names.join(" or "),
            }),
        }
    }

    /// The product a row names.
    pub(super) fn item(
        &self,
        record: &csv::StringRecord,
        header: &[String],
        path: &Rc<Path>,
    ) -> Result<RowItem, TrainError> {
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != header.len() {
            let found = format!("{} fields", record.len());
            return Err(TrainError::Row {
                path: path.to_path_buf(),
                line,
                field: "row".into(),
                found,
                expected: "as many fields as the header has",
            });
        }
        let text = |at: usize| self.0[at].and_then(|place| record.get(place)).unwrap_or_default().trim();
        let price = self.number(6, record, header, path)?.unwrap_or_default();
        let category = if text(3).is_empty() { text(4) } else { text(3) };
        Ok(RowItem {
            id: text(2).into(),
            category: category.into(),
            brand: text(5).into(),
            title: text(7).into(),
            image: text(8).into(),
            url: text(9).into(),
            price_cents: cents(price),
            sold_out: matches!(
                text(23).to_ascii_lowercase().as_str(),
                "0" | "false" | "no" | "out_of_stock" | "out of stock" | "sold_out"
            ),
            on_sale: self.number(19, record, header, path)?.is_some_and(|discount| discount > 0.0),
        })
    }

    /// What the file calls a field.
    pub(super) fn name<'a>(&self, at: usize, header: &'a [String]) -> &'a str {
        self.0[at].and_then(|place| header.get(place)).map_or(FIELDS[at].0, String::as_str)
    }

    /// A field that is a number or empty.
    fn number(
        &self,
        at: usize,
        record: &csv::StringRecord,
        header: &[String],
        path: &Rc<Path>,
    ) -> Result<Option<f64>, TrainError> {
        let text = self.0[at].and_then(|place| record.get(place)).unwrap_or_default().trim();
        if text.is_empty() {
            return Ok(None);
        }
        let line = record.position().map_or(0, csv::Position::line);
        let name = self.name(at, header);
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.map(Some).ok_or_else(|| bad(path, line, name, text, "a number"))
    }

    /// Where the visit came from; `None` if no column tells. The hour is the event's own, in UTC.
    fn context(&self, record: &csv::StringRecord) -> Option<Context> {
        if self.0[13..=17].iter().all(Option::is_none) {
            return None;
        }
        let text = |at: usize| self.0[at].and_then(|place| record.get(place)).unwrap_or_default().trim();
        let words = [text(14), text(13)].map(str::to_ascii_lowercase);
        Some(Context {
            source: words.iter().find_map(|word| Source::from_word(word)).unwrap_or_default(),
            campaign: key_of(text(15)),
            device: Device::from_word(&text(16).to_ascii_lowercase()).unwrap_or_default(),
            landing: landing_of(text(17)),
            time: LocalTime::UNKNOWN,
            region: Region::from_word(text(22)),
        })
    }

    pub(super) fn row(
        &self,
        record: &csv::StringRecord,
        header: &[String],
        path: &Rc<Path>,
    ) -> Result<Option<Row>, TrainError> {
        let item = self.item(record, header, path)?;
        let line = record.position().map_or(0, csv::Position::line);
        let text = |at: usize| self.0[at].and_then(|place| record.get(place)).unwrap_or_default().trim();
        let name = |at: usize| self.name(at, header);
        let time_ms = time::parse(text(0)).ok_or_else(|| {
            bad(path, line, name(0), text(0), "epoch seconds or milliseconds, 2019-10-01 00:00:00 UTC, or RFC 3339")
        })?;
        let Some(kind) = kind_of(text(1)) else { return Ok(None) };
        if item.id.is_empty() && kind.names_items() {
            return Err(bad(path, line, name(2), "", "a product id"));
        }
        let params = RawParams {
            percent_scrolled: Number(self.number(20, record, header, path)?),
            engagement_time_msec: Number(self.number(21, record, header, path)?),
            ..RawParams::default()
        };
        Ok(Some(Row {
            time_ms,
            kind,
            items: vec![item],
            context: self.context(record),
            offer: text(18).into(),
            amount: params.amount(kind),
            exposure: None,
            session: text(10).into(),
            user: text(11).into(),
            chain: None,
            event_id: String::new(),
            currency: text(12).into(),
            at: (Rc::clone(path), line),
        }))
    }
}
