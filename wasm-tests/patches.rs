//! Patches between snapshots: rebuilt to the last bit, and never half-believed.

use slotwise::experiment::Chance;
use slotwise::snapshot::ItemIndex;
use slotwise::snapshot::bits::BitArray;
use slotwise::snapshot::column::TextColumn;
use slotwise::snapshot::layout::{Tag, Writer};
use slotwise::snapshot::patch::{PatchError, apply, make};
use slotwise::snapshot::rows::{self, LevelledRow};

const GOLDEN: &[u8] = include_bytes!("golden/v1.slotwise");

/// An invented product, whose key is the number of a shop's catalogue.
#[derive(Clone)]
struct Product {
    key: u64,
    brand: u64,
    title: String,
    row: (u8, Vec<(u64, u32)>),
}

/// An invented shop that changes from day to day.
#[derive(Clone)]
struct Shop {
    products: Vec<Product>,
    lists: Vec<u8>,
    has_texts: bool,
    next: u64,
}

impl Shop {
    fn new(chance: &mut Chance, products: u64) -> Self {
        let mut shop = Self { products: Vec::new(), lists: vec![7; 40], has_texts: chance.below(2) == 0, next: 1000 };
        (0..products).for_each(|_| shop.add(chance));
        shop
    }

    fn add(&mut self, chance: &mut Chance) {
        self.next += 1 + chance.below(5);
        let row =
            (0..chance.below(20)).filter_map(|_| Some((self.any(chance)?, 1 + chance.below(15) as u32))).collect();
        let title = format!("Product {} of {}", self.next % 7, self.next);
        let scale = 100 + chance.below(100) as u8;
        let place = chance.below(self.products.len() as u64 + 1) as usize;
        self.products.insert(place, Product { key: self.next, brand: chance.below(9), title, row: (scale, row) });
    }

    fn any(&self, chance: &mut Chance) -> Option<u64> {
        let len = self.products.len() as u64;
        (len > 0).then(|| self.products[chance.below(len) as usize].key)
    }

    /// A day later: levels move, neighbours and products come and go, sometimes all numbers change.
    fn age(&mut self, chance: &mut Chance) {
        let how = 1 + chance.below(12);
        for at in 0..self.products.len() {
            if chance.below(how) == 0 {
                let (other, level) = (self.any(chance).unwrap_or_default(), 1 + chance.below(15) as u32);
                let product = &mut self.products[at];
                match chance.below(6) {
                    0 => product.row.1.push((other, level)),
                    1 => product.row.1.truncate(3),
                    2 => product.row.0 = product.row.0.wrapping_add(1).max(1),
                    3 => product.title.push_str(" (new)"),
                    4 => product.brand = chance.below(12),
                    _ => product.row.1.iter_mut().for_each(|(_, level)| *level = (*level + 1).min(15)),
                }
            }
        }
        for _ in 0..chance.below(4) {
            self.add(chance);
        }
        if chance.below(3) == 0 && !self.products.is_empty() {
            self.products.swap_remove(0);
        }
        if chance.below(5) == 0 {
            self.products.reverse();
        }
        self.lists.insert(chance.below(40) as usize, chance.below(256) as u8);
        self.lists.truncate(60);
    }

    fn snapshot(&self) -> Vec<u8> {
        let numbers: std::collections::HashMap<u64, u32> =
            self.products.iter().map(|product| product.key).zip(0..).collect();
        let row = |product: &Product| -> LevelledRow<ItemIndex> {
            let known = |(key, level): &(u64, u32)| Some((ItemIndex::new(*numbers.get(key)?), *level));
            let mut row: Vec<_> = product.row.1.iter().filter_map(known).collect();
            row.sort_unstable();
            row.dedup_by_key(|(item, _)| *item);
            (product.row.0, row)
        };
        let rows = rows::encode_levelled(self.products.len(), |at| row(&self.products[at]), None);
        let none = rows::encode_levelled(0, |_| LevelledRow::default(), None);
        let column =
            |value: &dyn Fn(&Product) -> u64| BitArray::encode(&self.products.iter().map(value).collect::<Vec<_>>());
        let texts: Vec<&str> = self.products.iter().map(|product| product.title.as_str()).collect();
        let texts = TextColumn::encode(if self.has_texts { &texts[..] } else { &[] });
        let empty = TextColumn::encode(&[""; 0]);
        Writer::default()
            .section(Tag::META, vec![1, 2, 3])
            .section(Tag::LISTS, self.lists.clone())
            .section(Tag::KEYS, column(&|product| product.key))
            .section(
                Tag::ITEMS,
                [
                    column(&|_| 0),
                    column(&|product| product.brand),
                    column(&|product| product.key % 99),
                    column(&|product| product.key % 16),
                ]
                .concat(),
            )
            .section(Tag::TEXTS, [empty.clone(), texts, empty.clone(), empty].concat())
            .section(Tag::CODE, [rows.code, none.code].concat())
            .section(Tag::ROWS, rows.section)
            .section(Tag::TOGETHER, none.section)
            .finish()
    }
}

/// A shop of some size and the days after it.
fn days(seed: u64, products: u64, days: usize) -> Vec<Vec<u8>> {
    let mut chance = Chance::new(seed);
    let mut shop = Shop::new(&mut chance, products);
    (0..days)
        .map(|_| {
            let snapshot = shop.snapshot();
            shop.age(&mut chance);
            snapshot
        })
        .collect()
}

#[test]
fn every_day_is_rebuilt_from_the_day_before() {
    for seed in 0..30 {
        for pair in days(seed, [0, 1, 5, 60, 300][seed as usize % 5], 5).windows(2) {
            let patch = make(&pair[0], &pair[1]).unwrap();
            assert_eq!(apply(&pair[0], &patch).as_deref(), Ok(&pair[1][..]), "seed {seed}");
        }
    }
}

#[test]
fn any_frame_is_rebuilt_from_any_other() {
    let all = [days(1, 40, 1).remove(0), days(2, 90, 1).remove(0), GOLDEN.to_vec(), Writer::default().finish()];
    for base in &all {
        for target in &all {
            let patch = make(base, target).unwrap();
            assert_eq!(apply(base, &patch).as_ref(), Ok(target));
        }
    }
}

#[test]
fn a_patch_of_a_calm_day_is_a_small_part_of_the_whole() {
    let mut chance = Chance::new(5);
    let mut shop = Shop::new(&mut chance, 800);
    let base = shop.snapshot();
    for product in shop.products.iter_mut().step_by(20) {
        product.row.1.iter_mut().for_each(|(_, level)| *level = (*level + 1).min(15));
    }
    let target = shop.snapshot();
    let patch = make(&base, &target).unwrap();
    assert!(patch.len() * 25 < target.len(), "{} of {}", patch.len(), target.len());
    assert!(make(&base, &base).unwrap().len() < 80);
}

#[test]
fn a_patch_for_another_base_is_refused() {
    let all = days(3, 50, 3);
    let patch = make(&all[0], &all[1]).unwrap();
    assert_eq!(apply(&all[1], &patch), Err(PatchError::Base));
    assert_eq!(apply(&all[2], &patch), Err(PatchError::Base));
    assert_eq!(apply(&[], &patch), Err(PatchError::Base));
    assert_eq!(apply(&all[0], &all[0]), Err(PatchError::Magic));
}

/// Damage gives an error, or by chance the target: the bits that fill up the last byte carry nothing.
#[test]
fn every_cut_and_every_flipped_bit_is_refused_or_harmless() {
    let mut pairs = vec![(GOLDEN.to_vec(), days(9, 12, 1).remove(0))];
    pairs.extend(days(4, 30, 3).windows(2).map(|pair| (pair[0].clone(), pair[1].clone())));
    for (base, target) in pairs {
        let patch = make(&base, &target).unwrap();
        let check = |bad: &[u8], what: &str| {
            let rebuilt = apply(&base, bad);
            assert!(rebuilt.is_err() || rebuilt.as_ref() == Ok(&target), "{what}");
        };
        for cut in 0..patch.len() {
            check(&patch[..cut], &format!("cut at {cut}"));
        }
        for at in 0..patch.len() {
            for bit in 0..8 {
                let mut bad = patch.clone();
                bad[at] ^= 1 << bit;
                check(&bad, &format!("byte {at}, bit {bit}"));
            }
        }
    }
}

/// What a forger would try: a stated length that asks for much memory, and bytes that go on for ever.
#[test]
fn a_forged_patch_ends() {
    let all = days(6, 200, 2);
    let patch = make(&all[0], &all[1]).unwrap();
    let mut long = patch.clone();
    long[24..28].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(apply(&all[0], &long), Err(PatchError::Length));
    let mut chance = Chance::new(1);
    for _ in 0..300 {
        let mut forged = patch[..28].to_vec();
        forged[24..28].copy_from_slice(&(1_u32 << chance.below(21)).to_le_bytes());
        forged.extend((0..chance.below(400)).map(|_| chance.below(256) as u8));
        assert!(apply(&all[0], &forged).is_err());
    }
}
