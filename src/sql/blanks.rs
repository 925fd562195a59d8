//! What fills the blanks of the first part's statements, made once for all of them.

use super::source::{DETAILS, FACTS, kept};
use super::terms::{PREFIX, Script};
use crate::context::Context;
use crate::event::EventKind;
use crate::log::{Field, way_of};
use std::fmt::Write;

/// The names of tables.
const TABLES: [&str; 29] = [
    "every", "rows", "single", "joined", "visits", "told", "items", "people", "machines", "ways", "cells", "sizes",
    "damped", "shares", "seen", "existing", "kept", "sessions", "totals", "aged", "votes", "agreed", "named", "steps",
    "numbered", "runs", "returns", "clicks", "lengths",
];
/// What strangers are heard about: the number of a field in `votes.sql`, its column, and where its word is.
const HEARD: [(Field, &str); 4] =
    [(Field::Category, "category"), (Field::Brand, "brand"), (Field::Title, "title"), (Field::Price, "price")];

/// Blanks with what fills them. Parts of statements come first: they have tables in them.
pub(super) struct Blanks {
    parts: Vec<(&'static str, String)>,
    words: Vec<(&'static str, String)>,
}

fn replaced(mut text: String, blanks: &[(&'static str, String)]) -> String {
    for (name, value) in blanks {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

impl Blanks {
    /// The blanks of a script.
    pub(super) fn of(script: &Script<'_>) -> Self {
        let (dialect, source) = (script.dialect, script.source);
        let (text, whole, float) = (dialect.text(), dialect.whole(), dialect.float());
        let names = |is_wanted: &dyn Fn(EventKind) -> bool| {
            let wanted = EventKind::ALL.into_iter().filter(|(_, kind)| is_wanted(*kind));
            wanted.map(|(name, _)| dialect.quoted(name)).collect::<Vec<_>>().join(", ")
        };
        let has_strangers = source.has_strangers();
        let of_strangers = |words: &str| if has_strangers { words.to_owned() } else { String::new() };
        let is_heard = script.are_strangers_heard();
        let digest = format!("CONCAT(CAST(MIN(time_ms) AS {text}), ':', CAST(COUNT(*) AS {text}))");
        let [own_ms, strangers_ms] = &script.times_ms;
        let events = if script.is_sifted() { "{kept}" } else { "{visits}" };
        let people = "\n    AND COUNT(*) <= 300\n    AND (COUNT(*) < 30 OR FLOOR(MAX(time_ms) / 1000.0) - \
                      FLOOR(MIN(time_ms) / 1000.0) >= COUNT(*))";
        let is_sure = if script.listed.is_some() {
            "CASE WHEN listed.item IS NULL THEN 0 ELSE 1 END"
        } else {
            "CASE WHEN product.own_ms IS NULL THEN 0 ELSE 1 END"
        };
        let listed = script.listed.map(|_| {
            format!(
                "\n    LEFT JOIN (SELECT DISTINCT item FROM {PREFIX}listed) AS listed ON listed.item = product.item"
            )
        });
        let needs_item = format!("\n  AND (item <> '' OR kind NOT IN ({}))", names(&EventKind::names_items));
        let exposures = format!("\n{}", include_str!("statements/exposures.sql").trim_end());
        let parts = vec![
            ("by_user", by_user(script)),
            ("exposures", of_strangers(&exposures)),
            ("came_from", of_strangers("\nLEFT JOIN {ways} AS came ON came.visit = event.visit")),
            ("buckets", format!("\n{}", include_str!("statements/buckets.sql").trim_end())),
            ("words", if is_heard { words() } else { of_strangers(SEEN) }),
            ("events", events.into()),
        ];
        let words = vec![
            ("texts", source.texts(dialect)),
            ("fields", source.fields(dialect)),
            ("time_number", dialect.number("time_text")),
            ("latest", script.latest_ms.to_string()),
            ("needs_item", if has_strangers { String::new() } else { needs_item }),
            ("of_currency", of_currency(script)),
            ("first", own_ms.start().to_string()),
            ("last", own_ms.end().to_string()),
            ("strangers_first", strangers_ms.start().to_string()),
            ("strangers_last", strangers_ms.end().to_string()),
            ("sample", script.sample.to_string()),
            ("facts_told", told(script)),
            ("facts_grouped", facts(script, true)),
            ("facts", facts(script, false)),
            ("first_seq", of_strangers(",\n  MIN(seq) AS first_seq")),
            ("first_at", if has_strangers { "first_seq" } else { "first_moment" }.into()),
            (
                "first_ms",
                if has_strangers {
                    "LEAST(COALESCE(product.first_ms, seen.first_ms), COALESCE(seen.first_ms, product.first_ms))"
                } else {
                    "product.first_ms"
                }
                .into(),
            ),
            ("columns_of_exposures", sampled(script, true)),
            ("columns", sampled(script, false)),
            ("in_order", if has_strangers { "seq" } else { "event.moment, event.kind, event.item" }.into()),
            ("sha256", dialect.sha256(&digest)),
            ("share_of_visit", of_strangers(",\n    MAX(share) AS share")),
            ("of_people", if script.is_sifted() { String::new() } else { people.into() }),
            ("session_share", of_strangers(",\n  session.share")),
            ("share", of_strangers(", share")),
            ("parts", if has_strangers { "share" } else { "1024" }.into()),
            ("is_sure", is_sure.into()),
            ("listed", listed.unwrap_or_default()),
            ("most_new", crate::log::most_new(None).min(script.listed.map_or(usize::MAX, |l| l.most_new)).to_string()),
            ("steps_of_people", names(&|kind| kind.is_step() && kind != EventKind::Purchase)),
            ("no_way", dialect.quoted(&way_of(&Context::default()))),
            ("fields_asked", dialect.table(["field"], &[[0], [1], [2], [3]])),
            ("title_word", own_language(script, "event.its_title")),
            ("price_word", own_language(script, &price_word(script))),
            ("text", text.into()),
            ("whole", whole.into()),
            ("moment", source.moment(dialect)),
            ("float", float.into()),
            ("bytes", dialect.bytes().into()),
        ];
        Self { parts, words }
    }

    /// A statement with the parts that have tables in them.
    pub(super) fn parts_filled(&self, text: &str) -> String {
        replaced(text.to_owned(), &self.parts)
    }

    /// A statement with everything in it but the shop's table.
    pub(super) fn filled(&self, text: &str) -> String {
        let text = replaced(text.to_owned(), &self.words);
        TABLES.iter().fold(text, |text, table| text.replace(&format!("{{{table}}}"), &format!("{PREFIX}{table}")))
    }
}

/// Visits of users, if the shop's table names any.
fn by_user(script: &Script<'_>) -> String {
    let source = script.source;
    if !source.has(Field::User) {
        return String::new();
    }
    let own = ["session_key", "user_key", "event_key", "currency", "time_ms", "kind", "item"].map(str::to_owned);
    let seq = source.has(Field::Order).then(|| "seq".to_owned());
    let mut columns: Vec<String> = own.into_iter().chain(seq).chain(source.kept().map(kept)).collect();
    columns.extend(source.extras().into_iter().map(str::to_owned));
    columns.extend(["broken", "moment"].map(str::to_owned));
    if source.has(Field::EventId) {
        columns.push("nth".into());
    }
    include_str!("statements/by_user.sql").trim_end().replace("{columns}", &columns.join(", "))
}

fn of_currency(script: &Script<'_>) -> String {
    let Some(currency) = script.currency else { return String::new() };
    let all = [currency, ""].into_iter().chain(script.others.iter().map(String::as_str));
    let all: Vec<String> = all.map(|currency| script.dialect.quoted(currency)).collect();
    format!("\n  AND currency IN ({})", all.join(", "))
}

/// Currencies of other locales, whose prices and titles say nothing.
fn others(script: &Script<'_>) -> Option<String> {
    let others: Vec<String> = script.others.iter().map(|currency| script.dialect.quoted(currency)).collect();
    (!others.is_empty()).then(|| others.join(", "))
}

/// A word, unless it is in another language.
fn own_language(script: &Script<'_>, word: &str) -> String {
    others(script)
        .map_or_else(|| word.into(), |others| format!("CASE WHEN event.currency IN ({others}) THEN '' ELSE {word} END"))
}

/// A price in hundredths as a text that sorts as the number does.
fn price_word(script: &Script<'_>) -> String {
    let dialect = script.dialect;
    let number = dialect.number("event.its_price");
    let cents = format!("CAST(CAST(ROUND({number} * 100) AS {}) AS {})", dialect.whole(), dialect.text());
    format!("CASE WHEN {number} >= 0.005 THEN LPAD({cents}, 12, '0') ELSE '' END")
}

/// When visits saw a product.
const SEEN: &str = "\nLEFT JOIN {seen} AS seen ON seen.item = product.item";

/// The same, and what visits of strangers agree on.
fn words() -> String {
    let mut words = SEEN.to_owned();
    for (at, (_, name)) in HEARD.iter().enumerate() {
        let _ = write!(
            words,
            "\nLEFT JOIN (SELECT item, word, said_ms FROM {{agreed}} WHERE field = {at}) AS {name}_word ON {name}_word.item = \
             product.item"
        );
    }
    words
}

/// The facts of products: found in a group of rows, or as they were found.
fn facts(script: &Script<'_>, is_group: bool) -> String {
    let (dialect, source) = (script.dialect, script.source);
    let fact = |field: Field| {
        let name = kept(field);
        if !is_group {
            let own = format!("COALESCE(product.{name}, '')");
            let heard = HEARD.iter().find(|(heard, _)| *heard == field && script.are_strangers_heard());
            let value = heard.map_or_else(|| own.clone(), |(_, word)| heard_or(script, &own, field, word));
            return format!(",\n  {value} AS {}", field.name());
        }
        let says = match field {
            // A price of nothing says nothing.
            Field::Price => format!("{} >= 0.005", dialect.amount(&name)),
            _ => format!("{name} <> ''"),
        };
        let of_shop = if source.has_strangers() { " AND strangers = 0" } else { "" };
        let is_own = others(script)
            .filter(|_| matches!(field, Field::Price | Field::Title))
            .map_or_else(String::new, |others| format!(" AND currency NOT IN ({others})"));
        let when = |value: &str| format!("CASE WHEN {says}{of_shop}{is_own} THEN {value} END");
        format!(",\n    MAX_BY({}, {}) AS {name}", when(&name), when("moment"))
    };
    FACTS.into_iter().filter(|field| source.has(*field)).map(fact).collect()
}

/// The shop's own word, unless visits agree on a later one.
fn heard_or(script: &Script<'_>, own: &str, field: Field, word: &str) -> String {
    let (text, float) = (script.dialect.text(), script.dialect.float());
    let said = match field {
        Field::Price => format!("CAST(CAST({word}_word.word AS {float}) / 100 AS {text})"),
        _ => format!("{word}_word.word"),
    };
    format!(
        "CASE WHEN {word}_word.word IS NOT NULL AND ({own} = '' OR product.own_ms IS NULL OR {word}_word.said_ms > product.own_ms) \
         THEN {said} ELSE {own} END"
    )
}

/// The facts of products behind another column.
fn told(script: &Script<'_>) -> String {
    let found = FACTS.into_iter().filter(|field| script.source.has(*field)).map(kept);
    std::iter::once(String::new()).chain(found).collect::<Vec<_>>().join(", ")
}

/// The columns of a sample, or of the exposures in it.
fn sampled(script: &Script<'_>, are_exposures: bool) -> String {
    let source = script.source;
    let mut columns = String::from(
        "event.visit AS session_id, event.time_ms AS event_time, event.kind AS event_type, event.item AS product_id",
    );
    if source.has(Field::Category) {
        // What products are is in the catalogue; lists of a category have it here.
        columns += ",\n  CASE WHEN event.item = '' THEN event.its_category ELSE '' END AS category";
    }
    for (field, name) in DETAILS.into_iter().filter(|(field, _)| source.has(*field)) {
        let _ = write!(columns, ",\n  event.{} AS {name}", kept(field));
    }
    if source.has_strangers() {
        let share = if are_exposures { "COALESCE(session.share, 1024)" } else { "session.share" };
        let _ = write!(
            columns,
            ",\n  {share} AS share, event.strangers, came.context, event.exposure, event.worth, event.seq"
        );
    }
    columns
}
