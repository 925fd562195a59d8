//! Random visits, and what the slots of their pages show.

use super::NOW_MS;
use super::world::{Chance, World, context, id};
use slotwise::context::key_of;
use slotwise::decide::Place;
use slotwise::event::{CategoryKey, Event, EventItem, EventKind, ItemKey, Seen};
use slotwise::session::Session;
use slotwise::snapshot::plan::{Fill, Order, Plan, Slot};

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
    let seen = (kind == EventKind::Exposure).then(|| Seen {
        slot,
        choice,
        personalised: chance.one_in(2),
        exit: chance.one_in(4),
    });
    Event { items: vec![item], categories: vec![category], amount: 50, seen, ..Event::of_item(kind, item.key, now) }
}

/// Where a slot stands, and what it shows.
pub(crate) struct Standpoint {
    pub(crate) anchor: Option<ItemKey>,
    pub(crate) keys: Vec<String>,
    pub(crate) personalised: bool,
    pub(crate) about: String,
    pub(crate) ahead: bool,
}

impl Standpoint {
    pub(crate) fn keys(&self) -> Vec<&str> {
        self.keys.iter().map(String::as_str).collect()
    }

    pub(crate) fn place<'a>(&'a self, keys: &'a [&'a str]) -> Place<'a> {
        let Self { anchor, personalised, ref about, ahead, .. } = *self;
        Place { anchor, about, keys, personalised, ahead, ..Place::default() }
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
    let (keys, personalised) = (chance.some(6, key), chance.one_in(4));
    let category = &names[chance.below(world.categories) as usize];
    let about = match chance.below(8) {
        0 => category.clone(),
        1 => category[..2].to_owned(),
        2 => format!("{}s, TERM", category[3..].to_uppercase()),
        3 => "Red Terms".to_owned(),
        4 => "nothing known".to_owned(),
        _ => String::new(),
    };
    Standpoint { anchor, keys, personalised, about, ahead: chance.one_in(3) }
}
