//! Ranges and defaults of the plan file's numbers.
//!
//! The reader and the published schema both take them from here, so that an editor and `slotwise check` agree.

use crate::snapshot::plan::{BUNDLE_ITEMS, MAX_ITEMS};
use std::ops::RangeInclusive;

/// A number of the plan file.
pub(super) struct Limit {
    /// What it may be.
    pub(super) range: RangeInclusive<f64>,
    /// Its value if the file does not set it.
    pub(super) unset: f64,
}

const fn limit(least: f64, most: f64, unset: f64) -> Limit {
    Limit { range: least..=most, unset }
}

/// Share of the visits that are held out. Not 0 by default: without a holdout nobody can say what the engine is worth.
pub(super) const HOLDOUT: Limit = limit(0.0, 0.5, 0.05);
/// Minutes by which the shop's clocks are ahead of UTC: 14 hours cover every time zone.
pub(super) const UTC_OFFSET: Limit = limit(-840.0, 840.0, 0.0);
/// Smallest uplift of the purchase probability for which an offer is made. Offers cost margin, so a gain of less than a
/// point is not worth one unless the plan says so.
pub(super) const LEAST_UPLIFT: Limit = limit(0.0, 1.0, 0.01);
/// Lowest price that is shown, in the currency's units.
pub(super) const PRICE_FLOOR: Limit = limit(0.0, 1e7, 0.0);
/// Share of the visit's attention that a variant's categories must hold.
pub(super) const MINIMUM_SHARE: Limit = limit(0.0, 1.0, 0.4);
/// How much better something else must be to replace what is shown.
pub(super) const STICKINESS: Limit = limit(0.0, 1.0, 0.1);
/// Weight of dissimilarity to the products before, as in maximal marginal relevance; 0 ranks by score alone.
pub(super) const DIVERSITY: Limit = limit(0.0, 1.0, 0.0);
/// Share of the attention from which on a category is an interest.
pub(super) const INTEREST: Limit = limit(0.0, 1.0, 0.3);
/// Factor of a boost.
pub(super) const BOOST: Limit = limit(0.0, 10.0, 1.0);
/// Lower bound of a measure.
pub(super) const FROM: Limit = limit(-1.0, 1.0, -1.0);
/// Upper bound of a measure.
pub(super) const TO: Limit = limit(-1.0, 1.0, 1.0);
/// Share of an arm or of a strategy.
pub(super) const SHARE: Limit = limit(0.0, 1.0, 0.0);

/// A whole number of the plan file, as [`Limit`].
pub(super) struct Count {
    pub(super) range: RangeInclusive<u64>,
    pub(super) unset: u64,
}

const fn count(least: u64, most: u64, unset: u64) -> Count {
    Count { range: least..=most, unset }
}

/// Product events a visit must have before anything changes. A session remembers sixteen.
pub(super) const MINIMUM_EVIDENCE: Count = count(0, 16, 1);
/// On how many pages of a visit the same content may be seen; 0 is no limit.
pub(super) const MOST_SHOWN: Count = count(0, 255, 0);
/// Products of a row.
pub(super) const LIMIT: Count = count(1, MAX_ITEMS as u64, 8);
/// Least products of a row; not above its `limit`.
pub(super) const AT_LEAST: Count = count(1, MAX_ITEMS as u64, 1);
/// Most products of one category or brand in a row; 0 is no limit.
pub(super) const CAP: Count = count(0, MAX_ITEMS as u64, 0);
/// Places kept for a strategy.
pub(super) const RESERVE: Count = count(0, MAX_ITEMS as u64, 0);
/// Products that complete another one to a bundle; 0 for none.
pub(super) const COMPLEMENTS: Count = count(0, (*BUNDLE_ITEMS.end() - 1) as u64, 0);
/// Place of a pinned product; not above the row's `limit`.
pub(super) const PLACE: Count = count(1, MAX_ITEMS as u64, 1);
/// Least number of events of a kind.
pub(super) const EVENTS: Count = count(1, 1000, 1);
