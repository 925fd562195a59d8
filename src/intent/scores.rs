//! Intent scores: what an anonymous visit seems to be after, as whole numbers.
//!
//! Additive tables of the snapshot give the probabilities of a purchase, a cart and an exit. Plain rules give the stage, the
//! price sensitivity and the price band: no log has labels for these, so there is nothing to fit.
//!
//! All of them exist at any moment, even before the first event, so audiences and offers of a plan can ask for them
//! ([`IntentScores`]). Tools and `/_slotwise/decide` show them with names and reasons
//! ([`IntentReport`](super::IntentReport)).
//!
//! Invariants: whole-number arithmetic only, so every host gets the same bits. Nothing is allocated for the scores. What
//! the log could not teach is `None`, never a guess.

use crate::feature::{Feature, Features, MISSING};
use crate::model::{Model, permille};
use crate::session::Session;
use crate::snapshot::additive::Additive;

/// An enum whose variants have names: the one list that JSON, the plan file and TypeScript take them from.
macro_rules! named {
    ($(#[$about:meta])* $type:ident { $($(#[$doc:meta])* $id:ident $name:literal;)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum $type { $($(#[$doc])* $id),* }

        impl $type {
            /// Every name, in order of number.
            pub const NAMES: [&str; [$($name),*].len()] = [$($name),*];

            /// Its name.
            pub fn name(self) -> &'static str {
                Self::NAMES[self as usize]
            }
        }

        #[cfg(feature = "names")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.name())
            }
        }
    };
}

named! {
    /// How far a visit has come. The order is the plan's: never reorder.
    Stage {
        /// Not yet known: no product was seen.
        Unknown "unknown";
        /// Products seen, none alike.
        Browsing "browsing";
        /// Three products or more seen, most of them in one category.
        Researching "researching";
        /// A product looked at again after another one of its category.
        Comparing "comparing";
        /// Something is in the cart, the checkout has begun, or a purchase is at least one chance in four.
        Ready "ready";
    }
}

named! {
    /// Where in a category's prices a visit looks. The order is the plan's: never reorder.
    PriceBand {
        /// Below four fifths of the usual price.
        Low "low";
        /// About the usual price.
        Middle "middle";
        /// Above six fifths of the usual price.
        High "high";
    }
}

/// What a visit seems to be after, in numbers alone: what conditions, offers and pages ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
#[cfg_attr(feature = "contract", derive(ts_rs::TS))]
pub struct IntentScores {
    /// Purchase score in milli-logits.
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
}

impl IntentScores {
    /// Computes the scores of a session from its features.
    pub fn of<B: AsRef<[u8]>>(model: &Model<B>, session: &Session, features: &Features) -> Self {
        let tables = model.intent();
        let chance = |table: &Additive| table.is_fitted().then(|| permille(table.score(&features.0)));
        let purchase_permille = chance(&tables.purchase);
        Self {
            score: tables.purchase.score(&features.0),
            purchase_permille,
            cart_permille: chance(&tables.cart),
            // An exit means that the newest event was the last one. Before the first event there is none to be the last.
            exit_permille: chance(&tables.exit).filter(|_| !session.is_empty()),
            stage: stage(features, purchase_permille),
            price_sensitivity: price_sensitivity(features),
            price_band: price_band(features),
            incentive_permille: incentive_permille(model, features),
        }
    }
}

impl IntentScores {
    /// What is known of each, in the order of [`Fact`](crate::snapshot::plan::Fact) from the stage on. Variants are numbers.
    pub fn numbers(&self) -> [Option<i32>; 7] {
        let whole = |part: Option<u32>| part.map(|part| part as i32);
        [
            Some(self.stage as i32),
            whole(self.purchase_permille),
            whole(self.cart_permille),
            whole(self.exit_permille),
            whole(self.price_sensitivity),
            self.price_band.map(|band| band as i32),
            self.incentive_permille,
        ]
    }
}

/// By how many thousandths an offer would raise the chance of a purchase, as in [`IntentScores`].
pub(crate) fn incentive_permille<B: AsRef<[u8]>>(model: &Model<B>, features: &Features) -> Option<i32> {
    let uplift = &model.intent().uplift;
    uplift.is_fitted().then(|| uplift.score(&features.0))
}

/// Reads the intent of a session in numbers. Allocates nothing.
pub fn intent_scores<B: AsRef<[u8]>>(model: &Model<B>, session: &Session) -> IntentScores {
    IntentScores::of(model, session, &Features::of(session, model))
}

/// Probability of a purchase, in thousandths, from which on a visit is ready, whatever it did. Usual conversion rates are a
/// few percent, so it takes strong signs to reach it.
const LIKELY: u32 = 250;

/// The farthest stage whose signs are there. The order of the tests is that of the stages, from the last to the first, with
/// the empty visit on top.
fn stage(features: &Features, purchase_permille: Option<u32>) -> Stage {
    let value = |feature| features.get(feature);
    let likely = purchase_permille.is_some_and(|permille| permille >= LIKELY);
    if value(Feature::Distinct) == 0 {
        Stage::Unknown
    } else if value(Feature::InCart) > 0 || value(Feature::Checkout) > 0 || likely {
        Stage::Ready
    } else if value(Feature::Comparisons) > 0 {
        Stage::Comparing
    } else if value(Feature::Distinct) + value(Feature::Repeats) >= 3 && value(Feature::Focus) > 50 {
        Stage::Researching
    } else {
        Stage::Browsing
    }
}

/// Looks at products that price sensitivity and price band need at least.
const MIN_LOOKS: i32 = 3;

/// How much price seems to matter, in thousandths: the share of looks below the usual price plus the share of looks at
/// products on sale, shrunk towards one half by two looks (a Beta(1, 1) prior). Needs three looks at products.
///
/// With `n` looks, `c` percent below the usual price and `s` percent on sale, it is
/// `10 (n min(c + s, 100) + 2 x 50) / (n + 2)`. `None`: not yet known.
pub fn price_sensitivity(features: &Features) -> Option<u32> {
    let looks = features.get(Feature::Distinct) + features.get(Feature::Repeats);
    let cheap = features.get(Feature::Cheap);
    if looks < MIN_LOOKS || cheap == MISSING {
        return None;
    }
    let lean = (cheap + features.get(Feature::Sale).max(0)).min(100);
    Some((10 * (looks * lean + 2 * 50) / (looks + 2)) as u32)
}

/// Where in a category's prices the visit looks, by the mean over three looks or more. `None`: not yet known.
pub fn price_band(features: &Features) -> Option<PriceBand> {
    let looks = features.get(Feature::Distinct) + features.get(Feature::Repeats);
    let percent = features.get(Feature::MeanPrice);
    (looks >= MIN_LOOKS && percent != MISSING).then_some(match percent {
        ..80 => PriceBand::Low,
        80..=120 => PriceBand::Middle,
        _ => PriceBand::High,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(values: &[(Feature, i32)]) -> Features {
        let mut features = Features([0; crate::feature::COUNT]);
        features.0[Feature::Cheap as usize] = MISSING;
        features.0[Feature::MeanPrice as usize] = MISSING;
        for (feature, value) in values {
            features.0[*feature as usize] = *value;
        }
        features
    }

    #[test]
    fn stages_follow_the_evidence() {
        let of = |values: &[(Feature, i32)]| stage(&features(values), None);
        assert_eq!(of(&[(Feature::Lists, 3)]), Stage::Unknown);
        assert_eq!(of(&[(Feature::Distinct, 2)]), Stage::Browsing);
        assert_eq!(of(&[(Feature::Distinct, 3), (Feature::Focus, 66)]), Stage::Researching);
        assert_eq!(of(&[(Feature::Distinct, 2), (Feature::Comparisons, 1)]), Stage::Comparing);
        assert_eq!(of(&[(Feature::Distinct, 1), (Feature::InCart, 1)]), Stage::Ready);
        assert_eq!(stage(&features(&[(Feature::Distinct, 1)]), Some(250)), Stage::Ready);
    }

    #[test]
    fn what_few_looks_cannot_tell_is_not_yet_known() {
        let few = features(&[(Feature::Distinct, 2), (Feature::Cheap, 100), (Feature::MeanPrice, 50)]);
        assert_eq!((price_sensitivity(&few), price_band(&few)), (None, None));
        let unpriced = features(&[(Feature::Distinct, 9)]);
        assert_eq!((price_sensitivity(&unpriced), price_band(&unpriced)), (None, None));
        let cheap = features(&[(Feature::Distinct, 4), (Feature::Cheap, 100), (Feature::MeanPrice, 50)]);
        assert_eq!((price_sensitivity(&cheap), price_band(&cheap)), (Some(833), Some(PriceBand::Low)));
        let dear = features(&[(Feature::Distinct, 4), (Feature::Cheap, 0), (Feature::MeanPrice, 200)]);
        assert_eq!((price_sensitivity(&dear), price_band(&dear)), (Some(166), Some(PriceBand::High)));
    }
}
