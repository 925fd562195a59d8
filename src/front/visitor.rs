//! The visitor behind a request: the visit so far, and what may be kept of it.

use crate::consent::{self, Consent, Mode};
use crate::context::{Context, LocalTime, Region};
use crate::event::RawEvent;
use crate::session::{self, Session};
use alloc::{string::String, vec::Vec};

/// What a request says of its visitor. Properties are read when they are needed: most visits have begun, and nobody asks where
/// they came from.
pub(crate) trait Asks {
    /// The `Cookie` header.
    fn cookies(&self) -> String;
    /// The `User-Agent` header.
    fn agent(&self) -> String;
    /// The `Referer` header.
    fn referrer(&self) -> String;
    /// The address of the page, with its scheme.
    fn url(&self) -> String;
    /// Two-letter continent code; empty if unknown.
    fn continent(&self) -> String;
    /// The visitor's local hour; 24 if unknown.
    fn hour(&self) -> u8;
    /// The visitor's local weekday, 0 for Monday; 7 if unknown.
    fn weekday(&self) -> u8;
    /// Whether Global Privacy Control is set.
    fn private(&self) -> bool;
    /// Whether consent is implied until the visitor answers.
    fn implied(&self) -> bool;
    /// Whether it is a crawler, a link preview or a monitor.
    fn crawler(&self) -> bool;
    /// The answer that the shop's own consent dialogue has left, if the operator has said where.
    fn said(&self) -> Option<String>;
}

/// The visitor behind a request.
pub(crate) struct Visitor {
    /// The visit so far, from the cookie. Where it may not be kept: one that begins, by the request's own context, and is
    /// the same for all requests with this context.
    pub(crate) session: Session,
    /// Whether it may be kept.
    pub(crate) allowed: bool,
    /// Whether its events may be sent on and counted.
    pub(crate) counts: bool,
    /// Whether it is a crawler, a link preview or a monitor.
    pub(crate) bot: bool,
}

impl Visitor {
    pub(crate) fn of(asker: &impl Asks, now_ms: u64) -> Self {
        Self::from(asker, None, now_ms)
    }

    /// `stated` is where the visit came from, if the caller knows better than the request.
    pub(crate) fn from(asker: &impl Asks, stated: Option<Context>, now_ms: u64) -> Self {
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

    /// Adds the valid events of a beacon to the visit. `applied`: the page has put them into its own token and linked them
    /// already. Returns the cookie that remembers them, if they may be remembered here, and whether they may be delivered.
    pub(crate) fn observe(
        &mut self,
        events: &mut Vec<RawEvent>,
        applied: bool,
        asker: &impl Asks,
        now_ms: u64,
    ) -> (Option<String>, bool) {
        if !applied {
            events.retain_mut(|event| self.session.observe_raw(event, now_ms));
        }
        let cookie = self.cookie(asker).filter(|_| !events.is_empty());
        let kept = cookie.is_some() && self.counts;
        (cookie.filter(|_| !applied), kept)
    }

    /// The cookie that stores the visit, if it may be stored.
    pub(crate) fn cookie(&self, asker: &impl Asks) -> Option<String> {
        (self.allowed && !self.bot).then(|| session_cookie(&self.session, asker))
    }
}

/// The cookie that carries a session.
pub(super) fn session_cookie(session: &Session, asker: &impl Asks) -> String {
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
