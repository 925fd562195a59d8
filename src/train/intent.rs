//! Fits the purchase tables: an additive model over binned features, by cyclic boosting.
//!
//! One training row per moment of a session that is still running: its features so far, and whether a
//! purchase followed. Sessions that have bought are over, so nothing leaks. Each round takes one damped
//! Newton step per bin and feature on the log-loss (Lou, Caruana, Gehrke, KDD 2012); rounds stop when
//! the newest fifth of the sessions no longer gains, and the tables of the best round are kept.

use super::log::{Log, LogEvent, NO_ITEM};
use crate::event::{Event, EventItem, EventKind, ItemKey};
use crate::feature::{COUNT, Features};
use crate::session::Session;
use crate::snapshot::section::{Intent, IntentTable};

/// Purchases below which nothing is fitted.
const MIN_PURCHASES: usize = 20;
const BINS: usize = 8;
const ROUNDS: usize = 60;
const SHRINKAGE: f64 = 0.3;
const L2: f64 = 10.0;

struct Moments {
    features: Vec<[i32; COUNT]>,
    bought: Vec<bool>,
}

/// Fits the tables; empty ones where the log has too few purchases to learn from.
pub fn fit(log: &Log) -> Intent {
    let keys: Vec<ItemKey> = log.items.iter().map(|item| ItemKey::from_id(&item.id)).collect();
    let sessions: Vec<&[LogEvent]> = log.sessions().collect();
    let purchases =
        sessions.iter().filter(|session| session.iter().any(|event| event.kind == EventKind::Purchase)).count();
    if purchases < MIN_PURCHASES {
        return Intent::default();
    }
    let tail = sessions.len() * 4 / 5;
    let early = moments(&sessions[..tail], &keys);
    let late = moments(&sessions[tail..], &keys);
    let edges: Vec<Vec<i32>> = (0..COUNT).map(|feature| edges(&early.features, feature)).collect();
    let rate = early.bought.iter().filter(|bought| **bought).count() as f64 / early.bought.len().max(1) as f64;
    let base = (rate.max(1e-6) / (1.0 - rate).max(1e-6)).ln();
    let mut tables: Vec<Vec<f64>> = edges.iter().map(|edges| vec![0.0; edges.len() + 1]).collect();
    let bins = |moments: &Moments| -> Vec<[usize; COUNT]> {
        let bin = |row: &[i32; COUNT]| std::array::from_fn(|f| edges[f].partition_point(|edge| *edge < row[f]));
        moments.features.iter().map(bin).collect()
    };
    let (early_bins, late_bins) = (bins(&early), bins(&late));
    let score = |tables: &[Vec<f64>], row: &[usize; COUNT]| {
        base + row.iter().zip(tables).map(|(bin, table)| table[*bin]).sum::<f64>()
    };
    let loss = |tables: &[Vec<f64>]| -> f64 {
        let one = |(row, bought): (&[usize; COUNT], &bool)| {
            let score = score(tables, row);
            (1.0 + (if *bought { -score } else { score }).exp()).ln()
        };
        late_bins.iter().zip(&late.bought).map(one).sum()
    };
    let (mut best, mut best_loss) = (tables.clone(), loss(&tables));
    for _ in 0..ROUNDS {
        for feature in 0..COUNT {
            let mut sums = vec![(0.0, L2); tables[feature].len()];
            for (row, bought) in early_bins.iter().zip(&early.bought) {
                let chance = 1.0 / (1.0 + (-score(&tables, row)).exp());
                let (gradient, weight) = &mut sums[row[feature]];
                *gradient += f64::from(u8::from(*bought)) - chance;
                *weight += chance * (1.0 - chance);
            }
            for (entry, (gradient, weight)) in tables[feature].iter_mut().zip(sums) {
                *entry += SHRINKAGE * gradient / weight;
            }
        }
        let now = loss(&tables);
        if now < best_loss {
            (best, best_loss) = (tables.clone(), now);
        }
    }
    let milli = |logits: f64| (logits * 1000.0).round() as i32;
    let table = |(feature, (edges, scores)): (usize, (Vec<i32>, Vec<f64>))| IntentTable {
        feature: feature as u8,
        edges,
        scores: scores.into_iter().map(milli).collect(),
    };
    let told = |table: &IntentTable| !table.edges.is_empty() && table.scores.iter().any(|score| *score != 0);
    Intent {
        base: milli(base),
        tables: edges.into_iter().zip(best).enumerate().map(table).filter(told).collect(),
        moments: early.bought.len() as u64,
        rate_ppm: (rate * 1e6).round() as u32,
    }
}

fn moments(sessions: &[&[LogEvent]], keys: &[ItemKey]) -> Moments {
    let mut moments = Moments { features: Vec::new(), bought: Vec::new() };
    for session in sessions {
        let purchase = session.iter().position(|event| event.kind == EventKind::Purchase);
        let mut state = Session::default();
        for event in &session[..purchase.unwrap_or(session.len())] {
            let item = (event.item != NO_ITEM).then(|| EventItem { key: keys[event.item as usize], category: None });
            state.observe(&Event { kind: event.kind, items: item.into_iter().collect(), time_ms: event.time_ms });
            moments.features.push(Features::of(&state).0);
            moments.bought.push(purchase.is_some());
        }
    }
    moments
}

/// Upper bounds of bins of about equal weight, by quantiles.
fn edges(rows: &[[i32; COUNT]], feature: usize) -> Vec<i32> {
    let mut values: Vec<i32> = rows.iter().map(|row| row[feature]).collect();
    values.sort_unstable();
    let top = values.last().copied().unwrap_or(0);
    let mut edges: Vec<i32> = (1..BINS).filter_map(|bin| values.get(values.len() * bin / BINS).copied()).collect();
    // Rare but telling values (something in the cart) get a bin of their own.
    edges.push(values.first().copied().unwrap_or(0));
    edges.sort_unstable();
    edges.dedup();
    edges.retain(|edge| *edge < top);
    edges
}
