//! Who visits what: the settings of a simulation.

use std::path::PathBuf;
use std::time::Duration;

/// Longest pause of a person on a page, in seconds.
const PAUSE_SECS: f64 = 20.0;

/// Who visits what.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address of the Worker, such as `http://127.0.0.1:8787`.
    pub edge: String,
    /// Number of visits.
    pub visits: u64,
    /// Number of the first visit: a later run goes on with other shoppers of the same groups.
    pub first: u64,
    /// Seed of all draws.
    pub seed: u64,
    /// Number of groups of shoppers.
    pub groups: usize,
    /// Number of the visit from which on each group prefers what the next group did; `None` for never.
    pub switch_at: Option<u64>,
    /// How many times faster than people they turn pages, 1 or more.
    pub speed: f64,
    /// Visits at the same time.
    pub at_once: usize,
    /// Address of a product's page, with `{id}`.
    pub product_page: String,
    /// ISO 4217 code of the prices.
    pub currency: String,
    /// The shop's catalogue, as for the trainer.
    pub catalogue: PathBuf,
}

impl Options {
    /// The address of a product's page.
    pub(super) fn product_path(&self, id: &str) -> String {
        self.product_page.replace("{id}", id)
    }

    /// Waits as a person does, but faster.
    pub(super) async fn pause(&self, share: f64) {
        tokio::time::sleep(Duration::from_secs_f64(share * PAUSE_SECS / self.speed)).await;
    }
}
