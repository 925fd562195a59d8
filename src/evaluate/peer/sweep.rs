//! The choice of parameters on held-out prefixes.
//!
//! Coordinate by coordinate from the published setting: a full grid over four parameters would cost hundreds of runs,
//! and a setting is only ever left for one that does better on the validation prefixes.

use std::cell::RefCell;

use super::interface::Peer;
use super::scratch::Scratch;

/// The length of the lists scored, as in the papers.
const LIST_LENGTH: usize = 20;

/// Prefixes with the items that followed them.
pub(super) struct Validation<'sessions> {
    cases: Vec<(&'sessions [u32], u32)>,
    scratch: RefCell<(Scratch, Vec<u32>)>,
}

impl<'sessions> Validation<'sessions> {
    /// Takes at most `limit` prefixes, evenly over all prefixes of the sessions.
    pub(super) fn of(sessions: &'sessions [Vec<u32>], limit: usize, items: usize) -> Self {
        let every: Vec<_> =
            sessions.iter().flat_map(|session| (1..session.len()).map(|end| (&session[..end], session[end]))).collect();
        let kept = limit.min(every.len());
        let cases = (0..kept).map(|place| every[place * every.len() / kept]).collect();
        Self { cases, scratch: RefCell::new((Scratch::new(items), Vec::new())) }
    }

    /// Recall plus mean reciprocal rank of a method, both at 20.
    pub(super) fn quality(&self, peer: &dyn Peer) -> f64 {
        let (scratch, out) = &mut *self.scratch.borrow_mut();
        let gain = |&(prefix, next): &(&[u32], u32)| {
            peer.recommend(prefix, LIST_LENGTH, scratch, out);
            out.iter().position(|&item| item == next).map_or(0.0, |rank| 1.0 + 1.0 / (rank + 1) as f64)
        };
        self.cases.iter().map(gain).sum::<f64>() / self.cases.len().max(1) as f64
    }
}

/// From one setting, the settings that differ from it in one parameter.
pub(super) type Axis<P> = Box<dyn Fn(&P) -> Vec<P>>;

/// The axis of one parameter with the values to try.
pub(super) fn along<P: Clone + 'static, V: Copy + 'static>(values: &[V], set: fn(&mut P, V)) -> Axis<P> {
    let values = values.to_vec();
    Box::new(move |start| {
        let with = |&value: &V| {
            let mut changed = start.clone();
            set(&mut changed, value);
            changed
        };
        values.iter().map(with).collect()
    })
}

/// Walks the axes in turn from `start`, twice since parameters depend on one another, and keeps whatever does better.
/// Of equal settings the earlier stays.
pub(super) fn coordinate_wise<P>(start: P, axes: &[Axis<P>], quality: impl Fn(&P) -> f64) -> P {
    let mut best_quality = quality(&start);
    let mut best = start;
    for axis in axes.iter().chain(axes) {
        for candidate in axis(&best) {
            let reached = quality(&candidate);
            if reached > best_quality {
                (best, best_quality) = (candidate, reached);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Constant(Vec<u32>);

    impl Peer for Constant {
        fn recommend(&self, _: &[u32], _: usize, _: &mut Scratch, out: &mut Vec<u32>) {
            out.clone_from(&self.0);
        }
    }

    #[test]
    fn quality_is_recall_plus_reciprocal_rank() {
        let sessions = [vec![1, 2, 3], vec![5]];
        let validation = Validation::of(&sessions, 10, 6);
        // Next items 2 (second place) and 3 (missed).
        let reached = validation.quality(&Constant(vec![4, 2]));
        assert!((reached - 0.75).abs() < 1e-9, "{reached}");
    }

    #[test]
    fn prefixes_are_taken_evenly_over_the_sessions() {
        let sessions: Vec<Vec<u32>> = (0..10).map(|item| vec![item, item + 1]).collect();
        let validation = Validation::of(&sessions, 5, 20);
        assert_eq!(validation.cases.iter().map(|case| case.1).collect::<Vec<_>>(), [1, 3, 5, 7, 9]);
    }

    #[test]
    fn the_walk_finds_the_best_value_of_each_axis() {
        let axes: [Axis<(i32, i32)>; 2] =
            [along(&[1, 2, 3], |at, value| at.0 = value), along(&[7, 9], |at, value| at.1 = value)];
        assert_eq!(coordinate_wise((0, 8), &axes, |at| f64::from(-(at.0 - 2).abs() - (at.1 - 8).abs())), (2, 8));
    }
}
