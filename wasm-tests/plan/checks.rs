//! What `check` and `train` say of a plan.

use super::*;

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
