//! What a plan does: pages about a category, the demo, the schema, `preview`, `diff`, and products that are sold out.

use super::*;
use slotwise::snapshot::plan::Strategy;

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
