//! Where a publisher writes: a folder or an object store, behind one trait.
//!
//! All files but two are immutable and named by their hash. The two that change, the manifest and the overlay, are replaced
//! by compare-and-swap: the writer says which version it has read, and the target refuses if that is no longer the one
//! there. So two publishers at once cannot undo each other's work.

use super::error::PublishError;

/// Name of the manifest.
pub const MANIFEST: &str = "manifest";
/// Folder of the full snapshots.
pub const SNAPSHOTS: &str = "snapshot";
/// Folder of shards and roots.
pub const SHARDS: &str = "shard";
/// Folder of patches.
pub const PATCHES: &str = "patch";
/// Folder of the manifests before the current one, by sequence number. Hosts do not read it.
pub const PAST: &str = "past";
/// Folder of the plans of all snapshots, by snapshot id. Hosts do not read it. The log's exposures are checked against
/// them when the snapshots themselves are gone.
pub const PLANS: &str = "plan";

/// Longest file that is read from a target, in bytes.
pub(super) const MAX_FILE: u64 = 1 << 30;

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// Its path in the target, such as `shard/…`.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name within its folder.
    pub name: String,
    /// When it was last written, in milliseconds since 1970.
    pub modified_ms: u64,
}

/// A version of a mutable file: what a compare-and-swap compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(pub(super) String);

/// A folder or an object store.
pub trait Target {
    /// How it is called in messages: its path or address.
    fn place(&self) -> &str;

    /// Reads a file; `None` if it is not there.
    ///
    /// # Errors
    /// [`PublishError`] if it cannot be read, or is longer than `MAX_FILE`.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, PublishError> {
        Ok(self.read_version(name)?.map(|(bytes, _)| bytes))
    }

    /// Reads a file with its version; `None` if it is not there.
    ///
    /// # Errors
    /// [`PublishError`] if it cannot be read, or is longer than `MAX_FILE`.
    fn read_version(&self, name: &str) -> Result<Option<(Vec<u8>, Version)>, PublishError>;

    /// Writes immutable files. When it returns, all of them are stored for good. A reader finds a whole file or none.
    ///
    /// # Errors
    /// [`PublishError`] for the first that cannot be written. Others may be there then; nothing names them.
    fn write(&self, files: &[NamedFile]) -> Result<(), PublishError>;

    /// Replaces a mutable file, if it still has the version that was read; `None` if it was not there.
    ///
    /// # Errors
    /// [`PublishError::Changed`] if it has another one, or any other error if it cannot be written. In all cases the file
    /// is as it was before.
    fn replace(&self, name: &str, bytes: &[u8], read: Option<&Version>) -> Result<(), PublishError>;

    /// Lists the files of a folder.
    ///
    /// # Errors
    /// [`PublishError`] if it cannot be read. A folder that is not there is empty.
    fn list(&self, folder: &str) -> Result<Vec<Listed>, PublishError>;

    /// Removes files. One that is not there is no error.
    ///
    /// # Errors
    /// [`PublishError`] for the first that cannot be removed.
    fn remove(&self, names: &[String]) -> Result<(), PublishError>;
}
