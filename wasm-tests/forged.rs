//! Forged exposures: what a stranger writes into the log does not move an experiment's result.
//!
//! A clean log of 6,000 simulated visits, drawn by the real engine from a really trained snapshot; lines added to it
//! as anybody could post them; the real `slotwise report` and `slotwise train` on both.

mod folder;
mod visitors;

use folder::{Folder, run};
use serde_json::{Value, json};
use slotwise::decide::{draw, is_held_out};
use slotwise::experiment::Chance;
use slotwise::model::Model;
use std::collections::BTreeMap;
use visitors::{ARMS, BEGIN, estimates, lines, posterior_plan, published, train, trials, visit};

const VISITS: u64 = 6000;
/// A visit begins each minute: 100 hours in all.
const STEP_MS: u64 = 60_000;
/// The arm that all attacks are to make the winner. Honest visitors order least there.
const TARGET: &str = "own";

struct Shop {
    folder: Folder,
    model: Model<Vec<u8>>,
    clean: String,
}

impl Shop {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let model = train(&folder, &posterior_plan(), None);
        let mut chance = Chance::new(13);
        let clean = (0..VISITS).map(|at| lines(&visit(&model, BEGIN + at * STEP_MS, &mut chance))).collect();
        Self { folder, model, clean }
    }

    /// The log with these lines before it: a forger who comes first gains most.
    fn log(&self, forged: &str) -> String {
        self.folder.file("log.jsonl", &format!("{forged}{}", self.clean))
    }

    /// What `slotwise report` says of the log with these lines.
    fn report(&self, forged: &str) -> Value {
        let output = run(&["report", "--json", "--events", &self.log(forged), "--published", &published(&self.folder)]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Bucketing keys that the plan draws this arm for.
    fn seeds(&self, arm: &str) -> impl Iterator<Item = u16> {
        let plan = self.model.plan();
        let slot = plan.slots.iter().find(|slot| slot.name == "home.hero").unwrap();
        (0..=u16::MAX).filter(move |seed| {
            let drawn = if is_held_out(plan, *seed) {
                "holdout"
            } else {
                slot.arms[draw(plan, slot, *seed, 0).0].name.as_str()
            };
            drawn == arm
        })
    }

    /// An exposure that claims the target arm.
    fn exposure(&self, seed: u16) -> Value {
        let name = self.model.name();
        json!({ "slot": "home.hero", "arm": TARGET, "choice": "", "personalised": false, "snapshot": name, "seed": seed })
    }

    /// Forged visits, spread over the time of the log, each with an order: from ever the same sources.
    fn flood(&self, visits: u64, sources: usize) -> String {
        let seeds: Vec<u16> = self.seeds(TARGET).take(sources).collect();
        let visit = |at: u64| {
            let seed = seeds[at as usize % sources];
            visit_claiming(at, BEGIN + at * VISITS * STEP_MS / visits, &self.exposure(seed), true)
        };
        (0..visits).map(visit).collect()
    }
}

/// The lines of a visit as a script posts them: a look where a `look` is wanted, an exposure, an order.
fn visit_claiming(number: u64, time: u64, exposure: &Value, look: bool) -> String {
    let digest = |at: u64| format!("{:016x}", 0xf0_0000_0000 + number * 4 + at);
    let item = json!({ "items": [{ "item_id": "2", "item_category": "lamps" }] });
    let event = |name: &str, params: &Value, at: u64, before: Option<u64>| {
        let chain = json!([before.map(digest), digest(at)]);
        json!({ "name": name, "params": params, "time_ms": time + at * 1000, "chain": chain }).to_string() + "\n"
    };
    let first = if look { event("view_item", &item, 0, None) } else { String::new() };
    let seen = event("slot_exposure", &json!({ "exposure": exposure }), 1, look.then_some(0));
    first + &seen + &event("purchase", &item, 2, Some(1))
}

/// The arms of the slot in a report.
fn arms(report: &Value) -> BTreeMap<&str, &Value> {
    let arms = report["slots"][0]["arms"].as_array().unwrap();
    arms.iter().map(|arm| (arm["arm"].as_str().unwrap(), arm)).collect()
}

/// The treated arm with most orders.
fn winner(report: &Value) -> String {
    let mean = |arm: &Value| arm["orders"]["value"].as_f64().unwrap();
    let treated = arms(report).into_iter().filter(|(name, _)| *name != "holdout");
    treated.max_by(|one, other| mean(one.1).total_cmp(&mean(other.1))).unwrap().0.to_owned()
}

#[test]
fn a_claim_that_the_plan_did_not_draw_is_left_out_and_counted_by_reason() {
    let shop = Shop::new("forged-claims");
    let clean = shop.report("");
    assert_eq!(arms(&clean).into_keys().collect::<Vec<_>>(), ["bold", "holdout", "lamps", "own"]);
    let own = shop.seeds(TARGET).next().unwrap();
    let (bold, held_out) = (shop.seeds("bold").next().unwrap(), shop.seeds("holdout").next().unwrap());
    let with = |changes: &[(&str, Value)]| {
        let mut exposure = shop.exposure(own);
        for (key, value) in changes {
            exposure[key] = value.clone();
        }
        exposure
    };
    // Three such lines turned a result while propensities were believed.
    let mut heavy = with(&[("propensity", json!(1)), ("tested", json!(true))]);
    heavy.as_object_mut().unwrap().remove("seed");
    for (reason, exposure) in [
        ("no_seed", heavy),
        // No visit has such a key, so the row is no event at all.
        ("skipped", with(&[("seed", json!(70_000))])),
        ("unknown_arm", with(&[("arm", json!("gold"))])),
        ("unknown_slot", with(&[("slot", json!("home.gold"))])),
        ("unknown_snapshot", with(&[("snapshot", json!("0".repeat(64)))])),
        ("unknown_snapshot", with(&[("snapshot", json!("../manifest"))])),
        ("wrong_arm", with(&[("seed", json!(bold))])),
        ("wrong_arm", with(&[("seed", json!(held_out))])),
        ("wrong_arm", with(&[("arm", json!("holdout"))])),
        ("impossible_choice", with(&[("choice", json!("lamps"))])),
        ("impossible_choice", with(&[("personalised", json!(true))])),
        ("impossible_choice", with(&[("seed", json!(bold)), ("arm", json!("bold")), ("choice", json!("gold"))])),
    ] {
        let claims = |visits: u64| (0..visits).map(|at| visit_claiming(at, BEGIN + at * 1000, &exposure, true));
        for visits in [3, 300] {
            let report = shop.report(&claims(visits).collect::<String>());
            assert_eq!(report["slots"], clean["slots"], "{reason}: the report moved");
            if reason == "skipped" {
                assert_eq!(report["left_out"], clean["left_out"]);
                continue;
            }
            let expected = clean["left_out"][reason].as_u64().unwrap_or_default() + visits;
            assert_eq!(report["left_out"][reason], expected, "{reason}: {}", report["left_out"]);
        }
    }
}

#[test]
fn an_order_of_a_stranger_without_an_earlier_step_is_none() {
    let shop = Shop::new("forged-orders");
    let own = shop.exposure(shop.seeds(TARGET).next().unwrap());
    let orders = |look: bool| {
        let log = shop.folder.file("one.jsonl", &(visit_claiming(0, BEGIN, &own, look) + &shop.clean));
        trials(&shop.folder, &log).trials[0].ordered
    };
    assert!(orders(true), "a look and an order");
    assert!(!orders(false), "an order out of nothing");
}

#[test]
fn a_flood_of_forged_orders_leaves_estimates_in_their_intervals_and_winners_as_they_are() {
    let shop = Shop::new("forged-flood");
    let clean = shop.report("");
    let flood = shop.flood(VISITS / 9, 1);
    let flooded = shop.report(&flood);
    for (name, arm) in arms(&clean) {
        let of = |key: &str| arm["orders"][key].as_f64().unwrap();
        let moved = arms(&flooded)[name]["orders"]["value"].as_f64().unwrap();
        assert!((of("low")..=of("high")).contains(&moved), "{name}: {moved}, expected {} to {}", of("low"), of("high"));
    }
    assert_eq!(winner(&flooded), winner(&clean));
    assert!(flooded["left_out"]["same_source"].as_u64().unwrap() > VISITS / 10, "{}", flooded["left_out"]);
    // What the next snapshot draws by.
    let shares = |log: &str| {
        let model = train(&shop.folder, &posterior_plan(), Some(log));
        let arms = &model.plan().slot("home.hero").unwrap().arms;
        arms.iter().map(|arm| (arm.share, arm.name.clone())).max().unwrap().1
    };
    assert_eq!(shares(&shop.log(&flood)), shares(&shop.log("")));
}

#[test]
fn the_flood_table() {
    let shop = Shop::new("forged-table");
    let best = |forged: &str| {
        let all = trials(&shop.folder, &shop.log(forged));
        let estimates = estimates(&all);
        let treated = ARMS.iter().filter(|arm| **arm != "holdout");
        let winner = treated.max_by(|one, other| estimates[**one].value.total_cmp(&estimates[**other].value)).unwrap();
        (*winner, estimates[TARGET], all.trials.iter().filter(|trial| trial.arm == TARGET).count())
    };
    let (winner, clean, visits) = best("");
    println!("share  sources  forged  visits more  moved by (points)  half interval  winners changed");
    for percent in [1, 10, 50] {
        for sources in [1, 10] {
            let forged = VISITS * percent / (100 - percent);
            let (now, moved, counted) = best(&shop.flood(forged, sources));
            let (by, half) = (100.0 * (moved.value - clean.value), 50.0 * (clean.high - clean.low));
            let (more, changed) = (counted.saturating_sub(visits), u8::from(now != winner));
            println!("{percent:>4} %  {sources:>7}  {forged:>6}  {more:>11}  {by:>17.2}  {half:>13.2}  {changed} of 1");
            assert!(
                clean.holds(moved.value) && changed == 0,
                "{percent} % by {sources} sources: {moved:?} for {clean:?}"
            );
        }
    }
}
