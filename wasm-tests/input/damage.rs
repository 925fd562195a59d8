//! Damage at random, the same for the same seed.

/// A copy with a few bytes changed, left out or doubled (numbers by Vigna's `SplitMix64`).
pub(crate) fn damaged(bytes: &[u8], seed: &mut u64) -> Vec<u8> {
    let mut below = |bound: usize| {
        *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 31)) as usize % bound.max(1)
    };
    let mut copy = bytes.to_vec();
    for _ in 0..=below(4) {
        let (at, len) = (below(copy.len()), below(9));
        let until = (at + len).min(copy.len());
        match below(8) {
            0 => drop(copy.drain(at..until)),
            1 => copy.extend_from_within(at..until),
            _ => {
                if let Some(byte) = copy.get_mut(at) {
                    *byte = below(256) as u8;
                }
            }
        }
    }
    copy
}
