//! VMIS-kNN (Kersbergen, Sprangers, Schelter: "Serenade: low-latency session-based recommendation in
//! e-commerce at scale", SIGMOD 2022).
//!
//! The `m` newest sessions that share an item with the evolving one are met; the `k` most similar of them
//! vote for their items, with the weight of the newest item shared and the rarity of the item voted for.
//! Two flaws of the published program are left out, to its advantage: its position weight turns negative
//! past ten items, and it never recommends the item on the screen.

use super::neighbour::{Past, newest_first};
use super::{Fit, Peer, Scratch};
use std::collections::BinaryHeap;
use std::cmp::Reverse;

struct VmisKnn {
    past: Past,
    rarity: Vec<f32>,
    /// Sessions that are met.
    m: usize,
    /// Sessions that vote.
    k: usize,
}

/// Weight of the item so many steps back.
fn weight(step: usize) -> f32 {
    (1.0 - 0.1 * step as f32).max(0.0)
}

impl VmisKnn {
    /// Meets the `m` newest sessions: a session older than all of them cannot be among them, and so cannot
    /// any that follows it in its list.
    fn meet(&self, own: &[u32], scratch: &mut Scratch) {
        if scratch.similarity.len() < self.past.len() {
            scratch.similarity.resize(self.past.len(), 0.0);
        }
        let mut newest: BinaryHeap<Reverse<u32>> = BinaryHeap::with_capacity(self.m + 1);
        for (step, item) in own.iter().enumerate() {
            let weight = weight(step);
            if weight <= 0.0 {
                break;
            }
            for session in self.past.sessions_with(*item).iter().take(self.m) {
                if scratch.similarity[*session as usize] == 0.0 {
                    if newest.len() == self.m {
                        match newest.peek() {
                            Some(Reverse(oldest)) if oldest < session => {
                                scratch.similarity[*oldest as usize] = 0.0;
                                newest.pop();
                            }
                            _ => break,
                        }
                    }
                    newest.push(Reverse(*session));
                    scratch.similar.push(*session);
                }
                scratch.similarity[*session as usize] += weight;
            }
        }
    }
}

impl Peer for VmisKnn {
    fn recommend(&self, prefix: &[u32], limit: usize, scratch: &mut Scratch, out: &mut Vec<u32>) {
        let own = newest_first(prefix);
        self.meet(&own, scratch);
        scratch.take_nearest(self.k, |_, similarity| similarity);
        let nearest = std::mem::take(&mut scratch.nearest);
        for (session, similarity) in &nearest {
            let items = self.past.session(*session);
            let Some(shared) = own.iter().position(|item| items.contains(item)) else { continue };
            let vote = similarity * weight(shared);
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
    for (m, k) in [(500, 100), (1000, 100), (2500, 100), (5000, 100), (500, 500), (1000, 500), (2500, 500), (5000, 500), (5000, 1500)] {
        let fit: Fit = Box::new(move |sessions| {
            let past = Past::new(sessions, items);
            let rarity = (0..items as u32).map(|item| past.rarity(item)).collect();
            Box::new(VmisKnn { past, rarity, m, k })
        });
        candidates.push((format!("m {m}, k {k}"), fit));
    }
    candidates
}
