//! URL patterns of a shop: taken apart once, written for each product that has no URL of its own.

use alloc::{string::String, vec::Vec};

/// A piece of a URL pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    /// `{id}`: the product id.
    Id,
    /// `{category}`: the category path.
    Category,
    /// `{n}`: the key modulo 12. A shop without pictures of its own products can show one of twelve.
    Number,
}

fn add_text(text: Option<&str>, to: &mut Vec<Part>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        to.push(Part::Text(text.into()));
    }
}

/// Splits a URL pattern into pieces, once for all items. Unknown names in braces stay as they are: braces are rare in URLs,
/// but allowed.
pub(super) fn pattern(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut done = 0;
    for at in 0..text.len() {
        let rest = text.as_bytes().get(at..).unwrap_or_default();
        let known = |name: &str| rest.starts_with(name.as_bytes());
        let (part, len) = match () {
            () if known("{id}") => (Part::Id, 4),
            () if known("{category}") => (Part::Category, 10),
            () if known("{n}") => (Part::Number, 3),
            () => continue,
        };
        add_text(text.get(done..at), &mut parts);
        parts.push(part);
        done = at + len;
    }
    add_text(text.get(done..), &mut parts);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_pattern_is_taken_apart() {
        let text = |text: &str| Part::Text(text.into());
        assert_eq!(pattern("/p/{id}"), [text("/p/"), Part::Id]);
        assert_eq!(pattern("{category}{n}.svg"), [Part::Category, Part::Number, text(".svg")]);
        assert_eq!(pattern("/{x}{{id}}"), [text("/{x}{"), Part::Id, text("}")]);
        assert_eq!(pattern(""), []);
    }
}
