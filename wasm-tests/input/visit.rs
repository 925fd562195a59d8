//! What holds for whatever a visitor sends: a token, or events in a beacon.
//!
//! [`check`] is what a fuzz target runs. `inputs.rs` drives it by damaged tokens and beacons and by every file of
//! `crashers/visit`: an input that ever failed is kept by putting it there.

use slotwise::base64;
use slotwise::event::RawEvent;
use slotwise::session::{MAX_TOKEN, Session};

/// The moment at which input arrives.
const NOW_MS: u64 = 1_800_000_000_000;

/// Reads the input as a token, as the content of a token whose checksum is right, and as the events of a beacon. Whatever
/// comes of it is a session that fits a token and comes back from it. Returns how many sessions came of it.
pub(crate) fn check(input: &[u8]) -> usize {
    let text = String::from_utf8_lossy(input);
    let summed = [input, &slotwise::hash::hash(input, 0).to_le_bytes()[..4]].concat();
    let tokens = [Session::from_token(text.trim_end()), Session::from_token(&base64::encode(&summed))];
    let sessions: Vec<Session> = tokens.into_iter().chain([events(&text)]).flatten().collect();
    for session in &sessions {
        let mut session = session.clone();
        returns(&session);
        let Ok(mut next) =
            serde_json::from_str::<RawEvent>(r#"{"name":"view_item","params":{"items":[{"item_id":"1"}]}}"#)
        else {
            panic!("a well-formed event");
        };
        assert!(session.observe_raw(&mut next, NOW_MS));
        returns(&session);
    }
    sessions.len()
}

fn returns(session: &Session) {
    let token = session.to_token();
    assert!(token.len() <= MAX_TOKEN, "a token of {} bytes", token.len());
    assert_eq!(Session::from_token(&token).as_ref(), Some(session), "{token}");
}

/// The visit of a beacon's events, each of which may be nonsense; `None` for what is no beacon.
fn events(text: &str) -> Option<Session> {
    let beacon: serde_json::Value = serde_json::from_str(text).ok()?;
    let mut session = Session::default();
    for event in beacon.get("events")?.as_array()? {
        if let Ok(mut event) = serde_json::from_value::<RawEvent>(event.clone()) {
            session.observe_raw(&mut event, NOW_MS);
        }
    }
    Some(session)
}
