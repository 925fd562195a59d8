//! Hashes: keys of products and categories, draws, digests of sessions.
//!
//! One small mixer serves them all, because every shopper downloads it: xxHash64 would take 0.8 kB. The texts are short, so it
//! takes them byte by byte. Checksums of whole snapshots are another matter: they are xxHash64, and browsers take none.
//!
//! A hash here protects from chance, not from forgers: nothing that must not be forged rests on it.
//!
//! Invariants: the same everywhere and for ever, because snapshots, tokens and logs store hashes. [`mix`] maps no two words to
//! the same one, so texts of up to one byte never collide, and longer ones of equal length only by chance.

/// Mixes a word so that every bit of it changes about half of the bits of the result: the finalizer of splitmix64 (Steele,
/// Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014). 0 stays 0.
#[inline(never)]
pub fn mix(mut word: u64) -> u64 {
    for (shift, factor) in [(30, 0xbf58_476d_1ce4_e5b9), (27, 0x94d0_49bb_1331_11eb)] {
        word = (word ^ word >> shift).wrapping_mul(factor);
    }
    word ^ word >> 31
}

/// The hash of some bytes. Each seed makes another function of it.
#[inline(never)]
pub fn hash(bytes: &[u8], seed: u64) -> u64 {
    // Seed 0 is the usual one. Turned over, it does not begin at 0, where zeros in front would change nothing.
    bytes.iter().fold(mix(!seed), |state, byte| mix(state ^ u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn it_is_the_finalizer_that_it_says() {
        // The first three numbers of splitmix64 from seed 0, as its authors publish them.
        let step = |number: u64| mix(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(number));
        assert_eq!([1, 2, 3].map(step), [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]);
    }

    #[test]
    fn texts_that_are_much_alike_have_different_hashes_in_every_part() {
        let texts = (0..200_000).map(|number| format!("SKU-{number}")).chain((0..99).map(|len| "\0".repeat(len)));
        let hashes: Vec<u64> = texts.map(|text| hash(text.as_bytes(), 0)).collect();
        // Of 2^40, chance alone would let two of so many meet once in 50 times: 200,000^2 / 2^41.
        for shift in [0, 12, 24] {
            let parts: HashSet<u64> = hashes.iter().map(|hash| hash >> shift & ((1 << 40) - 1)).collect();
            assert_eq!(parts.len(), hashes.len(), "from bit {shift}");
        }
        assert_ne!(hash(b"a", 0), hash(b"a", 1));
    }

    #[test]
    fn every_bit_of_a_text_and_of_the_seed_changes_half_of_the_hash() {
        let text = *b"home.hero";
        for bit in 0..text.len() * 8 + 64 {
            let mut changed = 0;
            for trial in 0..400_u64 {
                let mut other = text;
                let mut seed = trial;
                if let Some(byte) = other.get_mut(bit / 8) {
                    *byte ^= 1 << (bit % 8);
                } else {
                    seed ^= 1 << (bit - text.len() * 8);
                }
                changed += (hash(&text, trial) ^ hash(&other, seed)).count_ones();
            }
            let mean = f64::from(changed) / 400.0;
            assert!((mean - 32.0).abs() < 1.5, "bit {bit}: {mean}");
        }
    }
}
