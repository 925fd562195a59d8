//! Who may post events to the origin.
//!
//! The edge signs what it forwards. A direct client on the same machine is trusted as well, unless told otherwise, so that
//! a first trial needs no key. A reverse proxy on the same machine looks like such a client, except for the headers that
//! it adds and the host that it passes on; behind one that hides both, the origin has to be started with
//! `--accept signed`.
//!
//! Browsers say from which site a request comes. Pages of other sites are refused, also those that reach an origin on the
//! visitor's own machine.

use super::signature::{self, BadSignature, IntakeKey};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};
use std::net::IpAddr;

/// Whose events are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Accept {
    /// Posts with a valid signature.
    Signed,
    /// Those, and posts of direct clients on the same machine.
    #[default]
    Loopback,
    /// Everybody's.
    Any,
}

/// Who posts, as far as the head of the request tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// Somebody whose events are taken without a signature.
    Trusted,
    /// Somebody whose signature is still to be checked: it covers the body.
    Signed(String),
}

/// Headers that a reverse proxy adds.
const PROXIED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

impl Sender {
    /// Who posts. `None` if it is nobody whose events are taken.
    pub(super) fn of(accept: Accept, peer: IpAddr, headers: &HeaderMap) -> Option<Self> {
        let is_proxied = PROXIED.iter().any(|name| headers.contains_key(*name));
        let is_direct = peer.to_canonical().is_loopback() && !is_proxied && names_this_machine(headers);
        match accept {
            Accept::Any => Some(Self::Trusted),
            Accept::Loopback if is_direct => Some(Self::Trusted),
            Accept::Signed | Accept::Loopback => headers
                .get(signature::HEADER)
                .and_then(|value| value.to_str().ok())
                .map(|value| Self::Signed(value.into())),
        }
    }

    /// Checks what the head could not tell.
    pub(super) fn verify(&self, key: Option<&IntakeKey>, now_ms: u64, body: &[u8]) -> Result<(), BadSignature> {
        match (self, key) {
            (Self::Trusted, _) => Ok(()),
            (Self::Signed(header), Some(key)) => key.verify(now_ms, header, body),
            (Self::Signed(_), None) => Err(BadSignature::Wrong),
        }
    }
}

/// Whether the request was sent to an address of this machine. A host name of the shop comes from a proxy, and any other
/// from a page whose site pretends to be here.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else { return true };
    let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    host.is_some_and(|host| {
        let name = host.host().trim_start_matches('[').trim_end_matches(']');
        name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.to_canonical().is_loopback())
    })
}

/// Whether a browser says that another site's page sends the request.
pub(super) fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if text(header::HeaderName::from_static("sec-fetch-site")) == Some("cross-site") {
        return true;
    }
    let Some(origin) = text(header::ORIGIN) else { return false };
    let site = origin.parse::<Uri>().ok().and_then(|uri| uri.authority().map(ToString::to_string));
    site.as_deref() != text(header::HOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_client_on_the_same_machine_is_trusted_if_nothing_stands_between() {
        let (near, mapped, far) = ("127.0.0.1", "::ffff:127.0.0.1", "192.0.2.7");
        let of = |accept, peer: &str, pairs: &[_]| Sender::of(accept, peer.parse().unwrap(), &headers(pairs));
        let signed = Some(Sender::Signed("t=1".into()));
        for peer in [near, mapped, "::1"] {
            assert_eq!(of(Accept::Loopback, peer, &[]), Some(Sender::Trusted));
        }
        for name in PROXIED {
            assert_eq!(of(Accept::Loopback, near, &[(name, "192.0.2.7")]), None, "{name}");
        }
        for host in ["127.0.0.1:8788", "localhost:8788", "[::1]:8788"] {
            assert_eq!(of(Accept::Loopback, near, &[("host", host)]), Some(Sender::Trusted), "{host}");
        }
        for host in ["shop.example", "127.0.0.1.evil.example:8788", "192.0.2.7", ""] {
            assert_eq!(of(Accept::Loopback, near, &[("host", host)]), None, "{host}");
        }
        assert_eq!(of(Accept::Loopback, far, &[]), None);
        assert_eq!(of(Accept::Loopback, far, &[("slotwise-signature", "t=1")]), signed);
        assert_eq!(of(Accept::Signed, near, &[]), None);
        assert_eq!(of(Accept::Signed, near, &[("slotwise-signature", "t=1")]), signed);
        assert_eq!(of(Accept::Any, far, &[("forwarded", "for=192.0.2.7")]), Some(Sender::Trusted));
        assert_eq!(Sender::Signed("t=1".into()).verify(None, 0, b""), Err(BadSignature::Wrong));
    }

    #[test]
    fn a_page_of_another_site_is_foreign() {
        let host = ("host", "shop.example:8788");
        for own in
            [&[host][..], &[host, ("origin", "http://shop.example:8788")], &[host, ("sec-fetch-site", "same-origin")]]
        {
            assert!(!is_foreign(&headers(own)), "{own:?}");
        }
        for foreign in [
            ("origin", "https://evil.example"),
            ("origin", "http://shop.example"),
            ("origin", "null"),
            ("origin", ""),
            ("sec-fetch-site", "cross-site"),
        ] {
            assert!(is_foreign(&headers(&[host, foreign])), "{foreign:?}");
        }
        assert!(is_foreign(&headers(&[("origin", "http://shop.example")])), "no host to compare with");
    }
}
