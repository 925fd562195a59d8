//! Paths of the shop at which nothing is changed: the plan's `off`.
//!
//! They are no part of a snapshot. Whoever publishes writes them into the manifest, which is small and signed, so that a page can be
//! switched off without a training.

use super::check::Check;
use super::json;
use crate::snapshot::manifest::{PATH, is_path};
use serde_json::Value;
use std::path::Path;

/// Checks the paths of a plan.
pub(super) fn paths(check: &mut Check<'_>, root: &Value) {
    let Some(value) = root.get("off") else { return };
    match value.as_array() {
        Some(paths) => {
            for (at, path) in paths.iter().enumerate() {
                if !path.as_str().is_some_and(is_path) {
                    check.say(&format!("off[{at}]"), Some(path), PATH);
                }
            }
        }
        None => check.say("off", Some(value), "a list of paths"),
    }
}

/// The paths that a plan file names; `None` if it names none. It says nothing of mistakes: whoever compiles the plan does.
pub fn off(path: &Path) -> Option<Vec<String>> {
    let plan = json::parse(&std::fs::read_to_string(path).ok()?).ok()?;
    let paths = plan.get("off")?.as_array()?;
    Some(paths.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}
