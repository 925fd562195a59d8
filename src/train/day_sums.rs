//! What one closed day of a log has counted, in a file: what next-item rows need of it when the day is not read again.
//!
//! ```text
//! file = "SWDAY\x01" · key (32 bytes) · xxh64 of the body (8 bytes, little endian) · body (postcard)
//! ```
//!
//! The key is a digest of what the sums were counted from and by. A file with another key, of another format, cut or changed
//! is not used: the day is counted anew. Sums are whole numbers without an age, so that time decay is a matter of whoever adds
//! days up.
//!
//! A file has product ids and sums by pair. It has no visit and no time, but also no minimum support: it belongs beside the
//! log, not to the public.

use super::index::Index;
use super::sums::Sums;
use super::weights::Weights;
use crate::log::Log;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;
use xxhash_rust::xxh64::xxh64;

/// First bytes of a file; the last of them is the version.
const MAGIC: [u8; 6] = *b"SWDAY\x01";
/// Bytes before the body.
const HEAD: usize = MAGIC.len() + 32 + 8;
/// Parts of a look: a visit of a flood counts for less than one.
pub const PARTS: f64 = 1024.0;
/// Largest file that is read.
const MAX_BYTES: u64 = 4 << 30;

/// Digest of what a day was counted from and by.
pub type Key = [u8; 32];

/// The sums of a day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DaySums {
    /// Events of the day.
    pub events: u64,
    /// Visits that began on it, by clicks.
    pub lengths: Vec<(u16, u64)>,
    /// Product ids, and how often each was looked at, in [`PARTS`].
    pub items: Vec<(String, u64)>,
    /// What stands near each product, both by place in `items`: product, neighbour, weight without an age, visits with both.
    pub pairs: Vec<(u32, u32, u64, u32)>,
}

impl DaySums {
    /// Counts a range of a log's sessions.
    pub fn of(log: &Log, sessions: Range<usize>, weights: &Weights) -> Self {
        let weights = &weights.without_age();
        let events = log.sessions().skip(sessions.start).take(sessions.len()).map(|events| events.len() as u64).sum();
        let index = Index::new(log, sessions);
        let of_sessions = index.session_weights(weights);
        let (looks, _) = index.looks(0);
        let mut lengths: BTreeMap<u16, u64> = BTreeMap::new();
        for (_, clicks) in index.sessions() {
            *lengths.entry(clicks as u16).or_default() += 1;
        }
        let mut places = vec![u32::MAX; log.items.len()];
        let mut items = Vec::new();
        for (item, looks) in looks.iter().enumerate().filter(|(_, looks)| **looks > 0.0) {
            places[item] = items.len() as u32;
            items.push((log.items[item].id.clone(), (looks * PARTS).round().max(1.0) as u64));
        }
        let (mut sums, mut pairs) = (Sums::new(log.items.len()), Vec::new());
        for item in 0..log.items.len() as u32 {
            index.near(item, weights, &of_sessions, &mut sums);
            sums.forget(item);
            let own = pairs.len();
            sums.each(|other, weight: u64, support| {
                pairs.push((places[item as usize], places[other as usize], weight, support.round().max(1.0) as u32));
            });
            pairs[own..].sort_unstable();
        }
        Self { events, lengths: lengths.into_iter().collect(), items, pairs }
    }

    /// Visits that began on the day.
    pub fn sessions(&self) -> u64 {
        self.lengths.iter().map(|(_, sessions)| sessions).sum()
    }

    /// Writes the file under a temporary name, and renames it.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write(&self, path: &Path, key: &Key) -> io::Result<()> {
        let body = postcard::to_allocvec(self).map_err(io::Error::other)?;
        let file = [&MAGIC[..], key, &xxh64(&body, 0).to_le_bytes(), &body].concat();
        let temporary = path.with_extension("partial");
        fs::write(&temporary, file)?;
        fs::File::open(&temporary)?.sync_all()?;
        fs::rename(&temporary, path)
    }

    /// Reads a file with this key. `Ok(None)` if there is none, or if it is another one, cut or changed.
    ///
    /// # Errors
    /// What the file system says.
    pub fn read(path: &Path, key: &Key) -> io::Result<Option<Self>> {
        let length = match fs::metadata(path) {
            Ok(about) => about.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if length > MAX_BYTES {
            return Ok(None);
        }
        let file = fs::read(path)?;
        let is_whole = file.len() >= HEAD
            && file[..MAGIC.len()] == MAGIC
            && file[MAGIC.len()..MAGIC.len() + 32] == key[..]
            && file[HEAD - 8..HEAD] == xxh64(&file[HEAD..], 0).to_le_bytes();
        if !is_whole {
            return Ok(None);
        }
        Ok(postcard::from_bytes::<Self>(&file[HEAD..]).ok().filter(Self::is_sound))
    }

    /// Whether pairs are of its products, and in order.
    fn is_sound(&self) -> bool {
        let count = self.items.len();
        let inside = |(own, other, ..): &(u32, u32, u64, u32)| (*own as usize) < count && (*other as usize) < count;
        self.pairs.iter().all(inside) && self.pairs.is_sorted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::kernel::Kernels;

    #[test]
    fn a_file_comes_back_whole_or_not_at_all() {
        let sessions: Vec<Vec<u32>> =
            (0..40).map(|n: u32| (0..4).map(|at| (n * 7 + at * at * 3) % 20).collect()).collect();
        let day = DaySums::of(&Log::of_items(&sessions), 0..40, &Weights::of(&Kernels::default()));
        assert!(day.sessions() == 40 && day.events == 160 && !day.pairs.is_empty());
        let path = std::env::temp_dir().join(format!("slotwise-day-{}", std::process::id()));
        assert_eq!(DaySums::read(&path, &[1; 32]).unwrap(), None);
        day.write(&path, &[1; 32]).unwrap();
        assert_eq!(DaySums::read(&path, &[1; 32]).unwrap().as_ref(), Some(&day));
        assert_eq!(DaySums::read(&path, &[2; 32]).unwrap(), None, "counted from something else");
        let file = fs::read(&path).unwrap();
        for at in (0..file.len()).step_by(7) {
            let mut flipped = file.clone();
            flipped[at] ^= 0x10;
            fs::write(&path, flipped).unwrap();
            assert_eq!(DaySums::read(&path, &[1; 32]).unwrap(), None, "byte {at}");
            fs::write(&path, &file[..at]).unwrap();
            assert_eq!(DaySums::read(&path, &[1; 32]).unwrap(), None, "cut at {at}");
        }
        fs::remove_file(&path).unwrap();
    }
}
