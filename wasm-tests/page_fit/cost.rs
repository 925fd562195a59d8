//! What a page costs: bytes held, memory, time.

use super::*;

#[test]
fn bytes_go_out_as_they_come_and_only_a_slot_or_a_tag_is_held() {
    let html = "<!doctype html><p>text & more<a href='x'>y</a><!-- c --><div data-slotwise=unknown>d</div>";
    let (mut fitter, mut plan) = (Fitter::new(Charset::Utf8), Plan::default());
    let mut inside = false;
    for (at, byte) in html.bytes().enumerate() {
        fitter.feed(&[byte], &mut plan);
        inside = byte == b'<' || inside && byte != b'>' && !html[..=at].ends_with("<!--");
        assert!(fitter.held() == 0 || inside || html[..=at].ends_with('-'), "{} held at {at}", fitter.held());
    }
}

#[test]
fn what_is_held_is_bounded() {
    let card = "<template data-card><i></i></template>";
    let filled = |len: usize| format!("<div data-slotwise=fill>{card}{}</div>", "x".repeat(len));
    assert!(personalised_in(filled(MAX_HELD - 200).as_bytes(), Charset::Utf8, 999).0.ends_with(b"[card]</div>"));
    for long in [
        filled(MAX_HELD + 1),
        format!("<div data-slotwise=fill>{card}{}</div>", "<b></b>".repeat(MAX_CHILDREN + 1)),
        format!("<a b='{}'>{}", "x".repeat(MAX_HELD + 1), filled(9)),
    ] {
        let (mut fitter, mut plan, mut out) = (Fitter::new(Charset::Utf8), Plan::default(), Vec::new());
        for part in long.as_bytes().chunks(1000) {
            fitter.feed(part, &mut plan);
            assert!(fitter.held() <= MAX_HELD);
            out.extend_from_slice(fitter.ready());
        }
        fitter.end(&mut plan);
        out.extend_from_slice(fitter.ready());
        assert!(out == long.as_bytes());
        assert!(personalised_in(long.as_bytes(), Charset::Utf8, usize::MAX).0 == out, "chunks make no difference");
    }
}

#[test]
fn twenty_megabytes_pass_in_little_memory() {
    let part = "<p class=text>Lorem <em>ipsum</em></p><div data-slotwise=fill><template data-card><i></i></template>\
                <b>old</b></div><ul><li>a<li>b</ul>";
    let parts = 20_000_000 / part.len();
    let (mut fitter, mut plan, mut written) = (Fitter::new(Charset::Utf8), Plan::default(), 0);
    let memory = allocation_counter::measure(|| {
        for _ in 0..parts {
            fitter.feed(part.as_bytes(), &mut plan);
            written += fitter.ready().len();
            plan.slots.truncate(1);
        }
    });
    fitter.end(&mut plan);
    let expected = part.replace("<div", "<div personalised").replace("<b>old</b>", "[card]");
    assert_eq!(written, parts * expected.len());
    assert!(memory.bytes_max < 64_000, "{} bytes at most", memory.bytes_max);
}

#[test]
fn twenty_megabytes_without_a_slot_pass_at_once_and_a_slot_behind_them_is_personalised() {
    let part =
        "<p class=text title='a>b'>Lorem <em>ipsum</em></p><ul><li>a<li>b</ul><script>if (1<2) {}</script>".repeat(9);
    let (mut fitter, mut plan) = (Fitter::new(Charset::Utf8), Plan::default());
    let memory = allocation_counter::measure(|| {
        for _ in 0..20_000_000 / part.len() {
            fitter.feed(part.as_bytes(), &mut plan);
            assert!(fitter.is_same(part.len()));
        }
    });
    assert!(memory.bytes_max < 3 * MAX_HELD as u64, "{} bytes at most", memory.bytes_max);
    fitter.feed(b"<div data-slotwise=fill><template data-card><i></i></template></div>", &mut plan);
    assert!(fitter.ready().starts_with(b"<div personalised data-slotwise=fill>"));
}

/// Least time of a few runs.
fn time(html: &str) -> Duration {
    let run = || {
        let began = Instant::now();
        assert_eq!(personalised_in(html.as_bytes(), Charset::Utf8, 65_536).0.len(), html.len());
        began.elapsed()
    };
    (0..7).map(|_| run()).min().unwrap_or_default()
}

#[test]
fn hostile_pages_take_time_in_proportion_to_their_length() {
    let slot = "<div data-slotwise=fill>";
    for (begin, again) in [
        ("", "</x>"),
        ("", "</p>"),
        ("<b><i><div>", "</b></i>"),
        ("", "<div>"),
        ("", "<b>"),
        ("", "<a>"),
        ("", "<li><ul>"),
        ("<table>", "<tr><td>"),
        ("<svg>", "</p>"),
        ("", "<svg><desc>"),
        ("<select>", "<option>"),
        (slot, "</x>"),
        (slot, "<b data-key=1></b>"),
        (slot, "<i data-because=unknown>"),
        ("", slot),
        ("<a ", "b='c' "),
        ("<!--", "-"),
        ("<script><!--", "<script "),
    ] {
        // Two sizes, both far beyond all bounds: eight times the length, a square would be 64 times the time; a busy
        // machine interrupts the longer run more often. With the
        // word for a slot at the end, every tag is read.
        let page = |bytes: usize| format!("{begin}{} data-slotwise", again.repeat(bytes / again.len()));
        let [small, large] = [600_000, 4_800_000].map(|bytes| time(&page(bytes)));
        let ratio = large.as_secs_f64() / small.as_secs_f64();
        assert!(ratio < 40.0, "{begin}{again}…: {small:?}, eight times as much {large:?}");
    }
}

#[test]
fn a_tag_that_comes_byte_by_byte_is_read_once() {
    let run = |len: usize| {
        let html = format!("<a b='{}'>", ">".repeat(len));
        let began = Instant::now();
        assert_eq!(personalised_in(html.as_bytes(), Charset::Utf8, 1).0.len(), html.len());
        began.elapsed().as_secs_f64()
    };
    let least = |len| (0..5).map(|_| run(len)).fold(f64::MAX, f64::min);
    let ratio = least(160_000) / least(20_000);
    assert!(ratio < 24.0, "eight times as long took {ratio:.1} times as long");
}

/// Adds a mark at the page's end, as soon as there was a slot.
#[derive(Default)]
struct Adding(Plan);

impl Host for Adding {
    fn slot(&mut self, slot: &Slot<'_>) -> Option<u32> {
        self.0.slot(slot)
    }

    fn because(&mut self, slot: &Slot<'_>) -> Option<String> {
        self.0.because(slot)
    }

    fn fit(&mut self, number: u32, element: &Element<'_>, out: &mut Vec<u8>) -> bool {
        self.0.fit(number, element, out)
    }

    fn left(&mut self, number: u32) {
        self.0.left(number);
    }

    fn adds(&self) -> bool {
        !self.0.slots.is_empty()
    }

    fn add(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"[added]");
    }
}

#[test]
fn something_can_be_added_at_the_end_of_a_page_with_slots() {
    let slot = "<div data-slotwise=own>x</div>";
    let shown = "<div shows=\"é\" data-slotwise=own>x</div>";
    for (html, expected) in [
        (format!("<body>{slot}<p>y</body>\n</html>\n"), format!("<body>{shown}<p>y[added]</body>\n</html>\n")),
        (format!("<body>{slot}</BODY></HTML>"), format!("<body>{shown}[added]</BODY></HTML>")),
        (format!("<body>{slot}</body>"), format!("<body>{shown}[added]</body>")),
        (format!("<body>{slot}</html> "), format!("<body>{shown}[added]</html> ")),
        (format!("{slot}<p>y"), format!("{shown}<p>y[added]")),
        (format!("{slot}</html><!-- z -->"), format!("{shown}</html><!-- z -->[added]")),
        // A slot that never ends stays as it is, and what is added comes behind it.
        ("<div data-slotwise=own>x</body></html>".into(), "<div data-slotwise=own>x[added]</body></html>".into()),
        ("<body><p>y</body></html>".into(), "<body><p>y</body></html>".into()),
    ] {
        let through = |chunk: usize| {
            let (mut fitter, mut host, mut out) = (Fitter::new(Charset::Utf8), Adding::default(), Vec::new());
            for part in html.as_bytes().chunks(chunk) {
                fitter.feed(part, &mut host);
                out.extend_from_slice(fitter.ready());
            }
            fitter.end(&mut host);
            out.extend_from_slice(fitter.ready());
            String::from_utf8(out).unwrap()
        };
        for chunk in [usize::MAX, 4096] {
            assert_eq!(through(chunk), expected, "{html}");
        }
        // Byte by byte the tags that end the page may have gone out already. What is added is there all the same, once.
        let out = through(1);
        assert_eq!(out.replacen("[added]", "", 1), expected.replacen("[added]", "", 1));
        assert_eq!(out.contains("[added]"), expected.contains("[added]"), "{html}");
    }
}
