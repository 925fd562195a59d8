//! Events as they come in a beacon or a question: GA4's objects, read leniently, and nothing else of them.

use crate::context::{Context, Device, LocalTime, Region, Source};
use crate::event::valid::MAX_EVENTS;
use crate::event::{Number, RawEvent, RawExposure, RawItem, RawParams, Refusal, Text};
use crate::host::Refused;
use crate::host::js::{get, list, text, texts};
use alloc::vec::Vec;
use wasm_bindgen::JsValue;

fn number(object: &JsValue, name: &str) -> Number {
    let value = get(object, name);
    Number(
        value.as_f64().or_else(|| crate::event::raw::decimal(&value.as_string()?)).filter(|number| number.is_finite()),
    )
}

/// A GA4 event.
fn event(value: &JsValue) -> RawEvent {
    let params = get(value, "params");
    let item = |item: &JsValue| RawItem {
        item_id: Text(text(item, "item_id")),
        item_name: Text(text(item, "item_name")),
        item_brand: Text(text(item, "item_brand")),
        item_category: Text(text(item, "item_category")),
        item_category2: Text(text(item, "item_category2")),
        item_category3: Text(text(item, "item_category3")),
        item_category4: Text(text(item, "item_category4")),
        item_category5: Text(text(item, "item_category5")),
        price: number(item, "price"),
        discount: number(item, "discount"),
    };
    let chain = get(value, "chain");
    let link = |at: &str| Some(text(&chain, at)).filter(|digest| !digest.is_empty());
    RawEvent {
        name: text(value, "name"),
        params: RawParams {
            items: list(&params, "items", item),
            currency: Text(text(&params, "currency")),
            percent_scrolled: number(&params, "percent_scrolled"),
            engagement_time_msec: number(&params, "engagement_time_msec"),
            offer: Text(text(&params, "offer")),
            exposure: exposure(&get(&params, "exposure")),
        },
        event_id: Text(text(value, "event_id")),
        time_ms: number(value, "time_ms"),
        chain: link("1").map(|after| (link("0"), after)),
        context: context(&get(value, "context")),
    }
}

fn exposure(value: &JsValue) -> Option<RawExposure> {
    let word = |name| Text(text(value, name));
    value.is_object().then(|| RawExposure {
        slot: word("slot"),
        arm: word("arm"),
        choice: word("choice"),
        personalised: get(value, "personalised").is_truthy(),
        snapshot: word("snapshot"),
        seed: number(value, "seed"),
        exit: get(value, "exit").is_truthy(),
        items: texts(value, "items").into_iter().map(Text).collect(),
    })
}

/// Where a visit came from; `None` for something that is no object.
pub(super) fn context(value: &JsValue) -> Option<Context> {
    let whole = |object: &JsValue, name, or: u16| number(object, name).0.map_or(or, |number| number as u16);
    let time = get(value, "time");
    value.is_object().then(|| Context {
        source: Source::from_word(&text(value, "source")).unwrap_or_default(),
        campaign: whole(value, "campaign", 0),
        device: Device::from_word(&text(value, "device")).unwrap_or_default(),
        landing: whole(value, "landing", 0),
        time: LocalTime {
            hour: whole(&time, "hour", 24).min(24) as u8,
            weekday: whole(&time, "weekday", 7).min(7) as u8,
        },
        region: Region::from_word(&text(value, "region")),
    })
}

/// The valid events of a beacon or of a question, and the number of the others by reason.
pub(super) fn events(value: &JsValue, now_ms: u64) -> (Vec<RawEvent>, Refused) {
    let (mut refused, mut left) = (Refused::default(), MAX_EVENTS);
    let mut accept = |entry: &JsValue| {
        left = left.checked_sub(1).ok_or(Refusal::Count)?;
        let mut event = entry.is_object().then(|| event(entry)).ok_or(Refusal::Shape)?;
        event.accept(now_ms).map(|_| event)
    };
    let read = list(value, "events", |entry| accept(entry).map_err(|why| refused.add(why)).ok());
    (read.into_iter().flatten().collect(), refused)
}
