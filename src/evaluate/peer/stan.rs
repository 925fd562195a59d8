//! STAN: session neighbours with three decays, for position, age and distance from the common item.
//!
//! Garg, Gupta, Malhotra, Vig and Shroff, "Sequence and time aware neighborhood for session-based recommendations"
//! (SIGIR 2019). A click of the current session weighs exp(-distance from its end / lambda1); the similarity is the
//! cosine of those weights with the items of an earlier session, times exp(-age / lambda2); a neighbour votes for an
//! item with its similarity times exp(-distance / lambda3), the distance taken within the neighbour from the most
//! recent common item. The age is counted in sessions and lambda2 given as a share of the log, for the log knows the
//! order of its sessions but not their dates; with an exponential decay the time since the log ended cancels out.

use std::fmt;
use std::sync::Arc;

use super::interface::Peer;
use super::neighbours::Breadth;
use super::scratch::Scratch;
use super::session_index::SessionIndex;
use super::sweep::{Axis, Validation, along, coordinate_wise};

/// The parameters of STAN.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters {
    breadth: Breadth,
    /// Clicks over which a click of the current session loses weight (lambda1).
    recall: f32,
    /// Share of the log over which an earlier session loses weight (lambda2).
    age: f32,
    /// Clicks over which a neighbour's vote loses weight (lambda3).
    reach: f32,
}

impl Default for Parameters {
    fn default() -> Self {
        // Those of the implementation in common use; its five days are taken of a log of five to six months.
        Self { breadth: Breadth { sample: 5_000, kept: 500 }, recall: 1.02, age: 0.03, reach: 2.05 }
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let Breadth { sample, kept } = self.breadth;
        let Self { recall, age, reach, .. } = self;
        write!(formatter, "sample {sample}, k {kept}, lambda1 {recall}, lambda2 {age}, lambda3 {reach}")
    }
}

/// Chooses the parameters on validation prefixes.
pub(super) fn sweep(index: &Arc<SessionIndex>, validation: &Validation) -> Parameters {
    let axes: [Axis<Parameters>; 5] = [
        along(&[0.03, 0.1, 0.3, 1.0, 3.0, f32::INFINITY], |parameters, value| parameters.age = value),
        along(&[0.5, 1.02, 2.05, 4.0, 8.0], |parameters, value| parameters.recall = value),
        along(&[0.5, 1.02, 2.05, 4.0, 8.0], |parameters, value| parameters.reach = value),
        along(&[100, 200, 500, 1_000, 1_500], |parameters, value| parameters.breadth.kept = value),
        along(&[500, 1_000, 2_500, 5_000, 10_000], |parameters, value| parameters.breadth.sample = value),
    ];
    coordinate_wise(Parameters::default(), &axes, |parameters| {
        validation.quality(&Stan::new(Arc::clone(index), *parameters))
    })
}

/// The method STAN.
pub(super) struct Stan {
    index: Arc<SessionIndex>,
    parameters: Parameters,
    /// Each session's part of the similarity: one over its length in the cosine, times the decay of its age.
    factors: Vec<f32>,
    /// The decay of a vote by distance.
    reach: Vec<f32>,
}

impl Stan {
    /// The method over the sessions of an index.
    pub(super) fn new(index: Arc<SessionIndex>, parameters: Parameters) -> Self {
        let span = index.len() as f32 * parameters.age;
        let factor = |session: u32| {
            let age = index.len() as f32 - session as f32;
            (-age / span).exp() / (index.items_of(session).len().max(1) as f32).sqrt()
        };
        let factors = (0..index.len() as u32).map(factor).collect();
        let reach = (0..=index.longest()).map(|distance| (-(distance as f32) / parameters.reach).exp()).collect();
        Self { index, parameters, factors, reach }
    }
}

impl Peer for Stan {
    fn recommend(&self, prefix: &[u32], limit: usize, scratch: &mut Scratch, out: &mut Vec<u32>) {
        let Self { index, parameters, factors, reach } = self;
        let Scratch { sums, neighbours } = scratch;
        let weight = |_, position| (-((prefix.len() - position) as f32) / parameters.recall).exp();
        let factor = |session| factors[session as usize];
        neighbours.visit(index, parameters.breadth, prefix, weight, factor, |neighbour| {
            let common = prefix[prefix.len() - neighbour.step as usize];
            let (items, places) = (index.items_of(neighbour.session), index.places_of(neighbour.session));
            let from = items.iter().position(|&item| item == common).map_or(0, |found| places[found]);
            for (&item, &place) in items.iter().zip(places) {
                sums.add(item, neighbour.similarity * reach[place.abs_diff(from) as usize]);
            }
        });
        sums.drain_best(limit, |_| 1.0, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Parameters =
        Parameters { breadth: Breadth { sample: 9, kept: 9 }, recall: 1.0, age: f32::INFINITY, reach: 1.0 };

    fn answer(sessions: &[Vec<u32>], parameters: Parameters, prefix: &[u32]) -> Vec<u32> {
        let method = Stan::new(Arc::new(SessionIndex::new(&[sessions], 9)), parameters);
        let mut out = Vec::new();
        method.recommend(prefix, 9, &mut Scratch::new(9), &mut out);
        out
    }

    #[test]
    fn votes_fall_with_the_distance_from_the_common_item() {
        assert_eq!(answer(&[vec![5, 4, 1, 2, 3]], PLAIN, &[1]), [1, 2, 4, 3, 5]);
        // From the place of item 3, the last click, although item 1 is common too.
        assert_eq!(answer(&[vec![3, 4, 2, 1]], PLAIN, &[1, 3]), [3, 4, 2, 1]);
    }

    #[test]
    fn neighbours_of_older_clicks_count_less() {
        let fast = Parameters { recall: 0.5, ..PLAIN };
        assert_eq!(answer(&[vec![1, 3], vec![2, 4]], fast, &[1, 2]), [2, 4, 1, 3]);
    }

    #[test]
    fn recent_sessions_lead_when_age_counts() {
        let sessions = [vec![1, 3], vec![1, 4]];
        assert_eq!(answer(&sessions, PLAIN, &[1]), [1, 3, 4]);
        assert_eq!(answer(&sessions, Parameters { age: 0.5, ..PLAIN }, &[1]), [1, 4, 3]);
    }

    #[test]
    fn a_long_session_is_less_similar() {
        assert_eq!(answer(&[vec![3, 1, 5, 6, 7, 8], vec![4, 1]], PLAIN, &[1])[..3], [1, 4, 3]);
    }
}
