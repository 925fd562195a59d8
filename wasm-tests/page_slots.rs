//! Slots on their way through: only their contents change, whatever the page and wherever its chunks end.
#![allow(missing_docs, reason = "a test's own module")]
#![cfg(not(target_arch = "wasm32"))]

#[path = "input/corpus.rs"]
mod corpus;
#[path = "page/fuzz.rs"]
mod fuzz;
#[path = "page/oracle.rs"]
mod oracle;
#[path = "page/pages.rs"]
mod pages;

use corpus::corpus;
use fuzz::{Work, check, run};
use pages::Chance;
use std::path::Path;

fn every(html: &[u8]) -> Vec<usize> {
    (1..html.len()).collect()
}

fn some(chance: &mut Chance, html: &[u8]) -> Vec<usize> {
    let mut cuts: Vec<usize> = (0..chance.below(5)).map(|_| chance.below(html.len() + 1)).collect();
    cuts.sort_unstable();
    cuts
}

#[test]
fn the_documents_of_html5lib_come_out_as_they_are_at_every_split() {
    let Some(documents) = pages::documents() else {
        return println!("skipped: html5lib's tests are not beside this checkout (set HTML5LIB_TESTS to their folder)");
    };
    let mut splits = 0;
    for html in &documents {
        // Of a page without slots no tag is read; with the word for one at its end, all are.
        for html in [html.clone(), [html, &b" data-slotwise"[..]].concat()] {
            for cut in 0..=html.len() {
                assert_eq!(run(&html, &[cut], Work::Number).0, html);
                splits += 1;
            }
            assert_eq!(run(&html, &every(&html), Work::Number).0, html);
        }
    }
    println!("{} documents, {splits} splits", documents.len());
}

#[test]
fn random_pages_change_in_their_slots_only() {
    let (mut chance, mut slots) = (Chance(3), 0);
    for number in 0..150_000 {
        let html = pages::random(&mut chance, 16);
        let cuts = if number % 10 == 0 { every(html.as_bytes()) } else { some(&mut chance, html.as_bytes()) };
        slots += check(html.as_bytes(), &cuts);
    }
    println!("{slots} slots rewritten");
    assert!(slots > 2_000, "{slots} slots");
}

#[test]
fn pages_of_shops_change_in_their_slots_only() {
    let (mut chance, mut slots, mut left) = (Chance(4), 0, 0);
    for number in 0..60_000 {
        let html = pages::shop(&mut chance);
        let cuts = if number % 50 == 0 { every(html.as_bytes()) } else { some(&mut chance, html.as_bytes()) };
        slots += check(html.as_bytes(), &cuts);
        left += run(html.as_bytes(), &[], Work::Number).1.left;
    }
    println!("{slots} slots rewritten, {left} left");
    assert!(slots > 60_000 && slots > left, "{slots} slots, {left} left");
}

/// The standard's tree of a page whose slots were emptied is the tree of the page with its slots emptied.
fn same_tree(html: &str) -> Result<usize, String> {
    let (marked, host) = run(html.as_bytes(), &[], Work::Mark);
    let (emptied, _) = run(html.as_bytes(), &[], Work::Empty);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let expected = oracle::tree(&text(&marked), true);
    let found = oracle::tree(&text(&emptied), false);
    if expected == found { Ok(host.seen.len()) } else { Err(format!("{html:?}\nexpected\n{expected}found\n{found}")) }
}

#[test]
fn slots_of_shops_end_where_the_standard_ends_them() {
    let (mut chance, mut slots) = (Chance(5), 0);
    for _ in 0..20_000 {
        slots += same_tree(&pages::shop(&mut chance)).unwrap_or_else(|wrong| panic!("{wrong}"));
    }
    println!("{slots} slots");
    assert!(slots > 20_000, "{slots} slots");
}

#[test]
fn slots_of_random_pages_end_where_the_standard_ends_them() {
    let (mut chance, mut slots, mut wrong) = (Chance(6), 0, Vec::new());
    for _ in 0..100_000 {
        match same_tree(&pages::random(&mut chance, 12)) {
            Ok(count) => slots += count,
            Err(page) => wrong.push(page),
        }
    }
    println!("{slots} slots");
    assert!(wrong.is_empty(), "{} pages:\n{}", wrong.len(), wrong[..wrong.len().min(8)].join("\n"));
}

#[test]
fn inputs_that_once_failed_and_damaged_pages_keep_the_rules() {
    let mut chance = Chance(7);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wasm-tests/page/crashers");
    let mut inputs: Vec<Vec<u8>> = std::fs::read_dir(folder)
        .expect("the folder of crashers")
        .map(|entry| std::fs::read(entry.expect("a file").path()).expect("a readable file"))
        .collect();
    assert!(!inputs.is_empty());
    // The first two bytes told the fuzzer where to cut.
    inputs.extend(corpus("scan").into_iter().filter_map(|input| Some(input.get(2..)?.to_vec())));
    for _ in 0..20_000 {
        let mut html = pages::shop(&mut chance).into_bytes();
        for _ in 0..=chance.below(6) {
            let (at, len) = (chance.below(html.len()), chance.below(9));
            let until = (at + len).min(html.len());
            match chance.below(4) {
                0 => drop(html.drain(at..until)),
                1 => html[at] = chance.below(256) as u8,
                2 => html.insert(at, *b"<>\"'/-! =".get(chance.below(9)).expect("a byte")),
                _ => html.extend_from_within(at..until),
            }
            if html.is_empty() {
                html.push(b'<');
            }
        }
        inputs.push(html);
    }
    for html in &inputs {
        check(html, &some(&mut chance, html));
    }
}
