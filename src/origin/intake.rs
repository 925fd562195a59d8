//! Takes events in: checks who posts and what, appends it to the log, and answers.
//!
//! Invariant: 202 means that every accepted event is on disk. A post is checked in this order: who sends it, what type it
//! has, from which site it comes, how long it is, whether it is JSON; then each event on its own. One event that is refused
//! does not keep the others out.

use super::answer::{json, problem};
use super::log::{EventLog, Line};
use super::sender::{Accept, Sender, is_foreign};
use super::signature::IntakeKey;
use super::tally::Tally;
use crate::event::valid::MAX_EVENTS;
use crate::event::{EventKind, RawEvent, Refusal};
use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Longest post, in bytes. The edge reads at most [`MAX_BODY`](crate::host::MAX_BODY) and writes the events anew. Bytes that
/// are no UTF-8 become three times as long, and each of at most 200 events gets an id, a time and two digests of together
/// less than 300 bytes; the product id `9e14` becomes 15 digits, and the price `1e7` 10.
pub(super) const MAX_POST: usize = 4 * crate::host::MAX_BODY;

/// How long a body may take to arrive. A client that takes longer holds memory for nothing.
pub(super) const BODY_TIME: Duration = Duration::from_secs(10);

/// The status and the words with which a post is refused.
pub(super) type Refused = (StatusCode, String);

/// What takes events in.
pub(super) struct Intake {
    accept: Accept,
    key: Option<IntakeKey>,
    log: EventLog,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    events: Tally,
    /// Posts that were answered 503.
    failed: u64,
}

impl Intake {
    pub(super) fn new(accept: Accept, key: Option<IntakeKey>, log: EventLog) -> Self {
        Self { accept, key, log, counts: Mutex::default() }
    }

    /// What became of the events so far, as JSON.
    pub(super) fn health(&self) -> Value {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let Tally { accepted, repeated, ignored, refused } = &counts.events;
        serde_json::json!({
            "accepted": accepted, "repeated": repeated, "ignored": ignored, "refused": refused,
            "failed_posts": counts.failed, "day_bytes": self.log.bytes(),
        })
    }

    /// Checks a post and returns its body; or the status and the words with which it is refused.
    async fn read(&self, peer: SocketAddr, request: Request) -> Result<Bytes, Refused> {
        let Some(sender) = Sender::of(self.accept, peer.ip(), request.headers()) else {
            let why = "the post is not signed: set the intake key at the edge, and see --accept";
            return Err((StatusCode::UNAUTHORIZED, why.into()));
        };
        let body = posted(request, MAX_POST).await?;
        match sender.verify(self.key.as_ref(), now_ms(), &body) {
            Ok(()) => Ok(body),
            Err(why) => Err((StatusCode::UNAUTHORIZED, why.to_string())),
        }
    }

    /// Appends accepted events to the log, and answers.
    pub(super) async fn keep(&self, lines: Vec<Line>, mut tally: Tally) -> Response {
        match self.log.append(lines).await {
            Ok(appended) => {
                tally.accepted = appended.accepted as u64;
                tally.repeated = appended.repeated as u64;
                self.count(|counts| counts.events.add(&tally));
                json(StatusCode::ACCEPTED, &serde_json::json!(tally))
            }
            Err(_) => {
                self.count(|counts| counts.failed += 1);
                let why = "the events are not on disk; send them again";
                let mut response = problem(StatusCode::SERVICE_UNAVAILABLE, why);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
                response
            }
        }
    }

    fn count(&self, act: impl FnOnce(&mut Counts)) {
        act(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// `POST /_slotwise/events`.
pub(super) async fn events(
    State(intake): State<Arc<Intake>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let body = match intake.read(peer, request).await {
        Ok(body) => body,
        Err((status, why)) => return problem(status, &why),
    };
    match Post::read(&body, now_ms()) {
        Ok(Post { events, tally, .. }) => intake.keep(events.iter().filter_map(Line::of).collect(), tally).await,
        Err(why) => problem(StatusCode::BAD_REQUEST, &why),
    }
}

/// The body of a post of JSON, of at most this many bytes; or the status and the words with which it is refused.
pub(super) async fn posted(request: Request, most: usize) -> Result<Bytes, Refused> {
    let refuse = |status, why: &str| Err((status, why.to_owned()));
    if !is_json(request.headers()) {
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "expected content-type: application/json");
    }
    if is_foreign(request.headers()) {
        return refuse(StatusCode::FORBIDDEN, "a page of another site may not post events");
    }
    let too_long = format!("expected at most {most} bytes; send fewer events at once");
    if stated_length(request.headers()).is_some_and(|length| length > most as u64) {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, &too_long);
    }
    match tokio::time::timeout(BODY_TIME, Bytes::from_request(request, &())).await {
        Err(_) => refuse(StatusCode::REQUEST_TIMEOUT, "the body took too long; send it again"),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            refuse(StatusCode::PAYLOAD_TOO_LARGE, &too_long)
        }
        Ok(Err(rejection)) => refuse(rejection.status(), "the body cannot be read; send it again"),
        Ok(Ok(body)) => Ok(body),
    }
}

/// What a post holds.
pub(super) struct Post {
    /// The valid events.
    pub(super) events: Vec<RawEvent>,
    /// Whether the page has put them into its own token already.
    pub(super) applied: bool,
    /// Counts of the others.
    pub(super) tally: Tally,
}

impl Post {
    /// Reads a body. Each event is checked on its own.
    pub(super) fn read(body: &[u8], now_ms: u64) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Whole {
            events: Vec<Value>,
            #[serde(default)]
            applied: Value,
        }
        let Whole { events: given, applied } = serde_json::from_slice(body)
            .map_err(|error| format!("{error}; expected {{\"events\":[{{\"name\":…}}]}}"))?;
        let (mut events, mut tally) = (Vec::new(), Tally::default());
        for (number, event) in given.into_iter().enumerate() {
            let event = if number < MAX_EVENTS { accepted(event, now_ms) } else { Err(Refusal::Count) };
            match event {
                Ok(event) => events.push(event),
                Err(refusal) => tally.refuse(refusal),
            }
        }
        Ok(Self { events, applied: applied == true, tally })
    }
}

fn accepted(event: Value, now_ms: u64) -> Result<RawEvent, Refusal> {
    let is_used = event["name"].as_str().is_none_or(|name| EventKind::from_name(name).is_some());
    let shape = if is_used { Refusal::Shape } else { Refusal::Name };
    let mut event: RawEvent = serde_json::from_value(event).map_err(|_| shape)?;
    event.accept(now_ms)?;
    Ok(event)
}

impl Line {
    /// The line of an event. Only what the trainer reads is kept: a field nobody asked for may say who somebody is.
    pub(super) fn of(event: &RawEvent) -> Option<Self> {
        Some(Self { event_id: event.event_id.0.clone(), json: serde_json::to_string(event).ok()? })
    }
}

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

pub(super) fn stated_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_262_400_000;

    #[test]
    fn each_event_is_checked_on_its_own_and_counted() {
        let body = r#"{"events":[
            {"name":"view_item","params":{"items":[{"item_id":"1"}],"email":"a@b.c"},"time_ms":1e300,"event_id":"e1","ip":"::1"},
            {"name":"view_item","params":{"items":[{"item_id":"1","price":-3}]}},
            {"name":"view_item","params":{"items":"none"}},
            {"name":"page_view","params":{"items":"none"}},
            {"name":"page_view"}, 7, {"name":"view_item","event_id":"<"}]}"#;
        let Post { events, tally, .. } = Post::read(body.as_bytes(), NOW).unwrap();
        let lines: Vec<Line> = events.iter().filter_map(Line::of).collect();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].event_id, "e1");
        assert_eq!(
            lines[0].json,
            r#"{"name":"view_item","params":{"items":[{"item_id":"1"}]},"event_id":"e1","time_ms":1795262400000.0}"#
        );
        assert_eq!(tally.ignored, 2);
        assert_eq!(tally.refused, [("event_id", 1), ("price", 1), ("shape", 2)].into());
        for bad in ["", "{}", "[]", r#"{"events":{}}"#, r#"{"events":[}"#] {
            assert!(Post::read(bad.as_bytes(), NOW).is_err(), "{bad}");
        }
    }

    #[test]
    fn events_beyond_the_first_two_hundred_are_refused() {
        let all = vec![r#"{"name":"scroll"}"#; MAX_EVENTS + 5].join(",");
        let Post { events, tally, .. } = Post::read(format!("{{\"events\":[{all}]}}").as_bytes(), NOW).unwrap();
        assert_eq!((events.len(), &tally.refused), (MAX_EVENTS, &[("count", 5)].into()));
    }

    /// A body of the greatest length, as the edge would write it again.
    fn forwarded(event: &str) -> usize {
        let most = crate::host::MAX_BODY - r#"{"events":[]}"#.len();
        let count = (most / (event.len() + 1)).min(MAX_EVENTS);
        let events: Vec<RawEvent> = (0..count)
            .map(|_| {
                let mut event: RawEvent = serde_json::from_str(event).unwrap();
                event.accept(NOW).unwrap();
                event.event_id.0 = "123e4567-e89b-12d3-a456-426614174000".into();
                event.chain = Some((Some("0123456789abcdef".into()), "0123456789abcdef".into()));
                event
            })
            .collect();
        serde_json::json!({ "events": events }).to_string().len()
    }

    #[test]
    fn every_post_that_the_edge_can_forward_fits() {
        let items = |item: &str, count| {
            format!(r#"{{"name":"purchase","params":{{"items":[{}]}}}}"#, vec![item; count].join(","))
        };
        let text = "\u{fffd}".repeat(66);
        // The last one stands for bytes that were no UTF-8 and became three times as long.
        let broken = items(
            &format!(r#"{{"item_id":"1","item_name":"{text}","item_brand":"{text}","item_category":"{text}"}}"#),
            1,
        );
        for event in [
            r#"{"name":"scroll"}"#.to_owned(),
            items(r#"{"item_id":9e14}"#, 200),
            items(r#"{"item_id":"1","price":1e7,"discount":1e7}"#, 200),
            items("{}", 200),
            r#"{"name":"slot_exposure","params":{"exposure":{"slot":1}}}"#.to_owned(),
        ] {
            let length = forwarded(&event);
            assert!(length < MAX_POST, "{length} bytes of {event:.60}");
        }
        let shrunk = broken.replace('\u{fffd}', "?").len();
        let count = (crate::host::MAX_BODY / shrunk).min(MAX_EVENTS);
        assert!(count * (broken.len() + 300) < MAX_POST);
    }
}
