//! The full engine: explains why a page looks as it does.
//!
//! It starts from what the page has (token, root and shards of the snapshot, preview, slots) and decides again, by the same code and
//! therefore with the same result, this time recording the reasons. The page engine does without reasons and their texts:
//! few shoppers ever ask for them, and all would download them.

use crate::context::{Context, LocalTime, Region};
use crate::decide::{Decider, Overrides, Place};
use crate::event::ItemKey;
use crate::host::js::{self, list, text, texts};
use crate::host::{Explained, InteractionReport, SessionReport, SnapshotReport};
use crate::intent::explain_intent;
use crate::json;
use crate::model::Model;
use crate::preview::Preview;
use crate::session::{Interaction, Session};
use crate::snapshot::SnapshotId;
use crate::snapshot::overlay::Overlay;
use alloc::{string::String, vec::Vec};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

/// Explains the visit, its intent and all decisions, as JSON. `state` is `FullState` of `js/src/full.ts`.
///
/// # Errors
/// A message if the snapshot cannot be opened.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JS")]
pub fn explain(state: &JsValue) -> Result<String, JsValue> {
    let bytes = |from: &JsValue| Uint8Array::new(from).to_vec();
    let root = bytes(&js::get(state, "snapshot"));
    let id = SnapshotId::from_hex(&text(state, "id")).unwrap_or_default();
    let mut model = Model::open_root(root, id).map_err(|why| JsError::new(&alloc::format!("{why}")))?;
    for shard in list(state, "shards", bytes) {
        // The page engine refused what is refused here.
        model.extend(&shard);
    }
    let now_ms = js::get(state, "now").as_f64().unwrap_or_default() as u64;
    let (session, overrides) = visit(state, now_ms);
    model.lay(Overlay::read(&Uint8Array::new(&js::get(state, "overlay")).to_vec()));
    let mut decider = Decider::new(&model, &session, now_ms).with_overrides(overrides);
    let held_out = decider.is_held_out();
    // First every slot of the plan. Then the slots of this page, in the order of the page: a product that one of them shows is
    // missing from the next.
    let decisions = decider.explain_all(model.plan().locale(&text(state, "lang")));
    decider.turn_page();
    let here = list(state, "places", |place| {
        let keys = texts(place, "keys");
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let anchor = Some(text(place, "anchor")).filter(|id| !id.is_empty()).map(|id| ItemKey::from_id(&id));
        let is = |flag| js::get(place, flag).is_truthy();
        let about = text(place, "about");
        let (personalised, ahead) = (is("personalised"), is("ahead"));
        let locale = model.plan().locale(&text(place, "lang"));
        let place_here = Place { anchor, about: &about, keys: &keys, personalised, ahead, locale };
        decider.explain(&text(place, "name"), &place_here)
    });
    let context = session.context();
    let explained = Explained {
        session: SessionReport {
            events: session.interactions().map(|interaction| report(&model, &interaction)).collect(),
            token_bytes: session.to_token().len(),
            source: context.source.word(),
            device: context.device.word(),
            held_out,
        },
        intent: Some(explain_intent(&model, &session)),
        decisions,
        here: here.into_iter().flatten().collect(),
        snapshot: Some(SnapshotReport {
            id: model.name().into(),
            bytes: model.bytes().len(),
            items: model.len(),
            newest_ms: model.meta().newest_ms,
        }),
    };
    json::text(&explained).ok_or_else(|| "the explanation cannot be written as JSON".into())
}

/// The session and overrides that the page engine has, by the same steps as `Engine::begin` and `Engine::force`.
fn visit(state: &JsValue, now_ms: u64) -> (Session, Overrides) {
    let visit = js::get(state, "visit");
    let offset = js::get(&visit, "offset").as_f64().unwrap_or_default() as i32;
    let context = || Context {
        region: Region::from_word(&text(&visit, "zone")),
        ..Context::from_request(
            &text(&visit, "agent"),
            &text(&visit, "referrer"),
            &text(&visit, "url"),
            LocalTime::from_ms(now_ms, offset),
        )
    };
    let mut session = Session::resume(Session::from_token(&text(&visit, "token")), now_ms, context);
    let sold_out = texts(state, "soldOut").iter().map(|id| ItemKey::from_id(id)).collect();
    let mut overrides = Overrides { preview: None, sold_out };
    let preview = js::get(state, "preview");
    if preview.is_object()
        && let Some(preview) = Preview::read(&Uint8Array::new(&preview).to_vec(), now_ms)
    {
        session = preview.session.as_deref().and_then(Session::from_token).unwrap_or(session);
        overrides.preview = Some(preview);
    }
    (session, overrides)
}

/// An interaction by name. The session stores keys only; products that the snapshot does not know stay nameless.
fn report(model: &Model<Vec<u8>>, interaction: &Interaction) -> InteractionReport {
    let item = interaction.item.and_then(|key| model.item(key));
    InteractionReport {
        name: interaction.kind.name(),
        item_id: item.map(|item| model.item_id(item)),
        title: item.map(|item| model.title(item)),
        category: model.interaction_category(interaction).map(|category| model.category_path(category).into()),
    }
}
