//! Stickiness: a row the shopper looks at changes only for one that is clearly better.
//!
//! The row is filled a second time around the products it shows now. The fresh row replaces that one only if its
//! score is larger by the plan's stickiness, if it is longer, or if nothing the shopper sees could be kept.

use super::diversity::Taken;
use super::placement::Placement;
use crate::decide::guard::Guard;

/// Keeps what a filled row shows now, unless the fresh row is better by so many thousandths.
pub(super) fn settle<B: AsRef<[u8]>>(placement: &mut Placement<'_, B>, shown: &[&str], stickiness: u16) {
    let (fresh, of_fresh) = placement.restart();
    placement.pin();
    let kept = placement.keep(shown);
    placement.finish();
    let settled = &placement.taken;
    let score = |taken: &[Taken]| taken.iter().map(Taken::net_score).sum::<i32>().max(0) as u64;
    // Scores are sums over places, so a row of equal length can be compared with one threshold. The threshold is relative:
    // the plan's author thinks in percent, not in points.
    let better = score(&fresh) * 1000 > score(settled) * (1000 + u64::from(stickiness));
    let stands = |one: &Taken| settled.iter().any(|other| (one.item, one.place) == (other.item, other.place));
    if better || kept == 0 || fresh.len() > settled.len() || fresh.iter().all(stands) {
        (placement.taken, placement.tally) = (fresh, of_fresh);
    } else {
        (0..kept).for_each(|_| placement.tally.add(Guard::Stickiness));
    }
}
