//! A canary judged by the visits that tried it: real decisions, a real log, the real command.

mod folder;
mod visitors;

use folder::{Folder, run};
use slotwise::decide::is_canary;
use slotwise::experiment::Chance;
use slotwise::model::Model;
use slotwise::origin::key;
use slotwise::origin::publish::change::{self, Settings};
use slotwise::origin::publish::{self, Publication, Target};
use visitors::{BEGIN, PLAN, lines, train, visit_with};

const SHARE: u16 = 5_000;
const HOUR: u64 = 3_600_000;

/// Publishes a snapshot at a time of these tests.
fn publish_at(target: &dyn Target, folder: &Folder, model: &Model<Vec<u8>>, canary: Option<u16>, now_ms: u64) {
    let keys = [key::secret(folder.path("key.secret").as_ref()).unwrap()];
    let publication = Publication::begin(target, &keys, now_ms, None).unwrap();
    change::snapshot(publication, model.bytes(), canary, false, Settings::default()).unwrap();
}

#[test]
fn a_canary_is_promoted_or_withdrawn_by_what_its_visits_did() {
    let folder = Folder::new("canary-rule");
    let current = train(&folder, PLAN, None);
    let fresh = train(&folder, &PLAN.replace("\"trial\"", "\"another\""), None);
    let id = fresh.id().hex();
    // What visits did, and what the command says of it: code, words, snapshot in use.
    for (name, visits, [own, other], forged, code, word) in [
        ("young", 500, [0.5, 0.5], false, 0, "waits"),
        ("equal", 8_000, [0.5, 0.5], false, 0, "promotes"),
        ("worse", 8_000, [0.5, 0.35], false, 1, "withdraws"),
        ("forged", 8_000, [0.5, 0.35], true, 1, "withdraws"),
    ] {
        let place = folder.path(name);
        let target = publish::Folder::to_write(place.as_ref()).unwrap();
        publish_at(&target, &folder, &current, None, BEGIN - 2 * HOUR);
        publish_at(&target, &folder, &fresh, Some(SHARE), BEGIN - HOUR);
        drop(target);
        let mut chance = Chance::new(1);
        let mut log = String::new();
        for number in 0..visits {
            let begin = BEGIN + number * 7_000;
            let again = chance;
            let orders = |rate: f64| move |_: bool, _: &str, chance: &mut Chance| chance.uniform() < rate;
            let mut events = visit_with(&current, begin, &mut chance, orders(own));
            let exposure = events[1].params.exposure.clone().unwrap();
            if is_canary(&id, SHARE, exposure.seed.0.unwrap() as u16) {
                // The same visitor, with the other snapshot.
                chance = again;
                events = visit_with(&fresh, begin, &mut chance, orders(other));
            } else if forged && number % 4 == 0 {
                // A vote for the canary by somebody who was not drawn for it.
                events = visit_with(&fresh, begin, &mut chance, |_, _, _| true);
            }
            log += &lines(&events);
        }
        let log = folder.file(&format!("{name}.jsonl"), &log);
        let secret = folder.path("key.secret");
        let words = ["promote", "--published", &place, "--key", &secret, "--if-not-worse", "--events", &log];
        let output = run(&words);
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{name}: {said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains(word), "{name}: {said}");
        // About half were drawn for the canary. Votes of the others do not count.
        let tried =
            said.lines().find_map(|line| line.strip_prefix("canary    ")?.split(' ').next()?.parse::<u64>().ok());
        assert!(tried.is_some_and(|tried| tried < visits * 55 / 100), "{name}: {said}");
        let now = publish::manifest(&publish::Folder::to_read(place.as_ref()), None).unwrap().manifest;
        assert_eq!(now.canary.is_some(), word == "waits", "{name}");
        assert_eq!(now.current.snapshot == id, word == "promotes", "{name}");
    }
}
