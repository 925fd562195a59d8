//! *choose* slots: the variant whose categories hold most of the session's attention; and offers.

use super::because::Because;
use super::reason::in_parts;
use super::{Decider, Decision, Place, Reason};
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
/// was seen only if it leads it by `steady`.
pub(super) fn choose<B: AsRef<[u8]>>(
    decider: &mut Decider<'_, B>,
    slot: &Slot,
    choose: &Choose,
    place: &Place<'_>,
    decision: &mut Decision,
) {
    let (model, session) = (decider.model, decider.session);
    let affinity = model.affinity(session);
    let total: u64 = affinity.iter().map(|(_, weight)| u64::from(*weight)).sum::<u64>().max(1);
    let share = |variant: &Variant| {
        if !decider.board.circumstances.is_for(variant.audience) {
            return 0;
        }
        if variant.categories.is_empty() {
            return CERTAIN;
        }
        let held = affinity.iter().filter(|(category, _)| variant.categories.binary_search(category).is_ok());
        (held.map(|(_, weight)| u64::from(*weight)).sum::<u64>() * 1000 / total) as u32
    };
    let least = u32::from(choose.minimum_share).max(1);
    let mut best: Option<(&Variant, u32)> = None;
    for variant in &choose.variants {
        let share = share(variant);
        if share > best.map_or(0, |(_, share)| share) {
            best = Some((variant, share));
        }
    }
    let shown = session.shown(slot.key()).map(|shown| shown.choice).filter(|choice| *choice != 0);
    let now = place.keys.first().filter(|_| place.fitted).map(|name| key_of(name)).or(shown);
    let incumbent = now.and_then(|key| choose.variants.iter().find(|variant| key_of(&variant.name) == key));
    let incumbent = incumbent.map(|variant| (variant, share(variant))).filter(|(_, share)| *share >= least);
    if let (Some((leader, lead)), Some((held, share))) = (best, incumbent)
        && leader.name != held.name
        && lead < share + u32::from(choose.steady)
    {
        let text = format!("\"{}\" stays: \"{}\" does not lead it by {} %", held.name, leader.name, choose.steady / 10);
        decision.guards.push(Reason { code: "steady", text, weight: 1 });
        best = incumbent;
    }
    match best {
        Some((variant, share)) if share >= least => {
            decision.fitted = true;
            decision.variant = Some(variant.name.clone());
            decision.score = share as i32;
            if variant.categories.is_empty() {
                let text = "this visit is one the variant is for".into();
                decision.reasons.push(Reason { code: "audience", text, weight: share as i32 });
                decision.because = Because::of(model, "because.visit", "");
            } else {
                explain(model, session, variant, decision);
            }
        }
        best => {
            let held = best.map_or(0, |(_, share)| share) as i32;
            decision.score = held;
            let (least, default) = (choose.minimum_share / 10, &choose.default);
            let text = format!("no variant holds {least} % of the attention, so \"{default}\" stays");
            decision.reasons.push(Reason { code: "no_clear_interest", text, weight: held });
        }
    }
}

/// Says which events, which declared wish and which prior make up the variant's share.
fn explain<B: AsRef<[u8]>>(model: &Model<B>, session: &Session, variant: &Variant, decision: &mut Decision) {
    let mut parts: Vec<(&'static str, String, u64)> = Vec::new();
    let mut heaviest = (0, None);
    model.attention(session, &mut |from, category, weight| {
        if variant.categories.binary_search(&category).is_err() {
            return;
        }
        let path = model.category_path(category);
        let (code, text) = match from {
            Attention::Declared => ("declared", format!("the visitor asked for {path}")),
            Attention::Expected => ("prior", format!("visits that came the same way want {path}")),
            Attention::Touch(touch) => match touch.item.and_then(|key| model.item(key)) {
                Some(item) => ("event", format!("{} {}", touch.kind.name(), model.title(item))),
                None => ("event", format!("{} in {path}", touch.kind.name())),
            },
        };
        if weight > heaviest.0 {
            heaviest = (weight, Some((from, category)));
        }
        match parts.iter_mut().find(|(_, known, _)| *known == text) {
            Some((_, _, sum)) => *sum += u64::from(weight),
            None => parts.push((code, text, u64::from(weight))),
        }
    });
    let weights: Vec<u64> = parts.iter().map(|(_, _, weight)| *weight).collect();
    for ((code, text, _), weight) in parts.into_iter().zip(in_parts(decision.score, &weights)) {
        decision.reasons.push(Reason { code, text, weight });
    }
    if let (_, Some((from, category))) = heaviest {
        let key = match from {
            Attention::Declared => "because.declared",
            Attention::Expected => "because.source",
            Attention::Touch(touch) if touch.kind == EventKind::Search => "because.search",
            Attention::Touch(_) => "because.category",
        };
        decision.because = Because::about_category(model, key, category);
    }
}

/// Makes one of the offers, or none: only where the need for it is known, or where the slot's experiment
/// tests it. The engine knows no price and changes none.
pub(super) fn offer<B: AsRef<[u8]>>(
    decider: &mut Decider<'_, B>,
    slot: &Slot,
    offers: &[u16],
    decision: &mut Decision,
) {
    let (model, circumstances) = (decider.model, &decider.board.circumstances);
    let tested = slot.arms.len() > 1;
    let need = circumstances.gauge.and_then(|gauge| gauge.incentive_permille);
    let published = offers.iter().filter_map(|at| model.plan().offers.get(usize::from(*at)));
    let mut open = published.filter(|o| circumstances.is_on(&o.schedule) && circumstances.is_for(o.audience));
    let made = open.find(|offer| tested || need.is_some_and(|need| need >= i32::from(offer.least)));
    let Some(made) = made else {
        let (code, text) = match need {
            Some(need) => {
                decision.score = need;
                ("no_need", "no offer raises the chance of a purchase enough")
            }
            None => ("need_unknown", "whether an offer helps is not known, and no experiment tests it here"),
        };
        decision.reasons.push(Reason { code, text: text.into(), weight: decision.score });
        return;
    };
    decision.fitted = true;
    decision.variant = Some(made.name.clone());
    let (code, text) = if tested {
        ("offer_tested", "an experiment tests this offer".into())
    } else {
        decision.score = need.unwrap_or_default();
        let least = made.least;
        ("need", format!("it raises the chance of a purchase by at least {least} thousandths"))
    };
    decision.reasons.push(Reason { code, text, weight: decision.score });
    decision.because = Because::of(model, "because.offer", "");
}
