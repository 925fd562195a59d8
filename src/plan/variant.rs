//! Variants of the plan file: what is for visits about some categories, for an audience, or for both together.
//!
//! Tags of pictures have the same form.

use super::audience::audience;
use super::check::Check;
use crate::snapshot::plan::Variant;
use serde_json::Value;

/// Reads what a variant, or a tag of pictures, is for.
pub(super) fn variant(check: &mut Check<'_>, path: &str, name: &str, value: &Value) -> Variant {
    check.object(value, path, &["categories", "audience"]);
    let categories = check.categories(path, value, "categories");
    let audience = audience(check, path, value);
    if value.get("categories").is_none() && value.get("audience").is_none() {
        check.say(path, Some(value), "categories, an audience, or both");
    }
    Variant { name: name.to_owned(), categories, audience, items: Vec::new() }
}
