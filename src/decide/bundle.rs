//! *bundle* slots: several products shown as one card.
//!
//! First come the sets that the shop has published: of those that are open to the visit the one whose products are most
//! relevant to it on average, on the page of a product only sets with this product. Where none fits, a product is
//! completed by what is bought together with it: the page's product, or else the newest one in the cart.
//!
//! The guardrails hold for every product: a set with one that is banned, sold out, out of season or sensitive is not
//! shown at all. That a product was seen, or stands on the page already, does not count against a published set: the set
//! is something else than its products.
//!
//! The engine sets no price and computes none. What a bundle costs is the shop's own text.

use super::because::{Because, Phrase};
use super::candidates::cart;
use super::collector::Collector;
use super::decision::{Choice, Decision, Pick};
use super::guard::{Gate, Tally};
use super::page_context::PageContext;
use super::place::Place;
use super::relevance::relevance_of;
use super::row;
use super::visit::Visit;
use crate::explanation::Reason;
use crate::model::Scratch;
use crate::snapshot::ItemIndex;
use crate::snapshot::plan::Row;
use alloc::{format, vec::Vec};

/// Shows the published set that fits best, or else completes a product, or else leaves the shop's own content.
#[allow(clippy::too_many_arguments, reason = "the same as of every step, and the two parts of the fill")]
pub(super) fn bundle<B: AsRef<[u8]>>(
    visit: &Visit<'_, B>,
    sets: &[u16],
    completion: &Row,
    place: &Place<'_>,
    page: &mut PageContext,
    scratch: &mut Scratch,
    why: &mut Collector,
    decision: &mut Decision,
) {
    let (model, plan) = (visit.model, visit.model.plan());
    let history = page.histories.of(visit, place.anchor);
    let anchor = place.anchor.map(|key| model.item(key).unwrap_or(ItemIndex::UNKNOWN));
    let gate = Gate::new(visit, completion, anchor, &history, &page.on_page, &page.sold_out);
    let mut refused = Tally::default();
    let mut forbids = |item: &ItemIndex| gate.forbids(*item).map(|guard| refused.add(guard)).is_some();

    // All products are asked about at once: relevance is in proportion to the best of those asked about.
    let mut items: Vec<ItemIndex> = Vec::new();
    let mut open: Vec<u16> = Vec::new();
    for number in sets {
        let set = &plan.bundles[usize::from(*number)];
        let is_here = anchor.is_none_or(|anchor| set.items.contains(&anchor));
        if is_here && visit.is_in(set.audience) && !set.items.iter().any(&mut forbids) {
            open.push(*number);
            items.extend(&set.items);
        }
    }
    let scores = relevance_of(visit, &history, &items, scratch);
    let mut scored = items.iter().zip(scores).map(|(item, score)| Pick { item: *item, score: score as i32, strategy: None });
    // The mean of the best so far; only a larger one wins, so of equal sets the first in the plan stays.
    let mut best = -1;
    for number in &open {
        let size = plan.bundles[usize::from(*number)].items.len();
        let picks: Vec<Pick> = scored.by_ref().take(size).collect();
        let score: i32 = picks.iter().map(|pick| pick.score).sum();
        if score / size as i32 > best {
            best = score / size as i32;
            (decision.items, decision.score) = (picks, score);
            decision.choice = Some(Choice { arm: decision.arm.unwrap_or_default(), number: *number });
        }
    }
    let completed = match anchor {
        _ if completion.sources.is_empty() || decision.choice.is_some() => None,
        None => cart(&history).into_iter().rev().find(|item| model.bought_with(*item).next().is_some()),
        anchor => anchor.filter(|item| item.place() < model.len()),
    };
    let completed = completed.filter(|item| !forbids(item));
    refused.explain(why);
    if decision.choice.is_some() {
        decision.personalised = true;
        why.reason(|| {
            let text = format!("the most relevant of {} published sets that may be shown here", open.len());
            Reason { code: "bundle", text, weight: decision.score }
        });
        let phrase = if anchor.is_some() { Phrase::Look } else { Phrase::Visit };
        decision.because = Some(match anchor {
            Some(anchor) => Because::about_item(model, phrase, Some(anchor)),
            None => Because::plain(phrase),
        });
        return;
    }
    let Some(first) = completed else {
        why.reason(|| Reason::note("no_bundle", "no published set may be shown here, and there is nothing to complete"));
        return;
    };
    let of_first = Place { anchor: Some(model.item_key(first)), ..Place::default() };
    row::fill(visit, completion, &of_first, page, scratch, why, decision);
    if decision.personalised {
        decision.items.insert(0, Pick { item: first, score: 0, strategy: None });
        let number = plan.bundles.len() as u16;
        decision.choice = Some(Choice { arm: decision.arm.unwrap_or_default(), number });
        let phrase = if anchor.is_some() { Phrase::Together } else { Phrase::Cart };
        decision.because = Some(Because::about_item(model, phrase, Some(first)));
    }
}
