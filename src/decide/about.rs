//! What a page is about, as categories of the snapshot: the category of a category page, or what a search asks for.
//!
//! A category page names its category by path. A search page hands over the visitor's words; they are compared with the words
//! of category paths and with the plan's `terms`, which are the shoppers' own words for them. The categories that
//! most of the words fit are what the page is about. Words that fit nothing count for nothing.
//!
//! Comparing is deliberately plain: letters A to Z in either case, and one `s` at the end makes no difference. It needs no
//! tables, and gives the same answer on every host.
//!
//! Invariants: at most [`MAX_BYTES`] of a search are read, none of it is kept, and no text that leaves the engine repeats it.

use crate::model::{Affinity, Model};
use crate::text::split;
use alloc::vec::Vec;

/// How much of a text is read.
const MAX_BYTES: usize = 100;

/// Whether a category path names a category or one below it.
pub(super) fn is_inside(path: &[u8], key: &[u8]) -> bool {
    path.strip_prefix(key).is_some_and(|rest| rest.first().is_none_or(|next| *next == b'.'))
}

/// The categories that a page is about, as attention to each alike; none if the text names none.
pub(super) fn subject<B: AsRef<[u8]>>(model: &Model<B>, about: &str) -> Affinity {
    let about = about.as_bytes();
    let asked = about.get(..MAX_BYTES).unwrap_or(about);
    let terms = &model.plan().terms;
    let mut best = 1;
    let mut found = Vec::new();
    for (path, category) in model.names().categories.iter().zip(0_u16..) {
        let path = path.as_bytes();
        let terms = terms.get(usize::from(category)).map_or(&b""[..], |terms| terms.as_bytes());
        // A path is more than any number of words.
        let fitting =
            if !path.is_empty() && is_inside(path, about) { MAX_BYTES } else { met(asked, path) + met(asked, terms) };
        if fitting > best {
            best = fitting;
            found.clear();
        }
        if fitting == best {
            found.push(category);
        }
    }
    Affinity::to(found)
}

/// How many words of a search a text has.
fn met(asked: &[u8], text: &[u8]) -> usize {
    words(asked).filter(|word| words(text).any(|known| stem(known).eq_ignore_ascii_case(stem(word)))).count()
}

/// The words of a text. Letters beyond ASCII are parts of words.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    split(text, |byte| byte.is_ascii() && !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// A word without the `s` of a plural.
fn stem(word: &[u8]) -> &[u8] {
    match word {
        [stem @ .., b's' | b'S'] => stem,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_inside_by_whole_levels() {
        for (path, key, inside) in [
            ("a.b", "a", true),
            ("a.b", "a.b", true),
            ("a.bc", "a.b", false),
            ("a", "a.b", false),
            ("a", "", false),
            (".a", "", true),
        ] {
            assert_eq!(is_inside(path.as_bytes(), key.as_bytes()), inside, "{path} in {key}");
        }
    }

    #[test]
    fn words_are_compared_without_case_and_plural() {
        let all: Vec<_> = words(b"living_room.Sofas, gr\xc3\xbcn").collect();
        assert_eq!(all, [&b"living"[..], b"room", b"Sofas", b"gr\xc3\xbcn"]);
        assert_eq!(met(b"red SOFAS, and shoe", b"living_room.Sofa shoes"), 2);
        assert_eq!(met(b"car", b"carpet"), 0);
    }
}
