//! What all parts of the plan's reader share: values by path, mistakes in words, names turned into numbers.
//!
//! No method stops at a mistake. It notes the mistake and returns a usable value (a default, an empty list), so that one run
//! finds them all. A plan with any mistake is thrown away at the end, so these values never reach a snapshot.

use super::known::Known;
use super::limits::{Count, Limit};
pub(super) use crate::log::nearest;
use crate::snapshot::ItemIndex;
use crate::snapshot::plan::{Plan, Variant};
use serde_json::{Map, Value};

/// A plan on its way from JSON, and the mistakes found so far.
pub(super) struct Check<'a> {
    /// The mistakes: each with its path, what was found and what was expected.
    pub(super) problems: Vec<String>,
    /// The plan, as far as it has been read.
    pub(super) plan: Plan,
    /// The published sets of products read so far.
    pub(super) bundles: Vec<Variant>,
    /// The audiences read so far, with the numbers of their conditions; `None` for one with a mistake.
    pub(super) audiences: Vec<(String, Option<u16>)>,
    /// What the shop has; `None` if names are not checked.
    known: Option<&'a Known<'a>>,
}

/// The path of a key below another path; that of the root is empty.
pub(super) fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

impl<'a> Check<'a> {
    pub(super) fn new(known: Option<&'a Known<'a>>) -> Self {
        Self { problems: Vec::new(), plan: Plan::default(), bundles: Vec::new(), audiences: Vec::new(), known }
    }

    /// Notes a mistake: what was found at a path, and what was expected.
    pub(super) fn say(&mut self, path: &str, found: Option<&Value>, expected: &str) {
        let found = found.map_or("nothing".into(), |value| format!("{value}"));
        self.problems.push(format!("{path} is {found}, expected {expected}"));
    }

    /// An object whose keys are all among those named; others are mistakes.
    pub(super) fn object<'v>(&mut self, value: &'v Value, path: &str, keys: &[&str]) -> Option<&'v Map<String, Value>> {
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

    /// The entries of an object; none if it is missing.
    pub(super) fn entries<'v>(&mut self, path: &str, value: &'v Value, key: &str) -> Vec<(&'v String, &'v Value)> {
        match value.get(key) {
            None => Vec::new(),
            Some(Value::Object(object)) => object.iter().collect(),
            other => {
                self.say(&below(path, key), other, "an object");
                Vec::new()
            }
        }
    }

    /// The entries of a list; none if it is missing.
    pub(super) fn list<'v>(&mut self, path: &str, value: &'v Value, key: &str) -> &'v [Value] {
        match value.get(key) {
            None => &[],
            Some(Value::Array(list)) => list,
            other => {
                self.say(&below(path, key), other, "a list");
                &[]
            }
        }
    }

    /// A text that may be missing.
    pub(super) fn text<'v>(&mut self, path: &str, value: &'v Value, key: &str) -> Option<&'v str> {
        let found = value.get(key)?;
        if !found.is_string() {
            self.say(&below(path, key), Some(found), "a text");
        }
        found.as_str()
    }

    /// The place of the value among some words; `None` if it is missing or not one of them.
    pub(super) fn word(&mut self, path: &str, value: &Value, key: &str, words: &[&str]) -> Option<usize> {
        let found = value.get(key)?;
        let at = found.as_str().and_then(|text| words.iter().position(|word| *word == text));
        if at.is_none() {
            let hint = nearest(found.as_str().unwrap_or_default(), words);
            self.say(&below(path, key), Some(found), &format!("one of {}{hint}", words.join(", ")));
        }
        at
    }

    /// A word or a list of words, as a bit set by their places; `None` if one is not among them.
    pub(super) fn words(&mut self, path: &str, value: &Value, words: &[&str]) -> Option<u32> {
        let one = std::slice::from_ref(value);
        let mut bits = 0;
        if value.as_array().is_some_and(Vec::is_empty) {
            self.say(path, Some(value), &format!("at least one of {}", words.join(", ")));
            return None;
        }
        for found in value.as_array().map_or(one, Vec::as_slice) {
            let text = found.as_str().unwrap_or_default();
            match words.iter().position(|word| *word == text) {
                Some(at) => bits |= 1 << at,
                None => {
                    let hint = nearest(text, words);
                    self.say(path, Some(found), &format!("one or more of {}{hint}", words.join(", ")));
                    return None;
                }
            }
        }
        Some(bits)
    }

    /// A number in a range; `unset` if it is missing.
    pub(super) fn number(&mut self, path: &str, value: &Value, key: &str, Limit { range, unset }: &Limit) -> f64 {
        let found = value.get(key);
        let number = found.map_or(Some(*unset), Value::as_f64).filter(|number| range.contains(number));
        number.unwrap_or_else(|| {
            self.say(&below(path, key), found, &format!("a number from {} to {}", range.start(), range.end()));
            *unset
        })
    }

    /// A whole number in a range; `unset` if it is missing.
    pub(super) fn whole(&mut self, path: &str, value: &Value, key: &str, Count { range, unset }: &Count) -> u64 {
        let found = value.get(key);
        let number = found.map_or(Some(*unset), Value::as_u64).filter(|number| range.contains(number));
        number.unwrap_or_else(|| {
            let expected = format!("a whole number from {} to {}", range.start(), range.end());
            self.say(&below(path, key), found, &expected);
            *unset
        })
    }

    /// A number in thousandths.
    pub(super) fn thousandths(&mut self, path: &str, value: &Value, key: &str, limit: &Limit) -> u16 {
        (self.number(path, value, key, limit) * 1000.0).round() as u16
    }

    /// The numbers of the categories of a list of paths, their children included, ascending.
    pub(super) fn categories(&mut self, path: &str, value: &Value, key: &str) -> Vec<u16> {
        let path = below(path, key);
        let listed = match value.get(key) {
            None => return Vec::new(),
            Some(Value::Array(list)) if !list.is_empty() => list,
            other => {
                self.say(&path, other, "a list of category paths");
                return Vec::new();
            }
        };
        let mut found = Vec::new();
        for (at, name) in listed.iter().enumerate() {
            let Some(known) = self.known else {
                if !name.is_string() {
                    self.say(&format!("{path}[{at}]"), Some(name), "a category path");
                }
                continue;
            };
            let wanted = name.as_str().unwrap_or_default();
            let child = |path: &str| {
                !wanted.is_empty() && path == wanted
                    || path.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
            };
            let before = found.len();
            found.extend(known.categories.iter().zip(0_u16..).filter(|(path, _)| child(path)).map(|(_, at)| at));
            if found.len() == before {
                let hint = nearest(wanted, &known.categories.iter().map(String::as_str).collect::<Vec<_>>());
                self.say(&format!("{path}[{at}]"), Some(name), &format!("a category of the log{hint}"));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The number of one category by its path.
    pub(super) fn category(&mut self, path: &str, wanted: &str) -> Option<u16> {
        let known = self.known?;
        let number = known.categories.iter().position(|path| !path.is_empty() && path == wanted);
        if number.is_none() {
            let hint = nearest(wanted, &known.categories.iter().map(String::as_str).collect::<Vec<_>>());
            self.problems.push(format!("{path} is unknown, expected a category of the log{hint}"));
        }
        number.map(|number| number as u16)
    }

    /// The numbers of a list of brands, ascending.
    pub(super) fn brands(&mut self, path: &str, value: &Value, key: &str) -> Vec<u32> {
        let mut found = Vec::new();
        for (at, name) in self.list(path, value, key).iter().enumerate() {
            let Some(known) = self.known else { continue };
            let wanted = name.as_str().unwrap_or_default();
            match known.brands.iter().position(|brand| !brand.is_empty() && brand == wanted) {
                Some(number) => found.push(number as u32),
                None => {
                    let hint = nearest(wanted, &known.brands.iter().map(String::as_str).collect::<Vec<_>>());
                    let path = format!("{}[{at}]", below(path, key));
                    self.say(&path, Some(name), &format!("a brand of the log{hint}"));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The numbers of a list of products.
    pub(super) fn items(&mut self, path: &str, value: &Value, key: &str) -> Vec<ItemIndex> {
        let listed = self.list(path, value, key).iter().enumerate();
        listed.filter_map(|(at, id)| self.item(&format!("{}[{at}]", below(path, key)), Some(id))).collect()
    }

    /// The number of a product. Without a shop to ask, a hash of the id stands in, so that contradictions (a product both
    /// pinned and banned) are still found.
    pub(super) fn item(&mut self, path: &str, id: Option<&Value>) -> Option<ItemIndex> {
        let text = match id {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            other => {
                self.say(path, other, "a product id");
                return None;
            }
        };
        let number = match self.known {
            Some(known) => (known.item)(&text),
            None => Some(ItemIndex::new(crate::hash::hash(text.as_bytes(), 0) as u32)),
        };
        if number.is_none() {
            self.say(path, id, "the id of a product of the log or the catalogue");
        }
        number
    }
}
