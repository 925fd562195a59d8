//! The search for neighbouring sessions, common to V-SKNN, VMIS-kNN and STAN.
//!
//! Candidates are the `sample` most recent sessions that share an item with the current one; neighbours are the `kept`
//! most similar of those, the newer of equals. The search goes through the index item by item and adds up similarities
//! in place, as VMIS-kNN does, so no candidate session is ever read item by item. Going from the last click backwards,
//! the first item to reach a session is also the most recent one it shares, which the scoring asks for.

use super::session_index::SessionIndex;
use super::sums::keep_largest;

/// How many sessions to look at and to keep.
#[derive(Clone, Copy, Debug)]
pub(super) struct Breadth {
    /// Candidates: the most recent sessions with a common item.
    pub(super) sample: usize,
    /// Neighbours: the most similar candidates.
    pub(super) kept: usize,
}

/// One neighbouring session.
pub(super) struct Neighbour {
    /// Its number in the index.
    pub(super) session: u32,
    /// Its similarity to the current session.
    pub(super) similarity: f32,
    /// How far from the end of the current session their most recent common item stands, counted from 1.
    pub(super) step: u32,
}

#[derive(Clone, Copy, Default)]
struct Match {
    similarity: f32,
    step: u32,
}

/// Working memory of the search.
#[derive(Default)]
pub(super) struct Neighbours {
    /// By session; zero but during a search.
    matches: Vec<Match>,
    touched: Vec<u32>,
    keys: Vec<u64>,
}

impl Neighbours {
    /// Hands every neighbour of the session `prefix` to `visit`. An item weighs `weight` of itself and its position
    /// (from 1) in the prefix; a session's similarity is the sum over common items times `factor` of the session.
    pub(super) fn visit(
        &mut self,
        index: &SessionIndex,
        breadth: Breadth,
        prefix: &[u32],
        weight: impl Fn(u32, usize) -> f32,
        factor: impl Fn(u32) -> f32,
        mut visit: impl FnMut(Neighbour),
    ) {
        self.gather(index, breadth.sample, prefix, weight);
        self.keep_most_recent(breadth.sample);
        self.keys.clear();
        for &session in &self.touched {
            // Similarity above, session below: comparing keys orders by similarity, and of equals the newer session wins.
            let similarity = self.matches[session as usize].similarity * factor(session);
            self.keys.push(u64::from(similarity.to_bits()) << 32 | u64::from(session));
        }
        keep_largest(&mut self.keys, breadth.kept);
        for &key in &self.keys {
            let (session, similarity) = (key as u32, f32::from_bits((key >> 32) as u32));
            visit(Neighbour { session, similarity, step: self.matches[session as usize].step });
        }
        for session in self.touched.drain(..) {
            self.matches[session as usize] = Match::default();
        }
    }

    /// Adds up the similarities of all sessions that may be among the `sample` most recent.
    fn gather(&mut self, index: &SessionIndex, sample: usize, prefix: &[u32], weight: impl Fn(u32, usize) -> f32) {
        if self.matches.len() < index.len() {
            self.matches.resize(index.len(), Match::default());
        }
        let mut oldest = 0;
        for (place, &item) in prefix.iter().enumerate().rev() {
            let amount = weight(item, place + 1);
            if amount <= 0.0 || prefix[place + 1..].contains(&item) {
                continue;
            }
            let sessions = index.sessions_with(item);
            let sessions = &sessions[..sessions.len().min(sample)];
            let step = (prefix.len() - place) as u32;
            for &session in sessions.iter().take_while(|&&session| session >= oldest) {
                let found = &mut self.matches[session as usize];
                if found.step == 0 {
                    found.step = step;
                    self.touched.push(session);
                }
                found.similarity += amount;
            }
            // A full sample from one item alone: nothing older than its last session can be in the sample.
            if let Some(&last) = sessions.last().filter(|_| sessions.len() == sample) {
                oldest = oldest.max(last);
            }
        }
    }

    /// Drops all but the `sample` most recent of the sessions gathered.
    fn keep_most_recent(&mut self, sample: usize) {
        if self.touched.len() > sample {
            self.touched.select_nth_unstable_by(sample, |left, right| right.cmp(left));
            for session in self.touched.drain(sample..) {
                self.matches[session as usize] = Match::default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sample: usize, kept: usize, prefix: &[u32]) -> Vec<(u32, f32, u32)> {
        let sessions = [vec![1, 2], vec![3, 2], vec![1], vec![4, 3], vec![1, 3]];
        let index = SessionIndex::new(&[&sessions], 6);
        let (mut search, mut found) = (Neighbours::default(), Vec::new());
        search.visit(
            &index,
            Breadth { sample, kept },
            prefix,
            |_, position| position as f32,
            |_| 1.0,
            |neighbour| {
                found.push((neighbour.session, neighbour.similarity, neighbour.step));
            },
        );
        found.sort_by_key(|entry| entry.0);
        found
    }

    #[test]
    fn similarity_sums_the_weights_of_common_items_and_remembers_the_latest() {
        // Item 1 at position 1, item 2 at 2.
        assert_eq!(found(9, 9, &[1, 2]), [(0, 3.0, 1), (1, 2.0, 1), (2, 1.0, 2), (4, 1.0, 2)]);
    }

    #[test]
    fn the_sample_holds_the_most_recent_sessions_of_all_items_together() {
        assert_eq!(found(3, 9, &[1, 2]), [(1, 2.0, 1), (2, 1.0, 2), (4, 1.0, 2)]);
        assert_eq!(found(1, 9, &[1, 3]), [(4, 3.0, 1)]);
    }

    #[test]
    fn the_most_similar_are_kept_and_the_newer_of_equals() {
        assert_eq!(found(9, 3, &[1, 2]), [(0, 3.0, 1), (1, 2.0, 1), (4, 1.0, 2)]);
    }

    #[test]
    fn a_repeated_item_counts_once_at_its_last_position() {
        assert_eq!(found(9, 9, &[4, 5, 4]), [(3, 3.0, 1)]);
    }
}
