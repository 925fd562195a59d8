//! Slots: what each kind may say, and its experiment.

use super::shared::{Categories, Condition, Id, Products, Schedule};
use super::transform::{first_of, number, one_of, only, set, whole};
use crate::decide::HOLDOUT;
use crate::plan::limits;
use crate::plan::row::{self, RESERVABLE};
use crate::plan::slot::{CHOOSERS, DRAWS, ORDERS, SHOWN};
use crate::snapshot::plan::Strategy;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is decided in a slot.
#[derive(JsonSchema)]
#[schemars(rename = "slot", untagged)]
pub(super) enum Slot {
    Choose(Box<Of<Choose>>),
    Fill(Box<Of<Fill>>),
    Order(Box<Of<Order>>),
    Offer(Box<Of<Offers>>),
    Bundle(Box<Of<Bundles>>),
}

// A slot: the keys of its kind, and those of all kinds. An editor is to show what the kind says of itself.
#[derive(JsonSchema)]
#[schemars(rename = "{K}", extend("additionalProperties" = false))]
pub(super) struct Of<K> {
    #[schemars(flatten)]
    own: K,
    #[schemars(flatten)]
    shared: Shared,
    experiment: Option<Experiment<K>>,
}

/// What every slot may say.
#[derive(JsonSchema)]
pub(super) struct Shared {
    /// Product events a visit must hold before anything changes.
    #[schemars(transform = whole(&limits::MINIMUM_EVIDENCE))]
    minimum_evidence: Option<u64>,
    audience: Option<Condition>,
    schedule: Option<Schedule>,
    /// On how many pages of a visit what the engine puts here may be seen; 0: on all.
    #[schemars(transform = whole(&limits::MOST_SHOWN))]
    most_shown: Option<u64>,
    /// With the page, or when the visitor is about to leave: then once a visit, in a panel that is hidden until then.
    #[schemars(transform = first_of(&SHOWN))]
    show: Option<String>,
}

/// Arms of a trial: each is the slot with some of its keys set otherwise, or the shop's own content.
#[derive(JsonSchema)]
#[schemars(rename = "experiment_of_{K}", deny_unknown_fields)]
pub(super) struct Experiment<K> {
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
pub(super) struct Arm<K> {
    #[schemars(transform = set(number(&limits::SHARE)))]
    share: Option<f64>,
    /// Whether it is the shop's own content.
    own: Option<bool>,
    #[schemars(flatten)]
    keys: K,
}

/// An arm changes what it likes of its slot's own keys. What it leaves out is the slot's.
pub(super) fn arm(schema: &mut Schema) {
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
pub(super) struct Choose {
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
pub(super) struct Variant {
    categories: Option<Categories>,
    audience: Option<Condition>,
}

/// A row of products is shown.
#[derive(JsonSchema)]
#[schemars(rename = "fill")]
pub(super) struct Fill {
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
pub(super) enum Sources {
    InOrder(#[schemars(extend("minItems" = 1, "uniqueItems" = true))] Vec<Name>),
    Shared(#[schemars(extend("minItems" = 1))] Vec<Share>),
}

/// A way to find products.
#[derive(JsonSchema)]
#[schemars(rename = "strategy", transform = one_of(&Strategy::ALL.map(|(name, _)| name)))]
pub(super) struct Name(String);

/// A strategy and its share of the places; shares add up to 1 at most.
#[derive(JsonSchema)]
#[schemars(rename = "share", deny_unknown_fields)]
pub(super) struct Share {
    #[schemars(rename = "use")]
    strategy: Name,
    #[schemars(transform = set(number(&limits::SHARE)))]
    share: f64,
}

pub(super) fn reserve(schema: &mut Schema) {
    let mut places = json_schema!({ "type": "integer" });
    set(whole(&limits::RESERVE))(&mut places);
    let properties = RESERVABLE.map(|strategy| (strategy.name().to_owned(), places.clone().to_value()));
    schema.insert("properties".into(), properties.into_iter().collect());
    schema.insert("additionalProperties".into(), false.into());
}

/// A product with a fixed place.
#[derive(JsonSchema)]
#[schemars(rename = "pin", deny_unknown_fields)]
pub(super) struct Pin {
    item: Id,
    /// 1 is the first; not above the row's limit.
    #[schemars(transform = whole(&limits::PLACE))]
    place: Option<u64>,
}

/// A factor for products, categories and brands.
#[derive(JsonSchema)]
#[schemars(rename = "boost", deny_unknown_fields)]
pub(super) struct Boost {
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
pub(super) struct Order {
    #[schemars(transform = only("order"))]
    kind: String,
    /// What data-key names.
    #[schemars(transform = one_of(&ORDERS))]
    by: String,
}

/// One of the published offers is made, or none: only where it is known to help, or where an experiment tests it.
#[derive(JsonSchema)]
#[schemars(rename = "offer")]
pub(super) struct Offers {
    #[schemars(transform = only("offer"))]
    kind: String,
    /// Names of published offers, the most wanted first.
    #[schemars(extend("minItems" = 1))]
    offers: Vec<String>,
}

/// Several products are shown as one card, or none: the published set that fits best, or else a product with what is
/// bought together with it.
#[derive(JsonSchema)]
#[schemars(rename = "bundle")]
pub(super) struct Bundles {
    #[schemars(transform = only("bundle"))]
    kind: String,
    /// Names of published sets, the most wanted first. On the page of a product only sets with this product count.
    #[schemars(rename = "bundles")]
    sets: Option<Vec<String>>,
    /// Where no set fits: how many products are added to the page's product, or to the newest one in the cart.
    #[schemars(transform = whole(&limits::COMPLEMENTS))]
    complements: Option<u64>,
    /// Products that are not in a bundle here. A set with one of them is not shown.
    bans: Option<Products>,
    /// Products below this price are not shown; those without a price are.
    #[schemars(transform = number(&limits::PRICE_FLOOR))]
    price_floor: Option<f64>,
}
