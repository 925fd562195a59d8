//! What several parts of a plan share: products, categories, schedules, audiences.

use super::transform::{number, set, some_of, whole};
use crate::context::{Device, Source};
use crate::event::EventKind;
use crate::intent::{PriceBand, Stage};
use crate::plan::limits;
use crate::plan::schedule::{DAYS, MONTHS};
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::json;
use std::collections::BTreeMap;

/// A day, or a moment with or without an offset.
const MOMENT: &str = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( UTC|Z|[+-]\d{2}:?\d{2})?)?$";
/// A product id.
#[derive(JsonSchema)]
#[schemars(rename = "id", extend("type" = ["string", "integer"]))]
pub(super) struct Id(String);

/// Category paths; each stands for all its children too.
#[derive(JsonSchema)]
#[schemars(rename = "categories", extend("minItems" = 1))]
pub(super) struct Categories(Vec<String>);

/// Categories and their months.
#[derive(JsonSchema)]
#[schemars(rename = "season", deny_unknown_fields)]
pub(super) struct Season {
    categories: Categories,
    /// One month or more; all of them where none is named.
    #[schemars(transform = some_of(&MONTHS))]
    months: Option<String>,
}

/// Products, categories and brands.
#[derive(JsonSchema)]
#[schemars(rename = "products", deny_unknown_fields)]
pub(super) struct Products {
    items: Option<Vec<Id>>,
    categories: Option<Categories>,
    brands: Option<Vec<String>>,
}

/// When something is on, by the store's clocks.
#[derive(JsonSchema)]
#[schemars(rename = "schedule", deny_unknown_fields)]
pub(super) struct Schedule {
    /// A day, which begins at midnight, or a moment.
    #[schemars(extend("pattern" = MOMENT, "examples" = ["2026-11-27", "2026-11-27T08:00:00Z"]))]
    from: Option<String>,
    /// The end, itself left out.
    #[schemars(extend("pattern" = MOMENT))]
    until: Option<String>,
    /// From and to, in hours; past midnight where the second is the smaller one.
    #[schemars(extend("uniqueItems" = true, "items" = { "type": "integer", "minimum": 0, "maximum": 24 }))]
    hours: Option<[u8; 2]>,
    /// One weekday or more.
    #[schemars(transform = some_of(&DAYS))]
    weekdays: Option<String>,
    /// One month or more.
    #[schemars(transform = some_of(&MONTHS))]
    months: Option<String>,
}

/// Bounds of a measure. What is unknown is within no bounds.
#[derive(JsonSchema)]
#[schemars(rename = "bounds", deny_unknown_fields)]
pub(super) struct Bounds {
    #[schemars(transform = number(&limits::FROM))]
    from: Option<f64>,
    #[schemars(transform = number(&limits::TO))]
    to: Option<f64>,
}

/// The name of an audience, or a condition.
#[derive(JsonSchema)]
#[schemars(rename = "condition", untagged)]
pub(super) enum Condition {
    Audience(String),
    Condition(Box<All>),
}

/// A condition; all that it says must hold.
#[derive(JsonSchema)]
#[schemars(rename = "all", deny_unknown_fields, extend("minProperties" = 1))]
pub(super) struct All {
    #[schemars(rename = "all", extend("minItems" = 1))]
    every: Option<Vec<Condition>>,
    #[schemars(extend("minItems" = 1))]
    any: Option<Vec<Condition>>,
    not: Option<Condition>,
    audience: Option<Condition>,
    /// Where the visit came from.
    #[schemars(transform = some_of(&Source::ALL.map(Source::word)))]
    source: Option<String>,
    /// What the page is shown on.
    #[schemars(transform = some_of(&Device::ALL.map(Device::word)))]
    device: Option<String>,
    /// How far the visit has come.
    #[schemars(transform = some_of(&Stage::NAMES))]
    stage: Option<String>,
    /// Where in a category's prices the visit looks.
    #[schemars(transform = some_of(&PriceBand::NAMES))]
    price_band: Option<String>,
    /// `utm_campaign` of the visit's first page.
    campaign: Option<String>,
    /// Path of the visit's first page.
    landing: Option<String>,
    /// A segment that the question to `/_slotwise/decide` states of the visitor. No page states one.
    segment: Option<String>,
    interest: Option<Interest>,
    /// Least number of events, by GA4 name.
    #[schemars(transform = events)]
    events: Option<BTreeMap<String, u64>>,
    schedule: Option<Schedule>,
    /// Chance of a purchase.
    purchase: Option<Bounds>,
    /// Chance that something is put into the cart yet.
    cart: Option<Bounds>,
    /// Chance that the visit ends here.
    exit: Option<Bounds>,
    /// How much price seems to matter.
    price_sensitivity: Option<Bounds>,
    /// By how much an offer would raise the chance of a purchase.
    incentive: Option<Bounds>,
}

/// Categories that hold a share of the visit's attention.
#[derive(JsonSchema)]
#[schemars(rename = "interest", deny_unknown_fields)]
pub(super) struct Interest {
    categories: Categories,
    /// The share.
    #[schemars(transform = number(&limits::INTEREST))]
    at_least: Option<f64>,
}

pub(super) fn events(schema: &mut Schema) {
    let mut least = json_schema!({ "type": "integer" });
    set(whole(&limits::EVENTS))(&mut least);
    let names: Vec<&str> = EventKind::ALL.iter().chain(&EventKind::ALIASES).map(|(name, _)| *name).collect();
    schema.insert("additionalProperties".into(), least.into());
    schema.insert("propertyNames".into(), json!({ "enum": names }));
}
