//! Consistency checks of a snapshot: every number refers to something that exists, and no sum can overflow.
//!
//! The readers of the sections check their form, this file checks what they say of each other. Everything that later code
//! indexes with is looked at here once, so that deciding needs no `Result`. The one exception is the entries of rows:
//! there are a million of them, scoring skips those that name no item, and the publisher checks them before it signs
//! ([`Model::verify`]).

use super::Model;
use super::data::Data;
use crate::snapshot::plan::Plan;
use crate::snapshot::section::{Intent, Names, Prior, PriorNode};
use crate::snapshot::{ItemIndex, SnapshotError};
use alloc::vec::Vec;

/// Checks everything that the section readers have not checked.
pub(super) fn all<B: AsRef<[u8]>>(model: &Model<B>) -> Result<(), SnapshotError> {
    // What a page has was checked as it came, and what it says of missing items cannot be checked.
    #[allow(irrefutable_let_patterns, reason = "the Worker has nothing else")]
    if let Data::Whole(whole) = &model.data {
        whole.check(model.bytes(), &model.names)?;
    }
    numbers(model)?;
    plan(&model.plan, model.len(), &model.names)?;
    intent(&model.intent, &model.prior, &model.names, model.len())
}

/// An error for a section unless it is sound.
fn demand(sound: bool, section: &'static str, why: &'static str) -> Result<(), SnapshotError> {
    if sound { Ok(()) } else { Err(SnapshotError::malformed(section, why)) }
}

/// Checks that every item is found by key.
pub(super) fn keys<B: AsRef<[u8]>>(model: &Model<B>) -> Result<(), SnapshotError> {
    let found = |item: ItemIndex| model.item(model.item_key(item)) == Some(item);
    // The hash table keeps the first of two equal keys, so the second item would be found under the first one's number.
    demand((0..model.len() as u32).map(ItemIndex::new).all(found), "KEYS", "two items have the same key")
}

/// Checks that every number in the small structures refers to something that exists.
fn numbers<B: AsRef<[u8]>>(model: &Model<B>) -> Result<(), SnapshotError> {
    let Model { lists, names, .. } = model;
    let (count, categories) = (model.len(), names.categories.len());
    let known = |list: &Vec<ItemIndex>| list.iter().all(|item| item.place() < count);
    let whole = [&lists.bestsellers, &lists.trending, &lists.new_arrivals];
    let by_category = [&lists.category_bestsellers, &lists.category_new];
    let sound = whole.into_iter().chain(by_category.into_iter().flatten()).all(known);
    demand(sound, "LIST", "an item does not exist")?;
    let relations = [&lists.adjacent, &lists.complements];
    let sound = relations.into_iter().flatten().flatten().all(|category| usize::from(*category) < categories);
    demand(sound, "LIST", "a category does not exist")?;
    let lengths = by_category.map(Vec::len).into_iter().chain(relations.map(Vec::len));
    demand(lengths.into_iter().all(|len| len == categories), "LIST", "there is not one list a category")
}

/// Checks that every number of the plan refers to something that exists, and that all shares add up.
pub(super) fn plan(plan: &Plan, items: usize, names: &Names) -> Result<(), SnapshotError> {
    let sound = plan.is_sound(items, names.categories.len(), names.brands.len());
    demand(sound, "PLAN", "it names what does not exist, or a number is out of range")
}

/// Checks that every table fits its features, and that every number of the prior refers to something that exists.
fn intent(intent: &Intent, prior: &Prior, names: &Names, items: usize) -> Result<(), SnapshotError> {
    let fits = intent.all().iter().all(|(_, model)| model.is_sound(crate::feature::COUNT));
    demand(fits, "INTE", "a table does not fit its feature")?;
    let categories = names.categories.len();
    demand(names.medians.len() == categories, "NAME", "there is not one median price a category")?;
    let levels = names.conversion.len() == categories && names.conversion.iter().all(|level| *level < 16);
    demand(levels, "NAME", "there is not one level of conversion a category")?;
    let node = |node: &PriorNode| {
        // Log-odds of 20 are a probability of one in 500 million. The bound keeps sums of log-odds far from overflow.
        node.purchase.unsigned_abs() <= 20_000
            && node.categories.iter().all(|(category, share)| usize::from(*category) < categories && *share <= 1000)
            && node.items.iter().all(|item| item.place() < items)
    };
    // `Prior::node` searches by bisection.
    let ascending = prior.nodes.windows(2).all(|two| two[0].key < two[1].key);
    demand(ascending && prior.nodes.iter().all(node), "CTXT", "a group is out of order, or names what does not exist")
}
