//! An object store as a target: S3, and what speaks as it does. An origin or edge can be read too, by its address.
//!
//! A store writes an object completely or not at all, and answers when it is stored for good. So there are no temporary
//! names and no lock. The manifest is replaced by a conditional put (`If-Match` with the tag that was read, `If-None-Match`
//! where there was none): of two publishers at once, one gets [`PublishError::Changed`].
//!
//! Headers make objects cacheable as the origin's answers are.

use super::error::PublishError;
use super::target::{Listed, MAX_FILE, NamedFile, Target, Version};
use crate::objects::Objects;
use object_store::{
    Attribute, Attributes, Error, GetOptions, ObjectStore, ObjectStoreExt, PutMode, PutOptions, UpdateVersion,
};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Requests under way at once.
const AT_ONCE: usize = 16;

/// An object store as a target.
struct Store(Objects);

/// Opens a store by its address, such as `s3://bucket/prefix`, or an origin or edge to read from.
///
/// # Errors
/// [`PublishError::Store`] if the address or a setting is wrong.
pub(super) fn open(address: &str) -> Result<Box<dyn Target>, PublishError> {
    Ok(Box::new(Store(Objects::open(address)?)))
}

impl Store {
    /// Runs one request for each of these names, some of them at once. The first error ends it.
    fn each<F, T>(&self, names: impl Iterator<Item = String>, request: F) -> Result<(), PublishError>
    where
        F: Fn(Arc<dyn ObjectStore>, usize) -> T,
        T: Future<Output = Result<(), Error>> + Send + 'static,
    {
        self.0.runtime.block_on(async {
            let mut under_way: JoinSet<(String, Result<(), Error>)> = JoinSet::new();
            let mut names = names.enumerate();
            loop {
                while under_way.len() < AT_ONCE {
                    let Some((at, name)) = names.next() else { break };
                    let request = request(Arc::clone(&self.0.store), at);
                    under_way.spawn(async move { (name, request.await) });
                }
                match under_way.join_next().await {
                    None => return Ok(()),
                    Some(Ok((_, Ok(())))) => {}
                    Some(Ok((name, Err(error)))) => return Err(self.0.fail(&name, &error).into()),
                    Some(Err(error)) => {
                        return Err(PublishError::Store { place: self.0.place.clone(), why: error.to_string() });
                    }
                }
            }
        })
    }
}

impl Target for Store {
    fn place(&self) -> &str {
        &self.0.place
    }

    fn read_version(&self, name: &str) -> Result<Option<(Vec<u8>, Version)>, PublishError> {
        let path = self.0.path(name);
        let read = self.0.runtime.block_on(async {
            let found = self.0.store.get_opts(&path, GetOptions::default()).await?;
            if found.meta.size > MAX_FILE {
                return Ok(None);
            }
            // The tag of the very answer that is read. An origin has none, and is not written to.
            let version = Version(found.meta.e_tag.clone().unwrap_or_default());
            Ok(Some((found.bytes().await?.to_vec(), version)))
        });
        match read {
            Ok(Some(found)) => Ok(Some(found)),
            Ok(None) => {
                let why = format!("has more than {MAX_FILE} bytes");
                Err(PublishError::Store { place: format!("{}/{name}", self.0.place), why })
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.0.fail(name, &error).into()),
        }
    }

    fn write(&self, files: &[NamedFile]) -> Result<(), PublishError> {
        // Written again even if they are there: their new date keeps another publisher from removing them.
        self.each(files.iter().map(|file| file.name.clone()), |store, at| {
            let (path, body) = (self.0.path(&files[at].name), files[at].bytes.clone());
            async move { store.put_opts(&path, body.into(), options(PutMode::Overwrite, true)).await.map(drop) }
        })
    }

    fn replace(&self, name: &str, bytes: &[u8], read: Option<&Version>) -> Result<(), PublishError> {
        let mode = read.map_or(PutMode::Create, |version| {
            PutMode::Update(UpdateVersion { e_tag: Some(version.0.clone()), version: None })
        });
        let (path, body) = (self.0.path(name), bytes.to_vec());
        let put = self.0.runtime.block_on(self.0.store.put_opts(&path, body.into(), options(mode, false)));
        match put {
            Ok(_) => Ok(()),
            Err(Error::Precondition { .. } | Error::AlreadyExists { .. }) => {
                Err(PublishError::Changed { place: self.0.place.clone(), hint: String::new() })
            }
            Err(error) => Err(self.0.fail(name, &error).into()),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<Listed>, PublishError> {
        let path = self.0.path(folder);
        let found = self.0.runtime.block_on(self.0.store.list_with_delimiter(Some(&path)));
        let objects = found.map_err(|error| self.0.fail(folder, &error))?.objects;
        Ok(objects
            .into_iter()
            .map(|object| Listed {
                name: object.location.filename().unwrap_or_default().to_owned(),
                modified_ms: object.last_modified.timestamp_millis().max(0) as u64,
            })
            .collect())
    }

    fn remove(&self, names: &[String]) -> Result<(), PublishError> {
        self.each(names.iter().cloned(), |store, at| {
            let path = self.0.path(&names[at]);
            async move {
                match store.delete(&path).await {
                    Err(Error::NotFound { .. }) => Ok(()),
                    done => done,
                }
            }
        })
    }
}

/// How an object is put, with the headers that hosts and caches see.
fn options(mode: PutMode, is_immutable: bool) -> PutOptions {
    let cache = if is_immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kind = if is_immutable { "application/octet-stream" } else { "text/plain; charset=utf-8" };
    let attributes = [(Attribute::CacheControl, cache), (Attribute::ContentType, kind)];
    PutOptions { mode, attributes: Attributes::from_iter(attributes), ..PutOptions::default() }
}
