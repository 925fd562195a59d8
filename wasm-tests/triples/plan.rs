//! Random plans: any number of guardrails that may contradict each other.

use super::world::{Chance, World, item_below};
use slotwise::event::EventKind;
use slotwise::snapshot::ItemIndex;
use slotwise::snapshot::plan::{
    Arm, BUNDLE_ITEMS, Boost, Choose, Condition, Draw, Fact, Fill, MADE, Mask, Offer, Order, Plan, Row, Schedule,
    Season, Slot, Strategy, Variant, WHOLE,
};

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
        terms: (0..chance.below(4))
            .map(|_| if chance.one_in(2) { "red Terms".to_owned() } else { String::new() })
            .collect(),
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
                exit: chance.one_in(8),
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
    let is = |fact, number: u64| Condition::Fact(fact, Vec::new(), number as i32, number as i32);
    match chance.below(12) {
        0 if own > 0 => {
            let least = chance.below(4) as i32;
            Condition::Fact(Fact::Hold, chance.some(3, before), least, least + chance.below(2) as i32)
        }
        1 if own > 0 => Condition::Fact(Fact::Hold, chance.some(3, before), 1, i32::MAX),
        2 if own > 0 => Condition::Fact(Fact::Hold, vec![before(chance)], 0, 0),
        3 => is(Fact::Device, chance.below(3)),
        4 => is(Fact::Stage, chance.below(5)),
        5 => is(Fact::PriceBand, chance.below(3)),
        6 => is(Fact::Campaign, chance.below(3)),
        7 => is(Fact::Landing, chance.below(3)),
        8 => Condition::Fact(
            Fact::Interest,
            chance.some(2, |chance| chance.below(world.categories) as u16),
            chance.below(700) as i32,
            i32::MAX,
        ),
        9 => {
            const SCORES: [Fact; 5] = [Fact::Purchase, Fact::Cart, Fact::Exit, Fact::PriceSensitivity, Fact::Incentive];
            let score = SCORES[chance.below(5) as usize];
            Condition::Fact(score, Vec::new(), chance.below(500) as i32 - 100, 700)
        }
        10 => {
            let kind = chance.below(EventKind::COUNT as u64) as u16;
            Condition::Fact(Fact::Events, vec![kind], 1 + chance.below(3) as i32, i32::MAX)
        }
        11 => Condition::Now(schedule(chance)),
        _ => is(Fact::Source, chance.below(6)),
    }
}

fn mask(world: &World, chance: &mut Chance) -> Mask {
    if !chance.one_in(2) {
        return Mask::default();
    }
    Mask {
        items: chance.some(3, |chance| item_below(world.items, chance)),
        categories: chance.some(1, |chance| chance.below(world.categories) as u16),
        brands: chance.some(1, |chance| chance.below(world.brands) as u32),
        price_floor: if chance.one_in(2) { chance.below(3000) as u32 } else { 0 },
    }
}

fn fill(world: &World, offers: u64, audience: impl Fn(&mut Chance) -> Option<u16>, chance: &mut Chance) -> Fill {
    match chance.below(11) {
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
                    items: Vec::new(),
                })
                .collect(),
            minimum_share: chance.below(700) as u16,
            stickiness: chance.below(300) as u16,
        }),
        10 => {
            let made = chance.one_in(2);
            let sources = if made { vec![(Strategy::BoughtTogether, 0)] } else { Vec::new() };
            let limit = 1 + chance.below(5) as u8;
            let completion = Row { sources, limit, at_least: 1, mask: mask(world, chance), ..Row::default() };
            let set = |at| Variant {
                name: format!("b{at}"),
                categories: Vec::new(),
                audience: audience(chance),
                items: chance.some(5, |chance| item_below(world.items, chance)),
            };
            let sets: Vec<Variant> = (0..3).map(set).collect();
            let variants = sets.into_iter().filter(|set| BUNDLE_ITEMS.contains(&set.items.len())).collect();
            Fill::Bundle(Choose { default: MADE.into(), variants, ..Choose::default() }, completion)
        }
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
    let mut pins: Vec<(u8, ItemIndex)> =
        chance.some(2, |chance| (chance.below(u64::from(limit)) as u8, item_below(world.items, chance)));
    pins.dedup_by_key(|(place, _)| *place);
    let mut pinned = Vec::new();
    pins.retain(|(_, item)| {
        !pinned.contains(item) && {
            pinned.push(*item);
            true
        }
    });
    let boost = |chance: &mut Chance| Boost {
        items: chance.some(2, |chance| item_below(world.items, chance)),
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
