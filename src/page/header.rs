//! The headers of a page that fits one visit.
//!
//! What the store says of its own bytes is wrong about the fitted page: how long they are, what their hash and their validator is,
//! who may keep them, and until when. One such header beside `private` is enough for an outer cache to keep one visitor's page for
//! others. So every host drops all of them before it sets its own. A header that is not named here passes, registered or not:
//! shops rely on headers of their own, and the security headers of tomorrow must reach the browser.
//!
//! Invariant: names are in lower case and sorted. `wasm-tests/headers.test.mjs` sends every registered header.

use crate::text::place;
use alloc::string::String;

/// Headers of the store that a fitted page does not have.
pub const DROPPED: [&str; 18] = [
    "accept-ranges",
    "age",
    "cache-groups",
    "content-length",
    "content-location",
    "content-range",
    "delta-base",
    "edge-control",
    "etag",
    "im",
    "last-modified",
    "pragma",
    "signature",
    "signature-input",
    "surrogate-control",
    "surrogate-key",
    "trailer",
    "use-as-dictionary",
];

/// Ends of names of further headers of the store that a fitted page does not have: each CDN has a prefix of its own.
pub const DROPPED_ENDS: [&str; 5] = ["cache-control", "cache-tag", "digest", "expires", "md5"];

/// What a page depends on that can only be fitted to a visit that has begun.
pub const VARY: &str = "Cookie";

/// What a page depends on if a first page can be fitted too: then only crawlers get the shop's own.
pub const VARY_COLD: &str = "Cookie, User-Agent";

/// `Cache-Control` of a fitted page. `store` is what the store says, `previewed` whether a preview link was followed.
///
/// A browser may keep the page, so that going back shows it at once (`no-store` keeps a page out of the back/forward cache), but has
/// to ask before it shows it to a later visit. What the store itself forbids to keep or to transform stays forbidden, and a
/// preview is never kept.
pub fn caching(store: &str, previewed: bool) -> String {
    let store = store.to_ascii_lowercase();
    let mut caching = String::from("private, ");
    caching.push_str(if previewed || place(&store, "no-store").is_some() { "no-store" } else { "no-cache" });
    if place(&store, "no-transform").is_some() {
        caching.push_str(", no-transform");
    }
    caching
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fitted_page_is_private_and_what_the_store_forbids_stays_forbidden() {
        assert_eq!(caching("", false), "private, no-cache");
        assert_eq!(caching("public, s-maxage=600, No-Transform", false), "private, no-cache, no-transform");
        assert_eq!(caching("No-Store", false), "private, no-store");
        assert_eq!(caching("public, max-age=1", true), "private, no-store");
    }

    #[test]
    fn names_are_in_lower_case_and_sorted() {
        for names in [&DROPPED[..], &DROPPED_ENDS[..]] {
            assert!(names.is_sorted());
            assert!(names.iter().all(|name| !name.bytes().any(|byte| byte.is_ascii_uppercase())));
        }
    }
}
