//! Beacons and questions: events come in, the session's cookie and decisions go out.

use super::config::Config;
use super::http::{Visitor, json, now_ms, problem, session_cookie};
use super::snapshots;
use crate::decide::{Board, Decider, Decision, DecisionReport, IntentReport, Place, explain_intent, intent, relevance};
use crate::event::{Event, ItemKey, RawEvent};
use crate::js;
use crate::session::Session;
use alloc::{format, string::String, vec::Vec};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use worker::js_sys::JSON;
use worker::web_sys::{Request, RequestInit, Response};
use worker::Env;
use worker::wasm_bindgen_futures::future_to_promise;
use worker::worker_sys::Context;

/// Longest body that is read, in characters.
const MAX_BODY: usize = 64 * 1024;

#[derive(Serialize)]
struct Taken {
    accepted: usize,
    ignored: usize,
}

#[derive(Serialize)]
struct Forwarded<'a> {
    events: &'a [RawEvent],
}

#[derive(Serialize)]
struct Answer {
    decisions: Vec<DecisionReport>,
    /// Relevance of the question's `rank`, in its order.
    relevance: Vec<u32>,
    intent: Option<IntentReport>,
    token: String,
}

/// Takes a beacon: remembers its events in the visitor's cookie, where consent allows, and forwards
/// them to the origin's log when the answer is out.
pub(super) async fn take(request: &Request, context: &Context, config: &Config) -> Result<Response, JsValue> {
    let beacon = match body(request).await? {
        Ok(beacon) => beacon,
        Err(why) => return problem(400, &why),
    };
    let mut events = js::events(&beacon);
    // The page may have put the events into its own token and linked them already.
    let applied = js::get(&beacon, "applied").is_truthy();
    let mut visitor = Visitor::of(request, config);
    let now = now_ms();
    let sent = events.len();
    if applied {
        events.retain(|event| Event::from_raw(event, now).is_some());
    } else {
        events.retain_mut(|event| visitor.session.observe_raw(event, now));
    }
    let accepted = events.len();
    let response = json(202, &js::object(&Taken { accepted, ignored: sent - accepted })?)?;
    if visitor.allowed && !visitor.bot && accepted > 0 {
        if !applied {
            response.headers().set("set-cookie", &session_cookie(&visitor.session, &request.url()))?;
        }
        let body = String::from(JSON::stringify(&js::object(&Forwarded { events: &events })?)?);
        let url = format!("{}/_slotwise/events", config.origin);
        context.wait_until(&future_to_promise(async move {
            if let Err(why) = forward(&url, &body).await {
                worker::console_error!("slotwise: {accepted} events did not reach {url}: {}", js::message(&why));
            }
            Ok(JsValue::UNDEFINED)
        }))?;
    }
    Ok(response)
}

async fn forward(url: &str, body: &str) -> Result<(), JsValue> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&body.into());
    let request = Request::new_with_str_and_init(url, &init)?;
    request.headers().set("content-type", "application/json")?;
    let response: Response = super::http::fetch_request(&request).await?.unchecked_into();
    if response.ok() { Ok(()) } else { Err(format!("status {}", response.status()).into()) }
}

/// Decides for a caller that is no page: an app, a mail, a server-rendered store. The visit is the
/// token or the cookie, plus the events in the question; where it came from is what the question says, or
/// else the request. Reasons and what the guardrails did are told where the question says `"explain": true`.
/// Nothing is stored.
pub(super) async fn decide(request: &Request, env: &Env, config: &Config) -> Result<Response, JsValue> {
    let question = match body(request).await? {
        Ok(question) => question,
        Err(why) => return problem(400, &why),
    };
    if let Some(sync) = snapshots::refresh(env, config) {
        let _ = sync.await;
    }
    let mut session = Visitor::of(request, config).session;
    let token = js::text(&question, "token");
    // This address is no page a visit could begin on.
    let stated = js::context(&js::get(&question, "context"));
    let context = || stated.unwrap_or(crate::context::Context { landing: 0, ..session.context() });
    if !token.is_empty() {
        session = Session::resume(Some(&token), now_ms(), context);
    } else if session.is_empty() {
        session = Session::begin(context(), now_ms());
    }
    for mut event in js::events(&question) {
        session.observe_raw(&mut event, now_ms());
    }
    let token = session.to_token();
    let Some(model) = snapshots::current() else {
        let nothing = Answer { decisions: Vec::new(), relevance: Vec::new(), intent: None, token };
        return json(200, &js::object(&nothing)?);
    };
    let (slot, item_id) = (js::text(&question, "slot"), js::text(&question, "item_id"));
    let keys = js::texts(&question, "keys");
    let anchor = (!item_id.is_empty()).then(|| ItemKey::from_id(&item_id));
    let ids = |name| js::texts(&question, name).iter().map(|id| ItemKey::from_id(id)).collect::<Vec<_>>();
    let mut board = Board::default();
    board.sold_out = ids("sold_out");
    let mut decider = Decider::new(&model, &session, now_ms(), &mut board);
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let place = Place { anchor, keys: &keys, fitted: false };
    let explained = js::get(&question, "explain").is_truthy();
    let named = |decision: &Decision, place: &Place<'_>| DecisionReport::of(decision, &model, place, None);
    let decisions: Vec<DecisionReport> = match (slot.is_empty(), explained) {
        (true, true) => decider.explain_all(),
        (true, false) => decider.decide_all().iter().map(|decision| named(decision, &Place::default())).collect(),
        (false, true) => decider.explain(&slot, &place).into_iter().collect(),
        (false, false) => decider.decide(&slot, &place).iter().map(|decision| named(decision, &place)).collect(),
    };
    if decisions.is_empty() && !slot.is_empty() {
        return problem(404, &format!("the plan has no slot \"{slot}\""));
    }
    let relevance = relevance(&model, &session, &ids("rank"));
    let intent = if explained { explain_intent(&model, &session) } else { intent(&model, &session) };
    json(200, &js::object(&Answer { decisions, relevance, intent: Some(intent), token })?)
}

/// Reads a JSON body; the inner error is for the sender.
async fn body(request: &Request) -> Result<Result<JsValue, String>, JsValue> {
    let text = request.text()?.await?.as_string().unwrap_or_default();
    if text.len() > MAX_BODY {
        return Ok(Err(format!(
            "the body has {} bytes, expected at most {MAX_BODY}; send fewer events at once",
            text.len()
        )));
    }
    let Ok(value) = JSON::parse(&text) else {
        return Ok(Err("the body is no JSON, expected {\"events\":[{\"name\":\"view_item\",\"params\":{…}}]}".into()));
    };
    if !value.is_object() {
        return Ok(Err("the body is no JSON object, expected {\"events\":[…]}".into()));
    }
    Ok(Ok(value))
}
