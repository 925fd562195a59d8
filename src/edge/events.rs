//! Beacons and questions: events come in, the session's cookie and decisions go out.

use super::asker::{Asker, Visitor, session_cookie};
use super::read;
use crate::context::Context;
use crate::decide::{Decider, Decision, DecisionReport, Overrides, Place, relevance};
use crate::event::{ItemKey, RawEvent};
use crate::host::{EventsAnswer, js};
use crate::intent::{IntentReport, explain_intent, intent};
use crate::json;
use crate::model::Model;
use crate::session::Session;
use alloc::{rc::Rc, string::String, vec::Vec};
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[derive(Serialize)]
struct Taken<'a> {
    answer: EventsAnswer,
    cookie: Option<String>,
    events: &'a [RawEvent],
}

#[derive(Serialize)]
struct Answer {
    decisions: Vec<DecisionReport>,
    /// Relevance of the question's `rank`, in its order.
    relevance: Vec<u32>,
    intent: Option<IntentReport>,
    token: String,
    /// Bucketing key of the visit, which the exposures of these decisions state.
    seed: u16,
}

/// Takes a beacon, a parsed object. Returns as JSON the answer to its sender, and where consent allows the cookie that
/// remembers its events, and the events to be delivered to the origin's log.
#[wasm_bindgen]
pub fn take(asker: &Asker, beacon: &JsValue, now_ms: f64) -> Option<String> {
    let now = now_ms as u64;
    let (mut events, refused) = read::events(beacon, now);
    // The page may have put the events into its own token and linked them already.
    let applied = js::get(beacon, "applied").is_truthy();
    let mut visitor = Visitor::of(asker, now);
    if !applied {
        events.retain_mut(|event| visitor.session.observe_raw(event, now));
    }
    let answer = EventsAnswer::new(events.len(), refused);
    let kept = visitor.allowed && !visitor.bot && !events.is_empty();
    let cookie = (kept && !applied).then(|| session_cookie(&visitor.session, asker));
    json::text(&Taken { answer, cookie, events: if kept { &events } else { &[] } })
}

/// The visit a question is about: its token or the cookie, plus the events in the question; where it came from is what
/// the question says, or else the request.
fn visit(asker: &Asker, question: &JsValue, now: u64) -> Session {
    let mut session = Visitor::of(asker, now).session;
    let token = js::text(question, "token");
    // This address is no page a visit could begin on.
    let stated = read::context(&js::get(question, "context"));
    let context = || stated.unwrap_or(Context { landing: 0, ..session.context() });
    if !token.is_empty() {
        session = Session::resume(Some(&token), now, context);
    } else if session.is_empty() {
        session = Session::begin(context(), now);
    }
    for mut event in read::events(question, now).0 {
        session.observe_raw(&mut event, now);
    }
    session
}

/// Answers a question where there is no snapshot: with the visit, and nothing decided.
#[wasm_bindgen]
pub fn undecided(asker: &Asker, question: &JsValue, now_ms: f64) -> Option<String> {
    let session = visit(asker, question, now_ms as u64);
    let (token, seed) = (session.to_token(), session.seed());
    json::text(&Answer { decisions: Vec::new(), relevance: Vec::new(), intent: None, token, seed })
}

/// Decides for a caller that is no page: an app, a mail, a server-rendered store. Reasons and what the guardrails did are
/// told where the question says `"explain": true`. `None` for a slot the plan does not have. Nothing is stored.
pub(super) fn decide(model: &Rc<Model<Vec<u8>>>, asker: &Asker, question: &JsValue, now: u64) -> Option<String> {
    let session = visit(asker, question, now);
    let token = session.to_token();
    let [slot, item_id, about] = ["slot", "item_id", "about"].map(|name| js::text(question, name));
    let keys = js::texts(question, "keys");
    let anchor = (!item_id.is_empty()).then(|| ItemKey::from_id(&item_id));
    let ids = |name| js::texts(question, name).iter().map(|id| ItemKey::from_id(id)).collect::<Vec<_>>();
    let overrides = Overrides { preview: None, sold_out: ids("sold_out") };
    let mut decider = Decider::new(Rc::clone(model), session, now).with_overrides(overrides);
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let place = Place { anchor, about: &about, keys: &keys, ..Place::default() };
    let explained = js::get(question, "explain").is_truthy();
    let named = |decision: &Decision, place: &Place<'_>| DecisionReport::of(decision, model, place, None);
    let decisions: Vec<DecisionReport> = match (slot.is_empty(), explained) {
        (true, true) => decider.explain_all(),
        (true, false) => decider.decide_all().iter().map(|decision| named(decision, &Place::default())).collect(),
        (false, true) => decider.explain(&slot, &place).into_iter().collect(),
        (false, false) => decider.decide(&slot, &place).iter().map(|decision| named(decision, &place)).collect(),
    };
    if decisions.is_empty() && !slot.is_empty() {
        return None;
    }
    let session = decider.session();
    let relevance = relevance(model, session, &ids("rank"));
    let intent = if explained { explain_intent(model, session) } else { intent(model, session) };
    json::text(&Answer { decisions, relevance, intent: Some(intent), token, seed: session.seed() })
}
