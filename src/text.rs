//! Splitting text at ASCII bytes, and other small work on text.
//!
//! The standard library's searchers are made for long texts and all kinds of patterns. The texts here are short, and each
//! kind of searcher would cost the shopper up to 3 kB of Wasm.

use alloc::string::String;

/// The text up to the first of some ASCII bytes, or all of it.
#[inline(never)]
pub(crate) fn until<'t>(text: &'t str, stops: &[u8]) -> &'t str {
    let at = text.bytes().position(|byte| stops.contains(&byte));
    at.and_then(|at| text.get(..at)).unwrap_or(text)
}

/// The texts before and after the first occurrence of an ASCII byte; `None` if there is none.
pub(crate) fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let before = until(text, &[at]);
    Some((before, text.get(before.len() + 1..)?))
}

/// The text after the last occurrence of an ASCII byte, or all of it.
pub(crate) fn behind_last(text: &str, byte: u8) -> &str {
    let at = text.bytes().rposition(|found| found == byte);
    at.and_then(|at| text.get(at + 1..)).unwrap_or(text)
}

/// Bytes as text; `None` if they are not UTF-8. It reads byte by byte: the standard library's own check is made for long
/// texts, and twice as large.
#[inline(never)]
pub(crate) fn utf8(bytes: &[u8]) -> Option<&str> {
    let Some(chunk) = bytes.utf8_chunks().next() else { return Some("") };
    chunk.invalid().is_empty().then(|| chunk.valid())
}

/// Bytes as hexadecimal digits, two each.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    text
}

/// The position of a mark in a text.
pub(crate) fn place(text: &str, mark: &str) -> Option<usize> {
    text.as_bytes().windows(mark.len()).position(|part| part == mark.as_bytes())
}

/// What stands for a word in a list of words, which is one text with a space between two: a table of references to texts
/// would take twelve bytes a word more.
pub(crate) fn meaning<T: Copy>(word: &str, words: &str, meanings: &[T]) -> Option<T> {
    let at = list(words).position(|known| known == word.as_bytes())?;
    meanings.get(at).copied()
}

/// The words of such a list.
pub(crate) fn list(words: &str) -> impl Iterator<Item = &[u8]> {
    split(words.as_bytes(), |byte| byte == b' ')
}

/// The parts of a text between separators. A function pointer instead of a type of its own for each kind of separator.
pub(crate) fn split(text: &[u8], is_separator: fn(u8) -> bool) -> impl Iterator<Item = &[u8]> {
    text.split(move |byte| is_separator(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_where_the_standard_library_would() {
        for text in ["", "a", "a/b?c=d&é#f", "/", "é/é", "..", "a.b.c"] {
            assert_eq!(until(text, b"/?#"), text.split(['/', '?', '#']).next().unwrap());
            assert_eq!(cut(text, b'='), text.split_once('='));
            assert_eq!(behind_last(text, b'.'), text.rsplit('.').next().unwrap());
            assert_eq!(place(text, "é"), text.find('é'));
        }
    }
}
