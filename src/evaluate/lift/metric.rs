//! What a visit is worth: the measures of the lift report.

use crate::experiment::Trial;

/// A measure of visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Share of the visits with an order after the exposure.
    Orders,
    /// Share of the visits that put something into the cart after it.
    Carts,
    /// Share of the visits that clicked a product or a promotion in a list after it.
    Clicks,
    /// Revenue per visit after it, in the log's currency.
    Revenue,
    /// Revenue per visit that ordered. It compares visits that an arm itself may have made buyers, so it describes orders and
    /// says nothing of causes.
    OrderValue,
}

impl Metric {
    /// Every measure, in the order of the report.
    pub const ALL: [Self; 5] = [Self::Orders, Self::Carts, Self::Clicks, Self::Revenue, Self::OrderValue];

    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        ["orders", "carts", "clicks", "revenue", "order_value"][self as usize]
    }

    /// Its name in sentences: "visits with an order".
    pub fn words(self) -> &'static str {
        ["visits with an order", "visits with a cart", "visits with a click", "revenue per visit", "order value"]
            [self as usize]
    }

    /// The visits that reached it, in sentences.
    pub fn reached(self) -> &'static str {
        match self {
            Self::Orders | Self::Revenue | Self::OrderValue => "visits with an order",
            Self::Carts | Self::Clicks => self.words(),
        }
    }

    /// Whether it is a share of the visits.
    pub fn is_rate(self) -> bool {
        matches!(self, Self::Orders | Self::Carts | Self::Clicks)
    }

    /// Numerator and denominator of one visit, whose revenue counts up to `cap_cents`. The measure is the sum of the one over
    /// the sum of the other.
    pub(super) fn of(self, trial: &Trial, cap_cents: u64) -> (f64, f64) {
        let share = |reached: bool| (f64::from(u8::from(reached)), 1.0);
        let revenue = trial.revenue_cents.min(cap_cents) as f64 / 100.0;
        match self {
            Self::Orders => share(trial.ordered),
            Self::Carts => share(trial.carted),
            Self::Clicks => share(trial.clicked),
            Self::Revenue => (revenue, 1.0),
            Self::OrderValue => (revenue, f64::from(u8::from(trial.ordered))),
        }
    }
}
