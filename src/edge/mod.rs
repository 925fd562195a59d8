//! The Worker in front of the store: proxies it, and fits its pages while they stream.
//!
//! Everything that is not `/_slotwise/…` is the store. A page is touched only if it is a GET that
//! answers 200 with HTML, for a visitor who is no crawler, who allows it, and about whom something is
//! known. Whatever goes wrong, the store's answer goes through as it is.

mod config;
mod events;
mod html;
mod http;
mod snapshots;
mod store;

use alloc::format;
use config::Config;
use wasm_bindgen::prelude::*;
use worker::web_sys::{Request, Response};
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event};

/// Answers a request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    report_panics();
    let config = Config::read(&env);
    let answer = match http::path(&request).strip_prefix("/_slotwise/") {
        Some(route) => own(route, &request, &env, &context, &config).await,
        None => store::page(&request, &env, &context, &config).await,
    };
    match answer {
        Ok(answer) => Ok(answer),
        Err(why) => {
            let why = crate::js::message(&why);
            worker::console_error!("slotwise: passing through: {why}");
            let again = store::plain(&request, &config).await;
            again
                .or_else(|_| http::problem(502, &format!("the store does not answer: {why}")))
                .map_err(worker::Error::from)
        }
    }
}

#[wasm_bindgen]
extern "C" {
    /// The entry script's way to let the store answer what this module no longer can.
    #[wasm_bindgen(js_namespace = globalThis, js_name = slotwisePanicked)]
    fn panicked(why: &str);
}

/// A panic ends this module without a word to the promises it owes; the entry script must hear of it.
fn report_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|info| panicked(&format!("{info}")))));
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
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    if let Err(why) = snapshots::store_in_kv(&env, &Config::read(&env)).await {
        worker::console_error!("slotwise: {why}");
    }
}
