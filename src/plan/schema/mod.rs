//! The plan file's JSON Schema, `js/plan.schema.json`: what an editor shows and checks while a plan is written.
//!
//! The reader of the plan works on untyped JSON, so that it can explain every mistake by its path. The types here say
//! the same shape to `schemars`; numbers and words are the reader's own (`limits` and its lists), and a test compares
//! the keys of both. The program is built without it: see the feature `contract`.
//!
//! This file has the plan as a whole; `shared` what its parts have in common, `slot` the kinds of slots, `transform`
//! what `schemars` cannot derive.
//!
//! Invariant: what `slotwise check` accepts for a store, the schema accepts, but for the two empty lists the test
//! names. The other way round a schema sees less, and the test lists what.

#![allow(dead_code, reason = "types that are described and never built")]

mod locale;
mod shared;
mod slot;
mod transform;

use crate::plan::compile::{EXPOSURES, MAX_TERMS, ROWS};
use crate::plan::limits;
use crate::snapshot::plan::BUNDLE_ITEMS;
use locale::Locale;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};
use shared::{Categories, Condition, Id, Products, Schedule, Season};
use slot::{Slot, Variant};
use std::collections::BTreeMap;
use transform::{first_of, number, only, short, texts};
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
    /// Where next-item rows may go: to browsers, or no further than the edge, which fits pages with them. Browsers then
    /// ask the edge what to show, where consent allows, and else decide without.
    #[schemars(transform = first_of(&ROWS))]
    rows: Option<String>,
    /// Paths at which pages stay the shop's own, such as `/checkout`: each path and all below it; `/` is the whole shop.
    /// They take effect when the plan is published, and `slotwise sign --off` changes them without a training.
    #[schemars(transform = paths)]
    off: Option<Vec<String>>,
    /// Conditions by names of your own. One may name others, but not itself by way of them.
    audiences: Option<BTreeMap<String, Condition>>,
    /// Published offers. The engine makes one of these or none, and changes no price.
    offers: Option<BTreeMap<String, Offer>>,
    /// Published sets of products. The engine shows one as one card and sets no price.
    bundles: Option<BTreeMap<String, Set>>,
    /// Tags of pictures that stand for categories or an audience. Other tags are a category path or a brand.
    pictures: Option<BTreeMap<String, Variant>>,
    guardrails: Option<Guardrails>,
    prices: Option<Prices>,
    /// Texts for shoppers in your own words, by translation key; {name} stands for the product or category.
    #[schemars(transform = texts)]
    texts: Option<BTreeMap<String, String>>,
    /// Languages of the shop's pages by BCP 47 tag, and the default one: price formats, links, texts, names.
    #[schemars(transform = locale::names)]
    locales: Option<BTreeMap<String, Locale>>,
    /// Words that shoppers search with, and the categories they mean. Words of category paths are known without.
    #[schemars(extend("maxProperties" = MAX_TERMS))]
    terms: Option<BTreeMap<String, Categories>>,
    /// Slots by the value of their data-slotwise attribute. The part before the first dot is the kind of the page.
    slots: BTreeMap<String, Slot>,
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

/// How long prices are shown.
#[derive(JsonSchema)]
#[schemars(rename = "prices", deny_unknown_fields)]
struct Prices {
    /// Age past which a card shows no price: minutes, hours or days, such as 36h. It counts from when the live prices were
    /// published, or else from the newest event of the snapshot. Without it prices are shown at any age.
    #[schemars(extend("pattern" = "^[1-9][0-9]{0,4}[mhd]$"))]
    max_age: Option<String>,
}

/// Paths of a shop.
fn paths(schema: &mut Schema) {
    schema.insert("items".into(), json!({ "type": "string", "pattern": "^/[^?#, ]*$", "maxLength": 200 }));
    schema.insert("maxItems".into(), 100.into());
}

/// A published set of products. All texts are the shop's own.
#[derive(JsonSchema)]
#[schemars(rename = "set", deny_unknown_fields)]
struct Set {
    #[schemars(transform = short)]
    title: String,
    /// What the card says about the price. Nothing is computed.
    #[schemars(transform = short)]
    price: Option<String>,
    /// Address of the set's own page.
    #[schemars(transform = short)]
    url: Option<String>,
    /// Address of the set's own picture.
    #[schemars(transform = short)]
    image: Option<String>,
    /// Its products, in the order in which they are shown.
    #[schemars(transform = members)]
    items: Vec<Id>,
    audience: Option<Condition>,
}

/// The products of a set.
fn members(schema: &mut Schema) {
    schema.insert("minItems".into(), (*BUNDLE_ITEMS.start()).into());
    schema.insert("maxItems".into(), (*BUNDLE_ITEMS.end()).into());
    schema.insert("uniqueItems".into(), true.into());
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
