//! What the rows of a log, and the shop's catalogue, say of each product.
//!
//! The shop's own word counts at once: in its catalogue, and in rows that name a session or a user. The newest one
//! wins, field by field, and an empty field says nothing. What strangers' visits say is believed only as far as several
//! of them [agree](super::statement) and say so later than the shop. Where the shop gives a catalogue, strangers
//! describe nothing.
//!
//! A product exists if the shop's own word names it. One that only strangers name, or that a given catalogue does not
//! list, needs three visits ([`ENOUGH`]), and there may be only so many of them.
//!
//! Products get their numbers in the order in which they are first named.

use super::event::{ItemNumber, LogEvent};
use super::localised::Localised;
use super::picture::Picture;
use super::row::RowItem;
use super::statement::{ENOUGH, Statements, Votes};
use super::summary::LogSummary;
use super::visit::Visit;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The path of products without a category. It sorts first and is always there, so "no category" has number 0, as "no brand"
/// has.
pub const UNCATEGORISED: &str = "";

/// Time at which a product was first seen that only the catalogue names.
const LISTED: u64 = u64::MAX;
/// Products kept at most that only strangers name.
const MAX_NEW: usize = 1_000_000;
/// With a catalogue, products kept at most that it does not list: one in this many of those it lists, and always
/// [`ALWAYS_NEW`].
const NEW_SHARE: usize = 10;
const ALWAYS_NEW: usize = 1000;
/// Categories and brands that are held once; more than are kept in the end.
const MAX_SHARED: usize = 65_536;

/// The most products that exist because visits name them, beside so many that the shop lists, if it lists any.
pub(crate) fn most_new(listed: Option<usize>) -> usize {
    listed.map_or(MAX_NEW, |listed| (listed / NEW_SHARE).max(ALWAYS_NEW))
}

/// What is known of a product.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// The shop's id.
    pub id: String,
    /// Number of its category.
    pub category: u16,
    /// Category path.
    pub path: Arc<str>,
    /// Brand.
    pub brand: Arc<str>,
    /// Title, if the log has one.
    pub title: String,
    /// Link, if the log has one.
    pub url: String,
    /// Picture, if the log has one.
    pub image: String,
    /// Pictures with tags, if the catalogue has them.
    pub pictures: Vec<Picture>,
    /// Title, link and price in other languages, if the catalogue has them.
    pub locales: Vec<Localised>,
    /// Price in hundredths; 0 if unknown.
    pub price_cents: u32,
    /// When it was first seen, in milliseconds since 1970.
    pub first_ms: u64,
    /// When the shop listed it, in milliseconds since 1970, if its catalogue says so; 0 if unknown.
    pub listed_ms: u64,
    /// Whether the catalogue says that none is left.
    pub sold_out: bool,
}

impl Item {
    /// Whether only the catalogue names it, and its time of first sight is not settled yet.
    pub(super) fn is_listed_only(&self) -> bool {
        self.first_ms == LISTED
    }
}

/// Sessions, each in order of time.
type Sessions = [(Visit, Vec<LogEvent>)];

/// When the shop said last what it says of each field: rows need not be in order of time, and the newest word wins.
#[derive(Default)]
struct SaidAt {
    path: u64,
    brand: u64,
    title: u64,
    url: u64,
    image: u64,
    price: u64,
    stock: u64,
}

/// Who spoke of a product.
#[derive(Default)]
struct Source {
    /// Time of the shop's newest word outside the catalogue; `None` if it has none.
    own_ms: Option<u64>,
    said_ms: SaidAt,
    is_listed: bool,
    /// What strangers say; `None` if nothing.
    said: Option<Box<Statements>>,
}

/// Products by id, as they are named.
#[derive(Default)]
pub(super) struct Catalogue {
    items: Vec<Item>,
    /// Who spoke of each. A list of its own, which is let go before the products are used.
    sources: Vec<Source>,
    numbers: HashMap<String, ItemNumber>,
    /// Categories and brands, which many products share.
    shared: HashSet<Arc<str>>,
    /// Whether the shop gives a list of its products.
    has_list: bool,
}

impl Catalogue {
    /// Gets ready; `has_list` says whether the shop gives a catalogue.
    pub(super) fn new(has_list: bool) -> Self {
        Self { has_list, ..Self::default() }
    }

    /// Takes in what an event says of a product. Returns the product, and the number of a stranger's statement.
    pub(super) fn name(&mut self, row: &RowItem, time_ms: u64, is_strangers: bool) -> (ItemNumber, u16) {
        let number = self.number(row);
        let (item, source) = (&mut self.items[number.index()], &mut self.sources[number.index()]);
        if !is_strangers {
            item.first_ms = item.first_ms.min(time_ms);
            source.own_ms = source.own_ms.max(Some(time_ms));
            item.describe(row, &mut source.said_ms, time_ms, &mut self.shared);
            return (number, 0);
        }
        let statement = if self.has_list { 0 } else { source.said.get_or_insert_default().add(row) };
        (number, statement)
    }

    /// Takes in what the shop's catalogue says of a product, which may be one that nobody looked at yet.
    pub(super) fn list(&mut self, row: &RowItem) {
        let number = self.number(row);
        let (item, source) = (&mut self.items[number.index()], &mut self.sources[number.index()]);
        source.is_listed = true;
        // The list is newer than any event.
        item.describe(row, &mut source.said_ms, u64::MAX, &mut self.shared);
    }

    fn number(&mut self, row: &RowItem) -> ItemNumber {
        if let Some(number) = self.numbers.get(&row.id) {
            return *number;
        }
        let number = ItemNumber::new(self.items.len() as u32);
        self.items.push(Item { id: row.id.clone(), first_ms: LISTED, ..Item::default() });
        self.sources.push(Source::default());
        self.numbers.insert(row.id.clone(), number);
        number
    }

    /// Finds out which products exist, and when strangers first saw them, after these sessions of these weights (none:
    /// all count in full).
    pub(super) fn existing(&mut self, sessions: &Sessions, weights: &[f32], summary: &mut LogSummary) -> Vec<bool> {
        let mut support = vec![0.0_f64; self.items.len()];
        let mut newest_visit = vec![usize::MAX; self.items.len()];
        for (number, (_, events)) in sessions.iter().enumerate() {
            for (item, time_ms) in events.iter().filter_map(|event| Some((event.item?, event.time_ms))) {
                let first_ms = &mut self.items[item.index()].first_ms;
                *first_ms = time_ms.min(*first_ms);
                if std::mem::replace(&mut newest_visit[item.index()], number) != number {
                    support[item.index()] += f64::from(weights.get(number).copied().unwrap_or(1.0));
                }
            }
        }
        let is_own = |source: &Source| source.is_listed || source.own_ms.is_some() && !self.has_list;
        let mut exists: Vec<bool> =
            self.sources.iter().zip(&support).map(|(source, support)| is_own(source) || *support >= ENOUGH).collect();
        summary.unsupported_items =
            exists.iter().zip(&newest_visit).filter(|(exists, visit)| !**exists && **visit != usize::MAX).count()
                as u64;
        let listed = self.sources.iter().filter(|source| source.is_listed).count();
        let limit = most_new(self.has_list.then_some(listed));
        let mut new: Vec<usize> = (0..exists.len()).filter(|at| exists[*at] && !is_own(&self.sources[*at])).collect();
        if new.len() > limit {
            summary.notes.push(format!(
                "{} products that the shop does not list, of which the {limit} that most visits named were kept",
                new.len()
            ));
            new.sort_by(|one, other| support[*other].total_cmp(&support[*one]).then(one.cmp(other)));
            for at in &new[limit..] {
                exists[*at] = false;
            }
        }
        exists
    }

    /// The products, in order of their numbers, described as far as the visits of these sessions agree.
    pub(super) fn into_items(mut self, sessions: &Sessions, weights: &[f32]) -> Vec<Item> {
        if self.sources.iter().any(|source| source.said.is_some()) {
            self.believe(sessions, weights);
        }
        for (item, source) in self.items.iter_mut().zip(&self.sources) {
            if !source.is_listed && item.is_listed_only() {
                // Nobody saw it who can be believed.
                item.first_ms = 0;
            }
        }
        self.items
    }

    /// Describes products by what strangers' visits agree on.
    fn believe(&mut self, sessions: &Sessions, weights: &[f32]) {
        let said = || {
            sessions.iter().enumerate().flat_map(|(session, (_, events))| {
                let of = move |(at, event): (usize, &LogEvent)| {
                    event.item.filter(|_| event.statement() > 0).map(|item| (item, session as u32, at as u32))
                };
                events.iter().enumerate().filter_map(of)
            })
        };
        // Where the statements about each product stand, product after product, in order of the sessions.
        let mut first = vec![0_usize; self.items.len() + 1];
        said().for_each(|(item, ..)| first[item.index() + 1] += 1);
        for at in 1..first.len() {
            first[at] += first[at - 1];
        }
        let mut next = first.clone();
        let mut places = vec![(0_u32, 0_u32); first.last().copied().unwrap_or_default()];
        for (item, session, at) in said() {
            places[next[item.index()]] = (session, at);
            next[item.index()] += 1;
        }
        for (at, (item, source)) in self.items.iter_mut().zip(&self.sources).enumerate() {
            let Some(said) = &source.said else { continue };
            let mut votes = Votes::default();
            for visit in places[first[at]..first[at + 1]].chunk_by(|one, other| one.0 == other.0) {
                let session = visit[0].0 as usize;
                let events = &sessions[session].1;
                let newest_first = visit.iter().rev().map(|(_, at)| &events[*at as usize]);
                let statements: Vec<_> = newest_first.map(|event| (event.time_ms, event.statement())).collect();
                votes.add(said, &statements, weights.get(session).copied().unwrap_or(1.0));
            }
            let own_ms = source.own_ms;
            let wins = |is_silent: bool, time_ms: u64| is_silent || own_ms.is_none_or(|own_ms| time_ms > own_ms);
            let text = |held: &mut String, agreed: Option<(u64, &str)>| {
                if let Some((_, text)) = agreed.filter(|(time_ms, _)| wins(held.is_empty(), *time_ms)) {
                    text.clone_into(held);
                }
            };
            text(&mut item.title, votes.title());
            for (held, agreed) in [(&mut item.path, votes.path()), (&mut item.brand, votes.brand())] {
                if let Some((_, text)) = agreed.filter(|(time_ms, _)| wins(held.is_empty(), *time_ms)) {
                    *held = shared(&mut self.shared, text);
                }
            }
            let priced = votes.price_cents().filter(|(time_ms, _)| wins(item.price_cents == 0, *time_ms));
            item.price_cents = priced.map_or(item.price_cents, |(_, price)| price);
        }
    }
}

/// A text that many products have, held once. A log that makes up a text a row does not fill the memory with them.
fn shared(words: &mut HashSet<Arc<str>>, text: &str) -> Arc<str> {
    if let Some(held) = words.get(text) {
        return held.clone();
    }
    let held: Arc<str> = text.into();
    if words.len() < MAX_SHARED {
        words.insert(held.clone());
    }
    held
}

impl Item {
    /// Takes in the shop's own word of a time. The newest wins, field by field; of equals the one read later.
    fn describe(&mut self, row: &RowItem, said: &mut SaidAt, time_ms: u64, words: &mut HashSet<Arc<str>>) {
        let is_newest = |held_ms: &mut u64, says: bool| {
            let wins = says && time_ms >= *held_ms;
            if wins {
                *held_ms = time_ms;
            }
            wins
        };
        let newest = |held: &mut String, held_ms: &mut u64, stated: &str| {
            if is_newest(held_ms, !stated.is_empty()) && held != stated {
                stated.clone_into(held);
            }
        };
        for (held, held_ms, stated) in
            [(&mut self.path, &mut said.path, &row.category), (&mut self.brand, &mut said.brand, &row.brand)]
        {
            if is_newest(held_ms, !stated.is_empty()) && **held != **stated {
                *held = shared(words, stated);
            }
        }
        newest(&mut self.title, &mut said.title, &row.title);
        newest(&mut self.url, &mut said.url, &row.url);
        newest(&mut self.image, &mut said.image, &row.image);
        // Only the catalogue has pictures and other languages.
        if !row.pictures.is_empty() {
            row.pictures.clone_into(&mut self.pictures);
        }
        if !row.locales.is_empty() {
            row.locales.clone_into(&mut self.locales);
        }
        if row.listed_ms > 0 {
            self.listed_ms = row.listed_ms;
        }
        if let Some(sold_out) = row.sold_out.filter(|_| is_newest(&mut said.stock, true)) {
            self.sold_out = sold_out;
        }
        if is_newest(&mut said.price, row.price_cents > 0) {
            self.price_cents = row.price_cents;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_word_wins_in_whatever_order_rows_come_and_the_list_wins_over_all() {
        let row = |title: &str, price_cents, sold_out| RowItem {
            id: "a".into(),
            title: title.into(),
            price_cents,
            sold_out,
            ..RowItem::default()
        };
        let mut catalogue = Catalogue::default();
        catalogue.name(&row("new", 900, Some(true)), 20, false);
        catalogue.name(&row("old", 500, Some(false)), 10, false);
        catalogue.name(&row("", 0, None), 30, false);
        let item = catalogue.items[0].clone();
        assert_eq!((item.title.as_str(), item.price_cents, item.sold_out, item.first_ms), ("new", 900, true, 10));
        catalogue.name(&row("newer", 0, Some(false)), 20, false);
        let item = catalogue.items[0].clone();
        assert_eq!(
            (item.title.as_str(), item.price_cents, item.sold_out),
            ("newer", 900, false),
            "of equals the later"
        );
        catalogue.list(&row("listed", 700, None));
        catalogue.name(&row("event", 100, None), 40, false);
        let item = catalogue.items[0].clone();
        assert_eq!((item.title.as_str(), item.price_cents), ("listed", 700));
    }
}
