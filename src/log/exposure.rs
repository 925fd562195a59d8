//! The slots that visits saw, each with what the visit did after it.
//!
//! The log states what a host claims to have shown. What of it is true, and which exposures count as a trial of an
//! experiment, is decided in [`experiment`](crate::experiment).

use super::event::LogEvent;
use super::visit::Visit;
use crate::context::{Device, Region, Source};
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
    /// Traffic source of the visit.
    pub source: Source,
    /// Product views of the visit before the exposure. No arm can have changed them.
    pub views_before: u16,
    /// Whether an order came after the exposure.
    pub ordered: bool,
    /// Worth of the orders after it, in hundredths of the log's currency. The shop's own rows say it; a stranger's products
    /// have the catalogue's price, because anybody can post a purchase at any price.
    pub revenue_cents: u64,
    /// Whether a product or a promotion was clicked in a list after it.
    pub clicked: bool,
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
        let is_view_before = |event: &&LogEvent| event.time_ms < time_ms && event.kind == EventKind::ViewItem;
        Self {
            visit: visit.number,
            time_ms,
            shown,
            device: visit.context.device,
            region: visit.context.region,
            source: visit.context.source,
            views_before: events.iter().filter(is_view_before).count().min(usize::from(u16::MAX)) as u16,
            ordered: last(EventKind::Purchase).is_some_and(|at| !visit.is_strangers || has_step(at)),
            revenue_cents: 0,
            clicked: last(EventKind::SelectItem).is_some(),
            carted: last(EventKind::AddToCart).is_some(),
        }
    }
}
