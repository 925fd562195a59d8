//! How the shop is reached: over http only. A program built with the feature `https` reaches shops over https too.

use axum::http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;

/// What opens connections to the shop.
pub(in crate::origin) type Connector = HttpConnector;

/// Opens connections in the way of this program.
///
/// # Errors
/// What to do about an address that it cannot reach.
pub(in crate::origin) fn connector(http: HttpConnector, shop: &Uri) -> Result<Connector, &'static str> {
    match shop.scheme_str() {
        Some("http") => Ok(http),
        _ => Err("this program was built without https; build it with `--features https`, or take a released one"),
    }
}
