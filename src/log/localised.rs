//! What a catalogue says of a product in other languages: columns such as `title:de`, `url:de-AT` and `price:de`.
//!
//! The plain columns are in the default language. In which currencies other languages have their prices, the plan says.
//! Only a catalogue has such columns: an event states a title in whatever language its page has.

use super::columns::{Columns, Field};
use crate::snapshot::locale::is_tag;

/// What a catalogue says of a product in one language; empty, or 0, where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Localised {
    /// BCP 47 tag of the language, in lower case.
    pub tag: String,
    /// Title.
    pub title: String,
    /// Link.
    pub url: String,
    /// Price in hundredths of the language's currency.
    pub price_cents: u32,
}

/// The fields that a catalogue may have in several languages.
pub(super) const FIELDS: [Field; 3] = [Field::Title, Field::Url, Field::Price];

/// The columns of one language: its tag, and a place for each of [`FIELDS`].
pub(super) type LocalisedColumns = (String, [Option<usize>; FIELDS.len()]);

/// The columns of a header that are in a language, by language in order of the tags.
pub(super) fn columns(columns: &Columns, header: &[String]) -> Vec<LocalisedColumns> {
    let mut found: Vec<LocalisedColumns> = Vec::new();
    for (place, column) in header.iter().enumerate() {
        let Some((name, tag)) = column.rsplit_once(':') else { continue };
        let tag = tag.trim().replace('_', "-").to_ascii_lowercase();
        let field = FIELDS.iter().position(|field| columns.is_column(*field, name.trim()));
        let Some(field) = field.filter(|_| is_tag(&tag)) else { continue };
        let at = found.iter().position(|(known, _)| *known == tag).unwrap_or_else(|| {
            found.push((tag, [None; FIELDS.len()]));
            found.len() - 1
        });
        found[at].1[field].get_or_insert(place);
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_languages_are_told_from_others() {
        let header =
            ["product_id", "title", "Title:de", "link:de_AT", "price:de", "price:", "name:de", "title:de", "Titel:fr"];
        let header = header.map(str::to_owned);
        let found = columns(&Columns::default(), &header);
        assert_eq!(found, [("de".into(), [Some(2), None, Some(4)]), ("de-at".into(), [None, Some(3), None])]);
        let found = columns(&Columns::parse("title=Titel").unwrap(), &header);
        assert_eq!(found.last(), Some(&("fr".into(), [Some(8), None, None])));
    }
}
