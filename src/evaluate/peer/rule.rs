//! Sequential rules: what followed the last item in earlier sessions, nearer followers counting more.
//!
//! SR of Ludewig and Jannach, "Evaluation of session-based recommendation algorithms" (User Modeling and User-Adapted
//! Interaction 28, 2018), after Kamehkhosh, Jannach and Ludewig (workshop on temporal reasoning in recommender systems,
//! 2017). A rule i -> j gains a weight for every click of j that follows a click of i within some steps, one over the
//! distance as published. Rules are pruned to the best of each item.

use std::fmt;

use super::click_log::ClickLog;
use super::decay::Decay;
use super::interface::Peer;
use super::item_rows::ItemRows;
use super::scratch::Scratch;
use super::sweep::{Axis, Validation, along, coordinate_wise};

/// The parameters of sequential rules.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters {
    /// Greatest distance of a follower.
    steps: usize,
    /// Weight by distance.
    weighting: Decay,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { steps: 10, weighting: Decay::Division }
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "steps {}, weighting {:?}", self.steps, self.weighting)
    }
}

/// Chooses the parameters on validation prefixes.
pub(super) fn sweep(log: &ClickLog, validation: &Validation) -> Parameters {
    let axes: [Axis<Parameters>; 2] = [
        along(&Decay::ALL, |parameters, value| parameters.weighting = value),
        along(&[1, 2, 3, 5, 10, 20], |parameters, value| parameters.steps = value),
    ];
    coordinate_wise(Parameters::default(), &axes, |parameters| {
        validation.quality(&SequentialRules::fit(log, *parameters))
    })
}

/// The method SR.
pub(super) struct SequentialRules(ItemRows);

impl SequentialRules {
    /// Weighs all followers and keeps the best rules of each item.
    pub(super) fn fit(log: &ClickLog, parameters: Parameters) -> Self {
        let weights: Vec<f32> = (1..=parameters.steps).map(|step| parameters.weighting.of_step(step)).collect();
        let rows = ItemRows::rank(
            log,
            |item, sums| {
                for continuation in log.continuations_of(item) {
                    continuation.iter().zip(&weights).for_each(|(&target, &weight)| sums.add(target, weight));
                }
            },
            |_, _| 1.0,
        );
        Self(rows)
    }
}

impl Peer for SequentialRules {
    fn recommend(&self, prefix: &[u32], limit: usize, _scratch: &mut Scratch, out: &mut Vec<u32>) {
        self.0.answer(prefix, limit, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules_of_1(steps: usize) -> Vec<u32> {
        // After item 1: item 2 at distance 1; item 3 at distances 2, 2 and 3; item 1 itself at distance 3.
        let sessions = [vec![1, 2, 3, 1], vec![4, 1, 0, 3], vec![1, 4, 4, 3]];
        let parameters = Parameters { steps, ..Parameters::default() };
        let mut out = Vec::new();
        let method = SequentialRules::fit(&ClickLog::new(&[&sessions], 5), parameters);
        method.recommend(&[3, 1], 9, &mut Scratch::new(5), &mut out);
        out
    }

    #[test]
    fn near_followers_count_more_and_an_item_may_follow_itself() {
        // 4: 1 + 1/2; 3: 1/2 + 1/2 + 1/3; 0 and 2: 1; 1: 1/3.
        assert_eq!(rules_of_1(10), [4, 3, 0, 2, 1]);
    }

    #[test]
    fn followers_beyond_the_last_step_are_no_rules() {
        assert_eq!(rules_of_1(1), [0, 2, 4]);
    }
}
