//! What strangers' visits say of a product, and what is believed of it.
//!
//! A stranger's page states title, brand, category and price with each event. One visit has one vote for each of
//! these, its newest word. A word is believed if at least three visits agree on it ([`ENOUGH`], by the
//! [influence](super::influence) of each). Of several such words the one with most votes among the newest visits
//! wins: for a price among the newest few, twice the square root of all votes, so that a new price comes through within
//! hours; for texts among the newest half.

use super::row::RowItem;
use std::collections::HashMap;
use xxhash_rust::xxh64::Xxh64;

/// Weight of the visits that must agree before a stranger's word is believed, and that must name a product before it
/// exists: three visits, of which one may count by half.
pub(super) const ENOUGH: f64 = 2.5;
/// Votes that are always looked at.
const NEWEST: usize = 9;
/// Different statements of one product that are kept apart.
const MOST: usize = u16::MAX as usize - 1;

/// What one event says of a product; empty texts and a price of 0 say nothing.
#[derive(Debug, Default)]
struct Statement {
    path: Box<str>,
    brand: Box<str>,
    title: Box<str>,
    price_cents: u32,
}

/// The different statements about one product, numbered from 1.
#[derive(Debug, Default)]
pub(super) struct Statements {
    different: Vec<Statement>,
    /// Digest and number of the statement made last: mostly the next one is the same.
    last: (u64, u16),
    /// Numbers by digest; filled from the second statement on.
    numbers: HashMap<u64, u16>,
}

impl Statements {
    /// Takes a statement in and returns its number; 0 if it says nothing, or if there are too many.
    pub(super) fn add(&mut self, row: &RowItem) -> u16 {
        if row.category.is_empty() && row.brand.is_empty() && row.title.is_empty() && row.price_cents == 0 {
            return 0;
        }
        let mut digest = Xxh64::new(0);
        for text in [&row.category, &row.brand, &row.title] {
            digest.update(text.as_bytes());
            digest.update(&[0]);
        }
        digest.update(&row.price_cents.to_le_bytes());
        let digest = digest.digest();
        if self.last.0 != digest || self.last.1 == 0 {
            let fresh = self.different.len() as u16 + 1;
            let known = self.numbers.get(&digest).copied();
            if known.is_none() {
                if self.different.len() >= MOST {
                    return 0;
                }
                self.different.push(Statement {
                    path: row.category.as_str().into(),
                    brand: row.brand.as_str().into(),
                    title: row.title.as_str().into(),
                    price_cents: row.price_cents,
                });
                self.numbers.insert(digest, fresh);
            }
            self.last = (digest, known.unwrap_or(fresh));
        }
        self.last.1
    }

    fn get(&self, number: u16) -> Option<&Statement> {
        self.different.get(usize::from(number).checked_sub(1)?)
    }
}

/// The votes of visits about one product, and what they agree on.
#[derive(Default)]
pub(super) struct Votes<'a> {
    path: Vec<Vote<&'a str>>,
    brand: Vec<Vote<&'a str>>,
    title: Vec<Vote<&'a str>>,
    price: Vec<Vote<u32>>,
}

/// When, what, and the weight of the visit.
type Vote<T> = (u64, T, f32);

impl<'a> Votes<'a> {
    /// Takes in one visit: times and numbers of its statements, newest first.
    pub(super) fn add(&mut self, of: &'a Statements, visit: &[(u64, u16)], weight: f32) {
        let known = || visit.iter().filter_map(|(time_ms, number)| Some((*time_ms, of.get(*number)?)));
        let text = |votes: &mut Vec<Vote<&'a str>>, text: fn(&Statement) -> &str| {
            let newest = known().find(|(_, statement)| !text(statement).is_empty());
            votes.extend(newest.map(|(time_ms, statement)| (time_ms, text(statement), weight)));
        };
        text(&mut self.path, |statement| &statement.path);
        text(&mut self.brand, |statement| &statement.brand);
        text(&mut self.title, |statement| &statement.title);
        let priced = known().find(|(_, statement)| statement.price_cents > 0);
        self.price.extend(priced.map(|(time_ms, statement)| (time_ms, statement.price_cents, weight)));
    }

    /// The category path that visits agree on.
    pub(super) fn path(&mut self) -> Option<(u64, &'a str)> {
        agreed(&mut self.path, |votes| votes / 2)
    }

    /// The brand that visits agree on.
    pub(super) fn brand(&mut self) -> Option<(u64, &'a str)> {
        agreed(&mut self.brand, |votes| votes / 2)
    }

    /// The title that visits agree on.
    pub(super) fn title(&mut self) -> Option<(u64, &'a str)> {
        agreed(&mut self.title, |votes| votes / 2)
    }

    /// The price that visits agree on, in hundredths.
    pub(super) fn price_cents(&mut self) -> Option<(u64, u32)> {
        agreed(&mut self.price, |votes| 2 * votes.isqrt())
    }
}

/// The word with most votes among the newest, with the time of its newest vote; among all, if too few agree there.
fn agreed<T: Copy + Ord>(votes: &mut [Vote<T>], newest: impl Fn(usize) -> usize) -> Option<(u64, T)> {
    votes.sort_by_key(|vote| std::cmp::Reverse(vote.0));
    let newest = newest(votes.len()).max(NEWEST).min(votes.len());
    most(&votes[..newest]).or_else(|| most(votes))
}

/// The word with most votes, if enough agree on it; of equals the newer one. Votes are in order, newest first.
fn most<T: Copy + Ord>(votes: &[Vote<T>]) -> Option<(u64, T)> {
    let mut words: Vec<Vote<T>> = votes.to_vec();
    words.sort_by_key(|vote| vote.1);
    let sum = |same: &[Vote<T>]| {
        let newest = same.iter().map(|vote| vote.0).max().unwrap_or_default();
        (same.iter().map(|vote| f64::from(vote.2)).sum::<f64>(), newest, same[0].1)
    };
    let sums = words.chunk_by(|one, other| one.1 == other.1).map(sum).filter(|(sum, ..)| *sum >= ENOUGH);
    let best = sums.max_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    best.map(|(_, newest, word)| (newest, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(title: &str, price_cents: u32) -> RowItem {
        RowItem { title: title.into(), price_cents, ..RowItem::default() }
    }

    /// The title and price that visits agree on: each is (time, title, price), of full weight.
    fn believed(visits: &[(u64, &str, u32)]) -> (Option<String>, Option<u32>) {
        let mut statements = Statements::default();
        let numbers: Vec<(u64, u16)> =
            visits.iter().map(|(time, title, price)| (*time, statements.add(&row(title, *price)))).collect();
        let mut votes = Votes::default();
        for visit in numbers {
            votes.add(&statements, &[visit], 1.0);
        }
        (votes.title().map(|(_, title)| title.to_owned()), votes.price_cents().map(|(_, price)| price))
    }

    #[test]
    fn three_visits_must_agree_and_one_cannot_rename() {
        assert_eq!(believed(&[(1, "Lamp", 5), (2, "Lamp", 5)]), (None, None));
        let lamps = [(1, "Lamp", 500), (2, "Lamp", 500), (3, "Lamp", 500), (4, "Free money", 1)];
        assert_eq!(believed(&lamps), (Some("Lamp".into()), Some(500)));
    }

    #[test]
    fn a_new_price_comes_through_in_time_and_a_few_visits_do_not_rename() {
        let mut visits: Vec<(u64, &str, u32)> = (0..400).map(|at| (at, "Lamp", 500)).collect();
        visits.extend((400..425).map(|at| (at, "Free money", 450)));
        assert_eq!(believed(&visits), (Some("Lamp".into()), Some(450)));
        visits.truncate(408);
        assert_eq!(believed(&visits), (Some("Lamp".into()), Some(500)));
    }

    #[test]
    fn a_visit_has_one_vote_for_each_field_its_newest_word() {
        let mut statements = Statements::default();
        let numbers = [row("", 7), row("Lamp", 5)].map(|row| statements.add(&row));
        assert_eq!(numbers, [1, 2]);
        assert_eq!((statements.add(&row("", 7)), statements.add(&row("", 0))), (1, 0));
        let mut votes = Votes::default();
        for _ in 0..3 {
            votes.add(&statements, &[(9, 1), (8, 2)], 1.0);
        }
        assert_eq!((votes.title(), votes.price_cents()), (Some((8, "Lamp")), Some((9, 7))));
    }
}
