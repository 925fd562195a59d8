//! Bundles of the plan file: sets that the shop publishes, and slots that show one of them.
//!
//! A set has the shop's own title, and may have a price, an address and a picture of its own. All of these are texts:
//! the engine shows them and computes none. They are compiled into the plan's texts.

use super::audience::audience;
use super::check::{Check, below, nearest};
use super::variant::variant;
use super::{limits, row};
use crate::page::is_safe_link;
use crate::snapshot::plan::{BUNDLE_ITEMS, Choose, Fill, MADE, Plan, Row, Strategy, Variant};
use serde_json::Value;

/// The texts of a set, by the field of its card that shows them.
pub(super) const TEXTS: [&str; 4] = ["title", "price", "url", "image"];
/// The keys of a set.
const KEYS: [&str; 6] = ["title", "price", "url", "image", "items", "audience"];
/// Longest name of a set, in bytes: it travels with exposures.
pub(super) const NAME: usize = 64;
/// Longest tag of a picture, in bytes.
const TAG: usize = 100;
/// Longest text of a set, in bytes.
pub(super) const TEXT: usize = 200;
/// The keys of a slot that shows a bundle.
pub(super) const SLOT: [&str; 4] = ["bundles", "complements", "bans", "price_floor"];

/// Reads the published sets.
pub(super) fn bundles(check: &mut Check<'_>, root: &Value) {
    for (name, value) in check.entries("", root, "bundles") {
        let path = format!("bundles.{name}");
        if check.object(value, &path, &KEYS).is_none() {
            continue;
        }
        if name == MADE || name.is_empty() || name.len() > NAME {
            let problem = format!("{path} has a name that cannot be used, expected 1 to {NAME} bytes and not {MADE}");
            check.problems.push(problem);
        }
        let items = check.items(&path, value, "items");
        let (least, most) = (BUNDLE_ITEMS.start(), BUNDLE_ITEMS.end());
        let expected = format!("a list of {least} to {most} different products");
        let listed = value.get("items").and_then(Value::as_array).map_or(0, Vec::len);
        let repeats = (1..items.len()).any(|at| items[..at].contains(&items[at]));
        if !BUNDLE_ITEMS.contains(&listed) || repeats {
            check.say(&below(&path, "items"), value.get("items"), &expected);
        }
        // A ban wins over a set when a host decides, so the set would never show.
        if items.iter().any(|item| check.plan.mask.items.contains(item)) {
            let problem =
                format!("{path} is contradictory: guardrails ban one of its products, expected one or the other");
            check.problems.push(problem);
        }
        if value.get("title").is_none() {
            check.say(&below(&path, "title"), None, "a text");
        }
        let texts = texts(check, &path, name, value);
        check.plan.locales.iter_mut().for_each(|default| default.texts.extend_from_slice(&texts));
        let audience = audience(check, &path, value);
        check.bundles.push(Variant { name: name.clone(), categories: Vec::new(), audience, items });
    }
}

/// Reads the texts of a set.
pub(super) fn texts(check: &mut Check<'_>, path: &str, name: &str, value: &Value) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for key in TEXTS {
        let Some(text) = check.text(path, value, key) else { continue };
        let is_link = key == "url" || key == "image";
        if text.is_empty() || text.len() > TEXT || text.contains(char::is_control) {
            check.say(&below(path, key), value.get(key), &format!("a text of 1 to {TEXT} bytes"));
        } else if is_link && !is_safe_link(text) {
            check.say(&below(path, key), value.get(key), "an address that is relative or begins with http(s)");
        }
        texts.push((Plan::bundle_key(name, key), text.to_owned()));
    }
    texts
}

/// Reads the tags of pictures that stand for categories or an audience.
pub(super) fn pictures(check: &mut Check<'_>, root: &Value) {
    for (tag, value) in check.entries("", root, "pictures") {
        let path = below("pictures", tag);
        if tag.is_empty() || tag.len() > TAG || tag.contains(char::is_control) {
            check.problems.push(format!("{path} is no tag, expected one of 1 to {TAG} bytes"));
        }
        let tag = variant(check, &path, tag, value);
        check.plan.pictures.push(tag);
    }
}

/// Reads a slot that shows a bundle.
pub(super) fn slot(check: &mut Check<'_>, path: &str, value: &Value) -> Option<Fill> {
    let known = check.bundles.clone();
    let names: Vec<&str> = known.iter().map(|set| set.name.as_str()).collect();
    let mut sets = Choose { default: MADE.into(), ..Choose::default() };
    for (at, name) in check.list(path, value, "bundles").iter().enumerate() {
        match names.iter().position(|known| name.as_str() == Some(known)) {
            Some(number) => sets.variants.push(known[number].clone()),
            None => {
                let hint = nearest(name.as_str().unwrap_or_default(), &names);
                let expected = format!("a published bundle, one of {}{hint}", names.join(", "));
                check.say(&format!("{path}.bundles[{at}]"), Some(name), &expected);
            }
        }
    }
    let complements = check.whole(path, value, "complements", &limits::COMPLEMENTS) as u8;
    if sets.variants.is_empty() && complements == 0 {
        check.say(path, Some(value), "bundles, complements, or both");
        return None;
    }
    // Few shops sell enough for every product to have companions. Categories that are bought together fill what is left.
    let sources = vec![(Strategy::BoughtTogether, 0), (Strategy::CompleteTheLook, 0)];
    let sources = if complements > 0 { sources } else { Vec::new() };
    // A product that was seen may be in the cart already.
    let row =
        Row { sources, limit: complements.max(1), at_least: 1, mask: row::mask(check, path, value), ..Row::default() };
    Some(Fill::Bundle(sets, row))
}
