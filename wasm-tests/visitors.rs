//! A small shop with one experiment, and simulated visitors with known preferences: what tests of estimates share.

// Each test file uses a part of it.
#![allow(dead_code)]

use crate::folder::{Folder, run};
use slotwise::context::{Context, Device, Source, key_of};
use slotwise::decide::{Decider, Place};
use slotwise::evaluate::lift::{Settings, lift};
use slotwise::event::{Number, RawEvent, RawItem, RawParams, Text};
use slotwise::experiment::statistics::interval::Figure;
use slotwise::experiment::{Chance, Trials};
use slotwise::log::LogFiles;
use slotwise::model::Model;
use slotwise::origin::publish;
use slotwise::session::Session;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Three arms with uneven shares, and a holdout of a tenth.
pub(crate) const PLAN: &str = r#"{"version":1,"holdout":0.1,"salt":"trial","slots":{"home.hero":{"kind":"choose","default":"own",
  "minimum_evidence":0,"minimum_share":0,"variants":{"lamps":{"categories":["lamps"]}},
  "experiment":{"control":"own","arms":{"own":{"own":true,"share":0.5},"lamps":{"share":0.3},"bold":{"share":0.2,"stickiness":0.5}}}}}}"#;

pub(crate) const ARMS: [&str; 4] = ["own", "lamps", "bold", "holdout"];

/// Time at which simulated visits begin, in milliseconds since 1970.
pub(crate) const BEGIN: u64 = 1_780_000_000_000;

/// The plan with shares that follow from what the arms earned.
pub(crate) fn posterior_plan() -> String {
    PLAN.replace(r#""experiment":{"#, r#""experiment":{"draw":"posterior","#)
}

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

pub(crate) fn truth(arm: &str) -> f64 {
    LOVERS * rate(true, arm) + (1.0 - LOVERS) * rate(false, arm)
}

/// The folder that [`train`] publishes to.
pub(crate) fn published(folder: &Folder) -> String {
    folder.path("published")
}

/// Trains with a plan from a log file, or from looks without any exposure, and opens what was published.
pub(crate) fn train(folder: &Folder, plan: &str, log: Option<&str>) -> Model<Vec<u8>> {
    let mut looks = "event_time,event_type,product_id,category_code,user_session\n".to_owned();
    for at in 0..60 {
        let _ = writeln!(looks, "{at},view,{},{},s{}", at % 12, if at % 2 == 0 { "lamps" } else { "pans" }, at / 3);
    }
    let log = log.map_or_else(|| folder.file("looks.csv", &looks), Into::into);
    let (plan, key, out) = (folder.file("plan.json", plan), folder.path("key"), published(folder));
    let secret = format!("{key}.secret");
    if !std::path::Path::new(&secret).exists() {
        assert!(run(&["keygen", "--out", &key]).status.success());
    }
    let words = ["train", "--rounds", "0", "--events", &log, "--plan", &plan, "--key", &secret, "--out", &out];
    let output = run(&words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    publish::open(&publish::Folder::to_read(out.as_ref()), None).unwrap()
}

/// Lines of an event log.
pub(crate) fn lines(events: &[RawEvent]) -> String {
    events.iter().map(|event| serde_json::to_string(event).unwrap() + "\n").collect()
}

/// One simulated visit: a look at a product, the slot seen, and an order or none, as `orders` says of the arm and of
/// whether the visitor likes lamps. Returns what the log would hold of it.
pub(crate) fn visit_with(
    model: &Model<Vec<u8>>,
    begin: u64,
    chance: &mut Chance,
    orders: impl FnOnce(bool, &str, &mut Chance) -> bool,
) -> Vec<RawEvent> {
    let likes_lamps = chance.uniform() < LOVERS;
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
    let item = RawItem { item_id: Text("2".into()), item_category: Text("lamps".into()), ..RawItem::default() };
    let of_item = || RawParams { items: vec![item.clone()], ..RawParams::default() };
    tell(&mut session, "view_item", of_item(), begin);
    let decision = Decider::new(model, &session, begin + 1000).decide("home.hero", &Place::default()).unwrap();
    let exposure = Some(decision.exposure(model, session.seed()));
    tell(&mut session, "slot_exposure", RawParams { exposure, ..RawParams::default() }, begin + 2000);
    if orders(likes_lamps, decision.arm_name(model), chance) {
        tell(&mut session, "purchase", of_item(), begin + 30_000);
    }
    lines
}

/// As [`visit_with`], with orders by the [truth].
pub(crate) fn visit(model: &Model<Vec<u8>>, begin: u64, chance: &mut Chance) -> Vec<RawEvent> {
    visit_with(model, begin, chance, |likes_lamps, arm, chance| chance.uniform() < rate(likes_lamps, arm))
}

/// The trials of a log file, as the report finds them.
pub(crate) fn trials(folder: &Folder, log: &str) -> Trials {
    let (log, _) = LogFiles { events: vec![log.into()], ..LogFiles::default() }.read().unwrap();
    Trials::of(
        &log.exposures,
        &publish::plans(&publish::Folder::to_read(published(folder).as_ref()), &log.exposures).unwrap(),
    )
}

/// The share of visits with an order that each arm leads to, by these trials.
pub(crate) fn estimates(trials: &Trials) -> BTreeMap<String, Figure> {
    let report = lift(trials, &Settings::default());
    let arms = report.slots.into_iter().flat_map(|slot| slot.arms);
    arms.filter_map(|arm| Some((arm.arm, arm.orders?))).collect()
}
