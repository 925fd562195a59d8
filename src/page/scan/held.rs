//! An element that is held until it ends, and what is known of it by then.

use crate::mark::Mark;
use crate::name;
use crate::tag::Tag;
use crate::tree::Step;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// Most children of a slot that is rewritten; one with more stays as it is.
pub const MAX_CHILDREN: usize = 1024;

/// A slot that has ended. All places are those of `source`.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// All of it, from its `<` on; where its end tag is left out, up to its last byte of content.
    pub source: &'a [u8],
    /// Behind the name in its start tag, where an attribute can be added.
    pub named: usize,
    /// Behind its start tag.
    pub inner: usize,
    /// Before its end tag.
    pub close: usize,
    /// The elements directly in it.
    pub children: &'a [Child],
    /// The elements in it that say why, none inside another.
    pub whys: &'a [Why],
    /// Whether text must be written in ASCII, with character references.
    pub ascii: bool,
}

/// An element directly in a slot, as places in the slot's source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Child {
    /// All of it.
    pub outer: Range<usize>,
    /// The name in its start tag.
    pub name: Range<usize>,
    /// Its content.
    pub inner: Range<usize>,
    /// Whether it has content but no end tag, so that it would take in what is put behind it.
    pub unclosed: bool,
    /// Whether it is a `<template>`.
    pub template: bool,
    /// Its marks.
    pub mark: Mark,
    /// In a template: the start tag of the first element.
    pub first: Option<First>,
    /// In a template: the name of the last element, if that has no end tag.
    pub unclosed_last: Option<Range<usize>>,
}

/// The start tag of the first element in a template, as places in the slot's source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct First {
    /// Behind its name.
    pub named: usize,
    /// The value of its [`VARIANT`](crate::VARIANT).
    pub variant: Option<Range<usize>>,
}

/// An element whose content is the words that say why, as places in the slot's source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Its content.
    pub inner: Range<usize>,
    /// What is to stand there, as HTML.
    pub html: String,
}

/// What an element is held for.
#[derive(Clone, Debug)]
pub(crate) enum Purpose {
    /// It is a slot that the host rewrites, by the host's number.
    Slot(u32),
    /// Its content becomes these words.
    Why(String),
}

/// What a tag makes of a held element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Now {
    /// It goes on.
    Open,
    /// Its content ended, and it ended.
    Ended { close: usize, end: usize },
    /// It cannot be understood.
    Torn,
}

#[derive(Debug)]
pub(crate) struct Held {
    /// Places of the start tag in the input. All other places are from here on.
    pub start: usize,
    pub named: usize,
    pub inner: usize,
    pub purpose: Purpose,
    pub children: Vec<Child>,
    pub whys: Vec<Why>,
    /// Its place among the open elements.
    place: usize,
    /// Whether the last child is open.
    in_child: bool,
    /// Whether the last element of the last child, a template, is open.
    in_last: bool,
    /// The place among the open elements of the last `Why`, if it is open.
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
            in_last: false,
            in_why: None,
        }
    }

    /// Takes in what a tag ended.
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
        if let Some(child) = self.children.last_mut() {
            if self.in_last && step.floor <= self.place + 2 {
                self.in_last = false;
                if step.own && step.floor == self.place + 2 {
                    child.unclosed_last = None;
                }
            }
            if self.in_child && step.floor <= self.place + 1 {
                self.in_child = false;
                (child.inner.end, child.outer.end) = (before, end(self.place + 1));
                child.unclosed = !(step.own && step.floor == self.place + 1);
            }
        }
        if step.floor <= self.place { Now::Ended { close: before, end: end(self.place) } } else { Now::Open }
    }

    /// Takes in a start tag inside. Says whether the element still is of a size that is rewritten.
    pub(crate) fn starts(&mut self, tag: &Tag, step: &Step, mark: Mark) -> bool {
        let place = |at: usize| at - self.start;
        if step.floor == self.place + 1 {
            let moved = |range: Range<usize>| place(range.start)..place(range.end);
            let Mark { slot, because, item, variant, card, key } = mark;
            let mark = Mark {
                slot: slot.map(moved),
                because: because.map(moved),
                item: item.map(moved),
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
                first: None,
                unclosed_last: None,
            });
            self.in_child = step.opened;
        } else if step.floor == self.place + 2
            && let Some(child) = self.children.last_mut().filter(|child| child.template)
        {
            let named = tag.named - self.start;
            let moved = |range: Range<usize>| range.start - self.start..range.end - self.start;
            child.first.get_or_insert_with(|| First { named, variant: mark.variant.map(moved) });
            child.unclosed_last = step.opened.then_some(tag.start - self.start + 1..named);
            self.in_last = step.opened;
        }
        self.children.len() <= MAX_CHILDREN
    }

    /// Words are to be put into the element that a tag began.
    pub(crate) fn says_why(&mut self, tag: &Tag, step: &Step, html: String) {
        if self.in_why.is_none() {
            let inner = tag.end - self.start;
            self.whys.push(Why { inner: inner..inner, html });
            self.in_why = Some(step.floor);
        }
    }

    /// Whether words are being replaced where a tag stands.
    pub(crate) fn in_why(&self) -> bool {
        self.in_why.is_some()
    }
}
