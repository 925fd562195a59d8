//! Days that are not read again, in real turns of `slotwise learn`: each is counted once, and again only when it has changed.

mod folder;
mod learning;

use learning::{HONEST, Site, Visits, day_of, visits};
use slotwise::learn::journal::{self, Phase, Step};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// 180 visits a day.
const KIND: Visits = Visits { minutes: 8, ..HONEST };
const RECENT: [&str; 2] = ["--recent", "2"];

/// Writes the visits of some days, each day to a file of its own, as the origin does.
fn write(site: &Site, days: std::ops::Range<u64>) {
    for day in days {
        let mut text = String::new();
        let mut name = String::new();
        for visit in 0..4000 {
            if day_of(KIND, visit).0 == day {
                text += &visits(KIND, visit, 1);
                name = day_of(KIND, visit).1;
            }
        }
        site.log(&name, &text);
    }
}

/// What the newest turn says of older days: those taken as they were, and those counted.
fn counted(site: &Site) -> (u64, Vec<String>) {
    let journal = site.journal();
    let done = journal.iter().rfind(|entry| entry.step == Step::Days && entry.phase == Phase::Done).expect("a step");
    assert_eq!(done.turn, journal.last().unwrap().turn, "of the newest turn");
    let names = done.facts["counted"].as_array().unwrap();
    (done.facts["kept"].as_u64().unwrap(), names.iter().map(|name| name.as_str().unwrap().to_owned()).collect())
}

fn sums(site: &Site) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(site.0.path("site.learn/sums"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_closed_day_is_counted_once_and_again_only_if_it_has_changed() {
    let site = Site::new("history", KIND, 0);
    fs::remove_file(site.0.path("log/1.jsonl")).unwrap();
    write(&site, 0..6);
    site.must(&RECENT);
    assert_eq!(counted(&site), (0, ["2026-09-21", "2026-09-22", "2026-09-23", "2026-09-24"].map(Into::into).to_vec()));
    write(&site, 6..8);
    let said = site.must(&RECENT);
    assert!(said.contains("4 days by their sums, counted 2 from 2026-09-25 to 2026-09-26"), "{said}");
    // A late event, a damaged file, and a day that the log no longer has.
    let late = site.0.path("log/2026-09-23.jsonl");
    fs::write(&late, fs::read_to_string(&late).unwrap() + &visits(KIND, 3999, 1)).unwrap();
    let damaged = site.0.path("site.learn/sums/2026-09-25.sums");
    let mut bytes = fs::read(&damaged).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&damaged, &bytes).unwrap();
    fs::remove_file(site.0.path("log/2026-09-21.jsonl")).unwrap();
    write(&site, 8..10);
    site.must(&RECENT);
    let expected = ["2026-09-23", "2026-09-25", "2026-09-27", "2026-09-28"].map(String::from).to_vec();
    assert_eq!(counted(&site), (3, expected));
    assert_eq!(sums(&site).first().map(String::as_str), Some("2026-09-22.sums"));
    // No visit in them, and no time.
    for name in sums(&site) {
        let bytes = fs::read(site.0.path(&format!("site.learn/sums/{name}"))).unwrap();
        assert!(!bytes.windows(5).any(|part| part == b"s1000" || part == b"17900"));
    }
}

#[test]
fn a_kill_while_days_are_counted_leaves_files_that_are_whole() {
    let site = Site::new("history-kill", KIND, 0);
    fs::remove_file(site.0.path("log/1.jsonl")).unwrap();
    write(&site, 0..16);
    let mut child = site.command(&RECENT).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    // As soon as some are there.
    while fs::read_dir(site.0.path("site.learn/sums")).map_or(0, Iterator::count) < 3 {
        assert!(began.elapsed() < Duration::from_mins(2) && child.try_wait().unwrap().is_none(), "never counted");
        std::thread::sleep(Duration::from_micros(200));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let cut = journal::read(Path::new(&site.0.path("site.learn"))).unwrap().pop().unwrap();
    let said = site.must(&RECENT);
    if (cut.step, cut.phase) == (Step::Days, Phase::Begun) {
        assert!(said.contains("adding up older days was interrupted"), "{said}");
    }
    let (kept, counted) = counted(&site);
    assert!(kept >= 1 && kept + counted.len() as u64 == 14, "{kept} kept, {counted:?} counted");
    assert_eq!(sums(&site).len(), 14, "no temporary file is left");
}
