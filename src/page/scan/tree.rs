//! The open elements of a page, as far as its tags show them.
//!
//! This follows the standard's tree construction where it decides how the rest is tokenized (foreign content) and
//! where elements end whose end tags are left out. It does not build what the source does not show: elements the
//! parser adds (`tbody`), formatting elements it opens again, content it moves out of a table. Where a tag does
//! such a thing, its [`Step`] is *odd*, and a slot around it is left alone.
//!
//! The stack is at most [`MAX_DEPTH`] deep, so that every search in it takes bounded time. Browsers stop nesting
//! at about the same depth. Deeper pages are not read on.

mod end;
mod start;

use crate::name::{self, Class, Name};
use crate::tag::Tag;
use alloc::vec::Vec;

/// Deepest nesting that is followed, in elements.
pub const MAX_DEPTH: usize = 512;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Space {
    Html,
    Svg,
    Math,
}

/// An open element.
#[derive(Clone, Copy, Debug)]
struct Open {
    name: Name,
    class: Class,
    space: Space,
    /// A foreign element whose content is HTML (an integration point of the standard).
    holds_html: bool,
}

impl Open {
    fn is(&self, name: Name) -> bool {
        self.name == name && self.space == Space::Html
    }

    fn ends_scope(&self) -> bool {
        self.holds_html || self.space == Space::Html && self.class.has(Class::SCOPE)
    }

    /// Whether its end tag may be left out.
    fn implied(&self) -> bool {
        self.space == Space::Html && self.class.has(Class::IMPLIED.or(Class::PART))
    }
}

/// What a tag did to the open elements.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// Elements still open when all that the tag ends had ended.
    pub floor: usize,
    /// Whether it is the end tag of the element at `floor`.
    pub own: bool,
    /// Whether it opened an element, which is at `floor`.
    pub opened: bool,
    /// Whether it did what the source does not show: it was ignored, or its element was moved.
    pub odd: bool,
    /// Whether the parser put elements of its own around the one it opened.
    pub wrapped: bool,
    /// Whether it stands in a `<template>`, whose content is no part of the page yet.
    pub inert: bool,
    /// One more than the place of the innermost element that it ended although an end tag was due; 0 if none.
    pub broken: usize,
}

/// How the text behind a start tag is to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Text {
    Data,
    Raw(&'static [u8]),
    Script,
    Plain,
}

/// The open elements.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    stack: Vec<Open>,
    /// Open `p`, `a` and `template` of HTML: mostly none or one, and then nothing is to be searched.
    paragraphs: usize,
    links: usize,
    templates: usize,
    /// Whether a form is open, by the standard's form pointer.
    form: bool,
    /// Nesting is too deep to follow.
    pub(crate) lost: bool,
}

impl Tree {
    /// With a template open.
    pub(crate) fn in_template() -> Self {
        let (name, space) = (name::TEMPLATE, Space::Html);
        let template = Open { name, class: name.class(), space, holds_html: false };
        Self { stack: alloc::vec![template], templates: 1, ..Self::default() }
    }

    /// Whether the innermost open element is not of HTML, so that CDATA sections are read.
    pub(crate) fn foreign(&self) -> bool {
        self.stack.last().is_some_and(|top| top.space != Space::Html)
    }

    /// What a tag does that does nothing.
    #[inline(always)]
    pub(crate) fn step(&self) -> Step {
        let (floor, inert) = (self.stack.len(), self.templates > 0);
        Step { floor, own: false, opened: false, odd: false, wrapped: false, inert, broken: 0 }
    }

    /// A start tag. Says also how what follows it is to be read.
    #[inline]
    pub(crate) fn open(&mut self, tag: &Tag, input: &[u8], step: &mut Step) -> Text {
        let class = tag.name.class();
        if let Some(top) = self.stack.last().copied().filter(|top| top.space != Space::Html) {
            let html = match top.space {
                Space::Math if name::is_math_text(top.name) => tag.name != name::MGLYPH && tag.name != name::MALIGNMARK,
                Space::Math if top.name == name::ANNOTATION => top.holds_html || tag.name == name::SVG,
                _ => top.holds_html,
            };
            if !html {
                if !breaks_out(class, tag, input) {
                    self.push_foreign(top.space, tag, input, step);
                    return Text::Data;
                }
                self.leave_foreign(step);
            }
        }
        self.open_html(class, tag, input, step)
    }

    fn open_html(&mut self, class: Class, tag: &Tag, input: &[u8], step: &mut Step) -> Text {
        if class.has(Class::FRAME) {
            step.odd = true;
            return Text::Data;
        }
        if !class.has(Class::IN_TABLE) && self.in_bare_table() {
            step.odd = true;
        }
        if class.has(Class::CLOSES_P) && self.paragraphs > 0 {
            self.close_p(step);
            // In pages without a doctype a table stays in the paragraph.
            if tag.name == name::TABLE && step.floor < self.stack.len() {
                step.broken = self.stack.len();
            }
            self.cut(step.floor);
        }
        let plain_link = tag.name == name::A && self.links == 0;
        if class.has(Class::RULE) && !plain_link && !self.rule(class, tag, input, step) {
            return Text::Data;
        }
        if class.has(Class::VOID) {
            return Text::Data;
        }
        self.push(Open { name: tag.name, class, space: Space::Html, holds_html: false }, step);
        if class.has(Class::TEXT) { text_of(tag.name) } else { Text::Data }
    }

    fn push(&mut self, open: Open, step: &mut Step) {
        step.opened = true;
        step.floor = self.stack.len();
        if self.stack.len() >= MAX_DEPTH {
            self.lost = true;
            return;
        }
        self.count(open, 1);
        self.stack.push(open);
    }

    fn push_foreign(&mut self, space: Space, tag: &Tag, input: &[u8], step: &mut Step) {
        if tag.slash {
            return;
        }
        let name = tag.name;
        let holds_html = match space {
            Space::Svg => name == name::TITLE || name == name::DESC || name == name::FOREIGN_OBJECT,
            _ => name::is_math_text(name) || name == name::ANNOTATION && is_html_annotation(tag, input),
        };
        self.push(Open { name, class: Class::default(), space, holds_html }, step);
    }

    fn count(&mut self, open: Open, by: isize) {
        if !open.class.has(Class::COUNTED) {
            return;
        }
        if open.is(name::P) {
            self.paragraphs = self.paragraphs.wrapping_add_signed(by);
        } else if open.is(name::A) {
            self.links = self.links.wrapping_add_signed(by);
        } else if open.is(name::TEMPLATE) {
            self.templates = self.templates.wrapping_add_signed(by);
        }
    }

    /// Closes the elements from `floor` on.
    fn cut(&mut self, floor: usize) {
        while self.stack.len() > floor {
            if let Some(open) = self.stack.pop() {
                self.count(open, -1);
            }
        }
    }

    /// Removes one element from the middle.
    fn remove(&mut self, at: usize, step: &mut Step) {
        let open = self.stack.remove(at);
        self.count(open, -1);
        step.odd = true;
        step.floor = step.floor.min(at);
        step.broken = step.broken.max(at + 1);
    }

    /// Ends the elements from `at` on without their end tags: notes which of them had to have one.
    fn end_from(&self, at: usize, step: &mut Step) {
        step.floor = step.floor.min(at);
        let broken = self.stack.iter().skip(at).rposition(|open| !open.implied());
        step.broken = step.broken.max(broken.map_or(0, |inside| at + inside + 1));
    }

    /// The innermost element that `wanted` accepts and no end of a scope hides.
    fn in_scope(&self, wanted: impl Fn(&Open) -> bool, more: impl Fn(Name) -> bool) -> Option<usize> {
        for (at, open) in self.stack.iter().enumerate().rev() {
            if wanted(open) {
                return Some(at);
            }
            if open.ends_scope() || open.space == Space::Html && more(open.name) {
                return None;
            }
        }
        None
    }

    fn named_in_scope(&self, name: Name) -> Option<usize> {
        self.in_scope(|open| open.is(name), |_| false)
    }

    fn close_p(&self, step: &mut Step) {
        if let Some(at) = self.in_scope(|open| open.is(name::P), |name| name == name::BUTTON) {
            self.end_from(at, step);
        }
    }

    /// An end tag.
    #[inline]
    pub(crate) fn close(&mut self, name: Name, step: &mut Step) {
        let Some(top) = self.stack.last() else {
            step.odd = true;
            return;
        };
        if top.name == name && top.space == Space::Html && name != name::FORM {
            step.floor -= 1;
            step.own = true;
            self.cut(step.floor);
            return;
        }
        if top.space != Space::Html {
            if name == name::P || name == name::BR {
                self.leave_foreign(step);
            } else {
                for at in (0..self.stack.len()).rev() {
                    if self.stack[at].space == Space::Html {
                        break;
                    }
                    if self.stack[at].name == name {
                        self.end_at(at, step);
                        return;
                    }
                }
            }
        }
        self.close_html(name, step);
    }

    /// An end tag ends the element at `at`, and what is open in it.
    fn end_at(&mut self, at: usize, step: &mut Step) {
        self.end_from(at + 1, step);
        (step.floor, step.own) = (at, true);
        self.cut(at);
    }
}

fn text_of(name: Name) -> Text {
    match name {
        name::SCRIPT => Text::Script,
        name::PLAINTEXT => Text::Plain,
        name::STYLE => Text::Raw(b"style"),
        name::TEXTAREA => Text::Raw(b"textarea"),
        name::TITLE => Text::Raw(b"title"),
        name::NOSCRIPT => Text::Raw(b"noscript"),
        name::IFRAME => Text::Raw(b"iframe"),
        name::XMP => Text::Raw(b"xmp"),
        name::NOEMBED => Text::Raw(b"noembed"),
        name::NOFRAMES => Text::Raw(b"noframes"),
        _ => Text::Data,
    }
}

fn breaks_out(class: Class, tag: &Tag, input: &[u8]) -> bool {
    let formats = |name: &[u8]| [&b"color"[..], b"face", b"size"].iter().any(|known| name.eq_ignore_ascii_case(known));
    class.has(Class::BREAKS_OUT)
        || tag.name == name::FONT
            && tag.attributes(input).any(|attribute| input.get(attribute.name).is_some_and(formats))
}

fn is_html_annotation(tag: &Tag, input: &[u8]) -> bool {
    let is = |range: core::ops::Range<usize>, word: &[u8]| {
        input.get(range).is_some_and(|text| text.eq_ignore_ascii_case(word))
    };
    let encoding = tag.attributes(input).find(|attribute| is(attribute.name.clone(), b"encoding"));
    encoding.is_some_and(|found| is(found.value.clone(), b"text/html") || is(found.value, b"application/xhtml+xml"))
}
