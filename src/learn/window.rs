//! The window: the newest visits, which neither the candidate nor the snapshot in use was trained on.
//!
//! Of the visits that the snapshot in use was not trained on, the newer half are the window, at most a fifth of the log or the
//! minimum. Visits are told apart by when they began, since they overlap. The candidate is trained on all before it. The other half is what the candidate knows more.

use crate::log::{Log, LogEvent};

/// A log in two parts.
pub struct Parts {
    /// What the candidate is trained on.
    pub known: Log,
    /// The window.
    pub window: Log,
}

/// Number of sessions that began at a time or later.
pub fn newer(log: &Log, unseen_from_ms: u64) -> usize {
    log.sessions().filter(|events| began(events) >= unseen_from_ms).count()
}

/// When a session began.
pub fn began(events: &[LogEvent]) -> u64 {
    events.first().map_or(0, |first| first.time_ms)
}

/// The time from which on sessions began that are not in a log: just after its last one.
pub fn unseen_from(log: &Log) -> u64 {
    log.sessions().map(began).max().map_or(0, |last| last + 1)
}

/// Parts a log for a snapshot that knows no session that began at `unseen_from_ms` or later. `None` while the window would have fewer sessions than
/// `minimum`.
pub fn part(log: &Log, unseen_from_ms: u64, minimum: usize) -> Option<Parts> {
    let sessions = log.ends.len();
    let window = (newer(log, unseen_from_ms) / 2).min(minimum.max(sessions / 5));
    if window < minimum.max(1) || window >= sessions {
        return None;
    }
    // Half a session more, so that rounding down gives the number that is meant.
    let (mut known, window) = log.split(((sessions - window) as f64 + 0.5) / sessions as f64);
    // What was seen and bought within the window is its outcome.
    let begins = window.sessions().map(began).min().unwrap_or_default();
    known.exposures.retain(|exposure| exposure.time_ms < begins);
    Some(Parts { known, window })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_the_newer_half_of_what_is_new() {
        let sessions: Vec<[u32; 2]> = (0..100).map(|at| [at % 7, at % 5]).collect();
        let log = Log::of_items(&sessions);
        let after = log.sessions().nth(79).unwrap().last().unwrap().time_ms;
        assert_eq!(newer(&log, after), 20);
        let parts = part(&log, after, 5).unwrap();
        assert_eq!((parts.known.ends.len(), parts.window.ends.len()), (90, 10));
        assert!(parts.window.span_ms.0 > after && parts.known.span_ms.1 < parts.window.span_ms.0);
        assert!(part(&log, after, 11).is_none(), "too few are new");
        assert_eq!(part(&log, 0, 5).unwrap().window.ends.len(), 20, "a fifth of the log at most");
    }
}
