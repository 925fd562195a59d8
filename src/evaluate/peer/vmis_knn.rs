//! VMIS-kNN: the nearest recent sessions vote for their items, over an inverted index.
//!
//! Kersbergen, Sprangers and Schelter, "Serenade: low-latency session-based recommendation in e-commerce at scale"
//! (SIGMOD 2022). Of the m most recent sessions that share an item with the current one, the k most similar add their
//! similarity to each of their items, weighted by the place of the most recent common item and by the rarity of the
//! item they vote for. Two things are done better than in the authors' program: no weight turns negative in a long
//! session, and the current item may be recommended again, as many sessions do return to it.

use std::fmt;
use std::sync::Arc;

use super::decay::Decay;
use super::interface::Peer;
use super::neighbours::Breadth;
use super::scratch::Scratch;
use super::session_index::SessionIndex;
use super::sweep::{Axis, Validation, along, coordinate_wise};

/// The parameters of VMIS-kNN.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters {
    breadth: Breadth,
    /// Weight of a click by its position in the current session.
    position: Decay,
    /// Weight of a neighbour by the place of the most recent common item.
    latest_match: Decay,
    /// Whether rare items get more of each vote.
    rarity: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        let breadth = Breadth { sample: 500, kept: 100 };
        Self { breadth, position: Decay::Division, latest_match: Decay::Linear, rarity: true }
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let Breadth { sample, kept } = self.breadth;
        let Self { position, latest_match, rarity, .. } = self;
        write!(formatter, "m {sample}, k {kept}, position {position:?}, match {latest_match:?}, idf {rarity}")
    }
}

/// Chooses the parameters on validation prefixes.
pub(super) fn sweep(index: &Arc<SessionIndex>, validation: &Validation) -> Parameters {
    let axes: [Axis<Parameters>; 5] = [
        along(&[100, 250, 500, 1_000, 2_500, 5_000, 10_000], |parameters, value| parameters.breadth.sample = value),
        along(&[50, 100, 200, 500, 1_000, 1_500], |parameters, value| parameters.breadth.kept = value),
        along(&Decay::ALL, |parameters, value| parameters.position = value),
        along(&Decay::ALL, |parameters, value| parameters.latest_match = value),
        along(&[false, true], |parameters, value| parameters.rarity = value),
    ];
    coordinate_wise(Parameters::default(), &axes, |parameters| {
        validation.quality(&VmisKnn::new(Arc::clone(index), *parameters))
    })
}

/// The method VMIS-kNN.
pub(super) struct VmisKnn {
    index: Arc<SessionIndex>,
    parameters: Parameters,
}

impl VmisKnn {
    /// The method over the sessions of an index.
    pub(super) fn new(index: Arc<SessionIndex>, parameters: Parameters) -> Self {
        Self { index, parameters }
    }
}

impl Peer for VmisKnn {
    fn recommend(&self, prefix: &[u32], limit: usize, scratch: &mut Scratch, out: &mut Vec<u32>) {
        let Self { index, parameters } = self;
        let Scratch { sums, neighbours } = scratch;
        let weight = |_, position| parameters.position.of_position(position, prefix.len());
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
        sums.drain_best(limit, |item| if parameters.rarity { index.rarity(item) } else { 1.0 }, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(parameters: Parameters, prefix: &[u32]) -> Vec<u32> {
        let sessions = [vec![1, 3], vec![1, 2, 4], vec![2, 5], vec![5, 6], vec![5, 6], vec![5]];
        let method = VmisKnn::new(Arc::new(SessionIndex::new(&[&sessions], 8)), parameters);
        let mut out = Vec::new();
        method.recommend(prefix, 9, &mut Scratch::new(8), &mut out);
        out
    }

    #[test]
    fn votes_weigh_similarity_latest_match_and_rarity() {
        // Neighbours of 1 2: session 0 with 0.5 * 0.8, session 1 with 1.5 * 0.9, session 2 with 1 * 0.9. Rarities:
        // ln 3 for items 1 and 2, ln 6 for 3 and 4, ln 1.5 for 5. Scores: 1: 1.75 ln 3, 2: 2.25 ln 3, 3: 0.4 ln 6,
        // 4: 1.35 ln 6, 5: 0.9 ln 1.5.
        assert_eq!(answer(Parameters::default(), &[1, 2]), [2, 4, 1, 3, 5]);
    }

    #[test]
    fn without_rarity_the_common_item_gains() {
        // 1: 1.75, 2: 2.25, 3: 0.4, 4: 1.35, 5: 0.9.
        assert_eq!(answer(Parameters { rarity: false, ..Parameters::default() }, &[1, 2]), [2, 1, 4, 5, 3]);
    }

    #[test]
    fn a_match_far_back_never_counts_against_an_item() {
        let mut prefix = vec![7; 30];
        prefix[0] = 5;
        let kept = Parameters { latest_match: Decay::Division, ..Parameters::default() };
        // Item 5 is in all four neighbours, 6 in two, 2 in one: 4 ln 1.5, 2 ln 3 and ln 3.
        assert_eq!(answer(kept, &prefix), [6, 5, 2]);
        assert_eq!(answer(Parameters::default(), &prefix), [0_u32; 0]);
    }
}
