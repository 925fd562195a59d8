//! What becomes of slots, byte for byte.

use super::*;

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
