//! The sections of a snapshot, put together under the new item numbers.

use super::Options;
use super::kernel::Kernels;
use super::log::Log;
use crate::event::ItemKey;
use crate::snapshot::bits::BitArray;
use crate::snapshot::column::TextColumn;
use crate::snapshot::layout::{Tag, Writer};
use crate::snapshot::plan::Plan;
use crate::snapshot::rows::{self, Row};
use crate::snapshot::section::{Intent, Lists, Meta, Names, Prior, encode};
use std::collections::BTreeSet;

/// What was fitted, by the log's own item numbers.
pub struct Parts<'a> {
    /// The kernels.
    pub kernels: Kernels,
    /// Next-item rows.
    pub rows: &'a [Row],
    /// `order[new] = old` renumbers the items.
    pub order: &'a [u32],
    /// Ranked lists.
    pub lists: Lists,
    /// The intent tables.
    pub intent: &'a Intent,
    /// What visits wanted that came the same way.
    pub prior: Prior,
    /// Median price by category.
    pub medians: Vec<u32>,
    /// The merchandiser's plan.
    pub plan: &'a Plan,
}

/// Writes a snapshot.
pub fn snapshot(log: &Log, parts: Parts<'_>, options: &Options) -> Vec<u8> {
    let Parts { kernels, rows, order, lists, intent, mut prior, medians, plan } = parts;
    let mut number = vec![0_u32; order.len()];
    for (new, old) in order.iter().enumerate() {
        number[*old as usize] = new as u32;
    }
    let renumber = |list: Vec<u32>| list.into_iter().map(|old| number[old as usize]).collect::<Vec<u32>>();
    let items: Vec<_> = order.iter().map(|old| &log.items[*old as usize]).collect();
    let brands: BTreeSet<&str> = items.iter().map(|item| item.brand.as_str()).chain([""]).collect();
    let brands: Vec<String> = brands.into_iter().map(str::to_owned).collect();
    let keys: Vec<ItemKey> = items.iter().map(|item| ItemKey::from_id(&item.id)).collect();
    let column = |value: &dyn Fn(usize) -> u64| BitArray::encode(&(0..items.len()).map(value).collect::<Vec<_>>());
    let texts = |value: &dyn Fn(usize) -> String| TextColumn::encode(&(0..items.len()).map(value).collect::<Vec<_>>());
    let brand = |at: usize| brands.binary_search(&items[at].brand).unwrap_or_default() as u64;
    let hashed_id = |at: usize| if keys[at].decimal().is_some() { String::new() } else { items[at].id.clone() };
    let new_rows: Vec<Row> = order
        .iter()
        .map(|old| rows[*old as usize].iter().map(|(to, weight)| (number[*to as usize], *weight)).collect())
        .collect();
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
    Writer::default()
        .section(Tag::META, encode(&meta))
        .section(Tag::PLAN, encode(plan))
        .section(Tag::INTENT, encode(intent))
        .section(Tag::NAMES, encode(&Names { categories: log.categories.clone(), brands, medians }))
        .section(Tag::PRIOR, encode(&prior))
        .section(Tag::LISTS, encode(&lists))
        .section(Tag::KEYS, column(&|at| keys[at].bits()))
        .section(Tag::ITEMS, catalogue.concat())
        .section(Tag::TEXTS, text.concat())
        .section(Tag::ROWS, rows::encode(&new_rows))
        .finish()
}
