//! The store behind the Worker: its answers pass through, its pages are fitted on the way.

use super::config::Config;
use super::http::{Visitor, changeable, fetch_request, header, host, now_ms, path_and_query, session_cookie};
use super::{html, snapshots};
use crate::decide::{Board, Decider, Decision, Preview};
use crate::model::Model;
use crate::session::Session;
use alloc::borrow::ToOwned;
use alloc::{format, rc::Rc, string::String, vec::Vec};
use core::fmt::Write;
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
    let mut visitor = Visitor::of(request, config);
    let mut board = Board::default();
    let previewed = preview_of(request);
    if let Some(link) = &previewed {
        board.preview = crate::sync::preview(link, &config.key, now_ms()).await;
    }
    let is_preview = board.preview.is_some();
    let stored = board.preview.as_ref().and_then(|preview| preview.session.as_deref());
    if let Some(session) = stored.and_then(Session::from_token) {
        visitor.session = session;
    }
    let open = request.method() == "GET" && !visitor.bot && (visitor.allowed || is_preview);
    if let Some(sync) = sync {
        if open && snapshots::current().is_none() {
            snapshots::first(&sync).await;
        }
        context.wait_until(async move {
            let _ = sync.await;
        });
    }
    let response: Response = answer.await?.unchecked_into();
    let is_page = response.status() == 200 && header(&response.headers(), "content-type").starts_with("text/html");
    let Some(model) = snapshots::current().filter(|_| is_page) else { return Ok(response) };
    // Before the first event only slots that ask for no evidence can change.
    let cold = || model.plan().slots.iter().any(|slot| slot.minimum_evidence == 0);
    let begins = visitor.session.is_empty();
    if !open || !(is_preview || !begins || cold()) {
        return unchanged(&response);
    }
    let told = tell(&model, &visitor.session, &mut board);
    let cookie = session_cookie(&visitor.session, &request.url());
    let fitted = match html::fit(&response, Rc::clone(&model), visitor.session, board) {
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
    for (name, value) in told {
        headers.set(name, &value)?;
    }
    if begins && !is_preview {
        // The page's script goes on with this visit, and so draws the same arms.
        headers.append("set-cookie", &cookie)?;
    }
    if previewed.is_some() && !is_preview {
        headers.set("slotwise-preview", "this link has expired, or was not signed with the shop's key")?;
    }
    Ok(fitted)
}

/// Longest header of a preview, in bytes: servers and clients refuse more than sixteen thousand altogether.
const MAX_HEADER: usize = 8000;

/// What a developer sees of the visit in the page's headers: in `slotwise` the snapshot, the group and the
/// arms of experiments; of a preview also, in `slotwise-decisions`, every slot of the plan with its arm, what it
/// would show, the parts of the score, and what the guardrails did. (`/_slotwise/decide` says it all, in JSON.)
/// Gets the board ready for the page.
fn tell(model: &Model<Vec<u8>>, session: &Session, board: &mut Board) -> Vec<(&'static str, String)> {
    let preview = board.preview.is_some();
    let all = if preview { Decider::new(model, session, now_ms(), board).decide_all() } else { Vec::new() };
    let decider = Decider::new(model, session, now_ms(), board);
    let circumstances = decider.circumstances();
    let group = if circumstances.held_out { "holdout" } else { "treated" };
    let mut line = format!("snapshot={}, visit={group}, evidence={}", model.id().short(), circumstances.evidence);
    for slot in model.plan().slots.iter().filter(|slot| slot.arms.len() > 1) {
        let _ = write!(line, ", {}={}", slot.name, circumstances.draw(model, slot).0.name);
    }
    // A header holds no letters beyond ASCII; names may.
    let ascii = |text: String| text.replace(|c: char| !c.is_ascii() || c.is_ascii_control(), "?");
    let mut told = alloc::vec![("slotwise", ascii(line))];
    if preview {
        let mut lines = String::new();
        for decision in &all {
            let line = line_of(decision);
            if lines.len() + line.len() < MAX_HEADER {
                lines += &line;
            }
        }
        told.push(("slotwise-decisions", ascii(lines)));
    }
    told
}

fn line_of(decision: &Decision) -> String {
    let shown = match &decision.variant {
        _ if !decision.fitted => "own".into(),
        Some(variant) => variant.clone(),
        None => format!("{} products", decision.items.len()),
    };
    let mut line = format!("{} ({}) shows {shown}; score {} =", decision.slot, decision.arm, decision.score);
    for reason in &decision.reasons {
        let _ = write!(line, " {}{:+}", reason.code, reason.weight);
    }
    for guard in &decision.guards {
        let _ = write!(line, ", {} {}", guard.code, guard.weight);
    }
    line + " | "
}

/// The preview link of a request, if it came by one.
fn preview_of(request: &Request) -> Option<String> {
    let (_, query) =
        path_and_query(request).split_once('?').map(|(path, query)| (path.to_owned(), query.to_owned()))?;
    query.split('&').find_map(|pair| {
        pair.split_once('=').filter(|(name, _)| *name == Preview::PARAMETER).map(|(_, link)| link.to_owned())
    })
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
    let link = preview_of(request);
    if config.store.is_empty() && link.is_none() {
        return request.clone();
    }
    let path = match link {
        // The store need not know of previews, and its caches must not.
        Some(link) => path_and_query(request).replace(&format!("{}={link}", Preview::PARAMETER), ""),
        None => path_and_query(request),
    };
    let base = if config.store.is_empty() { host(request) } else { config.store.clone() };
    let url = format!("{base}{path}");
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
