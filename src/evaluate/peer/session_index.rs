//! The inverted index of the neighbourhood methods: sessions by item and items by session.
//!
//! Sessions hold each item once, at the place of its last click, since the methods compare sets of items. The sessions
//! of an item are listed newest first, so that sampling the most recent reads the front of a list. Session numbers
//! follow the order of the log: the greater number is the more recent.

use super::click_log::group_by_item;

/// Sessions by item and items by session.
pub(super) struct SessionIndex {
    /// By session, where its items start in `members` and `places`; one more entry closes the last.
    session_starts: Vec<u32>,
    /// The items of each session, each once, in order of their last clicks.
    members: Vec<u32>,
    /// For each member, the position of its last click in the session.
    places: Vec<u32>,
    /// By item, where its sessions start in `sessions`; one more entry closes the last.
    item_starts: Vec<u32>,
    /// The sessions of each item, newest first.
    sessions: Vec<u32>,
    /// By item, its inverse document frequency.
    rarity: Vec<f32>,
    longest: usize,
}

impl SessionIndex {
    /// Indexes the sessions of all `parts`, for item numbers below `items`.
    pub(super) fn new(parts: &[&[Vec<u32>]], items: usize) -> Self {
        let (mut session_starts, mut members, mut places, mut owners) = (vec![0], Vec::new(), Vec::new(), Vec::new());
        let mut longest = 0;
        for (number, session) in (0..).zip(parts.iter().copied().flatten()) {
            for (place, &item) in (0..).zip(session) {
                if !session[place as usize + 1..].contains(&item) {
                    members.push(item);
                    places.push(place);
                    owners.push(number);
                }
            }
            session_starts.push(members.len() as u32);
            longest = longest.max(session.len());
        }
        let newest_first = members.iter().copied().zip(owners.iter().copied()).rev();
        let (item_starts, sessions) = group_by_item(newest_first, items);
        let total = session_starts.len() as f32 - 1.0;
        let rarity = item_starts.windows(2).map(|pair| (total / (pair[1] - pair[0]).max(1) as f32).ln()).collect();
        Self { session_starts, members, places, item_starts, sessions, rarity, longest }
    }

    /// How many sessions there are.
    pub(super) fn len(&self) -> usize {
        self.session_starts.len() - 1
    }

    /// Clicks of the longest session.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// The sessions that hold an item, newest first.
    pub(super) fn sessions_with(&self, item: u32) -> &[u32] {
        &self.sessions[self.item_starts[item as usize] as usize..self.item_starts[item as usize + 1] as usize]
    }

    /// The items of a session, each once, by last click.
    pub(super) fn items_of(&self, session: u32) -> &[u32] {
        &self.members
            [self.session_starts[session as usize] as usize..self.session_starts[session as usize + 1] as usize]
    }

    /// The place of the last click of each of [`Self::items_of`], counted from 0.
    pub(super) fn places_of(&self, session: u32) -> &[u32] {
        &self.places[self.session_starts[session as usize] as usize..self.session_starts[session as usize + 1] as usize]
    }

    /// The inverse document frequency of an item: log of all sessions over those that hold it.
    pub(super) fn rarity(&self, item: u32) -> f32 {
        self.rarity[item as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_come_newest_first_and_items_once_by_last_click() {
        let index = SessionIndex::new(&[&[vec![1, 2, 1]], &[vec![2, 3]]], 5);
        assert_eq!(index.sessions_with(2), [1, 0]);
        assert_eq!((index.items_of(0), index.places_of(0)), (&[2, 1][..], &[1, 2][..]));
        assert_eq!((index.len(), index.longest(), index.sessions_with(4).len()), (2, 3, 0));
        assert!((index.rarity(1) - 2_f32.ln()).abs() < 1e-6 && index.rarity(2).abs() < 1e-6);
    }
}
