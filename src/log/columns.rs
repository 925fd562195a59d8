//! The fields of an event, and the CSV columns that hold them.
//!
//! Most logs are understood without a word, because each field knows the usual names of its column. Where a
//! shop's names differ, [`Columns`] maps them.

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
}

impl Field {
    /// Every field, with its name in `--map` and the column names that are understood without it.
    const ALL: [(Self, &str, &[&str]); 25] = [
        (Self::Time, "time", &["event_time", "time", "timestamp", "event_timestamp", "time_ms"]),
        (Self::Event, "event", &["event_type", "event_name", "event", "name"]),
        (Self::Item, "item", &["product_id", "item_id", "item", "sku"]),
        (Self::Category, "category", &["category_code", "item_category", "category"]),
        (Self::CategoryId, "category_id", &["category_id"]),
        (Self::Brand, "brand", &["brand", "item_brand"]),
        (Self::Price, "price", &["price"]),
        (Self::Title, "title", &["title", "item_name", "product_name"]),
        (Self::Image, "image", &["image", "image_url"]),
        (Self::Images, "images", &["images"]),
        (Self::Url, "url", &["url", "link", "product_url"]),
        (Self::Session, "session", &["user_session", "session_id", "session"]),
        (Self::User, "user", &["user_id", "user", "visitor_id"]),
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

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(field, _, _)| *field)
    }
}

/// Column names given by the user, each with its field.
#[derive(Clone, Debug, Default)]
pub struct Columns(Vec<(Field, String)>);

impl Columns {
    /// Reads `field=column,field=column`.
    ///
    /// # Errors
    /// A sentence, if a field is not one of those an event has.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = || Field::ALL.map(|(_, name, _)| name).join(", ");
        let pair = |pair: &str| {
            let split =
                pair.split_once('=').and_then(|(field, column)| Some((Field::from_name(field)?, column.to_owned())));
            split.ok_or_else(|| {
                format!("\"{pair}\" maps no field; expected FIELD=COLUMN with one of the fields {}", known())
            })
        };
        text.split(',').filter(|part| !part.is_empty()).map(pair).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a column holds a field: the user's column, or else one of the usual names.
    pub(super) fn is_column(&self, field: Field, name: &str) -> bool {
        match self.0.iter().find(|(mapped, _)| *mapped == field) {
            Some((_, column)) => column.eq_ignore_ascii_case(name),
            None => field.usual_columns().iter().any(|usual| usual.eq_ignore_ascii_case(name)),
        }
    }

    /// The place of a field's column in a header: the user's column, or else the first usual name found.
    fn place(&self, field: Field, header: &[String]) -> Option<usize> {
        let at = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
        match self.0.iter().find(|(mapped, _)| *mapped == field) {
            Some((_, column)) => at(column),
            None => field.usual_columns().iter().find_map(|name| at(name)),
        }
    }
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
    fn fields_stand_in_order_of_their_numbers() {
        assert!(Field::ALL.iter().enumerate().all(|(at, (field, _, _))| *field as usize == at));
    }
}
