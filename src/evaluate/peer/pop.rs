//! POP and S-POP: the most popular items of all, and of the session itself (Hidasi, Karatzoglou,
//! Baltrunas, Tikk: "Session-based recommendations with recurrent neural networks", ICLR 2016).

use super::{Fit, Peer, Scratch, keep_best, better};

/// Popular items kept.
const KEPT: usize = 200;

/// The most popular items, best first.
struct Pop(Vec<u32>);

impl Pop {
    fn fit(sessions: &[Vec<u32>], items: usize) -> Self {
        let mut counts = vec![0.0_f32; items];
        sessions.iter().flatten().for_each(|item| counts[*item as usize] += 1.0);
        let mut counted: Vec<(u32, f32)> = (0..).zip(counts).filter(|(_, count)| *count > 0.0).collect();
        keep_best(&mut counted, KEPT);
        counted.sort_unstable_by(better);
        Self(counted.into_iter().map(|(item, _)| item).collect())
    }
}

impl Peer for Pop {
    fn recommend(&self, _: &[u32], limit: usize, _: &mut Scratch, out: &mut Vec<u32>) {
        out.extend(self.0.iter().take(limit));
    }
}

/// The session's own items by how often they came, then the popular ones.
struct OfSession(Pop);

impl Peer for OfSession {
    fn recommend(&self, prefix: &[u32], limit: usize, scratch: &mut Scratch, out: &mut Vec<u32>) {
        for (at, item) in prefix.iter().enumerate() {
            // Of items that came equally often the one looked at last leads.
            scratch.add(*item, 1.0 + at as f32 * 1e-4);
        }
        scratch.take_best(limit, out);
        let own = out.len();
        for item in &self.0.0 {
            if out.len() == limit {
                break;
            }
            if !out[..own].contains(item) {
                out.push(*item);
            }
        }
    }
}

pub(super) fn sweep(items: usize) -> Vec<(String, Fit)> {
    vec![("none".into(), Box::new(move |sessions| Box::new(Pop::fit(sessions, items))))]
}

pub(super) fn sweep_of_session(items: usize) -> Vec<(String, Fit)> {
    vec![("none".into(), Box::new(move |sessions| Box::new(OfSession(Pop::fit(sessions, items)))))]
}
