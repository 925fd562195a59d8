//! The statements in their order, in the words of an engine.
//!
//! They are in two parts. The first reads the shop's table and needs to know nothing else; its sample is what kernels are chosen
//! on. The second counts pairs by these kernels. Between the parts only the clicks are kept.

use super::dialect::Dialect;
use super::source::{DETAILS, FACTS, Source, kept};
use crate::event::EventKind;
use crate::log::Field;
use crate::model::TRAIL;
use crate::train::sums::MOST;
use crate::train::trails::{CUT, VISITS};
use crate::train::weights::{REACH, Weights};
use std::fmt::Write;
use std::ops::RangeInclusive;

/// Every name of a table begins so.
const PREFIX: &str = "slotwise_";

/// Where a step's result is held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    /// It is read more than once.
    Everywhere,
    /// One machine does one step at a time, since each takes all of its memory.
    Alone,
    Nowhere,
}

/// What is counted.
#[derive(Clone, Debug)]
pub struct Script<'a> {
    /// Whose words.
    pub dialect: Dialect,
    /// The shop's table.
    pub source: &'a Source,
    /// Where results go: a folder, or what the warehouse calls one.
    pub place: &'a str,
    /// The latest time an event may have, in milliseconds since 1970.
    pub latest_ms: u64,
    /// The times that can be believed.
    pub times_ms: RangeInclusive<u64>,
    /// The currency of the log; `None` for that of every row.
    pub currency: Option<&'a str>,
    /// Currencies of the shop's other locales: rows in one of them count, without their prices and titles.
    pub others: &'a [String],
    /// The most events of a sample.
    pub sample: u64,
}

/// What pairs are counted by.
#[derive(Clone, Copy, Debug)]
pub struct PairTerms<'a> {
    /// What each weighs.
    pub weights: &'a Weights,
    /// Visits that must have had both products.
    pub support: u32,
    /// Whether trails are wanted, too.
    pub trails: bool,
}

impl Script<'_> {
    /// The first part.
    pub fn first(&self) -> String {
        let (source, name) = self.source.define(self.dialect, &format!("{PREFIX}source"));
        let mut out = self.dialect.opening().to_owned() + &source;
        let mut inline: Vec<(String, String)> = Vec::new();
        let rows = |text: &str, inline: &[(String, String)]| {
            let mut text = text.trim_end().to_owned();
            for (name, query) in inline {
                text = text.replace(name, query);
            }
            self.filled(&text).replace("{source}", &name)
        };
        let single = if self.source.has(Field::EventId) {
            include_str!("statements/single.sql")
        } else {
            "SELECT *\nFROM {rows}"
        };
        for (name, text, held) in [
            ("every", include_str!("statements/every.sql"), Held::Nowhere),
            ("rows", include_str!("statements/rows.sql"), Held::Nowhere),
            ("single", single, Held::Nowhere),
            ("joined", include_str!("statements/joined.sql"), Held::Everywhere),
            ("visits", include_str!("statements/visits.sql"), Held::Nowhere),
            ("sessions", include_str!("statements/sessions.sql"), Held::Everywhere),
            ("totals", include_str!("statements/totals.sql"), Held::Everywhere),
            ("aged", include_str!("statements/aged.sql"), Held::Nowhere),
            ("told", include_str!("statements/told.sql"), Held::Everywhere),
            ("items", include_str!("statements/items.sql"), Held::Everywhere),
            ("named", include_str!("statements/named.sql"), Held::Alone),
            ("steps", include_str!("statements/steps.sql"), Held::Alone),
            ("numbered", include_str!("statements/numbered.sql"), Held::Alone),
            ("runs", include_str!("statements/runs.sql"), Held::Alone),
            ("returns", include_str!("statements/returns.sql"), Held::Alone),
            ("clicks", include_str!("statements/clicks.sql"), Held::Everywhere),
            ("lengths", include_str!("statements/lengths.sql"), Held::Everywhere),
        ] {
            let query = rows(text, &inline);
            let is_alone = self.dialect == Dialect::DuckDb;
            let is_held = held == Held::Everywhere || held == Held::Alone && is_alone;
            if is_held || self.dialect.has_views() {
                out += &self.dialect.define(&format!("{PREFIX}{name}"), &query, is_held);
            } else {
                inline.push((format!("{{{name}}}"), format!("(\n{query}\n)")));
            }
        }
        for (name, text) in [
            ("days", include_str!("statements/days.sql")),
            ("currencies", include_str!("statements/currencies.sql")),
            ("totals", "SELECT *\nFROM {totals}"),
            ("lengths", "SELECT *\nFROM {lengths}"),
            ("looks", include_str!("statements/looks.sql")),
            ("catalogue", include_str!("statements/catalogue.sql")),
            ("sample", include_str!("statements/sample.sql")),
        ] {
            out += &self.dialect.export(self.place, name, &rows(text, &inline));
        }
        out
    }

    /// What keeps the clicks for a second part in another process.
    pub fn keep(&self) -> String {
        match self.dialect {
            Dialect::Spark => format!(
                "INSERT OVERWRITE DIRECTORY {} USING parquet\nSELECT *\nFROM {PREFIX}clicks;\n",
                self.dialect.quoted(&format!("{}/clicks", self.place))
            ),
            // Its tables are in a file.
            _ => String::new(),
        }
    }

    /// What takes them up there.
    pub fn take_up(&self) -> String {
        let view = match self.dialect {
            Dialect::Spark => format!(
                "CREATE OR REPLACE TEMPORARY VIEW {PREFIX}clicks USING parquet OPTIONS (path {});\n",
                self.dialect.quoted(&format!("{}/clicks", self.place))
            ),
            _ => String::new(),
        };
        self.dialect.opening().to_owned() + &view
    }

    /// The second part: pairs, and trails if they are wanted.
    pub fn second(&self, terms: PairTerms<'_>) -> String {
        let PairTerms { weights, support, trails } = terms;
        let numbered = |all: &[u64], from: i64| -> Vec<[i64; 2]> {
            all.iter().zip(from..).map(|(weight, at)| [at, *weight as i64]).collect()
        };
        let mut near = Vec::new();
        for (distance, [later, before]) in (1..).zip(&weights.near) {
            for (deed, (later, before)) in (0..).zip(later.iter().zip(before)) {
                near.extend([[distance, deed, *later as i64], [-distance, deed, *before as i64]]);
            }
        }
        let define = |name: &str, query: &str, is_held| {
            self.dialect.define(&format!("{PREFIX}{name}"), query.trim_end(), is_held)
        };
        let filled = |text: &str| {
            let fewest = support.max(VISITS as u32);
            self.filled(text)
                .replace("{support}", &support.to_string())
                .replace("{visits_of_trail}", &fewest.to_string())
                .trim_end()
                .to_owned()
        };
        let mut out = define("ages", &self.dialect.table(["age", "weight"], &numbered(&weights.ages, 0)), true);
        out += &define("stays", &self.dialect.table(["clicks", "weight"], &numbered(&weights.stays, 1)), true);
        out += &define("near", &self.dialect.table(["steps", "deed", "weight"], &near), true);
        out += &define("weighed", &filled(include_str!("statements/weighed.sql")), true);
        let export = |name: &str, text: &str| self.dialect.export(self.place, name, &filled(text));
        out += &export("weights", include_str!("statements/weights.sql"));
        out += &export("pairs", include_str!("statements/pairs.sql"));
        if trails {
            out += &define("trail_places", &filled(include_str!("statements/trail_places.sql")), true);
            out += &define("trail_pairs", &filled(include_str!("statements/trail_pairs.sql")), true);
            out += &export("trails", include_str!("statements/trails.sql"));
        }
        out
    }

    /// A statement with everything in it that is the same in both parts, but for the shop's table.
    fn filled(&self, text: &str) -> String {
        let dialect = self.dialect;
        let mut text = text.replace("{by_user}", &self.by_user());
        let of_items = EventKind::ALL.into_iter().filter(|(_, kind)| kind.names_items());
        let of_items: Vec<String> = of_items.map(|(name, _)| dialect.quoted(name)).collect();
        let (texts, fields) = (self.source.texts(dialect), self.source.fields(dialect));
        let digest =
            format!("CONCAT(CAST(MIN(time_ms) AS {text}), ':', CAST(COUNT(*) AS {text}))", text = dialect.text());
        for (name, value) in [
            ("texts", texts),
            ("fields", fields),
            ("time_number", dialect.number("time_text")),
            ("latest", self.latest_ms.to_string()),
            ("of_items", of_items.join(", ")),
            ("of_currency", self.of_currency()),
            ("first", self.times_ms.start().to_string()),
            ("last", self.times_ms.end().to_string()),
            ("sample", self.sample.to_string()),
            ("facts", self.facts(text.contains("GROUP BY item"))),
            ("facts_told", self.told()),
            ("columns", self.sampled()),
            ("sha256", dialect.sha256(&digest)),
            ("text", dialect.text().into()),
            ("whole", dialect.whole().into()),
            ("moment", self.source.moment(dialect)),
            ("float", dialect.float().into()),
            ("bytes", dialect.bytes().into()),
            ("reach", REACH.to_string()),
            ("trail", TRAIL.to_string()),
            ("most", MOST.to_string()),
            ("followers", CUT.to_string()),
        ] {
            text = text.replace(&format!("{{{name}}}"), &value);
        }
        for table in [
            "every",
            "rows",
            "single",
            "joined",
            "visits",
            "sessions",
            "totals",
            "aged",
            "told",
            "items",
            "named",
            "steps",
            "numbered",
            "runs",
            "returns",
            "clicks",
            "lengths",
            "ages",
            "stays",
            "near",
            "weighed",
            "trail_places",
            "trail_pairs",
        ] {
            text = text.replace(&format!("{{{table}}}"), &format!("{PREFIX}{table}"));
        }
        text
    }

    /// Visits of users, if the shop's table names any.
    fn by_user(&self) -> String {
        if !self.source.has(Field::User) {
            return String::new();
        }
        let own = ["session_key", "user_key", "event_key", "currency", "time_ms", "kind", "item"].map(str::to_owned);
        let seq = self.source.has(Field::Order).then(|| "seq".to_owned());
        let mut columns: Vec<String> = own.into_iter().chain(seq).chain(self.source.kept().map(kept)).collect();
        columns.push("moment".into());
        if self.source.has(Field::EventId) {
            columns.push("nth".into());
        }
        include_str!("statements/by_user.sql").trim_end().replace("{columns}", &columns.join(", "))
    }

    fn of_currency(&self) -> String {
        let Some(currency) = self.currency else { return String::new() };
        let all = [currency, ""].into_iter().chain(self.others.iter().map(String::as_str));
        let all: Vec<String> = all.map(|currency| self.dialect.quoted(currency)).collect();
        format!("\nWHERE currency IN ({})", all.join(", "))
    }

    /// The facts of products: found in a group of rows, or as they were found.
    fn facts(&self, is_group: bool) -> String {
        let others: Vec<String> = self.others.iter().map(|currency| self.dialect.quoted(currency)).collect();
        let fact = |field: Field| {
            let name = kept(field);
            if !is_group {
                return format!(",\n  COALESCE(product.{name}, '') AS {}", field.name());
            }
            let says = match field {
                // A price of nothing says nothing.
                Field::Price => format!("{} >= 0.005", self.dialect.number(&name)),
                _ => format!("{name} <> ''"),
            };
            let is_own = if others.is_empty() || !matches!(field, Field::Price | Field::Title) {
                String::new()
            } else {
                format!(" AND currency NOT IN ({})", others.join(", "))
            };
            let when = |value: &str| format!("CASE WHEN {says}{is_own} THEN {value} END");
            format!(",\n    MAX_BY({}, {}) AS {name}", when(&name), when("moment"))
        };
        FACTS.into_iter().filter(|field| self.source.has(*field)).map(fact).collect()
    }

    /// The facts of products behind another column.
    fn told(&self) -> String {
        let found = FACTS.into_iter().filter(|field| self.source.has(*field)).map(kept);
        std::iter::once(String::new()).chain(found).collect::<Vec<_>>().join(", ")
    }

    /// The columns of a sample.
    fn sampled(&self) -> String {
        let mut columns = String::from(
            "event.visit AS session_id, event.time_ms AS event_time, event.kind AS event_type, event.item AS product_id",
        );
        if self.source.has(Field::Category) {
            // What products are is in the catalogue; lists of a category have it here.
            columns += ",\n  CASE WHEN event.item = '' THEN event.its_category ELSE '' END AS category";
        }
        for (field, name) in DETAILS.into_iter().filter(|(field, _)| self.source.has(*field)) {
            let _ = write!(columns, ",\n  event.{} AS {name}", kept(field));
        }
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Columns;
    use crate::train::kernel::Kernels;

    fn source(header: &str) -> Source {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        Source::table("shop.events", &header, &Columns::default()).unwrap()
    }

    fn script(dialect: Dialect, source: &Source) -> Script<'_> {
        let times_ms = 0..=1;
        Script { dialect, source, place: "out", latest_ms: 7, times_ms, currency: Some("EUR"), others: &[], sample: 9 }
    }

    #[test]
    fn every_dialect_fills_every_blank() {
        let whole = source(
            "time,event,item,category,brand,price,session,user,currency,event_id,event_order,utm_source,discount",
        );
        let least = source("time,event,item,user");
        let weights = Weights::of(&Kernels::default());
        for (name, dialect) in Dialect::ALL {
            for source in [&whole, &least] {
                let script = script(dialect, source);
                let terms = PairTerms { weights: &weights, support: 2, trails: true };
                let text = script.first() + &script.keep() + &script.take_up() + &script.second(terms);
                assert!(!text.contains(['{', '}']), "{name}: {text}");
                // What is defined is read by somebody, and nothing else is.
                for line in text.lines().filter(|line| line.starts_with("CREATE") || line.starts_with("CACHE")) {
                    let table = line.split(' ').find(|word| word.starts_with(PREFIX)).unwrap();
                    assert!(text.matches(table).count() > 1, "{name}: nobody reads {table}");
                }
            }
        }
    }

    #[test]
    fn names_and_texts_of_a_shop_are_quoted() {
        let columns = Columns::parse("event=what,event=it's \"new\":purchase").unwrap();
        let header = ["time", "wh\"at", "what", "item", "session"].map(str::to_owned);
        let source = Source::table("events", &header, &columns).unwrap();
        assert!(script(Dialect::DuckDb, &source).first().contains(r#"WHEN 'it''s "new"' THEN 'purchase'"#));
        assert!(script(Dialect::Spark, &source).first().contains(r#"WHEN 'it\'s "new"' THEN 'purchase'"#));
        assert_eq!(Dialect::DuckDb.name("a\"b"), "\"a\"\"b\"");
        assert_eq!(Dialect::Spark.name("a`b"), "`a``b`");
    }

    #[test]
    fn a_table_without_visits_is_refused() {
        let header = ["time", "event", "item"].map(str::to_owned);
        let error = Source::table("events", &header, &Columns::default()).unwrap_err().to_string();
        assert!(error.contains("events: no column for session; found time, event, item"), "{error}");
    }
}
