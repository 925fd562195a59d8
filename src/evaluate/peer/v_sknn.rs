//! V-SKNN (Ludewig, Jannach: "Evaluation of session-based recommendation algorithms", UMUAI 2018).
//!
//! Of the sessions that share an item with the evolving one the newest are compared, with weights that
//! fall linearly from the newest item to the oldest; the `k` most similar vote for their items, the vote
//! divided by how many steps back the newest shared item lies, with or without the rarity of the item.

use super::neighbour::{Past, newest_first};
use super::{Fit, Peer, Scratch};

struct VSknn {
    past: Past,
    rarity: Vec<f32>,
    /// Sessions of an item that are compared.
    sample: usize,
    /// Sessions that vote.
    k: usize,
}

impl Peer for VSknn {
    fn recommend(&self, prefix: &[u32], limit: usize, scratch: &mut Scratch, out: &mut Vec<u32>) {
        let own = newest_first(prefix);
        let count = own.len() as f32;
        self.past.meet(&own, self.sample, |step| (count - step as f32) / count, scratch);
        scratch.take_nearest(self.k, |_, similarity| similarity);
        let nearest = std::mem::take(&mut scratch.nearest);
        for (session, similarity) in &nearest {
            let items = self.past.session(*session);
            let Some(shared) = own.iter().position(|item| items.contains(item)) else { continue };
            let vote = similarity / (shared + 1) as f32;
            for item in items {
                scratch.add(*item, vote * self.rarity[*item as usize]);
            }
        }
        scratch.nearest = nearest;
        scratch.take_best(limit, out);
    }
}

pub(super) fn sweep(items: usize) -> Vec<(String, Fit)> {
    let mut candidates: Vec<(String, Fit)> = Vec::new();
    for (sample, k, rare) in [(1000, 100, true), (1000, 100, false), (2500, 200, true), (2500, 500, true), (5000, 500, false)] {
        let fit: Fit = Box::new(move |sessions| {
            let past = Past::new(sessions, items);
            let rarity = (0..items as u32).map(|item| if rare { past.rarity(item) } else { 1.0 }).collect();
            Box::new(VSknn { past, rarity, sample, k })
        });
        candidates.push((format!("sample {sample}, k {k}{}", if rare { ", rarity" } else { "" }), fit));
    }
    candidates
}
