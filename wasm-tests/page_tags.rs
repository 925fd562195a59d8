//! The scanner's tags are those of `lol_html`, or else those of the standard's tree construction.
#![allow(missing_docs, reason = "a test's own module")]
#![cfg(not(target_arch = "wasm32"))]

#[path = "page/oracle.rs"]
mod oracle;
#[path = "page/pages.rs"]
mod pages;

use oracle::{lol, ours, standard};
use pages::Chance;

/// How many pages have the tags of `lol_html`, and how many only those of the standard; any other is an error.
#[derive(Default, Debug)]
struct Tally {
    same: usize,
    refused: usize,
    standard: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn take(&mut self, html: &[u8]) {
        let tags = ours(html);
        match lol(html) {
            Some(found) if found == tags => self.same += 1,
            other => {
                let text = String::from_utf8_lossy(html);
                let ends: Vec<usize> = tags.iter().map(|(_, end)| *end).collect();
                if text.len() == html.len() && standard(&text) == ends {
                    if other.is_none() { self.refused += 1 } else { self.standard += 1 }
                } else {
                    self.wrong
                        .push(format!("{text:?}\n  lol  {other:?}\n  ours {tags:?}\n  std {:?}", standard(&text)));
                }
            }
        }
    }

    fn check(&self, what: &str) {
        println!(
            "{what}: {} have the tags of lol_html, {} only those of html5ever, {} refused by lol_html",
            self.same, self.standard, self.refused
        );
        let shown: Vec<&str> = self.wrong.iter().map(String::as_str).take(12).collect();
        assert!(shown.is_empty(), "{what}: {} pages have other tags:\n{}", self.wrong.len(), shown.join("\n"));
    }
}

#[test]
fn the_documents_of_html5lib_have_the_tags_of_lol_html_or_of_the_standard() {
    let Some(documents) = pages::documents() else {
        return println!("skipped: html5lib's tests are not beside this checkout (set HTML5LIB_TESTS to their folder)");
    };
    assert!(documents.len() > 8000, "{} documents", documents.len());
    let mut tally = Tally::default();
    documents.iter().for_each(|html| tally.take(html));
    tally.check("html5lib's documents");
}

#[test]
fn random_pages_have_the_tags_of_lol_html_or_of_the_standard() {
    let mut chance = Chance(1);
    let mut tally = Tally::default();
    for _ in 0..100_000 {
        tally.take(pages::random(&mut chance, 14).as_bytes());
    }
    tally.check("random pages");
}

#[test]
fn pages_of_shops_have_the_tags_of_lol_html_or_of_the_standard() {
    let mut chance = Chance(2);
    let mut tally = Tally::default();
    for _ in 0..20_000 {
        tally.take(pages::shop(&mut chance).as_bytes());
    }
    tally.check("pages of shops");
}
