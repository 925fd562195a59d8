//! POP: the most clicked items, whatever the session.
//!
//! The floor that every method has to beat; the baseline `Pop` of Hidasi et al., "Session-based recommendations with
//! recurrent neural networks" (ICLR 2016). It has no parameters.

use super::click_log::ClickLog;
use super::interface::Peer;
use super::scratch::Scratch;

/// All items of a log by popularity.
pub(super) struct Popularity {
    /// Clicked items, most clicked first.
    order: Vec<u32>,
    /// Each item's place in that order; items never clicked come last, by number.
    rank: Vec<u32>,
}

impl Popularity {
    /// Counts the clicks of a log.
    pub(super) fn of(log: &ClickLog) -> Self {
        let mut order: Vec<u32> = (0..log.items() as u32).collect();
        // Stable, so that of equally popular items the lower number leads.
        order.sort_by_key(|&item| std::cmp::Reverse(log.support(item)));
        let mut rank = vec![0; order.len()];
        for (place, &item) in (0..).zip(&order) {
            rank[item as usize] = place;
        }
        order.retain(|&item| log.support(item) > 0);
        Self { order, rank }
    }

    /// Clicked items, most clicked first.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    /// An item's place among all items, 0 for the most clicked.
    pub(super) fn rank(&self, item: u32) -> u32 {
        self.rank[item as usize]
    }
}

/// The method POP.
pub(super) struct Pop(Popularity);

impl Pop {
    /// Counts the clicks of a log.
    pub(super) fn fit(log: &ClickLog) -> Self {
        Self(Popularity::of(log))
    }
}

impl Peer for Pop {
    fn recommend(&self, _prefix: &[u32], limit: usize, _scratch: &mut Scratch, out: &mut Vec<u32>) {
        out.clear();
        out.extend(self.0.order().iter().take(limit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_clicked_lead_and_the_never_clicked_stay_out() {
        let pop = Pop::fit(&ClickLog::new(&[&[vec![3, 1], vec![3, 2], vec![2, 1, 3]]], 5));
        let mut out = Vec::new();
        pop.recommend(&[4], 9, &mut Scratch::new(5), &mut out);
        assert_eq!(out, [3, 1, 2]);
    }
}
