//! The command line as people use it: the real program on small logs, and what it says to bad input.

// A test reads better where a line of a log is built in one piece.
#![allow(clippy::format_push_string)]

mod folder;

use folder::{Folder, run};
use std::fs;
use std::process::Output;

/// A folder with a key pair in it.
fn keyed(name: &str) -> Folder {
    let folder = Folder::new(name);
    assert!(run(&["keygen", "--out", &folder.path("key")]).status.success());
    folder
}

fn train(folder: &Folder, events: &str, more: &[&str]) -> Output {
    let (key, out) = (folder.path("key.secret"), folder.path("out"));
    run(&[&["train", "--events", events, "--key", &key, "--out", &out], more].concat())
}

/// Trains in vain.
fn refuses(folder: &Folder, events: &str, more: &[&str], words: &[&str]) {
    folder.refused(&train(folder, events, more), words, "out");
}

const HEAD: &str = "event_time,event_type,product_id,category_code,brand,price,user_session\n";

fn log() -> String {
    let mut text = HEAD.to_owned();
    for n in 0..60 {
        let (secs, item, session) = (n % 60, 100 + n % 7, n / 4);
        text += &format!("2024-05-01 10:{:02}:{secs:02} UTC,view,{item},a.b{},x,9.50,s{session}\n", n / 2, n % 2);
    }
    text
}

#[test]
fn the_same_log_gives_the_same_bytes() {
    let (one, two) = (keyed("same-1"), keyed("same-2"));
    for folder in [&one, &two] {
        assert!(train(folder, &folder.file("log.csv", &log()), &[]).status.success());
    }
    assert_eq!(fs::read(one.snapshot()).unwrap(), fs::read(two.snapshot()).unwrap());
    assert_eq!(one.snapshot().file_name(), two.snapshot().file_name());
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = keyed("missing");
    refuses(&folder, &folder.path("none.csv"), &[], &["none.csv", "No such file"]);
}

#[cfg(not(all(feature = "lake", feature = "store")))]
#[test]
fn a_store_is_refused_by_a_program_without_it() {
    let folder = keyed("store");
    let words = ["s3://bucket/lake: this program was built without object stores", "--features lake,store"];
    refuses(&folder, "s3://bucket/lake", &[], &words);
    let log = folder.file("2026-11-21.jsonl", "");
    let output = run(&["compact", "--log", log.trim_end_matches("/2026-11-21.jsonl"), "--lake", "s3://bucket/lake"]);
    folder.refused(&output, &["lake,store"], "s3:");
}

#[test]
fn a_file_without_known_columns_says_what_it_found_and_expected() {
    let folder = keyed("columns");
    let file = folder.file("log.csv", "when,what,which\n1,view,2\n");
    refuses(&folder, &file, &[], &["log.csv", "no column for time", "when, what, which", "event_time", "--map"]);
    let mapped = ["--map", "time=when,event=what,item=which,session=which"];
    assert!(train(&folder, &file, &mapped).status.success());
}

#[test]
fn a_broken_row_in_the_middle_is_skipped_and_named_by_line_and_field() {
    let folder = keyed("row");
    let whole = log();
    let broken =
        |row: &str| whole.replacen("2024-05-01 10:05:10 UTC,view,103,a.b0,x,9.50,s2\n", &format!("{row}\n"), 1);
    assert_ne!(broken("x"), whole);
    let skips = |name: &str, text: &str, words: &[&str]| {
        let output = train(&folder, &folder.file(name, text), &[]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && said.contains("1 rows skipped"), "{said}");
        assert!(words.iter().all(|word| said.contains(word)), "no {words:?} in {said}");
    };
    skips("a.csv", &broken("2024-05-01,view"), &["reason shape", "a.csv", "line 12", "2 fields", "as many fields"]);
    let price = "2024-05-01 10:05:10 UTC,view,103,a.b0,x,cheap,s2";
    skips("b.csv", &broken(price), &["reason number", "line 12", "field price", "cheap", "a number"]);
    let time = "yesterday,view,103,a.b0,x,9.50,s2";
    skips("c.csv", &broken(time), &["reason time", "line 12", "field event_time", "yesterday", "epoch seconds"]);
    let quote = "\"2024-05-01 10:05:10 UTC,view,103,a.b0,x,9.50,s2";
    skips("d.csv", &broken(quote), &["line 12"]);
}

#[test]
fn a_cut_last_line_is_dropped_and_reported() {
    let folder = keyed("cut");
    let output = train(&folder, &folder.file("log.csv", &format!("{}2024-05-01 10:59:0", log())), &[]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("line 62 is cut and was dropped"), "{said}");
}

#[test]
fn the_currency_of_most_rows_is_that_of_the_log() {
    let folder = keyed("currency");
    let line = |currency: &str, time: u32| {
        format!(
            "{{\"name\":\"view_item\",\"session\":\"s\",\"time_ms\":{time},\"params\":{{\"currency\":\"{currency}\",\"items\":[{{\"item_id\":\"{time}\",\"price\":2}}]}}}}\n"
        )
    };
    let file = folder.file("log.jsonl", &(line("EUR", 1000) + &line("USD", 2000) + &line("usd", 3000)));
    let output = train(&folder, &file, &[]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("1 rows skipped, reason currency"), "{said}");
    assert!(said.contains("line 1: field currency is \"EUR\"") && said.contains("2 products"), "{said}");
}

#[test]
fn a_cut_gzip_file_is_refused() {
    let folder = keyed("gzip");
    let whole = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/www/data/rees46-2019-oct.csv.gz")).unwrap();
    fs::write(folder.0.join("log.csv.gz"), &whole[..whole.len() / 2]).unwrap();
    refuses(&folder, &folder.path("log.csv.gz"), &[], &["log.csv.gz", "gzip file is cut"]);
}

#[test]
fn every_mistake_of_a_plan_is_explained_with_its_path() {
    let folder = keyed("plan");
    let file = folder.file("log.csv", &log());
    let plan = folder.file(
        "plan.json",
        r#"{"version":1,"slots":{
            "a":{"kind":"fil","strategies":["next_item"]},
            "b":{"kind":"fill","strategies":["next_itme"],"limit":99},
            "c":{"kind":"choose","strategy":"category_affinity","default":"x","variants":{"y":{"categories":["a.b7"]}}}}}"#,
    );
    let words = [
        "plan.json",
        "slots.a.kind is \"fil\"",
        "did you mean fill?",
        "slots.b.strategies[0] is \"next_itme\"",
        "did you mean next_item?",
        "slots.b.limit is 99, expected a whole number from 1 to 48",
        "slots.c.variants.y.categories[0] is \"a.b7\"",
    ];
    refuses(&folder, &file, &["--plan", &plan], &words);
    let output = run(&["check", &plan]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn lines_linked_only_by_digests_form_one_session() {
    let folder = keyed("chain");
    let line = |before: &str, after: &str, item: u32| {
        format!(
            "{{\"name\":\"view_item\",\"time_ms\":{},\"params\":{{\"items\":[{{\"item_id\":\"{item}\"}}]}},\"chain\":[{before},\"{after}\"]}}\n",
            1_700_000_000_000_u64 + u64::from(item)
        )
    };
    // Three times, since a product needs three visits.
    let mut text = String::new();
    for n in 1..=3 {
        let (a, b) = (format!("\"a{n}\""), format!("\"b{n}\""));
        text += &(line("null", &format!("a{n}"), 1) + &line("null", &format!("e{n}"), 5));
        text += &(line(&a, &format!("b{n}"), 2) + &line(&b, &format!("c{n}"), 3));
    }
    let output = train(&folder, &folder.file("log.jsonl", &text), &[]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("6 sessions, 12 events"), "{said}");
}

#[test]
fn machines_and_unknown_names_are_dropped_and_reported() {
    let folder = keyed("bots");
    let mut text = log();
    for n in 0..400 {
        text += &format!("2024-05-01 11:{:02}:{:02} UTC,view,{},a.b0,x,1,bot\n", n / 60, n % 60, 100 + n % 5);
    }
    text += "2024-05-01 12:00:00 UTC,page_view,100,a.b0,x,1,s1\n";
    let said = String::from_utf8(train(&folder, &folder.file("log.csv", &text), &[]).stdout).unwrap();
    assert!(said.contains("1 sessions of machines (400 events)"), "{said}");
    assert!(said.contains("1 events of names not used"), "{said}");
}

#[test]
fn inspect_refuses_a_cut_snapshot_and_a_wrong_key() {
    let (folder, other) = (keyed("inspect"), keyed("inspect-other"));
    assert!(train(&folder, &folder.file("log.csv", &log()), &[]).status.success());
    let out = folder.path("out");
    assert!(run(&["inspect", &out, "--public-key", &folder.path("key.public")]).status.success());
    let wrong = run(&["inspect", &out, "--public-key", &other.path("key.public")]);
    assert_eq!(wrong.status.code(), Some(2));
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert!(said.contains("use the same key pair"), "{said}");
    let bytes = fs::read(folder.snapshot()).unwrap();
    let cut = folder.path("cut");
    fs::write(&cut, &bytes[..bytes.len() - 9]).unwrap();
    let refused = run(&["inspect", &cut]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains(&format!("has {} bytes, expected {}", bytes.len() - 9, bytes.len())), "{said}");
}

#[test]
fn a_key_is_never_overwritten_and_a_wrong_one_is_refused() {
    let folder = keyed("key");
    let before = fs::read(folder.path("key.secret")).unwrap();
    assert_eq!(run(&["keygen", "--out", &folder.path("key")]).status.code(), Some(2));
    assert_eq!(fs::read(folder.path("key.secret")).unwrap(), before);
    assert_eq!(fs::read_to_string(folder.path("key.intake")).unwrap().trim().len(), 43);
    let other = folder.file("other.intake", "x");
    assert_eq!(run(&["keygen", "--out", &folder.path("other")]).status.code(), Some(2));
    assert_eq!(fs::read_to_string(other).unwrap(), "x");
    assert!(!std::path::Path::new(&folder.path("other.secret")).exists());
    let (log, bad, out) = (folder.file("log.csv", &log()), folder.file("bad", "no key"), folder.path("out"));
    let output = run(&["train", "--events", &log, "--key", &bad, "--out", &out]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("the secret key is \"no key\", expected 32 bytes"));
}

/// A product on its first day: in the catalogue, in no visitor's session.
#[test]
fn a_product_nobody_looked_at_yet_is_recommended_beside_its_like() {
    use slotwise::event::{EventKind, ItemKey};
    use slotwise::model::{Model, Scratch, Step};
    use slotwise::snapshot::SnapshotId;
    let folder = keyed("catalogue");
    let events = folder.file("clicks.csv", &log());
    let catalogue = folder.file(
        "catalogue.csv",
        "product_id,category_code,brand,price,title\n900,a.b1,x,9.40,Brand new\n101,a.b1,x,9.50,Known\n",
    );
    let output = train(&folder, &events, &["--catalogue", &catalogue]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let model = Model::open(fs::read(folder.snapshot()).unwrap(), SnapshotId::default()).unwrap();
    let number = |id: &str| model.item(ItemKey::from_id(id)).unwrap();
    let new = number("900");
    assert_eq!((model.title(new), model.title(number("101"))), ("Brand new".into(), "Known".into()));
    let mut scratch = Scratch::default();
    let mut after = |item| {
        let history = [Step { item, kind: EventKind::ViewItem, repeated: false }].into_iter().collect();
        model.next_items(&history, 20, false, &mut scratch).iter().map(|best| best.item).collect::<Vec<_>>()
    };
    assert!(!after(new).is_empty(), "its own page has no row");
    assert!((100..107).any(|id| after(number(&id.to_string())).contains(&new)), "it stands in no row");
    assert!(model.lists().new_arrivals.contains(&new));
    let bad = folder.file("bad.csv", "sku_number,price\n1,2\n");
    let refused = keyed("catalogue-bad");
    refuses(&refused, &events, &["--catalogue", &bad], &["bad.csv", "no column for item", "sku_number"]);
    let bad = folder.file("worse.csv", "product_id,price\n1,cheap\n");
    refuses(&refused, &events, &["--catalogue", &bad], &["worse.csv", "line 2", "cheap"]);
}
