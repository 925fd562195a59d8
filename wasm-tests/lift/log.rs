//! A shop's log of simulated visits, drawn by real snapshots, for the command line and for the script that checks its report.

use crate::folder::Folder;
use crate::visitors::{BEGIN, published, train};
use serde_json::{Value, json};
use slotwise::context::{Context, Device, Source};
use slotwise::decide::{HOLDOUT, draw, is_held_out};
use slotwise::experiment::Chance;
use slotwise::model::Model;
use slotwise::snapshot::plan::Draw;
use std::fmt::Write as _;
use std::path::PathBuf;

const PLAN: &str = r#"{"version":1,"holdout":0.15,"salt":"first","slots":{
  "home.hero":{"kind":"choose","default":"own","minimum_evidence":0,"minimum_share":0,"variants":{"lamps":{"categories":["lamps"]}},
    "experiment":{"control":"own","arms":{"bold":{"share":0.5,"stickiness":0.5},"own":{"own":true,"share":0.5}}}},
  "home.grid":{"kind":"fill","strategies":["next_item"],"limit":4,
    "experiment":{"draw":"hour","control":"even","arms":{"diverse":{"share":0.5,"diversity":0.5},"even":{"share":0.5}}}}}}"#;

/// Number of visits, and milliseconds from one to the next: nine days.
const VISITS: u64 = 9_000;
const STEP_MS: u64 = 86_400;

/// Where the shop's files are.
pub(crate) struct Shop {
    pub(crate) log: String,
    pub(crate) published: String,
    /// How the plans of the snapshots draw, as JSON for the script.
    pub(crate) designs: String,
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
        let mut log = String::new();
        for number in 0..VISITS {
            // A visit in a hundred sees one slot by both snapshots.
            let both = number % 100 == 0;
            let models = if number < VISITS / 2 { [&first, &second] } else { [&second, &first] };
            visit(&mut log, &mut chance, number, if both { &models } else { &models[..1] });
        }
        Self {
            log: folder.file("events.jsonl", &log),
            published: published(folder),
            designs: folder.file("designs.json", &json!([design(&first), design(&second)]).to_string()),
        }
    }
}

/// Writes a visit: looks, the slots as its snapshots draw them, clicks, a cart, an order.
fn visit(log: &mut String, chance: &mut Chance, number: u64, models: &[&Model<Vec<u8>>]) {
    let begin = BEGIN + number * STEP_MS;
    let seed = chance.bits() as u16;
    let context = Context {
        device: Device::ALL[chance.below(3) as usize],
        source: Source::ALL[chance.below(6) as usize],
        ..Context::default()
    };
    let mut line = |name: &str, params: Value, time_ms: u64| {
        let event = json!({ "name": name, "params": params, "time_ms": time_ms, "session": format!("v{number}"),
            "event_id": format!("{number}-{time_ms}-{name}-{}", params["exposure"]["slot"]), "context": context });
        let _ = writeln!(log, "{event}");
    };
    let item = |chance: &mut Chance| json!([{ "item_id": chance.below(12).to_string(), "item_category": "lamps", "price": 5 }]);
    let looks = 1 + chance.below(4);
    for at in 0..looks {
        line("view_item", json!({ "items": item(chance) }), begin + at * 1000);
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
            let exposure = json!({ "slot": slot.name, "arm": arm, "choice": "", "personalised": false,
                "snapshot": model.id().hex(), "seed": seed });
            line("slot_exposure", json!({ "exposure": exposure }), time_ms);
        }
    }
    if chance.uniform() < 0.25 {
        line("select_item", json!({ "items": item(chance) }), begin + 20_000);
    }
    if chance.uniform() < 0.15 {
        line("add_to_cart", json!({ "items": item(chance) }), begin + 30_000);
    }
    if chance.uniform() < 0.03 + effect + 0.02 * looks as f64 {
        let value = (-chance.uniform().ln() * 6_000.0).round() / 100.0;
        line("purchase", json!({ "items": item(chance), "value": value, "currency": "EUR" }), begin + 40_000);
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
