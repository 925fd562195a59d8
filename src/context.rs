//! The context of a visit, read from its first request: traffic source, device, local time, region.
//!
//! The context is coarse on purpose: each field has a handful of values, so that even all of them together single out
//! nobody. The user agent and the referrer are read once and then forgotten.

use crate::hash::hash;
use crate::text::{cut, list, meaning, place, until};
use crate::wire::readable;

/// Traffic source of the visit. The token stores the number, so the order must never change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "names", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "names", serde(rename_all = "lowercase"))]
pub enum Source {
    /// Typed, bookmarked, or unknown.
    #[default]
    Direct,
    /// A search engine's own results.
    Search,
    /// A social network.
    Social,
    /// A paid click: `utm_medium=cpc` and similar, or an ad click id.
    Paid,
    /// A mail (`utm_medium=email`).
    Mail,
    /// Another site.
    Referral,
}

impl Source {
    /// Every source, in order of number.
    pub const ALL: [Self; 6] = [Self::Direct, Self::Search, Self::Social, Self::Paid, Self::Mail, Self::Referral];

    /// Its name in lower case.
    pub fn word(self) -> &'static str {
        ["direct", "search", "social", "paid", "mail", "referral"][self as usize]
    }

    /// The source with this name. Also accepts the usual values of `utm_medium`.
    pub fn from_word(word: &str) -> Option<Self> {
        use Source::{Direct, Mail, Paid, Referral, Search, Social};
        meaning(
            word,
            "direct (none) search organic social paid cpc ppc display paidsocial mail email newsletter referral",
            &[Direct, Direct, Search, Search, Social, Paid, Paid, Paid, Paid, Paid, Mail, Mail, Mail, Referral],
        )
    }
}

/// Device class. The token stores the number, so the order must never change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "names", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "names", serde(rename_all = "lowercase"))]
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
    /// Every device, in order of number.
    pub const ALL: [Self; 3] = [Self::Desktop, Self::Phone, Self::Tablet];

    /// Its name in lower case.
    pub fn word(self) -> &'static str {
        ["desktop", "phone", "tablet"][self as usize]
    }

    /// The device with this name.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "desktop" => Some(Self::Desktop),
            "phone" | "mobile" => Some(Self::Phone),
            "tablet" => Some(Self::Tablet),
            _ => None,
        }
    }
}

/// Region of the world. Reports use it to show whether offers are fair; decisions never use it. The token stores
/// the number, so the order must never change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "names", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "names", serde(rename_all = "lowercase"))]
pub enum Region {
    /// Unknown.
    #[default]
    Unknown,
    /// Africa.
    Africa,
    /// North and South America.
    America,
    /// Asia.
    Asia,
    /// Europe.
    Europe,
    /// Australia and the Pacific.
    Oceania,
}

impl Region {
    /// Every region, in order of number.
    pub const ALL: [Self; 6] = [Self::Unknown, Self::Africa, Self::America, Self::Asia, Self::Europe, Self::Oceania];

    /// Its name in lower case.
    pub fn word(self) -> &'static str {
        ["unknown", "africa", "america", "asia", "europe", "oceania"][self as usize]
    }

    /// The region with this name, of a time zone (only the first part of `Europe/Zurich` is read), or of a
    /// two-letter continent code.
    pub fn from_word(word: &str) -> Self {
        use Region::{Africa, America, Asia, Europe, Oceania};
        meaning(
            &until(word, b"/").to_ascii_lowercase(),
            "africa af america na sa asia as europe eu oceania australia pacific oc",
            &[
                Africa, Africa, America, America, America, Asia, Asia, Europe, Europe, Oceania, Oceania, Oceania,
                Oceania,
            ],
        )
        .unwrap_or_default()
    }
}

/// The context of a session, fixed at its first request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "names", serde(default))]
pub struct Context {
    /// Traffic source.
    pub source: Source,
    /// 16-bit hash of `utm_campaign`; 0 if there is none.
    pub campaign: u16,
    /// Device class.
    pub device: Device,
    /// 16-bit hash of the landing page's path; 0 if unknown.
    pub landing: u16,
    /// The visitor's local time when the visit began.
    pub time: LocalTime,
    /// Region of the world.
    pub region: Region,
}

/// A local hour and weekday; [`LocalTime::UNKNOWN`] where the host cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize, serde::Deserialize))]
pub struct LocalTime {
    /// 0 to 23; 24 if unknown.
    pub hour: u8,
    /// 0 is Monday, 6 Sunday; 7 if unknown.
    pub weekday: u8,
}

impl LocalTime {
    /// The time is unknown.
    pub const UNKNOWN: Self = Self { hour: 24, weekday: 7 };

    /// Local time for `ms` milliseconds since 1970, in a zone `offset_minutes` ahead of UTC.
    pub fn from_ms(ms: u64, offset_minutes: i32) -> Self {
        let minutes = local_minutes(ms, offset_minutes);
        // 1 March of the year 0 was a Wednesday.
        Self { hour: (minutes % 1440 / 60) as u8, weekday: ((minutes / 1440 + 2) % 7) as u8 }
    }
}

/// Minutes on the clocks of a zone `offset_minutes` ahead of UTC since 1 March of the year 0, which is 719,468 days before
/// 1970. So no clock is behind it, and leap days end years.
pub(crate) fn local_minutes(ms: u64, offset_minutes: i32) -> u32 {
    ((ms / 60_000) as u32).wrapping_add(719_468 * 1440).wrapping_add_signed(offset_minutes)
}

impl Default for LocalTime {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

readable! { enum Source { Direct, Search, Social, Paid, Mail, Referral } }
readable! { enum Device { Desktop, Phone, Tablet } }
readable! { enum Region { Unknown, Africa, America, Asia, Europe, Oceania } }
readable! { struct LocalTime { hour, weekday } }
readable! { struct Context { source, campaign, device, landing, time, region } }

/// 16-bit hash of a name. It is never 0, except for the empty name.
pub fn key_of(name: &str) -> u16 {
    if name.is_empty() { 0 } else { ((hash(name.as_bytes(), 0) >> 48) as u16).max(1) }
}

/// The path that identifies a landing page: the URL without query and trailing slash, in lower case.
pub fn landing_of(url: &str) -> u16 {
    let rest = behind_scheme(url).map_or(url, |rest| place(rest, "/").and_then(|at| rest.get(at..)).unwrap_or("/"));
    let mut path = until(rest, b"?#");
    while let Some(shorter) = path.strip_suffix('/').filter(|shorter| !shorter.is_empty()) {
        path = shorter;
    }
    key_of(&path.to_ascii_lowercase())
}

impl Context {
    /// Reads the context from the first request of a visit: user agent, `Referer` header, URL and local time. Pass
    /// empty strings for what the host does not know.
    ///
    /// ```
    /// use slotwise::context::{Context, Device, LocalTime, Source};
    /// let now = LocalTime::from_ms(1_700_000_000_000, 60);
    /// let c = Context::from_request("… iPhone …", "https://www.google.com/", "https://shop.example/?utm_medium=cpc", now);
    /// assert_eq!((c.source, c.device), (Source::Paid, Device::Phone));
    /// ```
    pub fn from_request(user_agent: &str, referrer: &str, url: &str, time: LocalTime) -> Self {
        let medium = query(url, "utm_medium").unwrap_or_default();
        let from = host(referrer);
        let source = match Source::from_word(medium) {
            Some(source) => source,
            None if query(url, "gclid").is_some() || query(url, "msclkid").is_some() => Source::Paid,
            None if from.is_empty() || from == host(url) => Source::Direct,
            None if names(from, "google. bing. duckduckgo. yahoo. yandex. baidu. ecosia.") => Source::Search,
            None if names(from, "facebook. instagram. tiktok. pinterest. twitter. x.com reddit. youtube.") => {
                Source::Social
            }
            None => Source::Referral,
        };
        let campaign = key_of(query(url, "utm_campaign").unwrap_or_default());
        let is = |mark: &str| place(user_agent, mark).is_some();
        let device = if is("iPad") || is("Tablet") {
            Device::Tablet
        } else if is("Mobi") || is("iPhone") {
            Device::Phone
        } else if is("Android") {
            Device::Tablet
        } else {
            Device::Desktop
        };
        Self { source, campaign, device, landing: landing_of(url), time, region: Region::Unknown }
    }
}

/// Whether a host, or what follows its first dot, starts with one of the words.
fn names(host: &str, known: &str) -> bool {
    let rest = cut(host, b'.').map_or(host, |(_, rest)| rest);
    list(known).any(|name| [host, rest].iter().any(|host| host.as_bytes().starts_with(name)))
}

/// A URL without its scheme; `None` if it has none.
fn behind_scheme(url: &str) -> Option<&str> {
    url.get(place(url, "://")? + 3..)
}

fn host(url: &str) -> &str {
    let rest = behind_scheme(url).unwrap_or_default();
    until(rest, b"/?#")
}

fn query<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let mut query = until(cut(url, b'?')?.1, b"#");
    loop {
        let pair = until(query, b"&");
        if let Some((_, value)) = cut(pair, b'=').filter(|(key, _)| *key == name) {
            return Some(value);
        }
        query = query.get(pair.len() + 1..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_apart() {
        let of = |referrer, url| Context::from_request("", referrer, url, LocalTime::UNKNOWN).source;
        assert_eq!(of("", "https://s.example/"), Source::Direct);
        assert_eq!(of("https://s.example/a", "https://s.example/b"), Source::Direct);
        assert_eq!(of("https://www.google.com/", "https://s.example/"), Source::Search);
        assert_eq!(of("https://m.facebook.com/", "https://s.example/"), Source::Social);
        assert_eq!(of("https://blog.example/x", "https://s.example/"), Source::Referral);
        assert_eq!(of("", "https://s.example/?a=1&utm_medium=email#x"), Source::Mail);
        assert_eq!(of("https://www.google.com/", "https://s.example/?gclid=1"), Source::Paid);
    }

    #[test]
    fn a_landing_page_is_its_path_however_it_is_reached() {
        let home = landing_of("https://s.example/");
        assert_eq!(landing_of("https://s.example?x=1#y"), home);
        assert_eq!(landing_of("https://s.example/Shoes/?utm_medium=cpc"), landing_of("/shoes"));
        assert_ne!(landing_of("/shoes"), home);
        assert_eq!(landing_of(""), 0);
    }

    #[test]
    fn local_time_is_that_of_the_visitor() {
        // A Tuesday, 22:13 UTC.
        let at = |offset| LocalTime::from_ms(1_700_000_000_000, offset);
        assert_eq!(at(0), LocalTime { hour: 22, weekday: 1 });
        assert_eq!(at(120), LocalTime { hour: 0, weekday: 2 });
        assert_eq!(at(-23 * 60), LocalTime { hour: 23, weekday: 0 });
        assert_eq!(LocalTime::from_ms(0, -60), LocalTime { hour: 23, weekday: 2 });
    }
}
