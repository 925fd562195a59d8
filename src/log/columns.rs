//! The fields of an event, and the CSV columns that hold them.
//!
//! Most logs are understood without a word, because each field knows the usual names of its column. Where a
//! shop's names differ, [`Columns`] maps them. It maps values of the event column, too: `event=type,event=1:view_item,2:purchase`
//! says that the column is `type`, and that `1` in it means `view_item`. So a text with a colon behind `event=` is a value, and
//! parts without `=` behind it are more of them.
//!
//! A usual name is compared by its letters and digits alone: `Event Time`, `eventTime` and `event_time` are one.

use super::error::LogError;
use super::names::{self, nearest};
use crate::event::EventKind;
use std::path::Path;

/// A field that an event of a log can have. The order is that of `ALL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// When it happened.
    Time,
    /// What was done.
    Event,
    /// Id of the product.
    Item,
    /// Category path of the product.
    Category,
    /// Category of the product where it has no path.
    CategoryId,
    /// Brand of the product.
    Brand,
    /// Price of the product, in whole units of the currency.
    Price,
    /// Title of the product.
    Title,
    /// Picture of the product.
    Image,
    /// Pictures of the product, with tags.
    Images,
    /// Link of the product.
    Url,
    /// The log's own session.
    Session,
    /// Who it was: sessions are parted by time.
    User,
    /// ISO 4217 code of the prices.
    Currency,
    /// Traffic source of the visit.
    Source,
    /// Medium of the visit, which often names the traffic source more precisely.
    Medium,
    /// Campaign of the visit.
    Campaign,
    /// Device of the visit.
    Device,
    /// Landing page of the visit.
    Landing,
    /// Arm of a randomised offer.
    Offer,
    /// By how much the product was reduced.
    Discount,
    /// Percent of the page that was scrolled.
    Scrolled,
    /// Milliseconds of engagement.
    Engaged,
    /// Continent of the visit.
    Region,
    /// Whether the product can be had.
    Stock,
    /// When the shop listed the product; only in a catalogue.
    Listed,
    /// Name of the event, against repeats.
    EventId,
    /// Number of the row, rising with every event. Files have an order of their own; a table of a warehouse has none, and there
    /// it parts events of one millisecond.
    Order,
}

impl Field {
    /// Every field, with its name in `--map` and the column names that are understood without it.
    const ALL: [(Self, &str, &[&str]); 28] = [
        (Self::Time, "time", &["event_time", "time", "timestamp", "event_timestamp", "time_ms"]),
        (Self::Event, "event", &["event_type", "event_name", "event", "name", "type", "action", "behavior_type"]),
        (Self::Item, "item", &["product_id", "item_id", "item", "sku", "product"]),
        (Self::Category, "category", &["category_code", "item_category", "category"]),
        (Self::CategoryId, "category_id", &["category_id"]),
        (Self::Brand, "brand", &["brand", "item_brand"]),
        (Self::Price, "price", &["price"]),
        (Self::Title, "title", &["title", "item_name", "product_name"]),
        (Self::Image, "image", &["image", "image_url"]),
        (Self::Images, "images", &["images"]),
        (Self::Url, "url", &["url", "link", "product_url"]),
        (Self::Session, "session", &["user_session", "session_id", "session"]),
        (Self::User, "user", &["user_id", "user", "visitor_id", "customer_id", "client_id"]),
        (Self::Currency, "currency", &["currency"]),
        (Self::Source, "source", &["utm_source", "source", "traffic_source"]),
        (Self::Medium, "medium", &["utm_medium", "medium"]),
        (Self::Campaign, "campaign", &["utm_campaign", "campaign"]),
        (Self::Device, "device", &["device", "device_category"]),
        (Self::Landing, "landing", &["landing_page", "landing", "page_location"]),
        (Self::Offer, "offer", &["offer", "offer_arm"]),
        (Self::Discount, "discount", &["discount"]),
        (Self::Scrolled, "scrolled", &["percent_scrolled"]),
        (Self::Engaged, "engaged", &["engagement_time_msec"]),
        (Self::Region, "region", &["region", "continent"]),
        (Self::Stock, "stock", &["stock", "availability", "in_stock"]),
        (Self::Listed, "listed", &["listed", "listed_at", "created", "created_at", "date_added", "published_at"]),
        (Self::EventId, "event_id", &["event_id"]),
        (Self::Order, "order", &["event_order", "row_number"]),
    ];

    /// Number of fields.
    const COUNT: usize = Self::ALL.len();

    /// All fields.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|(field, ..)| field)
    }

    /// The field's name in `--map`.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The column names that are understood as this field.
    pub fn usual_columns(self) -> &'static [&'static str] {
        Self::ALL[self as usize].2
    }

    /// The field of a name in a part of `--map`.
    fn of_name(part: &str, name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(_, known, _)| *known == name);
        found.map(|(field, ..)| *field).ok_or_else(|| Self::unknown(part, name))
    }

    fn unknown(part: &str, name: &str) -> String {
        let known = Self::ALL.map(|(_, name, _)| name);
        format!(
            "\"{part}\" maps no field{}; expected FIELD=COLUMN with one of the fields {}",
            nearest(name, &known),
            known.join(", ")
        )
    }
}

/// Column names given by the user, each with its field, and the values of the event column with what they mean.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    named: Vec<(Field, String)>,
    values: Vec<(String, EventKind)>,
}

impl Columns {
    /// Reads `field=column,field=column,event=value:name,value:name`.
    ///
    /// # Errors
    /// A sentence, if a field is not one of those an event has or has two columns, or if a value is mapped to no event.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut columns = Self::default();
        let mut in_values = false;
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (field, to) = match part.split_once('=') {
                Some((name, to)) => (Some(Field::of_name(part, name.trim())?), to.trim()),
                None => (None, part),
            };
            in_values = match field {
                Some(field) => field == Field::Event && to.contains(':'),
                None => in_values,
            };
            match (to.rsplit_once(':'), field) {
                (Some((value, name)), _) if in_values => columns.add_value(part, value, name)?,
                (_, Some(_)) if to.is_empty() => {
                    return Err(format!("\"{part}\" names no column; expected FIELD=COLUMN"));
                }
                (_, Some(field)) if columns.named.iter().any(|(named, _)| *named == field) => {
                    return Err(format!("\"{part}\" is a second column of one field; expected one"));
                }
                (_, Some(field)) => columns.named.push((field, to.to_owned())),
                (_, None) => return Err(Field::unknown(part, part)),
            }
        }
        Ok(columns)
    }

    fn add_value(&mut self, part: &str, value: &str, name: &str) -> Result<(), String> {
        let kind = names::kind_of(name.trim()).ok_or_else(|| {
            let known = EventKind::ALL.map(|(name, _)| name);
            format!(
                "\"{part}\" maps a value to no event{}; expected VALUE:NAME with one of the names {}",
                nearest(name, &known),
                known.join(", ")
            )
        })?;
        self.values.push((value.trim().to_owned(), kind));
        Ok(())
    }

    /// The kind of event that the log means by a name: the user's word, or else GA4's.
    pub(super) fn kind(&self, name: &str) -> Option<EventKind> {
        let mapped = self.values.iter().find(|(value, _)| value == name).map(|(_, kind)| *kind);
        mapped.or_else(|| names::kind_of(name))
    }

    /// The fields that a header has columns for, each with its column.
    #[cfg(feature = "train")]
    pub(crate) fn found(&self, header: &[String]) -> Vec<(Field, String)> {
        let places = Places::find(self, header);
        let column = |field: Field| places.of(field).map(|place| (field, header[place].clone()));
        Field::all().filter_map(column).collect()
    }

    /// Every name of an event, with what the log means by it.
    #[cfg(feature = "train")]
    pub(crate) fn meanings(&self) -> Vec<(String, EventKind)> {
        let own = self.values.iter().cloned();
        let known = names::all().filter(|(name, _)| !self.values.iter().any(|(value, _)| value == name));
        own.chain(known.map(|(name, kind)| (name.to_owned(), kind))).collect()
    }

    /// Whether the user names a column for a field.
    pub(super) fn names(&self, field: Field) -> bool {
        self.named.iter().any(|(named, _)| *named == field)
    }

    /// The fields that the user maps to columns.
    pub(super) fn mapped(&self) -> String {
        self.named.iter().map(|(field, _)| field.name()).collect::<Vec<_>>().join(", ")
    }

    /// Checks that every column which the user names is in a header or `elsewhere`, the columns of the shop's other file: a
    /// catalogue has columns that a log lacks, and the other way round.
    ///
    /// # Errors
    /// [`LogError::Mapped`] with the first one that is not there.
    pub(super) fn check(&self, path: &Path, header: &[String], elsewhere: &[String]) -> Result<(), LogError> {
        let is_there = |wanted: &str| header.iter().chain(elsewhere).any(|column| column.eq_ignore_ascii_case(wanted));
        let Some((field, column)) = self.named.iter().find(|(_, column)| !is_there(column)) else { return Ok(()) };
        let known: Vec<&str> = header.iter().map(String::as_str).collect();
        Err(LogError::Mapped {
            path: path.to_owned(),
            field: field.name(),
            column: column.clone(),
            found: header.join(", "),
            hint: nearest_column(column, &known),
        })
    }

    /// Whether a column holds a field: the user's column, or else one of the usual names.
    pub(super) fn is_column(&self, field: Field, name: &str) -> bool {
        match self.named.iter().find(|(mapped, _)| *mapped == field) {
            Some((_, column)) => column.eq_ignore_ascii_case(name),
            None => field.usual_columns().iter().any(|usual| is_same(usual, name)),
        }
    }

    /// The place of a field's column in a header: the user's column, or else the first usual name found.
    fn place(&self, field: Field, header: &[String]) -> Option<usize> {
        match self.named.iter().find(|(mapped, _)| *mapped == field) {
            Some((_, mapped)) => header.iter().position(|column| column.eq_ignore_ascii_case(mapped)),
            None => {
                let at = |name: &&str| header.iter().position(|column| is_same(column, name));
                field.usual_columns().iter().find_map(at)
            }
        }
    }
}

/// The nearest column as a question, or else one that contains the name or is contained in it; empty if there is none.
fn nearest_column(wanted: &str, known: &[&str]) -> String {
    let near = nearest(wanted, known);
    let lower = wanted.to_lowercase();
    let is_like = |column: &&&str| {
        let column = column.to_lowercase();
        !column.is_empty() && (column.contains(&lower) || lower.contains(&column))
    };
    let like = known.iter().find(is_like).filter(|_| near.is_empty());
    like.map_or(near, |column| format!("; did you mean {column}?"))
}

/// Whether two names have the same letters and digits.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    fn of(name: &str) -> impl Iterator<Item = char> {
        name.chars().filter(|letter| !matches!(letter, ' ' | '_' | '-' | '.')).flat_map(char::to_lowercase)
    }
    of(one).eq(of(other))
}

/// Where the fields stand in the rows of one file.
pub(super) struct Places([Option<usize>; Field::COUNT]);

impl Places {
    /// Looks every field up in a header.
    pub(super) fn find(columns: &Columns, header: &[String]) -> Self {
        Self(Field::ALL.map(|(field, _, _)| columns.place(field, header)))
    }

    /// The place of a field's column; `None` if the file has none.
    pub(super) fn of(&self, field: Field) -> Option<usize> {
        self.0[field as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_values_of_events_are_mapped_together_in_any_order() {
        use EventKind::{AddToWishlist, Purchase, ViewItem};
        for text in [
            "time=event_time,event=type,event=1:view_item,2:purchase,3:add_to_wishlist",
            "event=1:view_item,2:purchase,3:add_to_wishlist,event=type,time=event_time",
            " event=type, event=1:view, event=2:purchase,3:add_to_wishlist,time=event_time,",
        ] {
            let columns = Columns::parse(text).unwrap();
            assert_eq!(columns.mapped().len(), "time, event".len(), "{text}");
            let kinds = ["1", "2", "3", "4", "view"].map(|name| columns.kind(name));
            assert_eq!(kinds, [Some(ViewItem), Some(Purchase), Some(AddToWishlist), None, Some(ViewItem)], "{text}");
        }
        let xdm = Columns::parse("event=shop:buy:purchase").unwrap();
        assert_eq!(xdm.kind("shop:buy"), Some(Purchase), "the last colon parts value and name");
    }

    #[test]
    fn a_wrong_map_is_refused_with_what_was_meant() {
        for (text, words) in [
            ("tim=when", "\"tim=when\" maps no field; did you mean time?"),
            ("event=1:view_itm", "\"event=1:view_itm\" maps a value to no event; did you mean view_item?"),
            ("event=1:view_item,2:buyy", "expected VALUE:NAME"),
            ("time=a,2:purchase", "\"2:purchase\" maps no field"),
            ("time=a,time=b", "\"time=b\" is a second column of one field"),
            ("time=", "names no column"),
        ] {
            let error = Columns::parse(text).unwrap_err();
            assert!(error.contains(words), "no {words:?} in: {error}");
        }
    }

    #[test]
    fn a_usual_name_is_known_by_its_letters() {
        let header = ["Event Time", "SessionId", "itemID", "timestamps"].map(str::to_owned);
        let places = Places::find(&Columns::default(), &header);
        let found = [Field::Time, Field::Session, Field::Item, Field::Brand].map(|field| places.of(field));
        assert_eq!(found, [Some(0), Some(1), Some(2), None]);
    }

    #[test]
    fn fields_stand_in_order_of_their_numbers() {
        assert!(Field::ALL.iter().enumerate().all(|(at, (field, _, _))| *field as usize == at));
    }
}
