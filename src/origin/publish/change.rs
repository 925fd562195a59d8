//! What can be published: a new snapshot, an older one again, a canary and its end, or the same with a new date.

use super::error::PublishError;
use super::publication::{Draft, MAX_AGE_S, Publication};
use super::read::past;
use super::release::{Prepared, id_of, prepare};
use super::signed::Signed;
use super::target::SNAPSHOTS;
use crate::snapshot::{Canary, Release, SnapshotId};
use std::collections::BTreeSet;

/// How many of the snapshots before get a patch to a new one.
const PATCHES: usize = 4;

/// Settings of a manifest. What is `None` stays as it is in the manifest in use.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Age at which hosts stop using the manifest, in seconds.
    pub max_age_s: Option<u32>,
    /// Public key that signs overlays, base64url; an empty text for none.
    pub overlay_key: Option<String>,
    /// Paths at which hosts leave pages as they are.
    pub off: Option<Vec<String>>,
}

impl Settings {
    fn put(self, draft: &mut Draft) {
        if let Some(max_age_s) = self.max_age_s {
            draft.max_age_s = max_age_s;
        }
        if let Some(key) = self.overlay_key {
            draft.overlay_key = Some(key).filter(|key| !key.is_empty());
        }
        if let Some(off) = self.off {
            draft.off = off;
        }
    }
}

/// Checks that a new snapshot may be published. Worth asking before the long work of training.
///
/// # Errors
/// [`PublishError::Refused`] if a canary is out and the new snapshot is none, or the other way round.
pub fn check(publication: &Publication<'_>, canary: Option<u16>) -> Result<(), PublishError> {
    let out = publication.manifest().map(|manifest| &manifest.canary);
    let (found, expected) = match (out, canary) {
        (Some(Some(out)), None) => (
            format!("a canary, snapshot {} for {} % of the visits", out.release.snapshot, f64::from(out.share) / 100.0),
            "none: end it with `slotwise promote` or `slotwise withdraw`, or replace it with `slotwise train --canary`",
        ),
        (None, Some(_)) => ("no snapshot in use".into(), "one for most visits; train once without --canary"),
        _ => return Ok(()),
    };
    Err(PublishError::refused(publication.target().place(), found, expected))
}

/// Publishes a new snapshot for all visits, or as a canary for a share of them, in ten-thousandths. `older` allows one
/// whose newest event is older than that of the snapshot in use. Returns notes for the operator, too.
///
/// # Errors
/// A [`PublishError`]. What was published before stays in use.
pub fn snapshot(
    publication: Publication<'_>,
    bytes: &[u8],
    canary: Option<u16>,
    older: bool,
    settings: Settings,
) -> Result<(Signed, Vec<String>), PublishError> {
    let Prepared { release, files, notes } = prepare(bytes, &before(&publication)?)?;
    let id = release.snapshot.clone();
    check(&publication, canary)?;
    let mut draft = match publication.manifest() {
        Some(manifest) => {
            if release.newest_ms < manifest.current.newest_ms && !older {
                return Err(PublishError::refused(
                    publication.target().place(),
                    format!("a newest event at {} ms", release.newest_ms),
                    format!(
                        "{} ms or later, as the snapshot in use has; train with the newest events, or say --rollback",
                        manifest.current.newest_ms
                    ),
                ));
            }
            let mut draft = Draft::of(manifest);
            match canary.filter(|_| release.snapshot != manifest.current.snapshot) {
                Some(share) => draft.canary = Some(Canary { share, release }),
                None => draft = take(&publication, draft, release)?,
            }
            draft
        }
        None => Draft {
            current: release,
            canary: None,
            rollback: false,
            max_age_s: MAX_AGE_S,
            overlay_key: None,
            off: Vec::new(),
        },
    };
    settings.put(&mut draft);
    let signed = publication.finish(draft, &files).map_err(|error| match error {
        PublishError::Changed { place, .. } => PublishError::Changed {
            place,
            hint: format!(". The new snapshot is stored; `slotwise rollback --to {id}` puts it into use"),
        },
        other => other,
    })?;
    Ok((signed, notes))
}

/// The snapshots that hosts may have, for patches: the ones in use, and those in use before, the newest first.
fn before(publication: &Publication<'_>) -> Result<Vec<(SnapshotId, Vec<u8>)>, PublishError> {
    let Some(manifest) = publication.manifest() else { return Ok(Vec::new()) };
    let target = publication.target();
    let mut ids: Vec<SnapshotId> = manifest.releases().filter_map(|release| release.id().ok()).collect();
    for signed in past(target)? {
        ids.extend(signed.manifest.current.id());
    }
    let mut known = BTreeSet::new();
    ids.retain(|id| known.insert(id.hex()));
    let mut found = Vec::new();
    for id in ids.into_iter().take(PATCHES) {
        if let Some(bytes) = target.read(&format!("{SNAPSHOTS}/{id}"))?.filter(|bytes| id_of(bytes) == id) {
            found.push((id, bytes));
        }
    }
    Ok(found)
}

/// Publishes the manifest in use again, with a new number and date.
///
/// # Errors
/// A [`PublishError`].
pub fn again(publication: Publication<'_>, settings: Settings) -> Result<Signed, PublishError> {
    let mut draft = Draft::of(publication.existing()?);
    settings.put(&mut draft);
    publication.finish(draft, &[])
}

/// Makes an older snapshot the one in use again: the one with this id, or the one in use before.
///
/// # Errors
/// A [`PublishError`], also if that snapshot is not there any more.
pub fn rollback(publication: Publication<'_>, to: Option<SnapshotId>) -> Result<Signed, PublishError> {
    let manifest = publication.existing()?;
    let target = publication.target();
    let refused = |found: &str, expected: String| PublishError::refused(target.place(), found, expected);
    let id = match to {
        Some(id) if id.hex() == manifest.current.snapshot => {
            return Err(refused("that snapshot in use", "another one; see `slotwise verify`".into()));
        }
        Some(id) => id,
        None => {
            let past = past(target)?;
            let other = past
                .iter()
                .map(|signed| &signed.manifest)
                .find(|old| old.sequence < manifest.sequence && old.current.snapshot != manifest.current.snapshot);
            let none = || refused("no snapshot before the one in use", "one to go back to; train again".into());
            other.ok_or_else(none)?.current.id()?
        }
    };
    let Some(bytes) = target.read(&format!("{SNAPSHOTS}/{id}"))? else {
        let known: Vec<String> = target.list(SNAPSHOTS)?.into_iter().map(|listed| listed.name).collect();
        return Err(refused(&format!("no snapshot {id}"), format!("one of {}", known.join(", "))));
    };
    id.check(id_of(&bytes).0)?;
    let Prepared { release, files, .. } = prepare(&bytes, &before(&publication)?)?;
    let draft = Draft::of(manifest);
    let draft = take(&publication, draft, release)?;
    publication.finish(draft, &files)
}

/// Makes the canary's snapshot the one in use.
///
/// # Errors
/// A [`PublishError`], also if there is no canary.
pub fn promote(publication: Publication<'_>) -> Result<Signed, PublishError> {
    let canary = canary(&publication)?;
    let draft = Draft::of(publication.existing()?);
    let draft = take(&publication, draft, canary.release)?;
    publication.finish(draft, &[])
}

/// Ends the canary; all visits use the snapshot in use.
///
/// # Errors
/// A [`PublishError`], also if there is no canary.
pub fn withdraw(publication: Publication<'_>) -> Result<Signed, PublishError> {
    canary(&publication)?;
    let draft = Draft { canary: None, ..Draft::of(publication.existing()?) };
    publication.finish(draft, &[])
}

/// The canary of the manifest in use.
///
/// # Errors
/// [`PublishError::Refused`] if there is none.
pub fn canary(publication: &Publication<'_>) -> Result<Canary, PublishError> {
    publication.existing()?.canary.clone().ok_or_else(|| {
        PublishError::refused(
            publication.target().place(),
            "no canary",
            "a snapshot that a share of the visits tries; publish one with `slotwise train --canary 5%`",
        )
    })
}

/// Makes a release the one in use and ends the canary.
fn take(publication: &Publication<'_>, draft: Draft, release: Release) -> Result<Draft, PublishError> {
    // A host may have missed some manifests. As long as a rollback is in force, it may still use a newer snapshot.
    let mut newest_ms = draft.current.newest_ms;
    if draft.rollback {
        for signed in past(publication.target())? {
            newest_ms = newest_ms.max(signed.manifest.current.newest_ms);
        }
    }
    Ok(Draft { rollback: release.newest_ms < newest_ms, current: release, canary: None, ..draft })
}
