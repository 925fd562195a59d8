//! What holds for every input whatever.
//!
//! [`check`] is what a fuzz target runs; `page_slots` drives it by seeded loops, and by every file in
//! `page/crashers`: an input that ever failed is kept by putting it there. `wasm-tests/fuzz` hands it what a fuzzer
//! finds.
#![allow(dead_code, reason = "each test uses its part")]

use slotwise_scan::{Charset, Element, Fitter, Host, Slot};

/// What the test's host does with slots.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Work {
    /// Leaves them.
    Nothing,
    /// Writes `\x01`, a number and `\x02` in place of each, and words in place of why.
    Number,
    /// Adds `data-n` to each.
    Mark,
    /// Adds `data-n` to each, and replaces its content by a comment.
    Empty,
}

pub(crate) struct Tester {
    pub(crate) work: Work,
    /// Sources of the slots that were rewritten.
    pub(crate) seen: Vec<Vec<u8>>,
    /// Slots that were held and left.
    pub(crate) left: usize,
}

impl Host for Tester {
    fn slot(&mut self, slot: &Slot<'_>) -> Option<u32> {
        (self.work != Work::Nothing && !slot.name.is_empty()).then_some(7)
    }

    fn because(&mut self, _: &Slot<'_>) -> Option<String> {
        None
    }

    fn fit(&mut self, number: u32, element: &Element<'_>, out: &mut Vec<u8>) -> bool {
        assert_eq!(number, 7);
        shape(element);
        let count = self.seen.len();
        self.seen.push(element.source.to_vec());
        let source = element.source;
        if self.work == Work::Number {
            out.extend(format!("\x01{count}\x02").bytes());
            return true;
        }
        out.extend_from_slice(&source[..element.named]);
        out.extend(format!(" data-n={count}").bytes());
        out.extend_from_slice(&source[element.named..element.inner]);
        if self.work == Work::Mark {
            out.extend_from_slice(&source[element.inner..element.close]);
        } else {
            out.extend_from_slice(b"<!--n-->");
        }
        out.extend_from_slice(&source[element.close..]);
        true
    }

    fn left(&mut self, number: u32) {
        assert_eq!(number, 7);
        self.left += 1;
    }
}

/// The places of a slot's parts lie in order.
fn shape(element: &Element<'_>) {
    let source = element.source;
    assert!(source.len() <= slotwise_scan::MAX_HELD && source[0] == b'<');
    assert!(element.named <= element.inner && element.inner <= element.close && element.close <= source.len());
    assert_eq!(source[element.inner - 1], b'>');
    let mut at = element.inner;
    for child in element.children {
        let (outer, inner) = (&child.outer, &child.inner);
        assert!(at <= outer.start && outer.start < inner.start && inner.start <= inner.end && inner.end <= outer.end);
        assert!(outer.end <= element.close && source[outer.start] == b'<');
        at = outer.end;
    }
}

/// A page with each slot worked on, its bytes given in parts that end at `cuts`.
pub(crate) fn run(html: &[u8], cuts: &[usize], work: Work) -> (Vec<u8>, Tester) {
    let mut host = Tester { work, seen: Vec::new(), left: 0 };
    let mut fitter = Fitter::new(Charset::Utf8);
    let mut out = Vec::new();
    let mut from = 0;
    for cut in cuts.iter().copied().chain([html.len()]) {
        fitter.feed(&html[from..cut], &mut host);
        if fitter.is_same(cut - from) {
            assert_eq!(fitter.ready(), &html[from..cut]);
        }
        out.extend_from_slice(fitter.ready());
        from = cut;
    }
    fitter.end(&mut host);
    out.extend_from_slice(fitter.ready());
    assert_eq!(fitter.held(), 0);
    (out, host)
}

/// The input of a page from what came out of it by [`Work::Number`].
fn restored(out: &[u8], seen: &[Vec<u8>]) -> Vec<u8> {
    let mut html = Vec::new();
    let mut rest = out;
    while let Some(at) = rest.iter().position(|byte| *byte == 1) {
        let end = at + rest[at..].iter().position(|byte| *byte == 2).expect("the number's end");
        let number: usize = std::str::from_utf8(&rest[at + 1..end]).expect("digits").parse().expect("a number");
        html.extend_from_slice(&rest[..at]);
        html.extend_from_slice(&seen[number]);
        rest = &rest[end + 1..];
    }
    html.extend_from_slice(rest);
    html
}

/// Checks an input: without changes it comes out as it is, with changes all outside the slots does, and chunk
/// boundaries make no difference. Returns how many slots were rewritten.
pub(crate) fn check(html: &[u8], cuts: &[usize]) -> usize {
    let shown = || String::from_utf8_lossy(html);
    let html_only = html.iter().all(|byte| !matches!(byte, 1 | 2));
    assert_eq!(run(html, cuts, Work::Nothing).0, html, "{:?} cut at {cuts:?}", shown());
    let (whole, host) = run(html, &[], Work::Number);
    if html_only {
        assert_eq!(restored(&whole, &host.seen), html, "{:?}", shown());
    }
    let (cut, again) = run(html, cuts, Work::Number);
    assert!(cut == whole && again.seen == host.seen, "{:?} cut at {cuts:?}", shown());
    host.seen.len()
}
