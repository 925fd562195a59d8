//! *order* slots: what the shop shows, in the order that fits the visit.

use super::candidates::{closeness, percent};
use super::reason::in_parts;
use super::{Decider, Decision, Place, Reason};
use crate::event::{CategoryKey, ItemKey};
use crate::feature::{Feature, Features};
use crate::model::{Model, Scratch, Trail};
use crate::session::Session;
use crate::snapshot::plan::Order;
use alloc::{format, string::String, vec::Vec};

/// How relevant products are to a session, in thousandths: 600 for being next (in proportion to the best of
/// these by next-item score), 300 for the share of the session's attention their category holds, 100 for a
/// price near those looked at, each in percent of its category's usual one. Products the snapshot does not
/// know have none.
///
/// This is what `rank(candidates)` and [`Strategy::RecommendedForYou`](crate::snapshot::plan::Strategy) rank by.
pub fn relevance<B: AsRef<[u8]>>(model: &Model<B>, session: &Session, candidates: &[ItemKey]) -> Vec<u32> {
    let trail = model.trail(session, None);
    let items: Vec<u32> = candidates.iter().map(|key| model.item(*key).unwrap_or(u32::MAX)).collect();
    relevance_of(model, session, &trail, &items, &mut Scratch::default())
}

pub(super) fn relevance_of<B: AsRef<[u8]>>(
    model: &Model<B>,
    session: &Session,
    trail: &Trail,
    items: &[u32],
    scratch: &mut Scratch,
) -> Vec<u32> {
    let mut scores = Vec::new();
    model.scores(trail, items, scratch, &mut scores);
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
    if place.fitted {
        let text = "put in order once for this page, so that it does not jump".into();
        decision.guards.push(Reason { code: "steady", text, weight: place.keys.len() as i32 });
        decision.reasons.push(Reason { code: "own_order", text: "it stays in its order".into(), weight: 0 });
        return;
    }
    let mut keys: Vec<(u32, &str)> = match order {
        Order::Products if place.keys.is_empty() => {
            // Known only where they are shown; there `Decider::reorder` puts them in order.
            decision.fitted = !model.trail(session, None).is_empty();
            let text = "products are put in order where they are shown".into();
            decision.reasons.push(Reason { code: "relevance", text, weight: 0 });
            return;
        }
        Order::Products => {
            let items: Vec<u32> =
                place.keys.iter().map(|key| model.item(ItemKey::from_id(key)).unwrap_or(u32::MAX)).collect();
            let trail = model.trail(session, None);
            let merits = relevance_of(model, session, &trail, &items, &mut decider.board.scratch);
            merits.into_iter().zip(place.keys.iter().map(String::as_str)).collect()
        }
        Order::Categories => {
            let affinity = model.affinity(session);
            let total: u64 = affinity.iter().map(|(_, weight)| u64::from(*weight)).sum::<u64>().max(1);
            let share = |weight: u32| (u64::from(weight) * 1000 / total) as u32;
            if place.keys.is_empty() {
                // Nobody says what the slot shows: all the visit is about.
                affinity.iter().map(|(category, weight)| (share(*weight), model.category_path(*category))).collect()
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
                place.keys.iter().map(|key| (held(key), key.as_str())).collect()
            }
        }
    };
    crate::model::heaviest_first(&mut keys, |(merit, _)| *merit);
    let moved = keys.iter().zip(place.keys).filter(|((_, key), old)| key != old).count();
    let told = keys.iter().filter(|(merit, _)| *merit > 0).count();
    if told == 0 || (moved == 0 && !place.keys.is_empty()) {
        let text = "the shop's own order fits this visit best".into();
        decision.reasons.push(Reason { code: "own_order", text, weight: 0 });
        return;
    }
    decision.fitted = true;
    decision.score = keys.iter().map(|(merit, _)| *merit as i32).sum();
    let named = 3.min(told);
    let mut weights: Vec<u64> = keys.iter().take(named).map(|(merit, _)| u64::from(*merit)).collect();
    weights.push(keys.iter().skip(named).map(|(merit, _)| u64::from(*merit)).sum());
    for (at, weight) in in_parts(decision.score, &weights).enumerate() {
        let (code, text) = match keys.get(at).filter(|_| at < named) {
            Some((_, key)) => ("relevance", format!("{key} comes {}", ["first", "second", "third"][at.min(2)])),
            None => ("relevance", format!("all others, in {moved} new places altogether")),
        };
        decision.reasons.push(Reason { code, text, weight });
    }
    decision.order = keys.into_iter().map(|(_, key)| key.into()).collect();
}
