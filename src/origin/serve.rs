//! The origin's HTTP server: hands out the manifest and the snapshots, and takes events in.
//!
//! It knows no shop. A shop has its own server, and reaches the origin through the edge or through a reverse proxy. Files
//! are read from disk for each request, so that a new training run is served at once. Invariant: 202 means that the
//! events are on disk.

use super::answer::{json, problem, tagged};
use super::facts_intake::{self, Facts};
use super::intake::{self, Intake, MAX_POST, now_ms};
use super::log::{EventLog, EventLogError};
use super::sender::Accept;
use super::{PublishError, key, publish, route};
use crate::snapshot::SnapshotId;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path as Part, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use thiserror::Error;

/// What to serve, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder of [`publish`].
    pub published: PathBuf,
    /// File of the public key that the published manifest must be signed for.
    pub public_key: PathBuf,
    /// Folder of the event log.
    pub log: PathBuf,
    /// After how many days closed days of the log are removed; `None` keeps all.
    pub keep_days: Option<u32>,
    /// File of the key with which the edge signs events.
    pub intake_key: Option<PathBuf>,
    /// File of the key that signs live prices; `None` takes none.
    pub overlay_key: Option<PathBuf>,
    /// Whose events are taken.
    pub accept: Accept,
    /// Address and port; port 0 takes a free one.
    pub listen: String,
}

/// Why the origin does not start.
#[derive(Debug, Error)]
pub enum ServeError {
    /// What is published is damaged or does not fit the key, or the address is taken.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The event log cannot be opened.
    #[error(transparent)]
    Log(#[from] EventLogError),
    /// No signature could ever be valid.
    #[error(
        "--accept signed takes only signed events, expected --intake-key with the file OUT.intake of `slotwise keygen`"
    )]
    NoIntakeKey,
}

struct Origin {
    published: PathBuf,
    intake: Arc<Intake>,
    facts: Arc<Facts>,
}

/// Serves until the process ends. Says where as soon as it listens.
///
/// # Errors
/// A [`ServeError`].
pub fn serve(options: &Options) -> Result<(), ServeError> {
    let public_key = key::read(&options.public_key)?;
    publish::open(&options.published, Some(&public_key))?;
    let intake_key = options.intake_key.as_deref().map(key::intake).transpose()?;
    if options.accept == Accept::Signed && intake_key.is_none() {
        return Err(ServeError::NoIntakeKey);
    }
    let facts = Arc::new(Facts {
        published: options.published.clone(),
        key: options.overlay_key.as_deref().map(key::secret).transpose()?,
        intake_key: intake_key.clone(),
        began_ms: now_ms(),
        used: Mutex::default(),
    });
    let log = EventLog::open(&options.log, options.keep_days, Box::new(now_ms))?;
    let intake = Arc::new(Intake::new(options.accept, intake_key, log));
    let origin = Arc::new(Origin { published: options.published.clone(), intake, facts });
    let fail = |error| PublishError::file(options.listen.as_ref(), error);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(fail)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(&options.listen).await.map_err(fail)?;
        println!("slotwise: origin at http://{}", listener.local_addr().map_err(fail)?);
        let service = routes(origin).into_make_service_with_connect_info::<SocketAddr>();
        Ok(axum::serve(listener, service).await.map_err(fail)?)
    })
}

fn routes(origin: Arc<Origin>) -> Router {
    let intake = Router::new()
        .route(route::EVENTS.path, post(intake::events))
        .layer(DefaultBodyLimit::max(MAX_POST))
        .with_state(Arc::clone(&origin.intake));
    let facts = Router::new()
        .route(route::OVERLAY.path, get(facts_intake::get).post(facts_intake::post))
        .layer(DefaultBodyLimit::max(facts_intake::MAX_POST))
        .with_state(Arc::clone(&origin.facts));
    Router::new()
        .route(route::HEALTH.path, get(health))
        .route(route::MANIFEST.path, get(manifest))
        .route(route::SNAPSHOT.path, get(snapshot))
        .fallback(unknown)
        .with_state(origin)
        .merge(intake)
        .merge(facts)
}

type Shared = State<Arc<Origin>>;

async fn health(State(origin): Shared) -> Response {
    match publish::manifest(&origin.published) {
        Ok(manifest) => {
            let body =
                serde_json::json!({ "ok": true, "snapshot": manifest.snapshot, "events": origin.intake.health() });
            json(StatusCode::OK, &body)
        }
        Err(error) => {
            // Strangers may read the answer. Paths are for whoever runs the origin.
            eprintln!("slotwise: {error}");
            problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "the published manifest cannot be read; the origin's output says why",
            )
        }
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

/// A shop's pages are not here, so whoever asks for one has the wrong address in a setting.
async fn unknown() -> Response {
    let ways = "manifest, snapshot/<id>, overlay, events and health";
    problem(StatusCode::NOT_FOUND, &format!("no such address: a Slotwise origin answers {ways} under /_slotwise/"))
}
