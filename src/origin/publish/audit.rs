//! Checks all that is published, as hosts and more: the manifest, and every file that it names.

use super::error::PublishError;
use super::read::{manifest, open_release};
use super::release::{name_of, shards};
use super::signed::key_id;
use super::target::{PATCHES, SHARDS, Target};
use crate::snapshot::Release;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// What is right, in words.
    pub facts: Vec<String>,
    /// What is wrong, and what to do.
    pub problems: Vec<String>,
}

/// Checks the manifest and every file that it names. Without keys, signatures are not checked.
///
/// # Errors
/// [`PublishError`] if there is no manifest that can be read.
pub fn audit(target: &dyn Target, keys: Option<&[[u8; 32]]>, now_ms: u64) -> Result<Audit, PublishError> {
    let mut audit = Audit::default();
    let signed = manifest(target, None)?;
    let found = &signed.manifest;
    audit.facts.push(format!("manifest  number {}, signed by {}", found.sequence, signed.key_ids().join(" and ")));
    match keys.map(|keys| (keys, signed.verify(keys))) {
        None => audit.facts.push("keys      not checked; give --public-key".into()),
        Some((_, Err(why))) => audit.problems.push(why.to_string()),
        Some((keys, Ok(()))) => {
            let trusted: Vec<String> = keys.iter().map(key_id).collect();
            audit.facts.push(format!("keys      a signature fits; trusted are {}", trusted.join(" and ")));
        }
    }
    match found.age(now_ms) {
        Ok(age_s) => {
            let left = u64::from(found.max_age_s) - age_s;
            audit.facts.push(format!("age       {}; hosts use it for {} more", time(age_s), time(left)));
        }
        Err(why) => audit.problems.push(why.to_string()),
    }
    if found.rollback {
        audit.facts.push("rollback  it may replace a newer snapshot".into());
    }
    release(target, "snapshot", &found.current, &mut audit);
    if let Some(canary) = &found.canary {
        release(target, "canary", &canary.release, &mut audit);
        audit.facts.push(format!("          tried by {} % of the visits", f64::from(canary.share) / 100.0));
    }
    Ok(audit)
}

fn release(target: &dyn Target, what: &str, release: &Release, audit: &mut Audit) {
    match open_release(target, release) {
        Err(why) => audit.problems.push(format!("{what}: {why}")),
        Ok(model) => {
            let (bytes, newest_ms) = (model.bytes().len(), model.meta().newest_ms);
            if (bytes, newest_ms) != (release.bytes as usize, release.newest_ms) {
                audit.problems.push(format!(
                    "{what}: {bytes} bytes, newest event at {newest_ms} ms, expected {} and {}; publish again",
                    release.bytes, release.newest_ms
                ));
            }
            audit.facts.push(format!("{what:9} {} ({bytes} bytes)", release.snapshot));
        }
    }
    file(target, SHARDS, &release.root, Some(release.root_bytes), audit);
    match shards(target, release) {
        Err(why) => audit.problems.push(why.to_string()),
        Ok(names) => {
            for name in &names {
                file(target, SHARDS, name, None, audit);
            }
            audit.facts.push(format!(
                "          root {} ({} bytes), {} shards",
                release.root,
                release.root_bytes,
                names.len()
            ));
        }
    }
    for patch in &release.patches {
        file(target, PATCHES, &patch.patch, Some(patch.bytes), audit);
    }
    audit.facts.push(format!("          {} patches", release.patches.len()));
}

/// Checks a file that the first half of its hash names.
fn file(target: &dyn Target, folder: &str, name: &str, bytes: Option<u32>, audit: &mut Audit) {
    let place = format!("{}/{folder}/{name}", target.place());
    match target.read(&format!("{folder}/{name}")) {
        Err(why) => audit.problems.push(why.to_string()),
        Ok(None) => {
            audit.problems.push(format!("{place}: no such file, expected what the manifest names; publish again"));
        }
        Ok(Some(found)) if name_of(&found) != name => audit.problems.push(format!(
            "{place}: its SHA-256 begins with {}; it is damaged or was swapped: publish again",
            name_of(&found)
        )),
        Ok(Some(found)) if bytes.is_some_and(|bytes| bytes as usize != found.len()) => audit.problems.push(format!(
            "{place}: {} bytes, the manifest says {}; publish again",
            found.len(),
            bytes.unwrap_or_default()
        )),
        Ok(Some(_)) => {}
    }
}

/// A time in seconds, in words.
pub fn time(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
