//! Requests and responses, as far as the Worker looks into them.

use super::config::Config;
use crate::consent::{self, Consent};
use crate::context::{Context, LocalTime, Region};
use crate::js;
use crate::session::{self, Session};
use alloc::{format, string::String};
use wasm_bindgen::prelude::*;
use worker::js_sys::{Date, JSON, Object, Reflect};
use worker::web_sys::{Headers, Request, Response, ResponseInit};

#[wasm_bindgen]
extern "C" {
    /// The runtime's own fetch.
    #[wasm_bindgen(catch, js_name = fetch)]
    pub(super) async fn fetch_request(request: &Request) -> Result<JsValue, JsValue>;
}

/// Milliseconds since 1970, by the isolate's clock.
pub(super) fn now_ms() -> u64 {
    worker::Date::now().as_millis()
}

/// The path of a request's URL.
pub(super) fn path(request: &Request) -> String {
    let url = request.url();
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    path.split(['?', '#']).next().unwrap_or("/").into()
}

/// A header; empty if it is not there.
pub(super) fn header(headers: &Headers, name: &str) -> String {
    headers.get(name).ok().flatten().unwrap_or_default()
}

/// The hour and weekday where the visitor is, by the time zone that the CDN tells of the network; of the zone
/// nothing is kept.
fn local_time(request: &Request) -> LocalTime {
    let zone = js::text(&js::get(request, "cf"), "timezone");
    let options = Object::new();
    let set = |name: &str, value: &str| Reflect::set(&options, &name.into(), &value.into()).is_ok();
    if zone.is_empty()
        || !(set("timeZone", &zone) && set("hourCycle", "h23") && set("hour", "2-digit") && set("weekday", "short"))
    {
        return LocalTime::UNKNOWN;
    }
    let now = Date::new(&JsValue::from_f64(now_ms() as f64));
    // "Tue 14", as American English has it.
    let said = String::from(now.to_locale_string("en-US", &options));
    let day = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].iter().position(|day| said.starts_with(day));
    let hour = said.rsplit([' ', ',']).next().and_then(|hour| hour.parse().ok()).filter(|hour| *hour < 24);
    LocalTime { hour: hour.unwrap_or(24), weekday: day.unwrap_or(7) as u8 }
}

/// The visitor behind a request.
pub(super) struct Visitor {
    /// The visit so far, from the cookie.
    pub session: Session,
    /// Whether it may be kept.
    pub allowed: bool,
    /// Whether the user agent says it is a crawler.
    pub bot: bool,
}

impl Visitor {
    pub(super) fn of(request: &Request, config: &Config) -> Self {
        let headers = request.headers();
        let cookies = header(&headers, "cookie");
        let agent = header(&headers, "user-agent");
        let said =
            Consent::read(consent::cookie(&cookies, consent::COOKIE).as_deref(), header(&headers, "sec-gpc") == "1");
        let allowed = said.allows(config.consent);
        let token = consent::cookie(&cookies, session::COOKIE).filter(|_| allowed);
        let context = || {
            let read = Context::from_request(&agent, &header(&headers, "referer"), &request.url(), local_time(request));
            Context { region: Region::from_word(&js::text(&js::get(request, "cf"), "continent")), ..read }
        };
        let session = Session::resume(token.as_deref(), now_ms(), context);
        Self { session, allowed, bot: crate::context::is_bot(&agent) }
    }
}

/// A JSON answer.
pub(super) fn json(status: u16, body: &JsValue) -> Result<Response, JsValue> {
    text(status, "application/json", &String::from(JSON::stringify(body)?))
}

/// An answer of some text type that no cache keeps.
pub(super) fn text(status: u16, kind: &str, body: &str) -> Result<Response, JsValue> {
    let init = ResponseInit::new();
    init.set_status(status);
    let response = Response::new_with_opt_str_and_init(Some(body), &init)?;
    response.headers().set("content-type", kind)?;
    response.headers().set("cache-control", "no-store")?;
    Ok(response)
}

/// A refusal in words.
pub(super) fn problem(status: u16, why: &str) -> Result<Response, JsValue> {
    let body = Object::new();
    Reflect::set(&body, &"error".into(), &why.into())?;
    json(status, &body)
}

/// The cookie that carries a session.
pub(super) fn session_cookie(session: &Session, url: &str) -> String {
    let secure = if url.starts_with("https:") { "; Secure" } else { "" };
    format!("{}={}; Path=/; Max-Age={}; SameSite=Lax{secure}", session::COOKIE, session.to_token(), session::GAP_SECS)
}
