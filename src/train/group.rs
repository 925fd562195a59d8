//! What sister shops know, under the numbers of a log.
//!
//! Their visits are added to a row as if each had made the pair two places apart, were as old as a usual visit and the shop's
//! own: on the validation tail of a public click log, split into five shops, half and twice the weight did no better. Where a
//! log tells nothing, as of a new product, the group's row is what there is.

use crate::group::Sums;
use crate::log::Log;
use std::collections::HashMap;

/// Sums of a group for the items of a log.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// By item, how often it was looked at.
    pub looks: Vec<f64>,
    /// Neighbours, item after item: number, visits in which it came behind the item, and in front of it.
    entries: Vec<(u32, f32, f32)>,
    /// Where each item begins in `entries`; one more at the end.
    starts: Vec<usize>,
}

impl Group {
    /// Finds the products of a log in sums. What the log and its catalogue do not know is left out.
    pub fn of(sums: &Sums, log: &Log) -> Self {
        let numbers: HashMap<&str, u32> = log.items.iter().map(|item| item.id.as_str()).zip(0..).collect();
        let known: Vec<Option<u32>> = sums.items.iter().map(|(id, _)| numbers.get(id.as_str()).copied()).collect();
        let mut pairs: Vec<(u32, u32, f32, f32)> = Vec::new();
        for (from, to, visits) in &sums.pairs {
            if let (Some(from), Some(to)) = (known[*from as usize], known[*to as usize]) {
                let visits = *visits as f32;
                pairs.extend([(from, to, visits, 0.0), (to, from, 0.0, visits)]);
            }
        }
        // A product of which most pairs are below the minimum support would seem to lead nowhere. So it was looked at as
        // often as its pairs tell, at most.
        let mut told = vec![0.0; log.items.len()];
        for (own, _, behind, before) in &pairs {
            told[*own as usize] += f64::from(behind + before);
        }
        let mut looks = vec![0.0; log.items.len()];
        for ((_, visits), item) in sums.items.iter().zip(&known) {
            if let Some(item) = item.map(|item| item as usize) {
                looks[item] = told[item].min(*visits as f64);
            }
        }
        pairs.sort_unstable_by_key(|(own, to, ..)| (*own, *to));
        let mut starts = vec![0; log.items.len() + 1];
        for (own, ..) in &pairs {
            starts[*own as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let entries = pairs.into_iter().map(|(_, to, behind, before)| (to, behind, before)).collect();
        Self { looks, entries, starts }
    }

    /// The neighbours of an item.
    pub fn near(&self, item: u32) -> &[(u32, f32, f32)] {
        &self.entries[self.starts[item as usize]..self.starts[item as usize + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_found_by_id_and_pairs_are_seen_from_both_sides() {
        let log = Log::of_items(&[[0_u32, 1, 2]]);
        let items = [("1", 8), ("2", 5), ("unknown", 4)].map(|(id, visits)| (id.to_owned(), visits)).to_vec();
        let sums = Sums { items, pairs: vec![(0, 1, 6), (1, 2, 4)], ..Sums::default() };
        let group = Group::of(&sums, &log);
        assert_eq!(group.looks, [0.0, 6.0, 5.0]);
        assert_eq!(
            (group.near(0), group.near(1), group.near(2)),
            (&[][..], &[(2, 6.0, 0.0)][..], &[(1, 0.0, 6.0)][..])
        );
    }
}
