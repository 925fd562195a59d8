//! The store behind the Worker: its answers pass through, its pages are fitted on the way.

use super::config::Config;
use super::http::{Visitor, changeable, fetch_request, header, path_and_query};
use super::{html, snapshots};
use alloc::{format, rc::Rc};
use wasm_bindgen::prelude::*;
use worker::js_sys::Promise;
use worker::web_sys::{Request, RequestInit, Response};
use worker::{Context, Env};

/// Fetches what the store answers, and fits it to the visitor if it is a page.
pub(super) async fn page(
    request: &Request,
    env: &Env,
    context: &Context,
    config: &Config,
) -> Result<Response, JsValue> {
    let sync = snapshots::refresh(env, config);
    let answer = begin(to_store(request, config)?);
    let visitor = Visitor::of(request, config);
    let known = request.method() == "GET" && visitor.allowed && !visitor.bot && !visitor.session.is_empty();
    if let Some(sync) = sync {
        if known && snapshots::current().is_none() {
            snapshots::first(&sync).await;
        }
        context.wait_until(async move {
            let _ = sync.await;
        });
    }
    let response: Response = answer.await?.unchecked_into();
    let is_page = response.status() == 200 && header(&response.headers(), "content-type").starts_with("text/html");
    let Some(model) = snapshots::current().filter(|_| is_page) else { return Ok(response) };
    if !known {
        return unchanged(&response);
    }
    let fitted = match html::fit(&response, Rc::clone(&model), visitor.session) {
        Ok(fitted) => fitted,
        Err(why) => {
            worker::console_error!("slotwise: this page stays as it is: {}", crate::js::message(&why));
            return Ok(response);
        }
    };
    let headers = fitted.headers();
    // A fitted page is one visitor's: no shared cache may keep it, and no validator of the store's fits.
    headers.set("cache-control", "private, no-store")?;
    headers.append("vary", "Cookie")?;
    headers.delete("etag")?;
    headers.delete("last-modified")?;
    headers.delete("content-length")?;
    headers.append("server-timing", &format!("slotwise;desc=\"edge {}\"", model.id().short()))?;
    Ok(fitted)
}

/// The store's page, to the byte. Its headers tell the page's script that an edge has seen it, and
/// browsers that with another cookie it may look otherwise: else the page a visitor got before the
/// first click would come back from the browser's cache after the third.
fn unchanged(response: &Response) -> Result<Response, JsValue> {
    let copy = changeable(response)?;
    copy.headers().append("vary", "Cookie")?;
    copy.headers().append("server-timing", "slotwise;desc=\"edge default\"")?;
    Ok(copy)
}

/// The request, addressed to the store.
pub(super) fn to_store(request: &Request, config: &Config) -> Result<Request, JsValue> {
    if config.store.is_empty() {
        return request.clone();
    }
    let url = format!("{}{}", config.store, path_and_query(request));
    Request::new_with_str_and_init(&url, request.unchecked_ref::<RequestInit>())
}

/// What the store answers, and nothing else; only for a request without a body, which can be asked twice.
pub(super) async fn plain(request: &Request, config: &Config) -> Result<Response, JsValue> {
    if request.body_used() {
        return Err("the request's body is spent".into());
    }
    Ok(fetch_request(&to_store(request, config)?).await?.unchecked_into())
}

/// Begins a fetch at once; a future would wait until it is asked.
fn begin(request: Request) -> Promise {
    worker::wasm_bindgen_futures::future_to_promise(async move { fetch_request(&request).await })
}
