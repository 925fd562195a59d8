//! An element that is held until it ends, and what has been found in it.

use crate::mark::Mark;
use crate::name;
use crate::tag::Tag;
use crate::tree::Step;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// Greatest number of children in a slot that is rewritten. A slot with more passes unchanged.
pub const MAX_CHILDREN: usize = 1024;

/// A complete slot. All positions refer to `source`.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// The whole element, from its `<` on. Without an end tag, it extends to the last byte of its content.
    pub source: &'a [u8],
    /// Position after the name in its start tag, where an attribute can be added.
    pub named: usize,
    /// Position after its start tag.
    pub inner: usize,
    /// Position before its end tag.
    pub close: usize,
    /// Its child elements.
    pub children: &'a [Child],
    /// Its elements that hold a shopper's explanation. They are not nested.
    pub whys: &'a [Why],
    /// Whether text must be written in ASCII, with character references.
    pub ascii: bool,
}

/// A child element of a slot, as positions in the slot's source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Child {
    /// The whole element.
    pub outer: Range<usize>,
    /// The name in its start tag.
    pub name: Range<usize>,
    /// Its content.
    pub inner: Range<usize>,
    /// Whether it has content but no end tag, so that anything written after it would become a part of it.
    pub unclosed: bool,
    /// Whether it is a `<template>`.
    pub template: bool,
    /// Its marks.
    pub mark: Mark,
}

/// An element whose content is a shopper's explanation, as positions in the slot's source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Its content.
    pub inner: Range<usize>,
    /// The new content, as HTML.
    pub html: String,
}

/// The purpose for which an element is held.
#[derive(Clone, Debug)]
pub(crate) enum Purpose {
    /// The host rewrites it; this is the host's number.
    Slot(u32),
    /// Its content is replaced by this explanation, as HTML.
    Why(String),
}

/// The effect of a tag on a held element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Now {
    /// The element is still open.
    Open,
    /// The element has ended: end of its content, end of the element.
    Ended { close: usize, end: usize },
    /// The element cannot be understood.
    Torn,
}

#[derive(Debug)]
pub(crate) struct Held {
    /// Positions of the start tag in the input. All other positions are relative to `start`.
    pub start: usize,
    pub named: usize,
    pub inner: usize,
    pub purpose: Purpose,
    pub children: Vec<Child>,
    pub whys: Vec<Why>,
    /// Its position in the stack of open elements.
    place: usize,
    /// Whether the last child is open.
    in_child: bool,
    /// Position of the last `Why` in the stack of open elements, if it is open.
    in_why: Option<usize>,
}

impl Held {
    pub(crate) fn new(tag: &Tag, step: &Step, purpose: Purpose) -> Self {
        Self {
            start: tag.start,
            named: tag.named - tag.start,
            inner: tag.end - tag.start,
            purpose,
            children: Vec::new(),
            whys: Vec::new(),
            place: step.floor,
            in_child: false,
            in_why: None,
        }
    }

    /// Records what a tag ended.
    pub(crate) fn after(&mut self, tag: &Tag, step: &Step) -> Now {
        let wraps = step.wrapped && step.floor == self.place + 1;
        if step.odd || step.broken > self.place || wraps {
            return Now::Torn;
        }
        let (before, behind) = (tag.start - self.start, tag.end - self.start);
        let end = |place: usize| if step.own && step.floor == place { behind } else { before };
        if self.in_why.is_some_and(|place| step.floor <= place) {
            self.in_why = None;
            if let Some(why) = self.whys.last_mut() {
                why.inner.end = before;
            }
        }
        if self.in_child
            && step.floor <= self.place + 1
            && let Some(child) = self.children.last_mut()
        {
            self.in_child = false;
            (child.inner.end, child.outer.end) = (before, end(self.place + 1));
            child.unclosed = !(step.own && step.floor == self.place + 1);
        }
        if step.floor <= self.place { Now::Ended { close: before, end: end(self.place) } } else { Now::Open }
    }

    /// Records a start tag inside. Returns whether the element is still small enough to be rewritten.
    pub(crate) fn starts(&mut self, tag: &Tag, step: &Step, mark: Mark) -> bool {
        let place = |at: usize| at - self.start;
        if step.floor == self.place + 1 {
            let moved = |range: Range<usize>| place(range.start)..place(range.end);
            let Mark { slot, because, item, about, lang, variant, card, key } = mark;
            let mark = Mark {
                slot: slot.map(moved),
                because: because.map(moved),
                item: item.map(moved),
                about: about.map(moved),
                lang: lang.map(moved),
                variant: variant.map(moved),
                card: card.map(moved),
                key: key.map(moved),
            };
            let (start, inner) = (place(tag.start), place(tag.end));
            let template = tag.name == name::TEMPLATE;
            self.children.push(Child {
                outer: start..inner,
                name: start + 1..place(tag.named),
                inner: inner..inner,
                unclosed: false,
                template,
                mark,
            });
            self.in_child = step.opened;
        }
        self.children.len() <= MAX_CHILDREN
    }

    /// Records that the element of a start tag gets an explanation.
    pub(crate) fn says_why(&mut self, tag: &Tag, step: &Step, html: String) {
        if self.in_why.is_none() {
            let inner = tag.end - self.start;
            self.whys.push(Why { inner: inner..inner, html });
            self.in_why = Some(step.floor);
        }
    }

    /// Whether the current position is inside an element whose explanation is replaced.
    pub(crate) fn in_why(&self) -> bool {
        self.in_why.is_some()
    }
}
