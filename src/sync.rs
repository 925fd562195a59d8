//! From manifest to model, on both Wasm hosts: fetch, verify, open, and only then hand over.
//!
//! Hash and signature are checked by the host's WebCrypto: native speed, and not a byte of
//! cryptography in the Wasm. A host whose WebCrypto has no Ed25519 gets an error, hence no model,
//! hence the shop's own page. Nothing half-checked ever leaves this module.

use crate::decide::Preview;
use crate::js::message;
use crate::model::Model;
use crate::snapshot::manifest::public_key;
use crate::snapshot::{Manifest, SnapshotError, SnapshotId};
use alloc::{format, string::String, vec::Vec};
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;

/// Where manifest and snapshots come from.
pub(crate) trait Source {
    /// The manifest's text.
    async fn manifest(&self) -> Result<String, String>;
    /// The bytes of the snapshot of this name.
    async fn snapshot(&self, id: &str) -> Result<Vec<u8>, String>;
}

/// A verified model, and the manifest that named it as the text it came in (which the edge serves on).
pub(crate) struct Synced {
    pub model: Model<Vec<u8>>,
    #[cfg_attr(not(feature = "edge"), allow(dead_code))]
    pub manifest: String,
}

/// Fetches and verifies what the source names now. `None` if that is what `current` already is.
pub(crate) async fn newer(
    current: Option<SnapshotId>,
    source: &impl Source,
    key: &str,
) -> Result<Option<Synced>, String> {
    let text = source.manifest().await?;
    let manifest = crate::js::manifest(&text)?;
    let id = manifest.id().map_err(|error| format!("{error}"))?;
    if current == Some(id) {
        return Ok(None);
    }
    verify(&manifest, key).await?;
    let bytes = source.snapshot(&manifest.snapshot).await?;
    id.check(sha256(&bytes).await?).map_err(|error| format!("{error}"))?;
    let model = Model::open(bytes, id).map_err(|error| format!("{error}"))?;
    Ok(Some(Synced { model, manifest: text }))
}

async fn verify(manifest: &Manifest, key: &str) -> Result<(), String> {
    let signature = manifest.signature().map_err(|error| format!("{error}"))?;
    if is_signed(key, &manifest.message(), &signature).await? {
        Ok(())
    } else {
        Err(format!("{}", SnapshotError::Signature { key: key.into() }))
    }
}

/// What a preview link forces; `None` for a link that was not signed with the key's partner, or has expired.
pub(crate) async fn preview(link: &str, key: &str, now_ms: u64) -> Option<Preview> {
    let (body, signature) = Preview::parts(link)?;
    let signed = is_signed(key, &Preview::message(&body), &signature).await.unwrap_or_default();
    Preview::read(&body, now_ms).filter(|_| signed)
}

async fn is_signed(key: &str, message_bytes: &[u8], signature: &[u8; 64]) -> Result<bool, String> {
    let raw = Uint8Array::from(&public_key(key).map_err(|error| format!("{error}"))?[..]);
    let subtle = subtle()?;
    let usages = Array::of1(&"verify".into());
    let unsupported = |error| format!("this host's WebCrypto cannot check an Ed25519 signature: {}", message(&error));
    let imported = subtle.import_key("raw", &raw, "Ed25519", false, &usages).map_err(unsupported)?;
    let imported = imported.await.map_err(unsupported)?;
    let (signature, bytes) = (Uint8Array::from(&signature[..]), Uint8Array::from(message_bytes));
    let checked = subtle.verify("Ed25519", &imported, &signature, &bytes).map_err(unsupported)?;
    Ok(checked.await.map_err(unsupported)?.as_bool() == Some(true))
}

async fn sha256(bytes: &[u8]) -> Result<[u8; 32], String> {
    let failed = |error| format!("this host's WebCrypto cannot compute SHA-256: {}", message(&error));
    let digest = subtle()?.digest("SHA-256", &Uint8Array::from(bytes)).map_err(failed)?.await.map_err(failed)?;
    let mut out = [0; 32];
    let digest = Uint8Array::new(&digest);
    if digest.length() == 32 {
        digest.copy_to(&mut out);
    }
    Ok(out)
}

fn subtle() -> Result<Subtle, String> {
    let missing = || String::from("this host has no WebCrypto (a page must be served over https or from localhost)");
    let crypto = js_sys::Reflect::get(&js_sys::global(), &"crypto".into()).map_err(|_| missing())?;
    let subtle = js_sys::Reflect::get(&crypto, &"subtle".into()).map_err(|_| missing())?;
    if subtle.is_object() { Ok(subtle.unchecked_into()) } else { Err(missing()) }
}

/// Manifest and snapshots over HTTP: `<base>/manifest` and `<base>/snapshot/<id>`.
pub(crate) struct Http {
    pub base: String,
}

impl Source for Http {
    async fn manifest(&self) -> Result<String, String> {
        let url = format!("{}/manifest", self.base);
        let text = get(&url).await?.text().await;
        text.map(|text| text.as_string().unwrap_or_default()).map_err(|error| format!("{url}: {}", message(&error)))
    }

    async fn snapshot(&self, id: &str) -> Result<Vec<u8>, String> {
        let url = format!("{}/snapshot/{id}", self.base);
        let body = get(&url).await?.array_buffer().await;
        body.map(|body| Uint8Array::new(&body).to_vec()).map_err(|error| format!("{url}: {}", message(&error)))
    }
}

async fn get(url: &str) -> Result<Fetched, String> {
    let response: Fetched = fetch(url).await.map_err(|error| format!("{url}: {}", message(&error)))?.unchecked_into();
    if response.ok() { Ok(response) } else { Err(format!("{url}: status {}, expected 200", response.status())) }
}

// Three calls of WebCrypto and four of fetch: fewer bytes of glue than web-sys's dictionaries.
#[wasm_bindgen]
extern "C" {
    type Subtle;
    #[wasm_bindgen(method, catch)]
    fn digest(this: &Subtle, algorithm: &str, data: &Uint8Array) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = importKey)]
    fn import_key(
        this: &Subtle,
        format: &str,
        key: &Uint8Array,
        algorithm: &str,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn verify(
        this: &Subtle,
        algorithm: &str,
        key: &JsValue,
        signature: &Uint8Array,
        data: &Uint8Array,
    ) -> Result<Promise, JsValue>;

    type Fetched;
    #[wasm_bindgen(catch)]
    async fn fetch(url: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn ok(this: &Fetched) -> bool;
    #[wasm_bindgen(method, getter)]
    fn status(this: &Fetched) -> u16;
    #[wasm_bindgen(method, catch)]
    async fn text(this: &Fetched) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = arrayBuffer)]
    async fn array_buffer(this: &Fetched) -> Result<JsValue, JsValue>;
}
