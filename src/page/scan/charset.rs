//! The encoding of a page: whether its tags can be found, and how text is written into it.

use crate::tag::Tag;

/// Number of bytes at the start of a page in which a `<meta>` may state the encoding.
pub(crate) const SNIFFED: usize = 1024;

/// The encoding of a page, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Charset {
    /// Not stated yet; some superset of ASCII. Text is written in ASCII with character references.
    #[default]
    Unknown,
    /// UTF-8: text is written as it is.
    Utf8,
    /// A superset of ASCII other than UTF-8. Text is written in ASCII with character references.
    Ascii,
    /// Not a superset of ASCII: the page must pass unchanged.
    Opaque,
}

impl Charset {
    /// From the value of a `Content-Type` header.
    ///
    /// ```
    /// use slotwise_scan::Charset;
    /// assert_eq!(Charset::of_content_type(b"text/html; Charset=\"UTF-8\""), Charset::Utf8);
    /// assert_eq!(Charset::of_content_type(b"text/html;charset=iso-8859-1"), Charset::Ascii);
    /// assert_eq!(Charset::of_content_type(b"text/html; charset=utf-16le"), Charset::Opaque);
    /// assert_eq!(Charset::of_content_type(b"text/html"), Charset::Unknown);
    /// ```
    pub fn of_content_type(value: &[u8]) -> Self {
        let mut parts = value.split(|byte| *byte == b';').skip(1);
        let named = parts.find_map(|part| {
            let part = part.trim_ascii();
            let equals = part.iter().position(|byte| *byte == b'=')?;
            let (name, value) = part.split_at(equals);
            name.trim_ascii_end().eq_ignore_ascii_case(b"charset").then(|| value.get(1..).unwrap_or_default())
        });
        named.map_or(Self::Unknown, Self::of_label)
    }

    /// From the name of an encoding, with or without quotes.
    fn of_label(label: &[u8]) -> Self {
        const UTF8: [&[u8]; 6] =
            [b"utf-8", b"utf8", b"unicode-1-1-utf-8", b"unicode11utf8", b"unicode20utf8", b"x-unicode20utf8"];
        const OPAQUE: [&[u8]; 15] = [
            b"utf-16",
            b"utf16",
            b"utf-32",
            b"utf32",
            b"utf-7",
            b"ucs-",
            b"csucs",
            b"iso-10646",
            b"unicode",
            b"csunicode",
            b"iso-2022",
            b"csiso2022",
            b"hz-gb",
            b"replacement",
            b"ebcdic",
        ];
        let label = label.trim_ascii();
        let quoted = label.strip_prefix(b"\"").or_else(|| label.strip_prefix(b"'"));
        let label = quoted.map_or(label, |label| {
            label.split(|byte| matches!(byte, b'"' | b'\'')).next().unwrap_or_default().trim_ascii()
        });
        let begins = |known: &&[u8]| label.len() >= known.len() && label[..known.len()].eq_ignore_ascii_case(known);
        if label.is_empty() {
            Self::Unknown
        } else if UTF8.iter().any(|known| label.eq_ignore_ascii_case(known)) {
            Self::Utf8
        } else if OPAQUE.iter().any(begins) {
            Self::Opaque
        } else {
            Self::Ascii
        }
    }

    /// From the first bytes of a page: a byte order mark overrides everything else.
    pub(crate) fn of_mark(head: &[u8]) -> Option<Self> {
        match head {
            [0xef, 0xbb, 0xbf, ..] => Some(Self::Utf8),
            [0xfe, 0xff, ..] | [0xff, 0xfe, ..] => Some(Self::Opaque),
            _ => None,
        }
    }

    /// From a `<meta>` tag; `Unknown` if it states none.
    pub(crate) fn of_meta(tag: &Tag, input: &[u8]) -> Self {
        let (mut named, mut content, mut is_type) = (Self::Unknown, Self::Unknown, false);
        for attribute in tag.attributes(input) {
            let text = |range: core::ops::Range<usize>| input.get(range).unwrap_or_default();
            let (name, value) = (text(attribute.name), text(attribute.value));
            if name.eq_ignore_ascii_case(b"charset") {
                named = Self::of_label(value);
            } else if name.eq_ignore_ascii_case(b"http-equiv") {
                is_type = value.trim_ascii().eq_ignore_ascii_case(b"content-type");
            } else if name.eq_ignore_ascii_case(b"content") {
                content = Self::of_content_type(value);
            }
        }
        let found = if named == Self::Unknown && is_type { content } else { named };
        // By the standard, a page that states in ASCII that it is UTF-16 is UTF-8. A statement of ISO-2022-JP may be true.
        let utf16 = |text: &[u8]| text.windows(6).any(|part| part.eq_ignore_ascii_case(b"utf-16"));
        if found == Self::Opaque && input.get(tag.start..tag.end).is_some_and(utf16) { Self::Utf8 } else { found }
    }
}
