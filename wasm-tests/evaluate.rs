//! `slotwise evaluate next` as people use it, on small files that anybody can check by eye, and on the
//! public data sets' first lines where those are at hand.

// A test reads better where a line of a log is built in one piece.
#![allow(clippy::format_push_string)]

mod folder;

use folder::{Folder, run};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;

/// Evaluates session files; the figures are in `out.json`.
fn next(folder: &Folder, train: &str, test: &str, more: &[&str]) -> Output {
    let (train, test, json) = (folder.file("train.txt", train), folder.file("test.txt", test), folder.path("out.json"));
    let words = ["evaluate", "next", "--train", &train, "--test", &test, "--json", &json];
    run(&[&words[..], more].concat())
}

fn refuses(folder: &Folder, train: &str, test: &str, words: &[&str]) {
    folder.refused(&next(folder, train, test, &[]), words, "out.json");
}

/// Walks along a ring of 40 items, three clicks each.
fn ring(sessions: usize) -> String {
    (0..sessions)
        .fold(String::new(), |text, n| text + &format!("{} {} {}\n", n % 40 + 1, (n + 1) % 40 + 1, (n + 2) % 40 + 1))
}

const PEERS: [&str; 7] = ["vmis_knn", "v_sknn", "stan", "sequential_rules", "item_knn", "s_pop", "pop"];

#[test]
fn a_shop_whose_visitors_walk_in_a_ring_is_foretold_by_ours_and_by_its_peers() {
    let folder = Folder::new("ring");
    let output = next(
        &folder,
        &ring(2000),
        "1 2\t3\n1\t2\n7 8\t9\n7\t8\n40\t1\n",
        &["--peers", "--html", &folder.path("out.html")],
    );
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = folder.json();
    let ours = &report["methods"]["slotwise"];
    for key in [
        "recall_at_1",
        "recall_at_5",
        "recall_at_10",
        "recall_at_20",
        "mrr_at_20",
        "ndcg_at_20",
        "recall_at_20_unseen",
        "coverage_at_20",
        "popularity_at_20",
        "decision_us_p50",
        "decision_us_p99",
        "snapshot_bytes",
        "bits_per_entry",
        "train_seconds",
    ] {
        assert!(ours[key].is_number(), "{key} is {}", ours[key]);
    }
    assert_eq!(ours["recall_at_20"], 100.0);
    assert_eq!((&report["data"]["sessions"], &report["data"]["tests"]), (&Value::from(2000), &Value::from(5)));
    for peer in PEERS {
        assert!(report["methods"][peer]["recall_at_20"].is_number(), "{peer}");
    }
    assert_eq!(report["methods"]["sequential_rules"]["recall_at_20"], 100.0);
    assert!(report["methods"]["pop"]["recall_at_1"].as_f64().unwrap() < 50.0);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("slotwise") && said.contains("vmis_knn") && said.contains("R@20"));
    assert!(fs::read_to_string(folder.path("out.html")).unwrap().contains("sequential_rules"));
}

#[test]
fn every_strategy_is_tested_beside_popularity() {
    let folder = Folder::new("strategies");
    // Every product of the ring once as the next one, each in a visit of its own; then a visit of two steps.
    let tests =
        (0..40).fold("1 2\t3\n1\t2\n".to_owned(), |text, n| text + &format!("{}\t{}\n", n + 1, (n + 1) % 40 + 1));
    let output = next(&folder, &ring(2000), &tests, &["--strategies", "--html", &folder.path("out.html")]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let strategies = folder.json()["strategies"].clone();
    assert_eq!(strategies.as_object().unwrap().len(), 15);
    let next_item = &strategies["next_item"];
    assert_eq!((&next_item["hit_at_12"]["value"], &next_item["answered"]), (&Value::from(100.0), &Value::from(100.0)));
    assert_eq!(next_item["against_popularity"]["verdict"], "better");
    // Without categories, what visits saw besides it is like a product.
    assert_eq!(strategies["similar_items"]["hit_at_12_unseen"]["value"], 100.0);
    assert_eq!(strategies["bought_together"]["against_popularity"]["verdict"], "silent");
    // Twelve of forty products, whoever looks.
    assert_eq!(strategies["popularity"]["shown"]["value"], 30.0);
    assert_eq!(strategies["popularity"]["change"]["value"], 0.0);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("recommended_for_you") && said.contains("propose nothing: bought_together"), "{said}");
    let page = fs::read_to_string(folder.path("out.html")).unwrap();
    assert!(page.contains("against popularity") && page.contains("adjacent_categories"));
}

#[test]
fn items_training_never_saw_are_misses_and_are_reported() {
    let folder = Folder::new("unknown");
    let output = next(&folder, &ring(200), "1\t2\n1\t999\n888 1\t2\n777\t2\n", &["--peers"]);
    assert!(output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("1 of 4 tests ask for an item that training never saw"));
    let report = folder.json();
    assert_eq!(report["data"]["unknown_targets"], 1);
    assert_eq!(report["methods"]["slotwise"]["recall_at_20"], 50.0);
}

#[test]
fn the_longest_prefix_first_teaches_nothing_to_the_shorter_ones() {
    let (one, two) = (Folder::new("order-1"), Folder::new("order-2"));
    next(&one, &ring(200), "1 5 9 13\t17\n1 5 9\t13\n1 5\t9\n1\t5\n", &["--peers"]);
    next(&two, &ring(200), "1\t5\n1 5\t9\n1 5 9\t13\n1 5 9 13\t17\n", &["--peers"]);
    for method in PEERS.iter().chain(&["slotwise"]) {
        let figures = |folder: &Folder| {
            let method = folder.json()["methods"][method].clone();
            ["recall_at_20", "mrr_at_20", "ndcg_at_20", "coverage_at_20"].map(|key| method[key].clone())
        };
        assert_eq!(figures(&one), figures(&two), "{method}");
    }
}

#[test]
fn what_is_no_session_file_is_named_and_nothing_is_written() {
    let folder = Folder::new("bad");
    let tests = "1\t2\n";
    refuses(&folder, "1\n2\n\n3\n", tests, &["train.txt", "3 sessions", "none with two items"]);
    refuses(&folder, "", tests, &["train.txt", "0 sessions"]);
    refuses(&folder, "1 2\n3 -4\n", tests, &["train.txt", "line 2", "\"-4\"", "whole number"]);
    refuses(&folder, "1 2\n3 281474976710656\n", tests, &["line 2", "281474976710656"]);
    refuses(&folder, &ring(50), "1 2 3\n", &["test.txt", "line 1", "a tab"]);
    refuses(&folder, &ring(50), "", &["test.txt", "one test or more"]);
    let output = run(&["evaluate", "next", "--train", &folder.path("nowhere.txt"), "--test", &folder.path("test.txt")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("nowhere.txt"));
    assert_ne!(run(&["evaluate", "next", "--train", "x"]).status.code(), Some(0));
}

#[test]
fn an_event_log_is_split_by_time() {
    let folder = Folder::new("events");
    let mut log = "event_time,event_type,product_id,category_code,user_session\n".to_owned();
    for n in 0..400 {
        for at in 0..3 {
            let item = 100 + (n + at) % 30;
            log += &format!("{},view,{item},home.lamp,s{n}\n", 1_700_000_000 + n * 600 + at * 20);
        }
    }
    let (log, json) = (folder.file("log.csv", &log), folder.path("out.json"));
    let output = run(&["evaluate", "next", "--events", &log, "--held-back", "20", "--json", &json]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = folder.json();
    assert_eq!((&report["data"]["sessions"], &report["data"]["tests"]), (&Value::from(320), &Value::from(160)));
    assert_eq!(report["methods"]["slotwise"]["recall_at_20"], 100.0);
}

/// The published protocol on the public split, with the kernels as they come: no search, to be quick.
#[test]
fn on_diginetica_ours_is_ahead_of_the_published_graph_networks() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/diginetica");
    let (train, test) = (data.join("train.txt.gz"), data.join("test.txt.gz"));
    if !train.exists() {
        eprintln!("skipped: {} is not here", train.display());
        return;
    }
    let folder = Folder::new("diginetica");
    let json = folder.path("out.json");
    let output = run(&[
        "evaluate",
        "next",
        "--train",
        train.to_str().unwrap(),
        "--test",
        test.to_str().unwrap(),
        "--rounds",
        "0",
        "--json",
        &json,
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let ours = &folder.json()["methods"]["slotwise"];
    let figure = |key: &str| ours[key].as_f64().unwrap();
    assert!(figure("recall_at_20") > 54.22 && figure("mrr_at_20") > 19.07, "{ours}");
    assert!(figure("bits_per_entry") < 12.0 && figure("snapshot_bytes") < 2.2e6, "{ours}");
}
