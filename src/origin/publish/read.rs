//! Published files, read with the checks that a host makes.

use super::error::PublishError;
use super::publication::invalid;
use super::record;
use super::release::id_of;
use super::signed::Signed;
use super::target::{MANIFEST, PAST, PLANS, SNAPSHOTS, Target};
use crate::experiment::Plans;
use crate::log::LogExposure;
use crate::model::Model;
use crate::snapshot::{Manifest, Release, SnapshotId};
use std::collections::BTreeSet;

/// Reads the manifest. Its signature is checked if keys are given: one of them must have signed it.
///
/// # Errors
/// [`PublishError::Nothing`] if there is none, or the problem with it.
pub fn manifest(target: &dyn Target, keys: Option<&[[u8; 32]]>) -> Result<Signed, PublishError> {
    let bytes = target.read(MANIFEST)?.ok_or_else(|| PublishError::Nothing { place: target.place().to_owned() })?;
    let read = Signed::parse(&bytes).and_then(|signed| {
        keys.map_or(Ok(()), |keys| signed.verify(keys))?;
        Ok(signed)
    });
    read.map_err(|why| invalid(target, why))
}

/// The manifests before the current one, as far as they are kept, the newest first. One that cannot be read is left out.
///
/// # Errors
/// [`PublishError`] if files cannot be read.
pub fn past(target: &dyn Target) -> Result<Vec<Signed>, PublishError> {
    let mut found = Vec::new();
    for listed in target.list(PAST)? {
        let bytes = target.read(&format!("{PAST}/{}", listed.name))?.unwrap_or_default();
        // Whoever can write there may have made up names.
        found.extend(Signed::parse(&bytes).ok().filter(|signed| listed.name == signed.manifest.sequence.to_string()));
    }
    found.sort_by_key(|signed| std::cmp::Reverse(signed.manifest.sequence));
    Ok(found)
}

/// Since when the snapshot in use and the canary of a manifest are out as they are, in milliseconds since 1970.
///
/// # Errors
/// [`PublishError`] if files cannot be read.
pub fn since(target: &dyn Target, now: &Manifest) -> Result<u64, PublishError> {
    let canary =
        |manifest: &Manifest| manifest.canary.as_ref().map(|canary| (canary.share, canary.release.snapshot.clone()));
    let same = |old: &Manifest| old.current.snapshot == now.current.snapshot && canary(old) == canary(now);
    let past = past(target)?;
    let before = past.iter().map(|signed| &signed.manifest).filter(|old| old.sequence < now.sequence);
    Ok(before.take_while(|old| same(old)).last().map_or(now.published_ms, |first| first.published_ms))
}

/// Reads a file that must be there.
///
/// # Errors
/// [`PublishError::Named`] if it is not.
pub fn named(target: &dyn Target, name: &str) -> Result<Vec<u8>, PublishError> {
    let missing =
        || PublishError::named(format!("{}/{name}", target.place()), "no such file", "what the manifest names");
    target.read(name)?.ok_or_else(missing)
}

/// Opens the snapshot of a release, with all checks that a host makes.
///
/// # Errors
/// A [`PublishError`] for the first problem found.
pub fn open_release(target: &dyn Target, release: &Release) -> Result<Model<Vec<u8>>, PublishError> {
    open_id(target, release.id()?)
}

/// Opens the snapshot of an id, with all checks that a host makes.
///
/// # Errors
/// A [`PublishError`] for the first problem found.
pub fn open_id(target: &dyn Target, id: SnapshotId) -> Result<Model<Vec<u8>>, PublishError> {
    let bytes = named(target, &format!("{SNAPSHOTS}/{id}"))?;
    id.check(id_of(&bytes).0)?;
    Ok(Model::open(bytes, id)?)
}

/// Opens the snapshot that the manifest names as the one in use, with all checks that a host makes. The signature is
/// checked only if keys are given.
///
/// # Errors
/// A [`PublishError`] for the first problem found.
pub fn open(target: &dyn Target, keys: Option<&[[u8; 32]]>) -> Result<Model<Vec<u8>>, PublishError> {
    open_release(target, &manifest(target, keys)?.manifest.current)
}

/// The plans of the snapshots that exposures name, as far as the target has them, or a record of them. A snapshot that is damaged, or that was
/// written for another version, counts as missing.
///
/// # Errors
/// [`PublishError`] if nothing is published there, or files cannot be read.
pub fn plans(target: &dyn Target, exposures: &[LogExposure]) -> Result<Plans, PublishError> {
    // A wrong folder is told, rather than every snapshot missed.
    manifest(target, None)?;
    // Anybody may have written these names. Only digits become a path.
    let named: BTreeSet<&str> = exposures.iter().map(|exposure| exposure.shown.snapshot.0.as_str()).collect();
    let mut plans = Plans::default();
    for id in named.into_iter().filter_map(SnapshotId::from_hex) {
        let Some(bytes) = target.read(&format!("{SNAPSHOTS}/{id}"))? else {
            if let Some(bytes) = target.read(&format!("{PLANS}/{id}"))? {
                record::add(&mut plans, id, &bytes);
            }
            continue;
        };
        if let Ok(model) = id.check(id_of(&bytes).0).and_then(|()| Model::open(bytes, id)) {
            plans.add(&model);
        }
    }
    Ok(plans)
}
