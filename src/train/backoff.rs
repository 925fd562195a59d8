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

use super::count::{CountedRow, Counts};
use crate::log::{Item, Log, UNCATEGORISED};
use std::cmp::Reverse;

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

/// Lends rows to products with few looks, and adds these products to the rows of similar ones.
pub fn fill(rows: &mut [CountedRow], log: &Log, counts: &Counts, neighbours: usize) {
    let mut categories: Vec<Vec<u32>> = vec![Vec::new(); log.categories.len()];
    for (number, item) in log.items.iter().enumerate() {
        if log.categories[usize::from(item.category)] != UNCATEGORISED {
            categories[usize::from(item.category)].push(number as u32);
        }
    }
    // The most popular first, since only the first of a category are compared.
    for members in &mut categories {
        members.sort_by_key(|item| (Reverse(counts.count(*item) as u64), *item));
    }
    for own in 0..rows.len() as u32 {
        let count = counts.count(own);
        if count >= ENOUGH {
            continue;
        }
        let item = &log.items[own as usize];
        let known = categories[usize::from(item.category)].iter().filter(|other| **other != own).take(COMPARED);
        let mut similar: Vec<(u32, f64)> = known
            .map(|other| (*other, similarity(item, &log.items[*other as usize]) * (2.0 + counts.count(*other)).ln()))
            .collect();
        // Similarity times the logarithm of popularity: of two equally similar products the better known one, yet a
        // bestseller cannot outweigh another brand and price.
        similar.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        similar.truncate(neighbours);
        let Some(most) = similar.first().map(|(_, score)| *score).filter(|score| *score > 0.0) else { continue };
        // Divided by the best score, so that the most similar product weighs exactly LOAN or WELCOME.
        let share = HALF / (HALF + count) / most;
        for (at, (other, score)) in similar.into_iter().enumerate() {
            add(&mut rows[own as usize], other, LOAN * share * score, neighbours);
            if at < HOSTS {
                add(&mut rows[other as usize], own, WELCOME * share * score, neighbours);
            }
        }
    }
}

/// Similarity of two products of a category: 1, plus 1 for the same brand, plus up to 1 for the price. The price part falls
/// linearly in the logarithm of the ratio and is 0 from a ratio of e (about 2.7) on.
fn similarity(one: &Item, other: &Item) -> f64 {
    let brand = if !one.brand.is_empty() && one.brand == other.brand { 1.0 } else { 0.0 };
    let prices = (f64::from(one.price_cents), f64::from(other.price_cents));
    let price = if prices.0 > 0.0 && prices.1 > 0.0 { 1.0 - (prices.0 / prices.1).ln().abs().min(1.0) } else { 0.0 };
    1.0 + brand + price
}

/// Adds weight to a neighbour of a row. A full row gives up its lightest neighbour for a new one.
fn add(row: &mut CountedRow, item: u32, weight: f64, neighbours: usize) {
    let weight = weight as f32;
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
        let before = counts.rows(&super::super::kernel::Kernels::default(), 6, 1);
        let mut rows = before.clone();
        fill(&mut rows, log, &counts, 6);
        (before, rows)
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
