//! Item numbers under which neighbours are near each other, so that rows pack into fewer bits.
//!
//! A walk: from the most connected item not yet numbered, breadth first along the heaviest entries, so
//! that what is looked at together is numbered together.

use super::log::Log;
use crate::snapshot::rows::Row;
use std::collections::VecDeque;

/// The items in their new order: `order[new] = old`.
pub fn order(rows: &[Row], log: &Log) -> Vec<u32> {
    let weight = |item: u32| rows[item as usize].iter().map(|(_, weight)| weight).sum::<f32>();
    let mut starts: Vec<u32> = (0..rows.len() as u32).collect();
    starts.sort_by(|a, b| {
        let category = |item: &u32| log.items[*item as usize].category;
        category(a).cmp(&category(b)).then(weight(*b).total_cmp(&weight(*a))).then(a.cmp(b))
    });
    let mut seen = vec![false; rows.len()];
    let mut order = Vec::with_capacity(rows.len());
    let mut queue = VecDeque::new();
    for start in starts {
        queue.push_back(start);
        while let Some(item) = queue.pop_front() {
            if std::mem::replace(&mut seen[item as usize], true) {
                continue;
            }
            order.push(item);
            queue.extend(rows[item as usize].iter().take(8).map(|(to, _)| *to).filter(|to| !seen[*to as usize]));
        }
    }
    order
}
