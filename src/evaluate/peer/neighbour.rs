//! What the session-based nearest-neighbour methods share: past sessions, and by item the sessions it
//! stands in, the newest first.

use super::Scratch;

/// Past sessions, indexed.
pub(super) struct Past {
    /// Items, session after session, each once, at its last place.
    items: Vec<u32>,
    /// Where each session begins in `items`; one more at the end.
    starts: Vec<u32>,
    /// By item the sessions it stands in, the newest first.
    sessions_of: Vec<Vec<u32>>,
}

impl Past {
    pub(super) fn new(sessions: &[Vec<u32>], items: usize) -> Self {
        let mut past = Self { items: Vec::new(), starts: vec![0], sessions_of: vec![Vec::new(); items] };
        for (number, session) in sessions.iter().enumerate() {
            for (at, item) in session.iter().enumerate() {
                if !session[at + 1..].contains(item) {
                    past.items.push(*item);
                    past.sessions_of[*item as usize].push(number as u32);
                }
            }
            past.starts.push(past.items.len() as u32);
        }
        past.sessions_of.iter_mut().for_each(|sessions| sessions.reverse());
        past
    }

    /// How many sessions there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The items of a session, each once, oldest first.
    pub(super) fn session(&self, number: u32) -> &[u32] {
        let number = number as usize;
        &self.items[self.starts[number] as usize..self.starts[number + 1] as usize]
    }

    /// The sessions that have an item, the newest first.
    pub(super) fn sessions_with(&self, item: u32) -> &[u32] {
        &self.sessions_of[item as usize]
    }

    /// How rare an item is: the logarithm of sessions by sessions with it.
    pub(super) fn rarity(&self, item: u32) -> f32 {
        (self.len() as f32 / self.sessions_of[item as usize].len().max(1) as f32).ln()
    }

    /// Adds `weight` of each of the evolving session's items, newest first and each once, to the
    /// similarity of the `sample` newest sessions that have it.
    pub(super) fn meet(&self, own: &[u32], sample: usize, weight: impl Fn(usize) -> f32, scratch: &mut Scratch) {
        if scratch.similarity.len() < self.len() {
            scratch.similarity.resize(self.len(), 0.0);
        }
        for (step, item) in own.iter().enumerate() {
            let weight = weight(step);
            if weight > 0.0 {
                for session in self.sessions_of[*item as usize].iter().take(sample) {
                    scratch.meet(*session, weight);
                }
            }
        }
    }
}

/// The items of an evolving session, newest first, each once.
pub(super) fn newest_first(prefix: &[u32]) -> Vec<u32> {
    let mut own: Vec<u32> = Vec::with_capacity(prefix.len());
    for item in prefix.iter().rev() {
        if !own.contains(item) {
            own.push(*item);
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_past_session_has_each_item_once_at_its_last_place() {
        let past = Past::new(&[vec![1, 2, 1], vec![2, 3]], 5);
        assert_eq!((past.session(0), past.session(1)), (&[2, 1][..], &[2, 3][..]));
        assert_eq!(past.sessions_of[2], [1, 0]);
        assert_eq!(newest_first(&[4, 1, 4, 2]), [2, 4, 1]);
    }
}
