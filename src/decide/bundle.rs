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
use crate::snapshot::plan::{Choose, Row};
use alloc::{format, vec::Vec};

/// Shows the published set that fits best, or else completes a product, or else leaves the shop's own content.
#[allow(clippy::too_many_arguments, reason = "the same as of every step, and the two parts of the fill")]
pub(super) fn bundle<B: AsRef<[u8]>>(
    visit: &Visit<'_, B>,
    sets: &Choose,
    completion: &Row,
    place: &Place<'_>,
    page: &mut PageContext,
    scratch: &mut Scratch,
    why: &mut Collector,
    decision: &mut Decision,
) {
    let model = visit.model;
    let history = page.histories.of(visit, place.anchor);
    // A product that the snapshot does not know is in no set.
    let anchor = place.anchor.map(|key| model.item(key).unwrap_or(ItemIndex::UNKNOWN));
    let gate = Gate::new(visit, completion, anchor, &history, &page.on_page, &page.sold_out);
    let mut refused = Tally::default();
    let mut forbids = |item: ItemIndex| gate.forbids(item).map(|guard| refused.add(guard)).is_some();

    // All products are asked about at once: relevance is in proportion to the best of those asked about.
    let mut items: Vec<ItemIndex> = Vec::new();
    for set in &sets.variants {
        items.extend_from_slice(&set.items);
    }
    let mut scores = relevance_of(visit, &history, &items, scratch).into_iter();
    let mut best = -1;
    let mut chosen = None;
    let mut open = 0;
    for (number, set) in sets.variants.iter().enumerate() {
        let mut sum = 0;
        let mut is_open = visit.is_in(set.audience) && anchor.is_none_or(|anchor| set.items.contains(&anchor));
        for item in &set.items {
            sum += scores.next().unwrap_or_default();
            is_open = is_open && !forbids(*item);
        }
        open += u32::from(is_open);
        // Only a larger mean wins, so of equal sets the first in the plan stays.
        let mean = (sum / set.items.len().max(1) as u32) as i32;
        if is_open && mean > best {
            best = mean;
            chosen = Some((number, set));
        }
    }
    let mut first = None;
    if chosen.is_none() && !completion.sources.is_empty() {
        first = anchor.or_else(|| cart(&history).pop()).filter(|item| item.place() < model.len() && !forbids(*item));
    }
    refused.explain(why);
    let fixed = |item: ItemIndex| Pick { item, score: 0, strategy: None };
    let mut number = sets.variants.len();
    let mut because = (Phrase::Look, anchor);
    if let Some((at, set)) = chosen {
        number = at;
        decision.items.extend(set.items.iter().map(|item| fixed(*item)));
        decision.score = best;
        decision.personalised = true;
        why.reason(|| {
            let text = format!("the most relevant of {open} published sets that may be shown here");
            Reason { code: "bundle", text, weight: best }
        });
    }
    if let Some(item) = first {
        let of_item = Place { anchor: Some(model.item_key(item)), ..Place::default() };
        row::fill(visit, completion, &of_item, page, scratch, why, decision);
        if decision.personalised {
            // It comes first, with its complements behind it.
            decision.items.push(fixed(item));
            for at in (1..decision.items.len()).rev() {
                decision.items.swap(at - 1, at);
            }
            because = (if anchor.is_some() { Phrase::Together } else { Phrase::Cart }, Some(item));
        }
    }
    if decision.personalised {
        decision.choice = Some(Choice { arm: decision.arm.unwrap_or_default(), number: number as u16 });
        decision.because = Some(Because::about_item(model, because.0, because.1));
    } else {
        why.reason(|| Reason::note("no_bundle", "no published set may be shown here, and nothing could be completed"));
    }
}
