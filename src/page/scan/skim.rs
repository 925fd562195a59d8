//! Skimming: tells without reading tags whether a slot may begin in a chunk, and how much of the chunk may go out.
//!
//! Most bytes of a shop's pages come after the last slot, or belong to a page without slots. Their tags do not matter,
//! unless another slot follows; then they are read after all. Both functions err on the safe side: they may announce a
//! slot or an open tag that does not exist, but they never miss one.

use crate::mark::{BECAUSE, SLOT};
use crate::word::{find, is_space, rfind};

/// End of the last name in `input` that marks a slot or an explanation; `None` if there is none. Names that end before
/// `from` are not searched.
///
/// The name may also occur in a script, a comment or a value.
pub(crate) fn last_marked(input: &[u8], from: usize) -> Option<usize> {
    let (mut at, mut last) = (from, None);
    while let Some(dash) = find(input, at, b'-') {
        at = dash + 1;
        // The names differ only after the dash.
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

/// Whether a slot or an explanation may begin in some HTML. It may say yes without reason, but never no.
pub fn may_hold_slots(html: &[u8]) -> bool {
    last_marked(html, 0).is_some()
}

/// Number of bytes of a name that may already have been in the previous chunk: the longest name without its last byte.
pub(crate) const CUT: usize = SLOT.len() - 1;

/// Position of the first start tag that may be incomplete at the end of the chunk; its length if there is none. `None`
/// if only reading the tags can tell.
///
/// There are three cases of an incomplete tag:
///
/// - It ends in a quoted value. Then the opening quote is the last of its kind in the chunk, and follows a `=`.
/// - It has a quoted value that contains a `>`. Then a quote follows the last `>` of the chunk.
/// - Otherwise no `>` follows its `<`.
pub(crate) fn open_from(chunk: &[u8]) -> Option<usize> {
    let closed = rfind(chunk, b'>').map_or(0, |at| at + 1);
    for quote in [b'"', b'\''] {
        let Some(at) = rfind(chunk, quote) else { continue };
        let before = chunk.get(..at)?.iter().rev().find(|byte| !is_space(**byte));
        // If nothing precedes the quote, a `=` may already have gone out.
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
