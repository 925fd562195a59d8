//! *fill* slots: a row of products from the plan's strategies, as far as the guardrails let them through.
//!
//! The steps of a row, a file each: `pool` (candidates as they are asked for), `diversity` (the next of a pool),
//! `placement` (whose turn it is), `stickiness` (what is shown may stay), `explanation`.
//!
//! The row is greedy: a place is filled with the best that is left, and no place is looked at again. A best row in the sense
//! of all guardrails together would need a search; this one can be explained place by place.

mod diversity;
mod explanation;
mod placement;
mod pool;
mod stickiness;

use super::candidates::{Search, find};
use super::collector::Collector;
use super::decision::{Decision, Pick};
use super::guard::Gate;
use super::page_context::PageContext;
use super::place::Place;
use super::visit::Visit;
use crate::explanation::Reason;
use crate::model::Scratch;
use crate::snapshot::plan::Row;
use alloc::format;
use placement::Placement;
use pool::{Pools, strategy_of};

/// Fills a slot. The shop's own content stays if fewer products were found than the plan asks for.
pub(super) fn fill<B: AsRef<[u8]>>(
    visit: &Visit<'_, B>,
    row: &Row,
    place: &Place<'_>,
    page: &mut PageContext,
    scratch: &mut Scratch,
    why: &mut Collector,
    decision: &mut Decision,
) {
    let model = visit.model;
    let PageContext { on_page, sold_out, next_items, histories, .. } = page;
    let history = histories.of(visit, place.anchor);
    let anchor = place.anchor.and_then(|key| model.item(key));
    let gate = Gate::new(visit, row, anchor, &history, on_page, sold_out);
    // Guardrails refuse some candidates, so strategies are asked for twice the places and a few more. Asking once for more
    // is cheaper than asking again: most of the time goes into scoring rows, whatever the length of the list.
    let want = usize::from(row.limit) * 2 + 16;
    let search = Search { visit, anchor: place.anchor, history: &history, seen: row.seen, want };
    let mut ask = |strategy| find(strategy, &search, next_items, scratch);

    let mut placement = Placement::new(Pools::new(&gate, &mut ask));
    placement.pin();
    placement.finish();
    if row.stickiness > 0 && place.personalised && !place.keys.is_empty() {
        stickiness::settle(&mut placement, place.keys, row.stickiness);
    }
    // Products were taken in the order of their claims (pinned, reserved, shared). They are shown in the order of their places.
    let Placement { taken, tally, pools: Pools { refused, .. }, .. } = placement;

    refused.explain(why);
    tally.explain(why);
    // Too few products look worse than the shop's own content.
    let least = usize::from(row.at_least.max(1));
    if taken.len() < least {
        why.reason(|| {
            let text = format!("{} of the {least} products this slot asks for were found", taken.len());
            Reason::note("no_candidates", &text)
        });
        return;
    }
    decision.personalised = true;
    for place in 0..row.limit {
        let Some(one) = taken.iter().find(|one| one.place == place) else { continue };
        let (score, strategy) = (one.net_score(), one.pool.map(|pool| strategy_of(row, usize::from(pool))));
        decision.score += score;
        decision.items.push(Pick { item: one.item, score, strategy });
    }
    if why.is_asked() {
        explanation::explain(model, row, &history, &taken, why);
    }
    decision.because = explanation::because(model, visit.session, row, &history, place.anchor, &taken);
}
