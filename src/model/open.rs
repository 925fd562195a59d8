//! How a model comes to be: only from bytes, or with a plan, that passed every check.

use super::data::Data;
#[cfg(not(feature = "edge"))]
use super::parts::Parts;
use super::whole::Whole;
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
        let data = Data::Whole(Whole::open(bytes.as_ref(), &sections)?);
        let model = Self::checked(bytes, id, sections, data)?;
        check::keys(&model)?;
        Ok(model)
    }

    /// Opens bytes whose SHA-256 the caller has compared with a signed manifest. What the hash proves is not checked again:
    /// the sections' checksums, and that no two items have the same key, which the publisher has made sure of. Whatever later
    /// code indexes with is checked all the same.
    ///
    /// # Errors
    /// A [`SnapshotError`] for the first problem found.
    #[cfg(feature = "edge")]
    pub fn open_hashed(bytes: B, id: SnapshotId) -> Result<Self, SnapshotError> {
        let sections = Sections::open_signed(bytes.as_ref())?;
        let data = Data::Whole(Whole::open(bytes.as_ref(), &sections)?);
        Self::checked(bytes, id, sections, data)
    }

    /// Checks all bytes of a root and opens it as a model of what it holds. `id` is that of the snapshot.
    ///
    /// # Errors
    /// A [`SnapshotError`] for the first problem found.
    #[cfg(not(feature = "edge"))]
    pub fn open_root(root: B, id: SnapshotId) -> Result<Self, SnapshotError> {
        let sections = Sections::open(root.as_ref())?;
        let data = Data::Parts(Parts::open(root.as_ref(), &sections)?);
        Self::checked(root, id, sections, data)
    }

    fn checked(bytes: B, id: SnapshotId, sections: Sections, data: Data) -> Result<Self, SnapshotError> {
        let mut problem = None;
        let model = Self::read(bytes, id, sections, data, &mut problem);
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
        for locale in &mut plan.locales {
            let known = self.plan.locales.iter().find(|known| known.tag == locale.tag);
            locale.columns = known.map_or(0, |known| known.columns);
        }
        plan.keep_shares(&self.plan);
        check::plan(&plan, self.len(), &self.names)?;
        self.plan = plan;
        Ok(self)
    }
}
