//! Content-based back-off: rows for products that few visitors have seen (item cold start).
//!
//! A product on its first day has hardly been looked at, so its own row is short and random, and it is in nobody else's
//! row. Two loans from the catalogue help:
//!
//! 1. Its row gets the products most similar to it: same category; the same brand, a near price and popularity count more.
//! 2. It becomes a light neighbour in the rows of those similar products, so that it is shown at all.
//!
//! Both shrink as looks come in, by `HALF / (HALF + looks)`, and end at `ENOUGH` looks: from there on the counted row is
//! better than a guess. A log without categories gives no notion of similarity, and nothing is lent.
//!
//! Invariants: no row grows beyond `neighbours`; the same log gives the same rows.

use super::table::{CountedRow, CountedRows};
use crate::log::{Log, UNCATEGORISED};
use std::cmp::Reverse;
use std::collections::HashMap;

/// Looks at which a loan is half of that for a product without looks.
const HALF: f64 = 2.0;
/// Looks from which on nothing is lent.
const ENOUGH: f64 = 6.0;
/// Weight of the most similar product in a lent row; 1 is the heaviest neighbour of a usual row. Well below 1, so that even
/// a few counted neighbours stand above lent ones.
const LOAN: f64 = 0.3;
/// Weight of a new product in the row of the most similar product. Ten times lighter than a loan: the row it joins is
/// well counted, and the newcomer may take its last places only.
const WELCOME: f64 = 0.03;
/// Number of rows that a new product joins.
const HOSTS: usize = 6;
/// Most products of a category that are compared with a new one, the most popular first. It bounds the time: a category of
/// n products, all new, would otherwise take n^2 comparisons.
const COMPARED: usize = 400;

/// Lends rows to products with few looks, and adds these products to the rows of similar ones. Rows come and go the heaviest
/// neighbour first. `looks` says how often each product was looked at.
pub fn fill(rows: CountedRows, log: &Log, looks: &[f64], neighbours: usize) -> CountedRows {
    let lent = lent(log, looks, neighbours);
    let welcome = Welcome::of(&lent);
    rows.changed(|own, row| {
        // In order of the product that brings an entry along.
        let new = welcome.of_row(own);
        let (before, after) = new.split_at(new.partition_point(|(item, _)| *item < own));
        let lent = lent.row(own as usize);
        for (item, weight) in before.iter().chain(lent).chain(after) {
            add(row, *item, *weight, neighbours);
        }
        if !(new.is_empty() && lent.is_empty()) {
            row.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        }
    })
}

/// What similarity is computed from. Logarithms are taken once for each product.
#[derive(Clone, Copy)]
struct Traits {
    item: u32,
    /// Number of the brand; 0 for none.
    brand: u32,
    /// Logarithm of the price; `None` if it is unknown.
    price: Option<f64>,
    /// Logarithm of two more than the looks.
    popularity: f64,
}

impl Traits {
    /// Similarity of two products of a category: 1, plus 1 for the same brand, plus up to 1 for the price. The price part
    /// falls linearly in the logarithm of the ratio and is 0 from a ratio of e (about 2.7) on.
    fn similarity(&self, other: &Self) -> f64 {
        let brand = if self.brand > 0 && self.brand == other.brand { 1.0 } else { 0.0 };
        let price = self.price.zip(other.price).map_or(0.0, |(one, other)| 1.0 - (one - other).abs().min(1.0));
        1.0 + brand + price
    }
}

/// What each product's row is lent, the most similar product first; nothing for products with enough looks.
fn lent(log: &Log, looks: &[f64], neighbours: usize) -> CountedRows {
    let mut brands: HashMap<&str, u32> = HashMap::from([("", 0)]);
    let mut traits: Vec<Traits> = Vec::with_capacity(log.items.len());
    for (known, item) in log.items.iter().zip(0..) {
        let next = brands.len() as u32;
        let brand = *brands.entry(&known.brand).or_insert(next);
        let price = Some(f64::from(known.price_cents)).filter(|price| *price > 0.0).map(f64::ln);
        traits.push(Traits { item, brand, price, popularity: (2.0 + looks[item as usize]).ln() });
    }
    let category = |item: u32| usize::from(log.items[item as usize].category);
    let known: Vec<bool> = log.categories.iter().map(|path| path != UNCATEGORISED).collect();
    let mut categories: Vec<Vec<Traits>> = vec![Vec::new(); log.categories.len()];
    for one in traits.iter().filter(|one| known[category(one.item)]) {
        categories[category(one.item)].push(*one);
    }
    for members in &mut categories {
        // The most popular first, since only the first of a category are compared.
        members.sort_by_key(|one| (Reverse(looks[one.item as usize] as u64), one.item));
        members.truncate(COMPARED + 1);
        members.shrink_to_fit();
    }
    CountedRows::make(log.items.len(), Vec::new, |similar, own, row| {
        if looks[own as usize] < ENOUGH && known[category(own)] {
            lend(&traits[own as usize], looks[own as usize], &categories[category(own)], neighbours, similar, row);
        }
    })
}

/// What a product with so many looks gets from the most popular ones of its category. `similar` is memory that is reused.
fn lend(
    own: &Traits,
    looks: f64,
    members: &[Traits],
    neighbours: usize,
    similar: &mut Vec<(u32, f64)>,
    row: &mut CountedRow,
) {
    // Similarity times the logarithm of popularity: of two equally similar products the better known one, yet a
    // bestseller cannot outweigh another brand and price.
    let others = members.iter().filter(|other| other.item != own.item).take(COMPARED);
    similar.clear();
    similar.extend(others.map(|other| (other.item, own.similarity(other) * other.popularity)));
    let better = |a: &(u32, f64), b: &(u32, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if similar.len() > neighbours {
        similar.select_nth_unstable_by(neighbours, better);
        similar.truncate(neighbours);
    }
    similar.sort_unstable_by(better);
    let Some(most) = similar.first().map(|(_, score)| *score).filter(|score| *score > 0.0) else { return };
    // Divided by the best score, so that the most similar product weighs exactly LOAN.
    let share = LOAN * HALF / (HALF + looks) / most;
    row.extend(similar.iter().map(|(other, score)| (*other, (share * score) as f32)));
}

/// The products that join rows of similar ones, row after row; those of a row in order of their numbers.
struct Welcome {
    /// Where the entries of each row begin in `all`; one more at the end.
    first: Vec<u32>,
    /// New neighbour and its weight.
    all: Vec<(u32, f32)>,
}

impl Welcome {
    fn of(lent: &CountedRows) -> Self {
        let hosts = || {
            let of = |(row, own): (&'_ [(u32, f32)], u32)| {
                row.iter().take(HOSTS).map(|(host, weight)| (*host, own, *weight)).collect::<Vec<_>>()
            };
            lent.iter().zip(0..).flat_map(of)
        };
        let mut first = vec![0_u32; lent.len() + 1];
        hosts().for_each(|(host, ..)| first[host as usize + 1] += 1);
        for at in 1..first.len() {
            first[at] += first[at - 1];
        }
        let mut next = first.clone();
        let mut all = vec![(0, 0.0); first.last().copied().unwrap_or_default() as usize];
        for (host, own, weight) in hosts() {
            let at = &mut next[host as usize];
            all[*at as usize] = (own, weight * (WELCOME / LOAN) as f32);
            *at += 1;
        }
        Self { first, all }
    }

    fn of_row(&self, row: u32) -> &[(u32, f32)] {
        &self.all[self.first[row as usize] as usize..self.first[row as usize + 1] as usize]
    }
}

/// Adds weight to a neighbour of a row. A full row gives up its lightest neighbour for a new one.
fn add(row: &mut CountedRow, item: u32, weight: f32, neighbours: usize) {
    if let Some((_, held)) = row.iter_mut().find(|(held, _)| *held == item) {
        *held += weight;
        return;
    }
    if row.len() >= neighbours {
        let lightest = row.iter().enumerate().min_by(|a, b| a.1.1.total_cmp(&b.1.1)).map(|(at, _)| at);
        lightest.map(|at| row.swap_remove(at));
    }
    row.push((item, weight));
}

#[cfg(test)]
mod tests {
    use super::super::count::Counts;
    use super::*;

    /// Lamps 0 to 9 and chairs 10 to 19; lamp 9 and chair 19 were seen once, alone.
    fn log() -> Log {
        let mut sessions: Vec<Vec<u32>> =
            (0..200).map(|n| (0..3).map(|at| n % 2 * 10 + (n * 7 + at * 3) % 9).collect()).collect();
        sessions.extend([vec![9], vec![19]]);
        let mut log = Log::of_items(&sessions);
        log.categories = vec!["chair".into(), "lamp".into()];
        for (number, item) in log.items.iter_mut().enumerate() {
            item.category = u16::from(number < 10);
            item.brand = if number % 2 == 1 { "odd".into() } else { "even".into() };
            item.price_cents = 1000 + 10 * number as u32;
        }
        log
    }

    fn filled(log: &Log) -> (Vec<CountedRow>, Vec<CountedRow>) {
        let counts = Counts::new(log, 0..log.ends.len());
        let (before, looks) = counts.into_rows(&super::super::kernel::Kernels::default(), 6, 1, 0.0);
        let lists = |rows: &CountedRows| rows.iter().map(<[_]>::to_vec).collect();
        (lists(&before), lists(&fill(before.clone(), log, &looks, 6)))
    }

    #[test]
    fn a_product_seen_once_gets_a_row_of_its_like_and_stands_in_theirs() {
        let (before, rows) = filled(&log());
        assert!(before[9].is_empty());
        assert!(!rows[9].is_empty() && rows[9].iter().all(|(other, _)| *other < 9));
        let heaviest = rows[9].iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0;
        assert_eq!(heaviest % 2, 1, "not of its own brand");
        assert!(rows[..9].iter().any(|row| row.iter().any(|(other, _)| *other == 9)));
        assert!(rows.iter().all(|row| row.len() <= 6));
    }

    #[test]
    fn without_categories_nothing_is_lent() {
        let mut log = log();
        log.categories = vec![UNCATEGORISED.into()];
        log.items.iter_mut().for_each(|item| item.category = 0);
        let (before, rows) = filled(&log);
        assert_eq!(before, rows);
    }
}
