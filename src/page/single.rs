//! The one element a template of the shop's holds: a card, or a variant that is not shown.
//!
//! A template is read as the slot would hold it: behind the slot's own start tag. So an element that a browser would
//! put elsewhere (a row outside a table, a paragraph in a paragraph) is found here, before it is in the page. Space,
//! text and comments beside the element are never shown.

use core::ops::Range;
use slotwise_scan::{Mark, Scanner, Sink, Step, Tag};

/// Open elements around the one that is looked for: a template and the slot.
const AROUND: usize = 2;

/// The one element of a template, as places in the template's content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Single {
    /// All of it.
    pub outer: Range<usize>,
    /// The name in its start tag.
    pub name: Range<usize>,
    /// The value of its `data-variant`.
    pub variant: Option<Range<usize>>,
    /// Whether it has content but no end tag.
    pub unclosed: bool,
}

impl Single {
    /// Looks through the content of a template in a slot with this start tag. `None` if it does not hold exactly one
    /// element, if that would not stay in the slot as it is, or if it holds a slot.
    pub(super) fn of(start_tag: &[u8], html: &[u8]) -> Option<Self> {
        let input = [start_tag, html].concat();
        let mut look = Look { slot: start_tag.len(), found: None, open: false, fits: true };
        let read = Scanner::in_template().scan(&input, 0, &mut look);
        let mut found = look.found.filter(|_| look.fits && read == input.len())?;
        if look.open {
            (found.outer.end, found.unclosed) = (html.len(), true);
        }
        Some(found)
    }
}

/// The template while its tags come by.
struct Look {
    /// Length of the slot's start tag, which stands before the template's content.
    slot: usize,
    found: Option<Single>,
    /// Whether the element is open.
    open: bool,
    fits: bool,
}

impl Sink for Look {
    fn tag(&mut self, tag: &Tag, step: &Step, input: &[u8]) {
        self.fits &= !step.odd && !step.wrapped && step.broken == 0;
        let Some(start) = tag.start.checked_sub(self.slot) else { return };
        self.fits &= step.floor >= AROUND;
        let (named, end) = (tag.named - self.slot, tag.end - self.slot);
        if let Some(found) = self.found.as_mut().filter(|_| self.open && step.floor <= AROUND) {
            self.open = false;
            found.unclosed = !step.own;
            found.outer.end = if step.own { end } else { start };
        }
        if tag.closes {
            return;
        }
        let mark = Mark::of(tag, input);
        self.fits &= mark.slot.is_none() && (step.floor > AROUND || self.found.is_none());
        if self.found.is_none() {
            let variant = mark.variant.map(|value| value.start - self.slot..value.end - self.slot);
            self.found = Some(Single { outer: start..end, name: start + 1..named, variant, unclosed: false });
            self.open = step.opened;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_holds_one_element_that_stays_in_its_slot() {
        for (slot, html, element) in [
            ("<div>", " <!-- a --> b <i>c</i> d\n", "<i>c</i>"),
            ("<div>", "<img src=a>", "<img src=a>"),
            ("<ul>", "<li>a<ul><li>b</ul>", "<li>a<ul><li>b</ul>"),
            ("<tbody>", "<tr><td>a", "<tr><td>a"),
            ("<div>", "<svg><path/></svg>", "<svg><path/></svg>"),
        ] {
            let found = Single::of(slot.as_bytes(), html.as_bytes()).unwrap();
            assert_eq!(&html[found.outer], element);
        }
        for (slot, html) in [
            ("<div>", ""),
            ("<div>", "text"),
            ("<div>", "<i>a</i><i>b</i>"),
            ("<ul>", "<li>a<li>b"),
            ("<p>", "<p>a</p>"),
            ("<table>", "<tr><td>a</td></tr>"),
            ("<div>", "<tr><td>a</td></tr>"),
            ("<div>", "<div><b></div>"),
            ("<div>", "<div><p data-slotwise=a></p></div>"),
            ("<div>", "</div><i></i>"),
            ("<div>", "<i "),
        ] {
            assert_eq!(Single::of(slot.as_bytes(), html.as_bytes()), None, "{slot}{html}");
        }
    }
}
