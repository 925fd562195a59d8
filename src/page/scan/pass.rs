//! The processing of tags: asks the host about slots, holds them, and hands them over when they end.

use crate::charset::{Charset, SNIFFED};
use crate::held::{Element, Held, Now, Purpose};
use crate::mark::{Mark, decoded};
use crate::name::{self, Class};
use crate::scanner::{MAX_HELD, Scanner, Sink};
use crate::tag::Tag;
use crate::tree::Step;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// A slot that begins, or an element that explains a slot to the shopper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot<'a> {
    /// The slot's name.
    pub name: Cow<'a, str>,
    /// Id of the product of the page.
    pub item: Option<Cow<'a, str>>,
    /// What the page is about besides: a category's path, or the words of a search.
    pub about: Option<Cow<'a, str>>,
    /// Its language as a BCP 47 tag: its own, or else the page's; empty if neither is stated.
    pub lang: Cow<'a, str>,
}

/// Decides about slots and rewrites them.
pub trait Host {
    /// Called when a slot begins. With a number the slot is held until it ends and then handed to [`Host::fit`] with that
    /// number; with `None` it does not change. A slot that only gets an attribute is held too, because whether its markup
    /// can be understood shows at its end.
    fn slot(&mut self, slot: &Slot<'_>) -> Option<u32>;
    /// Called when an element begins that explains a slot. Returns the explanation as HTML; `None` keeps the shop's own
    /// words.
    fn because(&mut self, slot: &Slot<'_>) -> Option<String>;
    /// Called when a held slot has ended. Appends the new slot to `out`. If it returns false, the slot does not change,
    /// whatever was written.
    fn fit(&mut self, number: u32, element: &Element<'_>, out: &mut Vec<u8>) -> bool;
    /// Called when a held slot does not change because its source could not be understood.
    fn left(&mut self, number: u32);
    /// Whether something is to be added at the page's end. Then the tags that end the page are held.
    fn adds(&self) -> bool {
        false
    }
    /// Called when the page has ended, if something is to be added. Appends HTML in ASCII to `out`.
    fn add(&mut self, _out: &mut Vec<u8>) {}
}

/// What is known about a page, and the output.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub charset: Charset,
    /// The `lang` of the page's `html` element; empty if it states none.
    lang: String,
    /// The first bytes of the page, which may be a byte order mark.
    head: Vec<u8>,
    /// Number of bytes of the page before the buffer.
    pub passed: usize,
    /// The output, if it differs from the buffer.
    pub out: Vec<u8>,
    /// End of the bytes in the buffer that have gone out, were copied to `out`, or are replaced there.
    pub done: usize,
    pub held: Option<Held>,
    made: Vec<u8>,
}

impl Page {
    pub(crate) fn new(charset: Charset) -> Self {
        Self { charset, ..Self::default() }
    }

    /// Looks for a byte order mark.
    pub(crate) fn sniff(&mut self, buffer: &[u8], scanner: &mut Scanner) {
        if self.head.len() >= 3 {
            return;
        }
        // The first bytes may arrive one by one, but all of them reach `head` before they are dropped.
        let new = self.head.len().saturating_sub(self.passed);
        self.head.extend(buffer.iter().skip(new).take(3 - self.head.len()));
        if let Some(charset) = Charset::of_mark(&self.head) {
            self.charset = charset;
            if charset == Charset::Opaque {
                scanner.give_up();
            }
        }
    }

    /// Copies the bytes before `to` to the output.
    pub(crate) fn copy(&mut self, input: &[u8], to: usize) {
        self.out.extend_from_slice(input.get(self.done..to).unwrap_or_default());
        self.done = to;
    }

    fn is_ascii(&self) -> bool {
        self.charset != Charset::Utf8
    }

    fn write(&mut self, html: &str) {
        write_html(html, self.is_ascii(), &mut self.out);
    }
}

/// Writes HTML; if required, in ASCII with character references.
pub fn write_html(html: &str, ascii: bool, out: &mut Vec<u8>) {
    if !ascii || html.is_ascii() {
        return out.extend_from_slice(html.as_bytes());
    }
    for c in html.chars() {
        if c.is_ascii() {
            out.push(c as u8);
        } else {
            let mut digits = [0; 10];
            let (mut at, mut number) = (digits.len(), c as u32);
            while number > 0 {
                at -= 1;
                digits[at] = b'0' + (number % 10) as u8;
                number /= 10;
            }
            out.extend_from_slice(b"&#");
            out.extend_from_slice(&digits[at..]);
            out.push(b';');
        }
    }
}

/// The page and its host while tags are processed.
pub(crate) struct Pass<'a> {
    pub page: &'a mut Page,
    pub host: &'a mut dyn Host,
}

impl Sink for Pass<'_> {
    #[inline]
    fn tag(&mut self, tag: &Tag, step: &Step, input: &[u8]) {
        if self.page.held.is_some() {
            self.inside(tag, step, input);
        } else if tag.data && !tag.closes {
            self.begin(tag, step, input, &Mark::of(tag, input));
        }
        if tag.name == name::META && self.page.charset == Charset::Unknown && !tag.closes {
            self.meta(tag, input);
        }
        if tag.name == name::HTML && !tag.closes && !step.inert && self.page.lang.is_empty() {
            self.page.lang = lang(tag, input).unwrap_or_default();
        }
    }
}

/// The `lang` of a tag.
fn lang(tag: &Tag, input: &[u8]) -> Option<String> {
    let is_lang = |name: Range<usize>| input.get(name).is_some_and(|name| name.eq_ignore_ascii_case(b"lang"));
    let found = tag.attributes(input).find(|attribute| is_lang(attribute.name.clone()))?;
    decoded(input.get(found.value)?).map(Cow::into_owned)
}

fn slot_of<'a>(name: &Range<usize>, mark: &Mark, input: &'a [u8], page: &'a str) -> Option<Slot<'a>> {
    let name = decoded(input.get(name.clone())?)?;
    // `None` where a value cannot be read, and `Some(None)` where there is none.
    let text = |value: &Option<Range<usize>>| match value {
        Some(value) => decoded(input.get(value.clone())?).map(Some),
        None => Some(None),
    };
    let lang = text(&mark.lang)?.filter(|lang| !lang.is_empty()).unwrap_or(Cow::Borrowed(page));
    Some(Slot { name, item: text(&mark.item)?, about: text(&mark.about)?, lang })
}

impl Pass<'_> {
    fn meta(&mut self, tag: &Tag, input: &[u8]) {
        if self.page.passed + tag.start < SNIFFED {
            self.page.charset = Charset::of_meta(tag, input);
        }
    }

    /// Processes a start tag with a `data-` attribute outside of a held element.
    fn begin(&mut self, tag: &Tag, step: &Step, input: &[u8], mark: &Mark) {
        // An element that holds only text cannot be a slot, and the content of a template is not part of the page.
        let bare = tag.name.class().has(Class::TEXT) || tag.name == name::TEMPLATE;
        let unclear = step.odd || step.inert || !step.opened || bare;
        if unclear || self.page.charset == Charset::Opaque {
            return;
        }
        if let Some(slot) = mark.slot.as_ref().and_then(|name| slot_of(name, mark, input, &self.page.lang)) {
            if let Some(number) = self.host.slot(&slot) {
                self.page.held = Some(Held::new(tag, step, Purpose::Slot(number)));
            }
        } else if mark.slot.is_none()
            && let Some(html) = self.words(mark, input)
        {
            self.page.held = Some(Held::new(tag, step, Purpose::Why(html)));
        }
    }

    fn words(&mut self, mark: &Mark, input: &[u8]) -> Option<String> {
        self.host.because(&slot_of(mark.because.as_ref()?, mark, input, &self.page.lang)?)
    }

    /// Processes a tag inside a held element, or the tag that ends it.
    fn inside(&mut self, tag: &Tag, step: &Step, input: &[u8]) {
        let now = self.page.held.as_mut().map_or(Now::Torn, |held| held.after(tag, step));
        match now {
            Now::Open => {}
            Now::Ended { close, end } => self.finish(close, end, input),
            Now::Torn => self.leave(),
        }
        if tag.closes {
            return;
        }
        let mark = Mark::of(tag, input);
        let live = !step.inert && step.opened;
        if live && mark.slot.is_some() {
            // A slot inside a slot: the outer one does not change.
            self.leave();
        }
        let Some(held) = &self.page.held else {
            if tag.data {
                self.begin(tag, step, input, &mark);
            }
            return;
        };
        let asks = live && mark.because.is_some() && !held.in_why() && matches!(held.purpose, Purpose::Slot(_));
        let words = if asks { self.words(&mark, input) } else { None };
        let Some(held) = &mut self.page.held else { return };
        if let Some(html) = words {
            held.says_why(tag, step, html);
        }
        if !held.starts(tag, step, mark) {
            self.leave();
        }
    }

    /// The held element has ended.
    fn finish(&mut self, close: usize, end: usize, input: &[u8]) {
        let Some(held) = self.page.held.take() else { return };
        let page = &mut *self.page;
        match held.purpose {
            Purpose::Why(html) => {
                page.copy(input, held.start + held.inner);
                page.write(&html);
                page.done = held.start + close;
            }
            Purpose::Slot(number) => {
                let element = Element {
                    source: input.get(held.start..held.start + end).unwrap_or_default(),
                    named: held.named,
                    inner: held.inner,
                    close,
                    children: &held.children,
                    whys: &held.whys,
                    ascii: page.is_ascii(),
                };
                page.made.clear();
                // A longer slot whose end came in a later chunk was already released. This one must not differ.
                if end <= MAX_HELD && self.host.fit(number, &element, &mut page.made) {
                    page.copy(input, held.start);
                    page.out.extend_from_slice(&page.made);
                    page.done = held.start + end;
                } else {
                    self.host.left(number);
                }
            }
        }
    }

    /// Releases the held element unchanged.
    pub(crate) fn leave(&mut self) {
        if let Some(Held { purpose: Purpose::Slot(number), .. }) = self.page.held.take() {
            self.host.left(number);
        }
    }
}
