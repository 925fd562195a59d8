//! Directories as the trainer makes them.
//!
//! Keys are peeled off: a slot that only one key uses can serve it alone, so that key is put aside, and the others need
//! fewer slots. Once all are put aside, their slots are filled in the opposite order. With 1.23 slots a key this works for
//! almost every seed; where it does not, the next seed is tried.

use super::{BitArray, HEAD, ItemIndex, slots};
use crate::event::ItemKey;
use alloc::vec::Vec;

/// Check bits: one unknown key in 64 finds a shard.
const CHECKS: u8 = 6;
/// Seeds to try. Each fails rarely, unless two keys are equal.
const SEEDS: u32 = 1000;

/// Writes the directory of this number for products and their keys. An answer is an item's number without its lowest
/// `shift` bits. `None` if two keys are equal.
pub fn encode(number: u32, shift: u8, products: &[(ItemKey, ItemIndex)]) -> Option<Vec<u8>> {
    let block = |item: ItemIndex| u64::from(item.get() >> shift);
    let largest = products.iter().map(|(_, item)| block(*item)).max().unwrap_or_default();
    let bits = (u64::BITS - largest.leading_zeros()) as u8;
    let third = if products.is_empty() { 0 } else { (products.len() * 41 / 100) + 4 };
    let (seed, order) = (0..SEEDS).find_map(|seed| Some((seed, peel(products, seed, third * 3)?)))?;
    let mut filled = alloc::vec![0_u64; third * 3];
    for (at, slot) in order.into_iter().rev() {
        let (key, item) = products[at];
        let (places, hash) = slots(key, seed, filled.len());
        let answer = block(item) | (hash & ((1 << CHECKS) - 1)) << bits;
        filled[slot] = 0;
        filled[slot] = places.into_iter().fold(answer, |answer, place| answer ^ filled[place]);
    }
    let mut out = Vec::with_capacity(HEAD);
    out.extend_from_slice(&number.to_le_bytes());
    out.extend_from_slice(&seed.to_le_bytes());
    out.extend_from_slice(&[shift, bits, CHECKS, 0, 0, 0, 0, 0]);
    out.extend(BitArray::encode(&filled));
    Some(out)
}

/// The products in an order in which each has a slot that none after it uses, with that slot. `None` if there is no such
/// order for this seed.
fn peel(products: &[(ItemKey, ItemIndex)], seed: u32, count: usize) -> Option<Vec<(usize, usize)>> {
    // By slot, how many keys use it, and the exclusive or of their places in the list: with one user left, its place.
    let mut users = alloc::vec![(0_u32, 0_usize); count];
    let places_of = |at: usize| slots(products[at].0, seed, count).0;
    for at in 0..products.len() {
        for place in places_of(at) {
            users[place] = (users[place].0 + 1, users[place].1 ^ at);
        }
    }
    let mut single: Vec<usize> = (0..count).filter(|slot| users[*slot].0 == 1).collect();
    let mut order = Vec::with_capacity(products.len());
    while let Some(slot) = single.pop() {
        let (left, at) = users[slot];
        if left != 1 {
            continue;
        }
        order.push((at, slot));
        for place in places_of(at) {
            users[place] = (users[place].0 - 1, users[place].1 ^ at);
            if users[place].0 == 1 {
                single.push(place);
            }
        }
    }
    (order.len() == products.len()).then_some(order)
}

#[cfg(test)]
mod tests {
    use super::super::{Directory, directory_of};
    use super::*;

    fn key(number: u64) -> ItemKey {
        ItemKey::from_bits(number).unwrap()
    }

    fn products(count: u32) -> Vec<(ItemKey, ItemIndex)> {
        (0..count).map(|at| (key(u64::from(at) * 7 + 3), ItemIndex::new(at * 5 % count.max(1)))).collect()
    }

    #[test]
    fn every_key_finds_its_run_of_items_and_few_others_find_one() {
        for count in [0, 1, 2, 3, 10, 1000, 3000] {
            let products = products(count);
            let section = encode(3, 4, &products).unwrap();
            let directory = Directory::open(&section).unwrap();
            assert_eq!(directory.number(), 3);
            for (key, item) in &products {
                assert_eq!(directory.find(*key), Some(ItemIndex::new(item.get() & !15)), "{count}");
            }
            let found = (0..6400).filter(|at| directory.find(key(1 << 40 | at)).is_some()).count();
            assert!(found < 200, "{found} of 6400 unknown keys found a shard among {count}");
            if count == 3000 {
                assert!(section.len() < 3000 * 5 / 2, "{} bytes", section.len());
            }
        }
        assert!(encode(0, 0, &[products(1), products(1)].concat()).is_none(), "equal keys cannot be told apart");
    }

    #[test]
    fn keys_are_spread_over_directories() {
        let mut counts = [0; 10];
        (0..10_000).for_each(|at| counts[directory_of(key(at), 10) as usize] += 1);
        assert!(counts.iter().all(|count| (900..1100).contains(count)), "{counts:?}");
        assert_eq!(directory_of(key(1), 0), 0);
    }

    #[test]
    fn what_is_cut_is_refused_and_what_is_flipped_is_harmless() {
        let products = products(20);
        let section = encode(0, 2, &products).unwrap();
        assert!((0..section.len()).all(|cut| Directory::open(&section[..cut]).is_err()));
        for bit in 0..section.len() * 8 {
            let mut bad = section.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            if let Ok(directory) = Directory::open(&bad) {
                // Any answer will do: who asks looks whether there is such an item.
                for (key, _) in &products {
                    _ = directory.find(*key);
                }
            }
        }
    }
}
