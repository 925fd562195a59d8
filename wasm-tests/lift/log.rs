//! A shop's log of simulated visits, drawn by real snapshots, for the command line and for the script that checks its report.

use crate::folder::Folder;
use crate::visitors::{BEGIN, published, train};
use serde_json::{Value, json};
use slotwise::context::{Context, Device, Source};
use slotwise::decide::{Decider, HOLDOUT, Place, draw, is_held_out};
use slotwise::event::RawEvent;
use slotwise::experiment::Chance;
use slotwise::model::Model;
use slotwise::session::Session;
use slotwise::snapshot::plan::Draw;
use std::fmt::Write as _;
use std::path::PathBuf;

const PLAN: &str = r#"{"version":1,"holdout":0.15,"salt":"first","slots":{
  "home.hero":{"kind":"choose","default":"own","minimum_evidence":0,"minimum_share":0,"variants":{"lamps":{"categories":["lamps"]}},
    "experiment":{"control":"own","arms":{"bold":{"share":0.5,"stickiness":0.5},"own":{"own":true,"share":0.5}}}},
  "home.grid":{"kind":"fill","strategies":["next_item"],"limit":4,
    "experiment":{"draw":"hour","control":"even","arms":{"diverse":{"share":0.5,"diversity":0.5},"even":{"share":0.5}}}}}}"#;

/// Number of visits, and milliseconds from one to the next: thirty days.
const VISITS: u64 = 9_000;
const STEP_MS: u64 = 288_000;
/// Products, and how many of them nobody sees before the log's last third: those are new.
const PRODUCTS: u64 = 12;
const NEW: u64 = 2;

/// Where the shop's files are.
pub(crate) struct Shop {
    pub(crate) log: String,
    pub(crate) published: String,
    /// How the plans of the snapshots draw, as JSON for the script.
    pub(crate) designs: String,
    /// What rows showed at the moment of their exposure, a JSON line each: the log does not name their products.
    pub(crate) rows: String,
}

/// What a plan draws, for the script.
fn design(model: &Model<Vec<u8>>) -> Value {
    let plan = model.plan();
    let slots = plan.slots.iter().map(|slot| {
        let arms: Vec<Value> = slot.arms.iter().map(|arm| json!([arm.name, arm.share])).collect();
        json!({ "slot": slot.name, "draw": if slot.draw == Draw::Hour { "hour" } else { "visit" }, "arms": arms })
    });
    let slots: Vec<Value> = slots.collect();
    json!({ "id": model.id().hex(), "salt": plan.salt.to_string(), "holdout": plan.holdout, "slots": slots })
}

impl Shop {
    /// Trains two snapshots, the second with another salt and other shares, and writes a log of visits to both.
    pub(crate) fn new(folder: &Folder) -> Self {
        let first = train(folder, PLAN, None);
        let plan = PLAN.replace("\"first\"", "\"second\"").replacen("0.5,\"stick", "0.3,\"stick", 1);
        let second = train(folder, &plan.replace("true,\"share\":0.5", "true,\"share\":0.7"), None);
        let mut chance = Chance::new(12);
        let (mut log, mut rows) = (String::new(), String::new());
        for number in 0..VISITS {
            // A visit in a hundred sees one slot by both snapshots.
            let both = number % 100 == 0;
            let models = if number < VISITS / 2 { [&first, &second] } else { [&second, &first] };
            visit(&mut log, &mut rows, &mut chance, number, if both { &models } else { &models[..1] });
        }
        Self {
            log: folder.file("events.jsonl", &log),
            published: published(folder),
            designs: folder.file("designs.json", &json!([design(&first), design(&second)]).to_string()),
            rows: folder.file("rows.jsonl", &rows),
        }
    }
}

/// Writes a visit: looks, the slots as its snapshots draw them, clicks, a cart, an order.
fn visit(log: &mut String, rows: &mut String, chance: &mut Chance, number: u64, models: &[&Model<Vec<u8>>]) {
    let begin = BEGIN + number * STEP_MS;
    let context = Context {
        device: Device::ALL[chance.below(3) as usize],
        source: Source::ALL[chance.below(6) as usize],
        ..Context::default()
    };
    let mut session = Session::begin(context, begin);
    let seed = session.seed();
    let mut line = |session: &mut Session, name: &str, params: Value, time_ms: u64| {
        let event = json!({ "name": name, "params": params, "time_ms": time_ms, "session": format!("v{number}"),
            "event_id": format!("{number}-{time_ms}-{name}-{}", params["exposure"]["slot"]), "context": context });
        let _ = writeln!(log, "{event}");
        let mut event: RawEvent = serde_json::from_value(event).expect("an event of the log");
        assert!(session.observe_raw(&mut event, begin + 60_000));
    };
    let known = if number < VISITS * 2 / 3 { PRODUCTS - NEW } else { PRODUCTS };
    let item = |chance: &mut Chance| json!([{ "item_id": chance.below(known).to_string(), "item_category": "lamps", "price": 5 }]);
    let looks = 1 + chance.below(4);
    for at in 0..looks {
        line(&mut session, "view_item", json!({ "items": item(chance) }), begin + at * 1000);
    }
    let mut effect = 0.0;
    for (at, model) in models.iter().enumerate() {
        let plan = model.plan();
        for slot in &plan.slots {
            let time_ms = begin + 6_000 + at as u64 * 5_000;
            let arm =
                if is_held_out(plan, seed) { HOLDOUT } else { &slot.arms[draw(plan, slot, seed, time_ms).0].name };
            if at == 0 {
                effect += if arm == "bold" { 0.03 } else { 0.0 };
            }
            if arm != HOLDOUT && slot.name == "home.grid" {
                let decision =
                    Decider::new(*model, &session, time_ms).decide(&slot.name, &Place::default()).expect("a slot");
                assert_eq!(decision.arm_name(model), arm);
                let items: Vec<String> = decision.items.iter().map(|pick| model.item_id(pick.item)).collect();
                let row =
                    json!({ "visit": format!("v{number}"), "slot": slot.name, "time_ms": time_ms, "items": items });
                let _ = writeln!(rows, "{row}");
            }
            let exposure = json!({ "slot": slot.name, "arm": arm, "choice": "", "personalised": false,
                "snapshot": model.id().hex(), "seed": seed });
            line(&mut session, "slot_exposure", json!({ "exposure": exposure }), time_ms);
        }
    }
    if chance.uniform() < 0.25 {
        line(&mut session, "select_item", json!({ "items": item(chance) }), begin + 20_000);
    }
    if chance.uniform() < 0.15 {
        line(&mut session, "add_to_cart", json!({ "items": item(chance) }), begin + 30_000);
    }
    if chance.uniform() < 0.03 + effect + 0.02 * looks as f64 {
        let value = (-chance.uniform().ln() * 6_000.0).round() / 100.0;
        line(
            &mut session,
            "purchase",
            json!({ "items": item(chance), "value": value, "currency": "EUR" }),
            begin + 40_000,
        );
    }
}

/// The Python that has scipy and statsmodels: what `npm run test:report` sets up, or `SLOTWISE_PYTHON`.
pub(crate) fn python() -> Option<PathBuf> {
    let own = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/python/bin/python"));
    let named = std::env::var_os("SLOTWISE_PYTHON").map(PathBuf::from);
    let found = named.into_iter().chain([own]).find(|python| {
        let import = std::process::Command::new(python).args(["-c", "import scipy, statsmodels"]).output();
        import.is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        println!("skipped: no Python with scipy and statsmodels; `npm run test:report` sets one up in target/python");
    }
    found
}
