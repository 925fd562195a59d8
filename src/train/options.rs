//! The trainer's settings with their defaults: what to train from, and how.

use super::counted::Counter;
use super::older::Older;
use super::search::Search;
use crate::group::Sums;
use crate::log::LogFiles;
use std::path::PathBuf;
use std::sync::Arc;

/// What to train from, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The log.
    pub log: LogFiles,
    /// The merchandiser's plan; without one the snapshot decides no slot.
    pub plan: Option<PathBuf>,
    /// Neighbours per row (K). On public click logs, 16 lose about one point of recall at 20 and 64 gain a tenth of a point.
    pub neighbours: usize,
    /// The most bytes a snapshot may take; `None` for any number. Rows that are read least are shortened first.
    pub budget: Option<u64>,
    /// Minimum support: distinct visits that must have had both products of a pair before a row may tell of it. 1 publishes
    /// every pair.
    pub support: u32,
    /// The snapshot that hosts have now. Items keep their numbers and rows what has not clearly changed, so that a patch from
    /// it is short. Empty if there is none.
    pub base: Vec<u8>,
    /// What sister shops know, to be added to the log's own counts of pairs.
    pub group: Option<Sums>,
    /// The most events of the visits that all but next-item rows is learned from; `None` for all.
    pub sample: Option<u64>,
    /// Who has counted the pairs, if the log is a sample of what there is.
    pub counter: Option<Arc<dyn Counter>>,
    /// Days before those of the log, whose pairs are counted already. With them, no kernels are searched for.
    pub older: Older,
    /// How to search for the kernels.
    pub search: Search,
    /// Currency if the log names none, as an ISO 4217 code; empty if unknown.
    pub currency: String,
    /// Link of a product that has none of its own, with `{id}` for its id. One pattern takes fewer bytes than a link each.
    pub url_pattern: String,
    /// Picture of a product that has none of its own, likewise.
    pub image_pattern: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            log: LogFiles::default(),
            plan: None,
            neighbours: 32,
            budget: None,
            support: 1,
            base: Vec::new(),
            group: None,
            sample: None,
            counter: None,
            older: Older::default(),
            search: Search::default(),
            currency: String::new(),
            url_pattern: "/product/{id}".into(),
            image_pattern: "/pictures/{category}/{n}.svg".into(),
        }
    }
}
