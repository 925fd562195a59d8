//! The merchandiser's tools as people use them: `check`, `preview`, `diff`, and what they say to bad plans.

mod folder;

use folder::{Folder, run};
use slotwise::snapshot::plan::Strategy;
use std::fs;
use std::process::Output;

/// A log of lamps and pans, and a snapshot trained on it with a plan.
fn shop(name: &str, plan: &str) -> Folder {
    let folder = Folder::new(name);
    let mut log = "event_time,event_type,product_id,category_code,brand,price,user_session\n".to_owned();
    for at in 0..240_u32 {
        let (category, brand) = if at % 2 == 0 { ("home.lamps", "lumo") } else { ("kitchen.pans", "ferro") };
        let kind = if at % 9 == 0 { "cart" } else { "view" };
        let line = [
            &(at * 40).to_string(),
            kind,
            &(100 + at % 24).to_string(),
            category,
            brand,
            "19.90",
            &format!("s{}", at / 4),
        ];
        log += &(line.join(",") + "\n");
    }
    folder.file("log.csv", &log);
    folder.file("plan.json", plan);
    assert!(run(&["keygen", "--out", &folder.path("key")]).status.success());
    let output = train(&folder, &folder.path("plan.json"), "out");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

fn train(folder: &Folder, plan: &str, out: &str) -> Output {
    let (log, key, out) = (folder.path("log.csv"), folder.path("key.secret"), folder.path(out));
    run(&["train", "--rounds", "0", "--events", &log, "--plan", plan, "--key", &key, "--out", &out])
}

const PLAN: &str = r#"{"version":1,"holdout":0,"slots":{
    "home.hero":{"kind":"choose","default":"own","variants":{"lamps":{"categories":["home.lamps"]}}},
    "home.row":{"kind":"fill","strategies":["next_item","bestsellers"],"limit":4,"pins":[{"item":"101","place":2}]}}}"#;

fn out(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A plan, and what has to be said of it.
fn says(plan: &str, words: &[&str]) {
    let folder = Folder::new(&format!("bad-{:x}", xxhash_rust::xxh64::xxh64(plan.as_bytes(), 0)));
    let output = run(&["check", &folder.file("plan.json", plan)]);
    folder.refused(&output, words, "nothing");
}

#[test]
fn an_unknown_name_brings_a_suggestion() {
    let slot = |slot: &str| format!(r#"{{"version":1,"slots":{{"a":{slot}}}}}"#);
    says(
        &slot(r#"{"kind":"fill","strategies":["similiar_items"],"diversty":0.2}"#),
        &[
            "slots.a.strategies[0] is \"similiar_items\"",
            "did you mean similar_items?",
            "slots.a.diversty is unknown",
            "did you mean diversity?",
        ],
    );
    says(
        &slot(r#"{"kind":"fill","strategies":["trending"],"audience":"deal seekrs"}"#),
        &["slots.a.audience is \"deal seekrs\"", "none is defined"],
    );
    says(
        r#"{"version":1,"audiences":{"deal seekers":{"stage":"comparin"}},"slots":{"a":{"kind":"fill","strategies":["trending"],"audience":"deal seekrs"}}}"#,
        &["did you mean deal seekers?", "audiences.deal seekers.stage is \"comparin\"", "did you mean comparing?"],
    );
    says(
        r#"{"version":1,"offers":{"free_delivery":{}},"texts":{"because.vewed":"x","because.new":"{name}!"},
           "slots":{"a":{"kind":"offer","offers":["free_delivry"]},"b":{"kind":"fill","strategies":["trending"],"reserve":{"trendng":1}}}}"#,
        &[
            "did you mean free_delivery?",
            "did you mean because.viewed?",
            "texts.because.new is",
            "without {name}",
            "slots.b.reserve.trendng is unknown",
            "did you mean trending?",
        ],
    );
}

#[test]
fn what_contradicts_itself_is_told() {
    says(
        r#"{"version":1,"guardrails":{"out_of_stock":[7]},"slots":{
           "a":{"kind":"fill","strategies":["trending"],"pins":[{"item":5,"place":1}],"bans":{"items":[5]}},
           "b":{"kind":"fill","strategies":["trending"],"pins":[{"item":7,"place":1},{"item":8,"place":1}]},
           "c":{"kind":"fill","strategies":["trending"],"limit":2,"reserve":{"new_arrivals":3}}}}"#,
        &[
            "slots.a.pins is contradictory: the product at place 1 is banned by slots.a.bans.items",
            "slots.b.pins is contradictory: the product at place 1 is banned by guardrails",
            "slots.b.pins[1] is a second product at place 1",
            "slots.c.reserve keeps 3 places, expected at most the 2 of the row",
        ],
    );
}

#[test]
fn a_key_that_is_there_twice_is_told_and_a_byte_order_mark_is_none_of_the_plan() {
    says(
        r#"{"version":1,"slots":{"a":{"kind":"fill","strategies":["trending"],"limit":4,"limit":8},
           "a":{"kind":"fill","strategies":["bestsellers"]}}}"#,
        &["slots.a.limit is there twice", "slots.a is there twice, expected each key once"],
    );
    let folder = Folder::new("mark");
    let plan = folder.file("plan.json", &format!("\u{feff}{PLAN}"));
    assert!(out(&run(&["check", &plan])).contains("2 slots, 0 of them in experiments"));
}

#[test]
fn an_audience_that_nobody_can_be_in_is_told_once_where_it_is_named() {
    let slot = r#"{"kind":"fill","strategies":["trending"],"audience":"#;
    let folder = Folder::new("nobody");
    let plan = format!(
        r#"{{"version":1,"audiences":{{"new":{{"events":{{"purchase":1}}}},"odd":{{"all":["new",{{"not":"new"}}]}}}},
           "offers":{{"gift":{{"audience":{{"purchase":{{"from":0.6}},"all":[{{"purchase":{{"to":0.4}}}},{{"device":"phone"}}]}}}}}},
           "slots":{{"a":{slot}"odd"}},
           "b":{slot}{{"all":[{{"source":["mail","search"]}},{{"source":"paid"}}]}}}},
           "c":{slot}{{"any":["odd",{{"device":"phone"}}]}}}},
           "d":{slot}{{"all":[{{"source":["mail","search"]}},{{"source":["paid","mail"]}},{{"not":"odd"}}]}}}},
           "e":{slot}{{"schedule":{{"weekdays":[]}}}}}},
           "f":{{"kind":"offer","offers":[]}}}}}}"#
    );
    let output = run(&["check", &folder.file("plan.json", &plan)]);
    let words = [
        "audiences.odd is met by no visit: it asks for a condition and for its opposite",
        "offers.gift.audience is met by no visit: two of its conditions on purchase exclude each other",
        "slots.b.audience is met by no visit: two of its conditions on source exclude each other",
        "slots.e.audience.schedule.weekdays is [], expected at least one of mon",
        "slots.f.offers is [], expected a list of published offers",
    ];
    folder.refused(&output, &words, "nothing");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(["slots.a", "slots.c", "slots.d"].iter().all(|slot| !said.contains(slot)), "{said}");
}

#[test]
fn slots_that_the_shops_data_leave_empty_are_warned_of() {
    let folder = shop("empty", PLAN);
    let plan = folder.file(
        "plan.json",
        r#"{"version":1,"offers":{"gift":{}},"slots":{
           "a":{"kind":"fill","strategies":["bestsellers"],"bans":{"categories":["home.lamps"],"brands":["ferro"]}},
           "b":{"kind":"fill","strategies":["next_item","popular_with_source"],"limit":4},
           "c":{"kind":"fill","strategies":["popular_with_source"],"limit":4},
           "d":{"kind":"fill","strategies":["trending"],"price_floor":20},
           "e":{"kind":"offer","offers":["gift"]},
           "f":{"kind":"offer","offers":["gift"],"experiment":{"control":"x","arms":{"x":{"own":true},"y":{}}}},
           "g":{"kind":"fill","strategies":["recommended_for_you","similar_items","recently_viewed"]}}}"#,
    );
    let said = out(&run(&["check", &plan, "--published", &folder.path("out")]));
    for words in [
        "warning: slots.a never shows anything: bans and price floors leave 0 of 24 products",
        "warning: slots.b asks for popular_with_source, which proposes nothing with this log: no traffic source",
        "warning: slots.c never shows anything: popular_with_source can propose nothing",
        "warning: slots.d never shows anything",
        "warning: slots.e never makes an offer: the log has no offers made at random",
        "no mistakes, 5 warnings",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    assert!(!said.contains("slots.f") && !said.contains("slots.g"), "{said}");
    // Whoever trains with the plan is told too.
    let trained = out(&train(&folder, &plan, "other"));
    assert!(trained.contains("plan      warning: slots.e never makes an offer"), "{trained}");
}

#[test]
fn shares_have_to_add_up() {
    says(
        r#"{"version":1,"holdout":0.9,"slots":{
           "a":{"kind":"fill","strategies":[{"use":"trending","share":0.7},{"use":"next_item","share":0.5}]},
           "b":{"kind":"fill","strategies":[{"use":"trending","share":0.7},"next_item"]},
           "c":{"kind":"fill","strategies":["trending"],"experiment":{"control":"x","arms":{"x":{"share":0.8},"y":{"share":0.4}}}}}}"#,
        &[
            "holdout is 0.9, expected a number from 0 to 0.5",
            "slots.a.strategies has shares of 120 % altogether, expected at most 100 %",
            "slots.b.strategies has shares for 1 of 2 strategies, expected all or none",
            "slots.c.experiment.arms has shares of 120.0 % altogether, expected 100 %",
        ],
    );
}

#[test]
fn an_experiment_needs_a_control() {
    says(
        r#"{"version":1,"slots":{
           "a":{"kind":"fill","strategies":["trending"],"experiment":{"arms":{"x":{},"y":{"limit":4}}}},
           "b":{"kind":"fill","strategies":["trending"],"experiment":{"control":"plan","arms":{"plain":{},"y":{"own":true}}}},
           "c":{"kind":"fill","strategies":["trending"],"experiment":{"control":"x","arms":{"x":{}}}}}}"#,
        &[
            "slots.a.experiment.control is nothing, expected the name of the arm the others are compared with, one of x, y",
            "slots.b.experiment.control is \"plan\"",
            "did you mean plain?",
            "slots.c.experiment.arms is",
            "two arms or more",
        ],
    );
}

#[test]
fn conditions_that_are_made_of_themselves_are_refused() {
    says(
        r#"{"version":1,"audiences":{"a":{"all":["b",{"device":"phone"}]},"b":{"not":"c"},"c":{"any":["a"]}},
           "slots":{"x":{"kind":"fill","strategies":["trending"],"audience":"a"}}}"#,
        &["is circular (a -> b -> c -> a), expected an audience that is not made of itself"],
    );
}

#[test]
fn schedules_and_bounds_are_checked() {
    says(
        r#"{"version":1,"slots":{"a":{"kind":"fill","strategies":["trending"],"limit":0,"at_least":9,
           "schedule":{"from":"2026-12-01","until":"2026-11-01","hours":[8],"weekdays":["mo"],"months":["nov"]}},
           "b":{"kind":"order"},"c":{"kind":"fill","strategies":["trending"],"audience":{"cart":{"from":0.5,"to":0.2}}}}}"#,
        &[
            "slots.a.limit is 0",
            "slots.a.schedule is",
            "an end after the beginning",
            "slots.a.schedule.hours is [8], expected two hours",
            "slots.a.schedule.weekdays is \"mo\"",
            "slots.b.by is nothing, expected categories or products",
            "slots.c.audience.cart is",
            "from not above to",
        ],
    );
}

#[test]
fn a_slot_that_no_page_has_is_told() {
    let folder = Folder::new("pages");
    fs::create_dir_all(folder.0.join("pages/deep")).unwrap();
    folder.file("pages/home.html", r#"<div data-slotwise="home.hero"></div><ul data-slotwise='home.rows'></ul>"#);
    folder.file("pages/deep/x.html", "<p data-slotwise=\"other.slot\">");
    let plan = folder.file("plan.json", PLAN);
    let output = run(&["check", &plan, "--pages", &folder.path("pages")]);
    let words = ["slots.home.row is in none of the 2 pages", "data-slotwise=\"home.row\"", "did you mean home.rows?"];
    folder.refused(&output, &words, "nothing");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("slots.home.hero"));
    folder.file("pages/home.html", r#"<div data-slotwise="home.hero"></div><ul data-slotwise='home.row'></ul>"#);
    assert!(
        out(&run(&["check", &plan, "--pages", &folder.path("pages")])).contains("2 slots, 0 of them in experiments")
    );
    // A panel that opens on leaving never opens where nothing closes it.
    let plan = folder.file("plan.json", &PLAN.replace(r#""limit":4"#, r#""limit":4,"show":"exit""#));
    let output = run(&["check", &plan, "--pages", &folder.path("pages")]);
    folder.refused(&output, &["slots.home.row is shown on exit, and nothing in the 2 pages closes it"], "nothing");
    folder.file("pages/panel.html", "<button data-slotwise-close>");
    out(&run(&["check", &plan, "--pages", &folder.path("pages")]));
}

#[test]
fn what_is_shown_on_exit_and_what_words_mean_is_checked() {
    says(
        r#"{"version":1,"terms":{"lamp":[],"  ":["home.lamps"],"pan":"kitchen.pans"},"slots":{
           "a":{"kind":"order","by":"categories","show":"exit"},
           "b":{"kind":"fill","strategies":["trending"],"show":"exit","most_shown":2},
           "c":{"kind":"fill","strategies":["trending"],"show":"exitt"}}}"#,
        &[
            "terms.lamp is []",
            "terms.   is",
            "expected words of at most 64 bytes",
            "terms.pan is \"kitchen.pans\"",
            "slots.a.show is \"exit\", expected page",
            "slots.b.most_shown is 2, expected nothing",
            "slots.c.show is \"exitt\"",
            "did you mean exit?",
        ],
    );
    let folder = shop("words", PLAN);
    let plan =
        folder.file("other.json", &PLAN.replace(r#""version":1"#, r#""version":1,"terms":{"light":["home.lmaps"]}"#));
    let output = run(&["check", &plan, "--published", &folder.path("out")]);
    folder.refused(&output, &["terms.light[0] is \"home.lmaps\"", "did you mean home.lamps?"], "nothing");
}

#[test]
fn a_page_about_a_category_or_a_search_shows_what_fits_it() {
    let plan = r#"{"version":1,"holdout":0,"terms":{"light":["home.lamps"],"frying":["kitchen.pans"]},"slots":{
        "search.hero":{"kind":"choose","default":"own","minimum_evidence":0,"variants":{
            "lamps":{"categories":["home.lamps"]},"pans":{"categories":["kitchen"]}}},
        "search.leaving":{"kind":"fill","show":"exit","minimum_evidence":0,"strategies":["bestsellers"]},
        "search.aisles":{"kind":"order","by":"categories","minimum_evidence":0}}}"#;
    let folder = shop("about", plan);
    let visit = folder.file(
        "visit.json",
        r#"{"events":[{"name":"view_item","params":{"items":[{"item_id":"100"}]}},
           {"name":"view_item","params":{"items":[{"item_id":"102"}]}}]}"#,
    );
    let published = folder.path("out");
    let decide = |slot: &str, more: &[&str]| -> serde_json::Value {
        let words = [&["preview", "--published", &published, "--slot", slot, "--json"], more].concat();
        serde_json::from_str::<serde_json::Value>(&out(&run(&words))).unwrap()[0].clone()
    };
    let hero = |more: &[&str]| decide("search.hero", more);
    // Nobody has looked at anything: the page's own category or words decide, where there are any.
    assert_eq!(hero(&[])["personalised"], false);
    for (about, variant) in [
        ("home.lamps", "lamps"),
        ("kitchen", "pans"),
        ("Red LAMPS, please", "lamps"),
        ("a frying thing", "pans"),
        ("kitchen lights and pans", "pans"),
    ] {
        let shown = hero(&["--about", about]);
        assert_eq!((&shown["variant"], &shown["score"]), (&variant.into(), &1000.into()), "{about}");
        let reasons = serde_json::to_string(&shown["reasons"]).unwrap();
        assert!(reasons.contains("the page is about") && !reasons.to_lowercase().contains("please"), "{reasons}");
    }
    let unknown = hero(&["--about", "sofa home2"]);
    assert_eq!(unknown["personalised"], false, "{unknown}");
    // A visit about lamps: on a page about pans it sees pans, on a page about nothing known it sees lamps.
    assert_eq!(hero(&["--session", &visit])["variant"], "lamps");
    assert_eq!(hero(&["--session", &visit, "--about", "pans"])["variant"], "pans");
    assert_eq!(hero(&["--session", &visit, "--about", "sofa"])["variant"], "lamps");
    let keys = ["--keys", "garden", "--keys", "home", "--keys", "kitchen.pans"];
    let order = |more: &[&str]| decide("search.aisles", &[&keys[..], more].concat())["order"].clone();
    assert_eq!(order(&["--session", &visit]), serde_json::json!(["home", "garden", "kitchen.pans"]));
    assert_eq!(
        order(&["--session", &visit, "--about", "frying pan"]),
        serde_json::json!(["kitchen.pans", "home", "garden"])
    );
    let panel = decide("search.leaving", &[]);
    assert_eq!((&panel["personalised"], &panel["exit"]), (&true.into(), &true.into()), "{panel}");
}

#[test]
fn the_demo_uses_every_strategy_and_guardrail() {
    let root = env!("CARGO_MANIFEST_DIR");
    let text = fs::read_to_string(format!("{root}/www/plan.json")).unwrap();
    for (name, _) in Strategy::ALL {
        assert!(text.contains(&format!("\"{name}\"")), "the demo's plan does not use {name}");
    }
    for guardrail in [
        "reserve",
        "category_cap",
        "brand_cap",
        "diversity",
        "stickiness",
        "pins",
        "boosts",
        "bans",
        "price_floor",
        "seasons",
        "sensitive",
        "most_shown",
        "minimum_evidence",
        "schedule",
        "audience",
        "experiment",
        "holdout",
        "show",
        "terms",
        "bundle",
        "complements",
        "pictures",
    ] {
        assert!(text.contains(&format!("\"{guardrail}\"")), "the demo's plan does not use {guardrail}");
    }
}

/// The keys a message about an unknown one lists.
fn known_keys(plan: &str) -> Vec<String> {
    let problems = slotwise::plan::compile(plan, None).unwrap_err();
    let listed = problems.iter().filter(|problem| problem.contains("nonsense"));
    let (_, keys) = listed.clone().find_map(|problem| problem.split_once("expected one of ")).unwrap();
    let mut keys: Vec<String> = keys.split("; did").next().unwrap().split(", ").map(str::to_owned).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn the_schema_and_the_check_know_the_same_keys() {
    let schema: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/js/plan.schema.json")).unwrap())
            .unwrap();
    let published = |schema: &serde_json::Value| {
        let mut keys: Vec<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        keys.sort_unstable();
        keys
    };
    let fill =
        |more: &str| format!(r#"{{"version":1,"slots":{{"a":{{"kind":"fill","strategies":["trending"],{more}}}}}}}"#);
    let arm = |slot: &str| {
        let experiment = r#""experiment":{"control":"x","arms":{"x":{"nonsense":1},"y":{}}}"#;
        format!(r#"{{"version":1,"offers":{{"o":{{}}}},"slots":{{"a":{{{slot},{experiment}}}}}}}"#)
    };
    let slot = |kind: &str| format!(r#"{{"version":1,"slots":{{"a":{{"kind":"{kind}","nonsense":1}}}}}}"#);
    let (fills, orders) = (r#""kind":"fill","strategies":["trending"]"#, r#""kind":"order","by":"products""#);
    let chooses = r#""kind":"choose","default":"a","variants":{"b":{"audience":{"stage":"ready"}}}"#;
    for (name, plan) in [
        ("", r#"{"version":1,"slots":{},"nonsense":1}"#.into()),
        ("published", r#"{"version":1,"slots":{},"offers":{"o":{"nonsense":1}}}"#.into()),
        ("guardrails", r#"{"version":1,"slots":{},"guardrails":{"nonsense":1}}"#.into()),
        ("products", r#"{"version":1,"slots":{},"guardrails":{"bans":{"nonsense":1}}}"#.into()),
        ("season", r#"{"version":1,"slots":{},"guardrails":{"seasons":[{"nonsense":1}]}}"#.into()),
        ("schedule", fill(r#""schedule":{"nonsense":1}"#)),
        ("all", fill(r#""audience":{"nonsense":1}"#)),
        ("interest", fill(r#""audience":{"interest":{"nonsense":1}}"#)),
        ("bounds", fill(r#""audience":{"exit":{"nonsense":1}}"#)),
        ("pin", fill(r#""pins":[{"nonsense":1}]"#)),
        ("boost", fill(r#""boosts":[{"nonsense":1}]"#)),
        ("share", slot("fill").replace(r#""nonsense":1"#, r#""strategies":[{"nonsense":1}]"#)),
        ("variant", slot("choose").replace(r#""nonsense":1"#, r#""variants":{"b":{"nonsense":1}}"#)),
        ("experiment_of_fill", fill(r#""experiment":{"nonsense":1}"#)),
        ("choose", slot("choose")),
        ("fill", slot("fill")),
        ("order", slot("order")),
        ("offer", slot("offer")),
        ("bundle", slot("bundle")),
        ("set", r#"{"version":1,"slots":{},"bundles":{"s":{"nonsense":1}}}"#.into()),
        ("variant", r#"{"version":1,"slots":{},"pictures":{"t":{"nonsense":1}}}"#.into()),
    ] {
        let object = if name.is_empty() { &schema } else { &schema["$defs"][name] };
        assert_eq!(known_keys(&plan), published(object), "{name}");
    }
    // An arm may set what its slot's kind has, and not what every slot has.
    for (name, plan) in [("choose", arm(chooses)), ("fill", arm(fills)), ("order", arm(orders))] {
        let shared = ["kind", "minimum_evidence", "audience", "schedule", "most_shown", "show", "experiment"];
        let own: Vec<String> = known_keys(&plan).into_iter().filter(|key| !shared.contains(&key.as_str())).collect();
        assert_eq!(own, published(&schema["$defs"][format!("arm_of_{name}")]), "{name}");
    }
}

#[test]
fn a_preview_shows_what_a_visit_would_get_and_why() {
    let folder = shop("preview", PLAN);
    let visit = folder.file(
        "visit.json",
        r#"{"url":"https://s.example/?utm_medium=cpc","events":[{"name":"view_item","params":{"items":[{"item_id":"100"}]}},
           {"name":"view_item","params":{"items":[{"item_id":"102"}]}}]}"#,
    );
    let published = folder.path("out");
    let text = out(&run(&["preview", "--published", &published, "--session", &visit]));
    for word in [
        "home.hero (choose, arm model, drawn with 100 %)",
        "shows    \"lamps\"",
        "view_item Lumo lamps 102",
        "pinned",
        "in places fixed by the plan",
    ] {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
    // Another plan on the same snapshot, before anything is published.
    let other = folder.file("other.json", &PLAN.replace(r#""limit":4"#, r#""limit":2"#));
    let json = out(&run(&[
        "preview",
        "--published",
        &published,
        "--plan",
        &other,
        "--session",
        &visit,
        "--slot",
        "home.row",
        "--json",
    ]));
    let decisions: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(decisions[0]["items"].as_array().unwrap().len(), 2);
    let sum: i64 =
        decisions[0]["reasons"].as_array().unwrap().iter().map(|reason| reason["weight"].as_i64().unwrap()).sum();
    assert_eq!(decisions[0]["score"].as_i64().unwrap(), sum);
    let before = out(&run(&["preview", "--published", &published]));
    assert!(before.contains("0 of the 1 product events this slot asks for"), "{before}");
    let wrong = folder.file("wrong.json", r#"{"events":[{"name":"page_view"}]}"#);
    let output = run(&["preview", "--published", &published, "--session", &wrong]);
    folder.refused(&output, &["event 1 is named \"page_view\", expected a GA4 name"], "nothing");
}

#[test]
fn a_diff_counts_what_a_new_plan_or_snapshot_would_change() {
    let folder = shop("diff", PLAN);
    let (log, published) = (folder.path("log.csv"), folder.path("out"));
    let same = out(&run(&["diff", &published, &published, "--events", &log]));
    let line = |text: &str, slot: &str| text.lines().find(|line| line.starts_with(slot)).unwrap().to_owned();
    assert!(line(&same, "home.row").ends_with("0.0 %        100.0 %"), "{same}");
    let other =
        folder.file("other.json", &PLAN.replace("next_item", "new_arrivals").replace("home.lamps", "kitchen.pans"));
    let plan = folder.path("plan.json");
    let words = ["diff", &plan, &other, "--published", &published, "--events", &log];
    let text = out(&run(&words));
    assert!(text.contains("becomes") && text.contains("because"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&out(&run(&[&words[..], &["--json"]].concat()))).unwrap();
    assert_eq!(json["home.row"]["visits"], 60);
    assert!(json["home.row"]["changed"].as_u64().unwrap() > 30, "{json}");
    assert!(json["home.hero"]["changed"].as_u64().unwrap() > 30, "{json}");
    let output = run(&["diff", &plan, &other, "--events", &log]);
    folder.refused(&output, &["is a plan, expected --published"], "nothing");
}

#[test]
fn a_product_the_catalogue_calls_sold_out_is_not_recommended() {
    let folder = shop("stock", &PLAN.replace(r#","pins":[{"item":"101","place":2}]"#, ""));
    let visit =
        folder.file("visit.json", r#"{"events":[{"name":"view_item","params":{"items":[{"item_id":"100"}]}}]}"#);
    let row = |out_at: &str| {
        let json = out(&run(&[
            "preview",
            "--published",
            &folder.path(out_at),
            "--session",
            &visit,
            "--slot",
            "home.row",
            "--json",
        ]));
        let decisions: serde_json::Value = serde_json::from_str(&json).unwrap();
        let items = decisions[0]["items"].as_array().unwrap().clone();
        items.iter().map(|pick| pick["item_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = row("out")[0].clone();
    let catalogue = folder.file("catalogue.csv", &format!("product_id,stock\n{first},0\n"));
    let (log, key, plan, again) =
        (folder.path("log.csv"), folder.path("key.secret"), folder.path("plan.json"), folder.path("again"));
    out(&run(&[
        "train",
        "--rounds",
        "0",
        "--events",
        &log,
        "--catalogue",
        &catalogue,
        "--plan",
        &plan,
        "--key",
        &key,
        "--out",
        &again,
    ]));
    assert!(!row("again").contains(&first));
    assert_eq!(row("again").len(), 4);
}

#[test]
fn a_mistake_in_a_language_is_told_by_its_path() {
    says(
        r#"{"version":1,"bundles":{"set":{"title":"x","items":["1","2"]}},"slots":{},"locales":{
           "default":{"price":"9.99","currency":"USD"},
           "de_AT":{},"de":{"currency":"eur"},"DE":{},
           "fr":{"price":"1.299,000 €","url_pattern":"/fr/p","categories":{"a":""},"bundles":{"sets":{},"set":{"titel":"y"}}},
           "pl":{"url_pattern":"javascript:{id}","texts":{"because.new":"{name}"}}}}"#,
        &[
            "locales.default.price is \"9.99\", expected an example of at least 1,000",
            "locales.default.currency is unknown, expected one of price, categories",
            "locales.de_AT has a name that is no language, expected a BCP 47 language tag such as de or de-AT, or default",
            "locales.de.currency is \"eur\", expected an ISO 4217 code",
            "locales.de.price is nothing, expected an example of a price in this currency",
            "is there twice",
            "locales.fr.price is \"1.299,000 €\", expected",
            "locales.fr.url_pattern is \"/fr/p\", expected a link",
            "locales.fr.categories.a is \"\", expected a name",
            "locales.fr.bundles.sets is unknown, expected one of set; did you mean set?",
            "locales.fr.bundles.set.titel is unknown",
            "locales.pl.url_pattern is",
            "locales.pl.texts.because.new is",
        ],
    );
}
