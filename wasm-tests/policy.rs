//! Off-policy estimates against the truth: simulated visitors with known preferences, arms drawn by the real
//! engine with the real plan, exposures and orders read back by the real trainer from a real log file.

mod folder;

use folder::Folder;
use slotwise::context::{Context, Device, Source, key_of};
use slotwise::decide::{Decider, Place};
use slotwise::event::{Event, EventKind, ItemKey, Number, RawEvent, RawItem, RawParams, Text};
use slotwise::experiment::{Chance, Estimate, Trial, shares, trials};
use slotwise::log::LogFiles;
use slotwise::model::Model;
use slotwise::origin::publish;
use slotwise::session::Session;
use std::fmt::Write as _;

/// Three arms with uneven shares, and a holdout of a tenth.
const PLAN: &str = r#"{"version":1,"holdout":0.1,"salt":"trial","slots":{"home.hero":{"kind":"choose","default":"own",
  "minimum_evidence":0,"minimum_share":0,"variants":{"lamps":{"categories":["lamps"]}},
  "experiment":{"control":"own","arms":{"own":{"own":true,"share":0.5},"lamps":{"share":0.3},"bold":{"share":0.2,"stickiness":0.5}}}}}}"#;

const ARMS: [&str; 4] = ["own", "lamps", "bold", "holdout"];

/// The chance of an order by what a visitor likes and the arm it sees: this is the truth.
fn rate(likes_lamps: bool, arm: &str) -> f64 {
    match (likes_lamps, arm) {
        (true, "lamps") => 0.22,
        (true, "bold") => 0.16,
        (true, _) => 0.08,
        (false, "lamps") => 0.05,
        (false, "bold") => 0.07,
        (false, _) => 0.06,
    }
}

const LOVERS: f64 = 0.4;

fn truth(arm: &str) -> f64 {
    LOVERS * rate(true, arm) + (1.0 - LOVERS) * rate(false, arm)
}

fn model(folder: &Folder) -> Model<Vec<u8>> {
    let mut log = "event_time,event_type,product_id,category_code,user_session\n".to_owned();
    for at in 0..60 {
        let _ = writeln!(log, "{at},view,{},{},s{}", at % 12, if at % 2 == 0 { "lamps" } else { "pans" }, at / 3);
    }
    let (log, plan) = (folder.file("log.csv", &log), folder.file("plan.json", PLAN));
    let (key, out) = (folder.path("key"), folder.path("published"));
    assert!(folder::run(&["keygen", "--out", &key]).status.success());
    let secret = format!("{key}.secret");
    let words = ["train", "--rounds", "0", "--events", &log, "--plan", &plan, "--key", &secret, "--out", &out];
    let output = folder::run(&words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    publish::open(out.as_ref(), None).unwrap()
}

/// One simulated visit: a look at a product, the slot seen, and an order or none. Returns what the log would
/// hold of it.
fn visit(model: &Model<Vec<u8>>, number: u64, chance: &mut Chance) -> Vec<RawEvent> {
    let likes_lamps = chance.uniform() < LOVERS;
    let begin = 1_780_000_000_000 + number * 7000;
    let context = Context {
        source: Source::ALL[(chance.bits() % 6) as usize],
        device: Device::ALL[(chance.bits() % 3) as usize],
        campaign: key_of("x") * u16::from(chance.bits().is_multiple_of(2)),
        ..Context::default()
    };
    let mut session = Session::begin(context, begin);
    let mut lines = Vec::new();
    let mut tell = |session: &mut Session, name: &str, params: RawParams, time_ms: u64| {
        let time_ms = Number(Some(time_ms as f64));
        let mut event = RawEvent { name: name.into(), params, time_ms, ..RawEvent::default() };
        assert!(session.observe_raw(&mut event, begin + 60_000));
        lines.push(event);
    };
    let item = RawItem { item_id: Text("1".into()), ..RawItem::default() };
    let of_item = || RawParams { items: vec![item.clone()], ..RawParams::default() };
    tell(&mut session, "view_item", of_item(), begin);
    let decision = Decider::new(model, &session, begin + 1000).decide("home.hero", &Place::default()).unwrap();
    let exposure = RawParams { exposure: Some(decision.exposure(model)), ..RawParams::default() };
    tell(&mut session, "slot_exposure", exposure, begin + 2000);
    if chance.uniform() < rate(likes_lamps, decision.arm_name(model)) {
        tell(&mut session, "purchase", of_item(), begin + 30_000);
    }
    lines
}

fn estimate(trials: &[Trial], arm: &str) -> Estimate {
    let own = trials.iter().filter(|trial| trial.arm == arm);
    Estimate::of(own.map(|trial| (trial.propensity, f64::from(u8::from(trial.ordered))))).unwrap()
}

#[test]
fn estimates_of_an_arm_agree_with_the_truth_in_93_of_100_runs() {
    const RUNS: u64 = 100;
    const VISITS: u64 = 4000;
    let folder = Folder::new("policy");
    let model = model(&folder);
    let mut held = [0; ARMS.len()];
    let mut sum = [0.0; ARMS.len()];
    for run in 0..RUNS {
        let mut chance = Chance::new(run);
        let mut log = String::new();
        for number in 0..VISITS {
            for event in visit(&model, run * VISITS + number, &mut chance) {
                log.push_str(&serde_json::to_string(&event).unwrap());
                log.push('\n');
            }
        }
        let file = folder.file("run.jsonl", &log);
        let (log, _) = LogFiles { events: vec![file.into()], ..LogFiles::default() }.read().unwrap();
        let trials = trials(&log.exposures);
        assert_eq!(trials.len() as u64, VISITS, "every visit saw the slot in one arm");
        for (at, arm) in ARMS.iter().enumerate() {
            let estimate = estimate(&trials, arm);
            held[at] += u32::from(estimate.holds(truth(arm)));
            sum[at] += estimate.mean / RUNS as f64;
        }
        if run == 0 {
            let share = |arm: &str| trials.iter().filter(|trial| trial.arm == arm).count() as f64 / VISITS as f64;
            for (arm, expected) in [("own", 0.45), ("lamps", 0.27), ("bold", 0.18), ("holdout", 0.1)] {
                assert!((share(arm) - expected).abs() < 0.025, "{arm}: {}", share(arm));
            }
        }
    }
    for (at, arm) in ARMS.iter().enumerate() {
        println!(
            "{arm}: truth {:.4}, mean of estimates {:.4}, held in {} of {RUNS} runs",
            truth(arm),
            sum[at],
            held[at]
        );
        assert!(held[at] >= 93, "the interval of {arm} held the truth in {} of {RUNS} runs only", held[at]);
        assert!((sum[at] - truth(arm)).abs() < 0.003, "{arm} is estimated with a bias: {} for {}", sum[at], truth(arm));
    }
}

#[test]
fn an_arm_that_earns_more_is_drawn_more_and_none_is_given_up() {
    assert_eq!(shares(&[(0, 0), (0, 0), (0, 0)]).iter().map(|share| u32::from(*share)).sum::<u32>(), 10_000);
    let even = shares(&[(0, 0), (0, 0)]);
    assert!(even[0].abs_diff(5000) < 100, "{even:?}");
    let told = shares(&[(2000, 100), (2000, 160), (2000, 90)]);
    assert!(told[1] > 9000 && told.iter().all(|share| *share >= 333), "{told:?}");
    assert_eq!(shares(&[(2000, 100), (2000, 160)]), shares(&[(2000, 100), (2000, 160)]), "the same from the same log");
}

#[test]
fn the_next_snapshot_draws_by_what_the_arms_earned() {
    let folder = Folder::new("posterior");
    let plan = PLAN.replace(r#""experiment":{"#, r#""experiment":{"draw":"posterior","#);
    let mut log = String::new();
    let mut line = |value: serde_json::Value| {
        let _ = writeln!(log, "{value}");
    };
    for visit in 0..900_u64 {
        let arm = ARMS[(visit % 3) as usize];
        let time = 1_780_000_000_000 + visit * 60_000;
        let [a, b, c] = [0, 1, 2].map(|at| format!("{:016x}", visit * 4 + at));
        let item = serde_json::json!({ "items": [{ "item_id": visit % 9, "item_category": if visit % 2 == 0 { "lamps" } else { "pans" } }] });
        line(serde_json::json!({ "name": "view_item", "params": item, "time_ms": time, "chain": [null, a] }));
        let exposure =
            serde_json::json!({ "slot": "home.hero", "arm": arm, "propensity": 3000, "personalised": arm != "own" });
        line(
            serde_json::json!({ "name": "slot_exposure", "params": { "exposure": exposure }, "time_ms": time + 1000, "chain": [a, b] }),
        );
        if arm == "bold" && visit % 2 == 0 || visit % 30 == 0 {
            line(serde_json::json!({ "name": "purchase", "params": item, "time_ms": time + 2000, "chain": [b, c] }));
        }
    }
    let (log, plan) = (folder.file("log.jsonl", &log), folder.file("plan.json", &plan));
    let (key, out) = (folder.path("key"), folder.path("published"));
    assert!(folder::run(&["keygen", "--out", &key]).status.success());
    let secret = format!("{key}.secret");
    let output =
        folder::run(&["train", "--rounds", "0", "--events", &log, "--plan", &plan, "--key", &secret, "--out", &out]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let model = publish::open(out.as_ref(), None).unwrap();
    let slot_stats = model.slot_stats("home.hero").unwrap();
    let of = |name: &str| slot_stats.arms.iter().find(|arm| arm.name == name).unwrap();
    assert_eq!(of("bold").visits, 300);
    assert!(of("bold").reached > 140 && of("own").reached < 40, "{slot_stats:?}");
    assert!(of("bold").share > 9000 && of("own").share >= 333, "{slot_stats:?}");
    let session = |second: u64| {
        let mut session = Session::begin(Context::default(), second * 1000);
        session.observe(&Event::of_item(EventKind::ViewItem, ItemKey::from_id("2"), second * 1000));
        session
    };
    let bold = (0..1000).filter(|second| {
        let decision =
            Decider::new(&model, &session(1_790_000_000 + second), 0).explain("home.hero", &Place::default());
        decision.unwrap().arm == "bold"
    });
    let bold = bold.count();
    assert!((780..=880).contains(&bold), "of 1,000 visits {bold} are in the arm that should get 84 % of all");
    let report = folder::run(&["report", "--events", &log]);
    let text = String::from_utf8_lossy(&report.stdout);
    assert!(
        report.status.success() && text.contains("home.hero: seen in 900 visits") && text.contains("bold"),
        "{text}"
    );
}
