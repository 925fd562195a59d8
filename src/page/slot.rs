//! A slot's source in, its new source out: the slot contract on bytes.
//!
//! What is not to change is copied byte for byte: text, comments, markup of any kind. A slot that does not hold
//! what the contract asks for is not rewritten, and nothing is left on it.

use super::{Card, write_text};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::ops::Range;
use slotwise_scan::{Child, Element, VARIANT, decoded, write_html};

/// What a slot is to show.
pub enum Show<'a> {
    /// The variant of this name, in place of the one that is visible.
    Variant(&'a str),
    /// Cards behind the template, in place of the shop's own. The function writes them.
    Cards(&'a dyn Fn(&Card, bool, &mut Vec<u8>)),
    /// The children with keys, in another order. The function takes the keys and returns their places.
    Order(&'a mut dyn FnMut(&[Cow<'_, str>]) -> Vec<usize>),
}

/// Writes a slot anew behind `out`. `attributes` is added to its start tag: HTML with a space before each. Returns
/// false, whatever was written, if the slot does not hold what is to be shown.
pub fn rewrite(element: &Element<'_>, attributes: &str, show: Show<'_>, out: &mut Vec<u8>) -> bool {
    let mut writer = Writer { element, out };
    writer.copy(0..element.named);
    write_html(attributes, element.ascii, writer.out);
    writer.copy(element.named..element.inner);
    let shown = match show {
        Show::Variant(name) => writer.choose(name),
        Show::Cards(cards) => writer.fill(cards),
        Show::Order(order) => writer.order(order),
    };
    writer.copy(element.close..element.source.len());
    shown.is_some()
}

struct Writer<'a, 'e> {
    element: &'a Element<'e>,
    out: &'a mut Vec<u8>,
}

impl<'e> Writer<'_, 'e> {
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
            self.end_tag(child.name.clone());
        }
    }

    fn end_tag(&mut self, name: Range<usize>) {
        let name = self.source(name);
        for text in [b"</", name, b">"] {
            self.out.extend_from_slice(text);
        }
    }

    fn text(&self, value: Option<&Range<usize>>) -> Option<Cow<'e, str>> {
        decoded(self.element.source.get(value?.clone())?)
    }

    fn variant(&mut self, name: &str) {
        write_html(VARIANT, true, self.out);
        self.out.extend_from_slice(b"=\"");
        write_text(name, self.element.ascii, self.out);
        self.out.push(b'"');
    }

    /// Shows a variant. The one shown before goes into a template, where the browser finds it again.
    fn choose(&mut self, name: &str) -> Option<()> {
        let (children, close) = (self.element.children, self.element.close);
        let named = |child: &&Child| self.text(child.mark.variant.as_ref()).is_some_and(|own| own == name);
        if children.iter().any(|child| !child.template && named(&child)) {
            self.copy(self.element.inner..close);
            return Some(());
        }
        let next = children.iter().find(|child| child.template && named(child))?;
        let first = next.first.as_ref()?;
        let says_so = self.text(first.variant.as_ref()).is_some_and(|own| own == name);
        let mut at = self.element.inner;
        for child in children.iter().filter(|child| child.mark.variant.is_some()) {
            self.copy(at..child.outer.start);
            at = child.outer.end;
            if core::ptr::eq(child, next) {
                self.copy(child.inner.start..first.named);
                if !says_so {
                    self.out.push(b' ');
                    self.variant(name);
                }
                self.copy(first.named..child.inner.end);
                if let Some(name) = &child.unclosed_last {
                    self.end_tag(name.clone());
                }
            } else if child.template {
                self.child(child);
            } else {
                let own = self.text(child.mark.variant.as_ref())?;
                self.out.extend_from_slice(b"<template ");
                self.variant(&own);
                self.out.push(b'>');
                self.child(child);
                self.out.extend_from_slice(b"</template>");
            }
        }
        self.copy(at..close);
        Some(())
    }

    /// Shows cards in place of the shop's own.
    fn fill(&mut self, cards: &dyn Fn(&Card, bool, &mut Vec<u8>)) -> Option<()> {
        let (children, close) = (self.element.children, self.element.close);
        let template = children.iter().find(|child| child.template && child.mark.card.is_some())?;
        let card = Card::parse(self.source(template.inner.clone()))?;
        let mut at = self.element.inner;
        for child in children {
            self.copy(at..child.outer.start);
            at = child.outer.end;
            if child.mark.card.is_some() {
                self.child(child);
            }
        }
        self.copy(at..close);
        cards(&card, self.element.ascii, self.out);
        Some(())
    }

    /// Puts the children with keys in order: into each other's places, so that the space between them stays, or
    /// behind all else where a child without a key follows one.
    fn order(&mut self, order: &mut dyn FnMut(&[Cow<'_, str>]) -> Vec<usize>) -> Option<()> {
        let (children, close) = (self.element.children, self.element.close);
        let keyed: Vec<&Child> = children.iter().filter(|child| child.mark.key.is_some()).collect();
        let keys: Vec<_> = keyed.iter().map(|child| self.text(child.mark.key.as_ref())).collect::<Option<_>>()?;
        let first = children.iter().position(|child| child.mark.key.is_some())?;
        let mut left: Vec<Option<&Child>> = keyed.iter().copied().map(Some).collect();
        let places = order(&keys).into_iter().chain(0..keyed.len());
        let mut ordered = places.filter_map(|place| left.get_mut(place)?.take()).collect::<Vec<_>>().into_iter();
        let in_places = children.iter().skip(first).all(|child| child.mark.key.is_some());
        let mut at = self.element.inner;
        for child in children {
            self.copy(at..child.outer.start);
            at = child.outer.end;
            let stays = child.mark.key.is_none().then_some(child);
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
