//! The engine in the page: the session, the model and the slots, for the npm package to hold.
//!
//! What is here needs Rust (scoring, the token, the contract of the slots); cookies, consent and
//! beacons are the package's TypeScript, which is the only caller of these classes.

// wasm-bindgen hands optional text over by value only.
#![allow(clippy::needless_pass_by_value)]

mod dom;

use crate::context::{Context, LocalTime, Region};
use crate::decide::{Board, Decider, Decision, IntentReport, Place, Preview, intent, relevance};
use crate::event::{ItemKey, RawEvent};
use crate::js;
use crate::model::Model;
use crate::session::Session;
use crate::snapshot::SnapshotId;
use crate::sync::{Http, newer};
use alloc::{format, string::String, vec::Vec};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// A verified model on its way from [`fetch_model`] to [`Engine::adopt`].
#[wasm_bindgen]
pub struct Snapshot(Model<Vec<u8>>);

/// Fetches what `<base>/manifest` names, checks its signature against `key` and its bytes against the
/// manifest, and opens it. `undefined` if it is the snapshot named `current`.
///
/// # Errors
/// A message that says what was found, what was expected and what to do.
#[wasm_bindgen(js_name = fetchModel)]
pub async fn fetch_model(base: String, key: String, current: Option<String>) -> Result<Option<Snapshot>, JsError> {
    let current = current.as_deref().and_then(SnapshotId::from_hex);
    let synced = newer(current, &Http { base }, &key).await.map_err(|why| JsError::new(&why))?;
    Ok(synced.map(|synced| Snapshot(synced.model)))
}

/// What a preview link forces, verified, on its way from [`check_preview`] to [`Engine::force`].
#[wasm_bindgen]
pub struct Forced(Preview);

/// Checks a preview link. `undefined` if it was not signed with the partner of `key`, or has expired.
#[wasm_bindgen(js_name = checkPreview)]
pub async fn check_preview(link: String, key: String, now_ms: f64) -> Option<Forced> {
    crate::sync::preview(&link, &key, now_ms as u64).await.map(Forced)
}

/// One visit in one page.
#[wasm_bindgen]
pub struct Engine {
    session: Session,
    model: Option<Model<Vec<u8>>>,
    board: Board,
}

#[derive(Serialize)]
struct Tracked {
    event: RawEvent,
    token: String,
}

#[derive(Serialize)]
struct Explanation {
    session: SessionView,
    intent: Option<IntentReport>,
    decisions: Vec<Decision>,
    snapshot: Option<SnapshotView>,
}

#[derive(Serialize)]
struct SessionView {
    events: Vec<TouchView>,
    token_bytes: usize,
    source: &'static str,
    device: &'static str,
    /// Whether the visit always gets the shop's own content.
    held_out: bool,
}

#[derive(Serialize)]
struct TouchView {
    name: &'static str,
    item_id: Option<String>,
    title: Option<String>,
    category: Option<String>,
}

#[derive(Serialize)]
struct SnapshotView {
    id: String,
    bytes: usize,
    items: usize,
    newest_ms: u64,
}

#[wasm_bindgen]
impl Engine {
    /// Goes on with the visit of a token, or begins one. The context is read from the user agent, the
    /// referrer, the page's URL and the clock, which is `offset_minutes` ahead of UTC, and only if a visit
    /// begins. Of the time zone's name only its part of the world is read.
    #[wasm_bindgen(constructor)]
    pub fn new(
        token: Option<String>,
        now_ms: f64,
        offset_minutes: i32,
        user_agent: &str,
        referrer: &str,
        url: &str,
        zone: &str,
    ) -> Self {
        let time = || LocalTime::from_ms(now_ms as u64, offset_minutes);
        let read = || Context::from_request(user_agent, referrer, url, time());
        let context = || Context { region: Region::from_word(zone), ..read() };
        let session = Session::resume(token.as_deref(), now_ms as u64, context);
        Self { session, model: None, board: Board::default() }
    }

    /// Decides as a preview link says, from here on: nothing counts.
    pub fn force(&mut self, forced: Forced) {
        if let Some(session) = forced.0.session.as_deref().and_then(Session::from_token) {
            self.session = session;
        }
        self.board.preview = Some(forced.0);
    }

    /// Products the shop knows to be sold out since the snapshot; no row shows them.
    #[wasm_bindgen(js_name = soldOut)]
    pub fn sold_out(&mut self, ids: Vec<String>) {
        self.board.sold_out = ids.iter().map(|id| ItemKey::from_id(id)).collect();
    }

    /// Takes a verified model in; the one before it goes.
    pub fn adopt(&mut self, snapshot: Snapshot) {
        self.model = Some(snapshot.0);
    }

    /// Forgets the visit; the next event begins another.
    pub fn forget(&mut self, now_ms: f64) {
        self.session = Session::begin(self.session.context(), now_ms as u64);
    }

    /// Remembers a GA4 event. Returns the event as it may be sent and the new token; `null` for a name
    /// the engine does not use.
    ///
    /// # Errors
    /// Never in practice: only if an object cannot be made.
    pub fn track(&mut self, event: &JsValue, now_ms: f64) -> Result<JsValue, JsValue> {
        let mut raw = js::event(event);
        if !self.session.observe_raw(&mut raw, now_ms as u64) {
            return Ok(JsValue::NULL);
        }
        js::object(&Tracked { event: raw, token: self.session.to_token() })
    }

    /// What the visit seems to be after; `null` without a model.
    ///
    /// # Errors
    /// Never in practice: only if an object cannot be made.
    pub fn intent(&self) -> Result<JsValue, JsValue> {
        js::object(&self.model.as_ref().map(|model| intent(model, &self.session)))
    }

    /// What goes into a slot, or into every slot of the plan as one page: an array. Empty without a model.
    ///
    /// # Errors
    /// Never in practice: only if an object cannot be made.
    pub fn decide(
        &mut self,
        slot: Option<String>,
        item_id: Option<String>,
        keys: Vec<String>,
        now_ms: f64,
    ) -> Result<JsValue, JsValue> {
        let anchor = item_id.map(|id| ItemKey::from_id(&id));
        js::object(&self.decisions(slot.as_deref(), &Place { anchor, keys: &keys, fitted: false }, now_ms))
    }

    /// How relevant products are to the visit, in thousandths, in the order of their ids.
    pub fn rank(&self, ids: Vec<String>) -> Vec<u32> {
        let keys: Vec<ItemKey> = ids.iter().map(|id| ItemKey::from_id(id)).collect();
        self.model.as_ref().map(|model| relevance(model, &self.session, &keys)).unwrap_or_default()
    }

    /// Decides every slot below `root` as one page and, unless `dry`, changes the page where a decision says so.
    /// Returns the decisions, in document order.
    ///
    /// # Errors
    /// If the page refuses a change; what was changed before stays.
    pub fn apply(&mut self, root: &JsValue, dry: bool, now_ms: f64) -> Result<JsValue, JsValue> {
        let mut decisions = Vec::new();
        if let Some(model) = &self.model {
            let mut decider = Decider::new(model, &self.session, now_ms as u64, &mut self.board);
            for slot in dom::slots(root) {
                let place = Place { anchor: slot.anchor, keys: &slot.keys, fitted: slot.fitted };
                let Some(decision) = decider.decide(&slot.name, &place) else { continue };
                if !dry {
                    slot.apply(&decision, model)?;
                }
                decisions.push(decision);
            }
        }
        js::object(&decisions)
    }

    /// Leaves on every slot below `root` that nobody has decided, and where the shop's own content stays, what its
    /// exposure is to report. Changes nothing that is seen.
    ///
    /// # Errors
    /// If the page refuses a change.
    pub fn mark(&mut self, root: &JsValue, now_ms: f64) -> Result<(), JsValue> {
        let Some(model) = &self.model else { return Ok(()) };
        let mut decider = Decider::new(model, &self.session, now_ms as u64, &mut self.board);
        for slot in dom::slots(root) {
            let place = Place { anchor: slot.anchor, keys: &slot.keys, fitted: slot.fitted };
            match decider.decide(&slot.name, &place) {
                Some(decision) if !decision.fitted => slot.mark(&decision)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether the plan counts a slot as seen as soon as it is in the page.
    #[wasm_bindgen(js_name = seenInPage)]
    pub fn seen_in_page(&self) -> bool {
        self.model.as_ref().is_some_and(|model| model.plan().seen_in_page)
    }

    /// Everything a curious developer may want to see.
    ///
    /// # Errors
    /// Never in practice: only if an object cannot be made.
    pub fn explain(&mut self, now_ms: f64) -> Result<JsValue, JsValue> {
        let decisions = self.decisions(None, &Place::default(), now_ms);
        let held_out = decisions.iter().any(|decision| decision.arm == "holdout");
        let model = self.model.as_ref();
        let events = self.session.touches().map(|touch| {
            let item = touch.item.and_then(|key| Some((model?, model?.item(key)?)));
            TouchView {
                name: touch.kind.name(),
                item_id: item.map(|(model, item)| model.item_id(item)),
                title: item.map(|(model, item)| model.title(item)),
                category: model.and_then(|m| Some(m.category_path(m.touch_category(&touch)?).into())),
            }
        });
        let context = self.session.context();
        js::object(&Explanation {
            session: SessionView {
                events: events.collect(),
                token_bytes: self.session.to_token().len(),
                source: context.source.word(),
                device: context.device.word(),
                held_out,
            },
            intent: model.map(|model| intent(model, &self.session)),
            decisions,
            snapshot: model.map(|model| SnapshotView {
                id: format!("{}", model.id()),
                bytes: model.bytes().len(),
                items: model.len(),
                newest_ms: model.meta().newest_ms,
            }),
        })
    }

    fn decisions(&mut self, slot: Option<&str>, place: &Place<'_>, now_ms: f64) -> Vec<Decision> {
        let Some(model) = &self.model else { return Vec::new() };
        let mut decider = Decider::new(model, &self.session, now_ms as u64, &mut self.board);
        match slot {
            Some(slot) => decider.decide(slot, place).into_iter().collect(),
            None => decider.decide_all(),
        }
    }
}
