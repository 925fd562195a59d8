//! What shops of one group share, through the real program: sums of logs, added up, learned from.

mod folder;

use folder::Folder;
use slotwise::event::{Event, EventKind, ItemKey};
use slotwise::group::Sums;
use slotwise::model::{Model, Scratch};
use slotwise::session::Session;
use slotwise::snapshot::SnapshotId;
use std::fmt::Write;

/// What a run of the program said.
struct Told {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(words: &[&str]) -> Told {
    let output = folder::run(words);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Told { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// A log of visits that each look at a pair of products.
fn log(visits: &[(&str, &str, u32)]) -> String {
    let mut csv = String::from("time,event,item,session\n");
    let mut session = 0;
    for (first, second, times) in visits {
        for _ in 0..*times {
            session += 1;
            let time = 1_700_000_000 + session * 600;
            writeln!(csv, "{time},view_item,{first},visit-{session}\n{},view_item,{second},visit-{session}", time + 30)
                .expect("text");
        }
    }
    csv
}

fn share(folder: &Folder, name: &str, visits: &[(&str, &str, u32)], support: &str) -> Sums {
    let (csv, json) = (folder.file(&format!("{name}.csv"), &log(visits)), folder.path(&format!("{name}.json")));
    let told = run(&["share", "--events", &csv, "--minimum-support", support, "--out", &json]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    Sums::read(json.as_ref()).expect("sums")
}

#[test]
fn a_new_shop_learns_from_its_sisters_and_no_visit_leaves_the_house() {
    let folder = Folder::new("group");
    let one = share(&folder, "one", &[("tent", "stove", 40), ("tent", "lamp", 4), ("boots", "socks", 30)], "5");
    assert!(one.items.iter().all(|(id, visits)| id != "lamp" && *visits >= 5), "four visits are too few: {one:?}");
    share(&folder, "two", &[("stove", "tent", 12), ("tent", "stove", 25)], "5");
    let text = std::fs::read_to_string(folder.path("one.json")).expect("a file");
    assert!(!text.contains("visit-") && !text.contains("17000"), "no visit and no time: {text}");
    let merged = folder.path("group.json");
    let told = run(&["merge", &folder.path("one.json"), &folder.path("two.json"), "--out", &merged]);
    assert!(told.code == Some(0) && told.out.contains("2 shops"), "{}{}", told.out, told.err);
    let sums = Sums::read(merged.as_ref()).expect("sums");
    assert!(sums.items.contains(&("tent".into(), 44 + 37)), "{sums:?}");

    // The new shop has seen the tent with the lamp only, and the stove never.
    let own = folder.file("own.csv", &log(&[("tent", "lamp", 3), ("stove", "boots", 1)]));
    let key = folder.path("key.secret");
    assert_eq!(run(&["keygen", "--out", &folder.path("key")]).code, Some(0));
    let best = |group: Option<&str>, out: &str| {
        let out = folder.path(out);
        let mut words =
            vec!["train", "--events", &own, "--key", &key, "--out", &out, "--base", "none", "--rounds", "0"];
        words.extend(group.iter().flat_map(|path| ["--group", path]));
        let told = run(&words);
        assert_eq!(told.code, Some(0), "{}", told.err);
        let snapshot = std::fs::read_dir(format!("{out}/snapshot")).expect("a folder").next().expect("a file");
        let bytes = std::fs::read(snapshot.expect("a file").path()).expect("bytes");
        let model = Model::open(bytes, SnapshotId::default()).expect("a snapshot");
        let mut session = Session::default();
        session.observe(&Event::of_item(EventKind::ViewItem, ItemKey::from_id("tent"), 1_700_000_000_000));
        let mut scratch = Scratch::default();
        let best = model.next_items(&model.history(&session, None), 3, false, &mut scratch);
        best.iter().map(|best| model.item_key(best.item)).collect::<Vec<_>>()
    };
    let [stove, lamp] = ["stove", "lamp"].map(ItemKey::from_id);
    assert_eq!(best(None, "alone"), [lamp]);
    assert_eq!(best(Some(&merged), "together")[..2], [stove, lamp], "77 visits of the sisters, 3 of its own");
}

#[test]
fn sums_that_cannot_be_used_are_refused_with_what_to_do() {
    let folder = Folder::new("group-refused");
    share(&folder, "one", &[("a", "b", 9)], "5");
    let one = folder.path("one.json");
    let out = folder.path("out.json");
    let twice = run(&["merge", &one, &one, "--out", &out]);
    assert!(twice.code == Some(2) && twice.err.contains("expected another shop's"), "{}", twice.err);
    let forged =
        folder.file("forged.json", &std::fs::read_to_string(&one).expect("a file").replace("[0,1,9]", "[0,7,9]"));
    let told = run(&["merge", &one, &forged, "--out", &out]);
    assert!(told.code == Some(2) && told.err.contains("a pair of products 0 and 7 of 2"), "{}", told.err);
    let csv = folder.file("short.csv", &log(&[("a", "b", 3)]));
    let told = run(&["share", "--events", &csv, "--out", &out]);
    assert!(told.code == Some(2) && told.err.contains("lower --minimum-support"), "{}", told.err);
    assert!(!std::path::Path::new(&out).exists(), "nothing is half written");
}

/// The real program with the feature; run by `npm run test:report`.
#[test]
#[cfg(feature = "privacy")]
fn with_a_budget_every_file_differs_and_says_what_it_spent() {
    let folder = Folder::new("group-private");
    let csv = folder.file("log.csv", &log(&[("a", "b", 900), ("c", "d", 1)]));
    let private = |name: &str| {
        let out = folder.path(name);
        let told = run(&["share", "--events", &csv, "--minimum-support", "2", "--epsilon", "2", "--out", &out]);
        assert!(told.code == Some(0) && told.out.contains("epsilon 2"), "{}{}", told.out, told.err);
        Sums::read(out.as_ref()).expect("sums")
    };
    let files: Vec<Sums> = (0..12).map(|number| private(&format!("{number}.json"))).collect();
    for sums in &files {
        assert_eq!(sums.privacy.expect("a budget").epsilon.to_bits(), 2.0_f64.to_bits());
        assert!(sums.items.len() == 2 && sums.pairs.len() == 1, "one visit shows: {sums:?}");
        assert!(sums.pairs[0].2.abs_diff(900) < 120, "{sums:?}");
    }
    assert!(files.iter().any(|sums| *sums != files[0]), "chance was added");
}

#[test]
#[cfg(not(feature = "privacy"))]
fn a_program_without_the_feature_says_how_to_get_it() {
    let folder = Folder::new("group-plain");
    let csv = folder.file("log.csv", &log(&[("a", "b", 9)]));
    let told = run(&["share", "--events", &csv, "--epsilon", "2", "--out", &folder.path("out.json")]);
    assert!(told.code == Some(2) && told.err.contains("--features privacy"), "{}", told.err);
}
