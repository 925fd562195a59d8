//! Audiences and schedules: conditions on intent and context, and when something is active.
//!
//! All conditions of a plan stand in one list. A compound condition refers only to conditions before it, so one pass
//! evaluates them all, and none can be circular.

use crate::context::{Context, LocalTime};
use crate::wire::{Read, Reader, readable};
use alloc::vec::Vec;

/// A condition on a visit. A condition on something unknown is false.
///
/// The region is missing on purpose: reports use it, decisions never do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub enum Condition {
    /// All of these conditions hold, by number.
    All(Vec<u16>),
    /// At least one of these conditions holds, by number.
    Any(Vec<u16>),
    /// This condition does not hold, by number.
    Not(u16),
    /// The traffic source is one of these; one bit each.
    Source(u8),
    /// The device is one of these; one bit each.
    Device(u8),
    /// The stage of the visit is one of these; one bit each.
    Stage(u8),
    /// The price band of the viewed products is one of these; one bit each.
    PriceBand(u8),
    /// The campaign is this one ([`key_of`](crate::context::key_of)).
    Campaign(u16),
    /// The landing page is this one ([`landing_of`](crate::context::landing_of)).
    Landing(u16),
    /// These categories have at least this share of the affinity, in thousandths.
    Interest(Vec<u16>, u16),
    /// An intent score lies within these bounds, in thousandths.
    Within(Measure, i32, i32),
    /// At least this many events of this kind have happened.
    Events(u8, u16),
    /// The schedule is active.
    Now(Schedule),
}

/// Intent scores, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub enum Measure {
    /// Probability of a purchase.
    Purchase,
    /// Probability of an add-to-cart.
    Cart,
    /// Probability that the visit ends after the current step.
    Exit,
    /// Price sensitivity.
    PriceSensitivity,
    /// Uplift of the purchase probability by an offer.
    Incentive,
}

impl Read for Condition {
    fn read(from: &mut Reader<'_>) -> Self {
        match from.number() {
            0 => Self::All(Vec::read(from)),
            1 => Self::Any(Vec::read(from)),
            2 => Self::Not(u16::read(from)),
            3 => Self::Source(from.byte()),
            4 => Self::Device(from.byte()),
            5 => Self::Stage(from.byte()),
            6 => Self::PriceBand(from.byte()),
            7 => Self::Campaign(u16::read(from)),
            8 => Self::Landing(u16::read(from)),
            9 => Self::Interest(Vec::read(from), u16::read(from)),
            10 => Self::Within(Measure::read(from), i32::read(from), i32::read(from)),
            11 => Self::Events(from.byte(), u16::read(from)),
            12 => Self::Now(Schedule::read(from)),
            _ => {
                from.refuse();
                Self::Any(Vec::new())
            }
        }
    }
}

readable! { enum Measure { Purchase, Cart, Exit, PriceSensitivity, Incentive } }
readable! { struct Schedule { from, until, hours, weekdays, months } }

impl Measure {
    /// All scores with their names in the plan file.
    pub const ALL: [(&'static str, Self); 5] = [
        ("purchase", Self::Purchase),
        ("cart", Self::Cart),
        ("exit", Self::Exit),
        ("price_sensitivity", Self::PriceSensitivity),
        ("incentive", Self::Incentive),
    ];
}

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
    let minutes = (now_ms / 60_000) as i64 + i64::from(offset_minutes);
    let day = minutes.div_euclid(1440) + 719_468;
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    // March is 0 here.
    (((5 * of_year + 2) / 153 + 2) % 12) as u8
}

impl Condition {
    /// Whether it refers only to conditions before its own number.
    pub fn is_sound(&self, own: usize) -> bool {
        let before = |number: &u16| usize::from(*number) < own;
        match self {
            Self::All(all) | Self::Any(all) => all.iter().all(before),
            Self::Not(one) => before(one),
            _ => true,
        }
    }

    /// Whether a visit with this context meets it; `None` if the context alone does not tell.
    pub fn of_context(&self, context: &Context) -> Option<bool> {
        Some(match self {
            Self::Source(bits) => bits >> context.source as u8 & 1 == 1,
            Self::Device(bits) => bits >> context.device as u8 & 1 == 1,
            Self::Campaign(key) => context.campaign == *key,
            Self::Landing(key) => context.landing == *key,
            _ => return None,
        })
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
