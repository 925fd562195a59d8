//! *choose* slots: the variant whose categories hold most of the session's attention.
//!
//! - On a page about a category, or about what was searched for, only the attention to that counts. A visit without any
//!   counts as attentive to all of it.
//! - The default stays if no variant holds the minimum share.
//! - Of equal variants the plan's first wins.
//! - A variant that the visit has seen is replaced only by one that leads it by the plan's stickiness.
//!
//! Shares are compared, not intent scores: a merchandiser can check them against the plan by hand, and they are exact on
//! every host.

use super::about::subject;
use super::because::{Because, Phrase};
use super::collector::Collector;
use super::decision::{Choice, Decision};
use super::place::Place;
use super::visit::Visit;
use crate::context::key_of;
use crate::event::EventKind;
use crate::explanation::{Reason, in_parts};
use crate::model::{Affinity, Attention};
use crate::snapshot::plan::{Choose, Slot, Variant};
use alloc::{format, string::String, vec::Vec};

/// The share of a variant that is for an audience and names no category, in thousandths. Whoever wrote such a variant wants
/// it shown to the whole audience, so no variant by interest can beat it.
const CERTAIN: u32 = 1000;

/// A variant by number, and the share of the session's attention it holds, in thousandths.
type Held = (usize, u32);

/// Chooses among variants by category affinity.
pub(super) fn choose<B: AsRef<[u8]>>(
    visit: &Visit<'_, B>,
    slot: &Slot,
    choose: &Choose,
    place: &Place<'_>,
    why: &mut Collector,
    decision: &mut Decision,
) {
    // A minimum of 0 still asks for some interest: without any, every variant would fit.
    let least = u32::from(choose.minimum_share).max(1);
    let mut subject = subject(visit.model, place.about);
    subject.add(visit.affinity());
    let affinity = if subject.is_empty() { visit.affinity() } else { &subject };
    let mut best: Option<Held> = None;
    for (at, variant) in choose.variants.iter().enumerate() {
        let share = share(visit, affinity, variant);
        // Only a larger share wins, so of equal ones the first in the plan stays.
        if share > best.map_or(0, |(_, share)| share) {
            best = Some((at, share));
        }
    }
    // A variant that has lost its minimum share is not defended: the default takes its place.
    let incumbent = incumbent(visit, affinity, slot, choose, place).filter(|(_, share)| *share >= least);
    match stick(choose, best, incumbent, why) {
        Some((at, share)) if share >= least => {
            let variant = &choose.variants[at];
            decision.personalised = true;
            decision.choice = Some(Choice { arm: decision.arm.unwrap_or_default(), number: at as u16 });
            decision.score = share as i32;
            if variant.categories.is_empty() {
                let text = "this visit is one the variant is for";
                why.reason(|| Reason { code: "audience", text: text.into(), weight: share as i32 });
                decision.because = Some(Because::plain(Phrase::Visit));
            } else {
                if why.is_asked() {
                    explain(visit, affinity, variant, decision.score, why);
                }
                decision.because = because(visit, variant);
            }
        }
        best => {
            let held = best.map_or(0, |(_, share)| share) as i32;
            decision.score = held;
            why.reason(|| {
                let (least, default) = (choose.minimum_share / 10, &choose.default);
                let text = format!("no variant holds {least} % of the attention, so \"{default}\" stays");
                Reason { code: "no_clear_interest", text, weight: held }
            });
        }
    }
}

/// The share of the session's attention a variant holds, in thousandths; 0 for visits outside its audience. Not inlined:
/// pictures ask too, and one copy takes fewer bytes.
#[inline(never)]
pub(super) fn share<B: AsRef<[u8]>>(visit: &Visit<'_, B>, affinity: &Affinity, variant: &Variant) -> u32 {
    if !visit.is_in(variant.audience) {
        return 0;
    }
    if variant.categories.is_empty() {
        return CERTAIN;
    }
    affinity.share(1000, &|category| is_of(variant, category))
}

fn is_of(variant: &Variant, category: u16) -> bool {
    variant.categories.binary_search(&category).is_ok()
}

/// The variant that is on the page, or else the one this visit saw last.
///
/// A session remembers what it saw as a 16-bit hash of the name, because a token has no room for names. Two variants of a
/// slot with the same hash would be taken for each other, which costs stickiness and nothing else.
fn incumbent<B: AsRef<[u8]>>(
    visit: &Visit<'_, B>,
    affinity: &Affinity,
    slot: &Slot,
    choose: &Choose,
    place: &Place<'_>,
) -> Option<Held> {
    let shown = visit.session.shown(slot.key()).map(|shown| shown.choice).filter(|choice| *choice != 0);
    let key = place.keys.first().filter(|_| place.personalised).map(|name| key_of(name)).or(shown)?;
    let at = choose.variants.iter().position(|variant| key_of(&variant.name) == key)?;
    Some((at, share(visit, affinity, &choose.variants[at])))
}

/// Stickiness: the incumbent stays unless another variant leads it by enough.
fn stick(choose: &Choose, best: Option<Held>, incumbent: Option<Held>, why: &mut Collector) -> Option<Held> {
    let (Some((leader, lead)), Some((held, share))) = (best, incumbent) else { return best };
    let [held, leader] = [held, leader].map(|at| &choose.variants[at].name);
    if leader == held || lead >= share + u32::from(choose.stickiness) {
        return best;
    }
    why.guard(|| {
        let text = format!("\"{held}\" stays: \"{leader}\" does not lead it by {} %", choose.stickiness / 10);
        Reason { code: "stickiness", text, weight: 1 }
    });
    incumbent
}

/// Says which events, which declared wish and which prior make up the variant's share. Events with the same text share one
/// reason, so that ten views of a product are one line.
fn explain<B: AsRef<[u8]>>(
    visit: &Visit<'_, B>,
    affinity: &Affinity,
    variant: &Variant,
    score: i32,
    why: &mut Collector,
) {
    let model = visit.model;
    let mut parts: Vec<(&'static str, String, u64)> = Vec::new();
    model.attention(visit.session, &mut |from, category, weight| {
        if !affinity.categories().any(|known| known == category && is_of(variant, category)) {
            return;
        }
        let path = model.category_path(category);
        let (code, text) = match from {
            Attention::Declared => ("declared", format!("the visitor asked for {path}")),
            Attention::Expected => ("prior", format!("visits from the same traffic source want {path}")),
            Attention::Interaction(interaction) => match interaction.item.and_then(|key| model.item(key)) {
                Some(item) => ("event", format!("{} {}", interaction.kind.name(), model.title(item))),
                None => ("event", format!("{} in {path}", interaction.kind.name())),
            },
        };
        match parts.iter_mut().find(|(_, known, _)| *known == text) {
            Some((_, _, sum)) => *sum += u64::from(weight),
            None => parts.push((code, text, u64::from(weight))),
        }
    });
    if parts.is_empty() {
        // Words of a search are not repeated, only what they were taken to mean.
        let own = affinity.categories().filter(|category| is_of(variant, *category));
        parts.extend(own.map(|category| ("page", format!("the page is about {}", model.category_path(category)), 1)));
    }
    let weights: Vec<u64> = parts.iter().map(|(_, _, weight)| *weight).collect();
    for ((code, text, _), weight) in parts.into_iter().zip(in_parts(score, &weights)) {
        why.reason(|| Reason { code, text, weight });
    }
}

/// In a few words: what the heaviest part of the variant's share is about.
fn because<B: AsRef<[u8]>>(visit: &Visit<'_, B>, variant: &Variant) -> Option<Because> {
    let mut heaviest = (0, None);
    visit.model.attention(visit.session, &mut |from, category, weight| {
        if weight > heaviest.0 && is_of(variant, category) {
            heaviest = (weight, Some((from, category)));
        }
    });
    let (from, category) = heaviest.1?;
    let phrase = match from {
        Attention::Declared => Phrase::Declared,
        Attention::Expected => Phrase::Source,
        Attention::Interaction(interaction) if interaction.kind == EventKind::Search => Phrase::Search,
        Attention::Interaction(_) => Phrase::Category,
    };
    Some(Because::about_category(visit.model, phrase, category))
}
