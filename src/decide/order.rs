//! *order* slots: what the shop shows, in the order that fits the visit.
//!
//! Products are ordered by relevance, categories by the session's attention. What scores alike keeps the shop's
//! order, and a page is put in order once, so that it does not jump while the shopper reads it.
//!
//! Invariant: the new order holds every key of the slot exactly once. Nothing is added or hidden, so none of the guardrails
//! for products applies here.

use super::about::{is_inside, subject};
use super::collector::Collector;
use super::decision::Decision;
use super::place::Place;
use super::relevance::{known, relevance_of};
use super::visit::Visit;
use crate::event::{CategoryKey, ItemKey};
use crate::explanation::{Reason, in_parts};
use crate::model::{Scratch, heaviest_number_first};
use crate::snapshot::plan::Order;
use alloc::{format, vec::Vec};

/// A score and what it belongs to: the place of a key in the slot, or without keys the number of a category.
type Ranked = (u16, u32);

/// Score of what the page is about: more than all of a visit's attention.
const FITS: u32 = 1001;

/// Puts what a slot shows in order.
pub(super) fn order<B: AsRef<[u8]>>(
    visit: &Visit<'_, B>,
    order: Order,
    place: &Place<'_>,
    scratch: &mut Scratch,
    why: &mut Collector,
    decision: &mut Decision,
) {
    if place.personalised {
        why.guard(|| {
            let text = "put in order once for this page, so that it does not jump".into();
            Reason { code: "stickiness", text, weight: place.keys.len() as i32 }
        });
        why.reason(|| Reason::note("own_order", "it stays in its order"));
        return;
    }
    let mut keys = match order {
        Order::Products if place.keys.is_empty() => {
            // The products are known only where they are shown. There the slot is decided again, with their keys. Until
            // then the decision says whether the visit has a history to order by.
            decision.personalised = !visit.model.history(visit.session, None).is_empty();
            why.reason(|| Reason::note("relevance", "products are put in order where they are shown"));
            return;
        }
        Order::Products => by_relevance(visit, place.keys, scratch),
        Order::Categories if place.keys.is_empty() => {
            // Nobody says what the slot shows, so the answer is every category that the visit is about.
            visit.affinity().shares().collect()
        }
        Order::Categories => by_attention(visit, place),
    };
    // The sort is stable: what scores alike, above all what scores 0, stays in the shop's order.
    heaviest_number_first(&mut keys);
    let scored = keys.iter().filter(|(_, score)| *score > 0).count();
    let moved = keys.iter().zip(place.keys).filter(|((at, _), old)| place.keys[usize::from(*at)] != **old).count();
    if scored == 0 || (moved == 0 && !place.keys.is_empty()) {
        why.reason(|| Reason::note("own_order", "the shop's own order fits this visit best"));
        return;
    }
    decision.personalised = true;
    decision.score = keys.iter().map(|(_, score)| *score as i32).sum();
    if why.is_asked() {
        let name = |at: u16| place.keys.get(usize::from(at)).copied().unwrap_or_else(|| visit.model.category_path(at));
        explain(&keys, name, scored, moved, decision.score, why);
    }
    decision.order = keys.into_iter().map(|(at, _)| at).collect();
}

/// Product ids with their relevance.
fn by_relevance<B: AsRef<[u8]>>(visit: &Visit<'_, B>, ids: &[&str], scratch: &mut Scratch) -> Vec<Ranked> {
    let items = known(visit.model, ids.iter().map(|id| ItemKey::from_id(id)));
    let history = visit.model.history(visit.session, None);
    (0..).zip(relevance_of(visit, &history, &items, scratch)).collect()
}

/// Category paths with the share of the session's attention that they and their children hold. A shop may show a category
/// above the level of its products' categories, so the path is compared by its beginning too.
///
/// What the page is about, such as the words of a search, comes before everything else, again by attention.
fn by_attention<B: AsRef<[u8]>>(visit: &Visit<'_, B>, place: &Place<'_>) -> Vec<Ranked> {
    let model = visit.model;
    let about = subject(model, place.about);
    let held = |key: &str| {
        let own = model.category(CategoryKey::from_path(key));
        let is_own =
            |category| Some(category) == own || is_inside(model.category_path(category).as_bytes(), key.as_bytes());
        let fits = about.categories().any(is_own);
        visit.affinity().share(1000, &is_own) + u32::from(fits) * FITS
    };
    (0..).zip(place.keys).map(|(at, key)| (at, held(key))).collect()
}

/// Names the first three; all others share one reason.
fn explain<'k>(
    keys: &[Ranked],
    name: impl Fn(u16) -> &'k str,
    scored: usize,
    moved: usize,
    total: i32,
    why: &mut Collector,
) {
    let named = 3.min(scored);
    let mut weights: Vec<u64> = keys.iter().take(named).map(|(_, score)| u64::from(*score)).collect();
    weights.push(keys.iter().skip(named).map(|(_, score)| u64::from(*score)).sum());
    for (at, weight) in in_parts(total, &weights).enumerate() {
        let text = match keys.get(at).filter(|_| at < named) {
            Some((key, _)) => format!("{} comes {}", name(*key), ["first", "second", "third"][at.min(2)]),
            None => format!("all others, in {moved} new places altogether"),
        };
        why.reason(|| Reason { code: "relevance", text, weight });
    }
}
