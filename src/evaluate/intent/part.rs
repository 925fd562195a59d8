//! Figures of some of the moments: so many steps into a visit, and of visitors who are new.
//!
//! The mean over all moments hides that a visit tells more the longer it lasts, and long visits have most moments. A shop
//! that wants to act on the first page needs the figure of the first page.

use super::interval::{Interval, intervals};
use super::scores::{Tested, scores};
use crate::log::Log;
use serde::Serialize;
use std::collections::HashSet;

/// Steps after which figures are told.
const AFTER: [usize; 6] = [0, 1, 2, 3, 5, 10];

/// Figures of some of the moments that were tested.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PartReport {
    /// Which moments.
    pub name: String,
    /// Moments.
    pub rows: u64,
    /// Those at which the target came true.
    pub positives: u64,
    /// The area under the ROC curve. Not a number (`null` in JSON) if all moments are of one kind.
    pub auc: f64,
    /// Its interval.
    pub interval: Interval,
    /// The peer's area and interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<(f64, Interval)>,
}

/// What tells the moments apart.
pub struct Parts<'a> {
    /// Steps done, by row of the data.
    pub steps: Vec<usize>,
    /// Sessions of visitors who are new, by number; empty if the log names no visitors.
    pub newcomers: &'a HashSet<u32>,
}

impl Parts<'_> {
    /// The figures of each part that has moments. `places` says which rows of the data were tested; `peer` has its word on the
    /// same rows, or nothing.
    pub fn figures(&self, places: &[usize], tested: &[Tested], peer: &[Tested]) -> Vec<PartReport> {
        let one = |name: String, holds: &dyn Fn(usize, &Tested) -> bool| {
            let of = |rows: &[Tested]| {
                let held = |(row, place): (&Tested, &usize)| holds(*place, row).then_some(*row);
                rows.iter().zip(places).filter_map(held).collect::<Vec<_>>()
            };
            let (own, other) = (of(tested), of(peer));
            let figure = |rows: &[Tested]| (scores(rows).auc, intervals(rows).auc);
            let (auc, interval) = figure(&own);
            PartReport {
                name,
                rows: own.len() as u64,
                positives: own.iter().filter(|row| row.truth).count() as u64,
                auc,
                interval,
                peer: Some(&other).filter(|rows| !rows.is_empty()).map(|rows| figure(rows)),
            }
        };
        let words = |steps: usize| match steps {
            0 => "before the first step".into(),
            1 => "after 1 step".into(),
            _ => format!("after {steps} steps"),
        };
        let mut parts: Vec<PartReport> =
            AFTER.iter().map(|steps| one(words(*steps), &|place, _| self.steps[place] == *steps)).collect();
        if !self.newcomers.is_empty() {
            parts.push(one("new visitors".into(), &|_, row| self.newcomers.contains(&row.group)));
        }
        parts.retain(|part| part.rows > 0);
        parts
    }
}

/// The sessions whose user no earlier session of the log names, by number; none if the log names no users.
pub fn newcomers(log: &Log) -> HashSet<u32> {
    let mut known = HashSet::new();
    let users = log.visits.iter().map(|visit| visit.user);
    (0..).zip(users).filter(|(_, user)| *user != 0 && known.insert(*user)).map(|(number, _)| number).collect()
}
