//! A slot's source in, its new source out: the slot contract on bytes.
//!
//! What is not to change is copied byte for byte: text, comments, markup of any kind. A slot that does not hold
//! what the contract asks for is not rewritten, and nothing is left on it.

use super::single::Single;
use super::{Card, write_text};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use slotwise_scan::{Charset, Child, Element, Fitter, Host, Slot, VARIANT, decoded, may_hold_slots, write_html};

/// What a slot is to show.
pub enum Show<'a> {
    /// The shop's own content.
    Own,
    /// The variant of this name, in place of the one that is visible.
    Variant(&'a str),
    /// Cards behind the template, in place of the shop's own.
    Cards {
        /// Ids of the products.
        ids: &'a [String],
        /// Writes their cards; the flag is that of [`write_text`].
        write: &'a dyn Fn(&Card, bool, &mut Vec<u8>),
    },
    /// The card of a bundle behind the template, in place of the shop's own content.
    Bundle {
        /// Writes its card; the flag is that of [`write_text`].
        write: &'a dyn Fn(&Card, bool, &mut Vec<u8>),
    },
    /// The children with keys, in another order: their places now.
    Order(&'a [usize]),
}

/// The words about a slot, as HTML; `None` where the shop's own stay.
pub type Words<'a> = &'a mut dyn FnMut(&Slot<'_>) -> Option<String>;

/// Writes a slot anew behind `out`. `attributes` is added to its start tag: HTML with a space before each. Returns
/// false, whatever was written, if the slot does not hold what is to be shown.
pub fn rewrite(element: &Element<'_>, attributes: &str, show: &Show<'_>, words: Words<'_>, out: &mut Vec<u8>) -> bool {
    let mut writer = Writer { element, words, out };
    writer.copy(0..element.named);
    write_html(attributes, element.ascii, writer.out);
    writer.copy(element.named..element.inner);
    let shown = match show {
        Show::Own => {
            writer.own();
            Some(())
        }
        Show::Variant(name) => writer.choose(name),
        Show::Cards { ids, write } => writer.fill(Some(ids), write),
        Show::Bundle { write } => writer.fill(None, write),
        Show::Order(places) => writer.order(places),
    };
    writer.copy(element.close..element.source.len());
    shown.is_some()
}

/// The keys of a slot's children, in the order in which they stand. `None` if one is not UTF-8.
pub fn keys<'e>(element: &Element<'e>) -> Option<Vec<Cow<'e, str>>> {
    let keyed = element.children.iter().filter(|child| is_keyed(child));
    keyed.map(|child| decoded(element.source.get(child.mark.key.clone()?)?)).collect()
}

fn is_keyed(child: &Child) -> bool {
    child.mark.key.is_some() && !child.template
}

/// Says why in what comes out of a template.
struct Saying<'a, 'w>(&'a mut Words<'w>);

impl Host for Saying<'_, '_> {
    fn slot(&mut self, _: &Slot<'_>) -> Option<u32> {
        None
    }

    fn because(&mut self, slot: &Slot<'_>) -> Option<String> {
        (self.0)(slot)
    }

    fn fit(&mut self, _: u32, _: &Element<'_>, _: &mut Vec<u8>) -> bool {
        false
    }

    fn left(&mut self, _: u32) {}
}

struct Writer<'a, 'e, 'w> {
    element: &'a Element<'e>,
    words: Words<'w>,
    out: &'a mut Vec<u8>,
}

impl<'e> Writer<'_, 'e, '_> {
    fn source(&self, range: Range<usize>) -> &'e [u8] {
        self.element.source.get(range).unwrap_or_default()
    }

    /// Copies a part of the source, with the words that are to be put into it.
    fn copy(&mut self, range: Range<usize>) {
        let whys = self.element.whys;
        let mut at = range.start;
        for why in whys.iter().skip(whys.partition_point(|why| why.inner.start < range.start)) {
            if why.inner.end > range.end {
                break;
            }
            let before = self.source(at..why.inner.start);
            self.out.extend_from_slice(before);
            write_html(&why.html, self.element.ascii, self.out);
            at = why.inner.end;
        }
        let rest = self.source(at..range.end);
        self.out.extend_from_slice(rest);
    }

    /// Copies a child, with an end tag if the page left that out: what follows it now may be anything.
    fn child(&mut self, child: &Child) {
        self.copy(child.outer.clone());
        if child.unclosed {
            self.end_tag(self.source(child.name.clone()));
        }
    }

    fn end_tag(&mut self, name: &[u8]) {
        for text in [b"</", name, b">"] {
            self.out.extend_from_slice(text);
        }
    }

    fn text(&self, value: Option<&Range<usize>>) -> Option<Cow<'e, str>> {
        decoded(self.element.source.get(value?.clone())?)
    }

    fn write_variant(&self, name: &str, out: &mut Vec<u8>) {
        write_html(VARIANT, true, out);
        out.extend_from_slice(b"=\"");
        write_text(name, self.element.ascii, out);
        out.push(b'"');
    }

    /// Writes `html`, which was made of a template, with the words that are to be put into it. Only the template is
    /// searched for places of words: a slot's cards are many times as long, and what a product adds is text or a quoted
    /// value.
    fn say(&mut self, template: &[u8], html: &[u8]) {
        if !may_hold_slots(template) {
            return self.out.extend_from_slice(html);
        }
        let mut fitter = Fitter::new(if self.element.ascii { Charset::Ascii } else { Charset::Utf8 });
        let host = &mut Saying(&mut self.words);
        fitter.feed(html, host);
        self.out.extend_from_slice(fitter.ready());
        fitter.end(host);
        self.out.extend_from_slice(fitter.ready());
    }

    fn start_tag(&self) -> &'e [u8] {
        self.source(0..self.element.inner)
    }

    /// Shows what the slot holds.
    fn own(&mut self) {
        self.copy(self.element.inner..self.element.close);
    }

    /// Shows a variant. The one shown before goes into a template, where the browser finds it again.
    fn choose(&mut self, name: &str) -> Option<()> {
        let (children, close) = (self.element.children, self.element.close);
        let named = |child: &&Child| self.text(child.mark.variant.as_ref()).is_some_and(|own| own == name);
        if children.iter().any(|child| !child.template && named(&child)) {
            self.own();
            return Some(());
        }
        let next = children.iter().find(|child| child.template && named(child))?;
        let mut at = self.element.inner;
        for child in children.iter().filter(|child| child.mark.variant.is_some()) {
            self.copy(at..child.outer.start);
            at = child.outer.end;
            if core::ptr::eq(child, next) {
                self.variant_of(next, name)?;
            } else if child.template {
                self.child(child);
            } else {
                let own = self.text(child.mark.variant.as_ref())?;
                let mut template = b"<template ".to_vec();
                self.write_variant(&own, &mut template);
                template.push(b'>');
                self.out.extend_from_slice(&template);
                self.child(child);
                self.out.extend_from_slice(b"</template>");
            }
        }
        self.copy(at..close);
        Some(())
    }

    /// Writes the variant that a template holds, with its name on it.
    fn variant_of(&mut self, template: &Child, name: &str) -> Option<()> {
        let html = self.source(template.inner.clone());
        let Single { outer, name: tag, variant, unclosed } = Single::of(self.start_tag(), html)?;
        let says_so = variant.and_then(|value| decoded(html.get(value)?)).is_some_and(|own| own == name);
        let mut made = html.get(outer.start..tag.end)?.to_vec();
        if !says_so {
            made.push(b' ');
            self.write_variant(name, &mut made);
        }
        made.extend_from_slice(html.get(tag.end..outer.end)?);
        self.say(html, &made);
        if unclosed {
            self.end_tag(html.get(tag)?);
        }
        Some(())
    }

    /// Shows cards in place of the shop's own, unless those show the same products. Without `ids` it is the card of a
    /// bundle.
    fn fill(&mut self, ids: Option<&[String]>, write: &dyn Fn(&Card, bool, &mut Vec<u8>)) -> Option<()> {
        let (children, close) = (self.element.children, self.element.close);
        let template = children.iter().find(|child| child.template && child.mark.card.is_some())?;
        let source = self.source(template.inner.clone());
        let parse = if ids.is_some() { Card::parse } else { Card::parse_bundle };
        let card = parse(self.start_tag(), source)?;
        let own = children.iter().filter(|child| child.mark.card.is_none());
        let same = |ids: &[String]| {
            let ids = ids.iter().map(|id| Some(Cow::Borrowed(id.as_str())));
            own.map(|child| self.text(child.mark.item.as_ref())).eq(ids)
        };
        if ids.is_some_and(same) {
            self.own();
            return Some(());
        }
        let mut at = self.element.inner;
        for child in children {
            self.copy(at..child.outer.start);
            at = child.outer.end;
            if child.mark.card.is_some() {
                self.child(child);
            }
        }
        self.copy(at..close);
        let mut html = Vec::new();
        write(&card, self.element.ascii, &mut html);
        self.say(source, &html);
        Some(())
    }

    /// Puts the children with keys in order: into each other's places, so that the space between them stays, or
    /// behind all else where a child without a key follows one.
    fn order(&mut self, places: &[usize]) -> Option<()> {
        let (children, close) = (self.element.children, self.element.close);
        let first = children.iter().position(is_keyed)?;
        let mut left: Vec<Option<&Child>> = children.iter().filter(|child| is_keyed(child)).map(Some).collect();
        let places = places.iter().copied().chain(0..left.len());
        let mut ordered = places.filter_map(|place| left.get_mut(place)?.take()).collect::<Vec<_>>().into_iter();
        let in_places = children.iter().skip(first).all(is_keyed);
        let mut at = self.element.inner;
        for child in children {
            self.copy(at..child.outer.start);
            at = child.outer.end;
            let stays = (!is_keyed(child)).then_some(child);
            let next = stays.or_else(|| if in_places { ordered.next() } else { None });
            if let Some(child) = next {
                self.child(child);
            }
        }
        self.copy(at..close);
        for child in ordered {
            self.child(child);
        }
        Some(())
    }
}
