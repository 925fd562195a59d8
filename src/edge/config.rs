//! The operator's settings, read from the Worker's variables (see `wrangler.toml`).

use crate::consent::Mode;
use alloc::rc::Rc;
use alloc::string::String;
use core::cell::OnceCell;
use worker::Env;

/// The operator's settings.
pub(super) struct Config {
    /// `SLOTWISE_ORIGIN`: where `slotwise serve` is; `STORE_ORIGIN` if not set.
    pub origin: String,
    /// `SLOTWISE_PUBLIC_KEY`: what snapshots must be signed with.
    pub key: String,
    /// `CONSENT`: `required` (the default) or `implied`.
    pub consent: Mode,
    /// `SYNC_SECS`: how long an isolate trusts its manifest; 60 if not set.
    pub sync_ms: u64,
}

thread_local! {
    /// The isolate's settings: they are the same for all its requests.
    static READ: OnceCell<Rc<Config>> = const { OnceCell::new() };
}

impl Config {
    /// The settings of an environment, read once.
    pub(super) fn of(env: &Env) -> Rc<Self> {
        READ.with(|read| Rc::clone(read.get_or_init(|| Rc::new(Self::read(env)))))
    }

    fn read(env: &Env) -> Self {
        let var = |name| env.var(name).map(|var| var.as_ref().as_string().unwrap_or_default()).unwrap_or_default();
        let address = |name| String::from(var(name).trim_end_matches('/'));
        let own = Some(address("SLOTWISE_ORIGIN")).filter(|own| !own.is_empty());
        let origin = own.unwrap_or_else(|| address("STORE_ORIGIN"));
        let sync_ms = var("SYNC_SECS").parse().unwrap_or(60) * 1000;
        Self { origin, key: var("SLOTWISE_PUBLIC_KEY"), consent: Mode::from_setting(&var("CONSENT")), sync_ms }
    }
}
