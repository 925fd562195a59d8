//! Schedules and seasons of the plan file: dates, hours, weekdays and months.
//!
//! Compiled to two instants and three bit sets, so that a host answers "is it on?" without knowing a calendar.

use super::check::{Check, below};
use crate::log::time;
use crate::snapshot::plan::Schedule;
use serde_json::Value;

/// Weekdays, by number.
pub(super) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Months, by number.
pub(super) const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The months of a season, as bits.
pub(super) fn months(check: &mut Check<'_>, path: &str, value: &Value) -> u16 {
    match value.get("months") {
        None => Schedule::ALWAYS.months,
        Some(found) => check.words(&below(path, "months"), found, &MONTHS).unwrap_or_default() as u16,
    }
}

/// The schedule of an object: always, if it has none.
pub(super) fn schedule(check: &mut Check<'_>, path: &str, value: &Value) -> Schedule {
    let Some(value) = value.get("schedule") else { return Schedule::ALWAYS };
    let path = below(path, "schedule");
    if check.object(value, &path, &["from", "until", "hours", "weekdays", "months"]).is_none() {
        return Schedule::ALWAYS;
    }
    let (from, until) = (instant(check, &path, value, "from", 0), instant(check, &path, value, "until", u32::MAX));
    if from >= until {
        check.say(&path, Some(value), "an end after the beginning");
    }
    let hours = hours(check, &path, value);
    let weekdays = match value.get("weekdays") {
        None => Schedule::ALWAYS.weekdays,
        Some(found) => check.words(&below(&path, "weekdays"), found, &DAYS).unwrap_or_default() as u8,
    };
    Schedule { from, until, hours, weekdays, months: months(check, &path, value) }
}

/// A date or an instant, in seconds since 1970. A date without a time begins at midnight in the shop's time zone, which is
/// what a merchandiser means by it; an instant states its own.
fn instant(check: &mut Check<'_>, path: &str, value: &Value, key: &str, unset: u32) -> u32 {
    let Some(found) = value.get(key) else { return unset };
    let text = found.as_str().unwrap_or_default();
    let is_date = text.len() == 10;
    let whole = if is_date { format!("{text} 00:00:00 UTC") } else { text.to_owned() };
    let Some(ms) = time::parse(&whole).filter(|_| !text.is_empty()) else {
        let expected = "a date such as 2026-11-27, or a moment such as 2026-11-27T08:00:00Z";
        check.say(&below(path, key), Some(found), expected);
        return unset;
    };
    let ahead = if is_date { i64::from(check.plan.utc_offset) * 60 } else { 0 };
    u32::try_from((ms / 1000) as i64 - ahead).unwrap_or(unset)
}

/// The hours of a day from the first (inclusive) to the second (exclusive), as bits. They may go past midnight: `[22, 2]`
/// are the hours 22, 23, 0 and 1.
fn hours(check: &mut Check<'_>, path: &str, value: &Value) -> u32 {
    let Some(found) = value.get("hours") else { return Schedule::ALWAYS.hours };
    let hour = |at: usize| found.get(at).and_then(Value::as_u64).filter(|hour| *hour <= 24);
    match (hour(0), hour(1)) {
        (Some(from), Some(to)) if from != to && found.as_array().is_some_and(|list| list.len() == 2) => {
            let within = |hour: &u64| if from < to { (from..to).contains(hour) } else { *hour >= from || *hour < to };
            (0..24).filter(within).map(|hour| 1 << hour).sum()
        }
        _ => {
            check.say(&below(path, "hours"), Some(found), "two hours from 0 to 24, such as [18, 22]");
            0
        }
    }
}
