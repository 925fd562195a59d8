//! S-POP: the items of the current session by clicks in it, then the popular ones.
//!
//! The baseline `SessionPop` of Hidasi et al., "Session-based recommendations with recurrent neural networks" (ICLR
//! 2016): an item scores its clicks in the session plus s / (1 + s) for its s clicks in the log. The second term is
//! below one, so it only breaks ties; ranking by the pair (clicks, popularity) says the same without rounding. It has
//! no parameters.

use super::click_log::ClickLog;
use super::interface::Peer;
use super::pop::Popularity;
use super::scratch::Scratch;

/// The method S-POP.
pub(super) struct SessionPop(Popularity);

impl SessionPop {
    /// Counts the clicks of a log.
    pub(super) fn fit(log: &ClickLog) -> Self {
        Self(Popularity::of(log))
    }
}

impl Peer for SessionPop {
    fn recommend(&self, prefix: &[u32], limit: usize, _scratch: &mut Scratch, out: &mut Vec<u32>) {
        out.clear();
        // Sessions are short: counting in place costs less than any table.
        for (place, &item) in prefix.iter().enumerate() {
            if !prefix[..place].contains(&item) {
                out.push(item);
            }
        }
        let clicks = |item: u32| prefix.iter().filter(|&&other| other == item).count();
        out.sort_by_cached_key(|&item| (std::cmp::Reverse(clicks(item)), self.0.rank(item)));
        out.truncate(limit);
        let popular = self.0.order().iter().filter(|item| !prefix.contains(item));
        out.extend(popular.take(limit - out.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clicks_in_the_session_lead_then_popularity_breaks_ties_and_fills_up() {
        let log = ClickLog::new(&[&[vec![1, 2, 3], vec![1, 2], vec![1, 0]]], 6);
        let mut out = Vec::new();
        let prefix = [5, 3, 2, 5];
        SessionPop::fit(&log).recommend(&prefix, 5, &mut Scratch::new(6), &mut out);
        assert_eq!(out, [5, 2, 3, 1, 0]);
        SessionPop::fit(&log).recommend(&prefix, 2, &mut Scratch::new(6), &mut out);
        assert_eq!(out, [5, 2]);
    }
}
