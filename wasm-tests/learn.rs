//! `slotwise learn`, as a process: what it publishes, what it refuses, and what a kill at any step leaves.

mod folder;
mod learning;

use folder::run;
use learning::{HONEST, Site, Visits, visits};
use slotwise::learn::journal::{self, Phase, Step};
use std::collections::HashSet;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Visits that nothing can be learned from.
const SHUFFLED: Visits = Visits { shuffled: true, ..HONEST };

#[test]
fn what_is_not_worse_is_published_and_shuffled_sessions_are_refused() {
    let site = Site::new("gate", HONEST, 1500);
    assert!(site.must(&[]).contains("publishing the candidate done"));
    let first = site.live().id();
    assert!(site.must(&[]).contains("waits: 0 visits are new to"));
    // New visits of the same kind: the candidate passes.
    site.log("2", &visits(HONEST, 1500, 600));
    let said = site.must(&[]);
    assert!(said.contains("passes: not worse on"), "{said}");
    let second = site.live().id();
    assert_ne!(first.hex(), second.hex());
    // The candidate learns from shuffled sessions, far more than the honest ones; the newest visits are honest.
    site.log("1", &visits(SHUFFLED, 0, 1500));
    site.log("2", &visits(SHUFFLED, 1500, 600));
    let newer = visits(SHUFFLED, 2100, 600) + &visits(HONEST, 2700, 600);
    site.log("3", &newer);
    let output = site.turn(&[]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("is refused: worse beyond noise"), "{said}");
    assert_eq!(site.live().id().hex(), second.hex(), "the snapshot in use stays");
    let told = run(&["learn", "--journal", "--site", &site.0.path("site")]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("turn 4, comparing the candidate with the snapshot in use done: candidate "), "{told}");
    assert_eq!(told.lines().count(), site.journal().len());
}

#[test]
fn a_canary_is_asked_for_a_share_and_waits_for_its_visits() {
    let site = Site::new("canary", HONEST, 800);
    site.must(&["--canary", "10%"]);
    let first = site.live().id();
    site.log("2", &visits(HONEST, 800, 600));
    assert!(site.must(&["--canary", "10%"]).contains("for 10 % of the visits"));
    assert_eq!(site.live().id().hex(), first.hex(), "most visits keep the snapshot in use");
    let said = site.must(&["--canary", "10%"]);
    assert!(said.contains("judging the canary done") && said.contains("waits: 0 visits used the canary"), "{said}");
}

#[test]
fn a_kill_at_any_step_leaves_a_whole_snapshot_in_use_and_the_journal_true() {
    let site = Site::new("kill", HONEST, 1500);
    site.must(&[]);
    let mut told = HashSet::new();
    let mut last = 1500;
    for step in [Step::Read, Step::Watch, Step::Train, Step::Judge, Step::Publish, Step::Publish, Step::Train] {
        site.log(&format!("1{last}"), &visits(HONEST, last, 500));
        last += 500;
        let before = site.live().id().hex();
        let known = site.journal().len();
        let mut child = site.command(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let began = Instant::now();
        loop {
            let entries = journal::read(Path::new(&site.0.path("site.learn"))).unwrap();
            let has_begun = entries[known..].iter().any(|entry| entry.step == step && entry.phase == Phase::Begun);
            if has_begun || child.try_wait().unwrap().is_some() {
                break;
            }
            assert!(began.elapsed() < Duration::from_mins(2), "{step:?} never began");
            std::thread::sleep(Duration::from_micros(300));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let live = site.live().id().hex();
        let entries = site.journal();
        let cut = entries.last().unwrap().clone();
        // By chance a candidate may also be refused.
        let output = site.turn(&[]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(matches!(output.status.code(), Some(0 | 1)), "{said}{}", String::from_utf8_lossy(&output.stderr));
        if cut.phase != Phase::Begun {
            continue;
        }
        assert!(said.contains("was interrupted"), "{said}");
        let stopped = &site.journal()[entries.len()];
        assert_eq!((stopped.step, stopped.phase), (cut.step, Phase::Stopped));
        if cut.step == Step::Publish {
            let candidate = cut.facts["snapshot"].as_str().unwrap();
            assert_eq!(
                stopped.note.ends_with(&format!("{candidate} is in use")),
                live == candidate,
                "{}",
                stopped.note
            );
            assert!(live == candidate || live == before);
        } else {
            assert_eq!(live, before, "nothing is published before the step that publishes");
        }
        told.insert(format!("{:?}", cut.step));
    }
    assert!(told.contains("Train") && told.len() >= 3, "steps that were really cut: {told:?}");
}

#[test]
fn nothing_to_learn_from_and_a_second_program_are_told() {
    let site = Site::new("empty", HONEST, 10);
    assert!(site.must(&[]).contains("waits: 10 visits, expected 100"));
    std::fs::remove_file(site.0.path("log/1.jsonl")).unwrap();
    let output = site.turn(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(site.journal().last().unwrap().phase, Phase::Failed);
    let lock = std::fs::OpenOptions::new().append(true).open(site.0.path("site.learn/lock")).unwrap();
    lock.lock().unwrap();
    let output = site.turn(&[]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("another `slotwise learn` is at work"));
}
