//! How the origin answers.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// An answer with a content type and a cache rule.
pub(super) fn typed(status: StatusCode, kind: &'static str, cache: &'static str, body: Bytes) -> Response {
    (status, [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)], body).into_response()
}

/// An answer with an `ETag`: 304 if the client has the bytes already.
pub(super) fn tagged(
    asked: &HeaderMap,
    tag: &str,
    cache: &'static str,
    kind: &'static str,
    body: impl Into<Bytes>,
) -> Response {
    // A client may name several. A proxy that compresses marks a tag as weak.
    let named = asked.get(header::IF_NONE_MATCH).and_then(|named| named.to_str().ok()).unwrap_or_default();
    let known = named.split(',').any(|known| known.trim().trim_start_matches("W/") == tag);
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { typed(StatusCode::OK, kind, cache, body.into()) };
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

/// JSON that nobody caches.
pub(super) fn json(status: StatusCode, body: &serde_json::Value) -> Response {
    typed(status, "application/json", "no-store", body.to_string().into())
}

/// An error and its remedy, as JSON.
pub(super) fn problem(status: StatusCode, why: &str) -> Response {
    json(status, &serde_json::json!({ "error": why }))
}
