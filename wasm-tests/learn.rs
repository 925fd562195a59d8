//! `slotwise learn`, as a process: what it publishes, what it refuses, what it flags, and what a kill at any step leaves.

mod folder;

use folder::{Folder, run};
use slotwise::experiment::Chance;
use slotwise::learn::journal::{self, Entry, Phase, Step};
use slotwise::model::Model;
use slotwise::origin::publish;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Time of the first simulated visit, in milliseconds since 1970.
const BEGIN: u64 = 1_790_000_000_000;
const MINUTE: u64 = 60_000;
/// Products, and how many stand on one shelf.
const PRODUCTS: u64 = 200;
const SHELF: u64 = 10;

/// How products of a visit are chosen.
#[derive(Clone, Copy)]
enum Visits {
    /// One shelf, step by step: the next product follows from the one before. `from` is the first shelf, of ten.
    Honest { from: u64 },
    /// Any product after any other.
    Shuffled,
}

/// So many visits as JSON lines, a minute apart.
fn visits(kind: Visits, first: u64, count: u64) -> String {
    let mut chance = Chance::new(first ^ 0x5eed);
    let mut log = String::new();
    for visit in first..first + count {
        let mut product = match kind {
            Visits::Honest { from } => ((from + chance.below(10)) * SHELF + chance.below(SHELF)) % PRODUCTS,
            Visits::Shuffled => chance.below(PRODUCTS),
        };
        let looks = 4 + chance.below(3);
        for look in 0..looks {
            let time = BEGIN + visit * MINUTE + look * 9_000;
            let bought = look + 1 == looks && chance.below(4) == 0;
            let mut line = |name: &str, time: u64| {
                let _ = writeln!(
                    log,
                    r#"{{"name":"{name}","params":{{"items":[{{"item_id":"p{product}","item_category":"c{}","price":10}}],"currency":"USD"}},"session":"s{visit}","time_ms":{time}}}"#,
                    product / SHELF
                );
            };
            line("view_item", time);
            if bought {
                line("purchase", time + 3_000);
            }
            product = match kind {
                Visits::Honest { .. } => product / SHELF * SHELF + (product + 1 + chance.below(2)) % SHELF,
                Visits::Shuffled => chance.below(PRODUCTS),
            };
        }
    }
    log
}

/// A site with a key and a plan; its log begins with honest visits, on which a first snapshot was learned.
struct Site(Folder);

impl Site {
    fn new(name: &str, count: u64) -> Self {
        let folder = Folder::new(&format!("learn-{name}"));
        assert!(run(&["keygen", "--out", &folder.path("key")]).status.success());
        folder.file(
            "plan.json",
            r#"{"version":1,"slots":{"home":{"kind":"fill","strategies":["next_item"],"limit":4}}}"#,
        );
        std::fs::create_dir(folder.path("log")).unwrap();
        let site = Self(folder);
        site.log("1", &visits(Visits::Honest { from: 0 }, 0, count));
        site
    }

    fn log(&self, name: &str, text: &str) {
        std::fs::write(self.0.path(&format!("log/{name}.jsonl")), text).unwrap();
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slotwise"));
        let path = |name: &str| self.0.path(name);
        command.args(["learn", "--once", "--rounds", "0", "--minimum", "100"]);
        command.args(["--log", &path("log"), "--site", &path("site"), "--key", &path("key.secret")]);
        command.args(["--plan", &path("plan.json")]).args(more);
        command
    }

    fn turn(&self, more: &[&str]) -> Output {
        self.command(more).output().unwrap()
    }

    fn must(&self, more: &[&str]) -> String {
        let output = self.turn(more);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }

    /// The snapshot in use, opened with every check that a host makes.
    fn live(&self) -> Model<Vec<u8>> {
        let model = publish::open(&publish::Folder::to_read(self.0.path("site").as_ref()), None).unwrap();
        model.verify().unwrap();
        model
    }

    fn journal(&self) -> Vec<Entry> {
        journal::read(Path::new(&self.0.path("site.learn"))).unwrap()
    }
}

#[test]
fn what_is_not_worse_is_published_and_shuffled_sessions_are_refused() {
    let site = Site::new("gate", 1500);
    assert!(site.must(&[]).contains("publishing the candidate done"));
    let first = site.live().id();
    assert!(site.must(&[]).contains("waits: 0 visits are new to"));
    // New visits of the same kind: the candidate passes.
    site.log("2", &visits(Visits::Honest { from: 0 }, 1500, 600));
    let said = site.must(&[]);
    assert!(said.contains("passes: not worse on"), "{said}");
    let second = site.live().id();
    assert_ne!(first.hex(), second.hex());
    // The candidate learns from shuffled sessions, far more than the honest ones; the newest visits are honest.
    site.log("1", &visits(Visits::Shuffled, 0, 1500));
    site.log("2", &visits(Visits::Shuffled, 1500, 600));
    let newer = visits(Visits::Shuffled, 2100, 600) + &visits(Visits::Honest { from: 0 }, 2700, 600);
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
    let site = Site::new("canary", 800);
    site.must(&["--canary", "10%"]);
    let first = site.live().id();
    site.log("2", &visits(Visits::Honest { from: 0 }, 800, 600));
    assert!(site.must(&["--canary", "10%"]).contains("for 10 % of the visits"));
    assert_eq!(site.live().id().hex(), first.hex(), "most visits keep the snapshot in use");
    let said = site.must(&["--canary", "10%"]);
    assert!(said.contains("judging the canary done") && said.contains("waits: 0 visits used the canary"), "{said}");
}

#[test]
fn a_kill_at_any_step_leaves_a_whole_snapshot_in_use_and_the_journal_true() {
    let site = Site::new("kill", 1500);
    site.must(&[]);
    let mut told = HashSet::new();
    let mut last = 1500;
    for step in [Step::Read, Step::Watch, Step::Train, Step::Judge, Step::Publish, Step::Publish, Step::Train] {
        site.log(&format!("1{last}"), &visits(Visits::Honest { from: 0 }, last, 500));
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
        let said = site.must(&[]);
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
fn drift_is_flagged_the_webhook_is_told_and_a_dead_one_is_not_fatal() {
    let site = Site::new("drift", 1500);
    site.must(&[]);
    site.log("2", &visits(Visits::Honest { from: 0 }, 1500, 400));
    let said = site.must(&["--webhook", "http://127.0.0.1:9/"]);
    assert!(said.contains("watching for drift done: no drift"), "{said}");
    // The other ten shelves: nobody has looked at them before.
    site.log("3", &visits(Visits::Honest { from: 10 }, 1900, 600));
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/alarm?x=1", server.local_addr().unwrap());
    let hook = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        let (mut asked, mut part) = (Vec::new(), [0; 4096]);
        while !asked.ends_with(b"}") {
            let read = stream.read(&mut part).unwrap();
            asked.extend_from_slice(&part[..read]);
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        String::from_utf8(asked).unwrap()
    });
    let said = site.must(&["--webhook", &address]);
    assert!(said.contains("drift: ") && said.contains("categories") && said.contains("churn"), "{said}");
    let asked = hook.join().unwrap();
    assert!(asked.starts_with("POST /alarm?x=1 HTTP/1.1") && asked.contains(r#""monitor":"churn""#), "{asked}");
    // The loop has recovered: the snapshot in use knows the new shelves.
    site.log("4", &visits(Visits::Honest { from: 10 }, 2500, 600));
    let said = site.must(&["--webhook", "http://127.0.0.1:9/"]);
    assert!(!said.contains("churn of looks"), "{said}");
    site.log("5", &visits(Visits::Honest { from: 0 }, 3100, 1000));
    let said = site.must(&["--webhook", "http://127.0.0.1:9/"]);
    assert!(said.contains("The webhook was not told"), "{said}");
}

#[test]
fn nothing_to_learn_from_and_a_second_program_are_told() {
    let site = Site::new("empty", 10);
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
