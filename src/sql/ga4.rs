//! GA4's export as a table with a row for each event and product, read where it lies.
//!
//! The export has a record for each event, with its parameters and products nested in it. What becomes of a record is what the
//! log's own reader makes of it (`log::ga4`): a session is `user_pseudo_id` and `ga_session_id` together, a transaction counts
//! once, what was not set says nothing, and the source of a visitor's first visit ever is that of no other visit.
//!
//! An event that is about no product has one row, whatever it lists. The products of an event keep their order, and events of
//! one millisecond that of their microseconds.

use super::dialect::Dialect;
use crate::log::NOT_SET;

/// The columns of the rows, by names that a log may have.
pub(super) const COLUMNS: [&str; 22] = [
    "event_time",
    "event_order",
    "event_name",
    "item_id",
    "item_category",
    "item_brand",
    "item_name",
    "price",
    "discount",
    "session_id",
    "user_id",
    "event_id",
    "currency",
    "offer",
    "percent_scrolled",
    "engagement_time_msec",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "device",
    "landing_page",
    "region",
];

/// What is read of a record.
enum Kind {
    /// A text, or a number that is read as one: the export writes some in quotes.
    Text,
    Record(&'static [&'static str]),
    List(&'static [&'static str]),
    /// A list of keys with typed values.
    Parameters,
}

/// The types that a parameter's value may have, of which the first that is set counts.
const VALUES: [&str; 4] = ["double_value", "float_value", "int_value", "string_value"];
const LEVELS: [&str; 5] = ["item_category", "item_category2", "item_category3", "item_category4", "item_category5"];

/// The columns of the export that are read.
const RECORD: [(&str, Kind); 10] = [
    ("event_timestamp", Kind::Text),
    ("event_name", Kind::Text),
    ("user_pseudo_id", Kind::Text),
    ("event_params", Kind::Parameters),
    (
        "items",
        Kind::List(&[
            "item_id",
            "item_name",
            "item_brand",
            LEVELS[0],
            LEVELS[1],
            LEVELS[2],
            LEVELS[3],
            LEVELS[4],
            "price",
            "discount",
        ]),
    ),
    ("collected_traffic_source", Kind::Record(&["manual_medium", "manual_source", "manual_campaign_name"])),
    ("traffic_source", Kind::Record(&["medium", "source", "name"])),
    ("device", Kind::Record(&["category"])),
    ("geo", Kind::Record(&["continent"])),
    ("ecommerce", Kind::Record(&["transaction_id"])),
];

/// The columns of the export with their types, as an engine wants to be told that opens JSON lines. Empty for the others.
pub(super) fn types(dialect: Dialect) -> String {
    let text = dialect.text();
    let separator = match dialect {
        Dialect::DuckDb => " ",
        Dialect::Spark => ": ",
        Dialect::BigQuery | Dialect::Snowflake => return String::new(),
    };
    let is_duckdb = dialect == Dialect::DuckDb;
    let struct_of = |fields: String| if is_duckdb { format!("STRUCT({fields})") } else { format!("STRUCT<{fields}>") };
    let list_of = |record: String| if is_duckdb { format!("{record}[]") } else { format!("ARRAY<{record}>") };
    let record = |fields: &[&str]| {
        let fields: Vec<String> = fields.iter().map(|field| format!("{field}{separator}{text}")).collect();
        struct_of(fields.join(", "))
    };
    let column = |(name, kind): &(&str, Kind)| {
        let type_of = match kind {
            Kind::Text => text.to_owned(),
            Kind::Record(fields) => record(fields),
            Kind::List(fields) => list_of(record(fields)),
            Kind::Parameters => {
                list_of(struct_of(format!("key{separator}{text}, value{separator}{}", record(&VALUES))))
            }
        };
        if is_duckdb { format!("{name}: '{type_of}'") } else { format!("{name} {type_of}") }
    };
    RECORD.iter().map(column).collect::<Vec<_>>().join(", ")
}

/// The words of one engine.
struct Words(Dialect);

impl Words {
    /// A text that was set; nothing for any other.
    fn stated(&self, text: &str) -> String {
        let unset: Vec<String> = [""].iter().chain(&NOT_SET).map(|word| self.0.quoted(word)).collect();
        format!("CASE WHEN {text} NOT IN ({}) THEN {text} END", unset.join(", "))
    }

    /// A value as a text.
    fn text(&self, value: &str) -> String {
        format!("CAST({value} AS {})", self.0.text())
    }

    /// A field of a record, as a text that was set.
    fn field(&self, record: &str, field: &str) -> String {
        let sign = if self.0 == Dialect::Snowflake { ':' } else { '.' };
        self.stated(&self.text(&format!("{record}{sign}{field}")))
    }

    /// A field of a product.
    fn of_item(&self, field: &str) -> String {
        self.field(if self.0 == Dialect::Snowflake { "item.value" } else { "item" }, field)
    }

    /// A text that is a number; nothing for any other. A record with a broken number says the rest all the same.
    fn number(&self, text: &str) -> String {
        let text = format!("TRIM({text})");
        format!("CASE WHEN {} THEN {text} END", self.0.is_plain(&text))
    }

    /// A parameter by its key; of equal keys the last one.
    fn parameter(&self, key: &str) -> String {
        let key = self.0.quoted(key);
        let texts = |value: &str, sign: char| {
            let texts: Vec<String> = VALUES.iter().map(|field| self.text(&format!("{value}{sign}{field}"))).collect();
            format!("COALESCE({})", texts.join(", "))
        };
        let value = match self.0 {
            Dialect::DuckDb => {
                texts(&format!("LIST_FILTER(event_params, LAMBDA entry: entry.key = {key})[-1].value"), '.')
            }
            Dialect::Spark => {
                texts(&format!("TRY_ELEMENT_AT(FILTER(event_params, entry -> entry.key = {key}), -1).value"), '.')
            }
            Dialect::BigQuery => {
                format!(
                    "(SELECT {} FROM UNNEST(event_params) WITH OFFSET AS at WHERE key = {key} ORDER BY at DESC LIMIT 1)",
                    texts("value", '.')
                )
            }
            Dialect::Snowflake => {
                let found = format!("FILTER(event_params, entry -> entry:key::VARCHAR = {key})");
                texts(&format!("GET({found}, ARRAY_SIZE({found}) - 1):value"), ':')
            }
        };
        self.stated(&value)
    }

    /// The levels of a category as a path.
    fn path(&self) -> String {
        let levels = LEVELS.map(|level| self.of_item(level)).join(", ");
        match self.0 {
            Dialect::DuckDb | Dialect::Spark => format!("CONCAT_WS('.', {levels})"),
            Dialect::BigQuery => format!("ARRAY_TO_STRING([{levels}], '.')"),
            Dialect::Snowflake => format!("ARRAY_TO_STRING(ARRAY_CONSTRUCT_COMPACT({levels}), '.')"),
        }
    }

    /// The export with a row for each product of an event, `item`, and its place, `nth`; one for an event without any.
    fn unnested(&self, export: &str) -> String {
        match self.0 {
            Dialect::DuckDb => format!(
                "(\n  SELECT *, UNNEST(CASE WHEN LEN(items) > 0 THEN items ELSE [NULL] END) AS item,\n    \
                 UNNEST(RANGE(GREATEST(COALESCE(LEN(items), 0), 1))) AS nth\n  FROM {export}\n) AS event"
            ),
            Dialect::Spark => format!("{export}\nLATERAL VIEW OUTER POSEXPLODE(items) products AS nth, item"),
            Dialect::BigQuery => format!("{export}\nLEFT JOIN UNNEST(items) AS item WITH OFFSET AS nth"),
            Dialect::Snowflake => format!("{export}, LATERAL FLATTEN(INPUT => items, OUTER => TRUE) AS item"),
        }
    }
}

/// A query that makes rows of the export. `naming` are the names of events that are about products.
pub(super) fn rows(dialect: Dialect, export: &str, naming: &[&str]) -> String {
    let words = Words(dialect);
    let nth = if dialect == Dialect::Snowflake { "item.index" } else { "nth" };
    let micros = dialect.number(&words.text("event_timestamp"));
    let whole = dialect.whole();
    let (user, session) = (words.stated(&words.text("user_pseudo_id")), words.parameter("ga_session_id"));
    let transaction =
        format!("COALESCE({}, {})", words.field("ecommerce", "transaction_id"), words.parameter("transaction_id"));
    // What the visit's own parameters say, and of a first visit what is known of the visitor.
    let came = |manual: &str, key: &str, of_first: &str| {
        let stated = [words.field("collected_traffic_source", manual), words.parameter(key)].join(", ");
        let (number, first) = (words.parameter("ga_session_number"), words.field("traffic_source", of_first));
        format!("COALESCE({stated}, CASE WHEN {number} = '1' THEN {first} END)")
    };
    let naming: Vec<String> = naming.iter().map(|name| dialect.quoted(name)).collect();
    let values = [
        words.text("event_timestamp"),
        format!("MOD(CAST({micros} AS {whole}), 1000) * 1000 + COALESCE({nth}, 0)"),
        "event_name".into(),
        words.of_item("item_id"),
        words.path(),
        words.of_item("item_brand"),
        words.of_item("item_name"),
        words.number(&words.of_item("price")),
        words.number(&words.of_item("discount")),
        format!("({user}) || '.' || ({session})"),
        user.clone(),
        format!("CASE WHEN event_name = 'purchase' THEN 'purchase ' || {transaction} END"),
        words.parameter("currency"),
        words.parameter("offer"),
        words.number(&words.parameter("percent_scrolled")),
        words.number(&words.parameter("engagement_time_msec")),
        came("manual_source", "source", "source"),
        came("manual_medium", "medium", "medium"),
        came("manual_campaign_name", "campaign", "name"),
        words.field("device", "category"),
        words.parameter("page_location"),
        words.field("geo", "continent"),
    ];
    let columns: Vec<String> = values.iter().zip(COLUMNS).map(|(value, name)| format!("{value} AS {name}")).collect();
    format!(
        "-- GA4's export with a row for each event and product.\nSELECT {}\nFROM {}\nWHERE event_name IN ({}) OR COALESCE({nth}, 0) = 0",
        columns.join(",\n  "),
        words.unnested(export),
        naming.join(", "),
    )
}
