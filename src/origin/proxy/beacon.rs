//! `POST /_slotwise/events` of a page behind the proxy: into the visitor's cookie, if consent allows, and into the log.
//!
//! The same rules hold as at the edge: the shop's own pages may post, nobody else's; what is accepted is on disk before it is
//! acknowledged; without consent nothing is kept.

use super::Proxy;
use super::asked::Asked;
use crate::front::Visitor;
use crate::host::MAX_BODY;
use crate::origin::answer::{json, problem};
use crate::origin::intake::{Post, now_ms, posted};
use crate::origin::log::Line;
use crate::text::hex;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use std::sync::Arc;

/// `POST /_slotwise/events`.
pub(in crate::origin) async fn events(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    let asked = Asked::of(request.headers(), request.uri(), proxy.is_implied);
    let now = now_ms();
    let body = match posted(request, MAX_BODY).await {
        Ok(body) => body,
        Err((status, why)) => return problem(status, &why),
    };
    let Post { mut events, applied, mut tally } = match Post::read(&body, now) {
        Ok(post) => post,
        Err(why) => return problem(StatusCode::BAD_REQUEST, &why),
    };
    let (cookie, kept) = Visitor::of(&asked, now).observe(&mut events, applied, &asked, now);
    if !kept {
        tally.accepted = events.len() as u64;
        return json(StatusCode::ACCEPTED, &serde_json::json!(tally));
    }
    for event in events.iter_mut().filter(|event| event.event_id.0.is_empty()) {
        // By its id the log knows an event that comes again.
        event.event_id.0 = fresh_id();
    }
    let mut response = proxy.intake.keep(events.iter().filter_map(Line::of).collect(), tally).await;
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok())
        && response.status() == StatusCode::ACCEPTED
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// An id that no other event has. Empty on a machine without randomness: then the event is never taken for a repeated one.
fn fresh_id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map(|()| hex(&bytes)).unwrap_or_default()
}
