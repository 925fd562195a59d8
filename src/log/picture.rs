//! Pictures of a product with tags, as a catalogue has them.
//!
//! Two columns say them: `images` with a list in JSON, such as `[{"url":"/p/1-out.jpg","tags":["outdoor"]}]`, and
//! `image[outdoor]` with one address, where all products have pictures of the same kinds. Several tags of a column have
//! commas between them.
//!
//! A catalogue is the shop's own word, so what is wrong in it is told and not skipped. Only a catalogue has pictures: a
//! beacon could show shoppers anything.

use super::skip::{BadRow, Skip};
use crate::event::Refusal;
use crate::page::is_safe_link;
use serde::Deserialize;

/// Longest link, in bytes.
pub(super) const MAX_LINK: usize = 2000;
/// Most pictures of a product, the default one left out.
const MAX_PICTURES: usize = 8;
/// Most tags of a picture.
const MAX_TAGS: usize = 8;
/// Longest tag, in bytes.
const MAX_TAG: usize = 100;

/// A picture and its tags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// Address.
    pub url: String,
    /// Category paths, brands, and names that the plan gives to conditions.
    #[serde(default)]
    pub tags: Vec<String>,
}

impl Picture {
    /// The tags of a column by its name; `None` for a column that holds no picture.
    pub(super) fn tags_of_column(name: &str) -> Option<Vec<String>> {
        let tags = name.trim().strip_prefix("image[")?.strip_suffix(']')?;
        Some(tags.split(',').map(|tag| tag.trim().to_owned()).collect())
    }

    /// The pictures of a list in JSON.
    ///
    /// # Errors
    /// What is wrong with the text. `column` is its name in the file.
    pub(super) fn list(column: &str, text: &str) -> Result<Vec<Self>, BadRow> {
        let bad = |expected| BadRow::new(Skip::Refused(Refusal::Shape), column, text, expected);
        serde_json::from_str(text).map_err(|_| bad("a list such as [{\"url\":\"/1.jpg\",\"tags\":[\"outdoor\"]}]"))
    }

    /// Checks all pictures of a product.
    ///
    /// # Errors
    /// What is out of range.
    pub(super) fn check(pictures: &[Self]) -> Result<(), BadRow> {
        let bad = |found: &str, expected| Err(BadRow::new(Skip::Refused(Refusal::Shape), "images", found, expected));
        if pictures.len() > MAX_PICTURES {
            return bad(&format!("{} pictures", pictures.len()), "at most 8 pictures of a product");
        }
        for Self { url, tags } in pictures {
            if url.is_empty() || url.len() > MAX_LINK || url.contains(char::is_control) || !is_safe_link(url) {
                return bad(url, "an address of at most 2,000 bytes, relative or with http(s)");
            }
            if tags.len() > MAX_TAGS {
                return bad(&format!("{} tags", tags.len()), "at most 8 tags of a picture");
            }
            let is_tag = |tag: &&String| !tag.is_empty() && tag.len() <= MAX_TAG && !tag.contains(char::is_control);
            if let Some(tag) = tags.iter().find(|tag| !is_tag(tag)) {
                return bad(tag, "a tag of 1 to 100 bytes");
            }
        }
        Ok(())
    }

    /// All pictures as the snapshot has them: see [`Model::picture`](crate::model::Model::picture). `image` is the
    /// product's usual picture. Without one the first of the list is the default, unless the shop has a pattern for pictures
    /// (`has_pattern`).
    pub fn lines(image: &str, pictures: &[Self], has_pattern: bool) -> String {
        let first = pictures.first().filter(|_| image.is_empty() && !has_pattern).map_or(image, |first| &first.url);
        let pairs = pictures.iter().flat_map(|Self { url, tags }| tags.iter().flat_map(move |tag| [tag.as_str(), url]));
        std::iter::once(first).chain(pairs).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(url: &str, tags: &[&str]) -> Picture {
        Picture { url: url.into(), tags: tags.iter().map(|tag| (*tag).into()).collect() }
    }

    #[test]
    fn one_picture_takes_no_more_than_its_address() {
        assert_eq!(Picture::lines("", &[], false), "");
        assert_eq!(Picture::lines("", &[], true), "");
        assert_eq!(Picture::lines("/1.jpg", &[], true), "/1.jpg");
        assert_eq!(Picture::lines("/1.jpg", &[picture("/1.jpg", &[])], false), "/1.jpg");
    }

    #[test]
    fn the_default_comes_first() {
        let two = [picture("/a", &["x", "y z"]), picture("/b", &["q"])];
        assert_eq!(Picture::lines("/b", &two, true), "/b\nx\n/a\ny z\n/a\nq\n/b");
        assert_eq!(Picture::lines("", &two, false), "/a\nx\n/a\ny z\n/a\nq\n/b");
        assert_eq!(Picture::lines("", &two, true), "\nx\n/a\ny z\n/a\nq\n/b");
    }

    #[test]
    fn what_a_catalogue_may_not_say_is_told() {
        for (url, tags) in
            [("", &["a"][..]), ("javascript:x", &["a"]), ("/a\nb", &["a"]), ("/a", &[""]), ("/a", &["a\tb"])]
        {
            assert!(Picture::check(&[picture(url, tags)]).is_err(), "{url:?} {tags:?}");
        }
        assert!(Picture::check(&vec![picture("/a", &["a"]); 9]).is_err());
        assert!(Picture::check(&[picture("/a", &["a"; 9])]).is_err());
        assert!(Picture::check(&[picture("https://cdn.example/a", &["sport.bicycle", "Le Creuset"])]).is_ok());
        assert!(Picture::list("images", "[{\"url\":\"/a\",\"tag\":\"x\"}]").is_err());
        assert_eq!(Picture::list("images", "[{\"url\":\"/a\"}]").unwrap(), [picture("/a", &[])]);
        assert_eq!(Picture::tags_of_column("image[outdoor, gift]").unwrap(), ["outdoor", "gift"]);
        assert_eq!(Picture::tags_of_column("image"), None);
    }
}
