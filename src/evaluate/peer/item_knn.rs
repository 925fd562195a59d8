//! Item-KNN: the items most often clicked in the same sessions as the last item.
//!
//! The baseline `ItemKNN` of Hidasi et al., "Session-based recommendations with recurrent neural networks" (ICLR 2016).
//! The similarity of i to j is n(i, j) / ((s(i) + r)^a (s(j) + r)^(1 - a)), where n counts the pairs of clicks in a
//! common session, s the clicks of an item, r holds back rare items and a balances the two supports. An item is no
//! neighbour of itself.

use std::fmt;

use super::click_log::ClickLog;
use super::interface::Peer;
use super::item_rows::ItemRows;
use super::scratch::Scratch;
use super::sums::Sums;
use super::sweep::{Axis, Validation, along, coordinate_wise};

/// The parameters of Item-KNN.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters {
    /// Added to every support.
    regularisation: f32,
    /// Share of the row's item in the normalisation: 0.5 is the cosine, 1 the confidence of a rule.
    balance: f32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { regularisation: 20.0, balance: 0.5 }
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "regularisation {}, alpha {}", self.regularisation, self.balance)
    }
}

/// Chooses the parameters on validation prefixes.
pub(super) fn sweep(log: &ClickLog, validation: &Validation) -> Parameters {
    let axes: [Axis<Parameters>; 2] = [
        along(&[0.0, 0.25, 0.5, 0.75, 1.0], |parameters, value| parameters.balance = value),
        along(&[0.0, 5.0, 10.0, 20.0, 50.0, 100.0], |parameters, value| parameters.regularisation = value),
    ];
    coordinate_wise(Parameters::default(), &axes, |parameters| validation.quality(&ItemKnn::fit(log, *parameters)))
}

/// The method Item-KNN.
pub(super) struct ItemKnn(ItemRows);

impl ItemKnn {
    /// Counts common sessions and ranks each item's neighbours.
    pub(super) fn fit(log: &ClickLog, parameters: Parameters) -> Self {
        let power = |exponent: f32| -> Vec<f32> {
            let damped = |item| log.support(item) as f32 + parameters.regularisation;
            (0..log.items() as u32).map(|item| damped(item).powf(exponent)).collect()
        };
        let (own, other) = (power(parameters.balance), power(1.0 - parameters.balance));
        let factor = |item: u32, target: u32| 1.0 / (own[item as usize] * other[target as usize]);
        Self(ItemRows::rank(log, |item, sums| collect(log, item, sums), factor))
    }
}

fn collect(log: &ClickLog, item: u32, sums: &mut Sums) {
    for &target in log.sessions_around(item).flatten().filter(|&&target| target != item) {
        sums.add(target, 1.0);
    }
}

impl Peer for ItemKnn {
    fn recommend(&self, prefix: &[u32], limit: usize, _scratch: &mut Scratch, out: &mut Vec<u32>) {
        self.0.answer(prefix, limit, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neighbours_of_1(regularisation: f32) -> Vec<u32> {
        // With item 1: item 2 in two sessions of its five, item 3 in one of its one.
        let sessions = [vec![1, 2], vec![2, 1], vec![3, 1], vec![2], vec![2], vec![2]];
        let parameters = Parameters { regularisation, ..Parameters::default() };
        let mut out = Vec::new();
        let method = ItemKnn::fit(&ClickLog::new(&[&sessions], 4), parameters);
        method.recommend(&[2, 1], 9, &mut Scratch::new(4), &mut out);
        out
    }

    #[test]
    fn a_rare_item_leads_by_cosine_and_falls_back_under_regularisation() {
        assert_eq!(neighbours_of_1(0.0), [3, 2], "1 / sqrt(3 * 1) is above 2 / sqrt(3 * 5)");
        assert_eq!(neighbours_of_1(20.0), [2, 3], "2 / sqrt(23 * 25) is above 1 / sqrt(23 * 21)");
    }
}
