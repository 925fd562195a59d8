//! Item-to-item tables: the last item's row is the recommendation.

use super::{Peer, Scratch, better, keep_best};

/// For each item its best companions, best first.
pub(super) struct Table(Vec<Vec<(u32, f32)>>);

impl Table {
    /// Adds up `weight(from, to)`, by places in a session, over all pairs of places; then divides each sum
    /// by `norm(from, to)`, by counts of the two items, and keeps the best.
    pub(super) fn fit(
        sessions: &[Vec<u32>],
        items: usize,
        kept: usize,
        weight: impl Fn(usize, usize) -> f32,
        norm: impl Fn(f32, f32) -> f32,
    ) -> Self {
        let mut places: Vec<Vec<(u32, u32)>> = vec![Vec::new(); items];
        for (number, session) in sessions.iter().enumerate() {
            for (at, item) in session.iter().enumerate() {
                places[*item as usize].push((number as u32, at as u32));
            }
        }
        let mut scratch = Scratch::new(items);
        let count = |item: u32| places[item as usize].len() as f32;
        let row = |own: usize| {
            for (session, from) in &places[own] {
                for (to, item) in sessions[*session as usize].iter().enumerate() {
                    let weight = weight(*from as usize, to);
                    if *item as usize != own && weight > 0.0 {
                        scratch.add(*item, weight);
                    }
                }
            }
            let scores = &mut scratch.scores;
            let mut row: Vec<(u32, f32)> = scratch
                .scored
                .drain(..)
                .map(|item| (item, std::mem::take(&mut scores[item as usize]) / norm(count(own as u32), count(item))))
                .collect();
            keep_best(&mut row, kept);
            row.sort_unstable_by(better);
            row
        };
        Self((0..items).map(row).collect())
    }
}

impl Peer for Table {
    fn recommend(&self, prefix: &[u32], limit: usize, _: &mut Scratch, out: &mut Vec<u32>) {
        let row = prefix.last().and_then(|last| self.0.get(*last as usize));
        out.extend(row.into_iter().flatten().take(limit).map(|(item, _)| item));
    }
}
