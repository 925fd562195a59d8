//! The files of a snapshot, as hosts fetch them.

use super::error::PublishError;
use super::target::{NamedFile, SHARDS, SNAPSHOTS};
use crate::model::Model;
use crate::snapshot::{Release, SnapshotId};
use crate::text::hex;
use sha2::{Digest, Sha256};

/// Computes the id of a snapshot.
pub fn id_of(bytes: &[u8]) -> SnapshotId {
    SnapshotId(Sha256::digest(bytes).into())
}

/// Computes the name of a shard, root or patch.
pub fn name_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..16])
}

/// Checks the bytes of a snapshot as every host does. Returns how the manifest names it, and the files to store.
///
/// # Errors
/// [`PublishError::Snapshot`] if the bytes are no valid snapshot.
pub fn release(bytes: &[u8]) -> Result<(Release, Vec<NamedFile>), PublishError> {
    let id = id_of(bytes);
    let model = Model::open(bytes, id)?;
    model.verify()?;
    let root = NamedFile { name: format!("{SHARDS}/{}", name_of(bytes)), bytes: bytes.to_vec() };
    let release = Release {
        snapshot: id.hex(),
        bytes: bytes.len() as u32,
        newest_ms: model.meta().newest_ms,
        root: name_of(&root.bytes),
        root_bytes: root.bytes.len() as u32,
        patches: Vec::new(),
    };
    Ok((release, vec![NamedFile { name: format!("{SNAPSHOTS}/{id}"), bytes: bytes.to_vec() }, root]))
}
