//! For whom, and when: conditions on intent and context, schedules and seasons.
//!
//! A plan's conditions stand in one list, and one that is made of others names only those before it; so
//! they are evaluated in one pass, and none can be circular.

use crate::context::{Context, LocalTime};
use crate::wire::{Read, Reader, readable};
use alloc::vec::Vec;

/// Something that is true of a visit or not. What is unknown is not true.
///
/// There is none on the region: it is reported on, never decided by.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub enum Condition {
    /// All of these, by number.
    All(Vec<u16>),
    /// Any of these, by number.
    Any(Vec<u16>),
    /// Not this one, by number.
    Not(u16),
    /// The visit came from one of these sources; a bit each.
    Source(u8),
    /// The page is shown on one of these devices; a bit each.
    Device(u8),
    /// The visit is at one of these stages; a bit each.
    Stage(u8),
    /// It looks at one of these price bands; a bit each.
    PriceBand(u8),
    /// It came by this campaign ([`key_of`](crate::context::key_of)).
    Campaign(u16),
    /// It began on this page ([`landing_of`](crate::context::landing_of)).
    Landing(u16),
    /// These categories hold at least so many thousandths of its attention.
    Interest(Vec<u16>, u16),
    /// A measure of its intent lies within these bounds, in thousandths.
    Within(Measure, i32, i32),
    /// So many events of this kind or more have happened.
    Events(u8, u16),
    /// The schedule is on.
    Now(Schedule),
}

/// Measures of intent, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub enum Measure {
    /// Chance of a purchase.
    Purchase,
    /// Chance of something going into the cart.
    Cart,
    /// Chance that the visit ends here.
    Exit,
    /// How much price matters.
    PriceSensitivity,
    /// How much an offer would raise the chance of a purchase.
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
    /// Every measure with its name in the plan file.
    pub const ALL: [(&'static str, Self); 5] = [
        ("purchase", Self::Purchase),
        ("cart", Self::Cart),
        ("exit", Self::Exit),
        ("price_sensitivity", Self::PriceSensitivity),
        ("incentive", Self::Incentive),
    ];
}

/// When something is on, by the clocks of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Schedule {
    /// From this moment on, in seconds since 1970.
    pub from: u32,
    /// Until this moment, in seconds since 1970, itself left out.
    pub until: u32,
    /// In these hours; a bit each, midnight's the lowest.
    pub hours: u32,
    /// On these days; a bit each, Monday's the lowest.
    pub weekdays: u8,
    /// In these months; a bit each, January's the lowest.
    pub months: u16,
}

impl Schedule {
    /// Always on.
    pub const ALWAYS: Self =
        Self { from: 0, until: u32::MAX, hours: (1 << 24) - 1, weekdays: (1 << 7) - 1, months: (1 << 12) - 1 };

    /// Whether it is on, where clocks are `offset_minutes` ahead of UTC.
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
    /// Whether it names only conditions before its own number.
    pub fn is_sound(&self, own: usize) -> bool {
        let before = |number: &u16| usize::from(*number) < own;
        match self {
            Self::All(all) | Self::Any(all) => all.iter().all(before),
            Self::Not(one) => before(one),
            _ => true,
        }
    }

    /// Whether a visit with this context fulfils it; `None` where the context cannot tell.
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
