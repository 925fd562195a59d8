//! The origin's HTTP server: hands out what is published, and takes events in.
//!
//! It knows no shop. A shop has its own server, and reaches the origin through the edge or through a reverse proxy. The
//! manifest is read from disk for each request, so that a new training run is served at once. Invariant: 202 means that
//! the events are on disk.

use super::answer::{json, problem};
use super::facts_intake::{self, Facts};
use super::files::Files;
use super::intake::{self, Intake, MAX_POST, now_ms};
use super::log::{EventLog, EventLogError};
use super::proxy::{self, Proxy, ProxyError};
use super::publish::{self, Folder};
use super::sender::Accept;
use super::{PublishError, key, route};
use crate::host::{BASE, MAX_BODY};
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path as Part, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use thiserror::Error;

/// What to serve, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder of [`publish`].
    pub published: PathBuf,
    /// File of the public key that the published manifest must be signed for; two while keys are rotated.
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
    /// The shop to stand in front of; `None` for an origin alone.
    pub proxy: Option<proxy::Options>,
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
    /// The proxy does not start.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// No signature could ever be valid.
    #[error(
        "--accept signed takes only signed events, expected --intake-key with the file OUT.intake of `slotwise keygen`"
    )]
    NoIntakeKey,
}

struct Origin {
    files: Files,
    /// Keys that the published manifest must be signed for: one of them.
    keys: Vec<[u8; 32]>,
    intake: Arc<Intake>,
    facts: Arc<Facts>,
    proxy: Option<Arc<Proxy>>,
}

/// Serves until the process ends. Says where as soon as it listens.
///
/// # Errors
/// A [`ServeError`].
pub fn serve(options: &Options) -> Result<(), ServeError> {
    let keys = key::public(&options.public_key)?;
    match publish::open(&Folder::to_read(&options.published), Some(&keys)) {
        // A shop may gather events first, and learn from them.
        Err(PublishError::Nothing { place }) if options.proxy.is_none() => {
            eprintln!(
                "slotwise: {place}: nothing is published there yet; events are taken in, and pages stay the shop's own"
            );
        }
        opened => drop(opened?),
    }
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
    let open = |proxy| Proxy::open(proxy, &options.published, &keys, Arc::clone(&intake)).map(Arc::new);
    let proxy = options.proxy.as_ref().map(open).transpose()?;
    let origin = Arc::new(Origin { files: Files::new(&options.published), keys, intake, facts, proxy });
    let fail = |error| PublishError::file(options.listen.as_ref(), error);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(fail)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(&options.listen).await.map_err(fail)?;
        let here = listener.local_addr().map_err(fail)?;
        match &origin.proxy {
            Some(proxy) => println!("slotwise: {} with its pages fitted at http://{here}", proxy.shop()),
            None => println!("slotwise: origin at http://{here}"),
        }
        let service = routes(origin).into_make_service_with_connect_info::<SocketAddr>();
        Ok(axum::serve(listener, service).await.map_err(fail)?)
    })
}

fn routes(origin: Arc<Origin>) -> Router {
    let events: MethodRouter = match &origin.proxy {
        Some(proxy) => post(proxy::events).layer(DefaultBodyLimit::max(MAX_BODY)).with_state(Arc::clone(proxy)),
        None => post(intake::events).layer(DefaultBodyLimit::max(MAX_POST)).with_state(Arc::clone(&origin.intake)),
    };
    let intake = Router::new().route(route::EVENTS.path, events);
    let facts = Router::new()
        .route(route::OVERLAY.path, get(facts_intake::get).post(facts_intake::post))
        .layer(DefaultBodyLimit::max(facts_intake::MAX_POST))
        .with_state(Arc::clone(&origin.facts));
    Router::new()
        .route(route::HEALTH.path, get(health))
        .route(route::MANIFEST.path, get(manifest))
        .route(route::SNAPSHOT.path, get(snapshot))
        .route(route::SHARD.path, get(shard))
        .route(route::PATCH.path, get(patch))
        .fallback(other)
        .with_state(origin)
        .merge(intake)
        .merge(facts)
}

type Shared = State<Arc<Origin>>;

/// Says what is published and how old it is. 503 if hosts would not use it.
async fn health(State(origin): Shared) -> Response {
    match publish::manifest(&Folder::to_read(origin.files.folder()), Some(&origin.keys)) {
        Ok(signed) => {
            let manifest = signed.manifest;
            let age = manifest.age(now_ms());
            let canary = manifest.canary.map(|canary| {
                serde_json::json!({ "snapshot": canary.release.snapshot, "share": f64::from(canary.share) / 10_000.0 })
            });
            let body = serde_json::json!({
                "ok": age.is_ok(),
                "snapshot": manifest.current.snapshot,
                "sequence": manifest.sequence,
                "age_s": now_ms().saturating_sub(manifest.published_ms) / 1000,
                "max_age_s": manifest.max_age_s,
                "canary": canary,
                "problem": age.as_ref().err().map(ToString::to_string),
                "events": origin.intake.health(),
            });
            json(if age.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, &body)
        }
        Err(error) => {
            // Strangers may read the answer. Paths are for whoever runs the origin.
            eprintln!("slotwise: {error}");
            let why = "the published manifest cannot be read or trusted; the origin's output says why";
            json(StatusCode::SERVICE_UNAVAILABLE, &serde_json::json!({ "ok": false, "problem": why }))
        }
    }
}

async fn manifest(State(origin): Shared, headers: HeaderMap) -> Response {
    origin.files.manifest(&headers).await
}

async fn snapshot(State(origin): Shared, Part(id): Part<String>, headers: HeaderMap) -> Response {
    origin.files.snapshot(&id, &headers).await
}

async fn shard(State(origin): Shared, Part(name): Part<String>, headers: HeaderMap) -> Response {
    origin.files.shard(&name, &headers).await
}

async fn patch(State(origin): Shared, Part(name): Part<String>, headers: HeaderMap) -> Response {
    if let Some(refused) = origin.kept_back() {
        return refused;
    }
    origin.files.patch(&name, &headers).await
}

impl Origin {
    /// The answer to whoever asks for a file of rows that the plan keeps to hosts of the shop's: behind the proxy, all are
    /// visitors.
    fn kept_back(&self) -> Option<Response> {
        let keeps = self.proxy.as_ref().is_some_and(|proxy| proxy.keeps_rows());
        keeps.then(|| problem(StatusCode::NOT_FOUND, "this proxy keeps whole snapshots and patches to itself"))
    }
}

/// What is not the origin's own is the shop's, where there is a proxy. A shop's pages are not here otherwise, so whoever asks
/// for one has the wrong address in a setting.
async fn other(State(origin): Shared, peer: ConnectInfo<SocketAddr>, request: Request) -> Response {
    let is_own = request.uri().path().strip_prefix(BASE).is_some_and(|rest| rest.starts_with('/'));
    match &origin.proxy {
        Some(proxy) if !is_own => proxy::pass(State(Arc::clone(proxy)), peer, request).await,
        _ => {
            let ways = "manifest, snapshot/<id>, shard/<name>, patch/<name>, overlay, events and health";
            problem(
                StatusCode::NOT_FOUND,
                &format!("no such address: a Slotwise origin answers {ways} under /_slotwise/"),
            )
        }
    }
}
