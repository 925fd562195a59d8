//! The slots of a page, as a shopper sees them: the products they show, and the exposure that the Worker has noted on them.
//!
//! Only what the page's own script reads is read here. Templates are skipped, as nobody sees them.

use crate::page::{ITEM, SHOWS, SLOT};
use serde_json::Value;

/// What a slot shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shown {
    /// Name of the slot.
    pub(super) slot: String,
    /// What the page's script would report once it is seen; `None` where the Worker has decided nothing.
    pub(super) exposure: Option<Value>,
    /// Ids of its products, in the order of the page, each once.
    pub(super) items: Vec<String>,
}

/// Reads the slots of a page in their order.
pub(super) fn slots(html: &str) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    // The name of the element that is the slot under way, and how many of that name are open.
    let mut open: Option<(String, u32)> = None;
    let mut templates = 0_u32;
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let (tag, after) = tag(rest);
        rest = after;
        let closes = tag.starts_with('/');
        let named = tag.trim_start_matches('/');
        let name = named.split([' ', '\n', '\t', '/']).next().unwrap_or_default().to_ascii_lowercase();
        if name == "template" {
            templates = if closes { templates.saturating_sub(1) } else { templates + 1 };
            continue;
        }
        if (name == "script" || name == "style") && !closes {
            rest = rest.find("</").map_or("", |end| &rest[end..]);
            continue;
        }
        if templates > 0 {
            continue;
        }
        match &mut open {
            Some((slot, depth)) if *slot == name => {
                *depth = if closes { *depth - 1 } else { *depth + 1 };
                if *depth == 0 {
                    open = None;
                    continue;
                }
            }
            _ => {}
        }
        if closes {
            continue;
        }
        if let Some(slot) = attribute(named, SLOT) {
            let exposure = attribute(named, SHOWS).and_then(|text| serde_json::from_str(&text).ok());
            found.push(Shown { slot, exposure, items: Vec::new() });
            open = Some((name, 1));
        } else if let (Some(_), Some(slot), Some(item)) = (&open, found.last_mut(), attribute(named, ITEM))
            && !item.is_empty()
            && !slot.items.contains(&item)
        {
            slot.items.push(item);
        }
    }
    found
}

/// A tag without its brackets, and what follows it. Quotation marks hide a bracket.
fn tag(text: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return (&text[..at], &text[at + 1..]),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    (text, "")
}

/// The value of an attribute with quotation marks.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut from = 0;
    loop {
        let at = from + tag[from..].find(name)?;
        let rest = &tag[at + name.len()..];
        from = at + name.len();
        let begins = tag[..at].ends_with([' ', '\n', '\t', '"', '\'']);
        let Some(value) = rest.strip_prefix('=').filter(|_| begins) else { continue };
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let value = &value[1..];
        return value.find(quote).map(|end| plain(&value[..end]));
    }
}

/// A text without character references.
fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for (reference, letter) in [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ] {
        text = text.replace(reference, letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_show_their_cards_once_and_templates_show_none() {
        let html = r#"<!doctype html><!-- <ul data-slotwise="no"> --><script>"<b data-item='9'>"</script>
            <div data-item="0"></div><div class="a>b" data-slotwise="home.a" data-slotwise-personalised=""
            data-slotwise-shows="{&quot;slot&quot;:&quot;home.a&quot;,&quot;arm&quot;:&quot;fill&quot;}">
            <template data-card><div data-item=""></div><div data-item="7"></div></template>
            <div data-item="1"><p data-item="1">x</p></div><div data-item='a&amp;b'></div></div>
            <div data-item="8"></div><ul data-slotwise="home.b"><li data-item="2"></ul>"#;
        let found = slots(html);
        let items: Vec<(&str, Vec<&str>)> =
            found.iter().map(|shown| (shown.slot.as_str(), shown.items.iter().map(String::as_str).collect())).collect();
        assert_eq!(items, [("home.a", vec!["1", "a&b"]), ("home.b", vec!["2"])]);
        assert_eq!(found[0].exposure.as_ref().unwrap()["arm"], "fill");
        assert!(found[1].exposure.is_none());
    }

    #[test]
    fn broken_pages_are_read_without_a_panic() {
        for html in [
            "<",
            "<a",
            "<div data-slotwise=\"",
            "<div data-slotwise=x data-item>",
            "<!--",
            "</div></div>",
            "<ä data-item=\"ö",
        ] {
            let _ = slots(html);
        }
    }
}
