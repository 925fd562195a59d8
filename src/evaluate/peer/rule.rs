//! Sequential rules: items that came soon after the last one, a click later counting 1, two clicks later
//! a half, and so on (Kamehkhosh, Jannach, Ludewig 2017; Ludewig, Jannach: "Evaluation of session-based
//! recommendation algorithms", UMUAI 2018).

use super::Fit;
use super::table::Table;

pub(super) fn sweep(items: usize) -> Vec<(String, Fit)> {
    let mut candidates: Vec<(String, Fit)> = Vec::new();
    for (steps, quadratic) in [(10, false), (3, false), (10, true), (15, false)] {
        let weight = move |from: usize, to: usize| match to.checked_sub(from) {
            Some(distance) if distance > 0 && distance <= steps => {
                if quadratic { 1.0 / (distance * distance) as f32 } else { 1.0 / distance as f32 }
            }
            _ => 0.0,
        };
        let fit: Fit = Box::new(move |sessions| Box::new(Table::fit(sessions, items, 100, weight, |_, _| 1.0)));
        candidates.push((format!("{steps} steps, {}", if quadratic { "quadratic" } else { "linear" }), fit));
    }
    candidates
}
