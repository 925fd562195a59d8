//! The slot contract on a page's source: what becomes of a slot, byte for byte, and what a page costs.
#![allow(missing_docs, reason = "a test's own module")]
#![cfg(not(target_arch = "wasm32"))]

use slotwise::page::{Card, Charset, Fitter, Show, keys, rewrite};
use slotwise_scan::{Element, Host, MAX_CHILDREN, MAX_HELD, Slot};
use std::time::{Duration, Instant};

/// Shows in each slot what its name says: `choose.b`, `fill`, `order` (backwards), `own`; leaves `unknown`.
#[derive(Default)]
struct Plan {
    slots: Vec<String>,
    left: usize,
}

impl Host for Plan {
    fn slot(&mut self, slot: &Slot<'_>) -> Option<u32> {
        self.slots.push(slot.name.clone().into_owned());
        (slot.name != "unknown").then_some(self.slots.len() as u32 - 1)
    }

    fn because(&mut self, slot: &Slot<'_>) -> Option<String> {
        (slot.name != "unknown").then(|| format!("because of {}", slot.item.as_deref().unwrap_or("é")))
    }

    fn fit(&mut self, number: u32, element: &Element<'_>, out: &mut Vec<u8>) -> bool {
        let write = |card: &Card, _: bool, out: &mut Vec<u8>| {
            out.extend(format!("[{}]", if *card == Card::default() { "none" } else { "card" }).bytes());
        };
        let name = self.slots[number as usize].clone();
        let backwards: Vec<usize> = (0..keys(element).map_or(0, |keys| keys.len())).rev().collect();
        let (attributes, show) = match name.split_once('.') {
            Some(("choose", variant)) => (" personalised", Show::Variant(variant)),
            Some(("order", _)) => (" personalised", Show::Order(&backwards)),
            _ if name == "own" => (" shows=\"é\"", Show::Own),
            _ => (" personalised", Show::Cards { ids: &["1".into()], write: &write }),
        };
        rewrite(element, attributes, &show, &mut |slot| self.because(slot), out)
    }

    fn left(&mut self, _: u32) {
        self.left += 1;
    }
}

fn personalised_in(html: &[u8], charset: Charset, chunk: usize) -> (Vec<u8>, Plan) {
    let (mut fitter, mut plan, mut out) = (Fitter::new(charset), Plan::default(), Vec::new());
    for part in html.chunks(chunk) {
        fitter.feed(part, &mut plan);
        out.extend_from_slice(fitter.ready());
    }
    fitter.end(&mut plan);
    out.extend_from_slice(fitter.ready());
    (out, plan)
}

/// The page personalised, the same whole and byte by byte.
fn personalised(html: &str) -> String {
    let (whole, _) = personalised_in(html.as_bytes(), Charset::Utf8, usize::MAX);
    assert_eq!(whole, personalised_in(html.as_bytes(), Charset::Utf8, 1).0, "{html}");
    String::from_utf8(whole).unwrap()
}

#[track_caller]
fn stays(html: &str) {
    assert_eq!(personalised(html), html);
}

#[test]
fn a_variant_changes_places_with_the_one_shown_and_nothing_else_changes() {
    assert_eq!(
        personalised(
            "<p>a<div data-slotwise=choose.b>\n <!-- x --><i data-variant='a&amp;\"'>A<br/></i>\n\
             <template data-variant=b > <svg><path/></svg></template><template data-variant=c>C</template>t</div>"
        ),
        "<p>a<div personalised data-slotwise=choose.b>\n <!-- x --><template data-variant=\"a&amp;&quot;\">\
         <i data-variant='a&amp;\"'>A<br/></i></template>\n<svg data-variant=\"b\"><path/></svg>\
         <template data-variant=c>C</template>t</div>"
    );
    // The one that is shown already, in a variant that says so itself, and behind the template.
    assert_eq!(
        personalised(
            "<div data-slotwise=choose.b><template data-variant=a><b></b></template><b data-variant=b></b></div>"
        ),
        "<div personalised data-slotwise=choose.b><template data-variant=a><b></b></template><b data-variant=b></b></div>"
    );
    assert_eq!(
        personalised("<ul data-slotwise=choose.b><li data-variant=a>A<template data-variant=b></template></ul>"),
        "<ul data-slotwise=choose.b><li data-variant=a>A<template data-variant=b></template></ul>",
        "a template inside the other variant is none of the slot's"
    );
    assert_eq!(
        personalised(
            "<ul data-slotwise=choose.b><template data-variant=b><li data-variant=b>B</template>\
             <li data-variant=a>A<li>C</ul>"
        ),
        "<ul personalised data-slotwise=choose.b><li data-variant=b>B</li>\
         <template data-variant=\"a\"><li data-variant=a>A</li></template><li>C</ul>"
    );
}

#[test]
fn cards_replace_the_shops_own_and_text_and_comments_stay() {
    assert_eq!(
        personalised(
            "<section data-slotwise=fill>\n<h2>gone</h2>text<template data-card><i></i></template><!-- x -->\
             <article>old<p>two</article><br/></section>"
        ),
        "<section personalised data-slotwise=fill>\ntext<template data-card><i></i></template><!-- x -->[card]</section>"
    );
    assert_eq!(
        personalised("<ul data-slotwise=fill><template data-card><li>x</template><li>a<li>b</ul>c"),
        "<ul personalised data-slotwise=fill><template data-card><li>x</template>[card]</ul>c"
    );
}

#[test]
fn children_with_keys_are_put_in_order() {
    assert_eq!(
        personalised(
            "<div data-slotwise=order.x>t<b>z</b> <i data-key=1>1</i>\n<i data-key=2>2</i>, <i data-key=3>3</i>.</div>"
        ),
        "<div personalised data-slotwise=order.x>t<b>z</b> <i data-key=3>3</i>\n<i data-key=2>2</i>, <i data-key=1>1</i>.</div>"
    );
    // End tags that were left out are written where something else may follow.
    assert_eq!(
        personalised("<ul data-slotwise=order.x><li data-key=1>1<li>z<li data-key=2>2<ul><li>3</ul></ul>"),
        "<ul personalised data-slotwise=order.x><li>z</li><li data-key=2>2<ul><li>3</ul></li><li data-key=1>1</li></ul>"
    );
    assert_eq!(
        personalised("<table><tbody data-slotwise=order.x><tr data-key=1><td>1<tr data-key=2><td>2</table>"),
        "<table><tbody personalised data-slotwise=order.x><tr data-key=2><td>2</tr><tr data-key=1><td>1</tr></table>"
    );
}

#[test]
fn a_slot_without_an_end_tag_ends_where_the_standard_ends_it() {
    let card = "<template data-card><i></i></template>";
    for (before, name, after) in [
        ("<ul>", "li", "<li>b</ul>"),
        ("<ul>", "li", "</ul>"),
        ("<div>", "p", "<div>b</div></div>"),
        ("<div>", "p", "</div>"),
        ("<dl><dt>a", "dd", "<dt>b</dl>"),
        ("<table><tr>", "td", "<th>b</table>"),
        ("<table><tr>", "td", "</table>"),
        ("<ruby>", "rt", "<rp>)</ruby>"),
    ] {
        let page = |mark: &str, own: &str| format!("{before}<{name}{mark} data-slotwise=fill>{card}{own}{after}");
        assert_eq!(personalised(&page("", "")), page(" personalised", "[card]"), "{name}");
    }
}

#[test]
fn a_slot_that_does_not_hold_what_it_is_to_show_stays_without_a_mark() {
    stays("<div data-slotwise=choose.b><i data-variant=a>A</i></div>");
    stays("<div data-slotwise=choose.b><i data-variant=a>A</i><template data-variant=b>only text</template></div>");
    stays("<div data-slotwise=fill><b>a</b></div>");
    stays("<div data-slotwise=fill><template data-card> </template><b>a</b></div>");
    stays("<div data-slotwise=fill><template data-card><b><i></b></i></template><b>a</b></div>");
    stays("<div data-slotwise=order.x><b>a</b></div>");
    // What a browser would put elsewhere.
    stays("<table><tbody data-slotwise=fill><template data-card><i></i></template><tbody></table>");
    stays("<p data-slotwise=fill><template data-card><p></p></template></p>");
}

#[test]
fn a_template_holds_one_element_and_no_slot() {
    let variant = |html: &str| {
        format!("<div data-slotwise=choose.b><i data-variant=a>A</i><template data-variant=b>{html}</template></div>")
    };
    for html in ["<i>1</i><i>2</i>", "<i data-slotwise=own></i>", "text"] {
        stays(&variant(html));
        stays(&variant(html).replace("data-variant=b", "data-card").replace("choose.b", "fill"));
    }
    assert!(
        personalised(&variant(" text <!-- x --><b>B</b> ")).ends_with("</template><b data-variant=\"b\">B</b></div>")
    );
}

#[test]
fn cards_that_show_the_same_products_stay() {
    let page = |mark: &str| {
        format!("<ul{mark} data-slotwise=fill><template data-card><li></li></template> <li data-item=1 class=a>x</ul>")
    };
    assert_eq!(personalised(&page("")), page(" personalised"));
}

#[test]
fn a_slot_that_cannot_be_understood_stays_without_a_mark() {
    let card = "<template data-card><i></i></template>";
    for wrong in [
        "<b>",
        "</b>",
        "<b><i></b></i>",
        "</p>",
        "<body>",
        "<table><b>x</b></table>",
        "<a><a></a>",
        "<p><b></p>",
        "<svg><p>",
        "<form><form></form>",
        "<li></ol>",
        "<tr>",
        "<script>",
        "<!--",
        "<textarea>",
    ] {
        stays(&format!("<div data-slotwise=fill>{card}{wrong}</div>"));
    }
    stays(&format!("<div data-slotwise=fill>{card}"));
    stays(&format!("<p data-slotwise=fill>{card}"));
    stays(&format!("<table><div data-slotwise=fill>{card}</div></table>"));
    stays(&format!("<table data-slotwise=fill>{card}<tr></tr></table>"));
    stays(&format!("<script data-slotwise=fill>{card}</script><template data-slotwise=fill>{card}</template>"));
    stays(&format!("<img data-slotwise=fill><template><div data-slotwise=fill>{card}</div></template>"));
    stays("<div data-slotwise=unknown><i data-because=unknown>x</i></div>");
}

#[test]
fn of_nested_slots_the_inner_one_changes() {
    let inner = |mark: &str, own: &str| {
        format!("<ul{mark} data-slotwise=fill><template data-card><i></i></template>{own}</ul>")
    };
    for outer in ["choose.b", "fill", "order.x"] {
        let page = |inner: &str| {
            format!(
                "<div data-slotwise={outer}><template data-card><i></i></template><p data-key=1>a</p>{inner}\
                 <p data-key=2 data-variant=a>b</p><template data-variant=b><i></i></template></div>c"
            )
        };
        assert_eq!(personalised(&page(&inner("", "<li>old"))), page(&inner(" personalised", "[card]")));
    }
    let (_, plan) = personalised_in(b"<div data-slotwise=fill><div data-slotwise=own>x</div></div>", Charset::Utf8, 9);
    assert_eq!((plan.slots.len(), plan.left), (2, 1));
}

#[test]
fn words_say_why_before_in_and_behind_their_slot() {
    assert_eq!(
        personalised(
            "<p data-because=a data-item=7>x<b>y</b></p><div data-slotwise=choose.b><h2 data-because=a>x</h2>\
             <i data-variant=a><b data-because=a><b data-because=a>x</b></b></i>\
             <template data-variant=b><i data-because=a>z</i></template></div><p data-because=unknown>x</p>"
        ),
        "<p data-because=a data-item=7>because of 7</p><div personalised data-slotwise=choose.b>\
         <h2 data-because=a>because of é</h2><template data-variant=\"a\"><i data-variant=a><b data-because=a>\
         because of é</b></i></template><i data-variant=\"b\" data-because=a>because of é</i></div><p data-because=unknown>x</p>"
    );
    // A slot that stays as it is keeps its words; words that hold a slot are none.
    stays("<div data-slotwise=fill><h2 data-because=a>x</h2></div>");
    let slot = "<div data-slotwise=fill><template data-card><i></i></template>";
    assert_eq!(
        personalised(&format!("<div data-because=a>{slot}</div></div>")),
        format!("<div data-because=a>{}[card]</div></div>", slot.replace("<div", "<div personalised"))
    );
}

#[test]
fn a_slot_whose_own_content_stays_is_marked() {
    assert_eq!(personalised("a<p data-slotwise=own>b<b></b></p>"), "a<p shows=\"é\" data-slotwise=own>b<b></b></p>");
    stays("a<p data-slotwise=own>b<b></p>");
}

#[test]
fn what_is_written_fits_the_pages_encoding() {
    let page = |head: &str| [head.as_bytes(), b"<p data-slotwise=own>\xff\xe9</p>"].concat();
    let shown = |head: &str, charset| String::from_utf8_lossy(&personalised_in(&page(head), charset, 3).0).into_owned();
    let (utf8, ascii, none) = ("<p shows=\"é\" data", "<p shows=\"&#233;\" data", "<p data");
    for (head, charset, expected) in [
        ("", Charset::Utf8, utf8),
        ("", Charset::Ascii, ascii),
        ("", Charset::Unknown, ascii),
        ("", Charset::Opaque, none),
        ("\u{feff}", Charset::Ascii, utf8),
        ("<meta charset=utf-8>", Charset::Unknown, utf8),
        ("<META CharSet = 'UTF8' >", Charset::Unknown, utf8),
        ("<meta charset=windows-1252>", Charset::Unknown, ascii),
        ("<meta charset=utf-16>", Charset::Unknown, utf8),
        ("<meta charset=iso-2022-jp>", Charset::Unknown, none),
        ("<meta charset=utf-8>", Charset::Ascii, ascii),
        ("<meta http-equiv=Content-Type content='text/html; charset=utf-8'>", Charset::Unknown, utf8),
        ("<meta content='text/html; charset=utf-8'>", Charset::Unknown, ascii),
        ("<!-- <meta charset=utf-8> -->", Charset::Unknown, ascii),
    ] {
        assert!(shown(head, charset).contains(expected), "{head} {charset:?}: {}", shown(head, charset));
    }
    let late = format!("{}<meta charset=utf-8>", " ".repeat(1024));
    assert!(shown(&late, Charset::Unknown).contains(ascii));
    for mark in [&b"\xfe\xff"[..], b"\xff\xfe"] {
        let html = [mark, b"<p data-slotwise=own></p>"].concat();
        assert_eq!(personalised_in(&html, Charset::Utf8, 1).0, html);
    }
}

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
