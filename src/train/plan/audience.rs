//! Conditions, schedules and seasons of the plan file.

use super::check::{Check, below, nearest};
use crate::context::{Device, Source, key_of, landing_of};
use crate::event::EventKind;
use crate::intent::{PriceBand, Stage};
use crate::snapshot::plan::{Condition, Measure, Schedule};
use crate::train::time;
use serde_json::Value;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const KEYS: [&str; 16] = [
    "all",
    "any",
    "not",
    "audience",
    "source",
    "device",
    "stage",
    "price_band",
    "campaign",
    "landing",
    "interest",
    "events",
    "schedule",
    "purchase",
    "cart",
    "exit",
];
const MORE_KEYS: [&str; 2] = ["price_sensitivity", "incentive"];

/// Reads the named audiences, each after those it is made of.
pub(super) fn audiences(check: &mut Check<'_>, root: &Value) {
    for (name, _) in check.entries("", root, "audiences") {
        named(check, root, name, &mut Vec::new());
    }
}

/// The number of a named audience, which is read if it was not yet. `open` are those being read.
fn named(check: &mut Check<'_>, root: &Value, name: &str, open: &mut Vec<String>) -> Option<u16> {
    if let Some((_, number)) = check.audiences.iter().find(|(known, _)| known == name) {
        return *number;
    }
    if let Some(begin) = open.iter().position(|known| known == name) {
        let circle: Vec<&str> = open[begin..].iter().map(String::as_str).chain([name]).collect();
        let path = circle.join(" -> ");
        let problem = format!("audiences.{name} is circular ({path}), expected an audience that is not made of itself");
        if !check.problems.iter().any(|known| known.contains("is circular")) {
            check.problems.push(problem);
        }
        return None;
    }
    let value = root.get("audiences")?.get(name)?;
    open.push(name.to_owned());
    let number = condition(check, root, &format!("audiences.{name}"), value, open);
    open.pop();
    check.audiences.push((name.to_owned(), number));
    number
}

/// The audience of a slot, a variant or an offer: a name, or a condition of its own.
pub(super) fn of(check: &mut Check<'_>, path: &str, value: &Value) -> Option<u16> {
    let audience = value.get("audience")?;
    condition(check, &Value::Null, &below(path, "audience"), audience, &mut Vec::new())
}

fn push(check: &mut Check<'_>, condition: Condition) -> u16 {
    if let Some(at) = check.plan.conditions.iter().position(|known| *known == condition) {
        return at as u16;
    }
    check.plan.conditions.push(condition);
    check.plan.conditions.len() as u16 - 1
}

/// Reads a condition: all that it says must hold.
fn condition(check: &mut Check<'_>, root: &Value, path: &str, value: &Value, open: &mut Vec<String>) -> Option<u16> {
    if let Some(name) = value.as_str() {
        let there = root.get("audiences").and_then(|all| all.get(name)).is_some();
        if there || check.audiences.iter().any(|(known, _)| known == name) {
            return named(check, root, name, open);
        }
        let mut known: Vec<&str> = check.audiences.iter().map(|(known, _)| known.as_str()).collect();
        known.extend(
            root.get("audiences").and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key.as_str()),
        );
        let hint = nearest(name, &known);
        let names =
            if known.is_empty() { "none is defined".to_owned() } else { format!("one of {}", known.join(", ")) };
        let problem = format!("{path} is {value}, expected the name of an audience ({names}) or a condition{hint}");
        check.problems.push(problem);
        return None;
    }
    let keys: Vec<&str> = KEYS.into_iter().chain(MORE_KEYS).collect();
    let object = check.object(value, path, &keys)?;
    let mut parts = Vec::new();
    for (key, said) in object {
        let path = below(path, key);
        let part = match key.as_str() {
            "all" | "any" => {
                let list = check.list(&path[..path.len() - key.len() - 1], value, key);
                let numbered = list.iter().enumerate();
                let all: Vec<u16> = numbered
                    .filter_map(|(at, part)| condition(check, root, &format!("{path}[{at}]"), part, open))
                    .collect();
                if all.len() < list.len() || list.is_empty() {
                    if list.is_empty() {
                        check.say(&path, Some(said), "a list of conditions");
                    }
                    return None;
                }
                if key == "all" { Condition::All(all) } else { Condition::Any(all) }
            }
            "not" => Condition::Not(condition(check, root, &path, said, open)?),
            "audience" => {
                parts.push(condition(check, root, &path, said, open)?);
                continue;
            }
            "source" => Condition::Source(bits(check, &path, said, &Source::ALL.map(Source::word))? as u8),
            "device" => Condition::Device(bits(check, &path, said, &Device::ALL.map(Device::word))? as u8),
            "stage" => Condition::Stage(bits(check, &path, said, &Stage::NAMES)? as u8),
            "price_band" => Condition::PriceBand(bits(check, &path, said, &PriceBand::NAMES)? as u8),
            "campaign" => Condition::Campaign(key_of(check.text(&path, &wrap(said), "is")?)),
            "landing" => Condition::Landing(landing_of(check.text(&path, &wrap(said), "is")?)),
            "schedule" => Condition::Now(schedule(check, path.trim_end_matches(".schedule"), value)),
            "interest" => {
                check.object(said, &path, &["categories", "at_least"])?;
                let least = check.thousandths(&path, said, "at_least", 0.3);
                if said.get("categories").is_none() {
                    check.say(&below(&path, "categories"), None, "a list of category paths");
                }
                Condition::Interest(check.categories(&path, said, "categories"), least)
            }
            "events" => {
                for (name, _) in said.as_object().into_iter().flatten() {
                    let Some(kind) = EventKind::from_name(name) else {
                        let hint = nearest(name, &EventKind::ALL.map(|(known, _)| known));
                        let problem = format!("{path}.{name} is unknown, expected the name of an event{hint}");
                        check.problems.push(problem);
                        continue;
                    };
                    let least = check.whole(&path, said, name, 1, 1..=1000);
                    parts.push(push(check, Condition::Events(kind as u8, least as u16)));
                }
                if !said.is_object() {
                    check.say(&path, Some(said), "an object with a least number for each event");
                }
                continue;
            }
            measure => {
                let Some((_, measure)) = Measure::ALL.iter().find(|(name, _)| *name == measure) else { continue };
                check.object(said, &path, &["from", "to"])?;
                let from = (check.number(&path, said, "from", -1.0, -1.0..=1.0) * 1000.0).round() as i32;
                let to = (check.number(&path, said, "to", 1.0, -1.0..=1.0) * 1000.0).round() as i32;
                if from > to {
                    check.say(&path, Some(said), "from not above to");
                }
                Condition::Within(*measure, from, to)
            }
        };
        parts.push(push(check, part));
    }
    match parts[..] {
        [] => {
            check.say(path, Some(value), "at least one condition");
            None
        }
        [one] => Some(one),
        _ => Some(push(check, Condition::All(parts))),
    }
}

fn wrap(value: &Value) -> Value {
    serde_json::json!({ "is": value })
}

/// A word or a list of words, as bits.
fn bits(check: &mut Check<'_>, path: &str, value: &Value, words: &[&str]) -> Option<u32> {
    let one = std::slice::from_ref(value);
    let mut bits = 0;
    for said in value.as_array().map_or(one, Vec::as_slice) {
        let text = said.as_str().unwrap_or_default();
        match words.iter().position(|word| *word == text) {
            Some(at) => bits |= 1 << at,
            None => {
                let hint = nearest(text, words);
                check.say(path, Some(said), &format!("one or more of {}{hint}", words.join(", ")));
                return None;
            }
        }
    }
    Some(bits)
}

/// The months of a season, as bits.
pub(super) fn months(check: &mut Check<'_>, path: &str, value: &Value) -> u16 {
    match value.get("months") {
        None => Schedule::ALWAYS.months,
        Some(said) => bits(check, &below(path, "months"), said, &MONTHS).unwrap_or_default() as u16,
    }
}

/// When something is on. Dates without a time begin at midnight, by the store's clocks.
pub(super) fn schedule(check: &mut Check<'_>, path: &str, value: &Value) -> Schedule {
    let Some(value) = value.get("schedule") else { return Schedule::ALWAYS };
    let path = below(path, "schedule");
    if check.object(value, &path, &["from", "until", "hours", "weekdays", "months"]).is_none() {
        return Schedule::ALWAYS;
    }
    let offset = i64::from(check.plan.utc_offset) * 60;
    let mut moment = |key: &str, unset: u32| {
        let Some(said) = value.get(key) else { return unset };
        let text = said.as_str().unwrap_or_default();
        let is_date = text.len() == 10;
        let whole = if is_date { format!("{text} 00:00:00 UTC") } else { text.to_owned() };
        let secs = time::parse(&whole).filter(|_| !text.is_empty()).map(|ms| (ms / 1000) as i64);
        let Some(secs) = secs else {
            check.say(
                &below(&path, key),
                Some(said),
                "a date such as 2026-11-27, or a moment such as 2026-11-27T08:00:00Z",
            );
            return unset;
        };
        u32::try_from(if is_date { secs - offset } else { secs }).unwrap_or(unset)
    };
    let (from, until) = (moment("from", 0), moment("until", u32::MAX));
    if from >= until {
        check.say(&path, Some(value), "an end after the beginning");
    }
    let hours = match value.get("hours") {
        None => Schedule::ALWAYS.hours,
        Some(said) => {
            let hour = |at: usize| said.get(at).and_then(Value::as_u64).filter(|hour| *hour <= 24);
            match (hour(0), hour(1)) {
                (Some(from), Some(to)) if from != to && said.as_array().is_some_and(|list| list.len() == 2) => {
                    let within =
                        |hour: &u64| if from < to { (from..to).contains(hour) } else { *hour >= from || *hour < to };
                    (0..24).filter(within).map(|hour| 1 << hour).sum()
                }
                _ => {
                    check.say(&below(&path, "hours"), Some(said), "two hours from 0 to 24, such as [18, 22]");
                    0
                }
            }
        }
    };
    let weekdays = match value.get("weekdays") {
        None => Schedule::ALWAYS.weekdays,
        Some(said) => bits(check, &below(&path, "weekdays"), said, &DAYS).unwrap_or_default() as u8,
    };
    Schedule { from, until, hours, weekdays, months: months(check, &path, value) }
}
