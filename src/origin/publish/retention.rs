//! Removes what nothing names any more.
//!
//! Kept are the snapshots in use, those of the manifests of the last day (a host may just be fetching them), and the
//! newest ones up to a number, each with its root, its shards and its patches. A file that was written within the last day
//! stays in any case: it may belong to a publisher that is at work and has not named it yet. Plans of removed snapshots
//! stay for as long as logs are read.

use super::error::PublishError;
use super::read::{manifest, past};
use super::release::shards;
use super::target::{MANIFEST, PAST, PATCHES, PLANS, SHARDS, SNAPSHOTS, Target};
use crate::snapshot::Release;
use std::collections::{BTreeMap, BTreeSet};

/// Snapshots that are kept if nothing else is said.
pub const KEEP: usize = 5;

const DAY_MS: u64 = 24 * 3_600_000;
/// How long the plan of a snapshot is kept: 400 days.
const PLAN_MS: u64 = 400 * DAY_MS;

/// Removes what neither a manifest of the last day nor one of the newest `keep` snapshots needs. Returns how many files
/// were removed.
///
/// # Errors
/// A [`PublishError`] if files cannot be read or removed. What is needed stays.
pub fn prune(target: &dyn Target, keep: usize, now_ms: u64) -> Result<usize, PublishError> {
    let current = manifest(target, None)?.manifest;
    let past = past(target)?;
    let mut live: BTreeMap<String, Release> = BTreeMap::new();
    let mut kept_past = BTreeSet::new();
    let mut name = |releases: &mut dyn Iterator<Item = &Release>| {
        live.extend(releases.map(|release| (release.snapshot.clone(), release.clone())));
    };
    name(&mut current.releases());
    let mut snapshots = BTreeSet::from([current.current.snapshot.clone()]);
    // When the manifest after this one was published.
    let mut replaced_ms = current.published_ms;
    for old in past.iter().map(|signed| &signed.manifest) {
        // The number of a publisher that lost its race is above the current one.
        if old.sequence >= current.sequence {
            continue;
        }
        let is_recent = now_ms.saturating_sub(replaced_ms) < DAY_MS;
        let is_new = !snapshots.contains(&old.current.snapshot) && snapshots.len() < keep;
        if is_recent || is_new {
            snapshots.insert(old.current.snapshot.clone());
            kept_past.insert(old.sequence.to_string());
        }
        if is_recent {
            name(&mut old.releases());
        } else if is_new {
            name(&mut std::iter::once(&old.current));
        }
        replaced_ms = old.published_ms;
    }
    let mut needed: BTreeSet<String> = kept_past.into_iter().map(|number| format!("{PAST}/{number}")).collect();
    for release in live.values() {
        needed.insert(format!("{SNAPSHOTS}/{}", release.snapshot));
        needed.insert(format!("{SHARDS}/{}", release.root));
        needed.extend(release.patches.iter().map(|patch| format!("{PATCHES}/{}", patch.patch)));
        needed.extend(shards(target, release)?.into_iter().map(|shard| format!("{SHARDS}/{shard}")));
    }
    let mut gone = Vec::new();
    for (folder, age_ms) in [(SNAPSHOTS, DAY_MS), (SHARDS, DAY_MS), (PATCHES, DAY_MS), (PAST, DAY_MS), (PLANS, PLAN_MS)]
    {
        for listed in target.list(folder)? {
            let name = format!("{folder}/{}", listed.name);
            if now_ms.saturating_sub(listed.modified_ms) > age_ms && !needed.contains(&name) && name != MANIFEST {
                gone.push(name);
            }
        }
    }
    target.remove(&gone)?;
    Ok(gone.len())
}
