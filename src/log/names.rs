//! Event names: which event a log means by a name, and what to say of names that mean none.
//!
//! A log that calls things by other names than GA4 teaches nothing of them. So names that are not understood are listed with
//! their counts, and with the `--map` that makes them understood. A name of GA4's that the engine has no use for, such as
//! `page_view`, is listed without advice.
//!
//! Invariant: a hostile log cannot fill the memory with names; beyond [`MAX_NAMES`] they are counted together.

use crate::event::EventKind;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Short names that public logs use, with GA4's name.
const SHORT: [(&str, &str); 3] = [("view", "view_item"), ("cart", "add_to_cart"), ("click", "select_item")];

/// Words in names of other systems, with GA4's name for what they mostly mean. The first that fits wins.
const WORDS: [(&str, &str); 19] = [
    ("remove", "remove_from_cart"),
    ("wish", "add_to_wishlist"),
    ("fav", "add_to_wishlist"),
    ("checkout", "begin_checkout"),
    ("basket", "add_to_cart"),
    ("cart", "add_to_cart"),
    ("purchase", "purchase"),
    ("order", "purchase"),
    ("buy", "purchase"),
    ("bought", "purchase"),
    ("transaction", "purchase"),
    ("sale", "purchase"),
    ("search", "view_search_results"),
    ("list", "view_item_list"),
    ("categor", "view_item_list"),
    ("detail", "view_item"),
    ("product", "view_item"),
    ("view", "view_item"),
    ("click", "select_item"),
];

/// Names of GA4's own that the engine has no use for.
const UNUSED: [&str; 14] = [
    "page_view",
    "session_start",
    "first_visit",
    "view_promotion",
    "form_start",
    "form_submit",
    "file_download",
    "video_start",
    "video_progress",
    "video_complete",
    "login",
    "sign_up",
    "share",
    "generate_lead",
];

/// Different unknown names that are kept apart.
const MAX_NAMES: usize = 200;
/// Longest part of a name that is kept, in bytes.
const MAX_NAME: usize = 60;
/// Unknown names that are listed.
const LISTED: usize = 8;

/// The kind of an event name: a GA4 name, or one of the short ones that public logs use.
pub(super) fn kind_of(name: &str) -> Option<EventKind> {
    let short = SHORT.iter().find(|(short, _)| *short == name);
    EventKind::from_name(short.map_or(name, |(_, name)| name))
}

/// Every name that [`kind_of`] knows.
#[cfg(feature = "train")]
pub(super) fn all() -> impl Iterator<Item = (&'static str, EventKind)> {
    let short = SHORT.iter().filter_map(|(short, _)| Some((*short, kind_of(short)?)));
    short.chain(EventKind::ALL).chain(EventKind::ALIASES)
}

/// GA4's name for what a name probably means; `None` if that would be a guess.
pub(super) fn suggestion(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    if UNUSED.contains(&lower.as_str()) {
        return None;
    }
    let near = near(&lower, &EventKind::ALL.map(|(name, _)| name));
    near.or_else(|| WORDS.iter().find(|(word, _)| lower.contains(word)).map(|(_, name)| *name))
}

/// `; did you mean …?` if a known name differs in at most a third of the letters. More distant names would be guesses.
pub(crate) fn nearest(name: &str, known: &[&str]) -> String {
    near(name, known).map_or(String::new(), |other| format!("; did you mean {other}?"))
}

/// The known name that differs least, if it differs in at most a third of the letters.
fn near<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let best = known.iter().map(|other| (distance(name, other), *other)).min();
    best.filter(|(distance, _)| *distance * 3 <= name.chars().count().max(3)).map(|(_, other)| other)
}

/// Levenshtein's edit distance, by rows: `row[j]` is the distance of what was read of `a` to the first `j` letters of `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let cost = (diagonal + usize::from(from != *to)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[b.len()]
}

/// Event names that mean nothing to the engine, with the number of their rows.
#[derive(Clone, Debug, Default)]
pub struct UnknownNames {
    counts: BTreeMap<String, u64>,
    /// Rows of names beyond [`MAX_NAMES`].
    more: u64,
}

impl UnknownNames {
    /// Counts a row.
    pub(super) fn add(&mut self, name: &str) {
        let name = &name[..name.floor_char_boundary(MAX_NAME)];
        if let Some(count) = self.counts.get_mut(name) {
            *count += 1;
        } else if self.counts.len() < MAX_NAMES {
            self.counts.insert(name.into(), 1);
        } else {
            self.more += 1;
        }
    }

    /// Rows of all unknown names.
    pub fn total(&self) -> u64 {
        self.counts.values().sum::<u64>() + self.more
    }

    /// The most frequent names with their counts, and how to make them understood. Empty without unknown names.
    pub fn told(&self) -> String {
        let mut names: Vec<(&String, &u64)> = self.counts.iter().collect();
        names.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
        let mut text = String::new();
        let mut mapped = Vec::new();
        for (name, count) in names.iter().take(LISTED) {
            let separator = if text.is_empty() { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(text, "{separator}\"{}\" {count}", name.escape_debug());
            if let Some(likely) = suggestion(name) {
                let _ = write!(text, " (probably {likely})");
                mapped.push(format!("{name}:{likely}"));
            }
        }
        if names.len() > LISTED || self.more > 0 {
            let _ = write!(text, " and more");
        }
        let is_advised = names.iter().any(|(name, _)| !UNUSED.contains(&name.to_lowercase().as_str()));
        if !mapped.is_empty() {
            let _ = write!(text, "; to count them, --map event={}", mapped.join(","));
        } else if is_advised {
            text.push_str("; to count one, --map event=NAME:purchase, or another GA4 name");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_systems_are_suggested_and_names_without_use_are_not() {
        for (name, meant) in [
            ("viewitem", "view_item"),
            ("View_Item", "view_item"),
            ("addToCart", "add_to_cart"),
            ("order_completed", "purchase"),
            ("product-page", "view_item"),
            ("fav", "add_to_wishlist"),
        ] {
            assert_eq!(suggestion(name), Some(meant), "{name}");
        }
        for name in ["page_view", "session_start", "4", "heartbeat"] {
            assert_eq!(suggestion(name), None, "{name}");
        }
    }

    #[test]
    fn unknown_names_are_told_with_the_map_to_write() {
        let mut names = UnknownNames::default();
        assert_eq!((names.total(), names.told()), (0, String::new()));
        for name in ["viewitem", "viewitem", "page_view"] {
            names.add(name);
        }
        let told =
            "\"viewitem\" 2 (probably view_item), \"page_view\" 1; to count them, --map event=viewitem:view_item";
        assert_eq!(names.told(), told);
        for number in 0..1000 {
            names.add(&format!("n{number}"));
        }
        assert_eq!(names.total(), 1003);
        assert!(names.counts.len() == MAX_NAMES && names.told().contains("and more"));
    }
}
