//! Tells another program of alarms: one POST of JSON, in bounded time. Whatever goes wrong with it is told and changes nothing.

use super::drift::Reading;
use crate::origin::client::Client;
use axum::body::Body;
use axum::http::{Request, Uri, header};
use std::time::Duration;

/// Longest time for one POST.
const WITHIN: Duration = Duration::from_secs(5);
/// Longest answer, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// Posts alarms to an address.
///
/// # Errors
/// Why they did not arrive, in words.
pub fn post(address: &str, site: &str, time_ms: u64, alarms: &[&Reading]) -> Result<(), String> {
    let told = |why: String| format!("{address}: {why}");
    let uri: Uri =
        address.parse().map_err(|error| told(format!("{error}; expected an address such as https://host/path")))?;
    let client = Client::to(&uri, WITHIN, MAX_ANSWER).map_err(|why| told(why.into()))?;
    let body = serde_json::json!({ "from": "slotwise learn", "site": site, "time_ms": time_ms, "alarms": alarms });
    let request = Request::post(uri)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .map_err(|error| told(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let answer = runtime.map_err(|error| told(error.to_string()))?.block_on(client.ask(request)).map_err(told)?;
    match answer.status {
        200..=299 => Ok(()),
        status => Err(told(format!("found status {status}, expected 2xx"))),
    }
}
