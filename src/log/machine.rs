//! Sessions that no person makes: crawlers and scripts.
//!
//! What they look at says nothing about what people want, so they are dropped whole.

use super::event::LogEvent;

/// Events of one session above which it is a machine's.
const EVENTS: usize = 300;
/// Events of a session from which on a sustained rate above one a second is a machine's.
const FAST: usize = 30;

/// Whether a session, in order of time, has more events, or faster ones, than a person's.
pub(super) fn is_machine(session: &[LogEvent]) -> bool {
    let secs =
        session.last().map_or(0, |last| last.time_ms) / 1000 - session.first().map_or(0, |first| first.time_ms) / 1000;
    session.len() > EVENTS || (session.len() >= FAST && (secs as usize) < session.len())
}
