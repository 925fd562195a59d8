//! The way of a page's bytes: they pass unchanged, except that each slot that will change is held until it ends.

use crate::charset::Charset;
use crate::pass::{Host, Page, Pass};
use crate::scanner::{MAX_HELD, Scanner};
use crate::skim::{CUT, last_marked, open_from};
use alloc::vec::Vec;

/// Longest tail of a chunk, in bytes, that is held because a tag may be open in it. In a longer tail the tags are read.
const MAX_OPEN: usize = 1024;
/// Number of bytes in which tags are read at a time.
const STRIDE: usize = 1024;

/// The state of one page.
///
/// Pass each chunk to [`Fitter::feed`], then send [`Fitter::ready`]. Call [`Fitter::end`] after the last chunk, and send
/// [`Fitter::ready`] once more.
///
/// Tags are read up to the end of the last slot so far. Bytes after it are only skimmed, and go out. Their tags are read
/// later, if another slot follows, or when more than [`MAX_HELD`] bytes have not been read.
#[derive(Debug, Default)]
pub struct Fitter {
    scanner: Scanner,
    page: Page,
    /// Bytes of the page, starting with the first one that has not gone out or has not been read.
    buffer: Vec<u8>,
    /// End of the bytes in the buffer that have gone out.
    gone: usize,
    /// End of the bytes in the buffer that go out next.
    until: usize,
    /// End of the bytes in the buffer that have been skimmed.
    skimmed: usize,
    /// End of the bytes in the buffer whose tags must be read.
    wanted: usize,
    /// End of the bytes in the buffer whose tags have been read.
    scanned: usize,
}

impl Fitter {
    /// For a page in the encoding stated by its header.
    pub fn new(charset: Charset) -> Self {
        let mut fitter = Self { page: Page::new(charset), ..Self::default() };
        if charset == Charset::Opaque {
            fitter.scanner.give_up();
        }
        fitter
    }

    /// Takes the next bytes of the page.
    pub fn feed(&mut self, chunk: &[u8], host: &mut dyn Host) {
        self.room(chunk.len()).copy_from_slice(chunk);
        self.advance(host);
    }

    /// Returns room for the next bytes of the page. The caller fills it, then calls [`Fitter::advance`].
    pub fn room(&mut self, len: usize) -> &mut [u8] {
        self.take();
        let from = self.buffer.len();
        self.buffer.resize(from + len, 0);
        self.buffer.get_mut(from..).unwrap_or_default()
    }

    /// Processes the bytes written to [`Fitter::room`].
    pub fn advance(&mut self, host: &mut dyn Host) {
        self.page.sniff(&self.buffer, &mut self.scanner);
        self.skim();
        let mut read = self.read(host);
        let unread = self.scanned.max(self.gone);
        let mut open = None;
        if read < self.buffer.len() {
            open = self.open_from(unread);
            if open.is_none() {
                self.wanted = self.buffer.len();
                read = self.read(host);
            }
        }
        let whole = read == self.buffer.len();
        if whole && self.buffer.len() - self.scanned > MAX_HELD || self.page.charset == Charset::Opaque {
            self.scanner.give_up();
        }
        if self.scanner.is_done() {
            self.scanned = self.buffer.len();
        }
        let too_long = self.page.held.as_ref().is_some_and(|held| self.buffer.len() - held.start > MAX_HELD);
        if too_long || self.scanner.is_done() {
            Pass { page: &mut self.page, host }.leave();
        }
        let held = self.page.held.as_ref().map(|held| held.start);
        let mut until = held.or(open).unwrap_or(self.scanned);
        if host.adds() {
            until = until.min(self.last());
        }
        self.release(until.max(self.gone));
    }

    /// Where something may be added to the page: before the tags that end it, if the buffer ends with them, or else at the
    /// end. It is behind all that was held or has gone out.
    fn last(&self) -> usize {
        let rest = self.buffer.get(self.gone.max(self.page.done)..).unwrap_or_default();
        self.buffer.len() - (rest.len() - before_end(rest).len())
    }

    /// Searches the new bytes for slots.
    fn skim(&mut self) {
        // The previous chunk ended in a tag. That tag is read to its end.
        if self.scanned == self.gone && self.gone < self.skimmed {
            self.wanted = self.skimmed + 1;
        }
        let from = self.skimmed.saturating_sub(CUT);
        self.skimmed = self.buffer.len();
        if let Some(end) = last_marked(&self.buffer, from) {
            self.wanted = end;
        }
    }

    /// Reads tags as far as wanted, and to the end of a held slot. Returns the end of the bytes it looked at.
    fn read(&mut self, host: &mut dyn Host) -> usize {
        let mut to = self.scanned;
        while to < self.buffer.len() && (self.scanned < self.wanted || self.page.held.is_some()) {
            to = (to.max(self.wanted) + STRIDE).min(self.buffer.len());
            let mut pass = Pass { page: &mut self.page, host };
            self.scanned = self.scanner.scan(self.buffer.get(..to).unwrap_or_default(), self.scanned, &mut pass);
        }
        to
    }

    /// End of the bytes that may go out although the tags after `unread` have not been read; `None` if they must be read.
    fn open_from(&self, unread: usize) -> Option<usize> {
        let open = unread + open_from(self.buffer.get(unread..)?)?;
        let waits = self.buffer.len() - self.scanned > MAX_HELD || self.buffer.len() - open > MAX_OPEN;
        (!waits).then_some(open)
    }

    /// Ends the page: everything left goes out.
    pub fn end(&mut self, host: &mut dyn Host) {
        self.take();
        Pass { page: &mut self.page, host }.leave();
        if host.adds() && self.page.charset != Charset::Opaque {
            let mut html = Vec::new();
            host.add(&mut html);
            let at = self.last();
            self.buffer.splice(at..at, html);
        }
        self.release(self.buffer.len());
    }

    fn release(&mut self, until: usize) {
        self.until = until;
        if self.page.done > self.gone {
            self.page.copy(&self.buffer, until);
        }
    }

    /// Drops the bytes that have gone out and have been read.
    fn take(&mut self) {
        let spent = self.until.min(self.scanned);
        self.buffer.drain(..spent);
        self.page.passed += spent;
        self.until -= spent;
        self.scanned -= spent;
        self.skimmed = self.skimmed.saturating_sub(spent);
        self.wanted = self.wanted.saturating_sub(spent);
        self.gone = self.until;
        self.page.done = self.gone;
        self.page.out.clear();
        if let Some(held) = &mut self.page.held {
            held.start -= spent;
        }
    }

    /// The bytes that go out now.
    pub fn ready(&self) -> &[u8] {
        let same = self.buffer.get(self.gone..self.until).unwrap_or_default();
        if self.page.done > self.gone { &self.page.out } else { same }
    }

    /// Whether the bytes that go out now are exactly those of the last [`Fitter::feed`], which had `len` bytes.
    pub fn is_same(&self, len: usize) -> bool {
        self.page.done == self.gone && self.until == self.buffer.len() && self.gone + len == self.until
    }

    /// Number of bytes that came in and have not gone out. They are the last ones.
    pub fn held(&self) -> usize {
        self.buffer.len() - self.until
    }
}

/// The page without the tags that end it.
fn before_end(page: &[u8]) -> &[u8] {
    let mut rest = page;
    for tag in [b"</html>", b"</body>"] {
        let trimmed = rest.trim_ascii_end();
        if let Some((before, end)) = trimmed.split_last_chunk::<7>()
            && end.eq_ignore_ascii_case(tag)
        {
            rest = before;
        }
    }
    rest
}
