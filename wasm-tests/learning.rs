//! A site that `slotwise learn` works on, with simulated visits in its log.

// Each test file uses a part of it.
#![allow(dead_code)]

use crate::folder::{Folder, run};
use slotwise::experiment::Chance;
use slotwise::learn::journal::{self, Entry};
use slotwise::model::Model;
use slotwise::origin::publish;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

/// Time of the first simulated visit, in milliseconds since 1970: a Monday, 14:13.
const BEGIN: u64 = 1_790_000_000_000;
/// The least time between two visits.
const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;
/// Products, and how many stand on one shelf.
const PRODUCTS: u64 = 200;
const SHELF: u64 = 10;

/// What visits do.
#[derive(Clone, Copy)]
pub(crate) struct Visits {
    /// Whether any product follows any other. Otherwise a visit stays at one shelf, and the next product follows from the one
    /// before.
    pub(crate) shuffled: bool,
    /// The first shelf, of ten.
    pub(crate) from: u64,
    /// One in how many buys the last product it looks at.
    pub(crate) one_in: u64,
    /// Of how many of a hundred exposures the engine decided what was shown; `None` without exposures.
    pub(crate) decided: Option<u64>,
    /// How many of a hundred visits with exposures are held out.
    pub(crate) held_out: u64,
    /// Minutes from one visit to the next.
    pub(crate) minutes: u64,
}

/// Visits that a model can learn from.
pub(crate) const HONEST: Visits =
    Visits { shuffled: false, from: 0, one_in: 4, decided: None, held_out: 0, minutes: 1 };

/// So many visits as JSON lines.
pub(crate) fn visits(kind: Visits, first: u64, count: u64) -> String {
    let mut chance = Chance::new(first ^ 0x5eed);
    (first..first + count).map(|visit| lines(kind, visit, &mut chance)).collect()
}

/// The number of the day on which a visit begins, from 0, and its date.
pub(crate) fn day_of(kind: Visits, visit: u64) -> (u64, String) {
    let begin = BEGIN + visit * kind.minutes * MINUTE;
    (begin / DAY - BEGIN / DAY, slotwise::log::Day::of_ms(begin).to_string())
}

/// The lines of one visit.
fn lines(kind: Visits, visit: u64, chance: &mut Chance) -> String {
    let mut log = String::new();
    let mut product = if kind.shuffled {
        chance.below(PRODUCTS)
    } else {
        ((kind.from + chance.below(10)) * SHELF + chance.below(SHELF)) % PRODUCTS
    };
    let begin = BEGIN + visit * kind.minutes * MINUTE;
    let looks = 4 + chance.below(3);
    for look in 0..looks {
        let time = begin + look * 9_000;
        let mut line = |name: &str, time: u64| {
            let _ = writeln!(
                log,
                r#"{{"name":"{name}","params":{{"items":[{{"item_id":"p{product}","item_category":"c{}","price":10}}],"currency":"USD"}},"session":"s{visit}","time_ms":{time}}}"#,
                product / SHELF
            );
        };
        line("view_item", time);
        if look + 1 == looks && chance.below(kind.one_in) == 0 {
            line("purchase", time + 3_000);
        }
        product = if kind.shuffled {
            chance.below(PRODUCTS)
        } else {
            product / SHELF * SHELF + (product + 1 + chance.below(2)) % SHELF
        };
    }
    if let Some(decided) = kind.decided {
        let held_out = chance.below(100) < kind.held_out;
        let personalised = !held_out && chance.below(100) < decided;
        let _ = writeln!(
            log,
            r#"{{"name":"slot_exposure","params":{{"exposure":{{"slot":"home","arm":"{}","personalised":{personalised},"seed":{}}}}},"session":"s{visit}","time_ms":{}}}"#,
            if held_out { "holdout" } else { "" },
            visit % 65_536,
            begin + 1_000
        );
    }
    log
}

/// A site with a key and a plan; its log begins with visits on which a first snapshot is learned.
pub(crate) struct Site(pub(crate) Folder);

impl Site {
    /// With so many visits of this kind.
    pub(crate) fn new(name: &str, kind: Visits, count: u64) -> Self {
        let folder = Folder::new(&format!("learn-{name}"));
        assert!(run(&["keygen", "--out", &folder.path("key")]).status.success());
        folder.file(
            "plan.json",
            r#"{"version":1,"slots":{"home":{"kind":"fill","strategies":["next_item"],"limit":4}}}"#,
        );
        std::fs::create_dir(folder.path("log")).unwrap();
        let site = Self(folder);
        site.log("1", &visits(kind, 0, count));
        site
    }

    /// Writes a file of the log.
    pub(crate) fn log(&self, name: &str, text: &str) {
        std::fs::write(self.0.path(&format!("log/{name}.jsonl")), text).unwrap();
    }

    /// One turn, with more words.
    pub(crate) fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slotwise"));
        let path = |name: &str| self.0.path(name);
        command.args(["learn", "--once", "--rounds", "0", "--minimum", "100"]);
        command.args(["--log", &path("log"), "--site", &path("site"), "--key", &path("key.secret")]);
        command.args(["--plan", &path("plan.json")]).args(more);
        command
    }

    /// Makes a turn.
    pub(crate) fn turn(&self, more: &[&str]) -> Output {
        self.command(more).output().unwrap()
    }

    /// Makes a turn that must succeed. Returns what it said.
    pub(crate) fn must(&self, more: &[&str]) -> String {
        let output = self.turn(more);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }

    /// The snapshot in use, opened with every check that a host makes.
    pub(crate) fn live(&self) -> Model<Vec<u8>> {
        let model = publish::open(&publish::Folder::to_read(self.0.path("site").as_ref()), None).unwrap();
        model.verify().unwrap();
        model
    }

    /// The journal.
    pub(crate) fn journal(&self) -> Vec<Entry> {
        journal::read(Path::new(&self.0.path("site.learn"))).unwrap()
    }
}
