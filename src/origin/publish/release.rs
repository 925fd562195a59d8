//! The files of a snapshot, as hosts fetch them: the snapshot, its root and shards, and patches from those before it.

use super::error::PublishError;
use super::record::record;
use super::target::{NamedFile, PATCHES, SHARDS, SNAPSHOTS, Target};
use crate::model::Model;
use crate::shard;
use crate::snapshot::layout::{Sections, Tag};
use crate::snapshot::patch;
use crate::snapshot::tree::{NAME, Tree};
use crate::snapshot::{PatchName, Release, SnapshotId};
use crate::text::hex;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

/// Most shards of a root, branches included: a tree that names more is forged.
const MOST_SHARDS: usize = 1 << 17;

/// A snapshot, ready to be published.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// How the manifest names it.
    pub release: Release,
    /// The files to store.
    pub files: Vec<NamedFile>,
    /// What the operator should know, in words.
    pub notes: Vec<String>,
}

/// Computes the id of a snapshot.
pub fn id_of(bytes: &[u8]) -> SnapshotId {
    SnapshotId(Sha256::digest(bytes).into())
}

/// Computes the name of a shard, root or patch.
pub fn name_of(bytes: &[u8]) -> String {
    hex(&shard::name_of(bytes))
}

/// Checks the bytes of a snapshot as every host does, cuts it into shards, and makes patches from snapshots before it.
///
/// # Errors
/// [`PublishError::Snapshot`] if the bytes are no valid snapshot.
pub fn prepare(bytes: &[u8], before: &[(SnapshotId, Vec<u8>)]) -> Result<Prepared, PublishError> {
    let id = id_of(bytes);
    let model = Model::open(bytes, id)?;
    model.verify()?;
    let rows = if model.plan().rows_at_edge { shard::Rows::Edge } else { shard::Rows::Browser };
    let parts = shard::make(&model, rows)?;
    let root_bytes = parts.root.bytes.len() as u32;
    let root = hex(&parts.root.name);
    let shards = std::iter::once(parts.root).chain(parts.shards);
    let mut files = vec![NamedFile { name: format!("{SNAPSHOTS}/{id}"), bytes: bytes.to_vec() }, record(&model)?];
    files.extend(shards.map(|shard| NamedFile { name: format!("{SHARDS}/{}", hex(&shard.name)), bytes: shard.bytes }));
    let patches: Vec<(PatchName, NamedFile)> = before
        .par_iter()
        .filter(|(from, _)| *from != id)
        .filter_map(|(from, base)| {
            // A snapshot of another format has no patch; hosts fetch the whole one. A patch of half its size is no gain.
            let patch = patch::make(base, bytes).ok().filter(|patch| patch.len() * 2 < bytes.len())?;
            let name = PatchName { from: from.hex(), patch: name_of(&patch), bytes: patch.len() as u32 };
            Some((name.clone(), NamedFile { name: format!("{PATCHES}/{}", name.patch), bytes: patch }))
        })
        .collect();
    let (patches, patch_files): (Vec<PatchName>, Vec<NamedFile>) = patches.into_iter().unzip();
    files.extend(patch_files);
    let newest_ms = model.meta().newest_ms;
    let release = Release { snapshot: id.hex(), bytes: bytes.len() as u32, newest_ms, root, root_bytes, patches };
    Ok(Prepared { release, files, notes: parts.notes })
}

/// Names of all shards of a release, branches included, besides its root.
///
/// # Errors
/// [`PublishError`] if the root or a branch cannot be read.
pub(super) fn shards(target: &dyn Target, release: &Release) -> Result<Vec<String>, PublishError> {
    let mut found = Vec::new();
    let mut frames = vec![release.root.clone()];
    while let Some(name) = frames.pop() {
        let Some(bytes) = target.read(&format!("{SHARDS}/{name}"))? else { continue };
        if name_of(&bytes) != name {
            continue;
        }
        let sections = Sections::open(&bytes)?;
        let tree = Tree::open(&bytes[sections.range(Tag::TREE, "TREE")?])?;
        let step = tree.shape.span as usize;
        let names = (0..tree.names()).filter_map(|at| tree.name(tree.shape.first + (at * step) as u32));
        let names: Vec<String> = names.map(|name: &[u8; NAME]| hex(name)).collect();
        // A name that stands for several shards is that of a branch, and a branch has none.
        if step > 1 && name == release.root {
            frames.extend(names.iter().cloned());
        }
        found.extend(names);
        if found.len() > MOST_SHARDS {
            break;
        }
    }
    Ok(found)
}
