//! Publishing: what is there after a publisher was stopped at any step, two publishers at once, rollbacks, canaries, key
//! rotation, retention, and files that somebody has changed.

mod folder;

use ed25519_dalek::SigningKey;
use folder::Folder as Temporary;
use slotwise::origin::publish::change::{self, Settings};
use slotwise::origin::publish::{
    self, Folder, Listed, MANIFEST, NamedFile, PATCHES, Publication, PublishError, SHARDS, SNAPSHOTS, Signed, Target,
    Version, id_of,
};
use slotwise::snapshot::layout::{Sections, Tag, Writer};
use slotwise::snapshot::section::{Meta, decode, encode};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;

const NOW: u64 = 1_800_000_000_000;
const DAY: u64 = 24 * 3_600_000;
const NEWEST: u64 = 1_700_000_000_000;

/// The golden snapshot, as if its newest event were at this time.
fn snapshot(newest_ms: u64) -> Vec<u8> {
    let golden = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/wasm-tests/golden/v1.slotwise")).unwrap();
    let sections = Sections::open(&golden).unwrap();
    let mut writer = Writer::default();
    for (tag, range) in sections.iter() {
        let bytes = if tag == Tag::META {
            let mut meta: Meta = decode(&golden[range], "META", &mut None);
            meta.newest_ms = newest_ms;
            encode(&meta)
        } else {
            golden[range].to_vec()
        };
        writer = writer.section(tag, bytes);
    }
    writer.finish()
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(keys: &[SigningKey]) -> Vec<[u8; 32]> {
    keys.iter().map(|key| *key.verifying_key().as_bytes()).collect()
}

/// Publishes a snapshot, as `slotwise train` does.
fn publish(target: &dyn Target, newest_ms: u64, now_ms: u64) -> Result<Signed, PublishError> {
    let keys = [key(1)];
    let publication = Publication::begin(target, &keys, now_ms, None)?;
    change::snapshot(publication, &snapshot(newest_ms), None, false, Settings::default()).map(|(signed, _)| signed)
}

/// Everything that the manifest names is there and right.
fn is_sound(target: &dyn Target, now_ms: u64) {
    let audit = publish::audit(target, Some(&public(&[key(1)])), now_ms).unwrap();
    assert_eq!(audit.problems, [""; 0]);
}

fn begin<'a>(target: &'a dyn Target, keys: &'a [SigningKey]) -> Publication<'a> {
    Publication::begin(target, keys, NOW, None).unwrap()
}

/// Files below a folder, by path.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.display().to_string());
        }
    }
    found
}

/// A folder whose publisher is stopped after a number of steps.
struct Dying {
    folder: Folder,
    left: Cell<usize>,
}

impl Dying {
    fn step(&self) -> Result<(), PublishError> {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        if left > 0 { Ok(()) } else { Err(PublishError::Store { place: "here".into(), why: "stopped".into() }) }
    }
}

impl Target for Dying {
    fn place(&self) -> &str {
        self.folder.place()
    }

    fn read_version(&self, name: &str) -> Result<Option<(Vec<u8>, Version)>, PublishError> {
        self.folder.read_version(name)
    }

    fn write(&self, files: &[NamedFile]) -> Result<(), PublishError> {
        files.iter().try_for_each(|file| {
            self.step()?;
            self.folder.write(std::slice::from_ref(file))
        })
    }

    fn replace(&self, name: &str, bytes: &[u8], read: Option<&Version>) -> Result<(), PublishError> {
        self.step()?;
        self.folder.replace(name, bytes, read)
    }

    fn list(&self, folder: &str) -> Result<Vec<Listed>, PublishError> {
        self.folder.list(folder)
    }

    fn remove(&self, names: &[String]) -> Result<(), PublishError> {
        names.iter().try_for_each(|name| {
            self.step()?;
            self.folder.remove(std::slice::from_ref(name))
        })
    }
}

#[test]
fn a_publisher_stopped_at_any_step_leaves_a_folder_that_works() {
    let mut stops = 0;
    for steps in 0.. {
        let home = Temporary::new("stopped");
        let path = home.path("published");
        let path = Path::new(&path);
        publish(&Folder::to_write(path).unwrap(), NEWEST, NOW).unwrap();
        let dying = Dying { folder: Folder::to_write(path).unwrap(), left: Cell::new(steps) };
        let stopped = publish(&dying, NEWEST + 1, NOW);
        drop(dying);
        // What a killed process leaves besides.
        std::fs::write(path.join(SHARDS).join("0123.tmp"), "half").unwrap();
        std::fs::write(path.join("manifest.tmp"), "half").unwrap();
        let read = Folder::to_read(path);
        is_sound(&read, NOW);
        let sequence = publish::manifest(&read, None).unwrap().manifest.sequence;
        assert_eq!(sequence, if stopped.is_ok() { 2 } else { 1 });
        // The next one goes on, and clears up.
        let next = publish(&Folder::to_write(path).unwrap(), NEWEST + 2, NOW).unwrap();
        assert_eq!(next.manifest.sequence, sequence + 1);
        is_sound(&read, NOW);
        assert!(files(path).iter().all(|name| Path::new(name).extension().is_none_or(|ending| ending != "tmp")));
        if stopped.is_ok() {
            break;
        }
        stops += 1;
    }
    assert!(stops > 5, "{stops} steps");
}

#[test]
fn two_publishers_at_once_do_not_undo_each_others_work() {
    let home = Temporary::new("two");
    let path = home.path("published");
    publish(&Folder::to_write(path.as_ref()).unwrap(), NEWEST, NOW).unwrap();
    // Without a lock, as in a store: both read, both write; the second is told.
    let keys = [key(1)];
    let folder = Folder::to_write(path.as_ref()).unwrap();
    let (first, second) = (begin(&folder, &keys), begin(&folder, &keys));
    assert_eq!(change::again(first, Settings::default()).unwrap().manifest.sequence, 2);
    let error = change::again(second, Settings::default()).unwrap_err();
    assert!(matches!(error, PublishError::Changed { .. }), "{error}");
    assert_eq!(publish::manifest(&folder, None).unwrap().manifest.sequence, 2);
    drop(folder);
    // With the lock, each waits for the other.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let folder = Folder::to_write(path.as_ref()).unwrap();
                    change::again(begin(&folder, &[key(1)]), Settings::default()).unwrap();
                }
            });
        }
    });
    let folder = Folder::to_read(path.as_ref());
    assert_eq!(publish::manifest(&folder, None).unwrap().manifest.sequence, 22);
    assert_eq!(publish::past(&folder).unwrap().len(), 21, "no manifest is lost");
    assert!(folder.replace(MANIFEST, b"", None).is_err(), "a folder that was opened to be read is not written to");
}

#[test]
fn a_rollback_is_a_new_manifest_and_stays_one_until_something_newer_is_published() {
    let home = Temporary::new("rollback");
    let path = home.path("published");
    let folder = Folder::to_write(path.as_ref()).unwrap();
    let keys = [key(1)];
    let first = publish(&folder, NEWEST, NOW).unwrap().manifest;
    assert!(change::rollback(begin(&folder, &keys), None).is_err(), "there is nothing to go back to");
    let second = publish(&folder, NEWEST + 10, NOW).unwrap().manifest;
    assert_eq!(second.current.patches.len(), 1);
    assert_eq!(second.current.patches[0].from, first.current.snapshot);
    let back = change::rollback(begin(&folder, &keys), None).unwrap().manifest;
    assert_eq!((back.sequence, back.rollback, &back.current.snapshot), (3, true, &first.current.snapshot));
    assert_eq!(back.current.patches[0].from, second.current.snapshot, "hosts have the bad one");
    is_sound(&folder, NOW);
    // A host may have missed number 3. It has a snapshot up to +10 in use.
    let again = change::again(begin(&folder, &keys), Settings::default()).unwrap().manifest;
    assert!(again.rollback);
    let older = publish(&folder, NEWEST + 5, NOW).unwrap().manifest;
    assert!(older.rollback, "newer than the one in use, older than the one before");
    assert!(!publish(&folder, NEWEST + 11, NOW).unwrap().manifest.rollback);
    // Back to a named one, and forward again.
    let named = change::rollback(begin(&folder, &keys), second.current.id().ok()).unwrap().manifest;
    assert_eq!((named.rollback, &named.current.snapshot), (true, &second.current.snapshot));
    let forth = change::rollback(begin(&folder, &keys), Some(id_of(&snapshot(NEWEST + 11)))).unwrap().manifest;
    assert!(!forth.rollback);
    assert!(change::rollback(begin(&folder, &keys), Some(id_of(b"unknown"))).is_err());
    let older = publish(&folder, NEWEST, NOW).unwrap_err();
    assert!(older.to_string().contains("expected 1700000000011 ms or later"), "{older}");
    is_sound(&folder, NOW);
}

#[test]
fn a_canary_is_tried_by_a_share_of_visits_and_then_promoted_or_withdrawn() {
    let home = Temporary::new("canary");
    let path = home.path("published");
    let folder = Folder::to_write(path.as_ref()).unwrap();
    let keys = [key(1)];
    let try_out = |newest_ms, share| {
        change::snapshot(begin(&folder, &keys), &snapshot(newest_ms), share, false, Settings::default())
    };
    assert!(try_out(NEWEST, Some(500)).is_err(), "the first snapshot is for all visits");
    let first = try_out(NEWEST, None).unwrap().0.manifest;
    let (canary, _) = try_out(NEWEST + 1, Some(500)).unwrap();
    assert_eq!(canary.manifest.current, first.current);
    let tried = canary.manifest.canary.unwrap();
    assert_eq!((tried.share, tried.release.newest_ms), (500, NEWEST + 1));
    is_sound(&folder, NOW);
    let error = try_out(NEWEST + 2, None).unwrap_err().to_string();
    assert!(error.contains("slotwise withdraw"), "{error}");
    assert!(change::withdraw(begin(&folder, &keys)).unwrap().manifest.canary.is_none());
    assert!(change::promote(begin(&folder, &keys)).is_err(), "there is none any more");
    try_out(NEWEST + 2, Some(500)).unwrap();
    let promoted = change::promote(begin(&folder, &keys)).unwrap().manifest;
    assert_eq!((promoted.current.newest_ms, promoted.canary, promoted.rollback), (NEWEST + 2, None, false));
    is_sound(&folder, NOW);
}

#[test]
fn keys_are_rotated_without_a_manifest_that_some_host_refuses() {
    let home = Temporary::new("rotation");
    let path = home.path("published");
    let folder = Folder::to_write(path.as_ref()).unwrap();
    publish(&folder, NEWEST, NOW).unwrap();
    let (old, both, next) = ([key(1)], [key(1), key(2)], [key(2)]);
    assert!(Publication::begin(&folder, &next, NOW, None).is_err(), "the next key is not trusted yet");
    let signed = change::again(begin(&folder, &both), Settings::default()).unwrap();
    assert!(signed.verify(&public(&old)).is_ok() && signed.verify(&public(&next)).is_ok());
    let error = change::again(begin(&folder, &old), Settings::default()).unwrap_err().to_string();
    assert!(error.contains("rotate --finish"), "hosts with the next key would be left behind: {error}");
    let signed = change::again(begin(&folder, &next).ending_rotation(), Settings::default()).unwrap();
    assert!(signed.verify(&public(&old)).is_err() && signed.verify(&public(&next)).is_ok());
    assert!(Publication::begin(&folder, &old, NOW, None).is_err(), "the old key cannot publish any more");
}

#[test]
fn a_forged_or_lost_manifest_is_overruled_by_a_number() {
    let home = Temporary::new("forged");
    let path = home.path("published");
    let folder = Folder::to_write(path.as_ref()).unwrap();
    let keys = [key(1)];
    publish(&folder, NEWEST, NOW).unwrap();
    let thief = [key(9)];
    let forged = Publication::begin(&folder, &thief, NOW, Some(1 << 50)).unwrap();
    change::snapshot(forged, &snapshot(NEWEST), None, false, Settings::default()).unwrap();
    let error = Publication::begin(&folder, &keys, NOW, None).err().unwrap().to_string();
    assert!(error.contains("--sequence"), "{error}");
    let publication = Publication::begin(&folder, &keys, NOW, Some(7)).unwrap();
    let (signed, _) = change::snapshot(publication, &snapshot(NEWEST), None, false, Settings::default()).unwrap();
    assert_eq!(signed.manifest.sequence, 7);
    assert!(Publication::begin(&folder, &keys, NOW, Some(7)).is_err(), "a number must rise");
    let early = Publication::begin(&folder, &keys, NOW - 3 * DAY, None).err().unwrap().to_string();
    assert!(early.contains("set this machine's clock"), "{early}");
    is_sound(&folder, NOW);
    std::fs::write(Path::new(&path).join(MANIFEST), "{}").unwrap();
    assert!(Publication::begin(&folder, &keys, NOW, None).is_err());
}

#[test]
fn what_nothing_names_is_removed_after_a_day_and_plans_stay() {
    let home = Temporary::new("retention");
    let path = home.path("published");
    let folder = Folder::to_write(path.as_ref()).unwrap();
    let count = |name| folder.list(name).unwrap().len();
    // Files are dated by the clock, manifests by these times.
    let begun = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64;
    for at in 0..8 {
        publish(&folder, NEWEST + at, begun + at * DAY / 8).unwrap();
    }
    assert_eq!((count(SNAPSHOTS), count(PATCHES)), (8, 4 + 3 + 2 + 1 + 12));
    assert_eq!(publish::prune(&folder, 3, begun + DAY / 2).unwrap(), 0, "all of it is of the last day");
    let removed = publish::prune(&folder, 3, begun + 9 * DAY).unwrap();
    assert!(removed > 0);
    assert_eq!(count(SNAPSHOTS), 3);
    assert_eq!(count("plan"), 8, "exposures of older snapshots can still be checked");
    assert_eq!(publish::prune(&folder, 3, begun + 9 * DAY).unwrap(), 0);
    let audit = publish::audit(&folder, None, begun + 9 * DAY).unwrap();
    assert_eq!(audit.problems, [""; 0]);
    // A manifest of the last day is what a host may have, however few snapshots are kept.
    publish(&folder, NEWEST + 20, begun + 9 * DAY).unwrap();
    publish::prune(&folder, 1, begun + 9 * DAY + DAY / 2).unwrap();
    assert_eq!(count(SNAPSHOTS), 2);
    publish::prune(&folder, 1, begun + 11 * DAY).unwrap();
    assert_eq!(count(SNAPSHOTS), 1);
}

#[test]
fn a_damaged_file_is_found_and_mended_by_the_next_publisher() {
    let home = Temporary::new("damaged");
    let path = home.path("published");
    let folder = Folder::to_write(path.as_ref()).unwrap();
    publish(&folder, NEWEST, NOW).unwrap();
    let root = Path::new(&path);
    let all: Vec<String> =
        files(root).into_iter().filter(|name| !name.contains("/plan/") && !name.contains("/.lock")).collect();
    assert!(all.len() > 3, "{all:?}");
    for name in &all {
        let bytes = std::fs::read(name).unwrap();
        for damaged in [&bytes[..bytes.len() / 2], &[]] {
            std::fs::write(name, damaged).unwrap();
            let audit = publish::audit(&folder, None, NOW);
            assert!(audit.is_err() || !audit.unwrap().problems.is_empty(), "{name}");
        }
        std::fs::remove_file(name).unwrap();
        let audit = publish::audit(&folder, None, NOW);
        assert!(audit.is_err() || !audit.unwrap().problems.is_empty(), "{name}");
        if name.ends_with(MANIFEST) {
            std::fs::write(name, bytes).unwrap();
        } else {
            publish(&folder, NEWEST, NOW).unwrap();
        }
        is_sound(&folder, NOW);
    }
    let old = publish::audit(&folder, None, NOW + 15 * DAY).unwrap();
    assert!(old.problems[0].contains("slotwise sign"), "{:?}", old.problems);
}
