//! What simulated visits did, by group and by whether they were held out.

use super::taste::Tastes;
use serde::Serialize;
use std::collections::BTreeMap;

/// What one visit did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcome {
    pub(super) group: usize,
    pub(super) switched: bool,
    /// `None` where the Worker has decided nothing.
    pub(super) held_out: Option<bool>,
    pub(super) pages: u64,
    pub(super) looks: u64,
    pub(super) exposures: u64,
    pub(super) carts: u64,
    pub(super) ordered: bool,
    pub(super) revenue: f64,
}

/// What some visits did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sums {
    /// Number of visits.
    pub visits: u64,
    /// Pages they fetched.
    pub pages: u64,
    /// Looks at products.
    pub looks: u64,
    /// Slots they saw that the Worker had decided.
    pub exposures: u64,
    /// Products put into the cart.
    pub carts: u64,
    /// Visits with an order.
    pub orders: u64,
    /// Revenue in units of the currency.
    pub revenue: f64,
    /// The sum of squares of the visits' revenue, for an interval.
    pub revenue_squares: f64,
}

impl Sums {
    fn add(&mut self, outcome: &Outcome) {
        self.visits += 1;
        self.pages += outcome.pages;
        self.looks += outcome.looks;
        self.exposures += outcome.exposures;
        self.carts += outcome.carts;
        self.orders += u64::from(outcome.ordered);
        self.revenue += outcome.revenue;
        self.revenue_squares += outcome.revenue * outcome.revenue;
    }

    /// Mean revenue of a visit, and its standard error.
    pub fn revenue_per_visit(&self) -> (f64, f64) {
        let visits = self.visits.max(1) as f64;
        let mean = self.revenue / visits;
        (mean, ((self.revenue_squares / visits - mean * mean).max(0.0) / visits).sqrt())
    }
}

/// By taste before or after the switch and number of the group, and by arm: `treated`, `holdout`, or `none` where the Worker has
/// decided nothing.
pub type Tally = BTreeMap<(bool, usize), BTreeMap<&'static str, Sums>>;

pub(super) fn add(tally: &mut Tally, outcome: &Outcome) {
    let arm = match outcome.held_out {
        Some(true) => "holdout",
        Some(false) => "treated",
        None => "none",
    };
    tally.entry((outcome.switched, outcome.group)).or_default().entry(arm).or_default().add(outcome);
}

/// The visits of an arm over all groups.
pub(super) fn of_arm(tally: &Tally, arm: &str) -> Sums {
    let mut all = Sums::default();
    for sums in tally.values().filter_map(|arms| arms.get(arm)) {
        all.visits += sums.visits;
        all.pages += sums.pages;
        all.looks += sums.looks;
        all.exposures += sums.exposures;
        all.carts += sums.carts;
        all.orders += sums.orders;
        all.revenue += sums.revenue;
        all.revenue_squares += sums.revenue_squares;
    }
    all
}

/// The truth as JSON: what each group was drawn with, and what its visits did.
pub(super) fn truth(tastes: &Tastes, tally: &Tally, seed: u64) -> serde_json::Value {
    let group = |(number, group): (usize, &super::taste::Group)| {
        serde_json::json!({
            "drawn": group, "before_switch": tally.get(&(false, number)), "after_switch": tally.get(&(true, number)),
        })
    };
    let groups: Vec<_> = tastes.groups.iter().enumerate().map(group).collect();
    let arms: BTreeMap<&str, Sums> = ["treated", "holdout", "none"].map(|arm| (arm, of_arm(tally, arm))).into();
    serde_json::json!({ "simulated": true, "seed": seed, "arms": arms, "groups": groups })
}
