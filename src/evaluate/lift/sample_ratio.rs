//! Whether the arms have as many visits as the plan's propensities say.
//!
//! If they do not, visits went missing in some arms and not in others: an arm that is slow, that breaks pages, or that loses
//! its exposures. Whatever is compared then compares unlike visits, so nothing is read. The check is Pearson's chi-square,
//! plan by plan, because shares change from plan to plan (Fabijan and others, "Diagnosing sample ratio mismatch in online
//! controlled experiments", KDD 2019, who take the same limit).

use crate::decide::HOLDOUT;
use crate::experiment::statistics::chi_square_tail;
use crate::experiment::{Design, Trial};
use crate::snapshot::plan::Draw;
use serde::Serialize;
use std::collections::BTreeMap;

/// Below this p-value nothing is read.
pub(super) const LIMIT: f64 = 0.001;
/// Fewest expected visits of each arm of a plan that is checked on its own (Cochran, 1954).
const LEAST: f64 = 5.0;

/// Visits of the arms, found and expected.
#[derive(Clone, Debug, Serialize)]
pub struct SampleRatio {
    /// Arms with the visits found and expected.
    pub arms: Vec<(String, u64, f64)>,
    /// The chi-square statistic.
    pub chi_square: f64,
    /// Its degrees of freedom.
    pub degrees: f64,
    /// The chance of so great a deviation.
    pub p: f64,
    /// Whether the arms may be compared.
    pub passes: bool,
}

/// Visits found and expected, by arm.
type Cells = BTreeMap<String, (u64, f64)>;

/// Checks the visits of one slot. `None` if there is nothing to check: a single arm, or too few visits.
pub(super) fn check(trials: &[&Trial], designs: &[Design]) -> Option<SampleRatio> {
    let mut by_design: BTreeMap<usize, Cells> = BTreeMap::new();
    for trial in trials {
        let hours = designs[trial.design].draw == Draw::Hour;
        let cell = if hours && trial.arm != HOLDOUT { "all arms" } else { &trial.arm };
        by_design.entry(trial.design).or_default().entry(cell.into()).or_default().0 += 1;
    }
    let mut parts: Vec<Cells> = Vec::new();
    let mut rest = Cells::new();
    for (design, mut cells) in by_design {
        let visits: u64 = cells.values().map(|(found, _)| found).sum();
        for (arm, share) in shares(&designs[design]) {
            cells.entry(arm).or_default().1 += visits as f64 * share;
        }
        if cells.values().all(|(_, expected)| *expected >= LEAST) {
            parts.push(cells);
        } else {
            add(&mut rest, &cells);
        }
    }
    if !rest.is_empty() && rest.values().all(|(_, expected)| *expected >= LEAST) {
        parts.push(rest);
    }
    let chi_square = parts.iter().flat_map(Cells::values);
    let chi_square = chi_square.map(|(found, expected)| (*found as f64 - expected).powi(2) / expected).sum();
    let degrees = parts.iter().map(|cells| cells.len() as f64 - 1.0).sum();
    if degrees <= 0.0 {
        return None;
    }
    let mut all = Cells::new();
    for cells in &parts {
        add(&mut all, cells);
    }
    let p = chi_square_tail(chi_square, degrees);
    let arms = all.into_iter().map(|(arm, (found, expected))| (arm, found, expected)).collect();
    Some(SampleRatio { arms, chi_square, degrees, p, passes: p >= LIMIT })
}

/// The share of visits of each arm by a design, holdout included; of a switchback, those of all arms together, because
/// hours have different numbers of visits.
fn shares(design: &Design) -> Vec<(String, f64)> {
    let mut shares = match design.draw {
        Draw::Hour => vec![("all arms".to_owned(), 1.0 - design.held_out)],
        Draw::Visit | Draw::Posterior => design.arms.clone(),
    };
    shares.push((HOLDOUT.into(), design.held_out));
    shares.retain(|(_, share)| *share > 0.0);
    shares
}

fn add(to: &mut Cells, cells: &Cells) {
    for (arm, (found, expected)) in cells {
        let own = to.entry(arm.clone()).or_default();
        own.0 += found;
        own.1 += expected;
    }
}

impl SampleRatio {
    /// The p-value in words.
    pub(super) fn p_text(&self) -> String {
        match self.p {
            p if p < 1e-12 => "p < 1e-12".into(),
            p if p < LIMIT => format!("p = {p:.1e}"),
            p => format!("p = {p:.3}"),
        }
    }

    /// Why nothing is read; `None` if the check passes.
    pub(super) fn problem(&self) -> Option<String> {
        let part =
            |(arm, found, expected): &(String, u64, f64)| format!("{arm}: {found} visits, expected {expected:.0}");
        let parts: Vec<String> = self.arms.iter().map(part).collect();
        (!self.passes).then(|| {
            format!(
                "the arms do not have the visits that the plan draws ({}, the limit is {LIMIT}): {}. Some arm loses \
                 its visits or its exposures, so no difference is read. Look for pages that fail or scripts that end in one \
                 arm, and for redirects before the exposure is sent",
                self.p_text(),
                parts.join("; ")
            )
        })
    }
}
