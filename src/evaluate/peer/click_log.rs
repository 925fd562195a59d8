//! The click log in flat arrays, with the places where each item was clicked.
//!
//! For the methods that store one row of follow-up items per item: they visit all clicks of an item at once, so one
//! dense row of sums serves every item in turn and no pair of items is ever hashed or sorted.

/// All clicks of a log, in session order, indexed by item.
pub(super) struct ClickLog {
    clicks: Vec<u32>,
    /// For each click, where its session starts and ends in `clicks`.
    sessions: Vec<(u32, u32)>,
    /// For each item, where its places start in `places`; one more entry closes the last.
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl ClickLog {
    /// Lays out the sessions of all `parts`, for item numbers below `items`.
    pub(super) fn new(parts: &[&[Vec<u32>]], items: usize) -> Self {
        let (mut clicks, mut sessions) = (Vec::new(), Vec::new());
        for session in parts.iter().copied().flatten() {
            let range = (clicks.len() as u32, (clicks.len() + session.len()) as u32);
            clicks.extend_from_slice(session);
            sessions.extend(session.iter().map(|_| range));
        }
        let (starts, places) = group_by_item(clicks.iter().copied().zip(0..clicks.len() as u32), items);
        Self { clicks, sessions, starts, places }
    }

    /// The item numbers are below this.
    pub(super) fn items(&self) -> usize {
        self.starts.len() - 1
    }

    /// How often an item was clicked.
    pub(super) fn support(&self, item: u32) -> usize {
        self.places_of(item).len()
    }

    /// For each click of `item`, all clicks of its session.
    pub(super) fn sessions_around(&self, item: u32) -> impl Iterator<Item = &[u32]> {
        self.places_of(item).iter().map(|&place| {
            let (start, end) = self.sessions[place as usize];
            &self.clicks[start as usize..end as usize]
        })
    }

    /// For each click of `item`, the clicks after it in its session.
    pub(super) fn continuations_of(&self, item: u32) -> impl Iterator<Item = &[u32]> {
        self.places_of(item).iter().map(|&place| {
            let (_, end) = self.sessions[place as usize];
            &self.clicks[place as usize + 1..end as usize]
        })
    }

    fn places_of(&self, item: u32) -> &[u32] {
        &self.places[self.starts[item as usize] as usize..self.starts[item as usize + 1] as usize]
    }
}

/// Groups the values of (item, value) pairs by item, in their order: where each group starts, and all groups joined.
pub(super) fn group_by_item(
    pairs: impl DoubleEndedIterator<Item = (u32, u32)> + Clone,
    items: usize,
) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; items + 1];
    for (item, _) in pairs.clone() {
        starts[item as usize] += 1;
    }
    let mut total = 0;
    for start in &mut starts {
        total += *start;
        *start = total;
    }
    let mut values = vec![0; total as usize];
    // Backwards from the end of each group, which leaves every entry at the start of its group.
    for (item, value) in pairs.rev() {
        let place = &mut starts[item as usize];
        *place -= 1;
        values[*place as usize] = value;
    }
    (starts, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continuations_end_with_their_session() {
        let log = ClickLog::new(&[&[vec![1, 2, 1]], &[vec![1, 3]]], 5);
        assert_eq!(log.continuations_of(1).collect::<Vec<_>>(), [&[2, 1][..], &[], &[3]]);
        assert_eq!(log.sessions_around(3).collect::<Vec<_>>(), [&[1, 3]]);
        assert_eq!((log.items(), log.support(1), log.support(4)), (5, 3, 0));
    }

    #[test]
    fn groups_keep_the_order_of_their_values() {
        let pairs = [(2, 7), (0, 8), (2, 5)];
        assert_eq!(group_by_item(pairs.into_iter(), 3), (vec![0, 1, 1, 3], vec![8, 7, 5]));
    }
}
