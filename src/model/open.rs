//! How a model comes to be: only from bytes, or with a plan, that passed every check.

use super::localised::Localised;
use super::{Model, check};
use crate::snapshot::layout::Sections;
use crate::snapshot::plan::Plan;
use crate::snapshot::{SnapshotError, SnapshotId};

impl<B: AsRef<[u8]>> Model<B> {
    /// Checks all bytes and opens them as a model. `id` is their SHA-256, which the caller has already compared with a
    /// signed manifest ([`SnapshotId::check`]).
    ///
    /// # Errors
    /// A [`SnapshotError`] for the first problem found.
    pub fn open(bytes: B, id: SnapshotId) -> Result<Self, SnapshotError> {
        let sections = Sections::open(bytes.as_ref())?;
        let mut problem = None;
        let model = Self::read(bytes, id, sections, &mut problem);
        if let Some(problem) = problem {
            return Err(problem);
        }
        check::all(&model)?;
        Ok(model)
    }

    /// The same model with another plan.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] if the plan refers to something that this snapshot does not have.
    pub fn replan(mut self, mut plan: Plan) -> Result<Self, SnapshotError> {
        plan.settle(&self.plan.languages(), &self.meta.currency);
        check::plan(&plan, &self.arms, self.len(), &self.names)?;
        self.localised = Localised::rearranged(&self.localised, &self.plan, &plan);
        self.plan = plan;
        Ok(self)
    }
}
