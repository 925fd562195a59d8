//! A page on its way through: bytes pass as they are, and each slot that is to change is held until it ends.

use crate::charset::Charset;
use crate::pass::{Host, Page, Pass};
use crate::scanner::{MAX_HELD, Scanner};
use crate::skim::{CUT, last_marked, open_from};
use alloc::vec::Vec;

/// Longest tail of a chunk that waits because a tag may be open in it, in bytes. Of a longer one the tags are read.
const MAX_OPEN: usize = 1024;
/// How far tags are read at a time, in bytes.
const STRIDE: usize = 1024;

/// One page on its way through.
///
/// Chunks go in by [`Fitter::feed`]; what has to go out after each is [`Fitter::ready`]. Behind the last chunk
/// comes [`Fitter::end`].
///
/// Tags are read up to the last slot that has begun, and until it has ended. What follows is only skimmed, and goes
/// out; its tags are read when another slot comes, or when more than [`MAX_HELD`] bytes wait for that.
#[derive(Debug, Default)]
pub struct Fitter {
    scanner: Scanner,
    page: Page,
    /// Bytes of the page from the first that has not gone out, or whose tags have not been read.
    buffer: Vec<u8>,
    /// How far of the buffer has gone out.
    gone: usize,
    /// How far of the buffer goes out next.
    until: usize,
    /// How far of the buffer is skimmed.
    skimmed: usize,
    /// How far of the buffer tags have to be read.
    wanted: usize,
    /// How far of the buffer they have been.
    scanned: usize,
}

impl Fitter {
    /// For a page in an encoding, as its header says.
    pub fn new(charset: Charset) -> Self {
        let mut fitter = Self { page: Page::new(charset), ..Self::default() };
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
        self.release(held.or(open).unwrap_or(self.scanned).max(self.gone));
    }

    /// Looks for slots in what is new.
    fn skim(&mut self) {
        // The chunk before ended in a tag, which is read on.
        if self.scanned == self.gone && self.gone < self.skimmed {
            self.wanted = self.skimmed + 1;
        }
        let from = self.skimmed.saturating_sub(CUT);
        self.skimmed = self.buffer.len();
        if let Some(end) = last_marked(&self.buffer, from) {
            self.wanted = end;
        }
    }

    /// Reads tags as far as they have to be, and to the end of what is held. Says how far it looked.
    fn read(&mut self, host: &mut dyn Host) -> usize {
        let mut to = self.scanned;
        while to < self.buffer.len() && (self.scanned < self.wanted || self.page.held.is_some()) {
            to = (to.max(self.wanted) + STRIDE).min(self.buffer.len());
            let mut pass = Pass { page: &mut self.page, host };
            self.scanned = self.scanner.scan(self.buffer.get(..to).unwrap_or_default(), self.scanned, &mut pass);
        }
        to
    }

    /// How far the buffer may go out although tags are not read behind `unread`; `None` if they have to be.
    fn open_from(&self, unread: usize) -> Option<usize> {
        let open = unread + open_from(self.buffer.get(unread..)?)?;
        let waits = self.buffer.len() - self.scanned > MAX_HELD || self.buffer.len() - open > MAX_OPEN;
        (!waits).then_some(open)
    }

    /// The page has ended: all that is left goes out.
    pub fn end(&mut self, host: &mut dyn Host) {
        self.take();
        Pass { page: &mut self.page, host }.leave();
        self.release(self.buffer.len());
    }

    fn release(&mut self, until: usize) {
        self.until = until;
        if self.page.done > self.gone {
            self.page.copy(&self.buffer, until);
        }
    }

    /// Forgets what has gone out and is read.
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

    /// What goes out now.
    pub fn ready(&self) -> &[u8] {
        let same = self.buffer.get(self.gone..self.until).unwrap_or_default();
        if self.page.done > self.gone { &self.page.out } else { same }
    }

    /// Whether what goes out now is just what came in by the last [`Fitter::feed`] of so many bytes.
    pub fn is_same(&self, len: usize) -> bool {
        self.page.done == self.gone && self.until == self.buffer.len() && self.gone + len == self.until
    }

    /// Bytes of the page that came in and have not gone out: its last ones.
    pub fn held(&self) -> usize {
        self.buffer.len() - self.until
    }
}
