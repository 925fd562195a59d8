//! Intent as JSON: the scores, categories by name and, on request, reasons.
//!
//! Invariant: the weights of the reasons add up to the purchase score exactly, because the score is a sum of tables.

use super::scores::IntentScores;
use crate::explanation::Reason;
use crate::feature::{DEFINITIONS, Definition, Features, MISSING, Values};
use crate::model::{Model, heaviest_first};
use crate::session::Session;
use crate::snapshot::additive::{Additive, Part};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde::Serialize;

/// What a visit seems to be after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS), ts(rename = "Intent"))]
pub struct IntentReport {
    /// The numbers; in JSON they stand beside the other fields.
    #[serde(flatten)]
    pub scores: IntentScores,
    /// Categories by their share of the session's attention, the largest first.
    pub categories: Vec<CategoryShare>,
    /// The terms of the purchase score: the base, then each table, the strongest first. Left out unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "contract", ts(optional))]
    pub reasons: Option<Vec<Reason>>,
}

/// A category's share of the session's attention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS))]
pub struct CategoryShare {
    /// Category path.
    pub category: String,
    /// Thousandths.
    pub permille: u32,
}

impl IntentReport {
    /// The reasons; none unless asked for.
    pub fn reasons(&self) -> &[Reason] {
        self.reasons.as_deref().unwrap_or_default()
    }
}

/// Reads the intent of a session, at any moment and before its first event.
pub fn intent<B: AsRef<[u8]>>(model: &Model<B>, session: &Session) -> IntentReport {
    read(model, session).0
}

/// As [`intent`], with reasons that add up to the score.
pub fn explain_intent<B: AsRef<[u8]>>(model: &Model<B>, session: &Session) -> IntentReport {
    let (report, features) = read(model, session);
    IntentReport { reasons: Some(reasons(&model.intent().purchase, &features)), ..report }
}

/// The report without reasons, and the features it was read from.
fn read<B: AsRef<[u8]>>(model: &Model<B>, session: &Session) -> (IntentReport, Features) {
    let share =
        |(category, permille): (u16, u32)| CategoryShare { category: model.category_path(category).into(), permille };
    let categories = model.affinity(session).shares().map(share).collect();
    let features = Features::of(session, model);
    let scores = IntentScores::of(model, session, &features);
    (IntentReport { scores, categories, reasons: None }, features)
}

/// The base and every table with a weight, the strongest first. Empty for a model without tables, whose score is a constant
/// that explains nothing.
fn reasons(model: &Additive, features: &Features) -> Vec<Reason> {
    if !model.is_fitted() {
        return Vec::new();
    }
    let text = format!("the average of {} moments of running sessions", model.moments);
    let mut reasons = alloc::vec![Reason { code: "base", text, weight: model.base }];
    let mut parts: Vec<Part> = model.parts(&features.0).filter(|part| part.weight != 0).collect();
    heaviest_first(&mut parts, |part| part.weight.unsigned_abs());
    reasons.extend(parts.iter().map(|part| Reason {
        code: DEFINITIONS[usize::from(part.feature)].name,
        text: words(*part, features),
        weight: part.weight,
    }));
    reasons
}

/// A term in words: the name of its feature, or of both, and the value.
fn words(part: Part, features: &Features) -> String {
    let one = |feature: u8| {
        let Definition { words, values, .. } = DEFINITIONS[usize::from(feature)];
        format!("{words}: {}", value_in_words(values, features.0[usize::from(feature)]))
    };
    match part.with {
        None => one(part.feature),
        Some(with) => format!("{}, with {}", one(part.feature), one(with)),
    }
}

fn value_in_words(values: Values, value: i32) -> String {
    match values {
        _ if value == MISSING => "not yet known".into(),
        Values::Names(names) => {
            names.get(value.max(0) as usize).map_or_else(|| value.to_string(), |name| (*name).into())
        }
        Values::Amounts => value.to_string(),
        Values::Seconds => format!("{value} s"),
        Values::Percent => format!("{value} %"),
        Values::OfUsual => match value - 100 {
            0 => "the category's usual one".into(),
            less @ ..0 => format!("{} % below the category's usual one", -less),
            more => format!("{more} % above the category's usual one"),
        },
        // Tenths of a level; there are seven levels either way.
        Values::Conversion => match value {
            ..-25 => "far below usual",
            -25..-5 => "below usual",
            -5..=5 => "as usual",
            6..=25 => "above usual",
            _ => "far above usual",
        }
        .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_with_their_units() {
        let told = |values, value| value_in_words(values, value);
        assert_eq!(told(Values::Amounts, 3), "3");
        assert_eq!(told(Values::Seconds, 40), "40 s");
        assert_eq!(told(Values::Percent, 22), "22 %");
        assert_eq!(told(Values::OfUsual, 56), "44 % below the category's usual one");
        assert_eq!(told(Values::OfUsual, 100), "the category's usual one");
        assert_eq!(told(Values::OfUsual, 127), "27 % above the category's usual one");
        assert_eq!(
            [-70, -10, 0, 10, 30].map(|value| told(Values::Conversion, value)),
            ["far below usual", "below usual", "as usual", "above usual", "far above usual"]
        );
        assert_eq!(told(Values::Names(&["direct", "search"]), 1), "search");
        assert_eq!(told(Values::OfUsual, MISSING), "not yet known");
    }
}
