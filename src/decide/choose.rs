//! *choose* slots: the variant whose categories hold most of the session's attention; and offers.

use super::because::{Because, Phrase};
use super::reason::in_parts;
use super::told::Told;
use super::{Board, Choice, Decider, Decision, Place, Reason};
use crate::context::key_of;
use crate::event::EventKind;
use crate::model::{Attention, Model};
use crate::session::Session;
use crate::snapshot::plan::{Choose, Slot, Variant};
use alloc::{format, string::String, vec::Vec};

/// The share of a variant that is for an audience and names no category.
const CERTAIN: u32 = 1000;

/// Chooses among variants by category affinity. The default stays if no variant holds the minimum share of
/// the session's attention; of equal variants the plan's first wins; another takes the place of the one that
/// was seen only if it leads it by `stickiness`.
pub(super) fn choose<B: AsRef<[u8]>>(
    decider: &mut Decider<'_, B>,
    slot: &Slot,
    choose: &Choose,
    place: &Place<'_>,
    decision: &mut Decision,
) {
    let (model, session) = (decider.model, decider.session);
    let Board { circumstances, told, .. } = &mut *decider.board;
    let affinity = model.affinity(session);
    let total: u64 = affinity.iter().map(|(_, weight)| u64::from(*weight)).sum::<u64>().max(1);
    let share = |variant: &Variant| {
        if !circumstances.is_for(variant.audience) {
            return 0;
        }
        if variant.categories.is_empty() {
            return CERTAIN;
        }
        let held = affinity.iter().filter(|(category, _)| variant.categories.binary_search(category).is_ok());
        (held.map(|(_, weight)| u64::from(*weight)).sum::<u64>() * 1000 / total) as u32
    };
    let least = u32::from(choose.minimum_share).max(1);
    let mut best: Option<(usize, u32)> = None;
    for (at, variant) in choose.variants.iter().enumerate() {
        let share = share(variant);
        if share > best.map_or(0, |(_, share)| share) {
            best = Some((at, share));
        }
    }
    let shown = session.shown(slot.key()).map(|shown| shown.choice).filter(|choice| *choice != 0);
    let now = place.keys.first().filter(|_| place.personalised).map(|name| key_of(name)).or(shown);
    let incumbent = now.and_then(|key| choose.variants.iter().position(|variant| key_of(&variant.name) == key));
    let incumbent = incumbent.map(|at| (at, share(&choose.variants[at]))).filter(|(_, share)| *share >= least);
    if let (Some((leader, lead)), Some((held, share))) = (best, incumbent)
        && choose.variants[leader].name != choose.variants[held].name
        && lead < share + u32::from(choose.stickiness)
    {
        told.guard(|| {
            let [held, leader] = [held, leader].map(|at| &choose.variants[at].name);
            let text = format!("\"{held}\" stays: \"{leader}\" does not lead it by {} %", choose.stickiness / 10);
            Reason { code: "stickiness", text, weight: 1 }
        });
        best = incumbent;
    }
    match best {
        Some((at, share)) if share >= least => {
            let variant = &choose.variants[at];
            decision.personalised = true;
            decision.choice = Some(Choice { arm: decision.arm.unwrap_or_default(), number: at as u16 });
            decision.score = share as i32;
            if variant.categories.is_empty() {
                let text = "this visit is one the variant is for";
                told.reason(|| Reason { code: "audience", text: text.into(), weight: share as i32 });
                decision.because = Some(Because::plain(Phrase::Visit));
            } else {
                if told.is_asked() {
                    explain(model, session, variant, decision.score, told);
                }
                decision.because = because(model, session, variant);
            }
        }
        best => {
            let held = best.map_or(0, |(_, share)| share) as i32;
            decision.score = held;
            told.reason(|| {
                let (least, default) = (choose.minimum_share / 10, &choose.default);
                let text = format!("no variant holds {least} % of the attention, so \"{default}\" stays");
                Reason { code: "no_clear_interest", text, weight: held }
            });
        }
    }
}

/// Says which events, which declared wish and which prior make up the variant's share.
fn explain<B: AsRef<[u8]>>(model: &Model<B>, session: &Session, variant: &Variant, score: i32, told: &mut Told) {
    let mut parts: Vec<(&'static str, String, u64)> = Vec::new();
    model.attention(session, &mut |from, category, weight| {
        if variant.categories.binary_search(&category).is_err() {
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
    let weights: Vec<u64> = parts.iter().map(|(_, _, weight)| *weight).collect();
    for ((code, text, _), weight) in parts.into_iter().zip(in_parts(score, &weights)) {
        told.reason(|| Reason { code, text, weight });
    }
}

/// In a few words: what the heaviest part of the variant's share is about.
fn because<B: AsRef<[u8]>>(model: &Model<B>, session: &Session, variant: &Variant) -> Option<Because> {
    let mut heaviest = (0, None);
    model.attention(session, &mut |from, category, weight| {
        if weight > heaviest.0 && variant.categories.binary_search(&category).is_ok() {
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
    Some(Because::about_category(model, phrase, category))
}

/// Makes one of the offers, or none: only where the need for it is known, or where the slot's experiment
/// tests it. The engine knows no price and changes none.
pub(super) fn offer<B: AsRef<[u8]>>(
    decider: &mut Decider<'_, B>,
    slot: &Slot,
    offers: &[u16],
    decision: &mut Decision,
) {
    let model = decider.model;
    let Board { circumstances, told, .. } = &mut *decider.board;
    let tested = slot.arms.len() > 1;
    let need = circumstances.intent_scores.and_then(|intent_scores| intent_scores.incentive_permille);
    let published = offers.iter().filter_map(|at| Some((*at, model.plan().offers.get(usize::from(*at))?)));
    let mut open = published.filter(|(_, o)| circumstances.is_on(&o.schedule) && circumstances.is_for(o.audience));
    let made = open.find(|(_, offer)| tested || need.is_some_and(|need| need >= i32::from(offer.least)));
    let Some((number, made)) = made else {
        decision.score = need.unwrap_or_default();
        let (code, text) = match need {
            Some(_) => ("no_need", "no offer raises the chance of a purchase enough"),
            None => ("need_unknown", "whether an offer helps is not known, and no experiment tests it here"),
        };
        told.reason(|| Reason { code, text: text.into(), weight: decision.score });
        return;
    };
    decision.personalised = true;
    decision.choice = Some(Choice { arm: decision.arm.unwrap_or_default(), number });
    if tested {
        told.reason(|| Reason::note("offer_tested", "an experiment tests this offer"));
    } else {
        decision.score = need.unwrap_or_default();
        let least = made.least;
        told.reason(|| {
            let text = format!("it raises the chance of a purchase by at least {least} thousandths");
            Reason { code: "need", text, weight: decision.score }
        });
    }
    decision.because = Some(Because::plain(Phrase::Offer));
}
