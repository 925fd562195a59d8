//! The plan's JSON, with what a usual reader passes over: a mark at its beginning, and keys that are there twice.
//!
//! Of two equal keys a JSON reader silently keeps the last. In a plan that is a slot which somebody edits and nobody ever
//! sees. So the file is read by a visitor of its own, which builds the same values and notes where keys repeat.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::fmt;

/// Reads a plan's text. A byte order mark, which some editors write, is no part of it.
///
/// # Errors
/// What is no JSON, or each key that is there twice, by its path.
pub(super) fn parse(text: &str) -> Result<Value, Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let twice = RefCell::new(Vec::new());
    let mut reader = serde_json::Deserializer::from_str(text);
    let seed = Seed { path: String::new(), twice: &twice };
    let read = seed.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    let value = read.map_err(|error| vec![format!("the file is no JSON: {error}")])?;
    let twice = twice.into_inner();
    if twice.is_empty() { Ok(value) } else { Err(twice) }
}

/// Reads the value at a path.
struct Seed<'a> {
    path: String,
    /// What was found of repeated keys.
    twice: &'a RefCell<Vec<String>>,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let path = format!("{}[{}]", self.path, list.len());
            let Some(value) = from.next_element_seed(Seed { path, twice: self.twice })? else {
                return Ok(Value::Array(list));
            };
            list.push(value);
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = from.next_key::<String>()? {
            let path = super::check::below(&self.path, &key);
            let value = from.next_value_seed(Seed { path: path.clone(), twice: self.twice })?;
            if object.insert(key, value).is_some() {
                self.twice.borrow_mut().push(format!("{path} is there twice, expected each key once: merge the two"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_a_usual_reader() {
        let text = r#"{"a":[1,-2,0.5,true,null,"x",{"b":{}}],"c":"é"}"#;
        assert_eq!(parse(text).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(parse(&format!("\u{feff}{text}")).unwrap(), parse(text).unwrap());
        for bad in ["", "{", "{} {}", "[1,]"] {
            assert!(parse(bad).unwrap_err()[0].contains("the file is no JSON"), "{bad}");
        }
    }

    #[test]
    fn keys_that_are_there_twice_are_named_by_their_paths() {
        let found = parse(r#"{"slots":{"a":{"limit":1,"limit":2},"a":{}},"x":[{"y":1,"y":1}]}"#).unwrap_err();
        let begin = |at: usize| found[at].split(" is there twice").next().unwrap().to_owned();
        assert_eq!([begin(0), begin(1), begin(2)], ["slots.a.limit", "slots.a", "x[0].y"]);
    }
}
