//! `slotwise reference`: what the manual's reference pages are made of, as JSON.
//!
//! Names come from the tables that the code itself uses; this file adds one sentence to each log field. A field without a
//! sentence is an error, so that a new field cannot stay undocumented.

use super::outcome::Outcome;
use serde::Serialize;
use slotwise::event::EventKind;
use slotwise::log;
use slotwise::origin::route::{ROUTES, Route};

/// What each field of a log holds, and whether a log must have it.
const MEANINGS: [(&str, &str, bool); 24] = [
    ("time", "When it happened: epoch seconds or milliseconds, `2019-10-01 00:00:00 UTC`, or RFC 3339.", true),
    (
        "event",
        "What happened: a GA4 event name, or `view`, `cart`, `click`. Rows with other names are counted and skipped.",
        true,
    ),
    ("item", "The product's id, as text or a number.", true),
    ("category", "The category as a dotted path, such as `electronics.smartphone`.", false),
    ("category_id", "A category id, used where the category path is empty.", false),
    ("brand", "The brand.", false),
    ("price", "The price in the log's currency, such as `12.90`.", false),
    ("title", "The product's name, for cards.", false),
    ("image", "The address of the product's picture. Without one, `--image-pattern` makes it.", false),
    ("url", "The address of the product's page. Without one, `--url-pattern` makes it.", false),
    ("session", "The session's id. A log that has only users is cut into sessions at 30 minutes of silence.", true),
    ("user", "A user id. It stands in for `session` where that is missing and is not stored.", false),
    ("currency", "The ISO 4217 code. One log has one currency; `--currency` names it where the log does not.", false),
    ("source", "`utm_source` of the visit's first page.", false),
    ("medium", "`utm_medium` of the visit's first page.", false),
    ("campaign", "`utm_campaign` of the visit's first page.", false),
    ("device", "`desktop`, `phone` or `tablet`.", false),
    ("landing", "Path or address of the visit's first page.", false),
    (
        "offer",
        "The visit's arm in a randomised offer, `none` for no offer. Only such a log shows whom an offer changes.",
        false,
    ),
    ("discount", "The amount off the usual price. More than 0 marks a product on sale.", false),
    ("scrolled", "Of a `scroll` event: how far, in percent.", false),
    ("engaged", "Of a `user_engagement` event: how long, in milliseconds.", false),
    ("region", "The continent: two letters or its name.", false),
    ("stock", "In a catalogue: `0`, `false`, `no`, `out_of_stock` or `sold_out` if none is left.", false),
];

#[derive(Serialize)]
struct Field {
    name: &'static str,
    columns: &'static [&'static str],
    meaning: &'static str,
    required: bool,
}

#[derive(Serialize)]
struct EventName {
    name: &'static str,
    /// Whether its products move recommendations.
    names_items: bool,
    /// Whether it is a step of the visit rather than a sign of attention.
    is_step: bool,
}

#[derive(Serialize)]
struct Reference {
    fields: Vec<Field>,
    events: Vec<EventName>,
    routes: [Route; 5],
}

pub(crate) fn run() -> Outcome {
    let mut fields = Vec::new();
    for (_, name, columns) in log::Field::ALL {
        let (_, meaning, required) = MEANINGS.into_iter().find(|(known, ..)| *known == name).ok_or_else(|| {
            format!("the log field \"{name}\" has no sentence, add one to src/bin/slotwise/reference.rs")
        })?;
        fields.push(Field { name, columns, meaning, required });
    }
    let event = |(name, kind): (&'static str, EventKind)| EventName {
        name,
        names_items: kind.names_items(),
        is_step: kind.is_step(),
    };
    let events = EventKind::ALL.into_iter().map(event).collect();
    println!("{}", serde_json::to_string_pretty(&Reference { fields, events, routes: ROUTES })?);
    Ok(())
}
