//! Audiences and schedules: conditions on intent and context, and when something is active.
//!
//! All conditions of a plan stand in one list. One that counts others refers only to conditions before it, so one pass
//! evaluates them all, and none can be circular. "All of these" is a count of all, "none of these" a count of 0.

use crate::context::{LocalTime, local_minutes};
use crate::wire::{Read, Reader, readable};
use alloc::vec::Vec;

/// A condition on a visit. A condition on something unknown is false.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub enum Condition {
    /// A fact lies within these bounds, both included. The list says what the fact is about, where it needs to.
    Fact(Fact, Vec<u16>, i32, i32),
    /// The schedule is active.
    Now(Schedule),
}

/// What conditions ask about a visit, as a whole number.
///
/// The region is missing on purpose: reports use it, decisions never do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub enum Fact {
    /// How many of the listed conditions hold.
    Hold,
    /// The share of the affinity that the listed categories have, in thousandths.
    Interest,
    /// How many events of the listed kind have happened.
    Events,
    /// The number of the traffic source.
    Source,
    /// The number of the device.
    Device,
    /// The campaign ([`key_of`](crate::context::key_of)).
    Campaign,
    /// The landing page ([`landing_of`](crate::context::landing_of)).
    Landing,
    /// The number of the visit's stage. The facts up to the incentive are the intent scores, in the order in which they are listed.
    Stage,
    /// Probability of a purchase, in thousandths.
    Purchase,
    /// Probability of an add-to-cart, in thousandths.
    Cart,
    /// Probability that the visit ends after the current step, in thousandths.
    Exit,
    /// Price sensitivity, in thousandths.
    PriceSensitivity,
    /// The number of the price band of the viewed products.
    PriceBand,
    /// By how many thousandths an offer would raise the probability of a purchase.
    Incentive,
    /// How many of the listed segments a caller states of the visitor ([`key_of`](crate::context::key_of) of each name).
    Segment,
}

impl Fact {
    /// The number of an intent score; `None`, or one behind the last score, for other facts.
    pub fn score(self) -> Option<usize> {
        (self as usize).checked_sub(Self::Stage as usize)
    }
}

impl Read for Condition {
    fn read(from: &mut Reader<'_>) -> Self {
        match from.number() {
            0 => Self::Fact(Fact::read(from), Vec::read(from), i32::read(from), i32::read(from)),
            1 => Self::Now(Schedule::read(from)),
            _ => {
                from.refuse();
                Self::Now(Schedule::ALWAYS)
            }
        }
    }
}

readable! {
    enum Fact {
        Hold, Interest, Events, Source, Device, Campaign, Landing, Stage, Purchase, Cart, Exit, PriceSensitivity, PriceBand,
        Incentive, Segment,
    }
}
readable! { struct Schedule { from, until, hours, weekdays, months } }

/// A schedule in the store's local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Schedule {
    /// Start, in seconds since 1970.
    pub from: u32,
    /// End (exclusive), in seconds since 1970.
    pub until: u32,
    /// Active hours, one bit each; the hour after midnight is the lowest bit.
    pub hours: u32,
    /// Active weekdays, one bit each; Monday is the lowest bit.
    pub weekdays: u8,
    /// Active months, one bit each; January is the lowest bit.
    pub months: u16,
}

impl Schedule {
    /// Always active.
    pub const ALWAYS: Self =
        Self { from: 0, until: u32::MAX, hours: (1 << 24) - 1, weekdays: (1 << 7) - 1, months: (1 << 12) - 1 };

    /// Whether it is active at a time, in a zone `offset_minutes` ahead of UTC.
    pub fn is_on(&self, now_ms: u64, offset_minutes: i32) -> bool {
        let secs = u32::try_from(now_ms / 1000).unwrap_or(u32::MAX);
        let time = LocalTime::from_ms(now_ms, offset_minutes);
        (self.from..self.until).contains(&secs)
            && self.hours >> time.hour & 1 == 1
            && self.weekdays >> time.weekday & 1 == 1
            && self.months >> month(now_ms, offset_minutes) & 1 == 1
    }
}

/// The month (0 is January) by Hinnant's `civil_from_days`.
pub fn month(now_ms: u64, offset_minutes: i32) -> u8 {
    let day = local_minutes(now_ms, offset_minutes) / 1440;
    let of_era = day % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    // March is 0 here.
    (((5 * of_year + 2) / 153 + 2) % 12) as u8
}

impl Condition {
    /// Whether it refers only to conditions with lower numbers than its own, and to categories that exist.
    pub fn is_sound(&self, own: usize, is_category: &dyn Fn(&[u16]) -> bool) -> bool {
        match self {
            Self::Fact(Fact::Hold, conditions, ..) => conditions.iter().all(|number| usize::from(*number) < own),
            Self::Fact(Fact::Interest, categories, ..) => is_category(categories),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_on_their_first_day() {
        // 2024-02-29 23:59 UTC, a minute later, and the last minute of 1999.
        assert_eq!(month(1_709_251_140_000, 0), 1);
        assert_eq!(month(1_709_251_200_000, 0), 2);
        assert_eq!(month(1_709_251_140_000, 1), 2);
        assert_eq!(month(946_684_740_000, 0), 11);
        assert_eq!(month(946_684_800_000, 0), 0);
        assert_eq!(month(0, 0), 0);
    }

    #[test]
    fn a_schedule_is_on_by_the_clocks_of_the_store() {
        // A Tuesday in November, 22:13 UTC.
        let now = 1_700_000_000_000;
        let evening = Schedule { hours: 1 << 22, weekdays: 1 << 1, months: 1 << 10, ..Schedule::ALWAYS };
        assert!(evening.is_on(now, 0) && !evening.is_on(now, 60) && !evening.is_on(now, 120));
        let over = Schedule { until: 1_700_000_000, ..Schedule::ALWAYS };
        assert!(!over.is_on(now, 0) && over.is_on(now - 1000, 0));
    }
}
