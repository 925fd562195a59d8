//! The root: what a browser fetches first.
//!
//! It holds the small structures of the snapshot as they are, the tree, and packs with the cards and rows of what is most
//! important: first the cards of what lists and priors name, then cards and rows of what is popular. A list ends with its last
//! item that has a card here; those without one stand in it up to there, so that the others keep their places and scores. What
//! a page would show of the rest of a list, it fills up as it does a short row.
//!
//! Sizes are those of gzip, which every host and browser knows. Brotli takes less.

use super::cut::{Cut, Shard, cut};
use super::important::Important;
use super::pack::{cards, rows, section};
use crate::model::Model;
use crate::snapshot::layout::{Tag, Writer};
use crate::snapshot::section::{Lists, Prior, PriorNode, encode};
use crate::snapshot::tree::{Shape, Tree};
use crate::snapshot::{ItemIndex, SnapshotError};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::HashSet;
use std::io::Write;

/// Size up to which a root takes what pages show before the first click, compressed.
pub const AIM: usize = 20_000;
/// Size up to which it takes what is popular besides. Ten kilobytes more would spare one visit in ten a fetch, and cost all of
/// them ten kilobytes.
const FILL: usize = 14_000;
/// Greatest size of a root, compressed. More is published with a warning.
pub const MOST: usize = 30_000;

/// Where next-item rows may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// To browsers, in shards.
    #[default]
    Browser,
    /// To the edge only. A browser asks it for next items.
    Edge,
}

/// A snapshot in parts.
#[derive(Clone, Debug)]
pub struct Parts {
    /// What browsers fetch first.
    pub root: Shard,
    /// What they fetch when they need it: directories, cards, rows, branches.
    pub shards: Vec<Shard>,
    /// How the catalogue is cut.
    pub shape: Shape,
    /// Size of the root in gzip.
    pub root_gzip: usize,
    /// Items whose cards the root has.
    pub cards: usize,
    /// Items whose rows the root has.
    pub rows: usize,
    /// What the operator should know, in words.
    pub notes: Vec<String>,
}

/// Cuts a snapshot into parts.
///
/// # Errors
/// [`SnapshotError::Malformed`] if two items have the same key.
pub fn make<B: AsRef<[u8]>>(model: &Model<B>, to: Rows) -> Result<Parts, SnapshotError> {
    let important = Important::of(model);
    let order = order(&important);
    let cut = cut(model, to == Rows::Browser, &order)?;
    let draft = Draft { model, cut: &cut, order, popular: &important.popular };
    let base = draft.size(important.planned, 0);
    let half = |room: usize| base + room.saturating_sub(base) / 2;
    let mut rows = 0;
    let first = fitting(important.planned, important.first, AIM, &|count| draft.size(count, 0));
    let mut cards = fitting(first, important.listed.len(), half(AIM), &|count| draft.size(count, 0));
    let carded = |room, rowed: usize, least| fitting(least, draft.order.len(), room, &|count| draft.size(count, rowed));
    if to == Rows::Browser {
        cards = carded(half(FILL), 0, cards);
        rows = fitting(0, cards, FILL, &|count| draft.size(cards, count));
    }
    cards = carded(FILL, rows, cards);
    let root = draft.root(cards, rows);
    let root_gzip = gzip(&root);
    let mut notes = Vec::new();
    if root_gzip > MOST {
        notes.push(format!(
            "browsers fetch {root_gzip} bytes first (gzip), more than the {MOST} wanted: the plan, names and intent tables \
             alone take {}, the {} products that the plan names {}",
            draft.size(0, 0),
            important.planned,
            base - draft.size(0, 0),
        ));
    }
    let large = cut.shards.iter().filter(|shard| shard.bytes.len() > super::LARGEST).count();
    if large > 0 {
        notes.push(format!("{large} shards are larger than {} bytes: a product's texts are very long", super::LARGEST));
    }
    let Cut { shape, shards, .. } = cut;
    Ok(Parts { root: root.into(), shards, shape, root_gzip, cards, rows, notes })
}

/// All items, the most important first: what is listed, then what is popular.
fn order(important: &Important) -> Vec<ItemIndex> {
    let listed: HashSet<&ItemIndex> = important.listed.iter().collect();
    let others = important.popular.iter().filter(|item| !listed.contains(item));
    important.listed.iter().chain(others).copied().collect()
}

/// The greatest count, from `least` to `most`, whose size is within the room; `least` if none is. Sizes rise with counts,
/// but for a few bytes that compression wins or loses.
fn fitting(least: usize, most: usize, room: usize, size: &dyn Fn(usize) -> usize) -> usize {
    // Doubled first, so that no attempt is much larger than what fits.
    let (mut fits, mut step) = (least, 16);
    while fits < most && size((fits + step).min(most)) <= room {
        fits = (fits + step).min(most);
        step *= 2;
    }
    while step > 1 {
        step /= 2;
        if fits + step <= most && size(fits + step) <= room {
            fits += step;
        }
    }
    fits
}

/// A root that is being filled.
struct Draft<'a, B> {
    model: &'a Model<B>,
    cut: &'a Cut,
    /// All items, the most important first.
    order: Vec<ItemIndex>,
    /// The same by popularity alone.
    popular: &'a [ItemIndex],
}

impl<B: AsRef<[u8]>> Draft<'_, B> {
    /// The root with the cards of the first items, and with the rows of the most popular ones of these.
    fn root(&self, carded: usize, rowed: usize) -> Vec<u8> {
        let held: HashSet<ItemIndex> = self.order[..carded].iter().copied().collect();
        let ascending = |items: &mut dyn Iterator<Item = ItemIndex>| {
            let mut items: Vec<ItemIndex> = items.collect();
            items.sort_unstable();
            items
        };
        let as_it_is = |frame: Writer, tag| frame.section(tag, section(self.model, tag).to_vec());
        let mut frame = [Tag::META, Tag::PLAN, Tag::INTENT, Tag::NAMES].into_iter().fold(Writer::default(), as_it_is);
        frame = frame
            .section(Tag::PRIOR, encode(&prior(self.model.prior(), &held)))
            .section(Tag::LISTS, encode(&lists(self.model.lists(), &held)));
        frame = as_it_is(frame, Tag::CODE);
        frame = frame.section(Tag::TREE, Tree::encode(&self.cut.shape, &self.cut.names));
        if carded > 0 {
            frame = frame.section(Tag::PACK, cards(self.model, &ascending(&mut held.iter().copied())));
        }
        if rowed > 0 {
            let mut popular = self.popular.iter().copied().filter(|item| held.contains(item)).take(rowed);
            frame = frame.section(Tag::PACK, rows(self.model, &ascending(&mut popular)));
        }
        frame.finish()
    }

    fn size(&self, carded: usize, rowed: usize) -> usize {
        gzip(&self.root(carded, rowed))
    }
}

/// Number of bytes in gzip.
pub fn gzip(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    // Writing to memory does not fail. If it did, the root would be stored as it is.
    written.map_or(bytes.len(), |packed| packed.len())
}

/// A list up to its last item that is held.
fn up_to_held(list: &[ItemIndex], held: &HashSet<ItemIndex>) -> Vec<ItemIndex> {
    let end = list.iter().rposition(|item| held.contains(item)).map_or(0, |last| last + 1);
    list[..end].to_vec()
}

/// The lists, each up to its last item that is held.
fn lists(lists: &Lists, held: &HashSet<ItemIndex>) -> Lists {
    let known = |list: &Vec<ItemIndex>| up_to_held(list, held);
    Lists {
        bestsellers: known(&lists.bestsellers),
        category_bestsellers: lists.category_bestsellers.iter().map(known).collect(),
        trending: known(&lists.trending),
        new_arrivals: known(&lists.new_arrivals),
        category_new: lists.category_new.iter().map(known).collect(),
        adjacent: lists.adjacent.clone(),
        complements: lists.complements.clone(),
    }
}

/// The prior, with the items of each node up to the last that is held.
fn prior(prior: &Prior, held: &HashSet<ItemIndex>) -> Prior {
    let known = |node: &PriorNode| PriorNode { items: up_to_held(&node.items, held), ..node.clone() };
    Prior { nodes: prior.nodes.iter().map(known).collect() }
}
