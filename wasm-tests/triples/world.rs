//! Random snapshots: a shop of at most 48 products, with every section a model reads.

use super::NOW_MS;
use slotwise::context::{Context, Device, LocalTime, Source};
use slotwise::event::{EventKind, ItemKey};
use slotwise::model::Model;
use slotwise::session::MAX_INTERACTIONS;
use slotwise::snapshot::additive::{Additive, FeatureTable};
use slotwise::snapshot::bits::BitArray;
use slotwise::snapshot::column::TextColumn;
use slotwise::snapshot::layout::{Tag, Writer};
use slotwise::snapshot::plan::{Plan, WHOLE};
use slotwise::snapshot::rows;
use slotwise::snapshot::section::{Intent, Kernel, Lists, Meta, Names, Prior, PriorNode, SlotStats, encode};
use slotwise::snapshot::{ItemIndex, SnapshotId};

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

    pub(crate) fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    pub(crate) fn some<T: Ord>(&mut self, most: u64, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
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
    pub(crate) items: u64,
    pub(crate) categories: u64,
    pub(crate) brands: u64,
}

pub(crate) fn id(item: u64) -> String {
    if item.is_multiple_of(5) { format!("SKU-{item}") } else { format!("{}", 1000 + item) }
}

/// A product of a shop with so many.
pub(crate) fn item_below(items: u64, chance: &mut Chance) -> ItemIndex {
    ItemIndex::new(chance.below(items) as u32)
}

#[allow(clippy::too_many_lines, reason = "one section of the snapshot after the other")]
pub(crate) fn world(chance: &mut Chance) -> World {
    let (items, categories, brands) = (1 + chance.below(48), 1 + chance.below(7), 1 + chance.below(5));
    let range = || 0..items;
    let keys: Vec<u64> = range().map(|item| ItemKey::from_id(&id(item)).bits()).collect();
    let ids: Vec<String> = range().map(|item| if item.is_multiple_of(5) { id(item) } else { String::new() }).collect();
    let mut column =
        |bound: u64| -> Vec<u8> { BitArray::encode(&range().map(|_| chance.below(bound)).collect::<Vec<_>>()) };
    let catalogue = [column(categories), column(brands), column(9000), column(16)].concat();
    let texts = [
        TextColumn::encode(&ids),
        TextColumn::encode::<&str>(&[]),
        TextColumn::encode::<&str>(&[]),
        TextColumn::encode::<&str>(&[]),
    ];
    let item = |chance: &mut Chance| item_below(items, chance);
    let mut row = |own: u64, most: u64| -> rows::WeightedRow {
        // The heaviest weighs 1: other scales take a logarithm, which hosts may round differently.
        let near = chance.some(most.min(items - 1), item);
        let near: Vec<ItemIndex> = near.into_iter().filter(|item| u64::from(item.get()) != own).collect();
        near.into_iter().enumerate().map(|(at, item)| (item, 1.0 / (1 + at) as f32)).collect()
    };
    let next: Vec<rows::WeightedRow> = range().map(|own| row(own, 9)).collect();
    let together: Vec<rows::WeightedRow> = range().map(|own| row(own, 4)).collect();
    let together = if chance.one_in(3) { Vec::new() } else { together };
    let list = |chance: &mut Chance, most: u64| {
        let mut all: Vec<ItemIndex> = (0..most).map(|_| item(chance)).collect();
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
        conversion: (0..categories).map(|_| chance.below(16) as u32).collect(),
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
        let tables = vec![FeatureTable { feature: 0, edges: vec![1, 4], scores: vec![score(), score(), score()] }];
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
        again: 5_100_000,
        habit: 7_000_000,
        first: 4_000_000,
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
    let (next, together) = (rows::encode(&next), rows::encode(&together));
    // Some shops have trail rows: after an item and the one behind it, the one before it and the one after next.
    let trail = |own: u64| -> rows::LevelledTrails<ItemIndex> {
        let at = |step: u64| ItemIndex::new(((own + step) % items) as u32);
        let mut followers = vec![(at(2), 9), (at(items - 1), 15)];
        followers.sort_unstable();
        (rows::pack_scale(1.0), vec![(at(1), followers)])
    };
    let has_trails = items > 4 && items.is_multiple_of(2);
    let trails: Vec<_> = range().filter(|_| has_trails).map(trail).collect();
    let trails = rows::encode_trails(&trails, &next.code);
    let mut frame = Writer::default()
        .section(Tag::META, encode(&meta))
        .section(Tag::PLAN, encode(&Plan::default()))
        .section(Tag::INTENT, encode(&intent))
        .section(Tag::NAMES, encode(&names))
        .section(Tag::PRIOR, encode(&Prior { nodes: prior }))
        .section(Tag::LISTS, encode(&lists))
        .section(Tag::ARMS, encode(&Vec::<SlotStats>::new()))
        .section(Tag::KEYS, BitArray::encode(&keys))
        .section(Tag::ITEMS, catalogue)
        .section(Tag::TEXTS, texts.concat())
        .section(Tag::CODE, [next.code, together.code].concat())
        .section(Tag::ROWS, next.section)
        .section(Tag::TOGETHER, together.section);
    if !trails.is_empty() {
        frame = frame.section(Tag::TRAILS, trails);
    }
    let model = Model::open(frame.finish(), SnapshotId::default()).expect("a random snapshot opens");
    World { model, items, categories, brands }
}

pub(crate) fn context(chance: &mut Chance) -> Context {
    Context {
        source: Source::ALL[chance.below(6) as usize],
        campaign: chance.below(3) as u16,
        device: Device::ALL[chance.below(3) as usize],
        landing: chance.below(3) as u16,
        time: LocalTime { hour: chance.below(25) as u8, weekday: chance.below(8) as u8 },
        ..Context::default()
    }
}
