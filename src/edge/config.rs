//! The operator's settings, read from the Worker's variables (see `wrangler.toml`).

use crate::consent::Mode;
use alloc::string::String;
use worker::Env;

/// The operator's settings.
pub(super) struct Config {
    /// `STORE_ORIGIN`: where the store is, without a slash at the end. Empty: the request's own host,
    /// as for a Worker on a route of the store's zone.
    pub store: String,
    /// `SLOTWISE_ORIGIN`: where `slotwise serve` is; `STORE_ORIGIN` if not set.
    pub origin: String,
    /// `SLOTWISE_PUBLIC_KEY`: what snapshots must be signed with.
    pub key: String,
    /// `CONSENT`: `required` (the default) or `implied`.
    pub consent: Mode,
    /// `SYNC_SECS`: how long an isolate trusts its manifest; 60 if not set.
    pub sync_ms: u64,
}

impl Config {
    pub(super) fn read(env: &Env) -> Self {
        let var = |name| env.var(name).map(|var| var.as_ref().as_string().unwrap_or_default()).unwrap_or_default();
        let address = |name| String::from(var(name).trim_end_matches('/'));
        let store = address("STORE_ORIGIN");
        let origin = Some(address("SLOTWISE_ORIGIN")).filter(|own| !own.is_empty()).unwrap_or_else(|| store.clone());
        let sync_ms = var("SYNC_SECS").parse().unwrap_or(60) * 1000;
        Self { store, origin, key: var("SLOTWISE_PUBLIC_KEY"), consent: Mode::from_setting(&var("CONSENT")), sync_ms }
    }
}
