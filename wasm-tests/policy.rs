//! Off-policy estimates against the truth: simulated visitors with known preferences, arms drawn by the real
//! engine with the real plan, exposures and orders read back by the real trainer from a real log file.

mod folder;
mod visitors;

use folder::Folder;
use slotwise::context::Context;
use slotwise::decide::{Decider, Place};
use slotwise::event::{Event, EventKind, ItemKey};
use slotwise::experiment::{Chance, LeftOut, shares};
use slotwise::session::Session;
use visitors::{
    ARMS, BEGIN, PLAN, estimates, lines, posterior_plan, published, train, trials, truth, visit, visit_with,
};

#[test]
fn estimates_of_an_arm_agree_with_the_truth_in_93_of_100_runs() {
    const RUNS: u64 = 200;
    const VISITS: u64 = 4000;
    let folder = Folder::new("policy");
    let model = train(&folder, PLAN, None);
    let mut held = [0; ARMS.len()];
    let mut sum = [0.0; ARMS.len()];
    for run in 0..RUNS {
        let mut chance = Chance::new(run);
        let begin = |number: u64| BEGIN + (run * VISITS + number) * 7000;
        let log: String = (0..VISITS).map(|number| lines(&visit(&model, begin(number), &mut chance))).collect();
        let all = trials(&folder, &folder.file("run.jsonl", &log));
        let shared = all.left_out.get(&LeftOut::SameSource).copied().unwrap_or_default();
        assert_eq!(all.trials.len() as u64 + shared, VISITS, "every visit saw the slot in one arm");
        assert!(all.left_out.len() <= 1 && shared < VISITS / 20, "honest visits count: {:?}", all.left_out);
        let estimates = estimates(&all);
        for (at, arm) in ARMS.iter().enumerate() {
            let estimate = estimates[*arm];
            held[at] += u64::from(estimate.holds(truth(arm)));
            sum[at] += estimate.value / RUNS as f64;
        }
        if run == 0 {
            let share =
                |arm: &str| all.trials.iter().filter(|trial| trial.arm == arm).count() as f64 / all.trials.len() as f64;
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
        assert!(
            held[at] >= RUNS * 93 / 100,
            "the interval of {arm} held the truth in {} of {RUNS} runs only",
            held[at]
        );
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
    let first = train(&folder, &posterior_plan(), None);
    let mut chance = Chance::new(1);
    let visits = (0..900_u64).map(|number| {
        let events = visit_with(&first, BEGIN + number * 60_000, &mut chance, |_, arm, _| {
            arm == "bold" && number % 2 == 0 || number % 30 == 0
        });
        lines(&events)
    });
    let log = folder.file("log.jsonl", &visits.collect::<String>());
    let seen = trials(&folder, &log).trials.len();
    assert!(seen > 880, "{seen} visits count");
    let model = train(&folder, &posterior_plan(), Some(&log));
    let slot_stats = &model.arm_stats()[0];
    let of = |name: &str| slot_stats.arms.iter().find(|arm| arm.name == name).unwrap();
    assert!(of("bold").visits.abs_diff(270) < 45, "{slot_stats:?}");
    assert!(of("bold").reached > 110 && of("own").reached < 40, "{slot_stats:?}");
    let arms = &model.plan().slot("home.hero").unwrap().arms;
    let share = |name: &str| arms.iter().find(|arm| arm.name == name).unwrap().share;
    assert!(share("bold") > 9000 && share("own") >= 333, "{arms:?}");
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
    // The visits were drawn by the first snapshot, which the folder still has.
    let report = folder::run(&["report", "--events", &log, "--published", &published(&folder)]);
    let text = String::from_utf8_lossy(&report.stdout);
    let expected = format!("home.hero: seen in {seen} visits");
    assert!(report.status.success() && text.contains(&expected) && text.contains("bold"), "{text}");
}
