//! `--goal`: what an experiment or a canary is judged by.

use slotwise::evaluate::lift::Metric;
use slotwise::experiment;

#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Goal {
    /// Visits with an order
    Order,
    /// Visits that put something into the cart
    Cart,
    /// Visits with a click in a list
    Click,
    /// Revenue per visit
    Revenue,
}

impl Goal {
    /// The measure of the lift report.
    pub(crate) fn of_report(self) -> Metric {
        match self {
            Self::Order => Metric::Orders,
            Self::Cart => Metric::Carts,
            Self::Click => Metric::Clicks,
            Self::Revenue => Metric::Revenue,
        }
    }

    /// What a canary is judged by.
    pub(crate) fn of_canary(self) -> experiment::Goal {
        match self {
            Self::Order => experiment::Goal::Order,
            Self::Cart => experiment::Goal::Cart,
            Self::Click => experiment::Goal::Click,
            Self::Revenue => experiment::Goal::Revenue,
        }
    }

    /// Its name in sentences.
    pub(crate) fn words(self) -> &'static str {
        self.of_report().words()
    }
}
