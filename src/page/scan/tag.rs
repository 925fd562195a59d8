//! Tags as positions in the source, their attributes, and a reader that can stop and continue at any byte.

use crate::name::Name;
use crate::word::{eight, ends_name, ends_tag_name, find, is_space};
use core::ops::Range;

/// A start or end tag, as positions in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Position of its `<`.
    pub start: usize,
    /// Position after its name.
    pub named: usize,
    /// Position after its `>`.
    pub end: usize,
    /// Its name.
    pub name: Name,
    /// Whether it is an end tag.
    pub closes: bool,
    /// Whether it ends with `/>`.
    pub slash: bool,
    /// Whether the name of an attribute begins with `data-`.
    pub data: bool,
}

impl Tag {
    /// Its attributes in order. `input` must be the input in which the tag was found.
    pub fn attributes<'i>(&self, input: &'i [u8]) -> Attributes<'i> {
        Attributes { input: input.get(..self.end).unwrap_or_default(), at: self.named }
    }
}

/// The attributes of a tag.
#[derive(Clone, Debug)]
pub struct Attributes<'i> {
    input: &'i [u8],
    at: usize,
}

/// An attribute, as positions in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: Range<usize>,
    /// Its value without quotes; empty if it has none.
    pub value: Range<usize>,
    /// Position after the whole attribute.
    pub end: usize,
}

impl Iterator for Attributes<'_> {
    type Item = Attribute;

    fn next(&mut self) -> Option<Attribute> {
        let input = self.input;
        let skip = |mut at: usize| {
            while is_space(*input.get(at)?) {
                at += 1;
            }
            Some(at)
        };
        let mut at = self.at;
        while is_space(*input.get(at)?) || input.get(at) == Some(&b'/') {
            at += 1;
        }
        if *input.get(at)? == b'>' {
            return None;
        }
        let begin = at;
        at += 1;
        while !ends_name(*input.get(at)?) {
            at += 1;
        }
        let name = begin..at;
        let equals = skip(at)?;
        if *input.get(equals)? != b'=' {
            self.at = at;
            return Some(Attribute { name, value: at..at, end: at });
        }
        at = skip(equals + 1)?;
        let (value, end) = match *input.get(at)? {
            quote @ (b'"' | b'\'') => {
                let end = find(input, at + 1, quote)?;
                (at + 1..end, end + 1)
            }
            _ => {
                let begin = at;
                while input.get(at).is_some_and(|byte| !is_space(*byte) && *byte != b'>') {
                    at += 1;
                }
                (begin..at, at)
            }
        };
        self.at = end;
        Some(Attribute { name, value, end })
    }
}

/// Whether the name of an attribute begins with `data-`.
#[inline(always)]
fn is_data(name: &[u8]) -> bool {
    name.len() > 5 && name[0] | 32 == b'd' && name[..5].eq_ignore_ascii_case(b"data-")
}

/// The state in which a tag reader stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    TagName,
    BeforeName,
    Name,
    AfterName,
    BeforeValue,
    Quoted(u8),
    Unquoted,
}

/// A reader of one tag. It continues where the input ended, so that a tag that arrives byte by byte is read only once. The
/// input that follows must start with the first byte of the tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    place: Place,
    /// Position reached, relative to the tag's start.
    at: usize,
    /// Start of the name of the tag or attribute, relative to the tag's start.
    begin: usize,
    named: usize,
    name: Name,
    closes: bool,
    slash: bool,
    data: bool,
}

impl Reading {
    /// A reader for the tag whose `<` is at `start`.
    #[inline(always)]
    pub(crate) fn new(input: &[u8], start: usize, closes: bool) -> Self {
        let begin = 1 + usize::from(closes);
        let (place, at, name) = match eight(input, start + begin).and_then(Name::short) {
            Some((name, len)) => (Place::BeforeName, begin + len, name),
            None => (Place::TagName, begin, Name::START),
        };
        Self { place, at, begin, named: at, name, closes, slash: false, data: false }
    }

    /// Continues to read the tag at `start`. If the tag is incomplete, returns the reader itself, to continue later.
    #[inline(always)]
    #[allow(clippy::too_many_lines, reason = "one loop over the standard's states, a branch each")]
    pub(crate) fn read(mut self, input: &[u8], start: usize) -> Result<Tag, Self> {
        let tag = input.get(start..).unwrap_or_default();
        let mut at = self.at;
        macro_rules! byte {
            ($place:expr) => {
                match tag.get(at) {
                    Some(byte) => *byte,
                    None => return Err(Self { place: $place, at, ..self }),
                }
            };
        }
        let mut place = self.place;
        loop {
            place = match place {
                Place::TagName => {
                    loop {
                        let byte = byte!(Place::TagName);
                        if ends_tag_name(byte) {
                            break;
                        }
                        self.name = self.name.with(byte, at - self.begin);
                        at += 1;
                    }
                    self.named = at;
                    Place::BeforeName
                }
                Place::BeforeName => match byte!(Place::BeforeName) {
                    b'>' => {
                        let (named, end) = (start + self.named, start + at + 1);
                        let Self { name, closes, slash, data, .. } = self;
                        return Ok(Tag { start, named, end, name, closes, slash, data });
                    }
                    b'/' => {
                        self.slash = true;
                        at += 1;
                        Place::BeforeName
                    }
                    byte if is_space(byte) => {
                        self.slash = false;
                        at += 1;
                        Place::BeforeName
                    }
                    _ => {
                        self.slash = false;
                        self.begin = at;
                        at += 1;
                        Place::Name
                    }
                },
                Place::Name => {
                    while !ends_name(byte!(Place::Name)) {
                        at += 1;
                    }
                    self.data = self.data || tag.get(self.begin..at).is_some_and(is_data);
                    Place::AfterName
                }
                Place::AfterName => match byte!(Place::AfterName) {
                    b'=' => {
                        at += 1;
                        Place::BeforeValue
                    }
                    byte if is_space(byte) => {
                        at += 1;
                        Place::AfterName
                    }
                    _ => Place::BeforeName,
                },
                Place::BeforeValue => match byte!(Place::BeforeValue) {
                    quote @ (b'"' | b'\'') => {
                        at += 1;
                        Place::Quoted(quote)
                    }
                    byte if is_space(byte) => {
                        at += 1;
                        Place::BeforeValue
                    }
                    b'>' => Place::BeforeName,
                    _ => Place::Unquoted,
                },
                Place::Quoted(quote) => {
                    let Some(end) = find(tag, at, quote) else {
                        return Err(Self { place, at: tag.len(), ..self });
                    };
                    at = end + 1;
                    Place::BeforeName
                }
                Place::Unquoted => {
                    loop {
                        let byte = byte!(Place::Unquoted);
                        if is_space(byte) || byte == b'>' {
                            break;
                        }
                        at += 1;
                    }
                    Place::BeforeName
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn attributes_are_found_in_every_quoting() {
        let html = b"<a b c=d e = 'f>' data-X=\"g\"h i=/ =j k=>";
        let tag = Reading::new(html, 0, false).read(html, 0).ok().unwrap();
        assert!(tag.data && !tag.slash && tag.end == html.len());
        let text = |range: Range<usize>| core::str::from_utf8(&html[range]).unwrap();
        let found: Vec<_> = tag.attributes(html).map(|found| (text(found.name), text(found.value))).collect();
        let expected =
            [("b", ""), ("c", "d"), ("e", "f>"), ("data-X", "g"), ("h", ""), ("i", "/"), ("=j", ""), ("k", "")];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_tag_is_read_alike_wherever_the_input_ends() {
        let html = b"<Img a='b\"' / data-slotwise = x/y c/>";
        let whole = Reading::new(html, 0, false).read(html, 0).ok().unwrap();
        assert!(whole.slash);
        for cut in 1..html.len() {
            let reading = Reading::new(&html[..cut], 0, false).read(&html[..cut], 0).unwrap_err();
            assert_eq!(reading.read(html, 0).ok(), Some(whole.clone()));
        }
    }
}
