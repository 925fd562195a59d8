//! The tokenizer: finds the tags of a page by the states of the standard.

use crate::tag::{Reading, Tag};
use crate::tree::{Step, Text, Tree};
use crate::word::{find, is_space};

/// Greatest length of a held slot and of a tag, in bytes. A longer slot passes unchanged. After a longer tag, the rest of
/// the page passes unchanged.
pub const MAX_HELD: usize = 256 * 1024;

/// Receives the tags of a page.
pub trait Sink {
    /// Receives a tag and its effect on the open elements. The tag's positions refer to `input`.
    fn tag(&mut self, tag: &Tag, step: &Step, input: &[u8]);
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Data,
    /// Raw text until the end tag with this name.
    Raw(&'static [u8]),
    Script(Script),
    Comment,
    /// A comment that ends with the first `>`, a doctype, or similar.
    Bogus,
    Cdata,
    /// Text to the end of the page.
    Plain,
}

/// The state within a script.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Script {
    Plain,
    /// After `<!--`.
    Escaped,
    /// In a nested `<script>` after `<!--`.
    DoubleEscaped,
}

/// Reads a page chunk by chunk and reports its tags.
#[derive(Debug)]
pub struct Scanner {
    state: State,
    /// The tag in which the input ended. It starts at the position where [`Scanner::scan`] stopped.
    reading: Option<Reading>,
    tree: Tree,
}

impl Default for Scanner {
    fn default() -> Self {
        Self { state: State::Data, reading: None, tree: Tree::default() }
    }
}

impl Scanner {
    /// For the content of a `<template>`, in which parts of tables and lists may appear on their own. At first the
    /// template is the only open element.
    pub fn in_template() -> Self {
        Self { tree: Tree::in_template(), ..Self::default() }
    }

    /// Treats the rest of the page as text.
    pub fn give_up(&mut self) {
        (self.state, self.reading) = (State::Plain, None);
    }

    /// Whether the rest of the page is treated as text, because of `<plaintext>` or because of too deep nesting.
    pub fn is_done(&self) -> bool {
        self.state == State::Plain
    }

    /// Continues at `at` and returns the position reached. The caller must pass the remaining bytes again, together with
    /// the bytes that follow.
    pub fn scan(&mut self, input: &[u8], mut at: usize, sink: &mut impl Sink) -> usize {
        while at < input.len() {
            let step = match self.state {
                State::Data => self.data(input, at, sink),
                State::Plain => Some(input.len()),
                State::Bogus => Some(match find(input, at, b'>') {
                    Some(end) => {
                        self.state = State::Data;
                        end + 1
                    }
                    None => input.len(),
                }),
                State::Comment => self.comment(input, at),
                State::Cdata => self.cdata(input, at),
                State::Raw(name) => self.raw(input, at, name, sink),
                State::Script(script) => self.script(input, at, script, sink),
            };
            match step {
                Some(end) => at = end,
                // Undecided until more bytes arrive.
                None => break,
            }
        }
        at
    }

    fn data(&mut self, input: &[u8], at: usize, sink: &mut impl Sink) -> Option<usize> {
        let Some(start) = find(input, at, b'<') else { return Some(input.len()) };
        let rest = input.get(start..)?;
        match rest.get(1) {
            None => stop(start, at),
            Some(byte) if byte.is_ascii_alphabetic() => self.element(input, start, at, false, sink),
            Some(b'/') => match rest.get(2) {
                None => stop(start, at),
                Some(b'>') => Some(start + 3),
                Some(byte) if byte.is_ascii_alphabetic() => self.element(input, start, at, true, sink),
                Some(_) => self.go(State::Bogus, start + 2),
            },
            Some(b'!') => self.declaration(rest, start, at),
            Some(b'?') => self.go(State::Bogus, start + 1),
            Some(_) => Some(start + 1),
        }
    }

    fn declaration(&mut self, rest: &[u8], start: usize, at: usize) -> Option<usize> {
        const CDATA: &[u8] = b"<![CDATA[";
        if let Some(behind) = rest.strip_prefix(b"<!--") {
            return match behind {
                [] | [b'-'] => stop(start, at),
                [b'>', ..] => Some(start + 5),
                [b'-', b'>', ..] => Some(start + 6),
                _ => self.go(State::Comment, start + 4),
            };
        }
        let cdata = self.tree.foreign();
        if b"<!--".starts_with(rest) || cdata && rest.len() < CDATA.len() && CDATA.starts_with(rest) {
            return stop(start, at);
        }
        if cdata && rest.starts_with(CDATA) {
            return self.go(State::Cdata, start + CDATA.len());
        }
        self.go(State::Bogus, start + 2)
    }

    #[allow(clippy::unnecessary_wraps, reason = "the states' functions all answer so")]
    fn go(&mut self, state: State, at: usize) -> Option<usize> {
        self.state = state;
        Some(at)
    }

    /// Processes the tag at `start`, which may be incomplete.
    fn element(&mut self, input: &[u8], start: usize, at: usize, closes: bool, sink: &mut impl Sink) -> Option<usize> {
        match self.read_on(input, start, closes) {
            Some(tag) => self.take(&tag, input, sink),
            None => stop(start, at),
        }
    }

    /// Continues to read a tag; `None` while it is incomplete.
    #[inline(always)]
    fn read_on(&mut self, input: &[u8], start: usize, closes: bool) -> Option<Tag> {
        let reading = self.reading.take().unwrap_or_else(|| Reading::new(input, start, closes));
        reading.read(input, start).map_err(|reading| self.reading = Some(reading)).ok()
    }

    #[allow(clippy::unnecessary_wraps, reason = "the states' functions all answer so")]
    fn take(&mut self, tag: &Tag, input: &[u8], sink: &mut impl Sink) -> Option<usize> {
        if tag.end - tag.start > MAX_HELD {
            self.give_up();
            return Some(tag.end);
        }
        let mut step = self.tree.step();
        if tag.closes {
            self.state = State::Data;
            self.tree.close(tag.name, &mut step);
        } else {
            let text = self.tree.open(tag, input, &mut step);
            self.state = match text {
                Text::Data => State::Data,
                Text::Raw(name) => State::Raw(name),
                Text::Script => State::Script(Script::Plain),
                Text::Plain => State::Plain,
            };
        }
        sink.tag(tag, &step, input);
        if self.tree.lost {
            self.give_up();
        }
        Some(tag.end)
    }

    fn comment(&mut self, input: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        while let Some(dash) = find(input, at, b'-') {
            match input.get(dash + 1..)? {
                [b'-', b'>', ..] => return self.go(State::Data, dash + 3),
                [b'-', b'!', b'>', ..] => return self.go(State::Data, dash + 4),
                [] | [b'-'] | [b'-', b'!'] => return stop(dash, from),
                _ => at = dash + 1,
            }
        }
        Some(input.len())
    }

    fn cdata(&mut self, input: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        while let Some(end) = find(input, at, b']') {
            match input.get(end + 1..)? {
                [b']', b'>', ..] => return self.go(State::Data, end + 3),
                [] | [b']'] => return stop(end, from),
                _ => at = end + 1,
            }
        }
        Some(input.len())
    }

    fn raw(&mut self, input: &[u8], from: usize, name: &[u8], sink: &mut impl Sink) -> Option<usize> {
        let mut at = from;
        while let Some(start) = find(input, at, b'<') {
            match word(input.get(start + 1..)?, b"/", name) {
                Some(true) => return self.element(input, start, from, true, sink),
                None => return stop(start, from),
                Some(false) => at = start + 1,
            }
        }
        Some(input.len())
    }

    fn script(&mut self, input: &[u8], from: usize, script: Script, sink: &mut impl Sink) -> Option<usize> {
        let mut at = from;
        loop {
            let next = if script == Script::Plain {
                find(input, at, b'<')
            } else {
                let rest = input.get(at..)?;
                rest.iter().position(|byte| matches!(byte, b'<' | b'-')).map(|found| at + found)
            };
            let Some(start) = next else { return Some(input.len()) };
            let rest = input.get(start..)?;
            if rest.starts_with(b"-") {
                if rest.starts_with(b"-->") {
                    return self.go(State::Script(Script::Plain), start + 3);
                }
                if b"-->".starts_with(rest) {
                    return stop(start, from);
                }
            } else {
                let behind = rest.get(1..)?;
                match word(behind, b"/", b"script") {
                    Some(true) if script == Script::DoubleEscaped => {
                        return self.go(State::Script(Script::Escaped), start + 8);
                    }
                    Some(true) => return self.element(input, start, from, true, sink),
                    None => return stop(start, from),
                    Some(false) => {}
                }
                if script == Script::Plain {
                    if rest.starts_with(b"<!--") {
                        return self.go(State::Script(Script::Escaped), start + 2);
                    }
                    if b"<!--".starts_with(rest) {
                        return stop(start, from);
                    }
                } else if script == Script::Escaped {
                    match word(behind, b"", b"script") {
                        Some(true) => return self.go(State::Script(Script::DoubleEscaped), start + 7),
                        None => return stop(start, from),
                        Some(false) => {}
                    }
                }
            }
            at = start + 1;
        }
    }
}

/// Stops at `start`, which is undecided. The bytes before it are done.
fn stop(start: usize, at: usize) -> Option<usize> {
    (start > at).then_some(start)
}

/// Whether `rest` starts with the complete word; `None` if `rest` is too short to decide.
fn word(rest: &[u8], before: &[u8], word: &[u8]) -> Option<bool> {
    for (at, wanted) in before.iter().chain(word).enumerate() {
        if !rest.get(at)?.eq_ignore_ascii_case(wanted) {
            return Some(false);
        }
    }
    let next = *rest.get(before.len() + word.len())?;
    Some(is_space(next) || next == b'/' || next == b'>')
}
