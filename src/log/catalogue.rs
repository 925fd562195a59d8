//! What the rows of a log, and the shop's catalogue, say of each product.
//!
//! The newest word wins, field by field, and an empty field says nothing. Products get their numbers in the
//! order in which they are first named.

use super::event::ItemNumber;
use super::row::RowItem;
use std::collections::{BTreeSet, HashMap};

/// The category of products that have none.
pub const UNCATEGORISED: &str = "uncategorised";

/// Time at which a product was first seen that only the catalogue names.
const LISTED: u64 = u64::MAX;

/// What is known of a product.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// The shop's id.
    pub id: String,
    /// Number of its category.
    pub category: u16,
    /// Category path.
    pub path: String,
    /// Brand.
    pub brand: String,
    /// Title, if the log has one.
    pub title: String,
    /// Link, if the log has one.
    pub url: String,
    /// Picture, if the log has one.
    pub image: String,
    /// Price in hundredths; 0 if unknown.
    pub price_cents: u32,
    /// When it was first seen, in milliseconds since 1970.
    pub first_ms: u64,
    /// Whether the catalogue says that none is left.
    pub sold_out: bool,
}

impl Item {
    /// Whether only the catalogue names it, and its time of first sight is not settled yet.
    pub(super) fn is_listed_only(&self) -> bool {
        self.first_ms == LISTED
    }

    fn path(&self) -> &str {
        if self.path.is_empty() { UNCATEGORISED } else { &self.path }
    }
}

/// Products by id, as they are named.
#[derive(Default)]
pub(super) struct Catalogue {
    items: Vec<Item>,
    numbers: HashMap<String, ItemNumber>,
}

impl Catalogue {
    /// Takes in what an event says of a product.
    pub(super) fn name(&mut self, row: &RowItem, time_ms: u64) -> ItemNumber {
        let number = *self.numbers.entry(row.id.clone()).or_insert_with(|| {
            self.items.push(Item { id: row.id.clone(), first_ms: time_ms, ..Item::default() });
            ItemNumber::new(self.items.len() as u32 - 1)
        });
        let item = &mut self.items[number.index()];
        let newest = |held: &mut String, stated: &str| {
            if !stated.is_empty() && held != stated {
                stated.clone_into(held);
            }
        };
        newest(&mut item.path, &row.category);
        newest(&mut item.brand, &row.brand);
        newest(&mut item.title, &row.title);
        newest(&mut item.url, &row.url);
        newest(&mut item.image, &row.image);
        item.sold_out = row.sold_out;
        item.first_ms = item.first_ms.min(time_ms);
        if row.price_cents > 0 {
            item.price_cents = row.price_cents;
        }
        number
    }

    /// Takes in what the shop's catalogue says of a product, which may be one that nobody looked at yet.
    pub(super) fn list(&mut self, row: &RowItem) {
        self.name(row, LISTED);
    }

    /// The products, in order of their numbers.
    pub(super) fn into_items(self) -> Vec<Item> {
        self.items
    }
}

/// The categories above a path, the topmost first, and the path itself.
pub(crate) fn lineage(path: &str) -> impl Iterator<Item = &str> {
    let above = path.match_indices('.').map(|(at, _)| &path[..at]);
    above.filter(|path| !path.is_empty()).chain([path])
}

/// Numbers the products' categories in alphabetical order of their paths, which are returned. Those above them have
/// numbers as well, because lists, searches and declared preferences name them.
pub(super) fn number_categories(items: &mut [Item]) -> Vec<String> {
    let paths: BTreeSet<&str> = items.iter().flat_map(|item| lineage(item.path())).collect();
    let categories: Vec<String> = paths.into_iter().map(str::to_owned).collect();
    for item in items {
        let found = categories.binary_search_by(|known| known.as_str().cmp(item.path()));
        item.category = found.unwrap_or_default() as u16;
    }
    categories
}
