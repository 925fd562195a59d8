//! The isolate's model: synced in the background, swapped when verified, served on to browsers.
//!
//! The model lives in the isolate, not in a request. A request that finds it old starts a sync that
//! outlives the answer; a request never waits for one, except the first of an isolate, and that one
//! not long (see `js/src/edge.ts`).

use super::config::Config;
use super::http::{header, json, now_ms, problem, text};
use crate::js::message;
use crate::model::Model;
use crate::snapshot::SnapshotId;
use crate::sync::{Http, Source, Synced, newer};
use alloc::{format, rc::Rc, string::String, vec::Vec};
use core::cell::RefCell;
use wasm_bindgen::prelude::*;
use worker::Env;
use worker::js_sys::{Object, Promise, Reflect, Uint8Array};
use worker::wasm_bindgen_futures::future_to_promise;
use worker::web_sys::{Request, Response, ResponseInit};

/// A sync that has not ended by then is given up for dead, in milliseconds.
const STUCK_MS: u64 = 30_000;

#[derive(Default)]
struct State {
    model: Option<Rc<Model<Vec<u8>>>>,
    manifest: String,
    synced_ms: u64,
    began_ms: Option<u64>,
    problem: Option<String>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::new(State::default());
}

#[wasm_bindgen]
extern "C" {
    /// The KV namespace as a source of snapshots. Three calls of it: the crate's own wrapper writes its options
    /// as JSON, which takes 8 kB of Wasm.
    #[derive(Clone)]
    type Kv;
    #[wasm_bindgen(method, catch)]
    async fn get(this: &Kv, key: &str, kind: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn put(this: &Kv, key: &str, value: &JsValue) -> Result<JsValue, JsValue>;
}

impl Source for Kv {
    async fn manifest(&self) -> Result<String, String> {
        let manifest =
            self.get("manifest", "text").await.map_err(|error| format!("KV manifest: {}", message(&error)))?;
        manifest.as_string().ok_or_else(|| "KV has no manifest yet; the scheduled sync writes it".into())
    }

    async fn snapshot(&self, id: &str) -> Result<Vec<u8>, String> {
        let name = format!("snapshot/{id}");
        let bytes =
            self.get(&name, "arrayBuffer").await.map_err(|error| format!("KV snapshot: {}", message(&error)))?;
        if bytes.is_null() { Err(format!("KV has no snapshot {id}")) } else { Ok(Uint8Array::new(&bytes).to_vec()) }
    }
}

fn kv(env: &Env) -> Option<Kv> {
    let bound = crate::js::get(env, "SNAPSHOTS");
    bound.is_object().then(|| bound.unchecked_into())
}

fn origin(config: &Config) -> Http {
    Http { base: format!("{}/_slotwise", config.origin) }
}

/// The isolate's model, if it has one.
pub(super) fn current() -> Option<Rc<Model<Vec<u8>>>> {
    STATE.with_borrow(|state| state.model.clone())
}

/// A sync if one is due, as a promise that never rejects; hand it to `waitUntil`.
pub(super) fn refresh(env: &Env, config: &Config) -> Option<Promise> {
    let now = now_ms();
    let due = STATE.with_borrow(|state| {
        let busy = state.began_ms.is_some_and(|began| now.saturating_sub(began) < STUCK_MS);
        !busy && (state.synced_ms == 0 || now.saturating_sub(state.synced_ms) >= config.sync_ms)
    });
    if !due {
        return None;
    }
    STATE.with_borrow_mut(|state| state.began_ms = Some(now));
    let (kv, origin, key) = (kv(env), origin(config), config.key.clone());
    Some(future_to_promise(async move {
        let current = current().map(|model| model.id());
        let mut found = match &kv {
            Some(kv) => newer(current, kv, &key).await,
            None => newer(current, &origin, &key).await,
        };
        if kv.is_some() && found.is_err() && current.is_none() {
            found = newer(current, &origin, &key).await;
        }
        settle(found);
        Ok(JsValue::UNDEFINED)
    }))
}

fn settle(found: Result<Option<Synced>, String>) {
    STATE.with_borrow_mut(|state| {
        state.began_ms = None;
        state.synced_ms = now_ms();
        match found {
            Ok(newer) => {
                state.problem = None;
                if let Some(Synced { model, manifest }) = newer {
                    state.model = Some(Rc::new(model));
                    state.manifest = manifest;
                }
            }
            Err(why) => {
                let kept = state
                    .model
                    .as_ref()
                    .map_or("the shop's own pages".into(), |model| format!("snapshot {}", model.id().short()));
                worker::console_error!("slotwise: sync failed, going on with {kept}: {why}");
                state.problem = Some(why);
            }
        }
    });
}

async fn fresh(env: &Env, config: &Config) -> Option<Rc<Model<Vec<u8>>>> {
    if let Some(sync) = refresh(env, config) {
        let _ = sync.await;
    }
    current()
}

/// Says which snapshot decides, and what went wrong last.
pub(super) async fn health(env: &Env, config: &Config) -> Result<Response, JsValue> {
    let model = fresh(env, config).await;
    let problem = STATE.with_borrow(|state| state.problem.clone());
    let body = Object::new();
    let or_null = |text: Option<String>| text.map_or(JsValue::NULL, JsValue::from);
    Reflect::set(&body, &"ok".into(), &true.into())?;
    Reflect::set(&body, &"snapshot".into(), &or_null(model.map(|model| format!("{}", model.id()))))?;
    Reflect::set(&body, &"problem".into(), &or_null(problem))?;
    json(200, &body)
}

/// The manifest of the isolate's own snapshot, so that browser and edge decide by the same one.
pub(super) async fn manifest(request: &Request, env: &Env, config: &Config) -> Result<Response, JsValue> {
    let Some(model) = fresh(env, config).await else {
        return problem(503, "this edge has no snapshot yet; see /_slotwise/health");
    };
    let tag = format!("\"{}\"", model.id());
    if header(&request.headers(), "if-none-match") == tag {
        return not_modified(&tag);
    }
    let response = text(200, "application/json", &STATE.with_borrow(|state| state.manifest.clone()))?;
    response.headers().set("cache-control", "no-cache")?;
    response.headers().set("etag", &tag)?;
    Ok(response)
}

/// A snapshot by its name: the isolate's own from memory, another from the origin.
pub(super) async fn snapshot(request: &Request, id: &str, config: &Config) -> Result<Response, JsValue> {
    let Some(id) = SnapshotId::from_hex(id) else {
        return problem(404, "expected 64 hexadecimal digits behind /_slotwise/snapshot/");
    };
    let tag = format!("\"{id}\"");
    if header(&request.headers(), "if-none-match") == tag {
        return not_modified(&tag);
    }
    let bytes = match current().filter(|model| model.id() == id) {
        Some(model) => Ok(Uint8Array::from(model.bytes())),
        None => origin(config).snapshot(&format!("{id}")).await.map(|bytes| Uint8Array::from(&bytes[..])),
    };
    let Ok(bytes) = bytes else { return problem(404, "neither this edge nor the origin has that snapshot") };
    let init = ResponseInit::new();
    let response = Response::new_with_opt_buffer_source_and_init(Some(&bytes), &init)?;
    response.headers().set("content-type", "application/octet-stream")?;
    immutable(&response, &tag)?;
    Ok(response)
}

fn not_modified(tag: &str) -> Result<Response, JsValue> {
    let init = ResponseInit::new();
    init.set_status(304);
    let response = Response::new_with_opt_str_and_init(None, &init)?;
    response.headers().set("etag", tag)?;
    Ok(response)
}

fn immutable(response: &Response, tag: &str) -> Result<(), JsValue> {
    response.headers().set("cache-control", "public, max-age=31536000, immutable")?;
    response.headers().set("etag", tag)
}

/// Verifies the origin's snapshot and writes it to KV: the bytes first, then the manifest.
pub(super) async fn store_in_kv(env: &Env, config: &Config) -> Result<(), String> {
    let Some(kv) = kv(env) else { return Ok(()) };
    let known = kv.manifest().await.unwrap_or_default();
    let Some(synced) = newer(None, &origin(config), &config.key).await? else { return Ok(()) };
    if synced.manifest == known {
        return Ok(());
    }
    let failed = |error: JsValue| format!("KV refused a write: {}", message(&error));
    let name = format!("snapshot/{}", synced.model.id());
    kv.put(&name, &Uint8Array::from(synced.model.bytes())).await.map_err(failed)?;
    kv.put("manifest", &synced.manifest.as_str().into()).await.map_err(failed)?;
    Ok(())
}
