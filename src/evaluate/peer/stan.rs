//! STAN (Garg, Gupta, Malhotra, Vig, Shroff: "Sequence and time aware neighborhood for session-based
//! recommendations", SIGIR 2019).
//!
//! Three decays: of the evolving session's items by steps back (lambda 1), of past sessions by age (lambda
//! 2), of a past session's items by their distance from the newest item shared (lambda 3). The data sets
//! carry no times, so age is counted in shares of the log.

use super::neighbour::{Past, newest_first};
use super::{Fit, Peer, Scratch};

struct Stan {
    past: Past,
    /// What a session weighs for its age, divided by the root of its length.
    weight: Vec<f32>,
    lambda_1: f32,
    lambda_3: f32,
    sample: usize,
    k: usize,
}

impl Peer for Stan {
    fn recommend(&self, prefix: &[u32], limit: usize, scratch: &mut Scratch, out: &mut Vec<u32>) {
        let own = newest_first(prefix);
        self.past.meet(&own, self.sample, |step| (-(step as f32) / self.lambda_1).exp(), scratch);
        scratch.take_nearest(self.k, |session, similarity| similarity * self.weight[session as usize]);
        let nearest = std::mem::take(&mut scratch.nearest);
        for (session, similarity) in &nearest {
            let items = self.past.session(*session);
            let shared = own.iter().find_map(|own| items.iter().position(|item| item == own));
            let Some(shared) = shared else { continue };
            for (at, item) in items.iter().enumerate() {
                scratch.add(*item, similarity * (-(at.abs_diff(shared) as f32) / self.lambda_3).exp());
            }
        }
        scratch.nearest = nearest;
        scratch.take_best(limit, out);
    }
}

pub(super) fn sweep(items: usize) -> Vec<(String, Fit)> {
    let mut candidates: Vec<(String, Fit)> = Vec::new();
    for (lambda_1, lambda_2, lambda_3, k) in [
        (1.02_f32, 0.3_f32, 1.11_f32, 500_usize),
        (1.02, 1.0, 1.11, 500),
        (2.05, 1.0, 1.11, 500),
        (2.05, 1.0, 2.22, 500),
        (4.1, 1.0, 4.45, 500),
        (2.05, 1.0, 2.22, 1500),
        (0.51, 1.0, 0.55, 500),
    ] {
        let fit: Fit = Box::new(move |sessions| {
            let past = Past::new(sessions, items);
            let weight = |number: usize| {
                let age = 1.0 - number as f32 / past.len() as f32;
                (-age / lambda_2).exp() / (past.session(number as u32).len().max(1) as f32).sqrt()
            };
            let weight = (0..past.len()).map(weight).collect();
            Box::new(Stan { past, weight, lambda_1, lambda_3, sample: 2500, k })
        });
        candidates.push((format!("lambda {lambda_1}, {lambda_2} of the log, {lambda_3}, k {k}"), fit));
    }
    candidates
}
