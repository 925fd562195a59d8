//! The plan of a snapshot, kept when the snapshot itself is gone.
//!
//! The log's exposures are drawn again from the plan of the snapshot that decided. A log reaches back for months, the
//! published snapshots for days. So the plan and its arm statistics, a few kB, are kept by themselves, in a frame of those
//! two sections. Whoever can write to the folder could forge them, and can do no more with it than distort reports.

use super::target::{NamedFile, PLANS};
use crate::experiment::Plans;
use crate::model::Model;
use crate::snapshot::layout::{Sections, Tag, Writer};
use crate::snapshot::plan::Plan;
use crate::snapshot::section::{SlotStats, decode};
use crate::snapshot::{SnapshotError, SnapshotId};

/// The record of a snapshot.
///
/// # Errors
/// [`SnapshotError`] if a section is missing.
pub(super) fn record<B: AsRef<[u8]>>(model: &Model<B>) -> Result<NamedFile, SnapshotError> {
    let mut writer = Writer::default();
    for (tag, name) in [(Tag::PLAN, "PLAN"), (Tag::ARMS, "ARMS")] {
        let range = model.sections().range(tag, name)?;
        writer = writer.section(tag, model.bytes()[range].to_vec());
    }
    Ok(NamedFile { name: format!("{PLANS}/{}", model.id()), bytes: writer.finish() })
}

/// Adds the plan of a record. One that is damaged, or of another version, is left out.
pub(super) fn add(plans: &mut Plans, id: SnapshotId, bytes: &[u8]) {
    let mut problem = None;
    let Ok(sections) = Sections::open(bytes) else { return };
    let (Ok(plan), Ok(arms)) = (sections.range(Tag::PLAN, "PLAN"), sections.range(Tag::ARMS, "ARMS")) else { return };
    let plan: Plan = decode(&bytes[plan], "PLAN", &mut problem);
    let arms: Vec<SlotStats> = decode(&bytes[arms], "ARMS", &mut problem);
    if problem.is_none() {
        plans.add_parts(id, plan, arms);
    }
}
