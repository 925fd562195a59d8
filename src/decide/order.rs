//! *order* slots: what the shop shows, in the order that fits the visit.

use super::candidates::{closeness, percent};
use super::reason::in_parts;
use super::told::Told;
use super::{Board, Decider, Decision, Place, Reason};
use crate::event::{CategoryKey, ItemKey};
use crate::feature::{Feature, Features};
use crate::model::{History, Model, Scratch};
use crate::session::Session;
use crate::snapshot::plan::Order;
use alloc::{format, vec::Vec};

/// How relevant products are to a session, in thousandths: 600 for being next (in proportion to the best of
/// these by next-item score), 300 for the share of the session's attention their category holds, 100 for a
/// price near those looked at, each in percent of its category's usual one. Products the snapshot does not
/// know have none.
///
/// This is what `rank(candidates)` and [`Strategy::RecommendedForYou`](crate::snapshot::plan::Strategy) rank by.
pub fn relevance<B: AsRef<[u8]>>(model: &Model<B>, session: &Session, candidates: &[ItemKey]) -> Vec<u32> {
    let history = model.history(session, None);
    let items: Vec<u32> = candidates.iter().map(|key| model.item(*key).unwrap_or(u32::MAX)).collect();
    relevance_of(model, session, &history, &items, &mut Scratch::default())
}

pub(super) fn relevance_of<B: AsRef<[u8]>>(
    model: &Model<B>,
    session: &Session,
    history: &History,
    items: &[u32],
    scratch: &mut Scratch,
) -> Vec<u32> {
    let mut scores = Vec::new();
    model.scores(history, items, scratch, &mut scores);
    let best = u64::from(scores.iter().copied().max().unwrap_or_default().max(1));
    let affinity = model.affinity(session);
    let total: u64 = affinity.iter().map(|(_, weight)| u64::from(*weight)).sum::<u64>().max(1);
    let mean = Some(Features::of(session, model).get(Feature::MeanPrice)).and_then(|mean| u16::try_from(mean).ok());
    let merit = |(item, score): (&u32, u32)| {
        if *item as usize >= model.len() {
            return 0;
        }
        let category = model.item_category(*item);
        let held = affinity.iter().find(|(known, _)| *known == category).map_or(0, |(_, weight)| u64::from(*weight));
        (u64::from(score) * 600 / best + held * 300 / total) as u32 + closeness(mean, percent(model, *item)) / 10
    };
    items.iter().zip(scores).map(merit).collect()
}

/// Puts what a slot shows in order. What is of equal merit keeps the shop's order.
pub(super) fn order<B: AsRef<[u8]>>(
    decider: &mut Decider<'_, B>,
    order: Order,
    place: &Place<'_>,
    decision: &mut Decision,
) {
    let (model, session) = (decider.model, decider.session);
    let Board { told, scratch, .. } = &mut *decider.board;
    if place.personalised {
        told.guard(|| {
            let text = "put in order once for this page, so that it does not jump".into();
            Reason { code: "stickiness", text, weight: place.keys.len() as i32 }
        });
        told.reason(|| Reason::note("own_order", "it stays in its order"));
        return;
    }
    // Merit and place of each key; without keys, share and number of each category.
    let mut keys: Vec<(u32, u16)> = match order {
        Order::Products if place.keys.is_empty() => {
            // Known only where they are shown; there the slot is decided again, with them.
            decision.personalised = !model.history(session, None).is_empty();
            told.reason(|| Reason::note("relevance", "products are put in order where they are shown"));
            return;
        }
        Order::Products => {
            let items: Vec<u32> =
                place.keys.iter().map(|key| model.item(ItemKey::from_id(key)).unwrap_or(u32::MAX)).collect();
            let history = model.history(session, None);
            relevance_of(model, session, &history, &items, scratch).into_iter().zip(0..).collect()
        }
        Order::Categories => {
            let affinity = model.affinity(session);
            let total: u64 = affinity.iter().map(|(_, weight)| u64::from(*weight)).sum::<u64>().max(1);
            let share = |weight: u32| (u64::from(weight) * 1000 / total) as u32;
            if place.keys.is_empty() {
                // Nobody says what the slot shows: all the visit is about.
                affinity.iter().map(|(category, weight)| (share(*weight), *category)).collect()
            } else {
                let held = |key: &str| {
                    let inside =
                        |path: &str| path == key || path.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
                    let own = model.category(CategoryKey::from_path(key));
                    let of = |(category, weight): &(u16, u32)| {
                        let holds = Some(*category) == own || inside(model.category_path(*category));
                        if holds { *weight } else { 0 }
                    };
                    share(affinity.iter().map(of).sum())
                };
                place.keys.iter().zip(0..).map(|(key, at)| (held(key), at)).collect()
            }
        }
    };
    crate::model::heaviest_first(&mut keys, |(merit, _)| *merit);
    let with_merit = keys.iter().filter(|(merit, _)| *merit > 0).count();
    let moved = keys.iter().zip(place.keys).filter(|((_, at), old)| place.keys[usize::from(*at)] != **old).count();
    if with_merit == 0 || (moved == 0 && !place.keys.is_empty()) {
        told.reason(|| Reason::note("own_order", "the shop's own order fits this visit best"));
        return;
    }
    decision.personalised = true;
    decision.score = keys.iter().map(|(merit, _)| *merit as i32).sum();
    if told.is_asked() {
        let name = |at: u16| place.keys.get(usize::from(at)).copied().unwrap_or_else(|| model.category_path(at));
        explain(&keys, name, with_merit, moved, decision.score, told);
    }
    decision.order = keys.into_iter().map(|(_, at)| at).collect();
}

/// Names the first three, and tells the others together.
fn explain<'k>(
    keys: &[(u32, u16)],
    name: impl Fn(u16) -> &'k str,
    with_merit: usize,
    moved: usize,
    score: i32,
    told: &mut Told,
) {
    let named = 3.min(with_merit);
    let mut weights: Vec<u64> = keys.iter().take(named).map(|(merit, _)| u64::from(*merit)).collect();
    weights.push(keys.iter().skip(named).map(|(merit, _)| u64::from(*merit)).sum());
    for (at, weight) in in_parts(score, &weights).enumerate() {
        let text = match keys.get(at).filter(|_| at < named) {
            Some((_, key)) => format!("{} comes {}", name(*key), ["first", "second", "third"][at.min(2)]),
            None => format!("all others, in {moved} new places altogether"),
        };
        told.reason(|| Reason { code: "relevance", text, weight });
    }
}
