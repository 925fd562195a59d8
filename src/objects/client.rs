//! A store, opened by its address: its requests, one after the other.
//!
//! Settings come from the usual variables: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`,
//! and `AWS_ENDPOINT_URL` for another store than Amazon's.
//!
//! Invariant: an object is written completely or not at all, and a put that has returned is there for good.

use super::error::ObjectsError;
use object_store::path::Path;
use object_store::{Error, ObjectStore};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Longest request, an upload of a large object included.
const WITHIN: &str = "15 minutes";

/// An object store below a prefix.
pub(crate) struct Objects {
    /// The store itself.
    pub store: Arc<dyn ObjectStore>,
    /// Its address, without a slash at its end.
    pub place: String,
    /// What waits for answers.
    pub runtime: Runtime,
    prefix: Path,
}

impl Objects {
    /// Opens a store.
    ///
    /// # Errors
    /// The address or a setting is wrong.
    pub(crate) fn open(address: &str) -> Result<Self, ObjectsError> {
        let place = address.trim_end_matches('/').to_owned();
        let fail = |why: String| ObjectsError { place: place.clone(), why };
        let url = url::Url::parse(&place).map_err(|error| {
            fail(format!("{error}, expected s3://BUCKET/PREFIX or the https:// address of an origin"))
        })?;
        let mut settings: Vec<(String, String)> = std::env::vars()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .filter(|(name, _)| name.starts_with("aws_"))
            .collect();
        // Whoever names an endpoint by http:// means it.
        let is_plain = url.scheme() == "http"
            || settings.iter().any(|(name, value)| name.starts_with("aws_endpoint") && value.starts_with("http://"));
        settings.push(("allow_http".into(), is_plain.to_string()));
        settings.push(("timeout".into(), WITHIN.into()));
        let (store, prefix) = object_store::parse_url_opts(&url, settings).map_err(|error| fail(words(&error)))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| fail(error.to_string()))?;
        Ok(Self { store: store.into(), prefix, place, runtime })
    }

    /// The path of an object; a slash parts folders.
    pub(crate) fn path(&self, name: &str) -> Path {
        name.split('/').filter(|part| !part.is_empty()).fold(self.prefix.clone(), Path::join)
    }

    /// What went wrong with an object.
    pub(crate) fn fail(&self, name: &str, error: &Error) -> ObjectsError {
        ObjectsError { place: format!("{}/{name}", self.place), why: words(error) }
    }
}

/// An error with its causes, in one line.
fn words(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let more = next.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = next.source();
    }
    text
}
