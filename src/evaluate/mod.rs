//! Evaluation: how good a model is, measured beside others on the same data in the same run.
//!
//! In the same run, because times of different machines or days cannot be compared.
//!
//! Next-item rows: [`next`] trains, tests and times; [`metric`] turns outcomes into figures; [`peer`] holds the published
//! methods; [`strategies`] runs every strategy of the product; [`report`] and [`page`] are the result as JSON, as a table and
//! as HTML. Intent has a room of its own,
//! [`intent`], and so has what the decisions are worth in the shop, [`lift`]. What browsers fetch of a snapshot is measured by [`shards`].
//!
//! Invariant: parameters, ours and those of the peers, are chosen on the newest tenth of the training data, never on the
//! test set.

mod error;
pub mod intent;
pub mod lift;
pub mod metric;
pub mod next;
pub mod page;
pub mod peer;
pub mod report;
pub mod shards;
pub mod strategies;

pub use error::EvaluateError;

/// The processor and its number of cores, for reports: a time means nothing without them.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let named = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        text.lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim().to_owned()))
    });
    format!("{}, {cores} cores", named.unwrap_or_else(|| std::env::consts::ARCH.into()))
}
