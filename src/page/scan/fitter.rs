//! A page on its way through: bytes pass as they are, and each slot that is to change is held until it ends.

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

/// A slot that begins, or an element that says why a slot shows what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot<'a> {
    /// The slot's name.
    pub name: Cow<'a, str>,
    /// The id of the product it is about.
    pub item: Option<Cow<'a, str>>,
}

/// What is to become of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Say {
    /// It stays as it is.
    Nothing,
    /// Its content stays; these attributes, as HTML with a space before each, are added.
    Mark(String),
    /// It is held, and handed to [`Host::fit`] with this number.
    Hold(u32),
}

/// Decides what slots become.
pub trait Host {
    /// A slot begins.
    fn slot(&mut self, slot: &Slot<'_>) -> Say;
    /// An element begins that says why a slot shows what it shows. What it is to say, as HTML; `None` if the
    /// shop's own words stay.
    fn because(&mut self, slot: &Slot<'_>) -> Option<String>;
    /// A slot that was held has ended. Writes it anew behind `out`; returns false to leave it as it is, whatever
    /// was written.
    fn fit(&mut self, number: u32, element: &Element<'_>, out: &mut Vec<u8>) -> bool;
    /// A slot that was held stays as it is: its source could not be understood.
    fn left(&mut self, number: u32);
}

/// One page on its way through.
///
/// Chunks go in by [`Fitter::feed`]; what has to go out after each is [`Fitter::ready`]. Behind the last chunk
/// comes [`Fitter::end`].
#[derive(Debug, Default)]
pub struct Fitter {
    scanner: Scanner,
    page: Page,
    /// Bytes of the page from the first that has not gone out.
    buffer: Vec<u8>,
    /// How far of the buffer is scanned.
    scanned: usize,
    /// How far of the buffer goes out next.
    until: usize,
}

#[derive(Debug, Default)]
struct Page {
    charset: Charset,
    /// The first bytes of the page, where a byte order mark stands.
    head: Vec<u8>,
    /// Bytes that went out of the buffer before.
    passed: usize,
    /// What goes out, where it is not the buffer as it is.
    out: Vec<u8>,
    /// How far of the buffer is in `out`, or replaced there.
    done: usize,
    held: Option<Held>,
    made: Vec<u8>,
}

impl Fitter {
    /// For a page in an encoding, as its header says.
    pub fn new(charset: Charset) -> Self {
        let mut fitter = Self { page: Page { charset, ..Page::default() }, ..Self::default() };
        if charset == Charset::Opaque {
            fitter.scanner.give_up();
        }
        fitter
    }

    /// The page goes on with these bytes.
    pub fn feed(&mut self, chunk: &[u8], host: &mut dyn Host) {
        self.room(chunk.len()).copy_from_slice(chunk);
        self.advance(host);
    }

    /// Room for the next bytes of the page; [`Fitter::advance`] follows.
    pub fn room(&mut self, len: usize) -> &mut [u8] {
        self.take();
        let from = self.buffer.len();
        self.buffer.resize(from + len, 0);
        self.buffer.get_mut(from..).unwrap_or_default()
    }

    /// Takes in the bytes written to [`Fitter::room`].
    pub fn advance(&mut self, host: &mut dyn Host) {
        self.page.sniff(&self.buffer, &mut self.scanner);
        let mut pass = Pass { page: &mut self.page, host };
        self.scanned = self.scanner.scan(&self.buffer, self.scanned, &mut pass);
        if self.buffer.len() - self.scanned > MAX_HELD || self.page.charset == Charset::Opaque {
            self.scanner.give_up();
        }
        if self.scanner.is_done() {
            self.scanned = self.buffer.len();
        }
        let too_long = self.page.held.as_ref().is_some_and(|held| self.buffer.len() - held.start > MAX_HELD);
        if too_long || self.scanner.is_done() {
            Pass { page: &mut self.page, host }.leave();
        }
        self.release(self.page.held.as_ref().map_or(self.scanned, |held| held.start));
    }

    /// The page has ended: all that is left goes out.
    pub fn end(&mut self, host: &mut dyn Host) {
        self.take();
        Pass { page: &mut self.page, host }.leave();
        self.release(self.buffer.len());
    }

    fn release(&mut self, until: usize) {
        self.until = until;
        if !self.page.out.is_empty() || self.page.done > 0 {
            self.page.copy(&self.buffer, until);
        }
    }

    /// Forgets what has gone out.
    fn take(&mut self) {
        let gone = core::mem::take(&mut self.until);
        self.buffer.drain(..gone);
        self.scanned -= gone;
        self.page.passed += gone;
        self.page.done = 0;
        self.page.out.clear();
        if let Some(held) = &mut self.page.held {
            held.start -= gone;
        }
    }

    /// What goes out now.
    pub fn ready(&self) -> &[u8] {
        if self.page.done > 0 { &self.page.out } else { self.buffer.get(..self.until).unwrap_or_default() }
    }

    /// Whether what goes out now is just what came in by the last [`Fitter::feed`] of so many bytes.
    pub fn is_same(&self, len: usize) -> bool {
        self.page.done == 0 && self.until == len && self.buffer.len() == len
    }

    /// Bytes of the page that came in and have not gone out: its last ones.
    pub fn held(&self) -> usize {
        self.buffer.len() - self.until
    }
}

impl Page {
    /// Looks for a byte order mark.
    fn sniff(&mut self, buffer: &[u8], scanner: &mut Scanner) {
        if self.head.len() >= 3 {
            return;
        }
        // Nothing of the first bytes is drained before they are in `head`, but they may go out one by one.
        let new = self.head.len().saturating_sub(self.passed);
        self.head.extend(buffer.iter().skip(new).take(3 - self.head.len()));
        if let Some(charset) = Charset::of_mark(&self.head) {
            self.charset = charset;
            if charset == Charset::Opaque {
                scanner.give_up();
            }
        }
    }

    fn copy(&mut self, input: &[u8], to: usize) {
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

/// Writes HTML, where need be in ASCII with character references.
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

struct Pass<'a> {
    page: &'a mut Page,
    host: &'a mut dyn Host,
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
    }
}

fn slot_of<'a>(name: &Range<usize>, mark: &Mark, input: &'a [u8]) -> Option<Slot<'a>> {
    let name = decoded(input.get(name.clone())?)?;
    let item = match &mark.item {
        Some(item) => Some(decoded(input.get(item.clone())?)?),
        None => None,
    };
    Some(Slot { name, item })
}

impl Pass<'_> {
    fn meta(&mut self, tag: &Tag, input: &[u8]) {
        if self.page.passed + tag.start < SNIFFED {
            self.page.charset = Charset::of_meta(tag, input);
        }
    }

    /// A start tag with `data-` outside what is held.
    fn begin(&mut self, tag: &Tag, step: &Step, input: &[u8], mark: &Mark) {
        // Text alone is no content for a slot, and what a template holds is no part of the page.
        let bare = tag.name.class().has(Class::TEXT) || tag.name == name::TEMPLATE;
        let unclear = step.odd || step.inert || !step.opened || bare;
        if unclear || self.page.charset == Charset::Opaque {
            return;
        }
        if let Some(slot) = mark.slot.as_ref().and_then(|name| slot_of(name, mark, input)) {
            match self.host.slot(&slot) {
                Say::Nothing => {}
                Say::Mark(attributes) => {
                    self.page.copy(input, tag.named);
                    self.page.write(&attributes);
                }
                Say::Hold(number) => self.page.held = Some(Held::new(tag, step, Purpose::Slot(number))),
            }
        } else if mark.slot.is_none()
            && let Some(html) = self.words(mark, input)
        {
            self.page.held = Some(Held::new(tag, step, Purpose::Why(html)));
        }
    }

    fn words(&mut self, mark: &Mark, input: &[u8]) -> Option<String> {
        self.host.because(&slot_of(mark.because.as_ref()?, mark, input)?)
    }

    /// A tag inside what is held, or the one that ends it.
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
            // A slot inside a slot: the outer one stays as it is.
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

    /// What is held has ended.
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
                // A longer one was left before its end came, if that came in a later chunk.
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

    /// What is held stays as it is.
    fn leave(&mut self) {
        if let Some(Held { purpose: Purpose::Slot(number), .. }) = self.page.held.take() {
            self.host.left(number);
        }
    }
}
