//! What a chunk says without reading its tags: whether a slot may begin in it, and how much of it may go out.
//!
//! Most of a page's bytes lie behind its last slot, or on a page that has none. For those the tags need not be
//! known; they are read later, if a slot comes after all. Both functions here say too much rather than too little.

use crate::mark::{BECAUSE, SLOT};
use crate::word::{find, is_space, rfind};

/// Where the last attribute that a host is asked about ends its name, behind `from`; `None` if there is none.
///
/// It may stand in a script, a comment or a value as well. `from` is to leave out less than a name.
pub(crate) fn last_marked(input: &[u8], from: usize) -> Option<usize> {
    let (mut at, mut last) = (from, None);
    while let Some(dash) = find(input, at, b'-') {
        at = dash + 1;
        // Of the names only what is behind the dash differs.
        if matches!(input.get(at), Some(b's' | b'S' | b'b' | b'B')) {
            let named = |name: &str| {
                let start = at.checked_sub("data-".len())?;
                let found = input.get(start..start + name.len())?;
                found.eq_ignore_ascii_case(name.as_bytes()).then_some(start + name.len())
            };
            last = named(SLOT).or_else(|| named(BECAUSE)).or(last);
        }
    }
    last
}

/// Longest name that [`last_marked`] looks for, less one: so much of it may stand in the chunk before.
pub(crate) const CUT: usize = SLOT.len() - 1;

/// How far a chunk may go out: up to where a start tag may begin that does not end in it. `None` if only reading the
/// tags could tell.
///
/// Where a tag is open at the end of the chunk, there are three ways it can be. In a quoted value: then the quote that
/// opened it is the last of its kind, and stands behind a `=`. Behind a quoted value that holds a `>`: then a quote
/// comes after the last `>`. Else no `>` comes after the tag's `<`.
pub(crate) fn open_from(chunk: &[u8]) -> Option<usize> {
    let closed = rfind(chunk, b'>').map_or(0, |at| at + 1);
    for quote in [b'"', b'\''] {
        let Some(at) = rfind(chunk, quote) else { continue };
        let before = chunk.get(..at)?.iter().rev().find(|byte| !is_space(**byte));
        // With nothing before it, a `=` may have gone out.
        if at >= closed || before.is_none_or(|byte| *byte == b'=') {
            return None;
        }
    }
    let mut at = closed;
    while let Some(start) = find(chunk, at, b'<') {
        if chunk.get(start + 1).is_none_or(u8::is_ascii_alphabetic) {
            return Some(start);
        }
        at = start + 1;
    }
    Some(chunk.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_mark_is_found_in_any_case() {
        for (html, expected) in [
            ("<a data-slotwise=x>", Some(16)),
            ("<a DATA-Slotwise=x><b data-becausE>", Some(34)),
            ("<a data-slot-wise data-item=1 --data-becaus", None),
            ("data-slotwise", Some(13)),
            ("-slotwise ata-slotwise", None),
            ("", None),
        ] {
            assert_eq!(last_marked(html.as_bytes(), 0), expected, "{html}");
        }
        assert_eq!(last_marked(b"data-slotwise", 1), Some(13), "its beginning came before");
        assert_eq!(last_marked(b"data-slotwise <b", 5), None);
    }

    #[test]
    fn what_may_be_an_open_tag_stays() {
        for (html, expected) in [
            ("<p class=\"a\">text", Some(17)),
            ("<p>1 < 2, </p", Some(13)),
            ("<p>text<", Some(7)),
            ("<p>text<b class=x", Some(7)),
            ("<script>if (a<b", Some(13)),
            ("<b class='x>y' ", None),
            ("<b class='x>y", None),
            ("<b class = \"x<y>", None),
            ("<b class=\"", None),
            ("<p>a \"quoted\" word", None),
            ("<img alt=\"\">", Some(12)),
            ("\">", None),
            ("", Some(0)),
        ] {
            assert_eq!(open_from(html.as_bytes()), expected, "{html}");
        }
    }
}
