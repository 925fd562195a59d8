//! A snapshot on its way into the engine: chunk by chunk, as it arrives.
//!
//! The bytes go straight into the memory where the model will read them. A host that collected them first would hold them
//! twice, and an isolate has little memory. The host hashes them where they lie, by [`Opening::address`].
//!
//! Invariant: [`Opening::open`] is called only after the hash was compared with a signed manifest.

use super::Shop;
use crate::model::Model;
use crate::snapshot::SnapshotId;
use crate::snapshot::patch::apply;
use alloc::{format, vec::Vec};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

/// Bytes that will be a snapshot.
#[wasm_bindgen]
pub struct Opening(Vec<u8>);

#[wasm_bindgen]
impl Opening {
    /// Makes room for this many bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// The bytes that a patch makes of a snapshot which is open.
    ///
    /// # Errors
    /// Why the patch is of no use.
    pub fn patched(shop: &Shop, patch: &[u8]) -> Result<Self, JsValue> {
        apply(shop.snapshot(), patch).map(Self).map_err(|error| format!("{error}").into())
    }

    /// Adds the bytes that have come.
    pub fn add(&mut self, chunk: &Uint8Array) {
        let start = self.0.len();
        self.0.resize(start + chunk.length() as usize, 0);
        chunk.copy_to(&mut self.0[start..]);
    }

    /// Where the bytes lie in the module's memory, until the next call.
    #[wasm_bindgen(getter)]
    pub fn address(&self) -> usize {
        self.0.as_ptr() as usize
    }

    /// Number of bytes so far.
    #[wasm_bindgen(getter)]
    pub fn length(&self) -> usize {
        self.0.len()
    }

    /// Opens the snapshot. `id` is the SHA-256 of the bytes in hexadecimal digits, which the caller has compared with a
    /// signed manifest.
    ///
    /// # Errors
    /// What is wrong with the bytes or the id.
    pub fn open(self, id: &str) -> Result<Shop, JsValue> {
        let id = SnapshotId::from_hex(id).ok_or("the id is no SHA-256, expected 64 hexadecimal digits")?;
        let model = Model::open_hashed(self.0, id).map_err(|error| format!("{error}"))?;
        Ok(Shop::of(model))
    }
}
