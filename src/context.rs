//! What a request tells before any event: where the visitor came from, on what, and when.
//!
//! Coarse on purpose. Each field has a handful of values, so that all of them together single out
//! nobody; the user agent and the referrer are read once and forgotten.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh64::xxh64;

/// Where the visit began. The order is the token's: never reorder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Typed, bookmarked, or unknown.
    #[default]
    Direct,
    /// A search engine's own results.
    Search,
    /// A social network.
    Social,
    /// A paid click (`utm_medium=cpc` and its like, or an ad click id).
    Paid,
    /// A mail (`utm_medium=email`).
    Mail,
    /// Another site.
    Referral,
}

impl Source {
    /// The word for it, in lower case.
    pub fn word(self) -> &'static str {
        ["direct", "search", "social", "paid", "mail", "referral"][self as usize]
    }
}

/// What the page is shown on. The order is the token's: never reorder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Device {
    /// A desktop or laptop computer, or unknown.
    #[default]
    Desktop,
    /// A phone.
    Phone,
    /// A tablet.
    Tablet,
}

impl Device {
    /// The word for it, in lower case.
    pub fn word(self) -> &'static str {
        ["desktop", "phone", "tablet"][self as usize]
    }
}

/// The context of a session, fixed at its first request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Where the visit began.
    pub source: Source,
    /// 16-bit hash of `utm_campaign`; 0 without one.
    pub campaign: u16,
    /// What the page is shown on.
    pub device: Device,
}

impl Context {
    /// Reads the context from a first request: its user agent, the `Referer` it carries, and its own
    /// URL. Empty strings where the host knows nothing.
    ///
    /// ```
    /// use slotwise::context::{Context, Device, Source};
    /// let c = Context::from_request("… iPhone …", "https://www.google.com/", "https://shop.example/?utm_medium=cpc");
    /// assert_eq!((c.source, c.device), (Source::Paid, Device::Phone));
    /// ```
    pub fn from_request(user_agent: &str, referrer: &str, url: &str) -> Self {
        let medium = query(url, "utm_medium").unwrap_or_default();
        let from = host(referrer);
        let source = match medium {
            "cpc" | "ppc" | "paid" | "display" | "paidsocial" => Source::Paid,
            "email" | "newsletter" => Source::Mail,
            "social" => Source::Social,
            "organic" => Source::Search,
            _ if query(url, "gclid").is_some() || query(url, "msclkid").is_some() => Source::Paid,
            _ if from.is_empty() || from == host(url) => Source::Direct,
            _ if names(from, &["google.", "bing.", "duckduckgo.", "yahoo.", "yandex.", "baidu.", "ecosia."]) => {
                Source::Search
            }
            _ if names(
                from,
                &["facebook.", "instagram.", "tiktok.", "pinterest.", "twitter.", "x.com", "reddit.", "youtube."],
            ) =>
            {
                Source::Social
            }
            _ => Source::Referral,
        };
        let campaign = query(url, "utm_campaign").map_or(0, |name| (xxh64(name.as_bytes(), 0) >> 48) as u16);
        let device = if user_agent.contains("iPad") || user_agent.contains("Tablet") {
            Device::Tablet
        } else if user_agent.contains("Mobi") || user_agent.contains("iPhone") {
            Device::Phone
        } else if user_agent.contains("Android") {
            Device::Tablet
        } else {
            Device::Desktop
        };
        Self { source, campaign, device }
    }
}

/// Whether a user agent says it is a crawler, a link preview or a monitor. Such a visitor gets the
/// shop's own page, so that what is indexed is what the shop wrote.
pub fn is_bot(user_agent: &str) -> bool {
    const MARKS: [&str; 9] =
        ["bot", "crawl", "spider", "slurp", "externalhit", "preview", "lighthouse", "monitor", "archiver"];
    let lower = user_agent.to_ascii_lowercase();
    MARKS.iter().any(|mark| lower.contains(mark))
}

fn names(host: &str, known: &[&str]) -> bool {
    known
        .iter()
        .any(|name| host.starts_with(name) || host.split_once('.').is_some_and(|(_, rest)| rest.starts_with(name)))
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn query<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = url.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_apart() {
        let of = |referrer, url| Context::from_request("", referrer, url).source;
        assert_eq!(of("", "https://s.example/"), Source::Direct);
        assert_eq!(of("https://s.example/a", "https://s.example/b"), Source::Direct);
        assert_eq!(of("https://www.google.com/", "https://s.example/"), Source::Search);
        assert_eq!(of("https://m.facebook.com/", "https://s.example/"), Source::Social);
        assert_eq!(of("https://blog.example/x", "https://s.example/"), Source::Referral);
        assert_eq!(of("", "https://s.example/?a=1&utm_medium=email#x"), Source::Mail);
        assert_eq!(of("https://www.google.com/", "https://s.example/?gclid=1"), Source::Paid);
    }

    #[test]
    fn crawlers_are_known_and_browsers_are_not() {
        assert!(is_bot("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"));
        assert!(is_bot("facebookexternalhit/1.1"));
        assert!(!is_bot(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/148.0.0.0 Safari/537.36"
        ));
        assert!(!is_bot(""));
    }
}
