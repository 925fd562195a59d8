//! Reading a plan file from disk and compiling it against what a shop has.

use super::compile::compile;
use super::error::PlanError;
use super::known::Known;
use crate::event::ItemKey;
use crate::model::Model;
use crate::snapshot::plan::Plan;
use std::path::Path;

/// Reads and compiles a plan against what a shop has. Without `known`, names of categories, brands and products are not
/// checked.
///
/// # Errors
/// [`PlanError::Mistakes`] with every mistake, or [`PlanError::File`].
pub fn read(path: &Path, known: Option<&Known<'_>>) -> Result<Plan, PlanError> {
    let fail = |source| PlanError::File { path: path.to_owned(), source };
    let text = std::fs::read_to_string(path).map_err(fail)?;
    compile(&text, known).map_err(|problems| PlanError::Mistakes { path: path.to_owned(), problems })
}

/// Reads and compiles a plan against what a snapshot has.
///
/// # Errors
/// As [`read`].
pub fn read_for<B: AsRef<[u8]>>(path: &Path, model: &Model<B>) -> Result<Plan, PlanError> {
    let names = model.names();
    let item = |id: &str| model.item(ItemKey::from_id(id));
    read(path, Some(&Known { categories: &names.categories, brands: &names.brands, item: &item }))
}
