//! Who asks: the visitor behind a request, as the entry script tells of it.

use crate::consent::{self, Consent, Mode};
use crate::context::{Context, LocalTime, Region};
use crate::session::{self, Session};
use alloc::string::String;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// `Asker` of `js/src/edge_asker.ts`. Its properties are read when they are needed: most visits have begun, and
    /// nobody asks where they came from.
    pub type Asker;
    #[wasm_bindgen(method, getter, structural)]
    fn cookies(this: &Asker) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn agent(this: &Asker) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn crawler(this: &Asker) -> bool;
    #[wasm_bindgen(method, getter, structural)]
    fn said(this: &Asker) -> Option<String>;
    #[wasm_bindgen(method, getter, structural)]
    fn referrer(this: &Asker) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn url(this: &Asker) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn continent(this: &Asker) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn hour(this: &Asker) -> u8;
    #[wasm_bindgen(method, getter, structural)]
    fn weekday(this: &Asker) -> u8;
    #[wasm_bindgen(method, getter, structural)]
    fn private(this: &Asker) -> bool;
    #[wasm_bindgen(method, getter, structural)]
    fn implied(this: &Asker) -> bool;
}

/// The visitor behind a request.
pub(super) struct Visitor {
    /// The visit so far, from the cookie. Where it may not be kept: one that begins, by the request's own context, and is
    /// the same for all requests with this context.
    pub session: Session,
    /// Whether it may be kept.
    pub allowed: bool,
    /// Whether its events may be sent on and counted.
    pub counts: bool,
    /// Whether it is a crawler, a link preview or a monitor.
    pub bot: bool,
}

impl Visitor {
    pub(super) fn of(asker: &Asker, now_ms: u64) -> Self {
        Self::from(asker, None, now_ms)
    }

    /// `stated` is where the visit came from, if the caller knows better than the request.
    pub(super) fn from(asker: &Asker, stated: Option<Context>, now_ms: u64) -> Self {
        let (cookies, agent) = (asker.cookies(), asker.agent());
        let said = asker.said().or_else(|| consent::cookie(&cookies, consent::COOKIE));
        let said = Consent::read(said.as_deref(), asker.private());
        let mode = if asker.implied() { Mode::Implied } else { Mode::Required };
        let (allowed, counts) = (said.allows(mode), said.counts(mode));
        let token = consent::cookie(&cookies, session::COOKIE).filter(|_| allowed);
        let kept = token.and_then(|token| Session::from_token(&token));
        let context = || {
            let time = LocalTime { hour: asker.hour().min(24), weekday: asker.weekday().min(7) };
            let read = Context::from_request(&agent, &asker.referrer(), &asker.url(), time);
            Context { region: Region::from_word(&asker.continent()), ..read }
        };
        let context = || stated.unwrap_or_else(context);
        // Without a cookie the draw must not change from page to page, so the time is no part of it.
        let session = Session::resume(kept, if allowed { now_ms } else { 0 }, context);
        Self { session, allowed, counts, bot: asker.crawler() }
    }
}

/// The cookie that carries a session.
pub(super) fn session_cookie(session: &Session, asker: &Asker) -> String {
    let mut cookie = String::from(session::COOKIE);
    cookie.push('=');
    cookie.push_str(&session.to_token());
    cookie.push_str(consent::COOKIE_AGE);
    crate::model::write_decimal(session::GAP_SECS.into(), &mut cookie);
    cookie.push_str(consent::COOKIE_SITE);
    if asker.url().starts_with("https:") {
        cookie.push_str(consent::COOKIE_SECURE);
    }
    cookie
}
