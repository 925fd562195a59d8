//! The store's pages: which are personalised, for whom, and with which headers.
//!
//! TypeScript (`js/src/edge_page.ts`) fetches, and carries the bytes. Everything that is not a page passes by.

use super::asker::Asker;
use super::events;
use crate::decide::Decider;
use crate::front::{Page, Snapshots};
use crate::model::Model;
use crate::page::{Charset, Fit, Fitter, header};
use crate::session::Session;
use crate::snapshot::overlay::Overlay;
use alloc::{rc::Rc, string::String, vec::Vec};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

/// A page being personalised, or one that has to stay as it is because nothing is known of the visitor.
#[wasm_bindgen]
pub struct Fitting(Page);

#[wasm_bindgen]
impl Fitting {
    /// Whether the page's bytes have to go through [`Fitting::feed`].
    #[wasm_bindgen(getter)]
    pub fn fits(&self) -> bool {
        self.0.fit.is_some()
    }

    /// What becomes of the response's headers, a line each: `+name: value` appends, `=name: value` sets. Those of
    /// [`header::DROPPED`] are gone by then from a page that fits.
    #[wasm_bindgen(getter)]
    pub fn headers(&self) -> String {
        self.0.headers.clone()
    }

    /// The page goes on with this chunk. Returns how many bytes have to go out now, which [`Fitting::take`] hands
    /// over; -1 if that is the chunk as it came.
    pub fn feed(&mut self, chunk: &Uint8Array) -> i32 {
        let Some((fitter, fit)) = &mut self.0.fit else { return -1 };
        let len = chunk.length() as usize;
        chunk.copy_to(fitter.room(len));
        fitter.advance(fit);
        if fitter.is_same(len) { -1 } else { fitter.ready().len() as i32 }
    }

    /// The page has ended. Returns how many bytes have to go out yet.
    pub fn end(&mut self) -> i32 {
        let Some((fitter, fit)) = &mut self.0.fit else { return 0 };
        fitter.end(fit);
        fitter.ready().len() as i32
    }

    /// Writes what has to go out into an array of just that length.
    pub fn take(&self, into: &Uint8Array) {
        if let Some((fitter, _)) = &self.0.fit {
            into.copy_from(fitter.ready());
        }
    }

    /// Bytes of the page that came in and have not gone out: its last ones.
    #[wasm_bindgen(getter)]
    pub fn held(&self) -> u32 {
        self.0.fit.as_ref().map_or(0, |(fitter, _)| fitter.held() as u32)
    }
}

/// A snapshot that the host has verified, and what it decides. Beside it may stand a newer one that is being tried out.
#[wasm_bindgen]
pub struct Shop(Snapshots);

impl Shop {
    pub(super) fn of(model: Model<Vec<u8>>) -> Self {
        Self(Snapshots { model: Rc::new(model), canary: None, published_ms: 0 })
    }

    /// The snapshot's bytes where they lie.
    pub(super) fn snapshot(&self) -> &[u8] {
        self.0.model.bytes()
    }
}

#[wasm_bindgen]
impl Shop {
    /// States when the manifest was signed. No other snapshot is tried out from now on.
    pub fn release(&mut self, published_ms: f64) {
        (self.0.published_ms, self.0.canary) = (published_ms as u64, None);
    }

    /// Tries out another snapshot on a share of visits, in ten-thousandths.
    pub fn try_out(&mut self, other: &Self, share: u16) {
        self.0.canary = Some((Rc::clone(&other.0.model), share));
    }

    /// Whether the plan keeps next-item rows at the edge: files that hold them are for hosts of the shop's only.
    #[wasm_bindgen(getter)]
    pub fn rows_at_edge(&self) -> bool {
        self.0.model.plan().rows_at_edge
    }

    /// Whether a page can be fitted to a visit that has not begun.
    #[wasm_bindgen(getter)]
    pub fn is_cold(&self) -> bool {
        self.0.is_cold()
    }

    /// The snapshot's bytes.
    pub fn bytes(&self) -> Uint8Array {
        Uint8Array::from(self.0.model.bytes())
    }

    /// Lays live prices and stock over the catalogue, also for pages that are under way. Their signature was checked; a
    /// malformed body changes nothing.
    pub fn lay(&self, body: &[u8]) {
        if let Some(overlay) = Overlay::read(body) {
            self.0.model.lay(Some(overlay));
        }
    }

    /// Decides for a caller that is no page, as JSON; `None` for a slot the plan does not have.
    pub fn decide(&self, asker: &Asker, question: &JsValue, now_ms: f64) -> Option<String> {
        events::decide(|session| self.0.model(session), asker, question, now_ms as u64)
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
        Fitting(self.0.page(asker, content_type, caching, forced, now_ms as u64))
    }

    /// A page in a host that is no Worker (Node, Deno), to be personalised to the session of a token, at a moment in milliseconds since 1970.
    pub fn page(&self, token: &str, content_type: &str, now_ms: f64) -> Fitting {
        let session = Session::from_token(token).unwrap_or_default();
        let decider = Decider::new(Rc::clone(self.0.model(&session)), session, now_ms as u64);
        let fitter = Fitter::new(Charset::of_content_type(content_type.as_bytes()));
        let headers = String::from("=cache-control: ") + &header::caching("", false);
        Fitting(Page { fit: Some((fitter, Fit::new(decider))), headers })
    }
}
