//! A small HTTP client with bounds: how long an answer may take, and how long it may be.
//!
//! It is the proxy's library (hyper) without the proxy, so that no second client is compiled in. Redirects are not followed.

use super::proxy::{Connector, connector};
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, Uri};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::time::Duration;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, as far as the bound.
    pub body: Bytes,
}

/// Asks servers, and keeps connections open between questions.
#[derive(Clone)]
pub struct Client {
    pool: Pool<Connector, Body>,
    within: Duration,
    most: usize,
}

impl Client {
    /// A client of the servers at this scheme. `within` bounds a question with its answer, `most` the bytes of a body.
    ///
    /// # Errors
    /// What to do about an address that this program cannot reach.
    pub fn to(address: &Uri, within: Duration, most: usize) -> Result<Self, &'static str> {
        let mut http = HttpConnector::new();
        http.set_connect_timeout(Some(within));
        http.set_nodelay(true);
        Ok(Self { pool: Pool::builder(TokioExecutor::new()).build(connector(http, address)?), within, most })
    }

    /// Asks, and reads the answer to its end.
    ///
    /// # Errors
    /// Why there is no answer, in words for whoever runs the program.
    pub async fn ask(&self, request: Request<Body>) -> Result<Answer, String> {
        let whole = async {
            let (head, body) = self.pool.request(request).await.map_err(|error| told(&error))?.into_parts();
            let body = to_bytes(Body::new(body), self.most).await.map_err(|error| told(&error))?;
            Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
        };
        let late = |_| Err(format!("no answer within {} s", self.within.as_secs_f64()));
        tokio::time::timeout(self.within, whole).await.unwrap_or_else(late)
    }
}

/// An error with its cause.
fn told(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}
