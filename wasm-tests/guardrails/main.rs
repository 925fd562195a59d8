//! No input may break a guardrail: 100,000 random triples of model, plan and session, each decision looked at.
//!
//! What is allowed is computed here from the plan's words, not by the engine's own checks.

mod choices;
mod conditions;
mod rows;
#[path = "../triples.rs"]
mod triples;

use choices::{bundled, chosen};
use conditions::{arm_of, keeps_its_conditions};
use rows::{allows, filled};
use slotwise::decide::{Decider, DecisionReport, Overrides, Place};
use slotwise::event::EventKind;
use slotwise::feature::Features;
use slotwise::model::Model;
use slotwise::session::{ONCE, Session};
use slotwise::snapshot::ItemIndex;
use slotwise::snapshot::plan::{
    Choose, Condition, Draw, Fact, Fill, MADE, Mask, Plan, Row, Slot, Strategy, Variant, WHOLE, month,
};
use std::collections::BTreeMap;
use triples::{Case, Chance, Standpoint};

/// Models: times plans and sessions of each, the triples.
const MODELS: u32 = 500;
const _: () = assert!(MODELS * triples::PLANS * triples::SESSIONS >= 100_000);

#[test]
fn no_triple_of_model_plan_and_session_breaks_a_guardrail() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u32;
    let seen: Vec<BTreeMap<&'static str, u32>> = std::thread::scope(|scope| {
        let part = |at: u32| {
            scope.spawn(move || {
                let mut seen = BTreeMap::new();
                let mut hours = BTreeMap::new();
                let models = MODELS * at / threads..MODELS * (at + 1) / threads;
                triples::each(models, |mut case| look(&mut case, &mut seen, &mut hours));
                seen
            })
        };
        let running: Vec<_> = (0..threads).map(part).collect();
        running.into_iter().map(|thread| thread.join().expect("no guardrail is broken")).collect()
    });
    let count = |what: &str| seen.iter().filter_map(|seen| seen.get(what)).sum::<u32>();
    // A property that was never put to the test says nothing.
    for what in [
        "triples",
        "holdout",
        "row",
        "pinned",
        "reserved",
        "category_cap",
        "brand_cap",
        "banned",
        "sold_out",
        "season",
        "sensitive",
        "price_floor",
        "on_page",
        "seen",
        "diversity",
        "stickiness",
        "boosted",
        "choose",
        "offer",
        "order",
        "frequency_cap",
        "exit",
        "checkout",
        "page",
        "schedule",
        "audience",
        "not_enough_evidence",
        "again",
        "held",
        "because",
        "switchback",
        "kept arm",
        "published bundle",
        "made bundle",
    ] {
        assert!(count(what) >= 100, "only {} decisions put {what} to the test", count(what));
    }
    assert!(count("triples") >= 100_000);
}

/// Arms of switchbacks, by plan, slot and hour.
type Hours = BTreeMap<(u64, String, u64), String>;

fn look(case: &mut Case<'_>, seen: &mut BTreeMap<&'static str, u32>, hours: &mut Hours) {
    let mut note = |what: &'static str| *seen.entry(what).or_default() += 1;
    note("triples");
    let (model, session) = (&case.world.model, case.session);
    let plan = model.plan();
    let mut on_page: Vec<ItemIndex> = Vec::new();
    for (silent, decision) in case.silent.iter().zip(case.decisions) {
        let wordless = DecisionReport { reasons: None, guards: None, ..decision.clone() };
        assert_eq!(*silent, wordless, "asking why changed the decision");
    }
    for ((slot, at), decision) in plan.slots.iter().zip(case.standpoints).zip(case.decisions) {
        for reason in decision.guards().iter().chain(decision.reasons()) {
            note(reason.code);
        }
        let told = || format!("{slot:#?}\n{decision:#?}\n{session:?} at {}", case.now_ms);
        assert_eq!(decision.slot, slot.name);
        let sum: i32 = decision.reasons().iter().map(|reason| reason.weight).sum();
        assert!(!decision.personalised || sum == decision.score, "reasons add up to {sum}: {}", told());
        let held_out = decision.arm == "holdout";
        assert!(!held_out || (!decision.personalised && plan.holdout > 0), "{}", told());
        let fill = if held_out {
            assert_eq!(decision.propensity, plan.holdout);
            continue;
        } else {
            if slot.draw == Draw::Hour && slot.arms.len() > 1 {
                let hour = (plan.salt, slot.name.clone(), case.now_ms / 3_600_000);
                let known = hours.entry(hour).or_insert_with(|| decision.arm.clone());
                assert_eq!(*known, decision.arm, "two arms in one hour: {}", told());
                note("switchback");
            }
            &arm_of(model, slot, decision, &told).fill
        };
        if slot.exit && at.ahead {
            assert!(!decision.personalised && !decision.counts, "it opened by itself: {}", told());
        }
        if !decision.personalised {
            assert!(decision.items.is_empty() && decision.variant.is_none() && decision.order.is_empty(), "{}", told());
            assert!(!decision.reasons().is_empty(), "a default says why: {}", told());
            continue;
        }
        keeps_its_conditions(plan, slot, session, at, case.now_ms, &told);
        if let Some(because) = &decision.because {
            note("because");
            let own = because.text.replace(&because.name, "");
            assert!(!own.contains(|c: char| c.is_ascii_digit()), "counts or dates: {}", because.text);
            for category in &plan.sensitive {
                let leaf = model.category_path(*category).rsplit('.').next().unwrap_or_default();
                assert!(because.name.to_lowercase() != leaf, "names a sensitive category: {}", because.text);
            }
        }
        match fill {
            Fill::Own => panic!("an arm of the shop's own was personalised: {}", told()),
            Fill::Choose(choose) => {
                note("choose");
                chosen(model, session, slot, choose, at, decision, &told);
            }
            Fill::Offers(offers) => {
                note("offer");
                let name = decision.variant.as_deref().unwrap_or_default();
                let made = offers.iter().map(|at| &plan.offers[usize::from(*at)]).find(|offer| offer.name == name);
                let made = made.unwrap_or_else(|| panic!("an offer nobody published: {}", told()));
                assert!(made.schedule.is_on(case.now_ms, i32::from(plan.utc_offset)), "{}", told());
                let uplift = &model.intent().uplift;
                let need = uplift.is_fitted().then(|| uplift.score(&Features::of(session, model).0));
                let known = need.is_some_and(|need| need >= i32::from(made.least));
                assert!(known || slot.arms.len() > 1, "neither needed nor tested: {}", told());
            }
            Fill::Order(_) => {
                note("order");
                let (mut before, mut after) = (at.keys.clone(), decision.order.clone());
                before.sort();
                after.sort();
                assert!(at.keys.is_empty() || before == after, "something is lost or invented: {}", told());
            }
            Fill::Items(row) => {
                note("row");
                let allowed = |item: ItemIndex| allows(case, row, at, item);
                filled(case, row, at, decision, &on_page, &allowed, &told);
            }
            Fill::Bundle(sets, completion) => {
                let made = bundled(case, sets, completion, at, decision, &told);
                note(if made { "made bundle" } else { "published bundle" });
            }
        }
        // A set is something else than its products, and so is a product that is completed.
        let own = match decision.variant.as_deref().filter(|_| decision.kind == "bundle") {
            None => 0,
            Some(MADE) => 1,
            Some(_) => decision.items.len(),
        };
        for (place, pick) in decision.items.iter().enumerate() {
            assert!(place < own || !on_page.contains(&pick.item), "twice on the page: {}", told());
            on_page.push(pick.item);
        }
    }
    stays_as_it_is(case, &mut note);
}

/// A page that is decided again for the same visit does not change, and one event more changes a row only where
/// that is better by its margin.
fn stays_as_it_is(case: &mut Case<'_>, note: &mut dyn FnMut(&'static str)) {
    let (model, plan) = (&case.world.model, case.world.model.plan());
    let rows = plan.slots.iter().zip(case.standpoints).zip(case.decisions);
    let rows = rows.filter(|(_, decision)| decision.personalised && decision.kind == "fill");
    let mut chance = Chance(case.now_ms);
    let sold_out = case.sold_out;
    let decider = |session: &Session, now_ms: u64| {
        let overrides = Overrides { preview: None, sold_out: sold_out.to_vec() };
        Decider::new(model, session.clone(), now_ms).with_overrides(overrides)
    };
    // A visit keeps its arms, whatever it does and however long it lasts.
    let mut on = case.session.clone();
    on.observe(&triples::event(case.world, plan, on.last_secs().max(1).into(), &mut chance));
    if on.seed() == case.session.seed() {
        let mut later = decider(&on, case.now_ms + 1_000_000_000);
        for (slot, before) in plan.slots.iter().zip(case.decisions).filter(|(slot, _)| slot.draw != Draw::Hour) {
            let after = later.explain(&slot.name, &Place::default()).expect("the slot is there");
            assert_eq!((&after.arm, after.propensity), (&before.arm, before.propensity));
            note("kept arm");
        }
    }
    for ((slot, at), decision) in rows.take(1) {
        let Some(Fill::Items(row)) = slot.arms.iter().find(|arm| arm.name == decision.arm).map(|arm| &arm.fill) else {
            continue;
        };
        if row.stickiness == 0 {
            continue;
        }
        // Alone on its page: what others took does not matter here.
        let mut alone = decider(case.session, case.now_ms);
        let place = Place { personalised: true, ahead: false, ..at.place(&[]) };
        let first = alone.explain(&slot.name, &place).expect("the slot is there");
        let keys: Vec<&str> = first.items.iter().map(|pick| pick.item_id.as_str()).collect();
        let place = Place { keys: &keys, ..place };
        let again = decider(case.session, case.now_ms).explain(&slot.name, &place);
        let again = again.expect("the slot is there");
        let ids =
            |decision: &DecisionReport| decision.items.iter().map(|pick| pick.item_id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&again), keys, "a row jumped by itself: {slot:#?} {:?}", case.session);
        note("again");
        let mut later = case.session.clone();
        later.observe(&triples::event(case.world, plan, case.now_ms + 1000, &mut chance));
        let fresh = decider(&later, case.now_ms).explain(&slot.name, &Place { keys: &[], ..place });
        let next = decider(&later, case.now_ms).explain(&slot.name, &place);
        let (Some(fresh), Some(next)) = (fresh, next) else { continue };
        if !fresh.personalised || !next.personalised || fresh.arm != decision.arm {
            continue;
        }
        // Either what was kept, or the fresh row, which then is better by more than the margin or longer.
        let kept = next.items.iter().filter(|pick| keys.contains(&pick.item_id.as_str())).count();
        assert!(kept > 0 || ids(&next) == ids(&fresh), "neither kept nor fresh: {slot:#?}");
        assert!(next.items.len() >= fresh.items.len().min(keys.len()), "it lost products: {slot:#?}");
        note("held");
    }
}
