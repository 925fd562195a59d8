//! Plain JS objects, on both Wasm hosts: what is asked of the engine.
//!
//! Read property by property: a derived deserializer would bring serde's error texts, and with them the
//! float printer and Unicode's tables, 40 kB of Wasm for messages nobody reads. What goes out is JSON.

use alloc::{format, string::String, vec::Vec};
use js_sys::{Array, Reflect};
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

/// A property that is a list, each entry read; empty where there is none.
pub(crate) fn list<T>(object: &JsValue, name: &str, mut read: impl FnMut(&JsValue) -> T) -> Vec<T> {
    let value = get(object, name);
    value.dyn_ref::<Array>().map(|array| array.iter().map(|entry| read(&entry)).collect()).unwrap_or_default()
}

/// A property that is a list of texts.
pub(crate) fn texts(object: &JsValue, name: &str) -> Vec<String> {
    list(object, name, |entry| entry.as_string().unwrap_or_default())
}
