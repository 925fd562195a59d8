//! The store's pages: which are personalised, for whom, and with which headers.
//!
//! TypeScript (`js/src/edge_page.ts`) fetches, and carries the bytes. Everything that is not a page passes by.

use super::asker::{Asker, Visitor, session_cookie};
use super::events;
use crate::decide::{Decider, DecisionReport, Overrides, is_canary};
use crate::model::Model;
use crate::page::{Charset, Fit, Fitter};
use crate::preview::Preview;
use crate::session::Session;
use crate::snapshot::overlay::Overlay;
use alloc::{format, rc::Rc, string::String, vec::Vec};
use core::fmt::Write;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

/// A page being personalised, or one that has to stay as it is because nothing is known of the visitor.
#[wasm_bindgen]
pub struct Fitting {
    page: Option<(Fitter, Fit<Vec<u8>>)>,
    headers: String,
}

#[wasm_bindgen]
impl Fitting {
    /// Whether the page's bytes have to go through [`Fitting::feed`].
    #[wasm_bindgen(getter)]
    pub fn fits(&self) -> bool {
        self.page.is_some()
    }

    /// What becomes of the response's headers, a line each: `+name: value` appends, `=name: value` sets, `-name`
    /// deletes.
    #[wasm_bindgen(getter)]
    pub fn headers(&self) -> String {
        self.headers.clone()
    }

    /// The page goes on with this chunk. Returns how many bytes have to go out now, which [`Fitting::take`] hands
    /// over; -1 if that is the chunk as it came.
    pub fn feed(&mut self, chunk: &Uint8Array) -> i32 {
        let Some((fitter, fit)) = &mut self.page else { return -1 };
        let len = chunk.length() as usize;
        chunk.copy_to(fitter.room(len));
        fitter.advance(fit);
        if fitter.is_same(len) { -1 } else { fitter.ready().len() as i32 }
    }

    /// The page has ended. Returns how many bytes have to go out yet.
    pub fn end(&mut self) -> i32 {
        let Some((fitter, fit)) = &mut self.page else { return 0 };
        fitter.end(fit);
        fitter.ready().len() as i32
    }

    /// Writes what has to go out into an array of just that length.
    pub fn take(&self, into: &Uint8Array) {
        if let Some((fitter, _)) = &self.page {
            into.copy_from(fitter.ready());
        }
    }

    /// Bytes of the page that came in and have not gone out: its last ones.
    #[wasm_bindgen(getter)]
    pub fn held(&self) -> u32 {
        self.page.as_ref().map_or(0, |(fitter, _)| fitter.held() as u32)
    }
}

/// A snapshot that the host has verified, and what it decides. Beside it may stand a newer one that is being tried out.
#[wasm_bindgen]
pub struct Shop {
    model: Rc<Model<Vec<u8>>>,
    /// The canary, and its share of visits in ten-thousandths.
    canary: Option<(Rc<Model<Vec<u8>>>, u16)>,
    /// When the snapshot's manifest was signed, in milliseconds since 1970.
    published_ms: u64,
}

impl Shop {
    pub(super) fn of(model: Model<Vec<u8>>) -> Self {
        Self { model: Rc::new(model), canary: None, published_ms: 0 }
    }

    /// The snapshot's bytes where they lie.
    pub(super) fn snapshot(&self) -> &[u8] {
        self.model.bytes()
    }

    /// What `Server-Timing` says of every page: the visit's snapshot, and as a duration how long ago its manifest was
    /// signed. The page's script goes on with the same snapshot.
    fn timing(&self, model: &Model<Vec<u8>>, now_ms: u64) -> String {
        let mut timing = String::from("slotwise-snapshot;desc=\"") + &model.id().short() + "\";dur=";
        crate::model::write_decimal(now_ms.saturating_sub(self.published_ms), &mut timing);
        timing
    }

    /// The snapshot of a visit.
    fn model(&self, session: &Session) -> &Rc<Model<Vec<u8>>> {
        match &self.canary {
            Some((canary, share)) if is_canary(canary.name(), *share, session.seed()) => canary,
            _ => &self.model,
        }
    }
}

#[wasm_bindgen]
impl Shop {
    /// States when the manifest was signed. No other snapshot is tried out from now on.
    pub fn release(&mut self, published_ms: f64) {
        (self.published_ms, self.canary) = (published_ms as u64, None);
    }

    /// Tries out another snapshot on a share of visits, in ten-thousandths.
    pub fn try_out(&mut self, other: &Self, share: u16) {
        self.canary = Some((Rc::clone(&other.model), share));
    }

    /// Whether the plan keeps next-item rows at the edge: files that hold them are for hosts of the shop's only.
    #[wasm_bindgen(getter)]
    pub fn rows_at_edge(&self) -> bool {
        self.model.plan().rows_at_edge
    }

    /// The snapshot's bytes.
    pub fn bytes(&self) -> Uint8Array {
        Uint8Array::from(self.model.bytes())
    }

    /// Lays live prices and stock over the catalogue, also for pages that are under way. Their signature was checked; a
    /// malformed body changes nothing.
    pub fn lay(&self, body: &[u8]) {
        if let Some(overlay) = Overlay::read(body) {
            self.model.lay(Some(overlay));
        }
    }

    /// Decides for a caller that is no page, as JSON; `None` for a slot the plan does not have.
    pub fn decide(&self, asker: &Asker, question: &JsValue, now_ms: f64) -> Option<String> {
        events::decide(|session| self.model(session), asker, question, now_ms as u64)
    }

    /// What becomes of a page of the store's that has come, of this content type and with this `cache-control`. `forced` is
    /// the body of a preview link whose signature is right; empty for a link that was not signed with the shop's key.
    pub fn fitting(
        &self,
        asker: &Asker,
        content_type: &str,
        caching: &str,
        forced: Option<Vec<u8>>,
        now_ms: f64,
    ) -> Fitting {
        let now = now_ms as u64;
        let mut visitor = Visitor::of(asker, now);
        let previewed = forced.is_some();
        let preview = forced.and_then(|body| Preview::read(&body, now));
        let is_preview = preview.is_some();
        let stored = preview.as_ref().and_then(|preview| preview.session.as_deref());
        if let Some(session) = stored.and_then(Session::from_token) {
            visitor.session = session;
        }
        let model = self.model(&visitor.session);
        // Before the first event only slots that ask for no evidence can change.
        let cold = || model.plan().slots.iter().any(|slot| slot.minimum_evidence == 0 && !slot.exit);
        let begins = visitor.session.is_empty();
        let charset = Charset::of_content_type(content_type.as_bytes());
        let open = !visitor.bot && charset != Charset::Opaque;
        if !open || !(is_preview || !begins || cold()) {
            // Its headers tell the page's script that an edge has seen it, and browsers that with another cookie it may
            // look otherwise: else the page a visitor got before the first click would come back from the browser's
            // cache after the third.
            let whom = if visitor.bot { "crawler" } else { "default" };
            let headers = String::from("+vary: Cookie\n+server-timing: slotwise;desc=\"edge ") + whom + "\", ";
            let headers = headers + &self.timing(model, now);
            return Fitting { page: None, headers };
        }
        // What may not be counted is no part of an experiment, and not held out either.
        let counted = visitor.allowed && !is_preview;
        let preview = preview.or_else(|| (!counted).then(Preview::default));
        let overrides = Overrides { preview, sold_out: Vec::new() };
        let mut decider = Decider::new(Rc::clone(model), visitor.session, now).with_overrides(overrides);
        // A personalised page is one visitor's: no shared cache may keep it, and no validator of the store's fits.
        let mut headers = String::from(caching_header(caching, previewed));
        let _ = write!(
            headers,
            "\n+vary: Cookie\n+server-timing: slotwise;desc=\"edge {}\", {}",
            model.id().short(),
            self.timing(model, now)
        );
        for (name, value) in describe(&mut decider, counted, is_preview) {
            let _ = write!(headers, "\n={name}: {value}");
        }
        if begins && counted {
            // The page's script goes on with this visit, and so draws the same arms.
            let _ = write!(headers, "\n+set-cookie: {}", session_cookie(decider.session(), asker));
        }
        if previewed && !is_preview {
            headers += "\n=slotwise-preview: this link has expired, or was not signed with the shop's key";
        }
        Fitting { page: Some((Fitter::new(charset), Fit::new(decider).with_block())), headers }
    }

    /// A page in a host that is no Worker (Node, Deno), to be personalised to the session of a token, at a moment in milliseconds since 1970.
    pub fn page(&self, token: &str, content_type: &str, now_ms: f64) -> Fitting {
        let session = Session::from_token(token).unwrap_or_default();
        let decider = Decider::new(Rc::clone(self.model(&session)), session, now_ms as u64);
        let fitter = Fitter::new(Charset::of_content_type(content_type.as_bytes()));
        let page = Some((fitter, Fit::new(decider)));
        Fitting { page, headers: caching_header("", false).into() }
    }
}

/// The caching headers of a personalised page. A browser may keep it, so that going back shows it at once (`no-store` keeps a
/// page out of the back/forward cache), but has to ask before it shows it to a later visit. What the store itself forbids to
/// keep stays forbidden, and a preview is never kept.
fn caching_header(store: &str, previewed: bool) -> &'static str {
    if previewed || store.to_ascii_lowercase().contains("no-store") {
        "=cache-control: private, no-store\n-etag\n-last-modified\n-content-length"
    } else {
        "=cache-control: private, no-cache\n-etag\n-last-modified\n-content-length"
    }
}

/// Longest header of a preview, in bytes: servers and clients refuse more than sixteen thousand altogether.
const MAX_HEADER: usize = 8000;

/// What a developer sees of the visit in the page's headers: in `slotwise` the snapshot, the group and the
/// arms of experiments; of a preview also, in `slotwise-decisions`, every slot of the plan with its arm, what it
/// would show, the parts of the score, and what the guardrails did. (`/_slotwise/decide` says it all, in JSON.)
fn describe(
    decider: &mut Decider<Rc<Model<Vec<u8>>>, Session>,
    counted: bool,
    preview: bool,
) -> Vec<(&'static str, String)> {
    let group = match counted {
        false => "uncounted",
        true if decider.is_held_out() => "holdout",
        true => "treated",
    };
    let id = decider.model().id().short();
    let mut line = format!("snapshot={id}, visit={group}, evidence={}", decider.evidence());
    for (slot, arm) in decider.experiments() {
        let _ = write!(line, ", {}={}", slot.name, arm.name);
    }
    // A header holds no letters beyond ASCII; names may.
    let ascii = |text: String| text.replace(|c: char| !c.is_ascii() || c.is_ascii_control(), "?");
    let mut headers = alloc::vec![("slotwise", ascii(line))];
    if preview {
        let mut lines = String::new();
        for decision in decider.explain_all(0) {
            let line = line_of(&decision);
            if lines.len() + line.len() < MAX_HEADER {
                lines += &line;
            }
        }
        headers.push(("slotwise-decisions", ascii(lines)));
        // Nothing of this is on the page that follows.
        decider.turn_page();
    }
    headers
}

fn line_of(decision: &DecisionReport) -> String {
    let shown = match &decision.variant {
        _ if !decision.personalised => "own".into(),
        Some(variant) => variant.clone(),
        None => format!("{} products", decision.items.len()),
    };
    let mut line = format!("{} ({}) shows {shown}; score {} =", decision.slot, decision.arm, decision.score);
    for reason in decision.reasons() {
        let _ = write!(line, " {}{:+}", reason.code, reason.weight);
    }
    for guard in decision.guards() {
        let _ = write!(line, ", {} {}", guard.code, guard.weight);
    }
    line + " | "
}
