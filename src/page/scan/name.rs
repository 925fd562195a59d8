//! Element names as numbers, and the rules of the standard for each element.
//!
//! The number of a name consists of its first eight bytes in lower case, so that most names are read with a few
//! operations on one word; the rest of a longer name is hashed in. One table maps numbers to rules. If two long names had
//! the same number, a slot could be misread, but no byte outside of slots would change.

use crate::word::{below, ends_tag_name, is, lower};

/// The name of a tag: its first eight bytes in lower case, first byte lowest, with an FNV-1a hash of the other bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name(u64);

impl Name {
    pub(crate) const START: Self = Self(0);

    /// The name with these bytes, in any case.
    pub const fn of(bytes: &[u8]) -> Self {
        let mut name = Self::START;
        let mut at = 0;
        while at < bytes.len() {
            name = name.with(bytes[at], at);
            at += 1;
        }
        name
    }

    /// The name with one more byte, after `len` bytes.
    #[inline(always)]
    pub(crate) const fn with(self, byte: u8, len: usize) -> Self {
        // The standard replaces a zero byte. Here it must not look like a missing byte.
        let byte = if byte == 0 { 0xff } else { byte.to_ascii_lowercase() } as u64;
        if len < 8 { Self(self.0 | byte << (8 * len)) } else { Self((self.0 ^ byte).wrapping_mul(0x100_0000_01b3)) }
    }

    /// The name at the start of eight bytes, and its length, if it ends within them. Most names do.
    #[inline(always)]
    pub(crate) fn short(eight: u64) -> Option<(Self, usize)> {
        let ends = below(eight, 0x21) | is(eight, b'/') | is(eight, b'>');
        let bits = ends.trailing_zeros() & !7;
        // A control character may be part of a name.
        let end = (eight >> (bits & 63)) as u8;
        if ends == 0 || bits == 0 || !ends_tag_name(end) {
            return None;
        }
        Some((Self(lower(eight) & ((1 << bits) - 1)), bits as usize / 8))
    }

    /// The rules of the standard for the element.
    #[inline]
    pub(crate) fn class(self) -> Class {
        let (name, class) = KNOWN[self.place()];
        if name == self.0 { class } else { Class::default() }
    }

    /// Its place in the table, if it has one.
    #[inline(always)]
    const fn place(self) -> usize {
        (self.0.wrapping_mul(SPREAD) >> 55) as usize
    }
}

/// Properties of an element, one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Class(u32);

impl Class {
    /// Has neither content nor an end tag.
    pub(crate) const VOID: Self = Self(1);
    /// Holds raw text: a start tag inside it is text.
    pub(crate) const TEXT: Self = Self(1 << 1);
    /// Ends foreign content.
    pub(crate) const BREAKS_OUT: Self = Self(1 << 2);
    /// Its start tag ends a `p`.
    pub(crate) const CLOSES_P: Self = Self(1 << 3);
    /// "Special" in the standard: an end tag with another name does not close elements around it.
    pub(crate) const SPECIAL: Self = Self(1 << 4);
    /// Its end tag is optional.
    pub(crate) const IMPLIED: Self = Self(1 << 5);
    /// A part of a table.
    pub(crate) const PART: Self = Self(1 << 6);
    /// Ends a scope.
    pub(crate) const SCOPE: Self = Self(1 << 7);
    /// A formatting element, which the standard reopens if it was closed too early.
    pub(crate) const FORMATTING: Self = Self(1 << 8);
    /// h1 to h6.
    pub(crate) const HEADING: Self = Self(1 << 9);
    /// Not kept on the stack: `html`, `head`, `body` and frames.
    pub(crate) const FRAME: Self = Self(1 << 10);
    /// Its start tag has a special rule.
    pub(crate) const RULE: Self = Self(1 << 11);
    /// Its end tag has a special rule.
    pub(crate) const END_RULE: Self = Self(1 << 12);
    /// Allowed in a table outside of its cells.
    pub(crate) const IN_TABLE: Self = Self(1 << 13);
    /// A block: its end tag ends everything open in its scope.
    pub(crate) const BLOCK: Self = Self(1 << 14);

    /// Counted while it is open.
    pub(crate) const COUNTED: Self = Self(1 << 15);

    /// A table, or a part of one that contains only other parts.
    pub(crate) const BARE: Self = Self(1 << 16);

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it has any of these properties.
    #[inline(always)]
    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

macro_rules! names {
    ($($id:ident = $text:literal),* $(,)?) => { $(pub(crate) const $id: Name = Name::of($text.as_bytes());)* };
}
names!(
    A = "a",
    ANNOTATION = "annotation-xml",
    BR = "br",
    BUTTON = "button",
    CAPTION = "caption",
    COL = "col",
    COLGROUP = "colgroup",
    DD = "dd",
    DESC = "desc",
    DT = "dt",
    FONT = "font",
    FOREIGN_OBJECT = "foreignobject",
    FORM = "form",
    HR = "hr",
    HTML = "html",
    IFRAME = "iframe",
    INPUT = "input",
    LI = "li",
    MALIGNMARK = "malignmark",
    MATH = "math",
    META = "meta",
    MGLYPH = "mglyph",
    NOBR = "nobr",
    NOEMBED = "noembed",
    NOFRAMES = "noframes",
    NOSCRIPT = "noscript",
    OL = "ol",
    OPTGROUP = "optgroup",
    OPTION = "option",
    P = "p",
    PLAINTEXT = "plaintext",
    RB = "rb",
    RP = "rp",
    RT = "rt",
    RTC = "rtc",
    RUBY = "ruby",
    SCRIPT = "script",
    SELECT = "select",
    STYLE = "style",
    SVG = "svg",
    TABLE = "table",
    TBODY = "tbody",
    TD = "td",
    TEMPLATE = "template",
    TEXTAREA = "textarea",
    TFOOT = "tfoot",
    TH = "th",
    THEAD = "thead",
    TITLE = "title",
    TR = "tr",
    UL = "ul",
    XMP = "xmp",
);

/// Whether it is an element of `MathML` whose content is HTML.
pub(crate) fn is_math_text(name: Name) -> bool {
    const NAMES: [Name; 5] = [Name::of(b"mi"), Name::of(b"mo"), Name::of(b"mn"), Name::of(b"ms"), Name::of(b"mtext")];
    NAMES.contains(&name)
}

const LISTS: [(Class, &str); 17] = [
    (Class::BARE, "table tbody tfoot thead tr"),
    (Class::COUNTED, "a p template"),
    (
        Class::VOID,
        "area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr",
    ),
    (Class::TEXT, "iframe noembed noframes noscript plaintext script style textarea title xmp"),
    (
        Class::BREAKS_OUT,
        "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing \
         menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var",
    ),
    (
        Class::CLOSES_P,
        "address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer \
         form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p plaintext pre search section \
         summary table ul xmp",
    ),
    (
        Class::SPECIAL,
        "address applet area article aside base basefont bgsound blockquote body br button caption center col \
         colgroup dd details dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 \
         h5 h6 head header hgroup hr html iframe img input keygen li link listing main marquee menu meta nav \
         noembed noframes noscript object ol p param plaintext pre script search section select source style \
         summary table tbody td template textarea tfoot th thead title tr track ul wbr xmp",
    ),
    (Class::IMPLIED, "dd dt li optgroup option p rb rp rt rtc"),
    (Class::PART, "caption col colgroup tbody td tfoot th thead tr"),
    (Class::SCOPE, "applet caption html table td th marquee object select template"),
    (Class::FORMATTING, "a b big code em font i nobr s small strike strong tt u"),
    (Class::HEADING, "h1 h2 h3 h4 h5 h6"),
    (Class::FRAME, "html head body frameset frame"),
    (
        Class::RULE,
        "html head body frame frameset h1 h2 h3 h4 h5 h6 form li dd dt button a nobr table caption col colgroup \
         tbody td tfoot th thead tr select option optgroup rb rtc rp rt input hr svg math",
    ),
    (
        Class::END_RULE,
        "p br html head body li dd dt h1 h2 h3 h4 h5 h6 form template table caption col colgroup tbody td tfoot th \
         thead tr",
    ),
    (Class::IN_TABLE, "caption col colgroup tbody td tfoot th thead tr table style script template input form"),
    (
        Class::BLOCK,
        "address applet article aside blockquote button center details dialog dir div dl fieldset figcaption figure \
         footer header hgroup listing main marquee menu nav object ol pre search section select summary ul",
    ),
];

const SIZE: usize = 512;

/// Multiplier that gives all names different values in their highest nine bits. It was found by trial. If a new name
/// breaks it, the build fails, and another odd number must be found.
const SPREAD: u64 = 0xd503_84c8_0bb2_e545;

static KNOWN: [(u64, Class); SIZE] = table();

const fn table() -> [(u64, Class); SIZE] {
    let mut table = [(0, Class(0)); SIZE];
    let mut list = 0;
    while list < LISTS.len() {
        let (class, words) = LISTS[list];
        let bytes = words.as_bytes();
        let (mut at, mut name, mut len) = (0, Name::START, 0);
        while at <= bytes.len() {
            if at == bytes.len() || bytes[at] == b' ' {
                let place = name.place();
                assert!(table[place].1.0 == 0 || table[place].0 == name.0, "two names have one place: change SPREAD");
                table[place] = (name.0, table[place].1.or(class));
                (name, len) = (Name::START, 0);
            } else {
                name = name.with(bytes[at], len);
                len += 1;
            }
            at += 1;
        }
        list += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_name_is_found_and_no_other() {
        for (class, words) in LISTS {
            for word in words.split(' ') {
                assert!(Name::of(word.as_bytes()).class().has(class), "{word}");
            }
        }
        for other in ["", "x", "span", "custom-card", "path", "foreignobject"] {
            let expected = if other == "span" { Class::BREAKS_OUT } else { Class::default() };
            assert_eq!(Name::of(other.as_bytes()).class(), expected, "{other}");
        }
        assert_eq!(Name::of(b"TempLate"), TEMPLATE);
    }
}
