//! What to train from, and how: the trainer's settings with their defaults.

use super::search::Search;
use crate::log::LogFiles;
use std::path::PathBuf;

/// What to train from, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The log.
    pub log: LogFiles,
    /// The merchandiser's plan; without one the snapshot decides no slot.
    pub plan: Option<PathBuf>,
    /// Neighbours kept a row.
    pub neighbours: usize,
    /// How to search for the kernels.
    pub search: Search,
    /// Currency of a log that names none.
    pub currency: String,
    /// Link of a product without one of its own.
    pub url_pattern: String,
    /// Picture of a product without one of its own.
    pub image_pattern: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            log: LogFiles::default(),
            plan: None,
            neighbours: 32,
            search: Search::default(),
            currency: String::new(),
            url_pattern: "/product/{id}".into(),
            image_pattern: "/pictures/{category}/{n}.svg".into(),
        }
    }
}
