//! What the proxy changes in the headers of both directions.
//!
//! To the shop a request looks as if the visitor had asked it directly: its own name as host, its own address in `Origin` and
//! `Referer`. To the visitor the shop looks as if it lived at the proxy's address: redirects lead there, cookies are for it.
//! A proxy that is reached over plain http also takes out what forbids that: `Strict-Transport-Security`,
//! `upgrade-insecure-requests`, and the attribute `Secure` of cookies.

use super::shop::Shop;
use crate::page::header::{DROPPED, DROPPED_ENDS};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use std::net::IpAddr;

/// Headers of one connection (RFC 9110, section 7.6.1), and one that the proxy has answered.
const CONNECTION: [&str; 10] = [
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers that make an answer depend on what the visitor holds. A page that may be fitted is asked for as a whole.
const HELD: [&str; 6] = ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range", "range"];

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Removes what concerns one connection only.
fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in CONNECTION {
        headers.remove(name);
    }
}

/// The rest of an address at a host, such as `/path` of `https://shop.example/path`, whichever its scheme.
fn path_at<'a>(address: &'a str, authority: &str) -> Option<&'a str> {
    let (scheme, rest) = address.split_once("//")?;
    let path = rest.strip_prefix(authority)?;
    let is_whole = path.is_empty() || path.starts_with(['/', '?', '#']);
    (is_whole && matches!(scheme, "" | "http:" | "https:")).then_some(path)
}

/// Whether a page is asked for. Scripts that load pages say so in `Accept`; pictures, scripts and data never do.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text("accept").to_ascii_lowercase().contains("text/html")
        && matches!(text("sec-fetch-dest"), "" | "document" | "empty" | "frame" | "iframe")
}

/// Makes a visitor's headers those of a request to the shop. `own`: the proxy's address as the visitor knows it.
pub(super) fn to_shop(headers: &mut HeaderMap, own: &str, shop: &Shop, peer: IpAddr) {
    strip(headers);
    // The client writes the shop's.
    headers.remove(header::HOST);
    let host = own.split_once("//").map_or("", |(_, host)| host);
    for name in [header::ORIGIN, header::REFERER] {
        let said = headers.get(&name).and_then(|value| value.to_str().ok());
        let theirs = said.and_then(|address| path_at(address, host)).map(|path| format!("{}{path}", shop.origin));
        if let Some(value) = theirs.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    // Neither host nor scheme of the proxy: shops build redirects of them.
    let before = headers.get(&FORWARDED_FOR).and_then(|value| value.to_str().ok());
    let chain = before.map_or_else(|| peer.to_string(), |before| format!("{before}, {peer}"));
    if let Ok(chain) = HeaderValue::from_str(&chain) {
        headers.insert(FORWARDED_FOR, chain);
    }
}

/// Asks for a page so that it can be fitted. `whole`: whatever the visitor holds.
pub(super) fn ask_for_page(headers: &mut HeaderMap, whole: bool) {
    for name in HELD.iter().filter(|_| whole) {
        headers.remove(*name);
    }
    // What comes uncompressed need not be unpacked.
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
}

/// Makes the shop's headers those of a response to the visitor.
pub(super) fn to_visitor(headers: &mut HeaderMap, own: &str, shop: &Shop) {
    strip(headers);
    let is_plain = own.starts_with("http:");
    for name in [header::LOCATION, header::CONTENT_LOCATION] {
        let said = headers.get(&name).and_then(|value| value.to_str().ok());
        let here = said.and_then(|address| path_at(address, shop.authority.as_str()));
        if let Some(value) = here.and_then(|path| HeaderValue::from_str(&format!("{own}{path}")).ok()) {
            headers.insert(name, value);
        }
    }
    edit(headers, &header::SET_COOKIE, |cookie| Some(local_cookie(cookie, is_plain)));
    // Other ways to the shop that lead past the proxy.
    headers.remove(header::ALT_SVC);
    if is_plain {
        headers.remove(header::STRICT_TRANSPORT_SECURITY);
        edit(headers, &header::CONTENT_SECURITY_POLICY, without_upgrade);
    }
}

/// Changes each value of a header, or removes it.
fn edit(headers: &mut HeaderMap, name: &HeaderName, change: impl Fn(&str) -> Option<String>) {
    if !headers.contains_key(name) {
        return;
    }
    let changed = |value: &HeaderValue| match value.to_str() {
        Ok(text) => change(text).and_then(|text| HeaderValue::from_str(&text).ok()),
        Err(_) => Some(value.clone()),
    };
    let values: Vec<HeaderValue> = headers.get_all(name).iter().filter_map(changed).collect();
    headers.remove(name);
    for value in values {
        headers.append(name, value);
    }
}

/// A cookie for the host that sends it, and for plain http where the proxy speaks that. Browsers refuse some cookies that
/// are not `Secure`: their names say so, and they stay as they are.
fn local_cookie(cookie: &str, is_plain: bool) -> String {
    let needs_secure = cookie.starts_with("__");
    let goes = |attribute: &&str| {
        let attribute = attribute.trim().to_ascii_lowercase();
        let insecure = attribute == "secure" || attribute == "samesite=none" || attribute == "partitioned";
        attribute.starts_with("domain=") || (is_plain && !needs_secure && insecure)
    };
    let mut parts = cookie.split(';');
    let pair = parts.next().unwrap_or_default();
    std::iter::once(pair).chain(parts.filter(|attribute| !goes(attribute))).collect::<Vec<_>>().join(";")
}

/// A policy that lets the page fetch over http.
fn without_upgrade(policy: &str) -> Option<String> {
    let kept = policy.split(';').filter(|part| !part.trim().eq_ignore_ascii_case("upgrade-insecure-requests"));
    let kept = kept.collect::<Vec<_>>().join(";");
    (!kept.trim().is_empty()).then_some(kept)
}

/// Removes what the shop says of bytes that will be others.
pub(super) fn drop_validators(headers: &mut HeaderMap) {
    let goes = |name: &&HeaderName| {
        DROPPED.contains(&name.as_str()) || DROPPED_ENDS.iter().any(|end| name.as_str().ends_with(end))
    };
    let gone: Vec<HeaderName> = headers.keys().filter(goes).cloned().collect();
    for name in gone {
        headers.remove(name);
    }
}

/// Applies lines of `+name: value`, which appends, and `=name: value`, which sets.
pub(super) fn apply(lines: &str, headers: &mut HeaderMap) {
    for line in lines.lines() {
        let (Some(act), Some((name, value))) = (line.get(..1), line.get(1..).and_then(|rest| rest.split_once(": ")))
        else {
            continue;
        };
        let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) else { continue };
        match act {
            "+" => {
                headers.append(name, value);
            }
            _ => {
                headers.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let mut headers = HeaderMap::new();
        for (name, value) in pairs.iter().map(pair) {
            headers.append(name, value);
        }
        headers
    }

    const OWN: &str = "http://127.0.0.1:8788";

    #[test]
    fn the_shop_is_asked_as_if_there_were_no_proxy() {
        let shop = Shop::at("http://shop.example").ok().unwrap();
        let mut asked = headers(&[
            ("host", "127.0.0.1:8788"),
            ("origin", OWN),
            ("referer", "http://127.0.0.1:8788/a?b"),
            ("connection", "keep-alive, x-hop"),
            ("x-hop", "1"),
            ("if-none-match", "\"1\""),
            ("cookie", "a=1"),
        ]);
        to_shop(&mut asked, OWN, &shop, "127.0.0.1".parse().unwrap());
        assert!(asked.contains_key("if-none-match"));
        ask_for_page(&mut asked, true);
        let expected = headers(&[
            ("origin", "http://shop.example"),
            ("referer", "http://shop.example/a?b"),
            ("cookie", "a=1"),
            ("x-forwarded-for", "127.0.0.1"),
            ("accept-encoding", "identity"),
        ]);
        assert_eq!(asked, expected);
    }

    #[test]
    fn the_visitor_stays_at_the_proxy() {
        let shop = Shop::at("http://shop.example").ok().unwrap();
        let to = |pairs: &[_]| {
            let mut answer = headers(pairs);
            to_visitor(&mut answer, OWN, &shop);
            answer
        };
        let moved = |to_: &'static str| to(&[("location", to_)])[header::LOCATION].to_str().unwrap().to_owned();
        assert_eq!(moved("https://shop.example/a?b"), "http://127.0.0.1:8788/a?b");
        assert_eq!(moved("//shop.example"), OWN);
        for other in [
            "/a",
            "https://shop.example.evil/",
            "https://shop.example:8443/",
            "https://pay.example/?to=//shop.example/",
        ] {
            assert_eq!(moved(other), other);
        }
        let secured = to(&[
            ("strict-transport-security", "max-age=1"),
            ("content-security-policy", "default-src 'self'; upgrade-insecure-requests"),
            ("content-security-policy", "upgrade-insecure-requests"),
            ("set-cookie", "a=1; Domain=.shop.example; Path=/; Secure; SameSite=None"),
            ("set-cookie", "__Host-b=2; Path=/; Secure"),
        ]);
        let expected = headers(&[
            ("content-security-policy", "default-src 'self'"),
            ("set-cookie", "a=1; Path=/"),
            ("set-cookie", "__Host-b=2; Path=/; Secure"),
        ]);
        assert_eq!(secured, expected);
    }

    #[test]
    fn lines_change_headers() {
        let mut changed =
            headers(&[("vary", "accept"), ("cache-control", "public"), ("etag", "1"), ("cdn-cache-control", "1")]);
        drop_validators(&mut changed);
        apply("=cache-control: private\n+vary: Cookie\n\n?", &mut changed);
        assert_eq!(changed, headers(&[("vary", "accept"), ("cache-control", "private"), ("vary", "Cookie")]));
    }
}
