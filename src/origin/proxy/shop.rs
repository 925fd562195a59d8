//! The shop's own server: its address, and the connections to it.

use super::connect::{Connector, connector};
use super::error::ProxyError;
use axum::body::Body;
use axum::http::uri::{Authority, Scheme};
use axum::http::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::time::Duration;

/// Longest time to open a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest time until a response begins.
const BEGIN: Duration = Duration::from_mins(1);
/// Longest head of a response, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// The shop's server.
pub(super) struct Shop {
    /// Its address, without a slash at its end.
    pub(super) origin: String,
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
    client: Client<Connector, Body>,
}

impl Shop {
    pub(super) fn at(address: &str) -> Result<Self, ProxyError> {
        let fail = |why| ProxyError::Address { found: address.into(), why };
        let form = "expected an address without a path, such as https://shop.example";
        let uri: Uri = address.trim_end_matches('/').parse().map_err(|_| fail(form))?;
        let (Some(scheme), Some(authority)) = (uri.scheme().cloned(), uri.authority().cloned()) else {
            return Err(fail(form));
        };
        let is_web = scheme == Scheme::HTTP || scheme == Scheme::HTTPS;
        if !is_web || uri.path() != "/" || uri.query().is_some() || authority.as_str().contains('@') {
            return Err(fail(form));
        }
        let mut http = HttpConnector::new();
        http.set_connect_timeout(Some(CONNECT));
        http.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .http1_max_buf_size(MAX_HEAD)
            .build(connector(http, &uri).map_err(fail)?);
        Ok(Self { origin: format!("{scheme}://{authority}"), scheme, authority, client })
    }

    /// Asks the shop. Redirects are not followed.
    ///
    /// # Errors
    /// Why there is no response, in words for whoever runs the proxy.
    pub(super) async fn ask(&self, request: Request<Body>) -> Result<Response<Body>, String> {
        match tokio::time::timeout(BEGIN, self.client.request(request)).await {
            Ok(Ok(response)) => Ok(response.map(Body::new)),
            Ok(Err(error)) => {
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
                Err(format!("{error}{}", cause.unwrap_or_default()))
            }
            Err(_) => Err(format!("no response within {} s", BEGIN.as_secs())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_scheme_and_a_host() {
        let shop = Shop::at("http://127.0.0.1:8080/").ok().unwrap();
        assert_eq!((shop.origin.as_str(), shop.authority.as_str()), ("http://127.0.0.1:8080", "127.0.0.1:8080"));
        for wrong in
            ["shop.example", "ftp://shop.example", "http://shop.example/de", "http://a@shop.example", "http://", ""]
        {
            assert!(Shop::at(wrong).is_err(), "{wrong}");
        }
    }
}
