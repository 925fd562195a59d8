//! Bundles and pictures as a shop uses them: from plan and catalogue to what a visit is shown, and what is told of mistakes.

mod folder;

use folder::{Folder, run};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A catalogue of four products; the lamp has a picture for people who look at pans, and one for those who care for `lumo`.
const PRODUCTS: &str = "\
product_id,image,images,image[gift]
1,/1.jpg,\"[{\"\"url\"\":\"\"/1-pans.jpg\"\",\"\"tags\"\":[\"\"kitchen\"\"]},{\"\"url\"\":\"\"/1-lumo.jpg\"\",\"\"tags\"\":[\"\"lumo\"\"]}]\",/1-gift.jpg
2,/2.jpg,,
3,,,
4,,,
";
const PLAN: &str = r#"{"version":1,"holdout":0,
    "bundles":{"evening":{"title":"Light and heat","price":"29 €","items":["1","2"]},
        "phones":{"title":"For phones","items":["3","4"],"audience":{"device":"phone"}}},
    "pictures":{"gift":{"audience":{"events":{"purchase":1}}}},
    "slots":{"a.row":{"kind":"fill","strategies":["bestsellers"],"limit":4,"seen":"allow"},
        "b.set":{"kind":"bundle","bundles":["evening","phones"]},
        "c.cart":{"kind":"bundle","complements":2}}}"#;

/// A shop whose visits put product 1 and then product 2 into the cart, now and then 3.
fn shop(name: &str) -> Folder {
    let folder = Folder::new(name);
    let mut log = "event_time,event_type,product_id,category_code,brand,price,user_session\n".to_owned();
    for visit in 0..60_u32 {
        for (step, item) in [1, 2, if visit % 5 == 0 { 3 } else { 4 }].into_iter().enumerate() {
            let (category, brand) = if item == 1 { ("home.lamps", "lumo") } else { ("kitchen.pans", "ferro") };
            for kind in if item == 4 { &["view"][..] } else { &["view", "cart"] } {
                let seconds = visit * 100 + step as u32 * 10;
                writeln!(log, "{seconds},{kind},{item},{category},{brand},19.90,s{visit}").unwrap();
            }
        }
    }
    folder.file("log.csv", &log);
    folder.file("products.csv", PRODUCTS);
    folder.file("plan.json", PLAN);
    assert!(run(&["keygen", "--out", &folder.path("key")]).status.success());
    folder
}

/// Trains the shop with these further words; what was printed.
fn trained(folder: &Folder) -> String {
    let [log, products, plan, key, out] =
        ["log.csv", "products.csv", "plan.json", "key.secret", "out"].map(|name| folder.path(name));
    let words = ["train", "--rounds", "0", "--events", &log, "--catalogue", &products, "--plan", &plan];
    let output = run(&[&words[..], &["--key", &key, "--out", &out]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a visit with these events is shown in a slot.
fn shown(folder: &Folder, slot: &str, events: &[(&str, &str)], more: &[&str]) -> Value {
    let events: Vec<Value> =
        events.iter().map(|(name, id)| json!({ "name": name, "params": { "items": [{ "item_id": id }] } })).collect();
    let visit = folder.file("visit.json", &json!({ "events": events }).to_string());
    let (published, at) = (folder.path("out"), "100000");
    let words = ["preview", "--published", &published, "--json", "--slot", slot, "--session", &visit, "--at", at];
    let output = run(&[&words[..], more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice::<Value>(&output.stdout).unwrap()[0].take()
}

fn ids(decision: &Value) -> Vec<&str> {
    decision["items"].as_array().unwrap().iter().map(|pick| pick["item_id"].as_str().unwrap()).collect()
}

#[test]
fn a_card_shows_the_picture_that_fits_the_visit_and_says_why() {
    let folder = shop("pictures");
    assert!(!trained(&folder).contains("pictures  with tags"), "all tags are known");
    let picture = |events: &[(&str, &str)]| {
        let row = shown(&folder, "a.row", events, &[]);
        let of = |id: &str| {
            let picks = row["items"].as_array().unwrap();
            picks.iter().find(|pick| pick["item_id"] == id).map(|pick| pick["picture"].clone())
        };
        assert_eq!(of("2"), Some(Value::Null), "one picture needs no reason");
        of("1").unwrap()
    };
    let seen = picture(&[("view_item", "1"), ("view_item", "2"), ("view_item", "2")]);
    assert_eq!((&seen["image"], &seen["tag"]), (&json!("/1-pans.jpg"), &json!("kitchen")), "{seen}");
    assert!(seen["permille"].as_u64().unwrap() >= 300);
    // Of what a visit looked at, both the category of lamps (no tag) and their brand hold all.
    let seen = picture(&[("view_item", "1")]);
    assert_eq!(seen, json!({ "image": "/1-lumo.jpg", "tag": "lumo", "permille": 1000 }));
    // A condition of the plan holds or it does not. Of equal shares the first picture wins, and 1000 is most.
    let seen = picture(&[("view_item", "2"), ("view_item", "1"), ("purchase", "2")]);
    assert_eq!(seen["tag"], "gift", "{seen}");
}

#[test]
fn what_is_wrong_with_pictures_is_told() {
    let folder = shop("bad-pictures");
    folder.file("products.csv", &PRODUCTS.replace("\"\"lumo\"\"", "\"\"lumoo\"\""));
    assert!(trained(&folder).contains("no tag of the plan: lumoo"));
    let [log, key, out] = ["log.csv", "key.secret", "none"].map(|name| folder.path(name));
    for (from, to, word) in [
        ("/1-pans.jpg", "javascript:x", "products.csv: line 2"),
        ("\"\"tags\"\"", "\"\"tag\"\"", "expected a list such as"),
        ("/1-gift.jpg", "data:x", "an address of at most 2,000 bytes"),
    ] {
        let bad = folder.file("bad.csv", &PRODUCTS.replace(from, to));
        let output = run(&["train", "--events", &log, "--catalogue", &bad, "--key", &key, "--out", &out]);
        folder.refused(&output, &[if word.contains("line") { "line 2" } else { word }], "none");
    }
}

#[test]
fn a_published_set_is_one_decision_with_its_products() {
    let folder = shop("sets");
    trained(&folder);
    let set = shown(&folder, "b.set", &[("view_item", "1")], &[]);
    assert_eq!((&set["kind"], &set["variant"]), (&json!("bundle"), &json!("evening")), "{set}");
    assert_eq!(ids(&set), ["1", "2"]);
    assert_eq!(set["bundle"], json!({ "title": "Light and heat", "price": "29 €", "url": "", "image": "" }));
    // On a product's page only sets with it; the other one is for phones.
    let set = shown(&folder, "b.set", &[("view_item", "1")], &["--item", "3"]);
    assert_eq!(set["personalised"], false, "{set}");
    // Sold out: the whole set goes.
    let sold_out = PRODUCTS.replace("image[gift]\n", "image[gift],stock\n").replace("/1-gift.jpg\n", "/1-gift.jpg,0\n");
    let sold_out = sold_out.replace("jpg,,\n", "jpg,,,1\n").replace(",,,\n", ",,,,1\n");
    folder.file("products.csv", &sold_out);
    trained(&folder);
    let set = shown(&folder, "b.set", &[("view_item", "1")], &[]);
    assert_eq!((&set["personalised"], &set["variant"]), (&json!(false), &Value::Null), "{set}");
    assert_eq!(set["guards"][0]["code"], "banned", "{set}");
}

#[test]
fn the_newest_product_of_the_cart_is_completed() {
    let folder = shop("cart");
    trained(&folder);
    let made = shown(&folder, "c.cart", &[("view_item", "4"), ("add_to_cart", "1")], &[]);
    assert_eq!((&made["variant"], ids(&made)[0]), (&json!("together"), "1"), "{made}");
    assert!(ids(&made).contains(&"2"), "{made}");
    assert!(made["bundle"]["title"].as_str().unwrap().contains("in your cart"), "{made}");
    let none = shown(&folder, "c.cart", &[("view_item", "1")], &[]);
    assert_eq!(none["personalised"], false, "nothing is in the cart: {none}");
}

#[test]
fn mistakes_in_bundles_are_told_all_at_once() {
    let folder = Folder::new("bad-bundles");
    let plan = folder.file(
        "plan.json",
        r#"{"version":1,"guardrails":{"bans":{"items":["9"]}},
            "bundles":{"together":{"title":"x","items":["1","2"]},"one":{"items":["1"]},"same":{"title":"x","items":["1","1"]},
                "banned":{"title":"x","items":["1","9"]},"link":{"title":"x","url":"javascript:x","items":["1","2"]}},
            "pictures":{"a":{}},
            "slots":{"x":{"kind":"bundle","bundles":["ones"]},"y":{"kind":"bundle"},"z":{"kind":"bundle","complements":9}}}"#,
    );
    let words = [
        "bundles.together has a name that cannot be used",
        "bundles.one.items is [\"1\"], expected a list of 2 to 6 different products",
        "bundles.one.title is nothing",
        "bundles.same.items is",
        "bundles.banned is contradictory",
        "bundles.link.url is \"javascript:x\"",
        "pictures.a is {}, expected categories, an audience, or both",
        "slots.x.bundles[0] is \"ones\", expected a published bundle",
        "did you mean one?",
        "slots.y is",
        "slots.z.complements is 9, expected a whole number from 0 to 5",
    ];
    folder.refused(&run(&["check", &plan]), &words, "nothing");
}
