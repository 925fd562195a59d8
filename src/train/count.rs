//! Next-item rows: for each item the items most often found near it in sessions.
//!
//! `weight(a, b) = Σ direction * exp(-decay * (distance - 1)) * age / (count(a)^alpha * count(b)^beta)`
//! over the pairs of a session's item events, then one smoothing step towards the rows of the
//! neighbours, then the best `neighbours` of each row. The factors are those that did well on public
//! click logs; a search per store comes with the evaluation.

use super::log::{Log, NO_ITEM};
use crate::event::EventKind;
use crate::snapshot::rows::Row;
use std::collections::HashMap;

/// Pairs further apart than this say nothing.
const REACH: usize = 10;
const BACKWARD: f64 = 0.55;
const DECAY: f64 = 0.55;
const AGE: f64 = 0.8;
const ALPHA: f64 = 0.55;
const BETA: f64 = 0.25;
const HOP: f32 = 0.3;
/// A cart or a purchase says more than a look.
const DEED: f64 = 2.0;

/// Counts the rows.
pub fn rows(log: &Log, neighbours: usize) -> Vec<Row> {
    let (pairs, counts) = pairs(log);
    let mut rows: Vec<Row> = vec![Vec::new(); log.items.len()];
    for ((from, to), weight) in pairs {
        let weight = weight / (counts[from as usize].powf(ALPHA) * counts[to as usize].powf(BETA));
        rows[from as usize].push((to, weight as f32));
    }
    // The map's order is not the log's: from here on every row is in order of item number.
    for row in &mut rows {
        row.sort_unstable_by_key(|(item, _)| *item);
    }
    (0..rows.len()).map(|own| smoothed(&rows, own, neighbours)).collect()
}

type Pairs = HashMap<(u32, u32), f64>;

fn pairs(log: &Log) -> (Pairs, Vec<f64>) {
    let (oldest, newest) = log.span_ms;
    let span = (newest - oldest).max(1) as f64;
    let mut pairs = Pairs::new();
    let mut counts = vec![0.0_f64; log.items.len()];
    let mut trail: Vec<(u32, f64)> = Vec::new();
    for session in log.sessions() {
        trail.clear();
        for event in session.iter().filter(|event| event.item != NO_ITEM && event.kind != EventKind::RemoveFromCart) {
            let deed = if matches!(event.kind, EventKind::AddToCart | EventKind::Purchase) { DEED } else { 1.0 };
            match trail.last_mut() {
                Some((item, weight)) if *item == event.item => *weight = weight.max(deed),
                _ => trail.push((event.item, deed)),
            }
        }
        let age = (-AGE * (newest - session[0].time_ms) as f64 / span).exp();
        for (at, (from, from_deed)) in trail.iter().enumerate() {
            counts[*from as usize] += 1.0;
            for (distance, (to, to_deed)) in trail[at + 1..].iter().take(REACH).enumerate() {
                if from != to {
                    let near = (-DECAY * distance as f64).exp() * age;
                    *pairs.entry((*from, *to)).or_default() += near * to_deed;
                    *pairs.entry((*to, *from)).or_default() += near * from_deed * BACKWARD;
                }
            }
        }
    }
    (pairs, counts)
}

fn smoothed(rows: &[Row], own: usize, neighbours: usize) -> Row {
    let total: f32 = rows[own].iter().map(|(_, weight)| weight).sum();
    let mut sums: HashMap<u32, f32> = rows[own].iter().copied().collect();
    for (via, weight) in best(rows[own].clone(), neighbours) {
        let share = HOP * weight / total;
        for (to, step) in rows[via as usize].iter().filter(|(to, _)| *to as usize != own) {
            *sums.entry(*to).or_default() += share * step;
        }
    }
    best(sums.into_iter().collect(), neighbours)
}

/// The heaviest entries; of equal weights the lower item number stays.
fn best(mut row: Row, neighbours: usize) -> Row {
    row.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    row.truncate(neighbours);
    row
}
