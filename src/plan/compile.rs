//! Compiling a plan as a whole: its head, audiences, offers, guardrails and texts, then its slots.
//!
//! The order matters: slots name audiences and offers by number, and pins are compared with the bans of the guardrails.

use super::audience::{audience, audiences};
use super::check::{Check, nearest};
use super::known::Known;
use super::limits;
use super::schedule::{months, schedule};
use super::{bundle, row, slot};
use crate::decide::TEXTS;
use crate::snapshot::plan::{Offer, Plan, Season, WHOLE};
use serde_json::Value;
use xxhash_rust::xxh64::xxh64;

/// When a slot counts as seen, by number.
pub(super) const EXPOSURES: [&str; 2] = ["seen", "in_page"];

/// The keys of a plan.
const KEYS: [&str; 13] = [
    "$schema",
    "version",
    "salt",
    "holdout",
    "utc_offset",
    "exposure",
    "audiences",
    "offers",
    "bundles",
    "pictures",
    "guardrails",
    "texts",
    "slots",
];

/// Compiles a plan. Without `known`, names of categories, brands and products are not checked.
///
/// # Errors
/// Every mistake, each with its path, what was found and what was expected.
pub fn compile(text: &str, known: Option<&Known<'_>>) -> Result<Plan, Vec<String>> {
    let value: Value = serde_json::from_str(text).map_err(|error| vec![format!("the file is no JSON: {error}")])?;
    let mut check = Check::new(known);
    let Some(root) = check.object(&value, "plan", &KEYS) else { return Err(check.problems) };
    if root.get("version").and_then(Value::as_u64) != Some(1) {
        check.say("version", root.get("version"), "1");
    }
    let holdout = (check.number("", &value, "holdout", &limits::HOLDOUT) * f64::from(WHOLE)).round() as u16;
    let utc_offset = check.number("", &value, "utc_offset", &limits::UTC_OFFSET) as i16;
    let salt = check.text("", &value, "salt").unwrap_or_default();
    check.plan = Plan { salt: xxh64(salt.as_bytes(), 0), holdout, utc_offset, ..Plan::default() };
    check.plan.seen_in_page = check.word("", &value, "exposure", &EXPOSURES) == Some(1);
    audiences(&mut check, &value);
    offers(&mut check, &value);
    guardrails(&mut check, &value);
    texts(&mut check, &value);
    bundle::bundles(&mut check, &value);
    bundle::pictures(&mut check, &value);
    match root.get("slots").and_then(Value::as_object) {
        Some(slots) => {
            let slots: Vec<_> = slots.iter().filter_map(|(name, value)| slot::slot(&mut check, name, value)).collect();
            check.plan.slots = slots;
        }
        None => check.say("slots", root.get("slots"), "an object with a slot for each name"),
    }
    // By name, so that moving a slot in the file changes nothing.
    check.plan.slots.sort_by(|a, b| a.name.cmp(&b.name));
    if check.problems.is_empty() { Ok(check.plan) } else { Err(check.problems) }
}

/// Reads the published offers. Their order is that of their numbers.
fn offers(check: &mut Check<'_>, root: &Value) {
    for (name, value) in check.entries("", root, "offers") {
        let path = format!("offers.{name}");
        check.object(value, &path, &["least_uplift", "audience", "schedule"]);
        let least = check.thousandths(&path, value, "least_uplift", &limits::LEAST_UPLIFT);
        let audience = audience(check, &path, value);
        let schedule = schedule(check, &path, value);
        check.plan.offers.push(Offer { name: name.clone(), least, audience, schedule });
    }
}

/// Reads the guardrails that hold for every slot.
fn guardrails(check: &mut Check<'_>, root: &Value) {
    let Some(value) = root.get("guardrails") else { return };
    let path = "guardrails";
    if check.object(value, path, &["bans", "out_of_stock", "price_floor", "seasons", "sensitive"]).is_none() {
        return;
    }
    let mut mask = row::mask(check, path, value);
    // Sold-out products are banned like others; the two keys only document why.
    mask.items.extend(check.items(path, value, "out_of_stock"));
    mask.items.sort_unstable();
    mask.items.dedup();
    check.plan.mask = mask;
    check.plan.sensitive = check.categories(path, value, "sensitive");
    for (at, season) in check.list(path, value, "seasons").iter().enumerate() {
        let path = format!("{path}.seasons[{at}]");
        if check.object(season, &path, &["categories", "months"]).is_some() {
            let categories = check.categories(&path, season, "categories");
            if season.get("categories").is_none() {
                check.say(&format!("{path}.categories"), None, "a list of category paths");
            }
            let months = months(check, &path, season);
            check.plan.seasons.push(Season { categories, months });
        }
    }
}

/// Reads the shop's own wording of the texts for shoppers.
fn texts(check: &mut Check<'_>, root: &Value) {
    let keys = TEXTS.map(|(key, _)| key);
    for (key, value) in check.entries("", root, "texts") {
        let path = format!("texts.{key}");
        let Some((_, english)) = TEXTS.iter().find(|(known, _)| known == key) else {
            let hint = nearest(key, &keys);
            check.problems.push(format!("{path} is unknown, expected one of {}{hint}", keys.join(", ")));
            continue;
        };
        // A text may leave the name out, but cannot use one where the engine has none. Other braces are typing errors that
        // shoppers would see.
        let names = |text: &str| text.contains("{name}");
        match value.as_str() {
            Some(text) if names(text) && !names(english) => {
                check.say(&path, Some(value), &format!("a text without {{name}}, as \"{english}\""));
            }
            Some(text) if text.replace("{name}", "").contains(['{', '}']) => {
                check.say(&path, Some(value), "a text in which only {name} stands in braces");
            }
            Some(text) => check.plan.texts.push((key.clone(), text.to_owned())),
            None => check.say(&path, Some(value), "a text"),
        }
    }
}
