//! Logged visits decided again: as they were when they saw a slot, in any arm, by any snapshot.
//!
//! A decision depends on snapshot, visit and time alone, so what an exposure does not say can be decided again. Two things
//! are not in the log: what else was on the page, and live stock. A slot on a product's page is taken to start from the
//! product that was viewed last.

use crate::decide::{Decider, Decision, Overrides, Place};
use crate::experiment::Trial;
use crate::log::replay::Replay;
use crate::log::{Log, LogEvent, Visit};
use crate::model::{Model, Scratch};
use crate::preview::{Force, Preview};
use crate::session::Session;
use std::collections::HashMap;

/// The visits of a log, by number.
pub(super) struct Visits<'l> {
    replay: Replay,
    by_number: HashMap<u32, (&'l Visit, &'l [LogEvent])>,
}

impl<'l> Visits<'l> {
    pub(super) fn of(log: &'l Log) -> Self {
        let of = |(visit, events): (&'l Visit, &'l [LogEvent])| (visit.number, (visit, events));
        Self { replay: Replay::new(log), by_number: log.visits.iter().zip(log.sessions()).map(of).collect() }
    }

    /// The session of a trial as it was at its exposure; `None` if the log has dropped the visit.
    pub(super) fn session(&self, trial: &Trial) -> Option<Session> {
        let (visit, events) = self.by_number.get(&trial.visit)?;
        let before = events.partition_point(|event| event.time_ms < trial.time_ms);
        Some(self.replay.session(visit, &events[..before]))
    }
}

/// Decides the slot of a trial in an arm. `scratch` is reused from decision to decision.
pub(super) fn decide(
    model: &Model<Vec<u8>>,
    session: &Session,
    trial: &Trial,
    arm: &str,
    scratch: &mut Scratch,
) -> Option<Decision> {
    let forced = vec![(trial.slot.clone(), Force::Arm(arm.to_owned()))];
    let preview = Some(Preview { expires: u32::MAX, forced, session: None });
    let overrides = Overrides { preview, ..Overrides::default() };
    let decider = Decider::new(model, session, trial.time_ms).with_overrides(overrides);
    let mut decider = decider.with_scratch(std::mem::take(scratch));
    let decision = decider.decide(&trial.slot, &Place::default());
    (_, *scratch) = decider.end();
    decision
}
