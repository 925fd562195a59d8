//! The sections of a snapshot, put together under the new item numbers.

use super::kernel::Kernels;
use super::options::Options;
use crate::event::ItemKey;
use crate::experiment::{Trial, arm_stats};
use crate::log::{ItemNumber, Log};
use crate::plan::{Known, PlanError, read};
use crate::snapshot::bits::BitArray;
use crate::snapshot::column::TextColumn;
use crate::snapshot::layout::{Tag, Writer};
use crate::snapshot::plan::Plan;
use crate::snapshot::rows::{self, Row};
use crate::snapshot::section::{Intent, Lists, Meta, Names, Prior, encode};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// What was fitted, by the log's own item numbers.
pub struct Parts<'a> {
    /// The kernels.
    pub kernels: Kernels,
    /// Next-item rows.
    pub rows: &'a [Row],
    /// Rows of what is bought together; may be none at all.
    pub together: &'a [Row],
    /// `order[new] = old` renumbers the items.
    pub order: &'a [u32],
    /// Ranked lists.
    pub lists: Lists,
    /// The intent tables.
    pub intent: &'a Intent,
    /// What visits from the same traffic source wanted.
    pub prior: Prior,
    /// Median price by category.
    pub medians: Vec<u32>,
    /// The visits that saw an arm.
    pub trials: &'a [Trial],
}

/// Compiles a plan against the products, categories and brands of a log; `number` gives a product's number in the
/// snapshot.
///
/// # Errors
/// As [`read`].
pub fn plan(log: &Log, path: &Path, number: &dyn Fn(ItemNumber) -> u32) -> Result<Plan, PlanError> {
    let ids = log.items.iter().map(|item| item.id.as_str());
    let numbers: HashMap<&str, ItemNumber> = ids.zip((0..).map(ItemNumber::new)).collect();
    let item = |id: &str| numbers.get(id).map(|known| number(*known));
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
    let Parts { kernels, rows, together, order, lists, intent, mut prior, medians, trials } = parts;
    let mut number = vec![0_u32; order.len()];
    for (new, old) in order.iter().enumerate() {
        number[*old as usize] = new as u32;
    }
    let renumber = |list: Vec<u32>| list.into_iter().map(|old| number[old as usize]).collect::<Vec<u32>>();
    let items: Vec<_> = order.iter().map(|old| &log.items[*old as usize]).collect();
    let brands = brands(log);
    let keys: Vec<ItemKey> = items.iter().map(|item| ItemKey::from_id(&item.id)).collect();
    let column = |value: &dyn Fn(usize) -> u64| BitArray::encode(&(0..items.len()).map(value).collect::<Vec<_>>());
    let texts = |value: &dyn Fn(usize) -> String| TextColumn::encode(&(0..items.len()).map(value).collect::<Vec<_>>());
    let brand = |at: usize| brands.binary_search(&items[at].brand).unwrap_or_default() as u64;
    let hashed_id = |at: usize| if keys[at].decimal().is_some() { String::new() } else { items[at].id.clone() };
    let new_rows = |rows: &[Row]| -> Vec<Row> {
        let row = |old: &u32| rows[*old as usize].iter().map(|(to, weight)| (number[*to as usize], *weight)).collect();
        if rows.is_empty() { Vec::new() } else { order.iter().map(row).collect() }
    };
    let mut plan = match &options.plan {
        Some(path) => self::plan(log, path, &|old| number[old.index()])?,
        None => Plan::default(),
    };
    let sold_out = log.items.iter().zip(&number).filter(|(item, _)| item.sold_out).map(|(_, number)| *number);
    plan.mask.items.extend(sold_out);
    plan.mask.items.sort_unstable();
    plan.mask.items.dedup();
    let arms = arm_stats(&plan, trials);
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
    let lists = Lists {
        bestsellers: renumber(lists.bestsellers),
        category_bestsellers: lists.category_bestsellers.into_iter().map(renumber).collect(),
        trending: renumber(lists.trending),
        new_arrivals: renumber(lists.new_arrivals),
        category_new: lists.category_new.into_iter().map(renumber).collect(),
        adjacent: lists.adjacent,
        complements: lists.complements,
    };
    for node in &mut prior.nodes {
        node.items.iter_mut().for_each(|item| *item = number[*item as usize]);
    }
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
