//! JS objects as events and manifests, on both Wasm hosts.
//!
//! Read property by property: a derived deserializer would bring serde's error texts, and with them the
//! float printer and Unicode's tables, 40 kB of Wasm for messages nobody reads. What goes out is
//! written by serde-wasm-bindgen.

use crate::context::{Context, Device, LocalTime, Region, Source};
use crate::event::{Number, RawEvent, RawExposure, RawItem, RawParams, Text};
use crate::snapshot::Manifest;
use alloc::{format, string::String, vec::Vec};
use js_sys::{Array, JSON, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast, prelude::*};

/// A property; `undefined` where there is none, also of something that is no object.
pub(crate) fn get(object: &JsValue, name: &str) -> JsValue {
    if object.is_object() {
        Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
    } else {
        JsValue::UNDEFINED
    }
}

/// A property as text, also where it is a whole number.
pub(crate) fn text(object: &JsValue, name: &str) -> String {
    let value = get(object, name);
    match value.as_f64() {
        Some(number) if (0.0..9e15).contains(&number) => format!("{}", number as u64),
        _ => value.as_string().unwrap_or_default(),
    }
}

fn number(object: &JsValue, name: &str) -> Number {
    let value = get(object, name);
    Number(
        value.as_f64().or_else(|| crate::event::raw::decimal(&value.as_string()?)).filter(|number| number.is_finite()),
    )
}

pub(crate) fn list<T>(object: &JsValue, name: &str, mut read: impl FnMut(&JsValue) -> T) -> Vec<T> {
    let value = get(object, name);
    value.dyn_ref::<Array>().map(|array| array.iter().map(|entry| read(&entry)).collect()).unwrap_or_default()
}

/// A GA4 event.
pub(crate) fn event(value: &JsValue) -> RawEvent {
    let params = get(value, "params");
    let item = |item: &JsValue| RawItem {
        item_id: Text(text(item, "item_id")),
        item_name: Text(text(item, "item_name")),
        item_brand: Text(text(item, "item_brand")),
        item_category: Text(text(item, "item_category")),
        item_category2: Text(text(item, "item_category2")),
        item_category3: Text(text(item, "item_category3")),
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
        offer: word("offer"),
        tested: get(value, "tested").is_truthy(),
        fitted: get(value, "fitted").is_truthy(),
        propensity: number(value, "propensity"),
        snapshot: word("snapshot"),
    })
}

/// Where a visit came from; `None` for something that is no object.
pub(crate) fn context(value: &JsValue) -> Option<Context> {
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

/// A property that is a list of texts.
pub(crate) fn texts(object: &JsValue, name: &str) -> Vec<String> {
    list(object, name, |entry| entry.as_string().unwrap_or_default())
}

/// The events of a beacon or of a question.
#[cfg_attr(not(feature = "edge"), allow(dead_code))]
pub(crate) fn events(value: &JsValue) -> Vec<RawEvent> {
    list(value, "events", event)
}

/// A manifest, from its text.
#[cfg_attr(not(feature = "edge"), allow(dead_code))]
pub(crate) fn manifest(source: &str) -> Result<Manifest, String> {
    let value = JSON::parse(source).map_err(|error| format!("the manifest is no JSON: {}", message(&error)))?;
    let whole = |name| {
        number(&value, name)
            .0
            .filter(|number| *number >= 0.0)
            .ok_or_else(|| format!("the manifest has no {name}, expected a whole number"))
    };
    Ok(Manifest {
        format: whole("format")? as u16,
        snapshot: text(&value, "snapshot"),
        bytes: whole("bytes")? as u32,
        newest_ms: whole("newest_ms")? as u64,
        signature: text(&value, "signature"),
    })
}

/// A Rust structure as a plain JS object, with `null` for what is not there.
pub(crate) fn object<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(JsValue::from)
}

/// What a thrown value says.
#[cfg_attr(not(feature = "edge"), allow(dead_code))]
pub(crate) fn message(error: &JsValue) -> String {
    let thrown = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    thrown.or_else(|| error.as_string()).unwrap_or_else(|| "an unknown error was thrown".into())
}
