//! Compiling a plan as a whole: its head, audiences, offers, guardrails and texts, then its slots.
//!
//! The order matters: slots name audiences and offers by number, and pins are compared with the bans of the guardrails.

use super::audience::{audience, audiences};
use super::check::Check;
use super::known::Known;
use super::limits;
use super::schedule::{months, schedule};
use super::wording::all_texts;
use super::{bundle, json, locale, never, off, prices, row, slot};
use crate::hash::hash;
use crate::snapshot::plan::{Locale, Offer, Plan, Season, WHOLE};
use serde_json::Value;

/// Most entries of `terms`: every page about a search compares all of them.
pub(super) const MAX_TERMS: usize = 200;
/// Longest entry of `terms`, in bytes.
const MAX_TERM: usize = 64;

/// When a slot counts as seen, by number.
pub(super) const EXPOSURES: [&str; 2] = ["seen", "in_page"];
/// Where next-item rows may go, by number.
pub(super) const ROWS: [&str; 2] = ["browser", "edge"];

/// The keys of a plan.
const KEYS: [&str; 18] = [
    "$schema",
    "version",
    "salt",
    "holdout",
    "utc_offset",
    "exposure",
    "rows",
    "off",
    "audiences",
    "offers",
    "bundles",
    "pictures",
    "guardrails",
    "prices",
    "texts",
    "locales",
    "terms",
    "slots",
];

/// Compiles a plan. Without `known`, names of categories, brands and products are not checked.
///
/// # Errors
/// Every mistake, each with its path, what was found and what was expected.
pub fn compile(text: &str, known: Option<&Known<'_>>) -> Result<Plan, Vec<String>> {
    let value = json::parse(text)?;
    let mut check = Check::new(known);
    let Some(root) = check.object(&value, "plan", &KEYS) else { return Err(check.problems) };
    if root.get("version").and_then(Value::as_u64) != Some(1) {
        check.say("version", root.get("version"), "1");
    }
    let holdout = (check.number("", &value, "holdout", &limits::HOLDOUT) * f64::from(WHOLE)).round() as u16;
    let utc_offset = check.number("", &value, "utc_offset", &limits::UTC_OFFSET) as i16;
    let salt = check.text("", &value, "salt").unwrap_or_default();
    check.plan = Plan { salt: hash(salt.as_bytes(), 0), holdout, utc_offset, ..Plan::default() };
    check.plan.seen_in_page = check.word("", &value, "exposure", &EXPOSURES) == Some(1);
    check.plan.rows_at_edge = check.word("", &value, "rows", &ROWS) == Some(1);
    off::paths(&mut check, &value);
    audiences(&mut check, &value);
    offers(&mut check, &value);
    guardrails(&mut check, &value);
    prices::prices(&mut check, &value);
    let texts = all_texts(&mut check, &value);
    check.plan.locales.push(Locale { texts, ..Locale::default() });
    terms(&mut check, &value);
    bundle::bundles(&mut check, &value);
    bundle::pictures(&mut check, &value);
    locale::locales(&mut check, &value);
    match root.get("slots").and_then(Value::as_object) {
        Some(slots) => {
            let slots: Vec<_> = slots.iter().filter_map(|(name, value)| slot::slot(&mut check, name, value)).collect();
            check.plan.slots = slots;
        }
        None => check.say("slots", root.get("slots"), "an object with a slot for each name"),
    }
    never::audiences(&mut check);
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

/// Reads what words of searches mean. They are stored with the categories, so that a host has nothing to look up.
fn terms(check: &mut Check<'_>, root: &Value) {
    let found = check.entries("", root, "terms");
    if found.len() > MAX_TERMS {
        check.problems.push(format!("terms has {} entries, expected at most {MAX_TERMS}", found.len()));
    }
    for (term, value) in found {
        let path = format!("terms.{term}");
        if term.len() > MAX_TERM || !term.bytes().any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii()) {
            let expected = format!("words of at most {MAX_TERM} bytes as its name");
            check.say(&path, Some(&Value::from(term.as_str())), &expected);
        }
        // The list stands in a key of its own, so that its mistakes are named like those of other lists of categories.
        let listed = serde_json::json!({ term.as_str(): value });
        let categories = check.categories("terms", &listed, term);
        for category in categories.into_iter().map(usize::from) {
            if check.plan.terms.len() <= category {
                check.plan.terms.resize(category + 1, String::new());
            }
            let known = &mut check.plan.terms[category];
            known.push_str(if known.is_empty() { "" } else { " " });
            known.push_str(term);
        }
    }
}
