//! How the shop is reached: over http and https. The certificates of authorities come with the program, so that it works on a
//! machine that has none.

use axum::http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;

/// What opens connections to the shop.
pub(in crate::origin) type Connector = HttpsConnector<HttpConnector>;

/// Opens connections in the way of this program.
///
/// # Errors
/// What to do about an address that it cannot reach.
pub(in crate::origin) fn connector(mut http: HttpConnector, _shop: &Uri) -> Result<Connector, &'static str> {
    // The connector around it knows https.
    http.enforce_http(false);
    Ok(HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().wrap_connector(http))
}
