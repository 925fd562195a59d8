//! The sections of a snapshot, put together under the new item numbers.

use super::count::CountedRow;
use super::kernel::Kernels;
use super::options::Options;
use crate::event::ItemKey;
use crate::experiment::{arm_stats, trials};
use crate::log::{ItemNumber, Log};
use crate::plan::{Known, PlanError, read};
use crate::snapshot::ItemIndex;
use crate::snapshot::bits::BitArray;
use crate::snapshot::column::TextColumn;
use crate::snapshot::layout::{Tag, Writer};
use crate::snapshot::plan::Plan;
use crate::snapshot::rows::{self, WeightedRow};
use crate::snapshot::section::{Intent, Lists, Meta, Names, Prior, encode};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// What was fitted. Rows stand under the log's item numbers until they are written.
pub struct Parts<'a> {
    /// The kernels.
    pub kernels: Kernels,
    /// Next-item rows.
    pub rows: &'a [CountedRow],
    /// Rows of what is bought together; may be none at all.
    pub together: &'a [CountedRow],
    /// The log's items in the order of the snapshot: `order[new] = old`.
    pub order: &'a [u32],
    /// The same the other way round: the index of each of the log's items.
    pub indices: &'a [ItemIndex],
    /// Ranked lists.
    pub lists: Lists,
    /// The intent tables.
    pub intent: &'a Intent,
    /// What visits from the same traffic source wanted.
    pub prior: Prior,
    /// Median price by category.
    pub medians: Vec<u32>,
}

/// Compiles a plan against the products, categories and brands of a log; `index` gives a product's number in the
/// snapshot.
///
/// # Errors
/// As [`read`].
pub fn plan(log: &Log, path: &Path, index: &dyn Fn(ItemNumber) -> ItemIndex) -> Result<Plan, PlanError> {
    let ids = log.items.iter().map(|item| item.id.as_str());
    let numbers: HashMap<&str, ItemNumber> = ids.zip((0..).map(ItemNumber::new)).collect();
    let item = |id: &str| numbers.get(id).map(|known| index(*known));
    read(path, Some(&Known { categories: &log.categories, brands: &brands(log), item: &item }))
}

/// Every brand of the log, in alphabetical order; number 0 is "no brand".
fn brands(log: &Log) -> Vec<String> {
    let brands: BTreeSet<&str> = log.items.iter().map(|item| item.brand.as_str()).chain([""]).collect();
    brands.into_iter().map(str::to_owned).collect()
}

/// Writes a snapshot.
///
/// # Errors
/// As [`plan`].
pub fn snapshot(log: &Log, parts: Parts<'_>, options: &Options) -> Result<Vec<u8>, PlanError> {
    let Parts { kernels, rows, together, order, indices, lists, intent, prior, medians } = parts;
    let items: Vec<_> = order.iter().map(|old| &log.items[*old as usize]).collect();
    let brands = brands(log);
    let keys: Vec<ItemKey> = items.iter().map(|item| ItemKey::from_id(&item.id)).collect();
    let column = |value: &dyn Fn(usize) -> u64| BitArray::encode(&(0..items.len()).map(value).collect::<Vec<_>>());
    let texts = |value: &dyn Fn(usize) -> String| TextColumn::encode(&(0..items.len()).map(value).collect::<Vec<_>>());
    let brand = |at: usize| brands.binary_search(&items[at].brand).unwrap_or_default() as u64;
    let hashed_id = |at: usize| if keys[at].decimal().is_some() { String::new() } else { items[at].id.clone() };
    let new_rows = |rows: &[CountedRow]| -> Vec<WeightedRow> {
        let row = |old: &u32| rows[*old as usize].iter().map(|(to, weight)| (indices[*to as usize], *weight)).collect();
        if rows.is_empty() { Vec::new() } else { order.iter().map(row).collect() }
    };
    let mut plan = match &options.plan {
        Some(path) => self::plan(log, path, &|old| indices[old.index()])?,
        None => Plan::default(),
    };
    let sold_out = log.items.iter().zip(indices).filter(|(item, _)| item.sold_out).map(|(_, index)| *index);
    plan.mask.items.extend(sold_out);
    plan.mask.items.sort_unstable();
    plan.mask.items.dedup();
    let arms = arm_stats(&plan, &trials(&log.exposures));
    let meta = Meta {
        trainer: Meta::TRAINER.into(),
        newest_ms: log.span_ms.1,
        events: log.events.len() as u64,
        sessions: log.ends.len() as u64,
        currency: if log.currency.is_empty() { options.currency.clone() } else { log.currency.clone() },
        url_pattern: options.url_pattern.clone(),
        image_pattern: options.image_pattern.clone(),
        kernel: kernels.scoring(),
    };
    let catalogue =
        [column(&|at| u64::from(items[at].category)), column(&brand), column(&|at| u64::from(items[at].price_cents))];
    let text = [
        texts(&hashed_id),
        texts(&|at| items[at].title.clone()),
        texts(&|at| items[at].url.clone()),
        texts(&|at| items[at].image.clone()),
    ];
    let snapshot = Writer::default()
        .section(Tag::META, encode(&meta))
        .section(Tag::PLAN, encode(&plan))
        .section(Tag::INTENT, encode(intent))
        .section(Tag::NAMES, encode(&Names { categories: log.categories.clone(), brands, medians }))
        .section(Tag::PRIOR, encode(&prior))
        .section(Tag::LISTS, encode(&lists))
        .section(Tag::ARMS, encode(&arms))
        .section(Tag::KEYS, column(&|at| keys[at].bits()))
        .section(Tag::ITEMS, catalogue.concat())
        .section(Tag::TEXTS, text.concat())
        .section(Tag::ROWS, rows::encode(&new_rows(rows)))
        .section(Tag::TOGETHER, rows::encode(&new_rows(together)))
        .finish();
    Ok(snapshot)
}
