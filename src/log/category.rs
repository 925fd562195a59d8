//! The categories and brands of a log, numbered, and the most that are kept.
//!
//! A snapshot numbers categories in 16 bits and has lists for each, so a log that makes up categories by the thousand
//! must not reach it. The categories with most products are kept. A product of another one falls to the nearest
//! category above that is kept, or has none.

use super::catalogue::{Item, UNCATEGORISED};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Categories kept at most, [`UNCATEGORISED`] included.
const MAX_CATEGORIES: usize = 4096;
/// Brands kept at most.
const MAX_BRANDS: usize = 32_768;

/// Numbers the products' categories in alphabetical order of their paths, which are returned. Those above them have
/// numbers as well, because lists, searches and declared preferences name them. What the caps take away is noted.
pub(super) fn number(items: &mut [Item], notes: &mut Vec<String>) -> Vec<String> {
    if let Some((kept, found)) = most(items.iter().map(|item| &*item.path), MAX_CATEGORIES - 1) {
        for item in items.iter_mut() {
            let mut path = &*item.path;
            while !path.is_empty() && !kept.contains(path) {
                path = &path[..path.rfind('.').unwrap_or_default()];
            }
            if path.len() < item.path.len() {
                item.path = path.into();
            }
        }
        notes.push(format!(
            "{found} categories, of which the {} with most products were kept; products of the others fall to the \
             category above",
            kept.len()
        ));
    }
    if let Some((kept, found)) = most(items.iter().map(|item| &*item.brand), MAX_BRANDS) {
        for item in items.iter_mut().filter(|item| !kept.contains(&*item.brand)) {
            item.brand = "".into();
        }
        notes.push(format!("{found} brands, of which the {} with most products were kept", kept.len()));
    }
    let own: BTreeSet<&str> = items.iter().map(|item| &*item.path).chain([UNCATEGORISED]).collect();
    let mut paths = own.clone();
    for above in own.into_iter().flat_map(lineage) {
        if paths.len() < MAX_CATEGORIES {
            paths.insert(above);
        }
    }
    let categories: Vec<String> = paths.into_iter().map(str::to_owned).collect();
    for item in items {
        let found = categories.binary_search_by(|known| known.as_str().cmp(&item.path));
        item.category = found.unwrap_or_default() as u16;
    }
    categories
}

/// The categories above a path, the topmost first, and the path itself.
pub(crate) fn lineage(path: &str) -> impl Iterator<Item = &str> {
    let above = path.match_indices('.').map(|(at, _)| &path[..at]);
    above.filter(|path| !path.is_empty()).chain([path])
}

/// The names that most products have, and how many names there are; `None` if all can be kept.
fn most<'a>(names: impl Iterator<Item = &'a str>, limit: usize) -> Option<(HashSet<String>, usize)> {
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for name in names.filter(|name| !name.is_empty()) {
        *counts.entry(name).or_default() += 1;
    }
    let found = counts.len();
    let mut counts: Vec<(&str, u32)> = counts.into_iter().filter(|_| found > limit).collect();
    counts.sort_unstable_by_key(|(name, count)| (Reverse(*count), *name));
    let kept = counts.into_iter().take(limit).map(|(name, _)| name.to_owned()).collect();
    (found > limit).then_some((kept, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(path: &str, brand: &str) -> Item {
        Item { path: path.into(), brand: brand.into(), ..Item::default() }
    }

    #[test]
    fn a_flood_of_categories_falls_to_the_one_above_and_is_noted() {
        let mut items: Vec<Item> =
            (0..70_000).map(|at| item(&format!("shoes.made-up.{at}"), &format!("b{at}"))).collect();
        items.extend((0..3).map(|_| item("shoes", "known")));
        items.extend((0..2).map(|_| item("lamps.desk", "")));
        let mut notes = Vec::new();
        let categories = number(&mut items, &mut notes);
        assert_eq!(categories.len(), MAX_CATEGORIES);
        assert!(categories.is_sorted() && categories.contains(&"lamps.desk".to_owned()));
        assert_eq!(categories[usize::from(items[69_999].category)], "shoes");
        assert_eq!(categories[usize::from(items[70_004].category)], "lamps.desk");
        assert_eq!(
            (&*items[70_000].brand, items.iter().filter(|item| !item.brand.is_empty()).count()),
            ("known", MAX_BRANDS + 2)
        );
        assert_eq!(notes.len(), 2, "{notes:?}");
    }

    #[test]
    fn a_usual_log_keeps_all_its_categories() {
        let mut items = [item("b", "x"), item("", ""), item("a.c", "")];
        let mut notes = Vec::new();
        assert_eq!(number(&mut items, &mut notes), [UNCATEGORISED, "a", "a.c", "b"]);
        assert_eq!(items.map(|item| item.category), [3, 0, 2]);
        assert!(notes.is_empty());
    }
}
