//! `slotwise serve --proxy`: the shop with its pages fitted, by one process and without a Worker.
//!
//! It is the fastest way to try Slotwise on one's own shop. A request below `/_slotwise/` is the origin's; any other is passed on
//! to the shop. Its pages are decided by the code that the Worker runs (`front`), and events go straight to the log.
//!
//! In reading order:
//!
//! - `error`: why the proxy does not start
//! - `shop`: the shop's address, and the connections to it; `connect`: http, or https too
//! - `asked`: what a request says of its visitor; `crawler`: who is a program
//! - `headers`: what is changed in the headers of both directions
//! - `engine`: the thread that holds the models and the pages under way
//! - `insert`: slots for a shop whose templates have none yet
//! - `stream`: a page's bytes on their way
//! - `pass`: a request and its response; `beacon`: events
//!
//! Invariant: if anything but the shop itself fails, the shop's page comes as it is.

mod asked;
mod beacon;
#[cfg_attr(feature = "https", path = "connect_tls.rs")]
mod connect;
mod crawler;
mod engine;
mod error;
mod headers;
mod insert;
mod pass;
mod shop;
mod stream;

use super::intake::Intake;
use crate::consent::Mode;
use engine::Engine;
use insert::Inserts;
use shop::Shop;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use error::ProxyError;

pub(super) use beacon::events;
pub(super) use connect::{Connector, connector};
pub(super) use pass::pass;

/// In front of which shop, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address of the shop, such as `https://shop.example`.
    pub shop: String,
    /// What is assumed of a visitor who has not answered the consent question.
    pub consent: Mode,
    /// File of slots to be inserted into the shop's pages.
    pub slots: Option<PathBuf>,
}

/// The proxy in front of a shop.
pub(super) struct Proxy {
    shop: Shop,
    engine: Engine,
    inserts: Inserts,
    is_implied: bool,
    keys: Vec<[u8; 32]>,
    intake: Arc<Intake>,
}

impl Proxy {
    /// In front of a shop, with what a folder publishes under one of these keys.
    pub(super) fn open(
        options: &Options,
        published: &Path,
        keys: &[[u8; 32]],
        intake: Arc<Intake>,
    ) -> Result<Self, ProxyError> {
        Ok(Self {
            shop: Shop::at(&options.shop)?,
            inserts: options.slots.as_deref().map_or_else(|| Ok(Inserts::default()), Inserts::read)?,
            engine: Engine::start(published, keys).map_err(ProxyError::Thread)?,
            is_implied: options.consent == Mode::Implied,
            keys: keys.to_vec(),
            intake,
        })
    }

    /// Whether the plan keeps next-item rows to hosts of the shop's, as far as is known. Whoever may ask the proxy may be a
    /// shopper.
    pub(super) fn keeps_rows(&self) -> bool {
        self.engine.keeps_rows()
    }

    /// The shop's address, without a slash at its end.
    pub(super) fn shop(&self) -> &str {
        &self.shop.origin
    }
}
