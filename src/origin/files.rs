//! Hands out published files: manifest, snapshots, shards and patches.
//!
//! The manifest is read from disk for each request, because it changes. Everything else is immutable: it is read once,
//! compressed once, and kept in memory up to [`MAX_HELD`] bytes. Only names made of hexadecimal digits become paths, and
//! only bytes with the hash that names them are handed out: what is damaged would be cached for a year on the way.

use super::answer::{problem, tagged};
use super::publish::{self, MANIFEST, PATCHES, SHARDS, SNAPSHOTS};
use crate::snapshot::Manifest;
use crate::text::hex;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Most bytes of files kept in memory.
const MAX_HELD: usize = 256 * 1024 * 1024;
/// Longest file that is handed out, in bytes.
const MAX_FILE: u64 = 64 * 1024 * 1024;
/// How long immutable files may be cached: a year.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A file in memory.
#[derive(Clone)]
struct Held {
    plain: Bytes,
    /// Compressed; `None` where that saves little.
    gzip: Option<Bytes>,
}

impl Held {
    fn new(plain: Vec<u8>) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
        let gzip = encoder.write_all(&plain).and_then(|()| encoder.finish()).ok();
        let gzip = gzip.filter(|gzip| gzip.len() < plain.len() / 10 * 9).map(Bytes::from);
        Self { plain: plain.into(), gzip }
    }

    fn len(&self) -> usize {
        self.plain.len() + self.gzip.as_ref().map_or(0, Bytes::len)
    }
}

/// Files in memory, the oldest first in `order`.
#[derive(Default)]
struct Memory {
    files: HashMap<String, Held>,
    order: VecDeque<String>,
    bytes: usize,
}

impl Memory {
    fn keep(&mut self, name: String, held: Held) {
        if held.len() > MAX_HELD || self.files.contains_key(&name) {
            return;
        }
        self.bytes += held.len();
        self.files.insert(name.clone(), held);
        self.order.push_back(name);
        while self.bytes > MAX_HELD {
            let Some(oldest) = self.order.pop_front() else { return };
            self.bytes -= self.files.remove(&oldest).map_or(0, |held| held.len());
        }
    }
}

/// The published files of a folder.
pub(super) struct Files {
    folder: PathBuf,
    memory: Mutex<Memory>,
    /// Held while a file is read and compressed, so that a hundred requests for one file compress it once.
    reading: tokio::sync::Mutex<()>,
}

impl Files {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), memory: Mutex::default(), reading: tokio::sync::Mutex::default() }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The manifest as it is now.
    pub(super) async fn manifest(&self, asked: &HeaderMap) -> Response {
        let path = self.folder.join(MANIFEST);
        match read(path, Manifest::MAX_BYTES as u64).await {
            Ok(bytes) => {
                let tag = format!("\"{}\"", publish::name_of(&bytes));
                tagged(asked, &tag, "no-cache", "text/plain; charset=utf-8", bytes)
            }
            Err(error) => {
                // Strangers may read the answer. Paths are for whoever runs the origin.
                eprintln!("slotwise: the manifest in {}: {error}", self.folder.display());
                problem(StatusCode::NOT_FOUND, "no manifest; the origin's output says why")
            }
        }
    }

    pub(super) async fn snapshot(&self, name: &str, asked: &HeaderMap) -> Response {
        self.immutable(SNAPSHOTS, name, 64, asked).await
    }

    pub(super) async fn shard(&self, name: &str, asked: &HeaderMap) -> Response {
        self.immutable(SHARDS, name, 32, asked).await
    }

    pub(super) async fn patch(&self, name: &str, asked: &HeaderMap) -> Response {
        self.immutable(PATCHES, name, 32, asked).await
    }

    /// A file that its hash names, with this number of digits.
    async fn immutable(&self, folder: &str, name: &str, digits: usize, asked: &HeaderMap) -> Response {
        if name.len() != digits || !name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            let why = format!("expected {digits} hexadecimal digits behind /_slotwise/{folder}/");
            return problem(StatusCode::NOT_FOUND, &why);
        }
        match self.held(&format!("{folder}/{name}"), name).await {
            Ok(held) => answer(name, &held, asked),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                problem(StatusCode::NOT_FOUND, &format!("no such {folder}"))
            }
            Err(error) => {
                eprintln!("slotwise: {}/{folder}/{name}: {error}", self.folder.display());
                problem(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    &format!("the {folder} cannot be read; the origin's output says why"),
                )
            }
        }
    }

    fn known(&self, name: &str) -> Option<Held> {
        // What is kept is whole at any time.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).files.get(name).cloned()
    }

    /// The file at a path whose hash begins with these digits.
    async fn held(&self, path: &str, digits: &str) -> Result<Held> {
        if let Some(held) = self.known(path) {
            return Ok(held);
        }
        let _one_at_a_time = self.reading.lock().await;
        if let Some(held) = self.known(path) {
            return Ok(held);
        }
        let bytes = read(self.folder.join(path), MAX_FILE).await?;
        let digits = digits.to_owned();
        let whole = move || {
            let found = hex(&Sha256::digest(&bytes));
            let damaged = || Error::other(format!("its SHA-256 is {found}: damaged; publish again"));
            found.starts_with(&digits).then(|| Held::new(bytes)).ok_or_else(damaged)
        };
        let held = tokio::task::spawn_blocking(whole).await.map_err(Error::other)??;
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).keep(path.to_owned(), held.clone());
        Ok(held)
    }
}

/// Reads a file of at most this length.
async fn read(path: PathBuf, max: u64) -> Result<Vec<u8>> {
    let read = move || {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > max {
            return Err(Error::other(format!("has more than {max} bytes")));
        }
        Ok(bytes)
    };
    tokio::task::spawn_blocking(read).await.map_err(Error::other)?
}

fn answer(name: &str, held: &Held, asked: &HeaderMap) -> Response {
    let gzip = held.gzip.as_ref().filter(|_| takes_gzip(asked));
    // Different bytes, so a different tag.
    let tag = if gzip.is_some() { format!("\"{name}-gzip\"") } else { format!("\"{name}\"") };
    let body = gzip.unwrap_or(&held.plain).clone();
    let mut response = tagged(asked, &tag, FOR_EVER, "application/octet-stream", body);
    let headers = response.headers_mut();
    if held.gzip.is_some() {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    if gzip.is_some() && !headers.contains_key(header::CONTENT_ENCODING) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether the client reads gzip, by `Accept-Encoding` (RFC 9110, section 12.5.3).
fn takes_gzip(asked: &HeaderMap) -> bool {
    let Some(accepted) = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    accepted.split(',').any(|part| {
        let (coding, weight) = part.split_once(';').unwrap_or((part, "q=1"));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse() == Ok(0.0));
        matches!(coding.trim(), "gzip" | "*") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(coding: &str) -> HeaderMap {
        [(header::ACCEPT_ENCODING, HeaderValue::from_str(coding).unwrap())].into_iter().collect()
    }

    #[test]
    fn gzip_goes_to_those_who_read_it() {
        for yes in ["gzip", "br, gzip;q=0.5", "*", "deflate , gzip"] {
            assert!(takes_gzip(&asked(yes)), "{yes}");
        }
        for no in ["", "br", "gzip;q=0", "gzip; q=0.0", "xgzip"] {
            assert!(!takes_gzip(&asked(no)), "{no}");
        }
        let held = Held::new(vec![7; 1000]);
        let packed = answer("ab", &held, &asked("gzip"));
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
        assert_ne!(packed.headers()[header::ETAG], answer("ab", &held, &HeaderMap::new()).headers()[header::ETAG]);
    }

    #[test]
    fn memory_is_bounded_and_lets_go_of_the_oldest() {
        let mut memory = Memory::default();
        let half = Held { plain: vec![0; MAX_HELD / 2].into(), gzip: None };
        for name in ["a", "b", "c", "c"] {
            memory.keep(name.into(), half.clone());
        }
        assert!(memory.bytes <= MAX_HELD && memory.files.len() == 2);
        assert!(!memory.files.contains_key("a") && memory.files.contains_key("c"));
    }
}
