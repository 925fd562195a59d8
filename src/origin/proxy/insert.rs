//! Slots for a shop whose templates have none yet: HTML that is put beside a piece of the shop's own HTML.
//!
//! A piece is found byte for byte, once a page, so nothing of the page is parsed. That suits a trial: the pieces are copied from
//! the page's source. A shop that stays with Slotwise marks its slots in its templates.

use super::error::ProxyError;
use axum::body::Bytes;
use serde::Deserialize;
use std::path::Path;

/// Longest piece, in bytes. So many bytes of a page are held back until it is known that no piece begins there.
const MAX_PIECE: usize = 1024;

/// An entry of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Beginning of the paths of the pages; all pages without it.
    #[serde(default)]
    path: String,
    before: Option<String>,
    after: Option<String>,
    replace: Option<String>,
    /// What is put there.
    html: String,
}

/// What is put into which pages.
#[derive(Default)]
pub(super) struct Inserts(Vec<Insert>);

#[derive(Clone)]
struct Insert {
    path: String,
    piece: Vec<u8>,
    /// What stands in the piece's place afterwards.
    becomes: Vec<u8>,
}

impl Inserts {
    /// Reads a file: a JSON list of objects with `html`, one of `before`, `after` and `replace`, and perhaps `path`.
    pub(super) fn read(file: &Path) -> Result<Self, ProxyError> {
        let fail = |why: String| ProxyError::Slots { file: file.display().to_string(), why };
        let text = std::fs::read_to_string(file).map_err(|error| fail(error.to_string()))?;
        Self::parse(&text).map_err(fail)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let form = "expected [{\"after\": \"<main>\", \"html\": \"<ul data-slotwise=…>\"}]";
        let entries: Vec<Entry> = serde_json::from_str(text).map_err(|error| format!("{error}; {form}"))?;
        let read = |(number, entry): (usize, Entry)| {
            let Entry { path, before, after, replace, html } = entry;
            let (piece, becomes) = match (before, after, replace) {
                (Some(piece), None, None) => (piece.clone(), html + &piece),
                (None, Some(piece), None) => (piece.clone(), piece + &html),
                (None, None, Some(piece)) => (piece, html),
                _ => return Err(format!("entry {number} has not exactly one of before, after and replace; {form}")),
            };
            if !(1..=MAX_PIECE).contains(&piece.len()) {
                return Err(format!(
                    "the piece of entry {number} has {} bytes, expected 1 to {MAX_PIECE}",
                    piece.len()
                ));
            }
            Ok(Insert { path, piece: piece.into(), becomes: becomes.into() })
        };
        Ok(Self(entries.into_iter().enumerate().map(read).collect::<Result<_, _>>()?))
    }

    /// What is put into the page of a path; `None` for a page that stays.
    pub(super) fn of(&self, path: &str) -> Option<Inserter> {
        let left: Vec<Insert> = self.0.iter().filter(|insert| path.starts_with(&insert.path)).cloned().collect();
        (!left.is_empty()).then(|| Inserter { left, held: Vec::new() })
    }
}

/// A page on its way.
pub(super) struct Inserter {
    /// What has not been put in yet.
    left: Vec<Insert>,
    /// The page's last bytes, in which a piece may begin.
    held: Vec<u8>,
}

impl Inserter {
    /// The bytes that go on after a chunk, or at the page's end.
    pub(super) fn feed(&mut self, chunk: Option<&[u8]>) -> Bytes {
        self.held.extend_from_slice(chunk.unwrap_or_default());
        let mut out = Vec::new();
        while let Some((at, number)) = self.first() {
            let Insert { piece, becomes, .. } = self.left.remove(number);
            out.extend(self.held.drain(..at));
            out.extend(becomes);
            self.held.drain(..piece.len());
        }
        let longest = self.left.iter().map(|insert| insert.piece.len()).max().unwrap_or(1);
        let keep = if chunk.is_some() { longest - 1 } else { 0 };
        out.extend(self.held.drain(..self.held.len().saturating_sub(keep)));
        out.into()
    }

    /// The first piece in the held bytes: where it begins, and its number.
    fn first(&self) -> Option<(usize, usize)> {
        let find = |piece: &[u8]| self.held.windows(piece.len()).position(|bytes| bytes == piece);
        self.left.iter().enumerate().filter_map(|(number, insert)| Some((find(&insert.piece)?, number))).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"[{"after": "<main>", "html": "[slot]"}, {"path": "/p/", "replace": "<i>old</i>", "html": "new"},
        {"path": "/p/", "before": "</body>", "html": "[end]"}]"#;

    fn put(path: &str, page: &str, size: usize) -> String {
        let inserts = Inserts::parse(FILE).unwrap();
        let Some(mut inserter) = inserts.of(path) else { return page.into() };
        let mut out = Vec::new();
        for chunk in page.as_bytes().chunks(size) {
            out.extend(inserter.feed(Some(chunk)));
        }
        out.extend(inserter.feed(None));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn html_is_put_beside_the_first_piece_however_the_page_is_cut() {
        let page = "<body><main>a<i>old</i><main>b<i>old</i></body>";
        for size in 1..=page.len() {
            assert_eq!(put("/p/1", page, size), "<body><main>[slot]anew<main>b<i>old</i>[end]</body>");
            assert_eq!(put("/", page, size), "<body><main>[slot]a<i>old</i><main>b<i>old</i></body>");
        }
        assert_eq!(put("/", "no piece <mai", 3), "no piece <mai");
    }

    #[test]
    fn a_file_of_another_form_is_refused() {
        for wrong in [
            "{}",
            r#"[{"html": "x"}]"#,
            r#"[{"html": "x", "after": ""}]"#,
            r#"[{"html": "x", "after": "a", "before": "b"}]"#,
            r#"[{"html": "x", "inside": "a"}]"#,
        ] {
            assert!(Inserts::parse(wrong).is_err(), "{wrong}");
        }
    }
}
