//! The plan file's JSON Schema, `js/plan.schema.json`: what an editor shows and checks while a plan is written.
//!
//! The reader of the plan works on untyped JSON, so that it can explain every mistake by its path. The types here say
//! the same shape to `schemars`; numbers and words are the reader's own (`limits` and its lists), and a test compares
//! the keys of both. The program is built without it: see the feature `contract`.
//!
//! Invariant: what `slotwise check` accepts for a store, the schema accepts, but for the two empty lists the test
//! names. The other way round a schema sees less, and the test lists what.

#![allow(dead_code, reason = "types that are described and never built")]

use super::compile::EXPOSURES;
use super::limits::{self, Count, Limit};
use super::row::{self, RESERVABLE};
use super::schedule::{DAYS, MONTHS};
use super::slot::{CHOOSERS, DRAWS, ORDERS};
use crate::context::{Device, Source};
use crate::decide::{HOLDOUT, TEXTS};
use crate::event::EventKind;
use crate::intent::{PriceBand, Stage};
use crate::snapshot::plan::Strategy;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The text of `js/plan.schema.json`.
pub fn schema() -> String {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.root_schema_for::<Plan>();
    RecursiveTransform(tidy).transform(&mut schema);
    format!("{:#}\n", schema.as_value())
}

/// What may be left out may not be null; and sizes of Rust's numbers are none of an editor's business.
fn tidy(schema: &mut Schema) {
    schema.remove("format");
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
    let Some(object) = schema.as_object_mut() else { return };
    let alone = |kinds: &mut Value| {
        let kinds = kinds.as_array_mut()?;
        kinds.retain(|kind| kind != "null");
        (kinds.len() == 1).then(|| kinds.remove(0))
    };
    if let Some(kind) = object.get_mut("type").and_then(alone) {
        object.insert("type".into(), kind);
    }
    let null = json!({ "type": "null" });
    if let Some(Value::Array(all)) = object.get_mut("anyOf")
        && all.contains(&null)
    {
        all.retain(|one| *one != null);
        let only = if all.len() == 1 { all.pop() } else { None };
        if let Some(Value::Object(only)) = only {
            object.remove("anyOf");
            object.extend(only);
        }
    }
}

/// Range and default of a number.
fn number(limit: &Limit) -> impl Fn(&mut Schema) + use<> {
    let (least, most, unset) = (*limit.range.start(), *limit.range.end(), limit.unset);
    move |schema| bound(schema, json!(least), json!(most), json!(unset))
}

/// Range and default of a whole number.
fn whole(count: &Count) -> impl Fn(&mut Schema) + use<> {
    let (least, most, unset) = (*count.range.start(), *count.range.end(), count.unset);
    move |schema| bound(schema, json!(least), json!(most), json!(unset))
}

fn bound(schema: &mut Schema, least: Value, most: Value, unset: Value) {
    for (key, value) in [("minimum", least), ("maximum", most), ("default", unset)] {
        // 1 and not 1.0, as people write it.
        let whole = value.as_f64().filter(|number| number.fract() == 0.0);
        schema.insert(key.into(), whole.map_or(value, |number| json!(number as i64)));
    }
}

/// A number of a range, which has to be set.
fn set(bounds: impl Fn(&mut Schema)) -> impl Fn(&mut Schema) {
    move |schema| {
        bounds(schema);
        schema.remove("default");
    }
}

/// One of some words.
fn one_of(words: &[&str]) -> impl Fn(&mut Schema) + use<> {
    let words = json!(words);
    move |schema| {
        schema.remove("type");
        schema.insert("enum".into(), words.clone());
    }
}

/// One of some words; the first one where nothing is set.
fn first_of(words: &[&str]) -> impl Fn(&mut Schema) + use<> {
    let (one_of, first) = (one_of(words), json!(words.first()));
    move |schema| {
        one_of(schema);
        schema.insert("default".into(), first.clone());
    }
}

/// One of some words, or a list of them.
fn some_of(words: &[&str]) -> impl Fn(&mut Schema) + use<> {
    let one = json!({ "enum": words });
    move |schema| {
        schema.remove("type");
        let some = json!({ "type": "array", "minItems": 1, "items": one });
        schema.insert("anyOf".into(), json!([one, some]));
    }
}

/// Exactly this.
fn only(value: impl Into<Value>) -> impl Fn(&mut Schema) {
    let value = value.into();
    move |schema| {
        schema.remove("type");
        schema.insert("const".into(), value.clone());
    }
}

/// A day, or a moment with or without an offset.
const MOMENT: &str = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( UTC|Z|[+-]\d{2}:?\d{2})?)?$";

/// What may fill each slot of a store's pages, and under which guardrails. `slotwise check` explains what a schema
/// cannot see.
#[derive(JsonSchema)]
#[schemars(rename = "Slotwise plan", deny_unknown_fields)]
struct Plan {
    #[schemars(rename = "$schema")]
    schema: Option<String>,
    /// Version of this form.
    #[schemars(transform = only(1))]
    version: u8,
    /// What arms are drawn with; another salt draws every visit anew.
    #[schemars(extend("default" = ""))]
    salt: Option<String>,
    /// Share of the visits that get the shop's own content everywhere, for good, so that all of Slotwise can be measured.
    #[schemars(transform = number(&limits::HOLDOUT))]
    holdout: Option<f64>,
    /// Minutes by which the store's clocks are ahead of UTC: what schedules and seasons go by.
    #[schemars(transform = number(&limits::UTC_OFFSET))]
    utc_offset: Option<f64>,
    /// When a slot counts as seen: half of it on the screen for a second, or as soon as it is in the page.
    #[schemars(transform = first_of(&EXPOSURES))]
    exposure: Option<String>,
    /// Conditions by names of your own. One may name others, but not itself by way of them.
    audiences: Option<BTreeMap<String, Condition>>,
    /// Published offers. The engine makes one of these or none, and changes no price.
    offers: Option<BTreeMap<String, Offer>>,
    guardrails: Option<Guardrails>,
    /// Texts for shoppers in your own words, by translation key; {name} stands for the product or category.
    #[schemars(transform = texts)]
    texts: Option<BTreeMap<String, String>>,
    /// Slots by the value of their data-slotwise attribute. The part before the first dot is the kind of the page.
    slots: BTreeMap<String, Slot>,
}

/// Each key with the braces its text may hold.
fn texts(schema: &mut Schema) {
    let text = |english: &str| {
        let pattern = if english.contains("{name}") { r"^([^{}]|\{name\})*$" } else { "^[^{}]*$" };
        json!({ "type": "string", "pattern": pattern, "examples": [english] })
    };
    let keys = TEXTS.iter().map(|(key, english)| ((*key).to_owned(), text(english)));
    schema.insert("properties".into(), keys.collect());
    schema.insert("additionalProperties".into(), false.into());
}

/// A published offer.
#[derive(JsonSchema)]
#[schemars(rename = "published", deny_unknown_fields)]
struct Offer {
    /// Least rise of the chance of a purchase for which it is made.
    #[schemars(transform = number(&limits::LEAST_UPLIFT))]
    least_uplift: Option<f64>,
    audience: Option<Condition>,
    schedule: Option<Schedule>,
}

/// What holds in every slot.
#[derive(JsonSchema)]
#[schemars(rename = "guardrails", deny_unknown_fields)]
struct Guardrails {
    bans: Option<Products>,
    /// Products that no slot shows until they are in stock again.
    out_of_stock: Option<Vec<Id>>,
    /// Products below this price are not shown; those without a price are.
    #[schemars(transform = number(&limits::PRICE_FLOOR))]
    price_floor: Option<f64>,
    /// Categories that are shown in these months only.
    seasons: Option<Vec<Season>>,
    /// Categories nobody is to be reminded of: they count for nothing, and are shown on their own pages only.
    sensitive: Option<Categories>,
}

/// A product id.
#[derive(JsonSchema)]
#[schemars(rename = "id", extend("type" = ["string", "integer"]))]
struct Id(String);

/// Category paths; each stands for all its children too.
#[derive(JsonSchema)]
#[schemars(rename = "categories", extend("minItems" = 1))]
struct Categories(Vec<String>);

/// Categories and their months.
#[derive(JsonSchema)]
#[schemars(rename = "season", deny_unknown_fields)]
struct Season {
    categories: Categories,
    /// One month or more; all of them where none is named.
    #[schemars(transform = some_of(&MONTHS))]
    months: Option<String>,
}

/// Products, categories and brands.
#[derive(JsonSchema)]
#[schemars(rename = "products", deny_unknown_fields)]
struct Products {
    items: Option<Vec<Id>>,
    categories: Option<Categories>,
    brands: Option<Vec<String>>,
}

/// When something is on, by the store's clocks.
#[derive(JsonSchema)]
#[schemars(rename = "schedule", deny_unknown_fields)]
struct Schedule {
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
struct Bounds {
    #[schemars(transform = number(&limits::FROM))]
    from: Option<f64>,
    #[schemars(transform = number(&limits::TO))]
    to: Option<f64>,
}

/// The name of an audience, or a condition.
#[derive(JsonSchema)]
#[schemars(rename = "condition", untagged)]
enum Condition {
    Audience(String),
    Condition(Box<All>),
}

/// A condition; all that it says must hold.
#[derive(JsonSchema)]
#[schemars(rename = "all", deny_unknown_fields, extend("minProperties" = 1))]
struct All {
    #[schemars(extend("minItems" = 1))]
    all: Option<Vec<Condition>>,
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
struct Interest {
    categories: Categories,
    /// The share.
    #[schemars(transform = number(&limits::INTEREST))]
    at_least: Option<f64>,
}

fn events(schema: &mut Schema) {
    let mut least = json_schema!({ "type": "integer" });
    set(whole(&limits::EVENTS))(&mut least);
    let names: Vec<&str> = EventKind::ALL.iter().chain(&EventKind::ALIASES).map(|(name, _)| *name).collect();
    schema.insert("additionalProperties".into(), least.into());
    schema.insert("propertyNames".into(), json!({ "enum": names }));
}

/// What is decided in a slot.
#[derive(JsonSchema)]
#[schemars(rename = "slot", untagged)]
enum Slot {
    Choose(Of<Choose>),
    Fill(Of<Fill>),
    Order(Of<Order>),
    Offer(Of<Offers>),
}

// A slot: the keys of its kind, and those of all kinds. An editor is to show what the kind says of itself.
#[derive(JsonSchema)]
#[schemars(rename = "{K}", extend("additionalProperties" = false))]
struct Of<K> {
    #[schemars(flatten)]
    own: K,
    #[schemars(flatten)]
    shared: Shared,
    experiment: Option<Experiment<K>>,
}

/// What every slot may say.
#[derive(JsonSchema)]
struct Shared {
    /// Product events a visit must hold before anything changes.
    #[schemars(transform = whole(&limits::MINIMUM_EVIDENCE))]
    minimum_evidence: Option<u64>,
    audience: Option<Condition>,
    schedule: Option<Schedule>,
    /// On how many pages of a visit what the engine puts here may be seen; 0: on all.
    #[schemars(transform = whole(&limits::MOST_SHOWN))]
    most_shown: Option<u64>,
}

/// Arms of a trial: each is the slot with some of its keys set otherwise, or the shop's own content.
#[derive(JsonSchema)]
#[schemars(rename = "experiment_of_{K}", deny_unknown_fields)]
struct Experiment<K> {
    /// Once a visit; once an hour for all visits alike; or once a visit, by how probably each arm is the best so far.
    #[schemars(transform = first_of(&DRAWS))]
    draw: Option<String>,
    /// The arm the others are compared with.
    control: String,
    #[schemars(extend("minProperties" = 2, "propertyNames" = { "not": { "const": HOLDOUT } }))]
    arms: BTreeMap<String, Arm<K>>,
}

/// One arm. Shares are stated for all arms or for none, and add up to 1.
#[derive(JsonSchema)]
#[schemars(rename = "arm_of_{K}", transform = arm, extend("additionalProperties" = false))]
struct Arm<K> {
    #[schemars(transform = set(number(&limits::SHARE)))]
    share: Option<f64>,
    /// Whether it is the shop's own content.
    own: Option<bool>,
    #[schemars(flatten)]
    keys: K,
}

/// An arm changes what it likes of its slot's own keys. What it leaves out is the slot's.
fn arm(schema: &mut Schema) {
    schema.remove("required");
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    properties.remove("kind");
    for property in properties.values_mut().filter_map(Value::as_object_mut) {
        property.remove("default");
    }
}

/// One of several variants is shown.
#[derive(JsonSchema)]
#[schemars(rename = "choose")]
struct Choose {
    #[schemars(transform = only("choose"))]
    kind: String,
    /// The variant whose categories hold most of the visit's attention.
    #[schemars(transform = first_of(&CHOOSERS))]
    strategy: Option<String>,
    /// Share of the attention a variant must hold; below it the default stays.
    #[schemars(transform = number(&limits::MINIMUM_SHARE))]
    minimum_share: Option<f64>,
    /// By how much something else must be better to take the place of what is shown.
    #[schemars(transform = number(&limits::STICKINESS))]
    stickiness: Option<f64>,
    /// The variant that is the shop's own content.
    default: String,
    /// The other variants, by the value of their data-variant attribute. One without categories is for its audience,
    /// whatever it looked at.
    #[schemars(extend("minProperties" = 1))]
    variants: BTreeMap<String, Variant>,
}

/// For visits about these categories, for an audience, or for both together.
#[derive(JsonSchema)]
#[schemars(rename = "variant", deny_unknown_fields, extend("minProperties" = 1))]
struct Variant {
    categories: Option<Categories>,
    audience: Option<Condition>,
}

/// A row of products is shown.
#[derive(JsonSchema)]
#[schemars(rename = "fill")]
struct Fill {
    #[schemars(transform = only("fill"))]
    kind: String,
    strategies: Sources,
    /// Products of the row.
    #[schemars(transform = whole(&limits::LIMIT))]
    limit: Option<u64>,
    /// With fewer products the shop's own content stays.
    #[schemars(transform = whole(&limits::AT_LEAST))]
    at_least: Option<u64>,
    /// Whether products of the visit may be shown again.
    #[schemars(transform = first_of(&row::SEEN))]
    seen: Option<String>,
    /// Places kept for other strategies, against bubbles.
    #[schemars(transform = reserve)]
    reserve: Option<BTreeMap<String, u64>>,
    /// Most products of one category; 0: no bound.
    #[schemars(transform = whole(&limits::CAP))]
    category_cap: Option<u64>,
    /// Most products of one brand; 0: no bound.
    #[schemars(transform = whole(&limits::CAP))]
    brand_cap: Option<u64>,
    /// Weight of being unlike the products before, against the score.
    #[schemars(transform = number(&limits::DIVERSITY))]
    diversity: Option<f64>,
    /// By how much something else must be better to take the place of what is shown.
    #[schemars(transform = number(&limits::STICKINESS))]
    stickiness: Option<f64>,
    /// Products with a fixed place.
    pins: Option<Vec<Pin>>,
    /// Factors of the score.
    boosts: Option<Vec<Boost>>,
    /// What this row does not show.
    bans: Option<Products>,
    /// Products below this price are not shown; those without a price are.
    #[schemars(transform = number(&limits::PRICE_FLOOR))]
    price_floor: Option<f64>,
}

/// Where products come from: each is asked for what the ones before left empty, or each gets its share of the places.
#[derive(JsonSchema)]
#[schemars(rename = "strategies", untagged)]
enum Sources {
    InOrder(#[schemars(extend("minItems" = 1, "uniqueItems" = true))] Vec<Name>),
    Shared(#[schemars(extend("minItems" = 1))] Vec<Share>),
}

/// A way to find products.
#[derive(JsonSchema)]
#[schemars(rename = "strategy", transform = one_of(&Strategy::ALL.map(|(name, _)| name)))]
struct Name(String);

/// A strategy and its share of the places; shares add up to 1 at most.
#[derive(JsonSchema)]
#[schemars(rename = "share", deny_unknown_fields)]
struct Share {
    #[schemars(rename = "use")]
    strategy: Name,
    #[schemars(transform = set(number(&limits::SHARE)))]
    share: f64,
}

fn reserve(schema: &mut Schema) {
    let mut places = json_schema!({ "type": "integer" });
    set(whole(&limits::RESERVE))(&mut places);
    let properties = RESERVABLE.map(|strategy| (strategy.name().to_owned(), places.clone().to_value()));
    schema.insert("properties".into(), properties.into_iter().collect());
    schema.insert("additionalProperties".into(), false.into());
}

/// A product with a fixed place.
#[derive(JsonSchema)]
#[schemars(rename = "pin", deny_unknown_fields)]
struct Pin {
    item: Id,
    /// 1 is the first; not above the row's limit.
    #[schemars(transform = whole(&limits::PLACE))]
    place: Option<u64>,
}

/// A factor for products, categories and brands.
#[derive(JsonSchema)]
#[schemars(rename = "boost", deny_unknown_fields)]
struct Boost {
    items: Option<Vec<Id>>,
    categories: Option<Categories>,
    brands: Option<Vec<String>>,
    /// Above 1 raises, below 1 lowers.
    #[schemars(transform = set(number(&limits::BOOST)))]
    by: f64,
}

/// What the shop shows is put in the order that fits the visit, once a page.
#[derive(JsonSchema)]
#[schemars(rename = "order")]
struct Order {
    #[schemars(transform = only("order"))]
    kind: String,
    /// What data-key names.
    #[schemars(transform = one_of(&ORDERS))]
    by: String,
}

/// One of the published offers is made, or none: only where it is known to help, or where an experiment tests it.
#[derive(JsonSchema)]
#[schemars(rename = "offer")]
struct Offers {
    #[schemars(transform = only("offer"))]
    kind: String,
    /// Names of published offers, the most wanted first.
    #[schemars(extend("minItems" = 1))]
    offers: Vec<String>,
}
