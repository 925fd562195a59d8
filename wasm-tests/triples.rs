//! Random triples of model, plan and session, and what is decided for them: the same on every machine, so that
//! the digest of a run natively, in workerd and in Chromium must be the same.
//!
//! `wasm-tests/guardrails.rs` looks at each decision natively; the edge and browser tests load this file as a
//! Wasm module and compare digests.
#![allow(missing_docs, reason = "a test's own module")]
#![allow(dead_code, reason = "the example prints a digest, the test looks into each case")]

use slotwise::context::{Context, Device, LocalTime, Source, key_of};
use slotwise::decide::{Decider, DecisionReport, Overrides, Place};
use slotwise::event::{CategoryKey, Event, EventItem, EventKind, ItemKey, Seen};
use slotwise::model::{Model, Scratch};
use slotwise::session::{MAX_INTERACTIONS, Session};
use slotwise::snapshot::SnapshotId;
use slotwise::snapshot::additive::{Additive, Table};
use slotwise::snapshot::bits::BitArray;
use slotwise::snapshot::column::TextColumn;
use slotwise::snapshot::layout::{Tag, Writer};
use slotwise::snapshot::plan::{
    Arm, Boost, Choose, Condition, Draw, Fill, Mask, Measure, Offer, Order, Plan, Row, Schedule, Season, Slot,
    Strategy, Variant, WHOLE,
};
use slotwise::snapshot::rows;
use slotwise::snapshot::section::{ArmStats, Intent, Kernel, Lists, Meta, Names, Prior, PriorNode, SlotStats, encode};

/// Plans tried on each model, and sessions on each plan.
pub(crate) const PLANS: u32 = 5;
pub(crate) const SESSIONS: u32 = 40;
/// A Thursday evening in November.
const NOW_MS: u64 = 1_795_720_000_000;

/// Numbers that look like chance (Vigna, `SplitMix64`).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    fn some<T: Ord>(&mut self, most: u64, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.below(most + 1);
        let mut all: Vec<T> = (0..count).map(|_| one(self)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// What a model is made of, as far as plans and sessions need it.
pub(crate) struct World {
    pub(crate) model: Model<Vec<u8>>,
    items: u64,
    categories: u64,
    brands: u64,
}

fn id(item: u64) -> String {
    if item.is_multiple_of(5) { format!("SKU-{item}") } else { format!("{}", 1000 + item) }
}

#[allow(clippy::too_many_lines, reason = "one section of the snapshot after the other")]
pub(crate) fn world(chance: &mut Chance) -> World {
    let (items, categories, brands) = (1 + chance.below(48), 1 + chance.below(7), 1 + chance.below(5));
    let range = || 0..items;
    let keys: Vec<u64> = range().map(|item| ItemKey::from_id(&id(item)).bits()).collect();
    let ids: Vec<String> = range().map(|item| if item.is_multiple_of(5) { id(item) } else { String::new() }).collect();
    let mut column =
        |bound: u64| -> Vec<u8> { BitArray::encode(&range().map(|_| chance.below(bound)).collect::<Vec<_>>()) };
    let catalogue = [column(categories), column(brands), column(9000)].concat();
    let texts = [
        TextColumn::encode(&ids),
        TextColumn::encode::<&str>(&[]),
        TextColumn::encode::<&str>(&[]),
        TextColumn::encode::<&str>(&[]),
    ];
    let mut row = |own: u64, most: u64| -> rows::Row {
        // The heaviest weighs 1: other scales take a logarithm, which hosts may round differently.
        let near = chance.some(most.min(items - 1), |chance| chance.below(items) as u32);
        let near: Vec<u32> = near.into_iter().filter(|item| u64::from(*item) != own).collect();
        near.into_iter().enumerate().map(|(at, item)| (item, 1.0 / (1 + at) as f32)).collect()
    };
    let next: Vec<rows::Row> = range().map(|own| row(own, 9)).collect();
    let together: Vec<rows::Row> = range().map(|own| row(own, 4)).collect();
    let together = if chance.one_in(3) { Vec::new() } else { together };
    let item = |chance: &mut Chance| chance.below(items) as u32;
    let list = |chance: &mut Chance, most: u64| {
        let mut all: Vec<u32> = (0..most).map(|_| chance.below(items) as u32).collect();
        let mut seen = Vec::new();
        all.retain(|item| {
            !seen.contains(item) && {
                seen.push(*item);
                true
            }
        });
        all
    };
    let number = |chance: &mut Chance| chance.below(categories) as u16;
    let mut by_category = |most: u64| (0..categories).map(|_| list(chance, most)).collect::<Vec<_>>();
    let (category_bestsellers, category_new) = (by_category(8), by_category(3));
    let lists = Lists {
        bestsellers: list(chance, 30),
        category_bestsellers,
        trending: list(chance, 8),
        new_arrivals: list(chance, 8),
        category_new,
        adjacent: (0..categories).map(|_| chance.some(3, number)).collect(),
        complements: (0..categories).map(|_| chance.some(3, number)).collect(),
    };
    let names = Names {
        categories: (0..categories).map(|at| format!("c{}.k{at}", at / 3)).collect(),
        brands: (0..brands).map(|at| if at == 0 { String::new() } else { format!("b{at}") }).collect(),
        medians: (0..categories).map(|_| chance.below(3) as u32 * 2000).collect(),
    };
    let mut prior: Vec<PriorNode> = (0..6)
        .map(|_| {
            let key = Prior::keys(&context(chance))[chance.below(7) as usize];
            let categories = chance.some(3, |chance| (number(chance), chance.below(400) as u16));
            PriorNode {
                key,
                sessions: 40,
                purchase: chance.below(900) as i32 - 450,
                categories,
                items: chance.some(5, item),
            }
        })
        .collect();
    prior.sort_by_key(|node| node.key);
    prior.dedup_by_key(|node| node.key);
    let mut table = |personalised: bool, size: u64| {
        let mut score = || chance.below(2 * size) as i32 - size as i32;
        let tables = vec![Table { feature: 0, edges: vec![1, 4], scores: vec![score(), score(), score()] }];
        if personalised {
            Additive { base: score(), tables, pairs: Vec::new(), moments: 900, rate_ppm: 40_000 }
        } else {
            Additive::default()
        }
    };
    let intent = Intent {
        purchase: table(true, 2000),
        cart: table(true, 2000),
        exit: table(true, 2000),
        uplift: table(items.is_multiple_of(2), 60),
    };
    let factor = |at: usize, base: u32| (1024 >> (at as u32 / base).min(10)) as u16;
    let kernel = Kernel {
        recency: core::array::from_fn(|at| factor(at, 1)),
        repeated: 700,
        returning: [core::array::from_fn(|at| 5_000_000 >> at), core::array::from_fn(|at| 9_000_000 >> at)],
        again: 100_000,
        length: [1024; MAX_INTERACTIONS],
        affinity: core::array::from_fn(|at| factor(at, 3)),
        kinds: core::array::from_fn(|kind| if kind == EventKind::RemoveFromCart as usize { 0 } else { 1024 }),
    };
    let meta = Meta {
        trainer: "chance".into(),
        newest_ms: NOW_MS,
        events: 9,
        sessions: 3,
        currency: "USD".into(),
        url_pattern: "/p/{id}".into(),
        image_pattern: String::new(),
        kernel,
    };
    let arms: Vec<SlotStats> = (0..5)
        .map(|slot| {
            let first = chance.below(u64::from(WHOLE) + 1) as u16;
            let arm = |name: &str, share| ArmStats { name: name.into(), visits: 100, reached: 7, share };
            SlotStats { slot: format!("home.s{slot}"), arms: vec![arm("a0", first), arm("a1", WHOLE - first)] }
        })
        .collect();
    let bytes = Writer::default()
        .section(Tag::META, encode(&meta))
        .section(Tag::PLAN, encode(&Plan::default()))
        .section(Tag::INTENT, encode(&intent))
        .section(Tag::NAMES, encode(&names))
        .section(Tag::PRIOR, encode(&Prior { nodes: prior }))
        .section(Tag::LISTS, encode(&lists))
        .section(Tag::ARMS, encode(&arms))
        .section(Tag::KEYS, BitArray::encode(&keys))
        .section(Tag::ITEMS, catalogue)
        .section(Tag::TEXTS, texts.concat())
        .section(Tag::ROWS, rows::encode(&next))
        .section(Tag::TOGETHER, rows::encode(&together))
        .finish();
    let model = Model::open(bytes, SnapshotId::default()).expect("a random snapshot opens");
    World { model, items, categories, brands }
}

fn context(chance: &mut Chance) -> Context {
    Context {
        source: Source::ALL[chance.below(6) as usize],
        campaign: chance.below(3) as u16,
        device: Device::ALL[chance.below(3) as usize],
        landing: chance.below(3) as u16,
        time: LocalTime { hour: chance.below(25) as u8, weekday: chance.below(8) as u8 },
        ..Context::default()
    }
}

fn schedule(chance: &mut Chance) -> Schedule {
    if !chance.one_in(4) {
        return Schedule::ALWAYS;
    }
    Schedule { hours: chance.below(1 << 24) as u32, weekdays: chance.below(1 << 7) as u8, ..Schedule::ALWAYS }
}

/// A plan that any number of guardrails may contradict; none may break.
pub(crate) fn plan(world: &World, chance: &mut Chance) -> Plan {
    let categories = world.categories;
    let category = move |chance: &mut Chance| chance.below(categories) as u16;
    let conditions = (0..chance.below(8)).map(|own| condition(world, own, chance)).collect::<Vec<_>>();
    let known = conditions.len() as u64;
    let audience = move |chance: &mut Chance| (known > 0 && chance.one_in(3)).then(|| chance.below(known) as u16);
    let mut plan = Plan {
        salt: chance.below(1 << 40),
        holdout: if chance.one_in(3) { 2000 } else { 0 },
        utc_offset: chance.below(1440) as i16 - 720,
        mask: mask(world, chance),
        seasons: (0..chance.below(2))
            .map(|_| Season { categories: chance.some(2, category), months: chance.below(1 << 12) as u16 })
            .collect(),
        sensitive: chance.some(1, category),
        conditions,
        ..Plan::default()
    };
    plan.offers = (0..chance.below(3))
        .map(|at| Offer {
            name: format!("o{at}"),
            least: chance.below(60) as u16,
            audience: audience(chance),
            schedule: schedule(chance),
        })
        .collect();
    let offers = plan.offers.len() as u64;
    plan.slots = (0..=chance.below(5))
        .map(|at| {
            let count = if chance.one_in(3) { 2 } else { 1 };
            let first = if count == 1 { WHOLE } else { chance.below(u64::from(WHOLE)) as u16 };
            let arms = (0..count).map(|arm| Arm {
                name: format!("a{arm}"),
                share: if arm == 0 { first } else { WHOLE - first },
                fill: fill(world, offers, audience, chance),
            });
            let arms = arms.collect();
            Slot {
                name: format!("home.s{at}"),
                minimum_evidence: chance.below(3) as u16,
                audience: audience(chance),
                schedule: schedule(chance),
                most_shown: if chance.one_in(4) { 1 + chance.below(2) as u8 } else { 0 },
                draw: [Draw::Visit, Draw::Hour, Draw::Posterior][chance.below(3) as usize],
                arms,
            }
        })
        .collect();
    plan
}

fn condition(world: &World, own: u64, chance: &mut Chance) -> Condition {
    let before = move |chance: &mut Chance| chance.below(own) as u16;
    let bits = |chance: &mut Chance| chance.below(64) as u8;
    match chance.below(12) {
        0 if own > 0 => Condition::All(chance.some(3, before)),
        1 if own > 0 => Condition::Any(chance.some(3, before)),
        2 if own > 0 => Condition::Not(before(chance)),
        3 => Condition::Device(bits(chance)),
        4 => Condition::Stage(bits(chance)),
        5 => Condition::PriceBand(bits(chance)),
        6 => Condition::Campaign(chance.below(3) as u16),
        7 => Condition::Landing(chance.below(3) as u16),
        8 => Condition::Interest(
            chance.some(2, |chance| chance.below(world.categories) as u16),
            chance.below(700) as u16,
        ),
        9 => Condition::Within(Measure::ALL[chance.below(5) as usize].1, chance.below(500) as i32 - 100, 700),
        10 => Condition::Events(chance.below(EventKind::COUNT as u64) as u8, 1 + chance.below(3) as u16),
        11 => Condition::Now(schedule(chance)),
        _ => Condition::Source(bits(chance)),
    }
}

fn mask(world: &World, chance: &mut Chance) -> Mask {
    if !chance.one_in(2) {
        return Mask::default();
    }
    Mask {
        items: chance.some(3, |chance| chance.below(world.items) as u32),
        categories: chance.some(1, |chance| chance.below(world.categories) as u16),
        brands: chance.some(1, |chance| chance.below(world.brands) as u32),
        price_floor: if chance.one_in(2) { chance.below(3000) as u32 } else { 0 },
    }
}

fn fill(world: &World, offers: u64, audience: impl Fn(&mut Chance) -> Option<u16>, chance: &mut Chance) -> Fill {
    match chance.below(10) {
        0 => Fill::Own,
        1 => Fill::Order(if chance.one_in(2) { Order::Categories } else { Order::Products }),
        2 => Fill::Offers((0..offers).map(|at| at as u16).collect()),
        3 | 4 => Fill::Choose(Choose {
            default: "own".into(),
            variants: (0..=chance.below(4))
                .map(|at| Variant {
                    name: format!("v{at}"),
                    categories: chance.some(3, |chance| chance.below(world.categories) as u16),
                    audience: audience(chance),
                })
                .collect(),
            minimum_share: chance.below(700) as u16,
            stickiness: chance.below(300) as u16,
        }),
        _ => Fill::Items(row(world, chance)),
    }
}

fn row(world: &World, chance: &mut Chance) -> Row {
    let limit = 1 + chance.below(9) as u8;
    let shared = chance.one_in(3);
    let mut sources: Vec<(Strategy, u16)> = Vec::new();
    for _ in 0..=chance.below(4) {
        let strategy = Strategy::ALL[chance.below(Strategy::ALL.len() as u64) as usize].1;
        if sources.iter().all(|(known, _)| *known != strategy) {
            sources.push((strategy, if shared { chance.below(4000) as u16 } else { 0 }));
        }
    }
    let mut reserve = Vec::new();
    for strategy in [Strategy::NewArrivals, Strategy::Trending, Strategy::AdjacentCategories] {
        if chance.one_in(4) {
            reserve.push((strategy, 1 + chance.below(2) as u16));
        }
    }
    let mut pins: Vec<(u8, u32)> =
        chance.some(2, |chance| (chance.below(u64::from(limit)) as u8, chance.below(world.items) as u32));
    pins.dedup_by_key(|(place, _)| *place);
    let mut pinned = Vec::new();
    pins.retain(|(_, item)| {
        !pinned.contains(item) && {
            pinned.push(*item);
            true
        }
    });
    let boost = |chance: &mut Chance| Boost {
        items: chance.some(2, |chance| chance.below(world.items) as u32),
        categories: chance.some(1, |chance| chance.below(world.categories) as u16),
        brands: Vec::new(),
        factor: chance.below(3000) as u16,
    };
    Row {
        sources,
        limit,
        at_least: 1 + chance.below(2) as u8,
        seen: chance.one_in(3),
        reserve,
        category_cap: if chance.one_in(3) { 1 + chance.below(3) as u8 } else { 0 },
        brand_cap: if chance.one_in(3) { 1 + chance.below(3) as u8 } else { 0 },
        diversity: if chance.one_in(3) { chance.below(1001) as u16 } else { 0 },
        stickiness: if chance.one_in(2) { chance.below(400) as u16 } else { 0 },
        pins,
        boosts: (0..chance.below(2)).map(|_| boost(chance)).collect(),
        mask: mask(world, chance),
    }
}

pub(crate) fn session(world: &World, plan: &Plan, chance: &mut Chance) -> (Session, u64) {
    let begin = NOW_MS + chance.below(400 * 24) * 3_600_000;
    let mut session = Session::begin(context(chance), begin);
    let mut now = begin;
    for _ in 0..chance.below(9) {
        now += chance.below(300_000);
        session.observe(&event(world, plan, now, chance));
    }
    (session, now)
}

pub(crate) fn event(world: &World, plan: &Plan, now: u64, chance: &mut Chance) -> Event {
    let kind = if chance.one_in(2) {
        EventKind::ViewItem
    } else {
        EventKind::ALL[chance.below(EventKind::COUNT as u64) as usize].1
    };
    let category = CategoryKey::from_path(&world.model.names().categories[chance.below(world.categories) as usize]);
    let item = EventItem {
        key: ItemKey::from_id(&id(chance.below(world.items + 2))),
        category: Some(category),
        on_sale: chance.one_in(4),
    };
    let slot = plan.slots.get(chance.below(plan.slots.len() as u64) as usize).map_or(1, Slot::key);
    let choice = key_of(&format!("v{}", chance.below(4)));
    let seen = (kind == EventKind::Exposure).then(|| Seen { slot, choice, personalised: chance.one_in(2) });
    Event { items: vec![item], categories: vec![category], amount: 50, seen, ..Event::of_item(kind, item.key, now) }
}

/// Where a slot stands, and what it shows.
pub(crate) struct Standpoint {
    pub(crate) anchor: Option<ItemKey>,
    pub(crate) keys: Vec<String>,
    pub(crate) personalised: bool,
}

impl Standpoint {
    pub(crate) fn keys(&self) -> Vec<&str> {
        self.keys.iter().map(String::as_str).collect()
    }
}

pub(crate) fn standpoint(world: &World, slot: &Slot, chance: &mut Chance) -> Standpoint {
    let anchor = chance.one_in(3).then(|| ItemKey::from_id(&id(chance.below(world.items + 1))));
    let categories = matches!(slot.arms[0].fill, Fill::Order(Order::Categories));
    let names = &world.model.names().categories;
    let key = |chance: &mut Chance| {
        if categories {
            names[chance.below(world.categories) as usize].clone()
        } else {
            id(chance.below(world.items + 1))
        }
    };
    Standpoint { anchor, keys: chance.some(6, key), personalised: chance.one_in(4) }
}

/// Every decision of the triples of some models, handed over with what it was made from.
pub(crate) struct Case<'a> {
    pub(crate) world: &'a World,
    pub(crate) session: &'a Session,
    pub(crate) now_ms: u64,
    pub(crate) sold_out: &'a [ItemKey],
    pub(crate) standpoints: &'a [Standpoint],
    /// Silently made, and where words are compiled in also with reasons.
    pub(crate) silent: &'a [DecisionReport],
    pub(crate) decisions: &'a [DecisionReport],
}

pub(crate) fn each(models: core::ops::Range<u32>, mut look: impl FnMut(Case<'_>)) {
    // One memory for all decisions: nothing of one may reach the next.
    let mut scratch = Scratch::default();
    for seed in models {
        let mut chance = Chance(u64::from(seed) << 20);
        let mut here = world(&mut chance);
        for _ in 0..PLANS {
            let plan = plan(&here, &mut chance);
            here.model = here.model.replan(plan.clone()).expect("a random plan is sound");
            for _ in 0..SESSIONS {
                let (session, now_ms) = session(&here, &plan, &mut chance);
                let sold_out = chance.some(2, |chance| ItemKey::from_id(&id(chance.below(here.items))));
                let standpoints: Vec<_> = plan.slots.iter().map(|slot| standpoint(&here, slot, &mut chance)).collect();
                let mut all = |explained: bool| -> Vec<DecisionReport> {
                    let overrides = Overrides { preview: None, sold_out: sold_out.clone() };
                    let decider = Decider::new(&here.model, &session, now_ms).with_overrides(overrides);
                    let mut decider = decider.with_scratch(std::mem::take(&mut scratch));
                    let decide = |(slot, at): (&Slot, &Standpoint)| {
                        let keys = at.keys();
                        let place = Place { anchor: at.anchor, keys: &keys, personalised: at.personalised };
                        let decision = if explained {
                            explain(&mut decider, &slot.name, &place)
                        } else {
                            let decision = decider.decide(&slot.name, &place);
                            decision.map(|decision| DecisionReport::of(&decision, &here.model, &place, None))
                        };
                        decision.expect("the plan has the slot")
                    };
                    let all = plan.slots.iter().zip(&standpoints).map(decide).collect();
                    (_, scratch) = decider.end();
                    all
                };
                let silent = all(false);
                let decisions = if WORDS { all(true) } else { Vec::new() };
                look(Case {
                    world: &here,
                    session: &session,
                    now_ms,
                    sold_out: &sold_out,
                    standpoints: &standpoints,
                    silent: &silent,
                    decisions: &decisions,
                });
            }
        }
    }
}

/// Whether this build can tell why.
const WORDS: bool = cfg!(feature = "words");

#[cfg(feature = "words")]
fn explain(decider: &mut Decider<&Model<Vec<u8>>, &Session>, slot: &str, place: &Place<'_>) -> Option<DecisionReport> {
    decider.explain(slot, place)
}

#[cfg(not(feature = "words"))]
fn explain(_: &mut Decider<&Model<Vec<u8>>, &Session>, _: &str, _: &Place<'_>) -> Option<DecisionReport> {
    None
}

/// How many triples some models make, a digest of all their decisions, and where words are compiled in one of
/// all decisions with their reasons.
pub(crate) fn digest(models: core::ops::Range<u32>) -> String {
    let (mut silent, mut explained, mut triples) = (0_u64, 0_u64, 0);
    let add = |sum: &mut u64, decisions: &[DecisionReport]| {
        for decision in decisions {
            let text = serde_json::to_string(decision).expect("a decision is JSON");
            *sum = sum.rotate_left(5) ^ xxhash_rust::xxh64::xxh64(text.as_bytes(), *sum);
        }
    };
    each(models, |case| {
        triples += 1;
        add(&mut silent, case.silent);
        add(&mut explained, case.decisions);
    });
    if WORDS { format!("{triples} {silent:016x} {explained:016x}") } else { format!("{triples} {silent:016x}") }
}

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn triples(from: u32, to: u32) -> String {
    digest(from..to)
}
