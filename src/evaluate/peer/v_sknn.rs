//! V-SKNN: session neighbours by a vector product that favours the latest clicks.
//!
//! Ludewig and Jannach, "Evaluation of session-based recommendation algorithms" (User Modeling and User-Adapted
//! Interaction 28, 2018). Similarity is the product of the current session, its clicks weighted by position, with the
//! set of items of an earlier one; a neighbour's vote is weighted by the place of the most recent common item, and an
//! item's score may grow with its rarity. The options are those of the authors' program, current items may be
//! recommended again; only where that program lets the rarity of a common item replace its position weight, the two are
//! multiplied here.

use std::fmt;
use std::sync::Arc;

use super::decay::Decay;
use super::interface::Peer;
use super::neighbours::Breadth;
use super::scratch::Scratch;
use super::session_index::SessionIndex;
use super::sweep::{Axis, Validation, along, coordinate_wise};

/// The parameters of V-SKNN.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters {
    breadth: Breadth,
    /// Weight of a click by its position in the current session.
    position: Decay,
    /// Weight of a neighbour by the place of the most recent common item.
    latest_match: Decay,
    /// An item's score is multiplied by one plus this times its rarity.
    rarity: f32,
    /// Whether a common item also counts by its rarity in the similarity.
    rare_matches: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        let breadth = Breadth { sample: 1_000, kept: 100 };
        Self { breadth, position: Decay::Division, latest_match: Decay::Division, rarity: 0.0, rare_matches: false }
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let Breadth { sample, kept } = self.breadth;
        let Self { position, latest_match, rarity, rare_matches, .. } = self;
        write!(formatter, "sample {sample}, k {kept}, position {position:?}, match {latest_match:?}, ")?;
        write!(formatter, "idf {rarity}, session idf {rare_matches}")
    }
}

/// Chooses the parameters on validation prefixes.
pub(super) fn sweep(index: &Arc<SessionIndex>, validation: &Validation) -> Parameters {
    let axes: [Axis<Parameters>; 6] = [
        along(&[500, 1_000, 2_500, 5_000, 10_000], |parameters, value| parameters.breadth.sample = value),
        along(&[50, 100, 200, 500, 1_000, 1_500], |parameters, value| parameters.breadth.kept = value),
        along(&Decay::ALL, |parameters, value| parameters.position = value),
        along(&Decay::ALL, |parameters, value| parameters.latest_match = value),
        along(&[0.0, 1.0, 2.0, 5.0], |parameters, value| parameters.rarity = value),
        along(&[false, true], |parameters, value| parameters.rare_matches = value),
    ];
    coordinate_wise(Parameters::default(), &axes, |parameters| {
        validation.quality(&VSknn::new(Arc::clone(index), *parameters))
    })
}

/// The method V-SKNN.
pub(super) struct VSknn {
    index: Arc<SessionIndex>,
    parameters: Parameters,
}

impl VSknn {
    /// The method over the sessions of an index.
    pub(super) fn new(index: Arc<SessionIndex>, parameters: Parameters) -> Self {
        Self { index, parameters }
    }
}

impl Peer for VSknn {
    fn recommend(&self, prefix: &[u32], limit: usize, scratch: &mut Scratch, out: &mut Vec<u32>) {
        let Self { index, parameters } = self;
        let Scratch { sums, neighbours } = scratch;
        let weight = |item, position| {
            let rarity = if parameters.rare_matches { index.rarity(item) } else { 1.0 };
            rarity * parameters.position.of_position(position, prefix.len())
        };
        neighbours.visit(
            index,
            parameters.breadth,
            prefix,
            weight,
            |_| 1.0,
            |neighbour| {
                let vote = neighbour.similarity * parameters.latest_match.of_step(neighbour.step as usize);
                for &item in index.items_of(neighbour.session) {
                    sums.add(item, vote);
                }
            },
        );
        sums.drain_best(limit, |item| 1.0 + parameters.rarity * index.rarity(item), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(parameters: Parameters, prefix: &[u32]) -> Vec<u32> {
        let sessions = [vec![1, 3], vec![1, 2, 4], vec![2, 5], vec![2, 5], vec![5], vec![0], vec![0], vec![0]];
        let method = VSknn::new(Arc::new(SessionIndex::new(&[&sessions], 6)), parameters);
        let mut out = Vec::new();
        method.recommend(prefix, 9, &mut Scratch::new(6), &mut out);
        out
    }

    #[test]
    fn the_neighbours_of_the_latest_click_vote_loudest() {
        // Sessions 0 to 3 vote 0.5 / 2, 1.5, 1 and 1: items 1: 1.75, 2: 3.5, 3: 0.25, 4: 1.5, 5: 2.
        assert_eq!(answer(Parameters::default(), &[1, 2]), [2, 5, 1, 4, 3]);
    }

    #[test]
    fn rarity_lifts_the_rare_item_over_the_common_one() {
        // Times 1 + 5 ln(8 / n): item 4 (n 1) 1.5 * 11.4, item 5 (n 3) 2 * 5.9, item 1 (n 2) 1.75 * 7.9.
        assert_eq!(answer(Parameters { rarity: 5.0, ..Parameters::default() }, &[1, 2]), [2, 4, 1, 5, 3]);
    }

    #[test]
    fn only_the_nearest_vote_when_one_neighbour_is_kept() {
        let one = Parameters { breadth: Breadth { sample: 9, kept: 1 }, ..Parameters::default() };
        assert_eq!(answer(one, &[1, 2]), [1, 2, 4]);
    }
}
