//! What is answered to a post of events, and what `/_slotwise/health` counts of them.
//!
//! Edge and origin answer in one shape. The types stand here, so that the TypeScript of the contract is derived from them.

use crate::event::Refusal;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// Number of refused events by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused([usize; Refusal::COUNT]);

impl Refused {
    /// Counts an event.
    pub fn add(&mut self, why: Refusal) {
        self.0[why as usize] += 1;
    }

    /// Number of events whose name the engine does not use. They are ignored, which is no error.
    pub fn ignored(&self) -> usize {
        self.0[Refusal::Name as usize]
    }
}

/// An object of the reasons that occurred, without the ignored events.
impl Serialize for Refused {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        for (word, why) in Refusal::ALL {
            let count = self.0[why as usize];
            if why != Refusal::Name && count > 0 {
                map.serialize_entry(word, &count)?;
            }
        }
        map.end()
    }
}

/// The answer to a post of events.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS), ts(optional_fields))]
pub struct EventsAnswer {
    /// Number of valid events.
    pub accepted: usize,
    /// Number of accepted events that the log already held, by `event_id`. Only the origin says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeated: Option<usize>,
    /// Number of events whose name the engine does not use.
    pub ignored: usize,
    /// Number of refused events by reason.
    #[cfg_attr(feature = "contract", ts(type = "Partial<Record<Refusal, number>>"))]
    pub refused: Refused,
}

impl EventsAnswer {
    /// The answer about `accepted` events and those that were refused.
    pub fn new(accepted: usize, refused: Refused) -> Self {
        Self { accepted, repeated: None, ignored: refused.ignored(), refused }
    }
}

/// Events of one isolate since it started.
#[cfg(feature = "contract")]
#[derive(ts_rs::TS)]
pub struct EventCounts {
    /// Events that were acknowledged and kept.
    pub accepted: usize,
    /// Events that the origin has on its disk.
    pub forwarded: usize,
    /// Refused events by reason.
    #[ts(type = "Partial<Record<Refusal, number>>")]
    pub refused: Refused,
    /// Acknowledged events that the origin will never take.
    pub lost: usize,
    /// Why the origin or the Queue did not take events last, in a word or a status; `None` if they took the newest.
    pub problem: Option<alloc::string::String>,
    /// Events that the sink has taken.
    pub sink_forwarded: usize,
    /// Acknowledged events that the sink has not taken and will not be sent again.
    pub sink_lost: usize,
}

/// The answer of `/_slotwise/health` at the edge. Its status is 200 if there is a snapshot to decide with, and else 503.
#[cfg(feature = "contract")]
#[derive(ts_rs::TS)]
pub struct EdgeHealth {
    /// Whether there is a snapshot to decide with.
    pub ok: bool,
    /// Id of the snapshot in use; `None` before the first, and once its manifest has expired.
    pub snapshot: Option<alloc::string::String>,
    /// Sequence number of the manifest in use.
    pub sequence: Option<u64>,
    /// Seconds since the manifest in use was signed.
    pub age_s: Option<u32>,
    /// Id of the snapshot that is being tried out.
    pub canary: Option<alloc::string::String>,
    /// What the last sync failed with, in a word of a fixed list; `None` if it did not. The log has the details.
    pub problem: Option<alloc::string::String>,
    /// When the last sync failed, in milliseconds since 1970.
    pub problem_ms: Option<u64>,
    /// Events of this isolate since it started.
    #[ts(type = "EventCounts")]
    pub events: EventCounts,
    /// Pages of this isolate since it started.
    #[ts(type = "PageCounts")]
    pub pages: PageCounts,
    /// Names of settings that cannot work as they are. The log says why.
    #[ts(type = "string[]")]
    pub settings: Vec<alloc::string::String>,
}

/// Pages by what became of them.
#[cfg(feature = "contract")]
#[derive(ts_rs::TS)]
pub struct PageCounts {
    /// Slots were decided.
    pub fitted: u32,
    /// Nothing could change before the visit's first event.
    pub cold: u32,
    /// A crawler, a link preview or a monitor asked.
    pub crawler: u32,
    /// The path is switched off.
    pub off: u32,
    /// There was no snapshot to decide with.
    pub snapshot: u32,
    /// A part of a page, or an encoding or charset that is not read.
    pub encoding: u32,
    /// The engine failed, before the page or in the middle of it.
    pub failed: u32,
}
