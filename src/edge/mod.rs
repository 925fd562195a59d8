//! The Worker in front of the store: answers `/_slotwise/…`, and fits the store's pages while they stream.
//!
//! Everything that is not `/_slotwise/…` is the store, and the entry script (`js/src/edge.ts`) fetches it. A page is
//! touched only if it is a GET that answers 200 with HTML, for a visitor who is no crawler, who allows it, and about
//! whom something is known. Whatever goes wrong, the store's answer goes through as it is.

mod config;
mod events;
mod http;
mod snapshots;
pub mod store;

use alloc::format;
use config::Config;
use wasm_bindgen::prelude::*;
use worker::web_sys::{Request, Response};
use worker::Env;
use worker::worker_sys::Context;

/// Answers a request for an address of the engine's own.
///
/// Exported without the crate's own macro: that prints the crate's errors, with the texts of all it can do, and takes
/// 20 kB for it.
///
/// # Errors
/// Never in practice: only if a response cannot be made.
#[wasm_bindgen]
pub async fn fetch(request: Request, env: Env, context: Context) -> Result<Response, JsValue> {
    let config = Config::of(&env);
    let path = http::path(&request);
    let route = path.strip_prefix("/_slotwise/").unwrap_or_default();
    let answer = own(route, &request, &env, &context, &config).await;
    answer.or_else(|why| http::problem(502, &format!("this address failed: {}", crate::js::message(&why))))
}

#[wasm_bindgen]
extern "C" {
    /// Tells the entry script that this module can answer no more.
    #[wasm_bindgen(js_namespace = globalThis, js_name = slotwisePanicked)]
    fn panicked(why: &str);
}

/// A panic ends this module without a word to the promises it owes; the entry script must hear of it.
#[wasm_bindgen(start)]
fn report_panics() {
    std::panic::set_hook(Box::new(|info| panicked(&format!("{info}"))));
}

async fn own(
    route: &str,
    request: &Request,
    env: &Env,
    context: &Context,
    config: &Config,
) -> Result<Response, JsValue> {
    match (request.method().as_str(), route) {
        ("POST", "events") => events::take(request, context, config).await,
        ("POST", "decide") => events::decide(request, env, config).await,
        ("GET" | "HEAD", "health") => snapshots::health(env, config).await,
        ("GET" | "HEAD", "manifest") => snapshots::manifest(request, env, config).await,
        ("GET" | "HEAD", route) if route.starts_with("snapshot/") => {
            snapshots::snapshot(request, &route["snapshot/".len()..], config).await
        }
        (_, "events" | "decide") => http::problem(405, "this address takes POST only"),
        _ => http::problem(404, "expected events, decide, health, manifest or snapshot/<id> behind /_slotwise/"),
    }
}

/// Brings the newest snapshot from the origin into the KV namespace, where one is bound, so that an
/// isolate starts without asking the origin.
#[wasm_bindgen]
pub async fn scheduled(env: Env) {
    if let Err(why) = snapshots::store_in_kv(&env, &Config::of(&env)).await {
        worker::console_error!("slotwise: {why}");
    }
}
