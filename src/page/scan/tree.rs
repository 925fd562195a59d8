//! The open elements of a page, as far as its source shows them.
//!
//! This module follows the standard's tree construction only as far as it decides how the rest of the page is tokenized
//! (foreign content), and where elements without end tags end. It does not model what the source does not show: elements
//! that the parser adds (`tbody`), formatting elements that it reopens, content that it moves out of a table. If a tag
//! has such an effect, its [`Step`] is *odd*, and the slot around it does not change.
//!
//! The stack has at most [`MAX_DEPTH`] elements, so every search takes bounded time. Browsers stop nesting at about the
//! same depth. The rest of a deeper page is not read.

mod end;
mod start;

use crate::name::{self, Class, Name};
use crate::tag::Tag;
use alloc::vec::Vec;

/// Greatest depth of nesting that is followed, in elements.
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
    /// Whether it is a foreign element whose content is HTML (an integration point in the standard).
    holds_html: bool,
}

impl Open {
    fn is(&self, name: Name) -> bool {
        self.name == name && self.space == Space::Html
    }

    fn ends_scope(&self) -> bool {
        self.holds_html || self.space == Space::Html && self.class.has(Class::SCOPE)
    }

    /// Whether its end tag is optional.
    fn implied(&self) -> bool {
        self.space == Space::Html && self.class.has(Class::IMPLIED.or(Class::PART))
    }
}

/// The effect of a tag on the open elements.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// Number of elements that stay open after the tag has ended others.
    pub floor: usize,
    /// Whether the tag is the end tag of the element at `floor`.
    pub own: bool,
    /// Whether the tag opened an element; it is at `floor`.
    pub opened: bool,
    /// Whether the tag has an effect that the source does not show: it is ignored, or its element is moved.
    pub odd: bool,
    /// Whether the parser adds elements around the one it opened.
    pub wrapped: bool,
    /// Whether the tag is in a `<template>`, whose content is not part of the page.
    pub inert: bool,
    /// Position plus one of the innermost element that it ended although an end tag was required; 0 if there is none.
    pub broken: usize,
}

/// How to read the text after a start tag.
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
    /// Numbers of open `p`, `a` and `template` elements of HTML. Mostly there are none, so that no search is needed.
    paragraphs: usize,
    links: usize,
    templates: usize,
    /// Whether the standard's form pointer is set.
    form: bool,
    /// Whether the nesting became too deep to follow.
    pub(crate) lost: bool,
}

impl Tree {
    /// A tree in which a template is open.
    pub(crate) fn in_template() -> Self {
        let (name, space) = (name::TEMPLATE, Space::Html);
        let template = Open { name, class: name.class(), space, holds_html: false };
        Self { stack: alloc::vec![template], templates: 1, ..Self::default() }
    }

    /// Whether the innermost open element is foreign, so that CDATA sections are allowed.
    pub(crate) fn foreign(&self) -> bool {
        self.stack.last().is_some_and(|top| top.space != Space::Html)
    }

    /// The effect of a tag that changes nothing.
    #[inline(always)]
    pub(crate) fn step(&self) -> Step {
        let (floor, inert) = (self.stack.len(), self.templates > 0);
        Step { floor, own: false, opened: false, odd: false, wrapped: false, inert, broken: 0 }
    }

    /// Processes a start tag. Returns how to read the text after it.
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
            // On pages without a doctype, a table stays in the paragraph.
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

    /// Removes the elements from `floor` on.
    fn cut(&mut self, floor: usize) {
        while self.stack.len() > floor {
            if let Some(open) = self.stack.pop() {
                self.count(open, -1);
            }
        }
    }

    /// Removes one element from the middle of the stack.
    fn remove(&mut self, at: usize, step: &mut Step) {
        let open = self.stack.remove(at);
        self.count(open, -1);
        step.odd = true;
        step.floor = step.floor.min(at);
        step.broken = step.broken.max(at + 1);
    }

    /// Records that the elements from `at` on end without end tags, and which of them needed one.
    fn end_from(&self, at: usize, step: &mut Step) {
        step.floor = step.floor.min(at);
        let broken = self.stack.iter().skip(at).rposition(|open| !open.implied());
        step.broken = step.broken.max(broken.map_or(0, |inside| at + inside + 1));
    }

    /// The innermost element in scope that `wanted` accepts.
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

    /// Processes an end tag.
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

    /// Ends the element at `at` by its end tag, together with everything open in it.
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
