//! What a request says of its visitor, and what the proxy makes of its address.

use super::crawler::is_crawler;
use crate::consent;
use crate::front::Asks;
use crate::preview::Preview;
use crate::session;
use axum::http::{HeaderMap, Uri, header};
use std::sync::OnceLock;

/// What a request says of its visitor.
pub(super) struct Asked {
    cookies: String,
    agent: String,
    referrer: String,
    /// The address as the visitor knows it.
    url: String,
    is_private: bool,
    is_implied: bool,
    /// Found out once: it takes longer than all the rest.
    is_crawler: OnceLock<bool>,
}

impl Asked {
    pub(super) fn of(headers: &HeaderMap, uri: &Uri, is_implied: bool) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        // A browser on HTTP/1 sends one `Cookie` header, a proxy in front may have made several of it.
        let cookies: Vec<&str> =
            headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).collect();
        Self {
            cookies: cookies.join("; "),
            agent: text(header::USER_AGENT),
            referrer: text(header::REFERER),
            url: format!("{}{uri}", own_origin(headers)),
            is_private: headers.get("sec-gpc").is_some_and(|value| value == "1"),
            is_implied,
            is_crawler: OnceLock::new(),
        }
    }
}

impl Asked {
    /// Whether the request carries a visit that has begun.
    pub(super) fn carries_visit(&self) -> bool {
        consent::cookie(&self.cookies, session::COOKIE).is_some()
    }
}

impl Asks for Asked {
    fn cookies(&self) -> String {
        self.cookies.clone()
    }

    fn agent(&self) -> String {
        self.agent.clone()
    }

    fn referrer(&self) -> String {
        self.referrer.clone()
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn continent(&self) -> String {
        String::new()
    }

    fn hour(&self) -> u8 {
        24
    }

    fn weekday(&self) -> u8 {
        7
    }

    fn private(&self) -> bool {
        self.is_private
    }

    fn implied(&self) -> bool {
        self.is_implied
    }

    fn crawler(&self) -> bool {
        *self.is_crawler.get_or_init(|| is_crawler(&self.agent))
    }

    fn said(&self) -> Option<String> {
        None
    }
}

/// The proxy's own address as the visitor knows it: scheme and host. A proxy in front that speaks https says so.
pub(super) fn own_origin(headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let scheme = if text("x-forwarded-proto").starts_with("https") { "https" } else { "http" };
    format!("{scheme}://{}", text("host"))
}

/// Takes the preview link out of a path with its query: the shop and its caches must not see it. Returns the rest, and the
/// link's value.
pub(super) fn without_link(path: &str) -> (String, Option<String>) {
    let Some((page, query)) = path.split_once('?') else { return (path.into(), None) };
    let link = query.split('&').find_map(|pair| pair.strip_prefix(Preview::PARAMETER)?.strip_prefix('='));
    let rest = query
        .split('&')
        .filter(|pair| pair.strip_prefix(Preview::PARAMETER).is_none_or(|value| !value.starts_with('=')));
    let rest = rest.collect::<Vec<_>>().join("&");
    // A question mark that stood there before stays.
    let path = if rest.is_empty() && link.is_some() { page.into() } else { format!("{page}?{rest}") };
    (path, link.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preview_link_is_taken_out_of_the_address() {
        assert_eq!(without_link("/a"), ("/a".into(), None));
        assert_eq!(without_link("/a?b=1"), ("/a?b=1".into(), None));
        assert_eq!(without_link("/a?b=1&slotwise_preview=xy&c=2"), ("/a?b=1&c=2".into(), Some("xy".into())));
        assert_eq!(without_link("/a?slotwise_preview=xy"), ("/a".into(), Some("xy".into())));
        assert_eq!(without_link("/a?"), ("/a?".into(), None));
        assert_eq!(without_link("/a?my_slotwise_preview=xy"), ("/a?my_slotwise_preview=xy".into(), None));
    }
}
