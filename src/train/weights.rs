//! What each pair of a log weighs, as a whole number.
//!
//! Sums of floating-point numbers depend on their order, and engines count in whatever order suits them: threads, a database,
//! a cluster. Sums of whole numbers do not, so all of them come to the same rows, bit by bit. A pair weighs the product of three
//! whole numbers, each from a table that the [`Kernels`] give:
//!
//! - [`Weights::near`]: distance, direction, and whether the neighbour was put into the cart or bought; 1 is 2^12
//! - [`Weights::ages`]: how old the session is, in 1,024ths of the log; 1 is 2^14
//! - [`Weights::stays`]: how many clicks the session has; 1 is 2^10
//!
//! A pair as heavy as can be has 2^41, so that four million of them are within 63 bits, and more saturate.

use super::kernel::Kernels;

/// Pairs further apart than this say nothing.
pub const REACH: usize = 12;
/// Parts of a log's time by which sessions are told apart.
pub const AGES: usize = 1024;
/// Clicks of a session that make a difference: no person's session has more.
pub const CLICKS: usize = 300;
/// What the weights of 1 multiply to.
pub const ONE: f64 = (1_u64 << (NEAR + AGE + STAY)) as f64;

/// What a weight of 1 is in [`Weights::near`].
pub const NEAR_ONE: f64 = (1_u64 << NEAR) as f64;

const NEAR: u32 = 12;
const AGE: u32 = 14;
const STAY: u32 = 10;

/// The tables of weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    /// By distance, from 1 on: of a neighbour that comes later, of one that came before; each a look, or a deed.
    pub near: [[[u64; 2]; 2]; REACH],
    /// By age, 0 the newest.
    pub ages: Vec<u64>,
    /// By clicks, from 1 on.
    pub stays: Vec<u64>,
}

impl Weights {
    /// The tables of kernels.
    pub fn of(kernels: &Kernels) -> Self {
        let whole = |weight: f64, bits: u32| (weight * f64::from(1_u32 << bits)).round() as u64;
        let near = |distance: usize| {
            let near = (-kernels.decay * distance as f64).exp();
            [1.0, kernels.backward].map(|way| [1.0, kernels.deed].map(|deed| whole(near * way * deed, NEAR)))
        };
        let age = |age: usize| whole((-kernels.age * age as f64 / AGES as f64).exp(), AGE);
        let stay = |clicks: usize| whole((clicks as f64).powf(-kernels.stay), STAY);
        Self {
            near: std::array::from_fn(near),
            ages: (0..=AGES).map(age).collect(),
            stays: (1..=CLICKS).map(stay).collect(),
        }
    }

    /// The same for sums whose age is not decided yet: an age weighs 1 instead of 2^14.
    #[must_use]
    pub fn without_age(&self) -> Self {
        Self { ages: vec![1; AGES + 1], ..self.clone() }
    }

    /// The weight of a session of an age, with so many clicks.
    pub fn session(&self, age: u16, clicks: usize) -> u64 {
        self.ages[usize::from(age)] * self.stays[clicks.clamp(1, CLICKS) - 1]
    }
}

/// The age of a session that began so many milliseconds before the newest event of a log that covers so many. The quotient of
/// two whole numbers is rounded alike everywhere.
pub fn age(before_newest: u64, span: u64) -> u16 {
    (before_newest as f64 * AGES as f64 / span.max(1) as f64).floor().min(AGES as f64) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_as_near_to_the_kernels_as_it_takes() {
        let kernels = Kernels { backward: 0.5, decay: 0.6, age: 1.0, stay: 0.1, deed: 2.0, ..Kernels::default() };
        let weights = Weights::of(&kernels);
        assert_eq!(weights.near[0], [[1 << NEAR, 2 << NEAR], [1 << (NEAR - 1), 1 << NEAR]]);
        let pair = weights.near[2][0][0] * weights.session(512, 4);
        let exact = (-1.2_f64).exp() * (-0.5_f64).exp() * 4_f64.powf(-0.1);
        assert!((pair as f64 / ONE / exact - 1.0).abs() < 1e-3);
        assert_eq!((age(0, 0), age(5, 10), age(10, 10), age(11, 10)), (0, 512, 1024, 1024));
        assert_eq!(weights.session(0, 0), weights.session(0, 1));
    }

    #[test]
    fn four_million_of_the_heaviest_pairs_have_room() {
        let mut kernels = Kernels { age: 0.0, stay: 0.0, decay: 0.0, ..Kernels::default() };
        for dial in [0, 9] {
            let (_, value, largest) = &mut kernels.dials()[dial];
            **value = *largest;
        }
        let weights = Weights::of(&kernels);
        let heaviest = weights.near[0][1][1] * weights.session(0, 1);
        assert!(heaviest.checked_mul(4_000_000).is_some_and(|sum| i64::try_from(sum).is_ok()));
    }
}
