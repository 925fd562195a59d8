//! The merchandiser's plan file: read, with every mistake explained by its path, and compiled.
//!
//! The shape is published as a JSON Schema in the npm package (`slotwise/plan.schema.json`). What a
//! schema cannot say (does the store have this category?) is checked here.

use super::TrainError;
use crate::snapshot::plan::{Fill, MAX_ITEMS, Plan, Slot, Strategy, Variant};
use serde_json::{Map, Value};
use std::path::Path;

/// Reads and compiles a plan against the categories of a store.
///
/// # Errors
/// [`TrainError::Plan`] with every mistake, or [`TrainError::File`].
pub fn read(path: &Path, categories: &[String]) -> Result<Plan, TrainError> {
    let text = std::fs::read_to_string(path).map_err(|source| TrainError::File { path: path.to_owned(), source })?;
    compile(&text, Some(categories)).map_err(|problems| TrainError::Plan { path: path.to_owned(), problems })
}

/// Compiles a plan; without categories, names of categories are taken on trust.
///
/// # Errors
/// Every mistake: its path, what was found, what was expected.
pub fn compile(text: &str, categories: Option<&[String]>) -> Result<Plan, Vec<String>> {
    let value: Value = serde_json::from_str(text).map_err(|error| vec![format!("the file is no JSON: {error}")])?;
    let mut check = Check { problems: Vec::new(), categories };
    let mut plan = Plan::default();
    if let Some(root) = check.object(&value, "plan", &["$schema", "version", "slots"]) {
        if root.get("version").and_then(Value::as_u64) != Some(1) {
            check.say("version", root.get("version"), "1");
        }
        match root.get("slots").and_then(Value::as_object) {
            Some(slots) => plan.slots = slots.iter().filter_map(|(name, slot)| check.slot(name, slot)).collect(),
            None => check.say("slots", root.get("slots"), "an object with a slot for each name"),
        }
    }
    plan.slots.sort_by(|a, b| a.name.cmp(&b.name));
    if check.problems.is_empty() { Ok(plan) } else { Err(check.problems) }
}

struct Check<'a> {
    problems: Vec<String>,
    categories: Option<&'a [String]>,
}

const CHOOSE: [&str; 6] = ["kind", "strategy", "minimum_evidence", "minimum_share", "default", "variants"];
const FILL: [&str; 5] = ["kind", "strategies", "limit", "minimum_evidence", "seen"];

impl Check<'_> {
    fn say(&mut self, path: &str, found: Option<&Value>, expected: &str) {
        let found = found.map_or("nothing".into(), |value| format!("{value}"));
        self.problems.push(format!("{path} is {found}, expected {expected}"));
    }

    fn object<'v>(&mut self, value: &'v Value, path: &str, keys: &[&str]) -> Option<&'v Map<String, Value>> {
        let Some(object) = value.as_object() else {
            self.say(path, Some(value), "an object");
            return None;
        };
        for key in object.keys().filter(|key| !keys.contains(&key.as_str())) {
            let hint = nearest(key, keys);
            self.problems.push(format!("{path}.{key} is unknown, expected one of {}{hint}", keys.join(", ")));
        }
        Some(object)
    }

    fn slot(&mut self, name: &str, value: &Value) -> Option<Slot> {
        let path = format!("slots.{name}");
        let kind = value.get("kind");
        let fill = match kind.and_then(Value::as_str) {
            Some("choose") => self.choose(&path, value)?,
            Some("fill") => self.items(&path, value)?,
            other => {
                let hint = other.map_or(String::new(), |kind| nearest(kind, &["choose", "fill"]));
                self.say(&format!("{path}.kind"), kind, &format!("choose or fill{hint}"));
                return None;
            }
        };
        let minimum_evidence = self.whole(&path, value, "minimum_evidence", 1, 0..=16)? as u16;
        Some(Slot { name: name.to_owned(), minimum_evidence, fill })
    }

    fn whole(
        &mut self,
        path: &str,
        value: &Value,
        key: &str,
        unset: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> Option<u64> {
        let found = value.get(key);
        let number = found.map_or(Some(unset), Value::as_u64).filter(|number| range.contains(number));
        if number.is_none() {
            self.say(
                &format!("{path}.{key}"),
                found,
                &format!("a whole number from {} to {}", range.start(), range.end()),
            );
        }
        number
    }

    fn choose(&mut self, path: &str, value: &Value) -> Option<Fill> {
        let slot = self.object(value, path, &CHOOSE)?;
        if slot.get("strategy").and_then(Value::as_str) != Some("category_affinity") {
            let hint = slot
                .get("strategy")
                .and_then(Value::as_str)
                .map_or(String::new(), |name| nearest(name, &["category_affinity"]));
            self.say(&format!("{path}.strategy"), slot.get("strategy"), &format!("category_affinity{hint}"));
        }
        let share =
            slot.get("minimum_share").map_or(Some(0.4), Value::as_f64).filter(|share| (0.0..=1.0).contains(share));
        if share.is_none() {
            self.say(&format!("{path}.minimum_share"), slot.get("minimum_share"), "a number from 0 to 1");
        }
        let default = slot.get("default").and_then(Value::as_str);
        if default.is_none() {
            self.say(
                &format!("{path}.default"),
                slot.get("default"),
                "the name of the variant that is the shop's own content",
            );
        }
        let mut variants = Vec::new();
        match slot.get("variants").and_then(Value::as_object).filter(|variants| !variants.is_empty()) {
            None => self.say(&format!("{path}.variants"), slot.get("variants"), "an object with at least one variant"),
            Some(named) => {
                for (name, variant) in named {
                    let path = format!("{path}.variants.{name}");
                    if Some(name.as_str()) == default {
                        self.problems.push(format!("{path} is the default too, expected other variants only"));
                    }
                    let categories = self.categories_of(&path, variant).unwrap_or_default();
                    variants.push(Variant { name: name.clone(), categories });
                }
            }
        }
        Some(Fill::Choose { default: default?.to_owned(), variants, minimum_share: (share? * 1000.0).round() as u16 })
    }

    fn categories_of(&mut self, path: &str, value: &Value) -> Option<Vec<u16>> {
        let variant = self.object(value, path, &["categories"])?;
        let path = format!("{path}.categories");
        let Some(names) = variant.get("categories").and_then(Value::as_array).filter(|names| !names.is_empty()) else {
            self.say(&path, variant.get("categories"), "a list of category paths");
            return None;
        };
        let mut found = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let Some(known) = self.categories else { continue };
            let wanted = name.as_str().unwrap_or_default();
            let child =
                |path: &str| path == wanted || path.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'));
            let before = found.len();
            found.extend(known.iter().zip(0_u16..).filter(|(path, _)| child(path)).map(|(_, number)| number));
            if found.len() == before {
                let hint = nearest(wanted, &known.iter().map(String::as_str).collect::<Vec<_>>());
                self.say(&format!("{path}[{at}]"), Some(name), &format!("a category of the log{hint}"));
            }
        }
        found.sort_unstable();
        found.dedup();
        Some(found)
    }

    fn items(&mut self, path: &str, value: &Value) -> Option<Fill> {
        let slot = self.object(value, path, &FILL)?;
        let limit = self.whole(path, value, "limit", 8, 1..=u64::from(MAX_ITEMS));
        let seen = match slot.get("seen").map_or(Some("exclude"), Value::as_str) {
            Some("exclude") => Some(false),
            Some("allow") => Some(true),
            _ => {
                self.say(&format!("{path}.seen"), slot.get("seen"), "exclude or allow");
                None
            }
        };
        let known = Strategy::ALL.map(|(name, _)| name);
        let listed = slot.get("strategies").and_then(Value::as_array).filter(|list| !list.is_empty());
        let Some(listed) = listed else {
            self.say(&format!("{path}.strategies"), slot.get("strategies"), &format!("a list of {}", known.join(", ")));
            return None;
        };
        let mut strategies = Vec::new();
        for (at, name) in listed.iter().enumerate() {
            match name.as_str().and_then(Strategy::from_name) {
                Some(strategy) => strategies.push(strategy),
                None => {
                    let hint = nearest(name.as_str().unwrap_or_default(), &known);
                    self.say(
                        &format!("{path}.strategies[{at}]"),
                        Some(name),
                        &format!("one of {}{hint}", known.join(", ")),
                    );
                }
            }
        }
        Some(Fill::Items { strategies, limit: limit? as u8, seen: seen? })
    }
}

/// `; did you mean …?` where a known name is near.
fn nearest(name: &str, known: &[&str]) -> String {
    let best = known.iter().map(|other| (distance(name, other), other)).min();
    best.filter(|(distance, _)| *distance * 3 <= name.len().max(3))
        .map_or(String::new(), |(_, other)| format!("; did you mean {other}?"))
}

/// Levenshtein's edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let cost = (diagonal + usize::from(from != *to)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[b.len()]
}
