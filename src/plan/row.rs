//! Rows of products in the plan file, and their guardrails.
//!
//! Besides each value, contradictions are checked: a pinned product that is banned, two products at one place, more
//! reserved places than the row has. Such a plan compiles to something, but to nothing that anybody could have meant.

use super::check::{Check, below, nearest};
use super::limits::{self, Count, Limit};
use crate::snapshot::ItemIndex;
use crate::snapshot::plan::{Boost, Mask, Row, Strategy, WHOLE};
use serde_json::Value;

/// The keys of a row.
pub(super) const KEYS: [&str; 13] = [
    "strategies",
    "limit",
    "at_least",
    "seen",
    "reserve",
    "category_cap",
    "brand_cap",
    "diversity",
    "stickiness",
    "pins",
    "boosts",
    "bans",
    "price_floor",
];

/// Strategies that may have reserved places.
pub(super) const RESERVABLE: [Strategy; 3] = [Strategy::NewArrivals, Strategy::Trending, Strategy::AdjacentCategories];

/// Whether a row shows products of the visit again, by number.
pub(super) const SEEN: [&str; 2] = ["exclude", "allow"];

/// A count that may not be above the row's limit.
fn up_to(limit: u8, Count { range, unset }: Count) -> Count {
    Count { range: *range.start()..=u64::from(limit), unset }
}

/// Reads a row.
pub(super) fn row(check: &mut Check<'_>, path: &str, value: &Value) -> Option<Row> {
    let limit = check.whole(path, value, "limit", &limits::LIMIT) as u8;
    let at_least = check.whole(path, value, "at_least", &up_to(limit, limits::AT_LEAST)) as u8;
    let seen = check.word(path, value, "seen", &SEEN) == Some(1);
    let sources = sources(check, path, value)?;
    let row = Row {
        sources,
        limit,
        at_least,
        seen,
        reserve: reserve(check, path, value, limit),
        category_cap: check.whole(path, value, "category_cap", &limits::CAP) as u8,
        brand_cap: check.whole(path, value, "brand_cap", &limits::CAP) as u8,
        diversity: check.thousandths(path, value, "diversity", &limits::DIVERSITY),
        stickiness: check.thousandths(path, value, "stickiness", &limits::STICKINESS),
        pins: pins(check, path, value, limit),
        boosts: boosts(check, path, value),
        mask: mask(check, path, value),
    };
    // A ban wins over a pin when a host decides, so the pin would never show.
    for (place, item) in &row.pins {
        let here = row.mask.items.contains(item);
        if here || check.plan.mask.items.contains(item) {
            let bans = if here { below(path, "bans.items") } else { "guardrails".into() };
            let problem = format!(
                "{path}.pins is contradictory: the product at place {} is banned by {bans}, expected it in one of them only",
                place + 1
            );
            check.problems.push(problem);
        }
    }
    Some(row)
}

/// Reads the strategies with their shares of the places. Without shares, a later strategy only fills what the earlier ones
/// leave; that is stored as a share of 0.
fn sources(check: &mut Check<'_>, path: &str, value: &Value) -> Option<Vec<(Strategy, u16)>> {
    let path = below(path, "strategies");
    let known = Strategy::ALL.map(|(name, _)| name);
    let Some(listed) = value.get("strategies").and_then(Value::as_array).filter(|list| !list.is_empty()) else {
        check.say(&path, value.get("strategies"), &format!("a list of {}", known.join(", ")));
        return None;
    };
    let mut sources = Vec::new();
    let (mut total, mut shared) = (0.0, 0);
    for (at, entry) in listed.iter().enumerate() {
        let path = format!("{path}[{at}]");
        let name = if entry.is_object() {
            check.object(entry, &path, &["use", "share"]);
            shared += 1;
            entry.get("use")
        } else {
            Some(entry)
        };
        let share = if entry.is_object() {
            // Up to 100, so that shares in percent are reported once, by their sum, and not one by one.
            check.number(&path, entry, "share", &Limit { range: 0.0..=100.0, ..limits::SHARE })
        } else {
            0.0
        };
        if entry.is_object() && entry.get("share").is_none() {
            check.say(&below(&path, "share"), None, "a share from 0 to 1");
        }
        total += share;
        match name.and_then(Value::as_str).and_then(Strategy::from_name) {
            Some(strategy) if sources.iter().any(|(known, _)| *known == strategy) => {
                check.problems.push(format!("{path} is named twice, expected each strategy once"));
            }
            Some(strategy) => sources.push((strategy, (share.min(1.0) * f64::from(WHOLE)).round() as u16)),
            None => {
                let hint = nearest(name.and_then(Value::as_str).unwrap_or_default(), &known);
                check.say(&path, name, &format!("one of {}{hint}", known.join(", ")));
            }
        }
    }
    if shared != 0 && shared != listed.len() {
        let problem = format!("{path} has shares for {shared} of {} strategies, expected all or none", listed.len());
        check.problems.push(problem);
    }
    if total > 1.0 + 1e-9 {
        check.problems.push(format!("{path} has shares of {:.0} % altogether, expected at most 100 %", total * 100.0));
    }
    Some(sources)
}

/// Reads the places that are reserved for strategies.
fn reserve(check: &mut Check<'_>, path: &str, value: &Value, limit: u8) -> Vec<(Strategy, u16)> {
    let known = RESERVABLE.map(Strategy::name);
    let mut reserve = Vec::new();
    let mut total = 0;
    for (name, _) in check.entries(path, value, "reserve") {
        let at = below(path, "reserve");
        match RESERVABLE.into_iter().find(|strategy| strategy.name() == name) {
            Some(strategy) => {
                let places = check.whole(&at, &value["reserve"], name, &limits::RESERVE) as u16;
                total += u32::from(places);
                reserve.push((strategy, places));
            }
            None => {
                let hint = nearest(name, &known);
                check.problems.push(format!("{at}.{name} is unknown, expected one of {}{hint}", known.join(", ")));
            }
        }
    }
    if total > u32::from(limit) {
        let problem = format!("{path}.reserve keeps {total} places, expected at most the {limit} of the row");
        check.problems.push(problem);
    }
    reserve
}

/// Reads the pinned products. Places count from 1 in the file and from 0 in the plan.
fn pins(check: &mut Check<'_>, path: &str, value: &Value, limit: u8) -> Vec<(u8, ItemIndex)> {
    let mut pins: Vec<(u8, ItemIndex)> = Vec::new();
    for (at, pin) in check.list(path, value, "pins").iter().enumerate() {
        let path = format!("{path}.pins[{at}]");
        if check.object(pin, &path, &["item", "place"]).is_none() {
            continue;
        }
        let place = check.whole(&path, pin, "place", &up_to(limit, limits::PLACE)) as u8 - 1;
        let Some(item) = check.item(&below(&path, "item"), pin.get("item")) else { continue };
        if pins.iter().any(|(known, _)| *known == place) {
            check.problems.push(format!("{path} is a second product at place {}, expected one", place + 1));
        } else if pins.iter().any(|(_, known)| *known == item) {
            check.problems.push(format!("{path} pins a product a second time, expected each once"));
        } else {
            pins.push((place, item));
        }
    }
    // By place: hosts put them in from the first place on.
    pins.sort_unstable();
    pins
}

/// Reads the boosts: factors for products, categories and brands.
fn boosts(check: &mut Check<'_>, path: &str, value: &Value) -> Vec<Boost> {
    let mut boosts = Vec::new();
    for (at, boost) in check.list(path, value, "boosts").iter().enumerate() {
        let path = format!("{path}.boosts[{at}]");
        if check.object(boost, &path, &["items", "categories", "brands", "by"]).is_none() {
            continue;
        }
        let mut items = check.items(&path, boost, "items");
        items.sort_unstable();
        items.dedup();
        let (categories, brands) = (check.categories(&path, boost, "categories"), check.brands(&path, boost, "brands"));
        // The default of 1 would be a boost without effect, so the factor must be stated.
        if boost.get("by").is_none() {
            check.say(&below(&path, "by"), None, "a factor from 0 to 10");
        }
        let factor = check.thousandths(&path, boost, "by", &limits::BOOST);
        boosts.push(Boost { items, categories, brands, factor });
    }
    boosts
}

/// Reads what a row, or the whole plan, never shows: `bans` and `price_floor` (stored in cents).
pub(super) fn mask(check: &mut Check<'_>, path: &str, value: &Value) -> Mask {
    let price_floor = (check.number(path, value, "price_floor", &limits::PRICE_FLOOR) * 100.0).round() as u32;
    let Some(bans) = value.get("bans") else { return Mask { price_floor, ..Mask::default() } };
    let path = below(path, "bans");
    check.object(bans, &path, &["items", "categories", "brands"]);
    let mut items = check.items(&path, bans, "items");
    items.sort_unstable();
    items.dedup();
    let (categories, brands) = (check.categories(&path, bans, "categories"), check.brands(&path, bans, "brands"));
    Mask { items, categories, brands, price_floor }
}
