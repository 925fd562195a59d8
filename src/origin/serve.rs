//! The origin's HTTP server: hands out the manifest and the snapshots, and takes events in.
//!
//! It knows no shop. A shop has its own server, and reaches the origin through the edge or through a reverse proxy. Files
//! are read from disk for each request, so that a new training run is served at once. Invariant: 202 means that the
//! events are on disk.

use super::log::EventLog;
use super::{PublishError, key, publish, route};
use crate::event::{EventKind, RawEvent};
use crate::snapshot::SnapshotId;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path as Part, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::path::PathBuf;
use std::sync::Arc;

/// What to serve, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder of [`publish`].
    pub published: PathBuf,
    /// File of the public key that the published manifest must be signed for.
    pub public_key: PathBuf,
    /// Event log.
    pub log: PathBuf,
    /// Address and port; port 0 takes a free one.
    pub listen: String,
}

struct Origin {
    published: PathBuf,
    log: EventLog,
}

/// Longest body of events, in bytes.
const MAX_BODY: usize = crate::host::MAX_BODY;

/// Serves until the process ends. Says where as soon as it listens.
///
/// # Errors
/// A [`PublishError`] if the snapshot is damaged, the key does not fit, or the address is taken.
pub fn serve(options: &Options) -> Result<(), PublishError> {
    let public_key = key::read(&options.public_key)?;
    publish::open(&options.published, Some(&public_key))?;
    let log = EventLog::open(&options.log)?;
    let origin = Arc::new(Origin { published: options.published.clone(), log });
    let fail = |error| PublishError::file(options.listen.as_ref(), error);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(fail)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(&options.listen).await.map_err(fail)?;
        println!("slotwise: origin at http://{}", listener.local_addr().map_err(fail)?);
        axum::serve(listener, routes(origin)).await.map_err(fail)
    })
}

fn routes(origin: Arc<Origin>) -> Router {
    Router::new()
        .route(route::HEALTH.path, get(health))
        .route(route::MANIFEST.path, get(manifest))
        .route(route::SNAPSHOT.path, get(snapshot))
        .route(route::EVENTS.path, post(events))
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(origin)
}

type Shared = State<Arc<Origin>>;

async fn health(State(origin): Shared) -> Response {
    match publish::manifest(&origin.published) {
        Ok(manifest) => json(StatusCode::OK, &serde_json::json!({ "ok": true, "snapshot": manifest.snapshot })),
        Err(error) => problem(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
    }
}

/// Read from disk each time: it is the one file that changes.
async fn manifest(State(origin): Shared, headers: HeaderMap) -> Response {
    match tokio::fs::read(origin.published.join("manifest.json")).await {
        Ok(bytes) => {
            let tag = format!("\"{}\"", publish::id_of(&bytes).short());
            tagged(&headers, &tag, "no-cache", "application/json", bytes)
        }
        Err(error) => problem(StatusCode::NOT_FOUND, &format!("no manifest: {error}; train first")),
    }
}

async fn snapshot(State(origin): Shared, Part(id): Part<String>, headers: HeaderMap) -> Response {
    let Some(id) = SnapshotId::from_hex(&id) else {
        return problem(StatusCode::NOT_FOUND, "expected 64 hexadecimal digits behind /_slotwise/snapshot/");
    };
    match tokio::fs::read(origin.published.join("snapshot").join(id.to_string())).await {
        Ok(bytes) => {
            let (tag, cache) = (format!("\"{id}\""), "public, max-age=31536000, immutable");
            tagged(&headers, &tag, cache, "application/octet-stream", bytes)
        }
        Err(_) => problem(StatusCode::NOT_FOUND, "no such snapshot"),
    }
}

/// Events as the edge forwards them, or as a page sends them. 202 means: on disk.
async fn events(State(origin): Shared, body: Bytes) -> Response {
    let parsed = serde_json::from_slice::<serde_json::Value>(&body).map_err(|error| error.to_string());
    let listed = parsed
        .and_then(|value| value["events"].as_array().cloned().ok_or_else(|| "there is no list \"events\"".to_owned()));
    let events = match listed {
        Ok(events) => events,
        Err(why) => {
            return problem(StatusCode::BAD_REQUEST, &format!("{why}; expected {{\"events\":[{{\"name\":…}}]}}"));
        }
    };
    let (mut lines, mut accepted) = (String::new(), 0);
    for event in &events {
        // Only what the trainer reads is kept: a field nobody asked for may say who somebody is.
        let raw = serde_json::from_value::<RawEvent>(event.clone())
            .ok()
            .filter(|raw| EventKind::from_name(&raw.name).is_some());
        if let Some(line) = raw.map(with_time).and_then(|raw| serde_json::to_string(&raw).ok()) {
            lines.push_str(&line);
            lines.push('\n');
            accepted += 1;
        }
    }
    match origin.log.append(lines).await {
        Ok(()) => {
            json(StatusCode::ACCEPTED, &serde_json::json!({ "accepted": accepted, "ignored": events.len() - accepted }))
        }
        Err(error) => {
            problem(StatusCode::SERVICE_UNAVAILABLE, &format!("the events are not on disk: {error}; send them again"))
        }
    }
}

fn with_time(mut raw: RawEvent) -> RawEvent {
    if raw.time_ms.0.is_none() {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        raw.time_ms.0 = Some(now.as_millis() as f64);
    }
    raw
}

/// A shop's pages are not here, so whoever asks for one has the wrong address in a setting.
async fn unknown() -> Response {
    let ways = "manifest, snapshot/<id>, events and health";
    problem(StatusCode::NOT_FOUND, &format!("no such address: a Slotwise origin answers {ways} under /_slotwise/"))
}

fn typed(status: StatusCode, kind: &'static str, cache: &'static str, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)], body).into_response()
}

fn tagged(asked: &HeaderMap, tag: &str, cache: &'static str, kind: &'static str, body: Vec<u8>) -> Response {
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known == tag);
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { typed(StatusCode::OK, kind, cache, body) };
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

fn json(status: StatusCode, body: &serde_json::Value) -> Response {
    typed(status, "application/json", "no-store", body.to_string().into_bytes())
}

fn problem(status: StatusCode, why: &str) -> Response {
    json(status, &serde_json::json!({ "error": why }))
}
