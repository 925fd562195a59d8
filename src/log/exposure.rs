//! The slots that visits saw, each with what the visit did after it.
//!
//! The log states what a host claims to have shown. What of it is true, and which exposures count as a trial of an
//! experiment, is decided in [`experiment`](crate::experiment).

use super::event::LogEvent;
use super::visit::Visit;
use crate::context::{Device, Region};
use crate::event::{EventKind, RawExposure};

/// A slot that a visit saw.
#[derive(Clone, Debug, PartialEq)]
pub struct LogExposure {
    /// Number of the visit, as [`Visit::number`].
    pub visit: u32,
    /// When it was seen, in milliseconds since 1970.
    pub time_ms: u64,
    /// What was seen, as the host stated it.
    pub shown: RawExposure,
    /// Device of the visit.
    pub device: Device,
    /// Region of the visit.
    pub region: Region,
    /// Whether an order came after the exposure.
    pub ordered: bool,
    /// Whether something went into the cart after it.
    pub carted: bool,
}

impl LogExposure {
    /// An exposure at a time, in a visit with these events in order of time.
    pub(super) fn of(visit: &Visit, events: &[LogEvent], time_ms: u64, shown: RawExposure) -> Self {
        let last = |kind| events.iter().rposition(|event| event.time_ms >= time_ms && event.kind == kind);
        // A script can post a purchase and nothing else. People look at something first.
        let has_step = |end: usize| {
            let before = &events[..end];
            before.iter().any(|event| event.kind.is_step() && event.kind != EventKind::Purchase)
        };
        Self {
            visit: visit.number,
            time_ms,
            shown,
            device: visit.context.device,
            region: visit.context.region,
            ordered: last(EventKind::Purchase).is_some_and(|at| !visit.is_strangers || has_step(at)),
            carted: last(EventKind::AddToCart).is_some(),
        }
    }
}
