//! A card template, taken apart once and written out for each product.
//!
//! The edge sees a template as a stream of tags and text; [`CardBuilder`] takes them as they come.
//! Text and attribute values are kept as the shop wrote them (already escaped); what comes from the
//! catalogue is escaped here.

use super::{FIELD, Field, ITEM, escape_into};
use crate::model::Model;
use alloc::{string::String, vec::Vec};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Html(String),
    Field(Field),
    Id,
}

/// A card template in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card(Vec<Piece>);

impl Card {
    /// Whether the template was empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes the card of an item behind `html`.
    pub fn render<B: AsRef<[u8]>>(&self, model: &Model<B>, item: u32, html: &mut String) {
        let mut text = String::new();
        for piece in &self.0 {
            text.clear();
            match piece {
                Piece::Html(text) => html.push_str(text),
                Piece::Field(field) => field.write(model, item, &mut text),
                Piece::Id => model.write_id(item, &mut text),
            }
            escape_into(html, &text);
        }
    }
}

/// Takes a template apart as its tags and texts come by.
#[derive(Clone, Debug, Default)]
pub struct CardBuilder {
    card: Card,
    /// Open elements whose own content a field replaces; content inside them is skipped.
    replaced: u32,
    /// Whether what comes by is no template: fields and ids in it are the shop's own.
    whole: bool,
}

impl CardBuilder {
    /// A builder for content that is no template.
    pub fn whole() -> Self {
        Self { whole: true, ..Self::default() }
    }

    /// A start tag, with attributes as written in the source. `void` says that the element has no
    /// content and no end tag.
    pub fn open<'n>(&mut self, tag: &str, attributes: impl Iterator<Item = (&'n str, &'n str)> + Clone, void: bool) {
        if self.replaced > 0 {
            self.replaced += u32::from(!void);
            return;
        }
        let named = attributes.clone().find(|(name, _)| *name == FIELD && !self.whole);
        let fields = named.map_or("", |(_, value)| value);
        self.html("<");
        self.html(tag);
        for (name, value) in attributes {
            // A field's own attribute is written below, with the product's value.
            if Field::list(fields).any(|field| field.attribute() == Some(name)) {
                continue;
            }
            self.html(" ");
            self.html(name);
            self.html("=\"");
            if name == ITEM && !self.whole {
                self.card.0.push(Piece::Id);
            } else {
                self.html(&value.replace('"', "&quot;"));
            }
            self.html("\"");
        }
        for (field, attribute) in Field::list(fields).filter_map(|field| Some((field, field.attribute()?))) {
            self.html(" ");
            self.html(attribute);
            self.html("=\"");
            self.card.0.push(Piece::Field(field));
            self.html("\"");
        }
        self.html(">");
        if let Some(text) = Field::list(fields).find(|field| field.attribute().is_none()) {
            self.card.0.push(Piece::Field(text));
            self.replaced = u32::from(!void);
        }
    }

    /// Text, as written in the source.
    pub fn text(&mut self, text: &str) {
        if self.replaced == 0 {
            self.html(text);
        }
    }

    /// An end tag.
    pub fn close(&mut self, tag: &str) {
        if self.replaced > 1 {
            self.replaced -= 1;
            return;
        }
        self.replaced = 0;
        self.html("</");
        self.html(tag);
        self.html(">");
    }

    /// The template in pieces.
    pub fn finish(self) -> Card {
        self.card
    }

    /// What came by, as HTML; for content without fields.
    pub fn into_html(self) -> String {
        let own = |piece| if let Piece::Html(html) = piece { html } else { String::new() };
        self.card.0.into_iter().map(own).collect()
    }

    fn html(&mut self, text: &str) {
        match self.card.0.last_mut() {
            Some(Piece::Html(html)) => html.push_str(text),
            _ => self.card.0.push(Piece::Html(text.into())),
        }
    }
}
