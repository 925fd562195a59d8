//! What an attribute of `schemars` cannot say: ranges, defaults and words, taken from the reader's own lists.

use crate::decide::TEXTS;
use crate::plan::bundle::TEXT;
use crate::plan::limits::{Count, Limit};
use schemars::Schema;
use serde_json::{Value, json};

/// Range and default of a number.
pub(super) fn number(limit: &Limit) -> impl Fn(&mut Schema) + use<> {
    let (least, most, unset) = (*limit.range.start(), *limit.range.end(), limit.unset);
    move |schema| bound(schema, json!(least), json!(most), json!(unset))
}

/// Range and default of a whole number.
pub(super) fn whole(count: &Count) -> impl Fn(&mut Schema) + use<> {
    let (least, most, unset) = (*count.range.start(), *count.range.end(), count.unset);
    move |schema| bound(schema, json!(least), json!(most), json!(unset))
}

pub(super) fn bound(schema: &mut Schema, least: Value, most: Value, unset: Value) {
    for (key, value) in [("minimum", least), ("maximum", most), ("default", unset)] {
        // 1 and not 1.0, as people write it.
        let whole = value.as_f64().filter(|number| number.fract() == 0.0);
        schema.insert(key.into(), whole.map_or(value, |number| json!(number as i64)));
    }
}

/// A number of a range, which has to be set.
pub(super) fn set(bounds: impl Fn(&mut Schema)) -> impl Fn(&mut Schema) {
    move |schema| {
        bounds(schema);
        schema.remove("default");
    }
}

/// One of some words.
pub(super) fn one_of(words: &[&str]) -> impl Fn(&mut Schema) + use<> {
    let words = json!(words);
    move |schema| {
        schema.remove("type");
        schema.insert("enum".into(), words.clone());
    }
}

/// One of some words; the first one where nothing is set.
pub(super) fn first_of(words: &[&str]) -> impl Fn(&mut Schema) + use<> {
    let (one_of, first) = (one_of(words), json!(words.first()));
    move |schema| {
        one_of(schema);
        schema.insert("default".into(), first.clone());
    }
}

/// One of some words, or a list of them.
pub(super) fn some_of(words: &[&str]) -> impl Fn(&mut Schema) + use<> {
    let one = json!({ "enum": words });
    move |schema| {
        schema.remove("type");
        let some = json!({ "type": "array", "minItems": 1, "items": one });
        schema.insert("anyOf".into(), json!([one, some]));
    }
}

/// Exactly this.
pub(super) fn only(value: impl Into<Value>) -> impl Fn(&mut Schema) {
    let value = value.into();
    move |schema| {
        schema.remove("type");
        schema.insert("const".into(), value.clone());
    }
}

/// Each key with the braces its text may hold.
pub(super) fn texts(schema: &mut Schema) {
    let text = |english: &str| {
        let pattern = if english.contains("{name}") { r"^([^{}]|\{name\})*$" } else { "^[^{}]*$" };
        json!({ "type": "string", "pattern": pattern, "examples": [english] })
    };
    let keys = TEXTS.iter().map(|(key, english)| ((*key).to_owned(), text(english)));
    schema.insert("properties".into(), keys.collect());
    schema.insert("additionalProperties".into(), false.into());
}

/// A text of a set.
pub(super) fn short(schema: &mut Schema) {
    schema.insert("minLength".into(), 1.into());
    schema.insert("maxLength".into(), TEXT.into());
}
