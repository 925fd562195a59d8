//! What a visit seems to be after: nearness to a purchase, stage, and categories, with reasons.

use super::Reason;
use crate::event::EventKind;
use crate::feature::Features;
use crate::model::{Model, permille};
use crate::session::Session;
use alloc::{format, string::String, vec::Vec};
use serde::Serialize;

/// How far a visit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// No product event yet.
    Unknown,
    /// Products seen, none alike.
    Browsing,
    /// Three products or more seen, most of them in one category.
    Researching,
    /// A product looked at again after another one of its category.
    Comparing,
    /// Something is in the cart, or the checkout has begun.
    Ready,
}

/// What a visit seems to be after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IntentReport {
    /// Purchase score in milli-logits; the reasons add up to it.
    pub score: i32,
    /// The same as a probability in thousandths; `None` where the log had too few purchases to fit.
    pub purchase_permille: Option<u32>,
    /// How far the visit has come.
    pub stage: Stage,
    /// Categories by their share of the session's attention, the largest first.
    pub categories: Vec<CategoryShare>,
    /// What the score is the sum of: the base, then each feature, the strongest first.
    pub reasons: Vec<Reason>,
}

/// A category's share of the session's attention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CategoryShare {
    /// Category path.
    pub category: String,
    /// Thousandths.
    pub permille: u32,
}

/// Reads the intent of a session.
pub fn intent<B: AsRef<[u8]>>(model: &Model<B>, session: &Session) -> IntentReport {
    let affinity = model.affinity(session);
    let total: u64 = affinity.iter().map(|(_, weight)| u64::from(*weight)).sum::<u64>().max(1);
    let categories: Vec<_> = affinity
        .iter()
        .map(|(category, weight)| CategoryShare {
            category: model.category_path(*category).into(),
            permille: (u64::from(*weight) * 1000 / total) as u32,
        })
        .collect();
    let propensity = model.propensity(&Features::of(session));
    let known = !model.intent().tables.is_empty();
    let mut reasons = Vec::new();
    if known {
        let text = format!("the average of {} moments of running sessions", model.intent().moments);
        reasons.push(Reason { code: "base", text, weight: propensity.base });
        for part in &propensity.parts {
            let text = format!("{} is {}", part.feature.replace('_', " "), part.value);
            reasons.push(Reason { code: part.feature, text, weight: part.weight });
        }
    }
    IntentReport {
        score: propensity.score,
        purchase_permille: known.then(|| permille(propensity.score)),
        stage: stage(model, session, categories.first().map_or(0, |top| top.permille)),
        categories,
        reasons,
    }
}

fn stage<B: AsRef<[u8]>>(model: &Model<B>, session: &Session, top_share: u32) -> Stage {
    let features = Features::of(session).0;
    let (cart, checkout) = (features[3], features[4]);
    let items: Vec<_> = session.touches().filter(|touch| touch.item.is_some()).collect();
    if items.is_empty() {
        return Stage::Unknown;
    }
    if session.count(EventKind::Purchase) == 0 && (cart > 0 || checkout > 0) {
        return Stage::Ready;
    }
    // A, B, A within one category: somebody weighs two products against each other.
    let compares = items.iter().enumerate().any(|(at, newest)| {
        let older = items.iter().skip(at + 1);
        let between = older.take_while(|touch| touch.item != newest.item).collect::<Vec<_>>();
        let returns = items.get(at + 1 + between.len()).is_some();
        let category = model.touch_category(newest);
        returns && category.is_some() && between.iter().any(|touch| model.touch_category(touch) == category)
    });
    if compares {
        Stage::Comparing
    } else if items.len() >= 3 && top_share > 500 {
        Stage::Researching
    } else {
        Stage::Browsing
    }
}
