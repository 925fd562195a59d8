//! A card template, taken apart once and written out for each product.
//!
//! What the shop wrote stays as it is, byte for byte; only what a field shows is put in its place. A template inside the
//! card keeps what it holds, and scripts and styles show no field: a catalogue must not be able to write them. In the card
//! of a bundle one template is the card of its products.

use super::single::Single;
use super::{BUNDLE, Field, write_text};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use slotwise_scan::{Attribute, FIELD, ITEM, Mark, Name, Scanner, Sink, Step, Tag};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Html(Vec<u8>),
    Field(Field),
    Id,
    /// The cards of a bundle's products.
    Products(Card),
}

/// A card template in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card(Vec<Piece>);

/// What a card is written for: a product, or a bundle.
pub struct Subject<'a> {
    /// Writes its id, or the value of a field; not escaped.
    pub value: &'a dyn Fn(Option<Field>, &mut String),
    /// Writes the cards of a bundle's products behind `out`. Nothing calls it in the card of a product.
    pub products: &'a dyn Fn(&Card, bool, &mut Vec<u8>),
}

impl Card {
    /// Takes the content of a template apart, in a slot with this start tag. `None` if it is no card: see the contract
    /// in [`page`](super).
    pub fn parse(start_tag: &[u8], html: &[u8]) -> Option<Self> {
        Self::of(start_tag, html, Parts::default())
    }

    /// As [`Card::parse`], for the card of a bundle: `None` also if it holds no card of its products.
    pub fn parse_bundle(start_tag: &[u8], html: &[u8]) -> Option<Self> {
        let card = Self::of(start_tag, html, Parts { bundle: true, ..Parts::default() })?;
        card.0.iter().any(|piece| matches!(piece, Piece::Products(_))).then_some(card)
    }

    fn of(start_tag: &[u8], html: &[u8], mut parts: Parts) -> Option<Self> {
        let single = Single::of(start_tag, html)?;
        let element = html.get(single.outer.clone())?;
        Scanner::in_template().scan(element, 0, &mut parts);
        if parts.kept.is_none_or(|kept| !kept.replaced) {
            parts.html(element, element.len());
        }
        if single.unclosed {
            for text in [b"</", html.get(single.name)?, b">"] {
                parts.card.0.push(Piece::Html(text.into()));
            }
        }
        Some(parts.card)
    }

    /// Writes the card behind `out`; `ascii` as [`write_text`] has it.
    pub fn render(&self, subject: &Subject<'_>, ascii: bool, out: &mut Vec<u8>) {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Html(html) => {
                    out.extend_from_slice(html);
                    continue;
                }
                Piece::Products(card) => {
                    (subject.products)(card, ascii, out);
                    continue;
                }
                Piece::Field(field) => (subject.value)(Some(*field), &mut text),
                Piece::Id => (subject.value)(None, &mut text),
            }
            write_text(&text, ascii, out);
            text.clear();
        }
    }
}

/// An open element whose content is not looked at.
#[derive(Clone, Copy)]
struct Kept {
    /// Its place among the open elements.
    place: usize,
    /// Whether a field replaces its content.
    replaced: bool,
}

/// A card while its tags come by.
#[derive(Default)]
struct Parts {
    card: Card,
    /// How far of the source is in the card.
    done: usize,
    kept: Option<Kept>,
    /// Whether the card's own start tag has come by.
    begun: bool,
    /// Whether it is the card of a bundle.
    bundle: bool,
    /// In the card of a bundle: the start tags of the open elements, with their places among them.
    open: Vec<(usize, Range<usize>)>,
    /// The template of the products' card: the start tag of the element it stands in, and where its content begins.
    inner: Option<(Range<usize>, usize)>,
    /// Whether it has come by.
    looked: bool,
}

impl Parts {
    fn html(&mut self, input: &[u8], to: usize) {
        let html = input.get(self.done..to).unwrap_or_default();
        if let Some(Piece::Html(before)) = self.card.0.last_mut() {
            before.extend_from_slice(html);
        } else if !html.is_empty() {
            self.card.0.push(Piece::Html(html.into()));
        }
        self.done = to;
    }

    /// An attribute with a value of the product's.
    fn attribute(&mut self, name: &str, piece: Piece) {
        for text in [" ", name, "=\""] {
            self.literal(text);
        }
        self.card.0.push(piece);
        self.literal("\"");
    }

    /// Ends the template of the products' card: their cards come behind it.
    fn products(&mut self, tag: &Tag, input: &[u8]) {
        let Some((parent, begin)) = self.inner.take() else { return };
        let parsed =
            input.get(parent).zip(input.get(begin..tag.start)).and_then(|(parent, html)| Card::parse(parent, html));
        if let Some(card) = parsed.filter(|_| tag.closes) {
            self.html(input, tag.end);
            self.card.0.push(Piece::Products(card));
        }
    }

    fn literal(&mut self, text: &str) {
        match self.card.0.last_mut() {
            Some(Piece::Html(before)) => before.extend_from_slice(text.as_bytes()),
            _ => self.card.0.push(Piece::Html(text.into())),
        }
    }

    /// A start tag with its own attributes, and those of the product.
    fn start(&mut self, tag: &Tag, input: &[u8], is_root: bool) -> Option<Field> {
        let is = |attribute: &Attribute, known: &str| {
            input.get(attribute.name.clone()).is_some_and(|name| name.eq_ignore_ascii_case(known.as_bytes()))
        };
        let listed = tag.attributes(input).find(|attribute| is(attribute, FIELD));
        let listed = listed.and_then(|attribute| core::str::from_utf8(input.get(attribute.value)?).ok());
        let listed = listed.unwrap_or_default();
        let id = if self.bundle { BUNDLE } else { ITEM };
        let has_id = is_root || tag.attributes(input).any(|attribute| is(&attribute, id));
        self.html(input, tag.named);
        if has_id {
            self.attribute(id, Piece::Id);
        }
        for (field, name) in Field::list(listed).filter_map(|field| Some((field, field.attribute()?))) {
            self.attribute(name, Piece::Field(field));
        }
        // The shop's own attributes of these names go.
        for attribute in tag.attributes(input) {
            let replaced = Field::list(listed).filter_map(Field::attribute).any(|known| is(&attribute, known));
            if replaced || is(&attribute, id) {
                self.html(input, attribute.name.start);
                self.done = attribute.end;
            }
        }
        self.html(input, tag.end);
        Field::list(listed).find(|field| field.attribute().is_none())
    }
}

impl Sink for Parts {
    fn tag(&mut self, tag: &Tag, step: &Step, input: &[u8]) {
        if let Some(kept) = self.kept {
            if step.floor > kept.place {
                return;
            }
            self.kept = None;
            if kept.replaced {
                self.done = tag.start;
            }
            self.products(tag, input);
        }
        if tag.closes {
            return;
        }
        let is_root = !core::mem::replace(&mut self.begun, true);
        let is_code = tag.name == Name::of(b"script") || tag.name == Name::of(b"style");
        let mut replaced = false;
        if !is_code
            && (is_root || tag.data)
            && let Some(field) = self.start(tag, input, is_root)
            && step.opened
        {
            self.card.0.push(Piece::Field(field));
            replaced = true;
        }
        let is_template = tag.name == Name::of(b"template");
        if step.opened && (replaced || is_template) {
            self.kept = Some(Kept { place: step.floor, replaced });
        }
        if self.bundle && step.opened {
            self.open.retain(|(place, _)| *place < step.floor);
            // The first one counts. A template in a template is no tag that comes by here.
            if is_template && !self.looked && Mark::of(tag, input).card.is_some() {
                self.looked = true;
                self.inner = self.open.last().map(|(_, parent)| (parent.clone(), tag.end));
            }
            self.open.push((step.floor, tag.start..tag.end));
        }
    }
}
