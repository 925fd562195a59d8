//! Recording events as they travel in JSON, and linking them into chains.
//!
//! A log line states the digests of the session before and after its event. A line whose first digest is the second of
//! another line continues that visit, so a log needs no session ids.

use super::{Link, Session};
use crate::event::{Event, Number, RawEvent};
use crate::text::hex;

impl Session {
    /// Records an event and sets `raw.chain` to the digests before and after it. Returns whether the engine knows the
    /// event's name.
    pub fn observe_raw(&mut self, raw: &mut RawEvent, now_ms: u64) -> bool {
        let Some(event) = Event::from_raw(raw, now_ms) else { return false };
        raw.time_ms = Number(Some(event.time_ms as f64));
        let Link { before, after, context } = self.observe_linked(&event);
        raw.context = context;
        raw.chain = after.map(|after| (before.map(|before| hex(&before)), hex(&after)));
        true
    }
}
