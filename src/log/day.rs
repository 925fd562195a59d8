//! A day of UTC.

use super::time;
use std::fmt;
use std::str::FromStr;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A day of UTC: the number of days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(u32);

impl Day {
    /// The day of a moment, in milliseconds since 1970.
    pub fn of_ms(ms: u64) -> Self {
        Self((ms / DAY_MS) as u32)
    }

    /// When it begins, in milliseconds since 1970.
    pub fn begin_ms(self) -> u64 {
        u64::from(self.0) * DAY_MS
    }

    /// The days since 1970-01-01.
    pub fn number(self) -> u64 {
        u64::from(self.0)
    }

    /// The day this many days before.
    #[must_use]
    pub fn before(self, days: u32) -> Self {
        Self(self.0.saturating_sub(days))
    }

    /// The day after.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Writes `2026-11-21` (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Years begin in March, so that a leap day is the last one.
        let since = self.0 + 719_468;
        let (era, of_era) = (since / 146_097, since % 146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + u32::from(month <= 2);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let day = time::parse(&format!("{text}T00:00:00Z")).map(Self::of_ms);
        // A date that does not exist, such as February 30, comes out as another one.
        day.filter(|day| day.to_string() == text)
            .ok_or_else(|| format!("\"{text}\" is no date, expected one such as 2026-11-21"))
    }
}

/// A moment as `2026-11-21 10:00:00`, in UTC.
pub fn time_text(ms: u64) -> String {
    let secs = ms % DAY_MS / 1000;
    format!("{} {:02}:{:02}:{:02}", Day::of_ms(ms), secs / 3600, secs / 60 % 60, secs % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_two_centuries_is_read_as_it_is_written() {
        for number in 0..73_000 {
            let day = Day(number);
            assert_eq!(day.to_string().parse(), Ok(day));
        }
        assert_eq!(time_text(1_795_296_601_000), "2026-11-21 21:30:01");
        for bad in ["2026-02-29", "2026-11-1", "26-11-01", "2026-11-21 ", "today", ""] {
            assert!(bad.parse::<Day>().is_err(), "{bad}");
        }
    }
}
