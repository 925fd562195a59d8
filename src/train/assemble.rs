//! The sections of a snapshot, assembled under the new item numbers.
//!
//! Training works with the log's item numbers, in the order in which products were first read. A snapshot has numbers of
//! its own, chosen by `renumber` so that rows pack well. This file is the only place where one becomes the other.
//!
//! Invariant: every item number in the snapshot is a new one: rows, lists, priors, plan and catalogue agree.

use super::budget;
use super::conversion::Levels;
use super::counted::Totals;
use super::error::TrainError;
use super::kernel::Kernels;
use super::options::Options;
use super::places::numbered;
use super::table::LevelledRows;
use super::trails::{self, CountedTrails};
use crate::event::ItemKey;
use crate::experiment::{Trial, arm_stats};
use crate::log::{Item, ItemNumber, Localised, Log, Picture};
use crate::plan::{Known, PlanError, read};
use crate::snapshot::ItemIndex;
use crate::snapshot::bits::BitArray;
use crate::snapshot::code::PACKED;
use crate::snapshot::column::TextColumn;
use crate::snapshot::layout::{Tag, Writer};
use crate::snapshot::plan::Plan;
use crate::snapshot::rows::{Encoded, encode_levelled, encode_trails};
use crate::snapshot::section::{Intent, Lists, Meta, Names, Prior, encode};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// What was fitted. Rows stand under the log's item numbers until they are written.
pub struct Parts<'a> {
    /// The kernels.
    pub kernels: Kernels,
    /// Packs the next-item rows, within so many bytes if there is a budget.
    pub rows: &'a mut dyn FnMut(Option<usize>) -> Encoded,
    /// Rows of what is bought together; empty if the log has no purchases.
    pub together: &'a LevelledRows,
    /// Trail rows; empty if the log gains nothing from them.
    pub trails: &'a [CountedTrails],
    /// The codes of both kinds of rows in the base, if there is one.
    pub codes: Option<&'a [[u8; PACKED]; 2]>,
    /// The new numbering: `order[new] = old`, a permutation of the item numbers.
    pub order: &'a [u32],
    /// The same the other way round: the index of each of the log's items.
    pub indices: &'a [ItemIndex],
    /// Ranked lists.
    pub lists: Lists,
    /// The intent tables.
    pub intent: &'a Intent,
    /// What visits from the same traffic source wanted.
    pub prior: Prior,
    /// Median price by category number, in cents; 0 where no product has a price.
    pub medians: Vec<u32>,
    /// Levels of conversion.
    pub conversion: Levels,
    /// The visits that saw an arm.
    pub trials: &'a [Trial],
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

/// The tags of pictures that nothing stands for, in alphabetical order: no category or parent of one, no brand, no tag of
/// the plan.
pub fn unknown_tags(log: &Log, plan: &Plan) -> Vec<String> {
    let brands = brands(log);
    let is_category = |tag: &str| {
        let below = |path: &String| path.strip_prefix(tag).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        log.categories.iter().any(below)
    };
    let is_known = |tag: &str| {
        is_category(tag)
            || brands.iter().any(|brand| brand == tag)
            || plan.pictures.iter().any(|known| known.name == tag)
    };
    let tags = log.items.iter().flat_map(|item| &item.pictures).flat_map(|picture| &picture.tags);
    let tags: BTreeSet<&String> = tags.collect();
    tags.into_iter().filter(|tag| !is_known(tag)).cloned().collect()
}

/// Every brand of the log, in alphabetical order. The empty text is always among them and sorts first, so number 0 is "no
/// brand".
fn brands(log: &Log) -> Vec<String> {
    let brands: BTreeSet<&str> = log.items.iter().map(|item| &*item.brand).chain([""]).collect();
    brands.into_iter().map(str::to_owned).collect()
}

/// Writes a snapshot. `totals` is what the log has, or that of which it is a sample.
///
/// # Errors
/// As [`plan`]; [`TrainError::Budget`] if there is no room for what is no next-item row.
pub fn snapshot(log: &Log, totals: Totals, parts: Parts<'_>, options: &Options) -> Result<Vec<u8>, TrainError> {
    let Parts { kernels, rows, together, trails, codes, order, indices, .. } = parts;
    let Parts { lists, intent, prior, medians, conversion, trials, .. } = parts;
    let mut plan = compiled(log, options, indices)?;
    // The arms of a bandit continue from the outcomes in the log, under the arms that the plan has now.
    let arms = arm_stats(&mut plan, trials);
    let of_category = |at: usize| u32::from(conversion.categories.get(at).copied().unwrap_or_default());
    let categories = (0..log.categories.len()).map(of_category).collect();
    let names = Names { categories: log.categories.clone(), brands: brands(log), medians, conversion: categories };
    let items: Vec<&Item> = order.iter().map(|old| &log.items[*old as usize]).collect();
    let level = |old: &u32| u64::from(conversion.items.get(*old as usize).copied().unwrap_or_default());
    let keys: Vec<ItemKey> = items.iter().map(|item| ItemKey::from_id(&item.id)).collect();
    // What is bought together may be a few pairs: its table ends with its last row.
    let has_row = |old: &u32| together.row(*old as usize).1.next().is_some();
    let last = || order.iter().rposition(has_row).map_or(0, |last| last + 1);
    let pairs = if together.is_empty() { 0 } else { last() };
    let together = encode_levelled(pairs, numbered(together, order, indices), codes.map(|codes| &codes[1]));
    let trails = trails::numbered(trails, order, indices);
    let localised = localised(&items, &mut plan);
    let mut writer = Writer::default()
        .section(Tag::META, encode(&meta(log, totals, options, &kernels)))
        .section(Tag::PLAN, encode(&plan))
        .section(Tag::INTENT, encode(intent))
        .section(Tag::NAMES, encode(&names))
        .section(Tag::PRIOR, encode(&prior))
        .section(Tag::LISTS, encode(&lists))
        .section(Tag::ARMS, encode(&arms))
        .section(Tag::KEYS, column(&keys, |key| key.bits()))
        .section(Tag::ITEMS, [catalogue(&items, &names.brands), column(order, level)].concat())
        .section(Tag::TEXTS, texts(&items, !options.image_pattern.is_empty()));
    if !localised.is_empty() {
        writer = writer.section(Tag::LOCALES, localised);
    }
    // Trails are written in the code of the rows, which is not known before these are. So room is kept for them as long as
    // another code makes them, and if theirs makes them longer, for that.
    let mut reserved = encode_trails(&trails, &together.code).len();
    let (next, trails) = loop {
        let others = [(Tag::TOGETHER, together.section.len()), (Tag::TRAILS, reserved)];
        let room = |budget| budget::room(budget, items.len(), writer.sizes().chain(others));
        let next = rows(options.budget.map(room).transpose()?);
        let packed = encode_trails(&trails, &next.code);
        if options.budget.is_none() || packed.len() <= reserved {
            break (next, packed);
        }
        reserved = packed.len();
    };
    writer = writer
        .section(Tag::CODE, [next.code, together.code].concat())
        .section(Tag::ROWS, next.section)
        .section(Tag::TOGETHER, together.section);
    if !trails.is_empty() {
        writer = writer.section(Tag::TRAILS, trails);
    }
    Ok(writer.finish())
}

/// Whether shoppers can be told the name of a product: its title, or one made of brand and kind. A number is no kind.
fn has_name(item: &Item) -> bool {
    let kind = item.path.rsplit('.').next().unwrap_or_default();
    !item.title.is_empty() || !item.brand.is_empty() || kind.chars().any(|letter| !letter.is_ascii_digit())
}

/// Sections of which the catalogue alone says how long they are, whatever is learned.
///
/// # Errors
/// [`TrainError::Budget`] if they exceed the budget.
pub fn room_beside_catalogue(log: &Log, options: &Options, budget: u64) -> Result<usize, TrainError> {
    let items: Vec<&Item> = log.items.iter().collect();
    let sizes = [
        (Tag::KEYS, column(&items, |item| ItemKey::from_id(&item.id).bits()).len()),
        (Tag::ITEMS, catalogue(&items, &brands(log)).len()),
        (Tag::TEXTS, texts(&items, !options.image_pattern.is_empty()).len()),
    ];
    budget::room(budget, items.len(), sizes.into_iter())
}

/// The plan under the numbers of the snapshot. Products that the log or the catalogue calls sold out are banned like those of the plan.
/// So are those without a name, where most products have one: a card would show none. A shop whose log names no product at
/// all asks for ids, and has its own cards.
fn compiled(log: &Log, options: &Options, indices: &[ItemIndex]) -> Result<Plan, PlanError> {
    let mut plan = match &options.plan {
        Some(path) => plan(log, path, &|old| indices[old.index()])?,
        None => Plan::default(),
    };
    let items = &mut plan.mask.items;
    let names_most = log.items.iter().filter(|item| has_name(item)).count() * 2 > log.items.len();
    let hidden = |item: &Item| item.sold_out || names_most && !has_name(item);
    items.extend(log.items.iter().zip(indices).filter(|(item, _)| hidden(item)).map(|(_, number)| *number));
    items.sort_unstable();
    items.dedup();
    let languages: BTreeSet<&String> =
        log.items.iter().flat_map(|item| &item.locales).map(|localised| &localised.tag).collect();
    plan.settle(&languages.into_iter().cloned().collect::<Vec<_>>(), currency(log, options));
    Ok(plan)
}

/// The currency of the default locale's prices.
fn currency<'a>(log: &'a Log, options: &'a Options) -> &'a str {
    if log.currency.is_empty() { &options.currency } else { &log.currency }
}

/// What hosts need to know of the log, and the scoring weights.
fn meta(log: &Log, totals: Totals, options: &Options, kernels: &Kernels) -> Meta {
    let Totals { events, sessions, newest_ms } = totals;
    Meta {
        trainer: Meta::TRAINER.into(),
        newest_ms,
        events,
        sessions,
        currency: currency(log, options).into(),
        url_pattern: options.url_pattern.clone(),
        image_pattern: options.image_pattern.clone(),
        kernel: kernels.scoring(),
    }
}

/// A bit-packed column of one number per entry. Columns rather than records: a page reads one field of twenty products, and
/// numbers of one kind pack into few bits.
fn column<T>(entries: &[T], value: impl Fn(&T) -> u64) -> Vec<u8> {
    BitArray::encode(&entries.iter().map(value).collect::<Vec<_>>())
}

/// Category, brand and price of each product, in cents. Behind them stand the levels of conversion.
fn catalogue(items: &[&Item], brands: &[String]) -> Vec<u8> {
    let brand = |item: &&Item| brands.binary_search_by(|known| (**known).cmp(&*item.brand)).unwrap_or_default() as u64;
    [
        column(items, |item| u64::from(item.category)),
        column(items, brand),
        column(items, |item| u64::from(item.price_cents)),
    ]
    .concat()
}

/// Id, title, address and pictures of each product.
fn texts(items: &[&Item], has_pattern: bool) -> Vec<u8> {
    let column =
        |text: &dyn Fn(&Item) -> String| TextColumn::encode(&items.iter().map(|item| text(item)).collect::<Vec<_>>());
    // A decimal id is its own key, so its text would repeat it. Other ids are hashed into a key, and their text is kept.
    let hashed_id =
        |item: &Item| if ItemKey::from_id(&item.id).decimal().is_some() { String::new() } else { item.id.clone() };
    [
        column(&hashed_id),
        column(&|item| item.title.clone()),
        column(&|item| item.url.clone()),
        column(&|item| Picture::lines(&item.image, &item.pictures, has_pattern)),
    ]
    .concat()
}

/// Titles, links and prices of each locale that has any of its own, three columns each, and their numbers in the plan. What is
/// as in the parent is left out.
fn localised(items: &[&Item], plan: &mut Plan) -> Vec<u8> {
    // Title, link and price by locale and item, with what comes from the parents.
    let default = |item: &&Item| Localised {
        tag: String::new(),
        title: item.title.clone(),
        url: item.url.clone(),
        price_cents: item.price_cents,
    };
    let mut whole: Vec<Vec<Localised>> = vec![items.iter().map(default).collect()];
    let mut out = Vec::new();
    let mut sets = 0;
    for locale in plan.locales.iter_mut().skip(1) {
        let parents = &whole[usize::from(locale.parent)];
        let stated = |item: &&Item| item.locales.iter().find(|own| own.tag == locale.tag).cloned().unwrap_or_default();
        let mut own: Vec<Localised> = items.iter().map(stated).collect();
        let mut resolved = Vec::with_capacity(own.len());
        for (own, parent) in own.iter_mut().zip(parents) {
            let mut known = own.clone();
            let has_pattern = !locale.url_pattern.is_empty();
            for (own, known, parent, stays) in [
                (&mut own.title, &mut known.title, &parent.title, false),
                (&mut own.url, &mut known.url, &parent.url, has_pattern),
            ] {
                if known.is_empty() {
                    known.clone_from(parent);
                } else if own == parent && !stays {
                    own.clear();
                }
            }
            if known.price_cents == 0 && !locale.own_prices {
                known.price_cents = parent.price_cents;
            } else if own.price_cents == parent.price_cents && !locale.own_prices {
                own.price_cents = 0;
            }
            resolved.push(known);
        }
        whole.push(resolved);
        if !own.iter().any(|own| !own.title.is_empty() || !own.url.is_empty() || own.price_cents > 0) {
            continue;
        }
        sets += 1;
        locale.columns = sets;
        for text in [|own: &Localised| own.title.clone(), |own: &Localised| own.url.clone()] {
            out.extend(TextColumn::encode(&own.iter().map(text).collect::<Vec<_>>()));
        }
        let priced = own.iter().any(|own| own.price_cents > 0);
        out.extend(column(if priced { &own } else { &[] }, |own| u64::from(own.price_cents)));
    }
    out
}
