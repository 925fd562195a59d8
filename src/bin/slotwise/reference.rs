//! `slotwise reference`: the data of the manual's reference pages, as JSON.
//!
//! Names come from the tables that the code itself uses. This file adds one sentence to each log field. A field without a
//! sentence does not compile, so a new field cannot stay undocumented.

use super::outcome::Outcome;
use serde::Serialize;
use slotwise::event::EventKind;
use slotwise::log;
use slotwise::origin::route::{ROUTES, Route};

/// The meaning of a log field in a sentence, and whether a log must have it.
#[allow(clippy::too_many_lines, reason = "one sentence per field")]
fn meaning(field: log::Field) -> (&'static str, bool) {
    use log::Field;
    match field {
        Field::Time => {
            ("When it happened: epoch seconds or milliseconds, `2019-10-01 00:00:00 UTC`, or RFC 3339.", true)
        }
        Field::Event => (
            "What happened: a GA4 event name, or `view`, `cart`, `click`. `--map event=1:view_item,2:purchase` says what other values mean. Rows with other names are counted, listed and skipped.",
            true,
        ),
        Field::Item => ("The product's id, as text or a number.", true),
        Field::Category => ("The category as a dotted path, such as `electronics.smartphone`.", false),
        Field::CategoryId => ("A category id, used where the category path is empty.", false),
        Field::Brand => ("The brand.", false),
        Field::Price => ("The price in the log's currency, such as `12.90`.", false),
        Field::Title => ("The product's name, for cards.", false),
        Field::Image => ("The address of the product's picture. Without one, `--image-pattern` makes it.", false),
        Field::Images => (
            "In a catalogue: pictures with tags, `[{\"url\":…,\"tags\":[\"outdoor\"]}]`. A column `image[outdoor]` says one of them.",
            false,
        ),
        Field::Url => ("The address of the product's page. Without one, `--url-pattern` makes it.", false),
        Field::Session => {
            ("The session's id. A log that has only users is cut into sessions at 30 minutes of silence.", true)
        }
        Field::User => ("A user id. It stands in for `session` where that is missing and is not stored.", false),
        Field::Currency => (
            "The ISO 4217 code. One log has one currency, that of most of its rows; `--currency` names it where the log does not.",
            false,
        ),
        Field::Source => ("`utm_source` of the visit's first page.", false),
        Field::Medium => ("`utm_medium` of the visit's first page.", false),
        Field::Campaign => ("`utm_campaign` of the visit's first page.", false),
        Field::Device => ("`desktop`, `phone` or `tablet`.", false),
        Field::Landing => ("Path or address of the visit's first page.", false),
        Field::Offer => (
            "The visit's arm in a randomised offer, `none` for no offer. Only such a log shows whom an offer changes.",
            false,
        ),
        Field::Discount => ("The amount off the usual price. More than 0 marks a product on sale.", false),
        Field::Scrolled => ("Of a `scroll` event: how far, in percent.", false),
        Field::Engaged => ("Of a `user_engagement` event: how long, in milliseconds.", false),
        Field::Region => ("The continent: two letters or its name.", false),
        Field::Stock => ("In a catalogue: `0`, `false`, `no`, `out_of_stock` or `sold_out` if none is left.", false),
        Field::Listed => (
            "In a catalogue: when the shop listed the product, as a time like those of events or a day (`2019-10-01`). `new_arrivals` goes by it.",
            false,
        ),
        Field::EventId => ("The event's own id. A row that repeats id and product is dropped.", false),
        Field::Order => (
            "Number of the row, rising with every event. Engines of `--engine` go by it where two events share a millisecond.",
            false,
        ),
    }
}

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
    routes: [Route; ROUTES.len()],
}

pub(crate) fn run() -> Outcome {
    let fields = log::Field::all().map(|field| {
        let (meaning, required) = meaning(field);
        Field { name: field.name(), columns: field.usual_columns(), meaning, required }
    });
    let event = |(name, kind): (&'static str, EventKind)| EventName {
        name,
        names_items: kind.names_items(),
        is_step: kind.is_step(),
    };
    let events = EventKind::ALL.into_iter().map(event).collect();
    println!("{}", serde_json::to_string_pretty(&Reference { fields: fields.collect(), events, routes: ROUTES })?);
    Ok(())
}
