//! What the full engine says about a visit and a page, as JSON.
//!
//! The types stand here and not beside the engine (`browser/full.rs`, wasm32 only), so that the TypeScript of the
//! contract is derived from them natively.

use crate::decide::DecisionReport;
use crate::intent::IntentReport;
use alloc::{string::String, vec::Vec};
use serde::Serialize;

/// What the engine knows of a visit and a page, with its reasons.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS))]
pub struct Explained {
    /// The visit.
    pub session: SessionReport,
    /// What the visit seems to be after; `None` without a model.
    #[cfg_attr(feature = "contract", ts(type = "Required<Intent> | null"))]
    pub intent: Option<IntentReport>,
    /// Every slot of the plan, as one page.
    #[cfg_attr(feature = "contract", ts(type = "Required<Decision>[]"))]
    pub decisions: Vec<DecisionReport>,
    /// The slots of this page, in the order of the document.
    #[cfg_attr(feature = "contract", ts(type = "Required<Decision>[]"))]
    pub here: Vec<DecisionReport>,
    /// The snapshot that decides; `None` without a model.
    pub snapshot: Option<SnapshotReport>,
}

/// The visit, as the engine remembers it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS), ts(rename = "ExplainedSession"))]
pub struct SessionReport {
    /// Its interactions, newest first.
    pub events: Vec<InteractionReport>,
    /// Length of its token.
    pub token_bytes: usize,
    /// Where the visit came from.
    #[cfg_attr(feature = "contract", ts(type = "Source"))]
    pub source: &'static str,
    /// What the page is shown on.
    #[cfg_attr(feature = "contract", ts(type = "Device"))]
    pub device: &'static str,
    /// Whether the visit always gets the shop's own content.
    pub held_out: bool,
}

/// One interaction of a visit.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS), ts(rename = "Interaction"))]
pub struct InteractionReport {
    /// GA4 name of the event.
    #[cfg_attr(feature = "contract", ts(type = "EventName"))]
    pub name: &'static str,
    /// The product; `None` where the event names none that the snapshot knows.
    pub item_id: Option<String>,
    /// Its name; `None` as above.
    pub title: Option<String>,
    /// Its category, or the one the event names.
    pub category: Option<String>,
}

/// A snapshot, in figures.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS), ts(rename = "ExplainedSnapshot"))]
pub struct SnapshotReport {
    /// Its name, 64 hexadecimal digits.
    pub id: String,
    /// Its size in bytes.
    pub bytes: usize,
    /// Number of its products.
    pub items: usize,
    /// Time of the newest event it was trained on, in milliseconds since 1970.
    pub newest_ms: u64,
}
