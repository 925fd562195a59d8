//! Audiences of the plan file: named conditions, and conditions written directly at a slot, a variant or an offer.
//!
//! The compiled plan has one list of conditions, which refer to each other by number. Equal conditions are stored once: a
//! host evaluates each at most once per page. An audience is read when it is first named, so that a condition comes after
//! its parts, and a host can evaluate the list from front to back. Invariant: there are no circles.

use super::check::{Check, below, nearest};
use super::limits;
use super::schedule::schedule;
use crate::context::{Device, Source, key_of, landing_of};
use crate::event::EventKind;
use crate::intent::{PriceBand, Stage};
use crate::snapshot::plan::{Condition, Fact};
use serde_json::Value;

const KEYS: [&str; 19] = [
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
    "segment",
    "interest",
    "events",
    "schedule",
    "purchase",
    "cart",
    "exit",
    "price_sensitivity",
    "incentive",
];

/// The intent scores that a condition may bound.
const SCORES: [(&str, Fact); 5] = [
    ("purchase", Fact::Purchase),
    ("cart", Fact::Cart),
    ("exit", Fact::Exit),
    ("price_sensitivity", Fact::PriceSensitivity),
    ("incentive", Fact::Incentive),
];

/// Reads the named audiences, each after its parts.
pub(super) fn audiences(check: &mut Check<'_>, root: &Value) {
    let mut reader = ConditionReader { check, root, open: Vec::new() };
    for (name, _) in reader.check.entries("", root, "audiences") {
        reader.named(name);
    }
}

/// The audience of a slot, a variant or an offer: a name, or a condition of its own.
pub(super) fn audience(check: &mut Check<'_>, path: &str, value: &Value) -> Option<u16> {
    let audience = value.get("audience")?;
    ConditionReader { check, root: &Value::Null, open: Vec::new() }.condition(&below(path, "audience"), audience)
}

/// Reads conditions into a plan.
struct ConditionReader<'c, 'k, 'v> {
    check: &'c mut Check<'k>,
    /// The plan while its named audiences are read; `null` afterwards, when all of them are known.
    root: &'v Value,
    /// The audiences that are being read, the outermost first. Meeting one of them again is a circle.
    open: Vec<String>,
}

impl ConditionReader<'_, '_, '_> {
    /// The number of a named audience. Reads it if that has not happened yet.
    fn named(&mut self, name: &str) -> Option<u16> {
        if let Some((_, number)) = self.check.audiences.iter().find(|(known, _)| known == name) {
            return *number;
        }
        if let Some(begin) = self.open.iter().position(|known| known == name) {
            let circle: Vec<&str> = self.open[begin..].iter().map(String::as_str).chain([name]).collect();
            let path = circle.join(" -> ");
            let problem =
                format!("audiences.{name} is circular ({path}), expected an audience that is not made of itself");
            // One report per plan: every member of a circle would report the same circle again.
            if !self.check.problems.iter().any(|known| known.contains("is circular")) {
                self.check.problems.push(problem);
            }
            return None;
        }
        let value = self.root.get("audiences")?.get(name)?;
        self.open.push(name.to_owned());
        let number = self.condition(&format!("audiences.{name}"), value);
        self.open.pop();
        self.check.audiences.push((name.to_owned(), number));
        number
    }

    /// The number of the audience that a name stands for.
    fn reference(&mut self, path: &str, value: &Value, name: &str) -> Option<u16> {
        let listed = self.root.get("audiences").and_then(Value::as_object);
        if listed.is_some_and(|all| all.contains_key(name))
            || self.check.audiences.iter().any(|(known, _)| known == name)
        {
            return self.named(name);
        }
        let mut known: Vec<&str> = self.check.audiences.iter().map(|(known, _)| known.as_str()).collect();
        known.extend(listed.into_iter().flatten().map(|(key, _)| key.as_str()));
        let hint = nearest(name, &known);
        let names =
            if known.is_empty() { "none is defined".to_owned() } else { format!("one of {}", known.join(", ")) };
        let problem = format!("{path} is {value}, expected the name of an audience ({names}) or a condition{hint}");
        self.check.problems.push(problem);
        None
    }

    /// The number of a condition. Several keys of one object must all hold.
    fn condition(&mut self, path: &str, value: &Value) -> Option<u16> {
        if let Some(name) = value.as_str() {
            return self.reference(path, value, name);
        }
        let object = self.check.object(value, path, &KEYS)?;
        let mut parts = Vec::new();
        for (key, found) in object {
            let at = below(path, key);
            match key.as_str() {
                "audience" => parts.push(self.condition(&at, found)?),
                "events" => self.events(&at, found, &mut parts),
                "schedule" => {
                    let schedule = schedule(self.check, path, value);
                    parts.push(self.number_of(Condition::Now(schedule)));
                }
                "all" => {
                    let all = self.list(path, value, key)?;
                    parts.push(self.every(all));
                }
                "any" => {
                    let any = self.list(path, value, key)?;
                    parts.push(self.any(any));
                }
                "not" => {
                    let not = self.condition(&at, found)?;
                    parts.push(self.number_of(Condition::Fact(Fact::Hold, vec![not], 0, 0)));
                }
                key if KEYS.contains(&key) => {
                    parts.push(self.fact(&at, key, found)?);
                }
                _ => {}
            }
        }
        match parts[..] {
            [] => {
                self.check.say(path, Some(value), "at least one condition");
                None
            }
            [one] => Some(one),
            _ => Some(self.every(parts)),
        }
    }

    /// The numbers of the conditions under `all` or `any`; `None` if the list is empty or one has a mistake.
    fn list(&mut self, path: &str, value: &Value, key: &str) -> Option<Vec<u16>> {
        let list = self.check.list(path, value, key);
        let path = below(path, key);
        let read = |(at, part): (usize, &Value)| self.condition(&format!("{path}[{at}]"), part);
        let numbers: Vec<u16> = list.iter().enumerate().filter_map(read).collect();
        if list.is_empty() {
            self.check.say(&path, value.get(key), "a list of conditions");
        }
        (!list.is_empty() && numbers.len() == list.len()).then_some(numbers)
    }

    /// That all of these conditions hold.
    fn every(&mut self, parts: Vec<u16>) -> u16 {
        let count = parts.len() as i32;
        self.number_of(Condition::Fact(Fact::Hold, parts, count, count))
    }

    /// That one of these conditions holds, or more.
    fn any(&mut self, parts: Vec<u16>) -> u16 {
        self.number_of(Condition::Fact(Fact::Hold, parts, 1, i32::MAX))
    }

    /// The number of a condition about one fact of the visit.
    fn fact(&mut self, path: &str, key: &str, found: &Value) -> Option<u16> {
        let check = &mut *self.check;
        let is = |fact, number: u16| Condition::Fact(fact, Vec::new(), number.into(), number.into());
        let (fact, bits) = match key {
            "source" => (Fact::Source, check.words(path, found, &Source::ALL.map(Source::word))?),
            "device" => (Fact::Device, check.words(path, found, &Device::ALL.map(Device::word))?),
            "stage" => (Fact::Stage, check.words(path, found, &Stage::NAMES)?),
            "price_band" => (Fact::PriceBand, check.words(path, found, &PriceBand::NAMES)?),
            _ => {
                let condition = match key {
                    "campaign" => is(Fact::Campaign, key_of(check.text(path, &wrap(found), "is")?)),
                    "landing" => is(Fact::Landing, landing_of(check.text(path, &wrap(found), "is")?)),
                    // A visitor is in any number of segments, so their number is counted.
                    "segment" => {
                        let of = vec![key_of(check.text(path, &wrap(found), "is")?)];
                        Condition::Fact(Fact::Segment, of, 1, i32::MAX)
                    }
                    "interest" => self.interest(path, found)?,
                    score => self.within(path, score, found)?,
                };
                return Some(self.number_of(condition));
            }
        };
        let words = (0..u32::BITS as u16).filter(|word| bits >> word & 1 == 1);
        let parts: Vec<u16> = words.map(|word| self.number_of(is(fact, word))).collect();
        Some(if let [one] = parts[..] { one } else { self.any(parts) })
    }

    /// A minimum share of interest in some categories.
    fn interest(&mut self, path: &str, found: &Value) -> Option<Condition> {
        let check = &mut *self.check;
        check.object(found, path, &["categories", "at_least"])?;
        let least = check.thousandths(path, found, "at_least", &limits::INTEREST);
        if found.get("categories").is_none() {
            check.say(&below(path, "categories"), None, "a list of category paths");
        }
        let categories = check.categories(path, found, "categories");
        Some(Condition::Fact(Fact::Interest, categories, least.into(), i32::MAX))
    }

    /// A minimum number of events of each kind named.
    fn events(&mut self, path: &str, found: &Value, parts: &mut Vec<u16>) {
        for (name, _) in found.as_object().into_iter().flatten() {
            let Some(kind) = EventKind::from_name(name) else {
                let hint = nearest(name, &EventKind::ALL.map(|(known, _)| known));
                let problem = format!("{path}.{name} is unknown, expected the name of an event{hint}");
                self.check.problems.push(problem);
                continue;
            };
            let least = self.check.whole(path, found, name, &limits::EVENTS);
            let of = vec![u16::from(kind as u8)];
            parts.push(self.number_of(Condition::Fact(Fact::Events, of, least as i32, i32::MAX)));
        }
        if !found.is_object() {
            self.check.say(path, Some(found), "an object with a least number for each event");
        }
    }

    /// A range of an intent score, stored in thousandths.
    fn within(&mut self, path: &str, name: &str, found: &Value) -> Option<Condition> {
        let (_, score) = SCORES.iter().find(|(known, _)| *known == name)?;
        let check = &mut *self.check;
        check.object(found, path, &["from", "to"])?;
        let from = (check.number(path, found, "from", &limits::FROM) * 1000.0).round() as i32;
        let to = (check.number(path, found, "to", &limits::TO) * 1000.0).round() as i32;
        if from > to {
            check.say(path, Some(found), "from not above to");
        }
        Some(Condition::Fact(*score, Vec::new(), from, to))
    }

    /// The number of a condition in the plan. Adds it if no equal one is there.
    fn number_of(&mut self, condition: Condition) -> u16 {
        let conditions = &mut self.check.plan.conditions;
        if let Some(at) = conditions.iter().position(|known| *known == condition) {
            return at as u16;
        }
        conditions.push(condition);
        conditions.len() as u16 - 1
    }
}

/// A value under a key, for readers that expect one.
fn wrap(value: &Value) -> Value {
    serde_json::json!({ "is": value })
}
