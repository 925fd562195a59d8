//! Reasons: why a score or a decision is what it is, in parts that add up to it.
//!
//! Intent scores and decisions are explained alike: each part has a stable code for programs, a sentence for people
//! and a weight. Explanations are written only where somebody asks for one, never on the way to a page.
//!
//! Invariant: the weights that `in_parts` gives out add up to the total exactly, whatever the rounding.

use alloc::{string::String, vec::Vec};

/// One part of an explanation. Its unit is that of what it is a part of: thousandths of the session's
/// attention for a variant, thousandths of a score for products, milli-logits for intent, products for what a
/// guardrail did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
#[cfg_attr(feature = "contract", derive(ts_rs::TS))]
pub struct Reason {
    /// Stable name, for programs.
    pub code: &'static str,
    /// In words, for people who run the shop.
    pub text: String,
    /// How much it moved the decision.
    pub weight: i32,
}

/// Why a decision is what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Parts of the score, the strategies and their events in order; or what kept the shop's content.
    pub reasons: Vec<Reason>,
    /// What the guardrails did, and to how many products.
    pub guards: Vec<Reason>,
}

impl Reason {
    /// A reason without weight: what kept the shop's own content, or forced something else.
    pub(crate) fn note(code: &'static str, text: &str) -> Self {
        Self { code, text: text.into(), weight: 0 }
    }
}

/// Cuts `total` into parts in the proportion of weights, such that they add up to it exactly. Weights add up to
/// less than 2^43, a total is below 2^20.
pub(crate) fn in_parts(total: i32, weights: &[u64]) -> impl Iterator<Item = i32> + '_ {
    let sum: u64 = weights.iter().sum::<u64>().max(1);
    let (mut so_far, mut given) = (0, 0);
    // Each part is the difference of two rounded running sums, so rounding errors do not pile up.
    weights.iter().map(move |weight| {
        so_far += weight;
        let here = (i64::from(total) * so_far as i64 / sum as i64) as i32;
        here - core::mem::replace(&mut given, here)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up() {
        for total in [0, 1, 7, 999, -35] {
            for weights in [&[1_u64, 1, 1][..], &[5], &[0, 3, 1 << 40, 17]] {
                assert_eq!(in_parts(total, weights).sum::<i32>(), total);
            }
        }
        assert_eq!(in_parts(10, &[1, 3]).collect::<alloc::vec::Vec<_>>(), [2, 8]);
    }
}
