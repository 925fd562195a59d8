//! The merchandiser's plan file: read, with every mistake explained by its path, and compiled.
//!
//! The shape is published as a JSON Schema in the npm package (`slotwise/plan.schema.json`, made by `schema`). What a
//! schema cannot say (does the store have this category? does this audience name itself?) is checked here:
//! `check` has what every part uses, `audience` reads conditions and schedules, `slot` slots and
//! experiments, `row` rows of products and their guardrails.

mod audience;
mod check;
mod limits;
mod row;
#[cfg(feature = "contract")]
mod schema;
mod slot;

use super::TrainError;
use crate::decide::TEXTS;
use crate::model::Model;
use crate::snapshot::plan::{Offer, Plan, Season, WHOLE};
use check::Check;
#[cfg(feature = "contract")]
pub use schema::schema;
use serde_json::Value;
use std::path::Path;
use xxhash_rust::xxh64::xxh64;

/// When a slot counts as seen, by number.
const EXPOSURES: [&str; 2] = ["seen", "in_page"];

/// What a store has that a plan may name.
pub struct Known<'a> {
    /// Category paths, by number.
    pub categories: &'a [String],
    /// Brands, by number.
    pub brands: &'a [String],
    /// The number of a product.
    pub item: &'a dyn Fn(&str) -> Option<u32>,
}

/// Reads a plan file.
///
/// # Errors
/// [`TrainError::File`].
pub fn text(path: &Path) -> Result<String, TrainError> {
    std::fs::read_to_string(path).map_err(|source| TrainError::File { path: path.to_owned(), source })
}

/// Reads and compiles a plan against what a store has.
///
/// # Errors
/// [`TrainError::Plan`] with every mistake, or [`TrainError::File`].
pub fn read(path: &Path, known: Option<&Known<'_>>) -> Result<Plan, TrainError> {
    compile(&text(path)?, known).map_err(|problems| TrainError::Plan { path: path.to_owned(), problems })
}

/// Reads and compiles a plan against what a snapshot has.
///
/// # Errors
/// As [`read`].
pub fn read_for<B: AsRef<[u8]>>(path: &Path, model: &Model<B>) -> Result<Plan, TrainError> {
    let names = model.names();
    let item = |id: &str| model.item(crate::event::ItemKey::from_id(id));
    read(path, Some(&Known { categories: &names.categories, brands: &names.brands, item: &item }))
}

/// Compiles a plan; names the store is not there to confirm are taken on trust.
///
/// # Errors
/// Every mistake: its path, what was found, what was expected.
pub fn compile(text: &str, known: Option<&Known<'_>>) -> Result<Plan, Vec<String>> {
    let value: Value = serde_json::from_str(text).map_err(|error| vec![format!("the file is no JSON: {error}")])?;
    let mut check = Check::new(known);
    let keys = [
        "$schema",
        "version",
        "salt",
        "holdout",
        "utc_offset",
        "exposure",
        "audiences",
        "offers",
        "guardrails",
        "texts",
        "slots",
    ];
    let Some(root) = check.object(&value, "plan", &keys) else { return Err(check.problems) };
    if root.get("version").and_then(Value::as_u64) != Some(1) {
        check.say("version", root.get("version"), "1");
    }
    let holdout = (check.number("", &value, "holdout", &limits::HOLDOUT) * f64::from(WHOLE)).round() as u16;
    let utc_offset = check.number("", &value, "utc_offset", &limits::UTC_OFFSET) as i16;
    let salt = check.text("", &value, "salt").unwrap_or_default();
    check.plan = Plan { salt: xxh64(salt.as_bytes(), 0), holdout, utc_offset, ..Plan::default() };
    check.plan.seen_in_page = check.word("", &value, "exposure", &EXPOSURES) == Some(1);
    audience::audiences(&mut check, &value);
    offers(&mut check, &value);
    guardrails(&mut check, &value);
    texts(&mut check, &value);
    match root.get("slots").and_then(Value::as_object) {
        Some(slots) => {
            let slots: Vec<_> = slots.iter().filter_map(|(name, value)| slot::slot(&mut check, name, value)).collect();
            check.plan.slots = slots;
        }
        None => check.say("slots", root.get("slots"), "an object with a slot for each name"),
    }
    check.plan.slots.sort_by(|a, b| a.name.cmp(&b.name));
    if check.problems.is_empty() { Ok(check.plan) } else { Err(check.problems) }
}

fn offers(check: &mut Check<'_>, root: &Value) {
    for (name, value) in check.entries("", root, "offers") {
        let path = format!("offers.{name}");
        check.object(value, &path, &["least_uplift", "audience", "schedule"]);
        let least = check.thousandths(&path, value, "least_uplift", &limits::LEAST_UPLIFT);
        let audience = audience::of(check, &path, value);
        let schedule = audience::schedule(check, &path, value);
        check.plan.offers.push(Offer { name: name.clone(), least, audience, schedule });
    }
}

fn guardrails(check: &mut Check<'_>, root: &Value) {
    let Some(value) = root.get("guardrails") else { return };
    let path = "guardrails";
    if check.object(value, path, &["bans", "out_of_stock", "price_floor", "seasons", "sensitive"]).is_none() {
        return;
    }
    let mut mask = row::mask(check, path, value);
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
            let months = audience::months(check, &path, season);
            check.plan.seasons.push(Season { categories, months });
        }
    }
}

fn texts(check: &mut Check<'_>, root: &Value) {
    let keys = TEXTS.map(|(key, _)| key);
    for (key, value) in check.entries("", root, "texts") {
        let path = format!("texts.{key}");
        let Some((_, english)) = TEXTS.iter().find(|(known, _)| known == key) else {
            let hint = check::nearest(key, &keys);
            check.problems.push(format!("{path} is unknown, expected one of {}{hint}", keys.join(", ")));
            continue;
        };
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

/// Slots of a plan that none of these pages has, as mistakes. Pages are HTML or templates: what counts is the
/// attribute as it is written.
pub fn slots_without_page(plan: &Plan, pages: &[String]) -> Vec<String> {
    let mut marked: Vec<&str> = Vec::new();
    for part in pages.iter().flat_map(|page| page.split(crate::page::SLOT).skip(1)) {
        let quoted = part.trim_start().strip_prefix('=').map(str::trim_start);
        let name = quoted.and_then(|rest| rest.strip_prefix(['"', '\''])?.split(['"', '\'']).next());
        marked.extend(name.filter(|name| !name.contains('{')));
    }
    marked.sort_unstable();
    marked.dedup();
    let missing = plan.slots.iter().filter(|slot| !marked.contains(&slot.name.as_str()));
    let say = |name: &str| {
        let hint = check::nearest(name, &marked);
        format!(
            "slots.{name} is in none of the {} pages, expected an element with data-slotwise=\"{name}\"{hint}",
            pages.len()
        )
    };
    missing.map(|slot| say(&slot.name)).collect()
}
