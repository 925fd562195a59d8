//! The plan of a snapshot, kept when the snapshot itself is gone.
//!
//! The log's exposures are drawn again from the plan of the snapshot that decided. A log reaches back for months, the
//! published snapshots for days. So the plan, a few kB, is kept by itself, in a frame of that section. Whoever can write to the folder could forge them, and can do no more with it than distort reports.

use super::target::{NamedFile, PLANS};
use crate::experiment::Plans;
use crate::model::Model;
use crate::snapshot::layout::{Sections, Tag, Writer};
use crate::snapshot::plan::Plan;
use crate::snapshot::section::decode;
use crate::snapshot::{SnapshotError, SnapshotId};

/// The record of a snapshot.
///
/// # Errors
/// [`SnapshotError`] if a section is missing.
pub(super) fn record<B: AsRef<[u8]>>(model: &Model<B>) -> Result<NamedFile, SnapshotError> {
    let range = model.sections().range(Tag::PLAN, "PLAN")?;
    let writer = Writer::default().section(Tag::PLAN, model.bytes()[range].to_vec());
    Ok(NamedFile { name: format!("{PLANS}/{}", model.id()), bytes: writer.finish() })
}

/// Adds the plan of a record. One that is damaged, or of another version, is left out.
pub(super) fn add(plans: &mut Plans, id: SnapshotId, bytes: &[u8]) {
    let mut problem = None;
    let Ok(sections) = Sections::open(bytes) else { return };
    let Ok(plan) = sections.range(Tag::PLAN, "PLAN") else { return };
    let plan: Plan = decode(&bytes[plan], "PLAN", &mut problem);
    if problem.is_none() {
        plans.add_plan(id, plan);
    }
}
