//! No input may break a guardrail: 100,000 random triples of model, plan and session, each decision looked at.
//!
//! What is allowed is computed here from the plan's words, not by the engine's own checks.

mod triples;

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

/// The arm a decision names, with the propensity it should state.
fn arm_of<'p>(
    model: &'p Model<Vec<u8>>,
    slot: &'p Slot,
    decision: &DecisionReport,
    told: &impl Fn() -> String,
) -> &'p slotwise::snapshot::plan::Arm {
    let at = slot.arms.iter().position(|arm| arm.name == decision.arm).unwrap_or_else(|| panic!("{}", told()));
    let share = slot.arms[at].share;
    let treated = u32::from(WHOLE - model.plan().holdout);
    assert_eq!(u32::from(decision.propensity), u32::from(share) * treated / u32::from(WHOLE), "{}", told());
    assert!(share > 0, "an arm without a share was drawn: {}", told());
    &slot.arms[at]
}

fn keeps_its_conditions(
    plan: &Plan,
    slot: &Slot,
    session: &Session,
    at: &Standpoint,
    now_ms: u64,
    told: &impl Fn() -> String,
) {
    let of_items = session.interactions().filter(|interaction| interaction.item.is_some()).count();
    let evidence = of_items + session.declared().len();
    assert!(evidence >= usize::from(slot.minimum_evidence), "{}", told());
    assert!(slot.schedule.is_on(now_ms, i32::from(plan.utc_offset)), "{}", told());
    let opened = plan.slots.iter().filter_map(|slot| session.shown(slot.key())).any(|shown| shown.times == ONCE);
    assert!(!slot.exit || !opened || at.personalised, "it opened twice: {}", told());
    assert!(!slot.exit || session.count(EventKind::BeginCheckout) == 0, "on the checkout: {}", told());
    let times = session.shown(slot.key()).map_or(0, |shown| shown.times);
    assert!(slot.most_shown == 0 || times < slot.most_shown || at.personalised, "{}", told());
    assert!(slot.audience.is_none_or(|audience| holds(plan, session, now_ms, audience) != Some(false)), "{}", told());
}

/// Whether a condition holds, as far as it can be told without the engine's own numbers.
fn holds(plan: &Plan, session: &Session, now_ms: u64, number: u16) -> Option<bool> {
    let context = session.context();
    let (fact, of, bounds) = match &plan.conditions[usize::from(number)] {
        Condition::Fact(fact, of, from, to) => (*fact, of, *from..=*to),
        Condition::Now(schedule) => return Some(schedule.is_on(now_ms, i32::from(plan.utc_offset))),
    };
    let value = match fact {
        Fact::Hold => {
            let known: Vec<_> = of.iter().map(|number| holds(plan, session, now_ms, *number)).collect();
            let count = |what| known.iter().filter(|holds| **holds == what).count() as i32;
            let least = count(Some(true));
            let mut inside = (least..=least + count(None)).map(|value| bounds.contains(&value));
            let first = inside.next();
            return first.filter(|first| inside.all(|other| other == *first));
        }
        Fact::Events => i32::from(session.count(EventKind::from_number(of[0] as u8)?)),
        Fact::Source => context.source as i32,
        Fact::Device => context.device as i32,
        Fact::Campaign => i32::from(context.campaign),
        Fact::Landing => i32::from(context.landing),
        _ => return None,
    };
    Some(bounds.contains(&value))
}

/// The parts of a visit's attention, by category.
fn weights_of(model: &Model<Vec<u8>>, session: &Session) -> Vec<(u16, u64)> {
    let mut weights = Vec::new();
    model.attention(session, &mut |_, category, weight| weights.push((category, u64::from(weight))));
    weights
}

/// What a page is about, by names: the categories that most of the words fit.
fn subject(model: &Model<Vec<u8>>, about: &str) -> Vec<u16> {
    let plan = model.plan();
    let words = |text: &str| -> Vec<String> {
        let lower = text.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(|word| word.strip_suffix('s').unwrap_or(word).to_owned()).collect()
    };
    let asked = words(about);
    let paths = || (0..).zip(&model.names().categories);
    let is_path = |path: &str| path == about || path.starts_with(&format!("{about}."));
    if paths().any(|(_, path)| is_path(path)) {
        return paths().filter(|(_, path)| is_path(path)).map(|(number, _)| number).collect();
    }
    let met = |text: &str| asked.iter().filter(|word| words(text).contains(word)).count();
    let fit = |number: u16, path: &str| met(path) + plan.terms.get(usize::from(number)).map_or(0, |terms| met(terms));
    let best = paths().map(|(number, path)| fit(number, path)).max().unwrap_or_default();
    paths().filter(|(number, path)| best > 0 && fit(*number, path) == best).map(|(number, _)| number).collect()
}

fn chosen(
    model: &Model<Vec<u8>>,
    session: &Session,
    slot: &Slot,
    choose: &Choose,
    at: &Standpoint,
    decision: &DecisionReport,
    told: &impl Fn() -> String,
) {
    let affinity_of_all = model.affinity(session);
    let about = subject(model, &at.about);
    let weights = weights_of(model, session);
    let sum = |of: &dyn Fn(u16) -> bool| -> u64 {
        weights.iter().filter(|(category, _)| of(*category)).map(|(_, weight)| weight).sum()
    };
    let whole = sum(&|category| about.contains(&category));
    // Of a page's subject: what the visit holds of it, and next to nothing for each of its categories.
    let narrowed = |categories: &[u16]| -> u32 {
        if about.is_empty() {
            return affinity_of_all.share(1000, &|category| categories.contains(&category));
        }
        let both = |category: u16| categories.contains(&category) && about.contains(&category);
        let here = about.iter().filter(|category| both(**category)).count();
        (1000 * (sum(&both) + here as u64) / (whole + about.len() as u64)) as u32
    };
    let share = |name: &str| {
        let variant = choose.variants.iter().find(|variant| variant.name == name)?;
        let sum = narrowed(&variant.categories);
        Some(if variant.categories.is_empty() { 1000 } else { sum as i32 })
    };
    let name = decision.variant.as_deref().unwrap_or_default();
    let own = share(name).unwrap_or_else(|| panic!("a variant the plan does not have: {}", told()));
    assert!(own >= i32::from(choose.minimum_share).max(1), "{}", told());
    assert_eq!(decision.score, own, "{}", told());
    let shown = session.shown(slot.key()).map(|shown| shown.choice);
    let is_shown = |name: &str| Some(slotwise::context::key_of(name)) == shown && !at.personalised;
    for other in
        choose.variants.iter().filter(|other| is_shown(&other.name) && other.name != name && other.audience.is_none())
    {
        let held = share(&other.name).unwrap_or_default();
        let stays = held >= i32::from(choose.minimum_share).max(1);
        assert!(!stays || own >= held + i32::from(choose.stickiness), "it jumped for {own} against {held}: {}", told());
    }
}

/// A bundle of which no product is forbidden. Returns whether the engine made it.
fn bundled(
    case: &Case<'_>,
    sets: &Choose,
    completion: &Row,
    at: &Standpoint,
    decision: &DecisionReport,
    told: &impl Fn() -> String,
) -> bool {
    let model = &case.world.model;
    let plan = model.plan();
    let items: Vec<ItemIndex> = decision.items.iter().map(|pick| pick.item).collect();
    assert!(items.iter().all(|item| !forbids(case, completion, at, *item)), "something banned is shown: {}", told());
    assert!((1..items.len()).all(|at| !items[..at].contains(&items[at])), "a product is in it twice: {}", told());
    let anchor = at.anchor.map(|key| model.item(key));
    let mut sets = sets.variants.iter();
    let may_show = |set: &&Variant| {
        set.items.iter().all(|item| !forbids(case, completion, at, *item))
            && anchor.is_none_or(|anchor| anchor.is_some_and(|anchor| set.items.contains(&anchor)))
    };
    if decision.variant.as_deref() == Some(MADE) {
        let open = |set: &Variant| may_show(&set) && set.audience.is_none();
        assert!(!sets.any(open), "a published set comes first: {}", told());
        let history = model.history(case.session, at.anchor);
        let in_cart = history.iter().any(|step| step.item == items[0] && step.kind == EventKind::AddToCart);
        assert!(anchor.map_or(in_cart, |anchor| anchor == Some(items[0])), "it completes something else: {}", told());
        assert!((2..=1 + usize::from(completion.limit)).contains(&items.len()), "{}", told());
        let with: Vec<ItemIndex> = model.bought_with(items[0]).map(|(item, _)| item).collect();
        assert!(items[1..].iter().all(|item| with.contains(item)), "never bought together: {}", told());
        return true;
    }
    let shown = sets.find(|set| Some(set.name.as_str()) == decision.variant.as_deref());
    let shown = shown.unwrap_or_else(|| panic!("a set that this slot does not have: {}", told()));
    assert!(shown.items == items && may_show(&shown), "{}", told());
    assert!(
        shown.audience.is_none_or(|audience| holds(plan, case.session, case.now_ms, audience) != Some(false)),
        "{}",
        told()
    );
    false
}

/// Whether the plan, the stock and the season allow a product in a row, and the page is not about it.
fn allows(case: &Case<'_>, row: &Row, at: &Standpoint, item: ItemIndex) -> bool {
    let anchor = at.anchor.and_then(|key| case.world.model.item(key));
    !forbids(case, row, at, item) && anchor != Some(item)
}

/// Whether the plan, the stock or the season keep a product out.
fn forbids(case: &Case<'_>, row: &Row, at: &Standpoint, item: ItemIndex) -> bool {
    let model = &case.world.model;
    let plan = model.plan();
    let (category, brand, price) = (model.item_category(item), model.brand_number(item), model.price_cents(item));
    let banned = |mask: &Mask| {
        mask.items.contains(&item)
            || mask.categories.contains(&category)
            || mask.brands.contains(&brand)
            || (price > 0 && price < mask.price_floor)
    };
    let anchor = at.anchor.and_then(|key| model.item(key));
    let about = anchor.is_some_and(|anchor| model.item_category(anchor) == category);
    let month = month(case.now_ms, i32::from(plan.utc_offset));
    let season =
        plan.seasons.iter().any(|season| season.categories.contains(&category) && season.months >> month & 1 == 0);
    let sold_out = case.sold_out.iter().any(|key| model.item(*key) == Some(item));
    let sensitive = plan.sensitive.contains(&category) && !about;
    banned(&plan.mask) || banned(&row.mask) || season || sold_out || sensitive
}

fn filled(
    case: &Case<'_>,
    row: &Row,
    at: &Standpoint,
    decision: &DecisionReport,
    on_page: &[ItemIndex],
    allowed: &dyn Fn(ItemIndex) -> bool,
    told: &impl Fn() -> String,
) {
    let model = &case.world.model;
    let picks = &decision.items;
    assert!((usize::from(row.at_least)..=usize::from(row.limit)).contains(&picks.len()), "{}", told());
    assert!(picks.iter().all(|pick| allowed(pick.item)), "something banned is shown: {}", told());
    let known = |strategy: &str| {
        strategy == "pinned" || row.sources.iter().chain(&row.reserve).any(|(known, _)| known.name() == strategy)
    };
    assert!(picks.iter().all(|pick| known(pick.strategy)), "{}", told());
    let looked: Vec<ItemIndex> = model.history(case.session, at.anchor).iter().map(|step| step.item).collect();
    for pick in picks.iter().filter(|pick| !row.seen && !["pinned", "recently_viewed"].contains(&pick.strategy)) {
        assert!(!looked.contains(&pick.item), "looked at before: {}", told());
    }
    let same =
        |of: &dyn Fn(ItemIndex) -> u32, item: ItemIndex| picks.iter().filter(|pick| of(pick.item) == of(item)).count();
    let category = |item| u32::from(model.item_category(item));
    let brand = |item| model.brand_number(item);
    let full = |item: ItemIndex| {
        (row.category_cap > 0 && category(item) != 0 && same(&category, item) >= usize::from(row.category_cap))
            || (row.brand_cap > 0 && brand(item) != 0 && same(&brand, item) >= usize::from(row.brand_cap))
    };
    for pick in picks {
        // Number 0 is no category, and products without one have nothing in common.
        let capped = category(pick.item) != 0 && row.category_cap > 0;
        assert!(!capped || same(&category, pick.item) <= usize::from(row.category_cap), "{}", told());
        let branded = brand(pick.item) != 0 && row.brand_cap > 0;
        assert!(!branded || same(&brand, pick.item) <= usize::from(row.brand_cap), "{}", told());
    }
    for (place, item) in &row.pins {
        let here = picks.iter().any(|pick| pick.item == *item && pick.strategy == "pinned");
        let free = allowed(*item) && !on_page.contains(item) && row.pins.len() == 1;
        assert!(!free || here, "a pinned product is missing: {}", told());
        let whole = picks.len() == usize::from(row.limit);
        assert!(
            !(here && whole) || picks[usize::from(*place)].item == *item,
            "it is pinned to another place: {}",
            told()
        );
    }
    for (strategy, places) in &row.reserve {
        let list = match strategy {
            Strategy::NewArrivals => &model.lists().new_arrivals,
            Strategy::Trending => &model.lists().trending,
            _ => continue,
        };
        let count = picks.iter().filter(|pick| pick.strategy == strategy.name()).count();
        let others: usize = row.reserve.iter().map(|(_, places)| usize::from(*places)).sum();
        if count >= usize::from(*places) || others + row.pins.len() > usize::from(row.limit) {
            continue;
        }
        let open = |item: &ItemIndex| {
            let fresh = row.seen || !looked.contains(item);
            allowed(*item)
                && fresh
                && !on_page.contains(item)
                && !full(*item)
                && picks.iter().all(|pick| pick.item != *item)
        };
        assert!(!list.iter().any(open), "a kept place went to something else: {}", told());
    }
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
