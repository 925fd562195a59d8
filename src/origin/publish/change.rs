//! What can be published: a new snapshot, an older one again, a canary and its end, or the same with a new date.

use super::error::PublishError;
use super::publication::{Draft, MAX_AGE_S, Publication};
use super::read::past;
use super::release::release;
use super::signed::Signed;
use crate::snapshot::{Canary, Manifest, Release};

/// Settings of a manifest. What is `None` stays as it is in the manifest in use.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Age at which hosts stop using the manifest, in seconds.
    pub max_age_s: Option<u32>,
    /// Public key that signs overlays, base64url; an empty text for none.
    pub overlay_key: Option<String>,
}

impl Settings {
    fn put(self, draft: &mut Draft) {
        if let Some(max_age_s) = self.max_age_s {
            draft.max_age_s = max_age_s;
        }
        if let Some(key) = self.overlay_key {
            draft.overlay_key = Some(key).filter(|key| !key.is_empty());
        }
    }
}

/// Checks that a new snapshot may be published, before the long work of training.
///
/// # Errors
/// [`PublishError::Refused`] if a canary is out and the new snapshot is none.
pub fn check_canary(place: &str, manifest: &Manifest, canary: Option<u16>) -> Result<(), PublishError> {
    match &manifest.canary {
        Some(out) if canary.is_none() => Err(PublishError::refused(
            place,
            format!("snapshot {} tried by {}", out.release.snapshot, percent(out.share)),
            "no canary. End it with `slotwise promote` or `slotwise withdraw`, or replace it with `slotwise train --canary`",
        )),
        _ => Ok(()),
    }
}

/// Publishes a new snapshot for all visits, or as a canary for a share of them, in ten-thousandths. `older` allows one
/// whose newest event is older than that of the snapshot in use.
///
/// # Errors
/// A [`PublishError`]. What was published before stays in use.
pub fn snapshot(
    publication: Publication<'_>,
    bytes: &[u8],
    canary: Option<u16>,
    older: bool,
    settings: Settings,
) -> Result<Signed, PublishError> {
    let (release, files) = release(bytes)?;
    let mut draft = match publication.manifest() {
        Some(manifest) => {
            let place = publication.target().place();
            check_canary(place, manifest, canary)?;
            if release.newest_ms < manifest.current.newest_ms && !older {
                return Err(PublishError::refused(
                    place,
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
        None if canary.is_some() => {
            return Err(PublishError::refused(
                publication.target().place(),
                "--canary and no snapshot in use",
                "a first snapshot for all visits; train once without --canary",
            ));
        }
        None => Draft {
            current: release,
            canary: None,
            rollback: false,
            max_age_s: MAX_AGE_S,
            overlay_key: None,
        },
    };
    settings.put(&mut draft);
    publication.finish(draft, &files)
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
fn canary(publication: &Publication<'_>) -> Result<Canary, PublishError> {
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

/// A share in ten-thousandths, in words.
fn percent(share: u16) -> String {
    format!("{} % of the visits", f64::from(share) / 100.0)
}
