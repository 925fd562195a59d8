//! A request of a visitor's and the response to it: passed on to the shop, and back with the page fitted.

use super::Proxy;
use super::asked::{Asked, own_origin, without_link};
use super::engine::{Arrived, Begun};
use super::headers::{apply, ask_for_page, drop_validators, to_shop, to_visitor, wants_page};
use super::stream::{Steps, through};
use crate::front::Asks;
use crate::origin::answer::problem;
use crate::origin::intake::now_ms;
use crate::page::header::VARY;
use crate::preview::Preview;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, Version, header};
use axum::response::Response;
use ed25519_dalek::{Signature, VerifyingKey};
use std::net::SocketAddr;
use std::sync::Arc;

/// What is asked of the shop, as the visitor has asked it.
struct Asking {
    asked: Asked,
    path: String,
    /// The proxy's address as the visitor knows it.
    own: String,
    /// Body of a preview link; empty if the shop's key did not sign it.
    forced: Option<Vec<u8>>,
    is_get: bool,
}

/// Any request that is not the origin's own.
pub(in crate::origin) async fn pass(
    State(proxy): State<Arc<Proxy>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    if parts.headers.get(header::UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        return problem(StatusCode::NOT_IMPLEMENTED, "this proxy passes no WebSockets on");
    }
    let own = own_origin(&parts.headers);
    let (path, link) = without_link(parts.uri.path_and_query().map_or("/", |path| path.as_str()));
    let uri = Uri::builder().scheme(proxy.shop.scheme.clone()).authority(proxy.shop.authority.clone());
    let (Ok(uri), Ok(at)) = (uri.path_and_query(path.as_str()).build(), path.parse::<Uri>()) else {
        return problem(StatusCode::BAD_REQUEST, "expected a path and a host");
    };
    let asking = Asking {
        asked: Asked::of(&parts.headers, &at, proxy.is_implied),
        is_get: parts.method == Method::GET,
        forced: link.map(|link| proxy.previewed(&link)),
        path,
        own,
    };
    to_shop(&mut parts.headers, &asking.own, &proxy.shop, peer.ip().to_canonical());
    if (asking.is_get || parts.method == Method::HEAD) && wants_page(&parts.headers) {
        let changes = asking.forced.is_some() || asking.asked.carries_visit() || proxy.engine.is_cold();
        ask_for_page(&mut parts.headers, changes && !asking.asked.crawler());
    }
    (parts.uri, parts.version) = (uri, Version::HTTP_11);
    match proxy.shop.ask(Request::from_parts(parts, body)).await {
        Ok(response) => proxy.answer(asking, response).await,
        Err(why) => {
            eprintln!("slotwise: {}: {why}", proxy.shop.origin);
            problem(StatusCode::BAD_GATEWAY, "the shop does not answer; the proxy's output says why")
        }
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn is_html(headers: &HeaderMap) -> bool {
    let kind = text(headers, header::CONTENT_TYPE).split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("text/html")
}

impl Proxy {
    /// The body of a preview link; empty if none of the shop's keys signed it.
    fn previewed(&self, link: &str) -> Vec<u8> {
        let signed = |(body, signature): &(Vec<u8>, [u8; 64])| {
            let message = Preview::message(body);
            let mut keys = self.keys.iter().filter_map(|key| VerifyingKey::from_bytes(key).ok());
            keys.any(|key| key.verify_strict(&message, &Signature::from_bytes(signature)).is_ok())
        };
        Preview::parts(link).filter(signed).map(|(body, _)| body).unwrap_or_default()
    }

    /// The response for the visitor.
    async fn answer(&self, asking: Asking, mut response: Response) -> Response {
        let status = response.status();
        let headers = response.headers_mut();
        to_visitor(headers, &asking.own, &self.shop);
        // "Not modified" has no type, and may say of a page that it has stayed.
        let is_known = status == StatusCode::NOT_MODIFIED;
        if !(is_known || is_html(headers) && matches!(status, StatusCode::OK | StatusCode::PARTIAL_CONTENT)) {
            return response;
        }
        let encoding = text(headers, header::CONTENT_ENCODING).to_ascii_lowercase();
        let is_packed = matches!(encoding.as_str(), "gzip" | "x-gzip");
        if status != StatusCode::OK || !(is_packed || matches!(encoding.as_str(), "" | "identity")) {
            headers.append(header::VARY, HeaderValue::from_static(VARY));
            return response;
        }
        let Asking { asked, path, forced, is_get, .. } = asking;
        let (is_crawler, path) = (asked.crawler(), path.split('?').next().unwrap_or_default().to_owned());
        let (content_type, caching) = (text(headers, header::CONTENT_TYPE), text(headers, header::CACHE_CONTROL));
        let (content_type, caching) = (content_type.to_owned(), caching.to_owned());
        let arrived = Arrived { path: path.clone(), asked, content_type, caching, forced, now_ms: now_ms() };
        let nothing = || Begun { headers: format!("+vary: {VARY}"), fitting: None, is_off: false };
        let Begun { headers: lines, fitting, is_off } = self.engine.begin(arrived).await.unwrap_or_else(nothing);
        let inserter = if is_crawler || is_off { None } else { self.inserts.of(&path) };
        if fitting.is_none() && inserter.is_none() {
            apply(&lines, headers);
            return response;
        }
        drop_validators(headers);
        headers.remove(header::CONTENT_ENCODING);
        // What is put in may be another tomorrow.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        apply(&lines, headers);
        if is_get {
            response.map(|body| through(body, Steps { is_packed, inserter, fitting }))
        } else {
            response.map(|_| Body::empty())
        }
    }
}
