//! What a lake asks of a store: lists, whole objects and the ends of them into files, and puts that never overwrite.

use super::client::Objects;
use super::error::ObjectsError;
use object_store::{Error, GetOptions, GetRange, ObjectStoreExt, PutMode, PutOptions, UpdateVersion};
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

/// Bytes that are fetched at once.
const PIECE: u64 = 8 << 20;

/// An object of a folder.
pub(crate) struct Object {
    /// Its name in its folder.
    pub name: String,
    /// Its bytes.
    pub size: u64,
}

impl Objects {
    /// The names of the folders below the address, and of those with objects only.
    pub(crate) fn folders(&self) -> Result<Vec<String>, ObjectsError> {
        let path = self.path("");
        let found = self.runtime.block_on(self.store.list_with_delimiter(Some(&path)));
        let folders = found.map_err(|error| self.fail("", &error))?.common_prefixes;
        Ok(folders.iter().filter_map(|path| path.filename().map(str::to_owned)).collect())
    }

    /// The objects of a folder.
    pub(crate) fn list(&self, folder: &str) -> Result<Vec<Object>, ObjectsError> {
        let path = self.path(folder);
        let found = self.runtime.block_on(self.store.list_with_delimiter(Some(&path)));
        let objects = found.map_err(|error| self.fail(folder, &error))?.objects;
        let named = |object: object_store::ObjectMeta| {
            Some(Object { name: object.location.filename()?.to_owned(), size: object.size })
        };
        Ok(objects.into_iter().filter_map(named).collect())
    }

    /// Reads a small object with its version; `None` if it is not there.
    pub(crate) fn read(&self, name: &str) -> Result<Option<(Vec<u8>, UpdateVersion)>, ObjectsError> {
        let path = self.path(name);
        let read = self.runtime.block_on(async {
            let found = self.store.get(&path).await?;
            let version = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: None };
            Ok((found.bytes().await?.to_vec(), version))
        });
        absent(read).map_err(|error| self.fail(name, &error))
    }

    /// Fetches an object into a file, a piece at a time. Returns whether it is there.
    pub(crate) fn fetch(&self, name: &str, size: u64, file: &Path) -> Result<bool, ObjectsError> {
        let path = self.path(name);
        let mut out = File::create(file).map_err(|error| Self::disk(file, &error))?;
        for start in (0..size).step_by(PIECE as usize) {
            let piece = self.runtime.block_on(self.store.get_range(&path, start..size.min(start + PIECE)));
            let Some(piece) = absent(piece).map_err(|error| self.fail(name, &error))? else { return Ok(false) };
            out.write_all(&piece).map_err(|error| Self::disk(file, &error))?;
        }
        Ok(true)
    }

    /// Fetches the last bytes of an object into a file of its length. What is before them takes no room and is nothing.
    /// Returns whether the object is there.
    pub(crate) fn fetch_end(&self, object: &Object, name: &str, bytes: u64, file: &Path) -> Result<bool, ObjectsError> {
        let path = self.path(name);
        let start = object.size.saturating_sub(bytes);
        let options = GetOptions { range: Some(GetRange::Bounded(start..object.size)), ..GetOptions::default() };
        let read = self.runtime.block_on(async { self.store.get_opts(&path, options).await?.bytes().await });
        let Some(end) = absent(read).map_err(|error| self.fail(name, &error))? else { return Ok(false) };
        let write = || {
            let mut out = File::create(file)?;
            out.set_len(object.size)?;
            out.seek(SeekFrom::Start(start))?;
            out.write_all(&end)
        };
        write().map_err(|error| Self::disk(file, &error))?;
        Ok(true)
    }

    /// Puts a file as a new object. Returns false, and changes nothing, if there is one of that name.
    pub(crate) fn put_new(&self, name: &str, file: &Path) -> Result<bool, ObjectsError> {
        let bytes = fs::read(file).map_err(|error| Self::disk(file, &error))?;
        self.put(name, bytes, PutMode::Create)
    }

    /// Puts an object in place of the version that was read, or where there was none. Returns false if another was faster.
    pub(crate) fn replace(
        &self,
        name: &str,
        bytes: Vec<u8>,
        read: Option<UpdateVersion>,
    ) -> Result<bool, ObjectsError> {
        self.put(name, bytes, read.map_or(PutMode::Create, PutMode::Update))
    }

    fn put(&self, name: &str, bytes: Vec<u8>, mode: PutMode) -> Result<bool, ObjectsError> {
        let options = PutOptions { mode, ..PutOptions::default() };
        match self.runtime.block_on(self.store.put_opts(&self.path(name), bytes.into(), options)) {
            Ok(_) => Ok(true),
            Err(Error::Precondition { .. } | Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(self.fail(name, &error)),
        }
    }

    /// Removes an object, which may be gone.
    pub(crate) fn remove(&self, name: &str) -> Result<(), ObjectsError> {
        let removed = self.runtime.block_on(self.store.delete(&self.path(name)));
        absent(removed).map(drop).map_err(|error| self.fail(name, &error))
    }

    fn disk(file: &Path, error: &std::io::Error) -> ObjectsError {
        let why = format!("{error}; expected room for a day of the lake: set TMPDIR to a folder that has it");
        ObjectsError { place: file.display().to_string(), why }
    }
}

/// `None` for an object that is not there.
fn absent<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
