//! *fill* slots: products from the plan's strategies, each asked for what the ones before left empty.

use super::{Decision, Pick, Reason};
use crate::event::ItemKey;
use crate::model::{Model, Scratch, Trail};
use crate::session::Session;
use crate::snapshot::plan::Strategy;
use alloc::{format, vec::Vec};

/// What a fill slot asks for.
pub(super) struct Wanted<'a> {
    pub strategies: &'a [Strategy],
    pub limit: usize,
    pub seen: bool,
    pub anchor: Option<ItemKey>,
}

/// Fills a slot. The default stays if not one product was found.
pub(super) fn fill<B: AsRef<[u8]>>(
    model: &Model<B>,
    session: &Session,
    wanted: &Wanted<'_>,
    scratch: &mut Scratch,
    decision: &mut Decision,
) {
    let trail = model.trail(session, wanted.anchor);
    let anchor = wanted.anchor.and_then(|key| model.item(key));
    let fresh = |item: u32| wanted.seen || trail.iter().all(|step| step.item != item);
    for strategy in wanted.strategies {
        let before = decision.items.len();
        let mut take = |item: u32, score: u32| {
            let picks = &mut decision.items;
            // What was looked at is what this strategy is for.
            let allowed = Some(item) != anchor && (*strategy == Strategy::RecentlyViewed || fresh(item));
            if picks.len() < wanted.limit && allowed && picks.iter().all(|pick| pick.item != item) {
                picks.push(Pick { item_id: model.item_id(item), score, strategy: strategy.name(), item });
            }
        };
        match strategy {
            // The anchor is never shown on its own page, so one more is asked for.
            Strategy::NextItem => model
                .next_items(&trail, wanted.limit + 1, wanted.seen, scratch)
                .iter()
                .for_each(|best| take(best.item, best.score)),
            Strategy::Bestsellers => {
                for (category, _) in model.affinity(session) {
                    model.lists().category_bestsellers[usize::from(category)].iter().for_each(|item| take(*item, 0));
                }
                model.lists().bestsellers.iter().for_each(|item| take(*item, 0));
            }
            Strategy::Trending => model.lists().trending.iter().for_each(|item| take(*item, 0)),
            Strategy::NewArrivals => model.lists().new_arrivals.iter().for_each(|item| take(*item, 0)),
            Strategy::PopularWithSource => model.wanted_by(&session.context()).iter().for_each(|item| take(*item, 0)),
            Strategy::RecentlyViewed => trail.iter().for_each(|step| take(step.item, 0)),
        }
        let found = decision.items.len() - before;
        if found > 0 {
            explain(model, *strategy, &trail, found, decision);
        }
    }
    if decision.items.is_empty() {
        let text = "no strategy of this slot found a product".into();
        decision.reasons.push(Reason { code: "no_candidates", text, weight: 0 });
    } else {
        decision.arm = "model";
    }
}

/// Says what brought the last `found` picks here: for next items the three events that added most to
/// their scores, for lists how many came from the list.
fn explain<B: AsRef<[u8]>>(model: &Model<B>, strategy: Strategy, trail: &Trail, found: usize, decision: &mut Decision) {
    if strategy != Strategy::NextItem {
        let text = format!("{found} from the list of {}", strategy.name().replace('_', " "));
        decision.reasons.push(Reason { code: strategy.name(), text, weight: found as i32 });
        return;
    }
    let picks = &decision.items[decision.items.len() - found..];
    let mut parts: Vec<_> = trail
        .iter()
        .enumerate()
        .map(|(at, step)| (picks.iter().map(|pick| model.contribution(at, *step, pick.item)).sum::<u32>(), *step))
        .filter(|(weight, _)| *weight > 0)
        .collect();
    crate::model::heaviest_first(&mut parts, |(weight, _)| *weight);
    for (weight, step) in parts.into_iter().take(3) {
        let text = format!("{} {}: sessions with it went on to these", step.kind.name(), model.title(step.item));
        decision.reasons.push(Reason { code: "next_item", text, weight: weight.min(i32::MAX as u32) as i32 });
    }
}
