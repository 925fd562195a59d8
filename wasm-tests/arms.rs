//! Arms that explore, in the loop: what they earn counts before there is another model.

mod folder;
mod visitors;

use folder::{Folder, run};
use slotwise::experiment::Chance;
use slotwise::learn::journal::{self, Phase, Step};
use slotwise::model::Model;
use slotwise::origin::publish;
use slotwise::snapshot::layout::Tag;
use std::fs;
use std::path::Path;
use visitors::{BEGIN, lines, posterior_plan, published, train, visit};

/// The snapshot in use.
fn live(folder: &Folder) -> Model<Vec<u8>> {
    publish::open(&publish::Folder::to_read(published(folder).as_ref()), None).unwrap()
}

fn shares(model: &Model<Vec<u8>>) -> Vec<u16> {
    model.plan().slot("home.hero").unwrap().arms.iter().map(|arm| arm.share).collect()
}

/// A turn of the loop that wants more visits for a window than there are. Returns what it said.
fn turn(folder: &Folder) -> String {
    let (log, site, key) = (folder.path("log"), published(folder), folder.path("key.secret"));
    let plan = folder.path("plan.json");
    let words =
        ["learn", "--log", &log, "--site", &site, "--key", &key, "--plan", &plan, "--once", "--minimum", "50000"];
    let output = run(&words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Writes simulated visits to the snapshot in use, the truth being that `lamps` sell most.
fn visits(folder: &Folder, name: &str, begin: u64, count: u64, chance: &mut Chance) {
    let model = live(folder);
    let log: String = (0..count).map(|number| lines(&visit(&model, begin + number * 40_000, chance))).collect();
    fs::create_dir_all(folder.path("log")).unwrap();
    folder.file(&format!("log/{name}.jsonl"), &log);
}

#[test]
fn an_arm_that_sells_gets_more_visits_before_the_next_model_and_nothing_else_changes() {
    let folder = Folder::new("arms");
    let first = train(&folder, &posterior_plan(), None);
    let mut chance = Chance::new(4);
    visits(&folder, "1", BEGIN, 4_000, &mut chance);
    let said = turn(&folder);
    assert!(said.contains("waits: ") && said.contains("giving arms the shares that they have earned done"), "{said}");
    let second = live(&folder);
    // The plan's order: own, bold, lamps. They sell to 7, 11 and 12 of 100 visits.
    let (before, after) = (shares(&first), shares(&second));
    assert!(after[2] > before[2] + 1_000 && after[0] < before[0] / 2, "{before:?} to {after:?}");
    let moved = [before[2], after[2]].map(|share| format!("{:.1} %", f64::from(share) / 100.0));
    assert!(said.contains(&format!("share {}", moved.join(" to "))), "{said}");
    let stats = second.arm_stats();
    let seen: u32 = stats[0].arms.iter().map(|arm| arm.visits).sum();
    assert!((3_000..4_000).contains(&seen), "a tenth is held out: {seen}");
    for ((tag, old), (same, new)) in first.sections().iter().zip(second.sections().iter()) {
        assert_eq!(tag, same);
        let is_same = first.bytes()[old] == second.bytes()[new];
        assert_eq!(is_same, tag != Tag::PLAN && tag != Tag::ARMS, "{}", tag.name());
    }
    // Nothing new: nothing is published.
    assert!(!turn(&folder).contains("giving arms"));
    assert_eq!(live(&folder).id().hex(), second.id().hex());
    // Visits to the new snapshot count with those to the old one.
    visits(&folder, "2", BEGIN + 4_000 * 40_000, 4_000, &mut chance);
    turn(&folder);
    let third = live(&folder).arm_stats();
    let seen_then: u32 = third[0].arms.iter().map(|arm| arm.visits).sum();
    assert!(live(&folder).id().hex() == second.id().hex() || seen_then > seen + 3_000, "{seen} to {seen_then}");
    let entries = journal::read(Path::new(&format!("{}.learn", published(&folder)))).unwrap();
    let begun = entries.iter().find(|entry| entry.step == Step::Arms && entry.phase == Phase::Begun).unwrap();
    assert_eq!(begun.facts["snapshot"], second.id().hex(), "the journal names it before it is published");
}
