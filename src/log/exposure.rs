//! The slots that visits saw, each with what the visit did after it.
//!
//! The log states what happened. Which exposures count as a trial of an experiment is decided in
//! [`experiment`](crate::experiment).

use super::event::LogEvent;
use super::visit::Visit;
use crate::context::{Device, Region};
use crate::event::{EventKind, RawExposure};

/// A slot that a visit saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposure {
    /// Number of the visit among all that were read, also those that did nothing else.
    pub visit: u32,
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

impl Exposure {
    /// An exposure at a time, in a visit with these events.
    pub(super) fn of(number: usize, visit: &Visit, events: &[LogEvent], time_ms: u64, shown: RawExposure) -> Self {
        let after = |kind| events.iter().any(|event| event.time_ms >= time_ms && event.kind == kind);
        Self {
            visit: number as u32,
            shown,
            device: visit.context.device,
            region: visit.context.region,
            ordered: after(EventKind::Purchase),
            carted: after(EventKind::AddToCart),
        }
    }
}
