//! Published methods, run beside ours on the same data.
//!
//! Each is what its paper says, made as fast as its idea allows: indexes instead of searches, dense sums,
//! partial selection. What a paper leaves to tuning is swept on a sample of the newest tenth of the
//! training log, by the sum of recall and reciprocal rank; then the method is fitted on the whole of it.

mod item_knn;
mod neighbour;
mod pop;
mod rule;
mod stan;
mod table;
mod v_sknn;
mod vmis_knn;

use super::metric::PLACES;
use std::time::Instant;

/// Prefixes a sweep looks at.
const SAMPLE: usize = 2_000;

/// A fitted method.
pub trait Peer {
    /// Fills `out` with the `limit` best next items after `prefix` (oldest first), best first. Of equal
    /// scores the lower item number leads.
    fn recommend(&self, prefix: &[u32], limit: usize, scratch: &mut Scratch, out: &mut Vec<u32>);
}

/// Working memory, reused from call to call.
pub struct Scratch {
    /// Scores by item; zeros between calls.
    scores: Vec<f32>,
    /// Items with a score.
    scored: Vec<u32>,
    /// Similarities by session; zeros between calls.
    similarity: Vec<f32>,
    /// Sessions with a similarity.
    similar: Vec<u32>,
    /// Items and scores, to be put in order.
    ranked: Vec<(u32, f32)>,
    /// Sessions and similarities, to be put in order.
    nearest: Vec<(u32, f32)>,
}

impl Scratch {
    /// For so many items.
    pub fn new(items: usize) -> Self {
        Self {
            scores: vec![0.0; items],
            scored: Vec::new(),
            similarity: Vec::new(),
            similar: Vec::new(),
            ranked: Vec::new(),
            nearest: Vec::new(),
        }
    }

    fn add(&mut self, item: u32, weight: f32) {
        let score = &mut self.scores[item as usize];
        if *score == 0.0 {
            self.scored.push(item);
        }
        *score += weight;
    }

    /// Puts the `limit` best items out and the scores back to nothing.
    fn take_best(&mut self, limit: usize, out: &mut Vec<u32>) {
        self.ranked.clear();
        for item in self.scored.drain(..) {
            let score = std::mem::take(&mut self.scores[item as usize]);
            if score > 0.0 {
                self.ranked.push((item, score));
            }
        }
        keep_best(&mut self.ranked, limit);
        self.ranked.sort_unstable_by(better);
        out.extend(self.ranked.iter().map(|(item, _)| item));
    }

    /// Adds to the similarity of a session.
    fn meet(&mut self, session: u32, weight: f32) {
        let similarity = &mut self.similarity[session as usize];
        if *similarity == 0.0 {
            self.similar.push(session);
        }
        *similarity += weight;
    }

    /// Puts the `limit` most similar sessions into `nearest`, and the similarities back to nothing; of
    /// equally similar ones the newer stay.
    fn take_nearest(&mut self, limit: usize, weight: impl Fn(u32, f32) -> f32) {
        self.nearest.clear();
        for session in self.similar.drain(..) {
            let similarity = std::mem::take(&mut self.similarity[session as usize]);
            self.nearest.push((session, weight(session, similarity)));
        }
        let nearer = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0));
        if self.nearest.len() > limit {
            self.nearest.select_nth_unstable_by(limit, nearer);
            self.nearest.truncate(limit);
        }
    }
}

fn better(a: &(u32, f32), b: &(u32, f32)) -> std::cmp::Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

/// Keeps the `limit` best, in no order.
fn keep_best(entries: &mut Vec<(u32, f32)>, limit: usize) {
    if entries.len() > limit {
        entries.select_nth_unstable_by(limit, better);
        entries.truncate(limit);
    }
}

/// A peer with the parameters the sweep chose.
pub struct Fitted {
    /// Name in tables.
    pub name: &'static str,
    /// Parameters, in words.
    pub parameters: String,
    /// The method.
    pub peer: Box<dyn Peer>,
}

type Fit = Box<dyn Fn(&[Vec<u32>]) -> Box<dyn Peer>>;
type Sweep = fn(usize) -> Vec<(String, Fit)>;

/// Every method with its sweep.
const ALL: [(&str, Sweep); COUNT] = [
    ("vmis_knn", vmis_knn::sweep),
    ("stan", stan::sweep),
    ("v_sknn", v_sknn::sweep),
    ("sequential_rules", rule::sweep),
    ("item_knn", item_knn::sweep),
    ("s_pop", pop::sweep_of_session),
    ("pop", pop::sweep),
];
/// How many methods there are.
pub const COUNT: usize = 7;

/// Fits one method after the other and hands each over with the seconds it took. `items` is one more than
/// the largest item number that can come.
pub fn each(sessions: &[Vec<u32>], items: usize, sink: &mut dyn FnMut(Fitted, f64)) {
    let (head, tail) = sessions.split_at(sessions.len() - sessions.len() / 10);
    let prefixes: Vec<(&[u32], u32)> =
        tail.iter().flat_map(|session| (1..session.len()).map(|at| (&session[..at], session[at]))).collect();
    let sample: Vec<_> = prefixes.iter().step_by(prefixes.len().div_ceil(SAMPLE).max(1)).copied().collect();
    let mut scratch = Scratch::new(items);
    for (name, sweep) in ALL {
        let began = Instant::now();
        let mut candidates = sweep(items);
        let mut best = (0, 0.0);
        if candidates.len() > 1 {
            for (at, (_, fit)) in candidates.iter().enumerate() {
                let merit = merit(fit(head).as_ref(), &sample, &mut scratch);
                if merit > best.1 {
                    best = (at, merit);
                }
            }
        }
        let (parameters, fit) = candidates.swap_remove(best.0);
        let peer = fit(sessions);
        sink(Fitted { name, parameters, peer }, began.elapsed().as_secs_f64());
    }
}

fn merit(peer: &dyn Peer, sample: &[(&[u32], u32)], scratch: &mut Scratch) -> f64 {
    let mut list = Vec::new();
    let mut merit = 0.0;
    for (prefix, target) in sample {
        list.clear();
        peer.recommend(prefix, PLACES, scratch, &mut list);
        merit += list.iter().position(|item| item == target).map_or(0.0, |at| 1.0 + 1.0 / (at + 1) as f64);
    }
    merit
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sessions in which 1 follows 0, 2 follows 1, and 9 is looked at by everybody, first.
    fn sessions() -> Vec<Vec<u32>> {
        (0..60).map(|n| if n % 2 == 0 { vec![9, 0, 1, 2] } else { vec![9, 3, 4] }).collect()
    }

    fn fitted() -> Vec<Fitted> {
        let mut all = Vec::new();
        each(&sessions(), 12, &mut |fitted, _| all.push(fitted));
        all
    }

    #[test]
    fn every_method_finds_what_belongs_to_the_session() {
        for Fitted { name, peer, .. } in fitted() {
            let mut list = Vec::new();
            peer.recommend(&[0, 1], 3, &mut Scratch::new(12), &mut list);
            match name {
                "pop" => assert_eq!(list, [9, 0, 1]),
                "s_pop" => assert!(list[0] < 2 && list[1] < 2 && list[2] == 9, "{list:?}"),
                _ => assert!(list.contains(&2) && !list.contains(&4), "{name}: {list:?}"),
            }
        }
    }

    #[test]
    fn no_method_carries_anything_from_one_call_to_the_next_or_minds_unknown_items() {
        for Fitted { name, peer, .. } in fitted() {
            let ask = |prefix: &[u32], scratch: &mut Scratch| {
                let mut list = Vec::new();
                peer.recommend(prefix, 5, scratch, &mut list);
                assert!(list.len() <= 5, "{name}");
                list
            };
            let mut scratch = Scratch::new(12);
            let first = ask(&[9, 0], &mut scratch);
            ask(&[3, 11, 4, 10], &mut scratch);
            assert_eq!(ask(&[9, 0], &mut scratch), first, "{name}");
            assert_eq!(ask(&[9, 0], &mut Scratch::new(12)), first, "{name}");
        }
    }
}
