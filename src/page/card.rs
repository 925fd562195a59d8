//! A card template, taken apart once and written out for each product.
//!
//! What the shop wrote stays as it is, byte for byte; only what a field shows is put in its place. A template whose
//! markup does not nest as its tags say is none.

use super::{Field, write_text};
use crate::model::Model;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use slotwise_scan::{Attribute, FIELD, ITEM, Scanner, Sink, Step, Tag};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Html(Vec<u8>),
    Field(Field),
    Id,
}

/// A card template in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card(Vec<Piece>);

impl Card {
    /// Takes the content of a template apart. `None` if it holds no element, or its elements do not nest.
    pub fn parse(html: &[u8]) -> Option<Self> {
        let html = html.trim_ascii();
        let mut parts = Parts::default();
        let end = Scanner::in_template().scan(html, 0, &mut parts);
        // The template itself is open.
        if !parts.nests || end < html.len() || parts.root.is_none() || parts.open > 2 {
            return None;
        }
        if parts.replaced.is_none() {
            parts.html(html, html.len());
        }
        if let Some(name) = parts.root.filter(|_| parts.open == 2) {
            for text in [b"</", html.get(name)?, b">"] {
                parts.card.0.push(Piece::Html(text.into()));
            }
        }
        Some(parts.card)
    }

    /// Writes the card of an item behind `out`; `ascii` as [`write_text`] has it.
    pub fn render<B: AsRef<[u8]>>(&self, model: &Model<B>, item: u32, ascii: bool, out: &mut Vec<u8>) {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Html(html) => {
                    out.extend_from_slice(html);
                    continue;
                }
                Piece::Field(field) => field.write(model, item, &mut text),
                Piece::Id => model.write_id(item, &mut text),
            }
            write_text(&text, ascii, out);
            text.clear();
        }
    }
}

/// A template while its tags come by.
struct Parts {
    card: Card,
    /// How far of the source is in the card.
    done: usize,
    /// The element whose content a field replaces, by its place among the open ones.
    replaced: Option<usize>,
    /// The name of the first element.
    root: Option<Range<usize>>,
    /// Elements that are open.
    open: usize,
    nests: bool,
}

impl Default for Parts {
    fn default() -> Self {
        Self { card: Card::default(), done: 0, replaced: None, root: None, open: 1, nests: true }
    }
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
        let has_id = is_root || tag.attributes(input).any(|attribute| is(&attribute, ITEM));
        self.html(input, tag.named);
        if has_id {
            self.attribute(ITEM, Piece::Id);
        }
        for (field, name) in Field::list(listed).filter_map(|field| Some((field, field.attribute()?))) {
            self.attribute(name, Piece::Field(field));
        }
        // The shop's own attributes of these names go.
        for attribute in tag.attributes(input) {
            let replaced = Field::list(listed).filter_map(Field::attribute).any(|known| is(&attribute, known));
            if replaced || is(&attribute, ITEM) {
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
        self.nests &= !step.odd && step.broken == 0 && step.floor > 0;
        self.open = step.floor + usize::from(step.opened);
        if let Some(place) = self.replaced {
            if step.floor > place {
                return;
            }
            self.replaced = None;
            self.done = tag.start;
        }
        if tag.closes {
            return;
        }
        let is_root = self.root.is_none();
        if is_root {
            self.root = Some(tag.start + 1..tag.named);
        }
        if (is_root || tag.data)
            && let Some(field) = self.start(tag, input, is_root)
            && step.opened
        {
            self.card.0.push(Piece::Field(field));
            self.replaced = Some(step.floor);
        }
    }
}
