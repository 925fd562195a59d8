//! One set of sessions, every host the same answer: this file runs natively and on wasm32, and the
//! tests in workerd and Chromium compare with the same expectations.
//!
//! `wasm-tests/golden/sessions.json` holds the sessions, `expected.json` what the golden snapshot
//! decides for them. After a change of behaviour that is meant, write the expectations anew with
//! `UPDATE_EXPECTED=1 cargo test --release --test vectors`.

use serde::{Deserialize, Serialize};
use slotwise::context::{Context, LocalTime};
use slotwise::decide::{Decider, DecisionReport};
use slotwise::event::RawEvent;
use slotwise::intent::{IntentReport, explain_intent};
use slotwise::model::Model;
use slotwise::session::Session;
use slotwise::snapshot::SnapshotId;

const SNAPSHOT: &[u8] = include_bytes!("golden/v1.slotwise");
const SESSIONS: &str = include_str!("golden/sessions.json");
const EXPECTED: &str = include_str!("golden/expected.json");
const NOW_MS: u64 = 1_800_000_000_000;
/// Where the visits come from: `wasm-tests/stage.mjs` states the same to the other hosts.
const OFFSET_MINUTES: i32 = 60;
const AGENT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148";
const REFERRER: &str = "https://www.google.com/";
const URL: &str = "https://shop.example/lamps?utm_campaign=spring";

#[derive(Deserialize)]
struct Visit {
    events: Vec<RawEvent>,
}

#[derive(Serialize)]
struct Answer {
    decisions: Vec<DecisionReport>,
    intent: IntentReport,
}

fn context() -> Context {
    Context::from_request(AGENT, REFERRER, URL, LocalTime::from_ms(NOW_MS, OFFSET_MINUTES))
}

fn answers() -> Vec<Answer> {
    let model = Model::open(SNAPSHOT, SnapshotId::default()).expect("the golden snapshot opens");
    let visits: Vec<Visit> = serde_json::from_str(SESSIONS).expect("the sessions are JSON");
    let answer = |mut visit: Visit| {
        let mut session = Session::begin(context(), NOW_MS);
        for event in &mut visit.events {
            session.observe_raw(event, NOW_MS);
        }
        let session = Session::from_token(&session.to_token()).expect("a token comes back");
        let mut decisions = Decider::new(&model, &session, NOW_MS).explain_all(0);
        // Hosts name the snapshot by its hash, which this test does not compute.
        for decision in &mut decisions {
            decision.snapshot.clear();
        }
        Answer { decisions, intent: explain_intent(&model, &session) }
    };
    visits.into_iter().map(answer).collect()
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_session_gets_the_expected_decisions_and_intent() {
    let answers = answers();
    let text = |answer: &Answer| serde_json::to_string(answer).expect("an answer is JSON");
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        let stated = serde_json::to_string(&context()).expect("a context is JSON");
        std::fs::write("wasm-tests/golden/context.json", stated + "\n").expect("written");
        let lines: Vec<String> = answers.iter().map(text).collect();
        std::fs::write("wasm-tests/golden/expected.json", format!("[\n{}\n]\n", lines.join(",\n"))).expect("written");
        return;
    }
    let expected: Vec<&serde_json::value::RawValue> =
        serde_json::from_str(EXPECTED).expect("the expectations are JSON");
    assert_eq!(answers.len(), expected.len());
    for (number, (answer, expected)) in answers.iter().zip(&expected).enumerate() {
        assert_eq!(text(answer), expected.get(), "session {number}");
    }
    let decided = answers.iter().flat_map(|answer| &answer.decisions).filter(|decision| decision.personalised).count();
    assert!(decided > 200, "only {decided} decisions change anything: the vectors say too little");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_parts_of_an_intent_add_up_to_its_score() {
    for answer in answers() {
        assert_eq!(answer.intent.reasons().iter().map(|reason| reason.weight).sum::<i32>(), answer.intent.scores.score);
    }
}
