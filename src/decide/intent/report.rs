//! Intent as it travels in JSON: by name, with reasons that add up where somebody asked for them.

use super::super::Reason;
use super::{PriceBand, Stage, of_features};
use crate::feature::{DEFINITIONS, Features, MISSING};
use crate::model::Model;
use crate::session::Session;
use crate::snapshot::additive::{Additive, Part};
use alloc::{format, string::String, vec::Vec};
use serde::Serialize;

/// What a visit seems to be after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS), ts(rename = "Intent"))]
pub struct IntentReport {
    /// Purchase score in milli-logits; the reasons add up to it.
    pub score: i32,
    /// The same as a probability in thousandths; `None` where the log had too few purchases to fit.
    pub purchase_permille: Option<u32>,
    /// Probability in thousandths that something is put into the cart yet; `None` as above.
    pub cart_permille: Option<u32>,
    /// Probability in thousandths that the visit ends here; `None` as above, and before the first event.
    pub exit_permille: Option<u32>,
    /// How far the visit has come.
    #[cfg_attr(feature = "contract", ts(type = "Stage"))]
    pub stage: Stage,
    /// How much price seems to matter, in thousandths: see `price_sensitivity`. `None`: not yet known.
    pub price_sensitivity: Option<u32>,
    /// Where in a category's prices the visit looks. `None`: not yet known.
    #[cfg_attr(feature = "contract", ts(type = "PriceBand | null"))]
    pub price_band: Option<PriceBand>,
    /// By how many thousandths an offer would raise the chance of a purchase; `None` where no randomised
    /// offer was in the log, so that nobody knows.
    pub incentive_permille: Option<i32>,
    /// Categories by their share of the session's attention, the largest first.
    pub categories: Vec<CategoryShare>,
    /// What the score is the sum of: the base, then each table, the strongest first. Left out unless asked for.
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

fn read<B: AsRef<[u8]>>(model: &Model<B>, session: &Session) -> (IntentReport, Features) {
    let affinity = model.affinity(session);
    let total: u64 = affinity.iter().map(|(_, weight)| u64::from(*weight)).sum::<u64>().max(1);
    let categories: Vec<_> = affinity
        .iter()
        .map(|(category, weight)| CategoryShare {
            category: model.category_path(*category).into(),
            permille: (u64::from(*weight) * 1000 / total) as u32,
        })
        .collect();
    let features = Features::of(session, model);
    let intent_scores = of_features(model, session, &features);
    let report = IntentReport {
        score: intent_scores.score,
        purchase_permille: intent_scores.purchase_permille,
        cart_permille: intent_scores.cart_permille,
        exit_permille: intent_scores.exit_permille,
        stage: intent_scores.stage,
        price_sensitivity: intent_scores.price_sensitivity,
        price_band: intent_scores.price_band,
        incentive_permille: intent_scores.incentive_permille,
        categories,
        reasons: None,
    };
    (report, features)
}

/// The base and every table that says something, the strongest first.
fn reasons(model: &Additive, features: &Features) -> Vec<Reason> {
    if !model.is_fitted() {
        return Vec::new();
    }
    let text = format!("the average of {} moments of running sessions", model.moments);
    let mut reasons = alloc::vec![Reason { code: "base", text, weight: model.base }];
    let mut parts: Vec<Part> = model.parts(&features.0).filter(|part| part.weight != 0).collect();
    crate::model::heaviest_first(&mut parts, |part| part.weight.unsigned_abs());
    reasons.extend(parts.iter().map(|part| Reason {
        code: DEFINITIONS[usize::from(part.feature)].name,
        text: words(*part, features),
        weight: part.weight,
    }));
    reasons
}

/// A part in words: what was counted, and how much.
fn words(part: Part, features: &Features) -> String {
    let one = |feature: u8| {
        let definition = DEFINITIONS[usize::from(feature)];
        match features.0[usize::from(feature)] {
            MISSING => format!("{}: not yet known", definition.words),
            value => match definition.values.get(value.max(0) as usize) {
                Some(name) => format!("{}: {name}", definition.words),
                None => format!("{}: {value}", definition.words),
            },
        }
    };
    match part.with {
        None => one(part.feature),
        Some(with) => format!("{}, with {}", one(part.feature), one(with)),
    }
}
