//! How good a model is, measured beside others on the same data in the same run.
//!
//! Next-item rows: [`next`] trains, tests and times; [`metric`] turns outcomes into figures; [`peer`] holds the published
//! methods; [`report`] is what comes out, as JSON, as a table and as a page. The test set is read when
//! everything is chosen and trained, and by nothing but the test. Intent has a room of its own, [`intent`].

mod error;
pub mod intent;
pub mod metric;
pub mod next;
pub mod page;
pub mod peer;
pub mod report;

pub use error::EvaluateError;

/// What this runs on: processor and cores.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let named = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        text.lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim().to_owned()))
    });
    format!("{}, {cores} cores", named.unwrap_or_else(|| std::env::consts::ARCH.into()))
}
