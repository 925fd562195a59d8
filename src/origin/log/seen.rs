//! Which event ids have arrived: today and yesterday, so for 24 hours at least.
//!
//! An id is held as a hash of 64 bits, keyed at random in each process: nobody can send ids that collide on purpose.
//! Among 50 million ids, one new event in 370 billion is taken for a repeated one.
//!
//! Memory is bounded. Ids are held in generations of at most 7.3 million; a new day begins a new one. A full generation
//! takes 76 MB, 10 bytes an id; the eighth makes the oldest one go, whatever its day.

use crate::log::Day;
use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

/// Ids of a generation: a hash table of 2^23 places is then full.
const GENERATION: usize = (1 << 23) / 8 * 7;
/// Generations.
const GENERATIONS: usize = 7;

/// A number that is a hash already.
#[derive(Default)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash << 8 | u64::from(*byte));
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

/// A set of hashes.
pub(super) type Hashes = HashSet<u64, BuildHasherDefault<Hashed>>;

struct Generation {
    day: Day,
    hashes: Hashes,
}

/// Event ids that have arrived, with the days on which they did.
pub(super) struct SeenIds {
    key: RandomState,
    /// Oldest first.
    generations: VecDeque<Generation>,
    /// Most ids of a generation.
    size: usize,
}

impl SeenIds {
    /// No ids.
    pub(super) fn new() -> Self {
        Self::sized(GENERATION)
    }

    fn sized(size: usize) -> Self {
        Self { key: RandomState::new(), generations: VecDeque::new(), size }
    }

    /// The hash by which an id is known here; `None` for an empty id, which is no id.
    pub(super) fn hash(&self, id: &str) -> Option<u64> {
        (!id.is_empty()).then(|| self.key.hash_one(id))
    }

    /// Whether an id has arrived.
    pub(super) fn contains(&self, hash: u64) -> bool {
        self.generations.iter().any(|generation| generation.hashes.contains(&hash))
    }

    /// Remembers an id of a day. Returns whether it is new.
    pub(super) fn add(&mut self, day: Day, hash: u64) -> bool {
        if self.contains(hash) {
            return false;
        }
        match self.generations.back_mut() {
            Some(newest) if newest.day == day && newest.hashes.len() < self.size => {
                newest.hashes.insert(hash);
            }
            _ => {
                self.generations.push_back(Generation { day, hashes: std::iter::once(hash).collect() });
                if self.generations.len() > GENERATIONS {
                    self.generations.pop_front();
                }
            }
        }
        true
    }

    /// Forgets ids that are older than the day before this one.
    pub(super) fn begin(&mut self, day: Day) {
        self.generations.retain(|generation| generation.day >= day.before(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_today_and_tomorrow_and_forgotten_on_the_day_after() {
        let mut seen = SeenIds::new();
        let day = Day::of_ms(1_795_296_601_000);
        let id = seen.hash("a").unwrap();
        assert!(seen.add(day, id) && !seen.add(day, id));
        seen.begin(day.next());
        assert!(!seen.add(day.next(), id));
        seen.begin(day.next().next());
        assert!(seen.add(day.next().next(), id));
        assert_eq!(seen.hash(""), None);
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_ids_go_first() {
        let mut seen = SeenIds::sized(10);
        let day = Day::of_ms(0);
        let hashes: Vec<u64> = (0..100).map(|number| seen.hash(&number.to_string()).unwrap()).collect();
        for hash in &hashes {
            assert!(seen.add(day, *hash));
        }
        assert!(hashes[..30].iter().all(|hash| !seen.contains(*hash)));
        assert!(hashes[30..].iter().all(|hash| seen.contains(*hash)));
    }
}
