//! `GET` and `POST /_slotwise/overlay`: hands out live facts, and takes them from the shop's backend.
//!
//! A post says what a shop's visitors pay, so it is always signed, whatever `--accept` says of events: with the intake key,
//! in the way of [`signature`]. A post counts once: its signature is remembered as long as it would be valid, and posts
//! that were signed before this process began are refused, so that nobody can send a recorded one again after a restart.
//!
//! Invariant: 200 means that the facts are on disk and are handed out from now on.

use super::answer::{json, problem, tagged};
use super::facts;
use super::intake::{BODY_TIME, is_json, now_ms, stated_length};
use super::overlay::{self, OverlayError};
use super::publish;
use super::sender::is_foreign;
use super::signature::{self, BadSignature, IntakeKey, WINDOW_MS};
use crate::snapshot::overlay::{Entry, Overlay};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use ed25519_dalek::SigningKey;
use serde::Deserialize;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Longest post, in bytes: room for as many products as an overlay may have.
pub(super) const MAX_POST: usize = 2 * 1024 * 1024;
/// Most posts within the window of a signature. More would have to be remembered.
const MAX_RECENT: usize = 10_000;

/// What takes live facts in and hands them out.
pub(super) struct Facts {
    pub(super) published: PathBuf,
    /// Signs overlays; without it none are taken.
    pub(super) key: Option<SigningKey>,
    pub(super) intake_key: Option<IntakeKey>,
    /// When the process began, in milliseconds since 1970.
    pub(super) began_ms: u64,
    /// Signatures that were used, with the times they state.
    pub(super) used: Mutex<Vec<(u64, String)>>,
}

impl Facts {
    /// Checks a signature, and that it is used for the first time.
    fn verify(&self, header: &str, body: &[u8], now_ms: u64) -> Result<(), String> {
        let key = self.intake_key.as_ref().ok_or("start the origin with --intake-key to post prices")?;
        key.verify(now_ms, header, body).map_err(|why| why.to_string())?;
        let stated = signature::time(header).ok_or_else(|| BadSignature::Malformed.to_string())?;
        if stated < self.began_ms {
            return Err("the post was signed before the origin began; sign it anew".into());
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|(time_ms, _)| time_ms + WINDOW_MS >= now_ms);
        if used.iter().any(|(_, known)| known == header) {
            return Err("the post was taken already; sign it anew".into());
        }
        if used.len() >= MAX_RECENT {
            return Err("too many posts in five minutes; send more products at once".into());
        }
        used.push((stated, header.to_owned()));
        Ok(())
    }
}

/// `GET /_slotwise/overlay`. Read from disk each time: it changes.
pub(super) async fn get(State(facts): State<Arc<Facts>>, headers: HeaderMap) -> Response {
    match tokio::fs::read(facts.published.join(overlay::FILE)).await {
        Ok(bytes) => {
            let tag = format!("\"{}\"", publish::name_of(&bytes));
            tagged(&headers, &tag, "no-cache", "application/octet-stream", bytes)
        }
        Err(_) => problem(StatusCode::NOT_FOUND, "this shop publishes no live prices"),
    }
}

/// `POST /_slotwise/overlay`.
pub(super) async fn post(State(facts): State<Arc<Facts>>, request: Request) -> Response {
    match take(facts, request).await {
        Ok(published) => json(StatusCode::OK, &serde_json::json!(published)),
        Err((status, why)) => problem(status, &why),
    }
}

async fn take(facts: Arc<Facts>, request: Request) -> Result<overlay::Published, (StatusCode, String)> {
    let refuse = |status, why: &str| Err((status, why.to_owned()));
    if facts.key.is_none() {
        return refuse(StatusCode::NOT_FOUND, "this origin takes no prices; start it with --overlay-key");
    }
    let signed = request.headers().get(signature::HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let Some(signed) = signed else {
        return refuse(StatusCode::UNAUTHORIZED, "the post is not signed: sign it with the intake key");
    };
    if !is_json(request.headers()) {
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "expected content-type: application/json");
    }
    if is_foreign(request.headers()) {
        return refuse(StatusCode::FORBIDDEN, "a page of another site may not post prices");
    }
    let too_long = format!("expected at most {MAX_POST} bytes; send fewer products at once");
    if stated_length(request.headers()).is_some_and(|length| length > MAX_POST as u64) {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, &too_long);
    }
    let body = match tokio::time::timeout(BODY_TIME, Bytes::from_request(request, &())).await {
        Err(_) => return refuse(StatusCode::REQUEST_TIMEOUT, "the body took too long; send it again"),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, &too_long);
        }
        Ok(Err(rejection)) => return refuse(rejection.status(), "the body cannot be read; send it again"),
        Ok(Ok(body)) => body,
    };
    let now_ms = now_ms();
    facts.verify(&signed, &body, now_ms).map_err(|why| (StatusCode::UNAUTHORIZED, why))?;
    let entries = read(&body).map_err(|why| {
        (StatusCode::BAD_REQUEST, format!("{why}; expected {{\"products\":[{{\"product\":\"…\",\"price\":…}}]}}"))
    })?;
    // Waiting for the disk and the lock must not hold up the other requests.
    let published = tokio::task::spawn_blocking(move || {
        let Some(key) = &facts.key else { return None };
        let place = facts.published.to_str()?;
        Some(overlay::publish(place, key, &entries, true, now_ms))
    });
    match published.await {
        Ok(Some(Ok(published))) => Ok(published),
        Ok(Some(Err(error @ OverlayError::TooLong { .. }))) => Err((StatusCode::PAYLOAD_TOO_LARGE, error.to_string())),
        Ok(Some(Err(error))) => {
            // Paths are for whoever runs the origin.
            eprintln!("slotwise: {error}");
            refuse(StatusCode::SERVICE_UNAVAILABLE, "the prices are not on disk; the origin's output says why")
        }
        Ok(None) | Err(_) => refuse(StatusCode::SERVICE_UNAVAILABLE, "the prices are not on disk; send them again"),
    }
}

fn read(body: &[u8]) -> Result<Vec<Entry>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Post {
        products: Vec<Value>,
    }
    let post: Post = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if post.products.len() > Overlay::MAX_ENTRIES {
        return Err(format!("{} products are too many, send at most {}", post.products.len(), Overlay::MAX_ENTRIES));
    }
    let each = |(at, row)| facts::entry(row).map_err(|why| format!("products[{at}]: {why}"));
    post.products.iter().enumerate().map(each).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_262_400_000;

    #[test]
    fn a_post_counts_once_and_not_from_before_the_start() {
        let key = IntakeKey::new([7; 32]);
        let facts = Facts {
            published: PathBuf::new(),
            key: None,
            intake_key: Some(key.clone()),
            began_ms: NOW,
            used: Mutex::default(),
        };
        let early = key.sign(NOW - 1, b"{}");
        assert!(facts.verify(&early, b"{}", NOW + 5).unwrap_err().contains("before the origin began"));
        let header = key.sign(NOW + 1, b"{}");
        assert_eq!(facts.verify(&header, b"{}", NOW + 5), Ok(()));
        assert!(facts.verify(&header, b"{}", NOW + 6).unwrap_err().contains("taken already"));
        assert!(facts.verify(&header, b"{}", NOW + 2 + WINDOW_MS).unwrap_err().contains("five minutes"));
        assert_eq!(facts.verify(&key.sign(NOW + 2, b"{}"), b"{}", NOW + 6), Ok(()));
        assert!(facts.verify("t=1", b"{}", NOW).is_err());
    }

    #[test]
    fn a_post_is_read_whole_or_not_at_all() {
        assert_eq!(read(br#"{"products":[{"product":"1","price":1},{"product":2,"stock":0}]}"#).unwrap().len(), 2);
        for (bad, words) in [
            (r#"{"products":[{"product":"1"},{"price":1}]}"#, "products[1]"),
            (r#"{"products":[],"merge":true}"#, "merge"),
            ("[]", "products"),
            ("{", "EOF"),
        ] {
            assert!(read(bad.as_bytes()).unwrap_err().contains(words) || bad == "[]", "{bad}");
        }
    }
}
