//! What a visit came to, and the sums of a group of visits.

/// What counts as a success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Goal {
    /// An order after the first exposure.
    #[default]
    Order,
    /// Something in the cart after it.
    Cart,
    /// A click in a list after it.
    Click,
    /// Worth of the orders after it.
    Revenue,
}

impl Goal {
    /// Whether a visit reaches it or not, and nothing between.
    pub fn is_rate(self) -> bool {
        self != Self::Revenue
    }

    /// A value of it in words: a share in percent, or an amount.
    pub fn words(self, value: f64) -> String {
        if self.is_rate() { format!("{:.2} %", value * 100.0) } else { format!("{value:.2}") }
    }
}

/// Share of the visits with an order whose revenue counts whole.
const UNCUT: f64 = 0.99;

/// The revenue above which a visit is cut, from that of all visits with an order: the most of the lower 99 %. A few large
/// orders would decide otherwise.
///
/// ```
/// use slotwise::experiment::cap;
/// assert_eq!(cap(1..=100), 99);
/// assert_eq!(cap(std::iter::empty()), u64::MAX);
/// ```
pub fn cap(revenue: impl Iterator<Item = u64>) -> u64 {
    let mut revenue: Vec<u64> = revenue.collect();
    revenue.sort_unstable();
    let rank = (revenue.len() as f64 * UNCUT).ceil() as usize;
    rank.checked_sub(1).map_or(u64::MAX, |at| revenue[at])
}

/// The outcomes of some visits, added up: 0 or 1 each, or revenue.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Number of visits.
    pub visits: u64,
    /// Sum of the outcomes.
    pub sum: f64,
    /// Sum of their squares.
    pub squares: f64,
}

impl Tally {
    /// Adds a visit.
    pub fn add(&mut self, outcome: f64) {
        self.visits += 1;
        self.sum += outcome;
        self.squares += outcome * outcome;
    }

    /// The mean outcome: of a rate the share of the visits that reached the goal.
    pub fn mean(self) -> f64 {
        self.sum / self.visits.max(1) as f64
    }

    /// Variance of the mean. Of a rate, one success and one failure more keep it above 0 (Agresti and Caffo, 2000).
    pub(super) fn variance(self, goal: Goal) -> f64 {
        let visits = self.visits as f64;
        if goal.is_rate() {
            let rate = (self.sum + 1.0) / (visits + 2.0);
            return rate * (1.0 - rate) / (visits + 2.0);
        }
        let mean = self.mean();
        (self.squares - visits * mean * mean).max(0.0) / (visits - 1.0).max(1.0) / visits.max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variance_of_revenue_is_that_of_its_mean() {
        let mut tally = Tally::default();
        for revenue in [0.0, 0.0, 30.0, 10.0] {
            tally.add(revenue);
        }
        // Squared distances from 10: 100, 100, 400, 0; over 3, over 4.
        assert!((tally.mean() - 10.0).abs() < 1e-12 && (tally.variance(Goal::Revenue) - 50.0).abs() < 1e-9);
        assert!(Tally::default().variance(Goal::Revenue) == 0.0 && Tally::default().variance(Goal::Order) > 0.0);
    }
}
