//! Beacons and questions: events come in, the session's cookie and decisions go out.

use super::config::Config;
use super::http::{Visitor, json, now_ms, problem, session_cookie};
use super::snapshots;
use crate::decide::{Decider, Decision, IntentReport, intent};
use crate::event::{Beacon, ItemKey, RawEvent, Text};
use crate::model::Scratch;
use alloc::{format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use worker::js_sys::JSON;
use worker::web_sys::{Request, RequestInit, Response};
use worker::{Context, Env};

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

#[derive(Default, Deserialize)]
#[serde(default)]
struct Question {
    events: Vec<RawEvent>,
    token: Option<String>,
    slot: Option<String>,
    item_id: Text,
}

#[derive(Serialize)]
struct Answer {
    decisions: Vec<Decision>,
    intent: Option<IntentReport>,
    token: String,
}

/// Takes a beacon: remembers its events in the visitor's cookie, where consent allows, and forwards
/// them to the origin's log when the answer is out.
pub(super) async fn take(request: &Request, context: &Context, config: &Config) -> Result<Response, JsValue> {
    let mut beacon: Beacon = match body(request).await? {
        Ok(beacon) => beacon,
        Err(why) => return problem(400, &why),
    };
    let mut visitor = Visitor::of(request, config);
    let now = now_ms();
    let sent = beacon.events.len();
    if beacon.applied {
        // The page has put these into its own token and linked them; only their names are checked.
        beacon.events.retain(|event| crate::event::Event::from_raw(event, now).is_some());
    } else {
        beacon.events.retain_mut(|event| visitor.session.observe_raw(event, now));
    }
    let accepted = beacon.events.len();
    let response = json(202, &to_js(&Taken { accepted, ignored: sent - accepted })?)?;
    if visitor.allowed && !visitor.bot && accepted > 0 {
        if !beacon.applied {
            response.headers().set("set-cookie", &session_cookie(&visitor.session, &request.url()))?;
        }
        let body = String::from(JSON::stringify(&to_js(&Forwarded { events: &beacon.events })?)?);
        let url = format!("{}/_slotwise/events", config.origin);
        context.wait_until(async move {
            if let Err(why) = forward(&url, &body).await {
                worker::console_error!("slotwise: {accepted} events did not reach {url}: {}", snapshots::words(&why));
            }
        });
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
/// token or the cookie, plus the events in the question; nothing is stored.
pub(super) async fn decide(request: &Request, env: &Env, config: &Config) -> Result<Response, JsValue> {
    let mut question: Question = match body(request).await? {
        Ok(question) => question,
        Err(why) => return problem(400, &why),
    };
    if let Some(sync) = snapshots::refresh(env, config) {
        let _ = sync.await;
    }
    let mut session = Visitor::of(request, config).session;
    if let Some(token) = &question.token {
        session = crate::session::Session::resume(Some(token), now_ms(), session.context());
    }
    for event in &mut question.events {
        session.observe_raw(event, now_ms());
    }
    let Some(model) = snapshots::current() else {
        return json(200, &to_js(&Answer { decisions: Vec::new(), intent: None, token: session.to_token() })?);
    };
    let anchor = (!question.item_id.0.is_empty()).then(|| ItemKey::from_id(&question.item_id.0));
    let mut scratch = Scratch::default();
    let mut decider = Decider::new(&model, &session, &mut scratch);
    let decisions = match &question.slot {
        Some(slot) => match decider.decide(slot, anchor) {
            Some(decision) => alloc::vec![decision],
            None => return problem(404, &format!("the plan has no slot {slot:?}")),
        },
        None => decider.decide_all(),
    };
    let answer = Answer { decisions, intent: Some(intent(&model, &session)), token: session.to_token() };
    json(200, &to_js(&answer)?)
}

/// Reads a JSON body; the inner error is for the sender.
async fn body<T: serde::de::DeserializeOwned>(request: &Request) -> Result<Result<T, String>, JsValue> {
    let text = request.text()?.await?.as_string().unwrap_or_default();
    if text.len() > MAX_BODY {
        return Ok(Err(format!("the body has {} bytes, expected at most {MAX_BODY}; send fewer events at once", text.len())));
    }
    let Ok(value) = JSON::parse(&text) else {
        return Ok(Err("the body is no JSON, expected {\"events\":[{\"name\":\"view_item\",\"params\":{…}}]}".into()));
    };
    if !value.is_object() {
        return Ok(Err("the body is no JSON object, expected {\"events\":[…]}".into()));
    }
    Ok(serde_wasm_bindgen::from_value(value).map_err(|why| format!("the body cannot be read: {why}")))
}

fn to_js<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).map_err(JsValue::from)
}
