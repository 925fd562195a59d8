//! Intent as people meet it: on tables and logs that anybody can check by eye, and in a model trained by the
//! command line.

// A test reads better where a line of a log is built in one piece.
#![allow(clippy::format_push_string)]

mod folder;

use folder::{Folder, run};
use slotwise::context::{Context, LocalTime, Source};
use slotwise::decide::{Decider, Place};
use slotwise::event::{CategoryKey, Event, EventKind, ItemKey};
use slotwise::feature::Features;
use slotwise::intent::{Stage, explain_intent as intent};
use slotwise::model::Model;
use slotwise::session::Session;
use slotwise::snapshot::SnapshotId;
use slotwise::snapshot::layout::Tag;
use std::fs;
use std::process::{Command, Output};

/// Evaluates a table; the figures are in `out.json`.
fn evaluate(folder: &Folder, table: &str, more: &[&str]) -> Output {
    let (table, json) = (folder.file("table.csv", table), folder.path("out.json"));
    run(&[&["evaluate", "intent", "--table", &table, "--json", &json], more].concat())
}

fn refuses(folder: &Folder, table: &str, more: &[&str], words: &[&str]) {
    folder.refused(&evaluate(folder, table, more), words, "out.json");
}

/// A model trained on a log.
fn train(folder: &Folder, log: &str, plan: &str) -> Model<Vec<u8>> {
    let (key, out) = (folder.path("key"), folder.path("out"));
    let plan = folder.file("plan.json", plan);
    assert!(run(&["keygen", "--out", &key]).status.success());
    let words = ["train", "--events", log, "--plan", &plan, "--key", &format!("{key}.secret"), "--out", &out];
    let trained = run(&words);
    assert!(trained.status.success(), "{}", String::from_utf8_lossy(&trained.stderr));
    Model::open(fs::read(folder.snapshot()).unwrap(), SnapshotId::default()).unwrap()
}

/// A number below a bound that looks like chance.
fn chance(seed: u64, bound: u64) -> u64 {
    xxhash_rust::xxh64::xxh64(&seed.to_le_bytes(), 11) % bound
}

/// A simulated table: who has more than five of `size` mostly buys.
fn table() -> String {
    let mut text = "id|size|colour|always|maybe|bought\n".to_owned();
    for row in 0..900 {
        let size = chance(row * 4, 10);
        let bought = chance(row * 4 + 1, 10) < if size > 5 { 8 } else { 2 };
        let colour = ["red", "blue", "", "?"][chance(row * 4 + 2, 4) as usize];
        let maybe = if row % 3 == 0 { "?".to_owned() } else { format!("{}.5", chance(row * 4 + 3, 100)) };
        text += &format!("{row}|{size}|{colour}|7|{maybe}|{}\n", if bought { "yes" } else { "no" });
    }
    text
}

/// The clock of the visits.
const NOW_MS: u64 = 1_795_000_000_000;
const PLAN: &str = r#"{"version":1,"holdout":0,"slots":{"home.hero":{"kind":"choose","strategy":"category_affinity",
    "default":"welcome","minimum_evidence":0,"variants":{"lamps":{"categories":["lamps"]},"rugs":{"categories":["rugs"]}}},
    "home.row":{"kind":"fill","strategies":["recently_viewed","popular_with_source"],"limit":6,"minimum_evidence":0}}}"#;

/// A simulated log of three weeks: visits of the campaign "lamps" look at lamps, of the others one in five at
/// rugs; who has a product in the cart mostly buys.
fn log() -> String {
    let mut text =
        "event_time,event_type,product_id,category_code,price,user_session,utm_source,utm_campaign\n".to_owned();
    for visit in 0..3000_u64 {
        let ad = visit % 5 == 0;
        let rugs = !ad && visit % 25 < 6;
        let (category, first) = if rugs { ("rugs", 200) } else { ("lamps", 100) };
        let way = if ad { "cpc,lamps" } else { "," };
        let time = |step: u64| 1_700_000_000 + visit * 600 + step * 20;
        let mut line = |step: u64, kind: &str, item: u64| {
            text += &format!("{},{kind},{},{category},{},v{visit},{way}\n", time(step), first + item, 10 + item);
        };
        let looks = 1 + chance(visit * 8, 5);
        (0..looks).for_each(|look| line(look, "view", chance(visit * 8 + look + 1, 20)));
        if chance(visit * 8 + 6, 4) == 0 {
            line(looks, "cart", 3);
            if chance(visit * 8 + 7, 3) > 0 {
                line(looks + 1, "purchase", 3);
            }
        }
    }
    text
}

#[test]
fn a_table_is_scored_whatever_its_separators_names_and_gaps_are() {
    let folder = Folder::new("table");
    let more = ["--target", "bought", "--drop", "id"];
    for separator in ["|", ",", ";", "\t"] {
        let output = evaluate(&folder, &table().replace('|', separator), &[&more[..], &["--keep-duplicates"]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let json = folder.json();
        let auc = json["auc"].as_f64().unwrap();
        assert!((0.75..0.87).contains(&auc), "{auc}");
        for figure in ["average_precision", "brier", "ece", "table_bytes", "score_ns", "rows"] {
            assert!(json[figure].as_f64().unwrap() > 0.0, "{figure}");
        }
        assert_eq!(json["effects"][0]["name"], "size");
        assert_eq!(json["positive"], "yes");
        assert!(json["notes"].as_array().unwrap().iter().any(|note| note.as_str().unwrap().contains("always")));
    }
    let twice = table() + table().split_once('\n').unwrap().1;
    evaluate(&folder, &twice, &more);
    assert_eq!((folder.json()["duplicates_dropped"].as_u64(), folder.json()["rows"].as_u64()), (Some(900), Some(900)));
    evaluate(&folder, &twice, &["--target", "bought", "--group", "id"]);
    assert_eq!((folder.json()["rows"].as_u64(), folder.json()["groups"].as_u64()), (Some(1800), Some(900)));
}

#[test]
fn a_table_that_cannot_be_scored_is_refused_in_words() {
    let folder = Folder::new("refused");
    let target = ["--target", "bought"];
    refuses(&folder, &table(), &["--target", "sold"], &["a column \"sold\"", "id, size, colour"]);
    refuses(&folder, &table(), &["--target", "bought", "--drop", "none"], &["a column \"none\""]);
    refuses(&folder, &table(), &["--target", "colour"], &["line ", "field colour is nothing"]);
    refuses(&folder, &table(), &["--target", "size"], &["10 values", "two values under \"size\""]);
    refuses(&folder, "a,bought\n1,0\n2,0\n", &target, &["nothing but \"0\"", "nothing to learn"]);
    refuses(&folder, "a,bought\n1,0\n2\n", &target, &["line 3", "1 fields"]);
    refuses(&folder, "a,bought\n", &target, &["no row", "two values"]);
    refuses(&folder, "", &target, &["a column \"bought\""]);
    refuses(&folder, "bought\n1\n0\n", &target, &["0 columns to learn from"]);
}

#[test]
fn a_feature_that_may_only_raise_the_score_never_lowers_it() {
    let folder = Folder::new("monotone");
    let output = evaluate(&folder, &table(), &["--target", "bought", "--drop", "id", "--increasing", "size", "maybe"]);
    assert!(output.status.success());
    for name in ["size", "maybe"] {
        let json = folder.json();
        let Some(effect) = json["effects"].as_array().unwrap().iter().find(|effect| effect["name"] == name) else {
            continue;
        };
        let scores: Vec<i64> =
            effect["bins"].as_array().unwrap().iter().map(|bin| bin["score"].as_i64().unwrap()).collect();
        assert!(scores.is_sorted(), "{name}: {scores:?}");
    }
}

#[test]
fn a_log_is_evaluated_moment_by_moment_and_says_what_it_is_too_short_for() {
    let folder = Folder::new("events");
    let (log, json, html) = (folder.file("log.csv", &log()), folder.path("out.json"), folder.path("out.html"));
    let output = run(&["evaluate", "intent", "--events", &log, "--json", &json, "--html", &html]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json = folder.json();
    assert_eq!(json["target"], "purchase");
    // Most moments tell nothing: only a cart does.
    assert!(json["auc"].as_f64().unwrap() > 0.54, "{}", json["auc"]);
    assert!(json["ece"].as_f64().unwrap() < 0.05, "{}", json["ece"]);
    assert_eq!(
        json["targets"].as_array().unwrap().iter().map(|target| &target["target"]).collect::<Vec<_>>(),
        ["cart", "exit"]
    );
    assert!(fs::read_to_string(html).unwrap().contains("<svg"));
    let looks = folder.file("looks.csv", "event_time,event_type,product_id,user_session\n1,view,1,a\n2,view,2,a\n");
    let output = run(&["evaluate", "intent", "--events", &looks]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_visit_from_an_advertisement_sees_its_category_first_and_others_the_default() {
    let folder = Folder::new("prior");
    let log = folder.file("log.csv", &log());
    let model = train(&folder, &log, PLAN);
    let hero = |url: &str| {
        let session = Session::begin(Context::from_request("", "", url, LocalTime::UNKNOWN), NOW_MS);
        Decider::new(&model, &session, NOW_MS).explain("home.hero", &Place::default()).unwrap().variant
    };
    assert_eq!(hero("https://s.example/?utm_medium=cpc&utm_campaign=lamps"), Some("lamps".into()));
    assert_eq!(hero("https://s.example/"), None);
    let ad = Session::begin(
        Context::from_request("", "", "https://s.example/?utm_medium=cpc&utm_campaign=lamps", LocalTime::UNKNOWN),
        NOW_MS,
    );
    let row = |session: &Session| {
        let decision = Decider::new(&model, session, NOW_MS).explain("home.row", &Place::default()).unwrap();
        (decision.personalised, decision.items.into_iter().map(|pick| pick.item_id).collect::<Vec<_>>())
    };
    let (personalised, items) = row(&ad);
    assert!(personalised && items.len() == 6 && items.iter().all(|id| id.starts_with('1')), "{items:?}");
    assert_eq!(row(&Session::begin(Context { source: Source::Mail, ..Context::default() }, NOW_MS)), (false, vec![]));
    let mut back = Session::default();
    for (step, id) in ["203", "105"].iter().enumerate() {
        back.observe(&Event::of_item(
            EventKind::ViewItem,
            ItemKey::from_id(id),
            1_701_000_000_000 + step as u64 * 9000,
        ));
    }
    assert_eq!(row(&back).1[..2], ["105", "203"]);
    let report = intent(&model, &ad);
    assert_eq!(report.categories[0].category, "lamps");
    let scores = report.scores;
    assert!(
        scores.purchase_permille.is_some() && scores.exit_permille.is_none() && scores.incentive_permille.is_none()
    );
}

#[test]
fn a_model_of_the_log_knows_the_cart_explains_itself_and_takes_anything() {
    let folder = Folder::new("model");
    let log = folder.file("log.csv", &log());
    let model = train(&folder, &log, PLAN);
    let section = model.sections().range(Tag::INTENT, "INTE").unwrap();
    assert!(section.len() <= 12_000, "{} bytes", section.len());
    let mut session = Session::default();
    let observe = |session: &mut Session, kind, id: &str, secs: u64| {
        session.observe(&Event::of_item(kind, ItemKey::from_id(id), secs * 1000));
    };
    observe(&mut session, EventKind::ViewItem, "203", 1_701_000_000);
    let before = intent(&model, &session);
    observe(&mut session, EventKind::AddToCart, "203", 1_701_000_030);
    let after = intent(&model, &session);
    assert!(after.scores.purchase_permille > before.scores.purchase_permille, "{before:?} {after:?}");
    assert_eq!(after.scores.stage, Stage::Ready);
    for report in [&before, &after] {
        assert_eq!(report.reasons().iter().map(|reason| reason.weight).sum::<i32>(), report.scores.score);
    }

    // What was declared leads, whatever was looked at.
    let categories = vec![CategoryKey::from_path("lamps")];
    let item = ItemKey::from_id("");
    let declared = Event { items: Vec::new(), categories, ..Event::of_item(EventKind::Preference, item, 0) };
    session.observe(&declared);
    assert_eq!(intent(&model, &session).categories[0].category, "lamps");

    // Ten thousand events, unknown products, a clock that runs backwards.
    for step in 0..10_000_u64 {
        let (_, kind) = EventKind::ALL[(step % 14) as usize];
        observe(&mut session, kind, &format!("unknown-{}", step % 37), 1_701_900_000 - step);
        let report = intent(&model, &session);
        assert_eq!(report.reasons().iter().map(|reason| reason.weight).sum::<i32>(), report.scores.score);
    }
    assert!(session.to_token().len() <= slotwise::session::MAX_TOKEN);
}

/// A shop of four categories, and slots that need one piece of evidence.
const BRANCHES: &str = r#"{"version":1,"holdout":0,"slots":{"home.hero":{"kind":"choose","default":"welcome","minimum_evidence":1,
    "variants":{"garden":{"categories":["garden"]},"kitchen":{"categories":["kitchen"]}}},
    "home.row":{"kind":"fill","strategies":["category_bestsellers"],"limit":4,"minimum_evidence":1}}}"#;

#[test]
fn a_declared_category_counts_with_all_below_it_and_is_evidence() {
    let folder = Folder::new("branches");
    let mut text = "event_time,event_type,product_id,category_code,user_session\n".to_owned();
    for at in 0..120_u64 {
        let product = chance(at, 12);
        let category = ["garden.lamps.wall", "garden.lamps", "garden.hoses", "kitchen.pans"][product as usize % 4];
        text += &format!("{},view,{product},{category},s{}\n", 1_700_000_000 + at, at / 3);
    }
    let model = train(&folder, &folder.file("log.csv", &text), BRANCHES);
    let declare = |path: &str| {
        let mut session = Session::default();
        let categories = vec![CategoryKey::from_path(path)];
        let item = ItemKey::from_id("");
        session.observe(&Event { items: Vec::new(), categories, ..Event::of_item(EventKind::Preference, item, 1000) });
        session
    };
    let rows =
        [("garden", vec![0, 1, 2]), ("garden.lamps", vec![0, 1]), ("garden.hoses", vec![2]), ("kitchen", vec![3])];
    for (path, kinds) in rows {
        let session = declare(path);
        let mut decider = Decider::new(&model, &session, 1000);
        let hero = decider.explain("home.hero", &Place::default()).unwrap();
        assert_eq!(hero.variant.as_deref(), path.split('.').next(), "{path}: {hero:?}");
        let row = decider.explain("home.row", &Place::default()).unwrap();
        let mut found: Vec<u64> = row.items.iter().map(|item| item.item_id.parse::<u64>().unwrap() % 4).collect();
        assert!(!found.is_empty() && found.iter().all(|kind| kinds.contains(kind)), "{path}: {found:?}");
        found.sort_unstable();
        found.dedup();
        assert!(found.len() > 1 || kinds.len() == 1, "{path}: only {found:?}");
    }
    let unknown = declare("attic");
    let row = Decider::new(&model, &unknown, 1000).explain("home.row", &Place::default()).unwrap();
    assert!(!row.personalised);
}

#[test]
fn scoring_allocates_nothing() {
    let folder = Folder::new("allocations");
    let log = folder.file("log.csv", &log());
    let model = train(&folder, &log, PLAN);
    let mut session = Session::default();
    for step in 0..30_u64 {
        let (_, kind) = EventKind::ALL[(step % 7) as usize];
        session.observe(&Event::of_item(
            kind,
            ItemKey::from_id(&format!("{}", 100 + step)),
            1_701_000_000_000 + step * 9000,
        ));
    }
    let mut sum = 0;
    let counted = allocation_counter::measure(|| {
        let features = Features::of(&session, &model);
        let tables = model.intent();
        sum = [&tables.purchase, &tables.cart, &tables.exit].iter().map(|table| table.score(&features.0)).sum();
    });
    assert_ne!(sum, 0);
    assert_eq!(counted.count_total, 0);
}

/// The peer is a Python package: where none is at hand the test says so and is skipped.
#[test]
fn the_peer_gets_the_same_rows_and_folds() {
    let python = std::env::var("SLOTWISE_PYTHON").unwrap_or_else(|_| "python3".into());
    let there = Command::new(&python).args(["-c", "import lightgbm"]).output().is_ok_and(|run| run.status.success());
    if !there {
        eprintln!("skipped: {python} has no package lightgbm");
        return;
    }
    let folder = Folder::new("peer");
    let output = evaluate(&folder, &table(), &["--target", "bought", "--drop", "id", "--peer"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json = folder.json();
    let (ours, peer) = (json["auc"].as_f64().unwrap(), json["peer"]["auc"].as_f64().unwrap());
    assert!((ours - peer).abs() < 0.06, "{ours} {peer}");
}
