//! Times as logs write them, in milliseconds since 1970.

/// Reads epoch seconds, milliseconds, microseconds or nanoseconds, `2019-10-01 00:00:00 UTC`, or RFC 3339 with `Z` or an
/// offset: `+02:00`, `+0200` or `+02`, also behind a space.
pub(crate) fn parse(text: &str) -> Option<u64> {
    if let Ok(number) = text.parse::<f64>() {
        return of_number(number);
    }
    let text = text.strip_suffix(" UTC").or_else(|| text.strip_suffix(" GMT")).unwrap_or(text);
    let (date, clock) = text.split_once(['T', ' '])?;
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let (clock, offset_minutes) = split_offset(clock)?;
    let mut parts = clock.splitn(3, ':').map(|part| part.parse::<f64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0.0))?);
    let sound = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24.0 && minute < 60.0 && second < 61.0;
    let days = days_from_civil(year, month, day);
    let secs = days as f64 * 86_400.0 + hour * 3600.0 + (minute - offset_minutes) * 60.0 + second;
    (sound && secs >= 0.0).then_some((secs * 1000.0).round() as u64)
}

/// Reads epoch seconds, milliseconds, microseconds or nanoseconds.
pub(crate) fn of_number(number: f64) -> Option<u64> {
    let ms = if number < 1e11 {
        number * 1000.0
    } else if number < 1e14 {
        number
    } else if number < 1e17 {
        number / 1e3
    } else {
        number / 1e6
    };
    (number >= 0.0 && ms < 1e14).then_some(ms as u64)
}

fn split_offset(clock: &str) -> Option<(&str, f64)> {
    if let Some(clock) = clock.strip_suffix(['Z', 'z']) {
        return Some((clock, 0.0));
    }
    let Some(at) = clock.rfind(['+', '-']) else { return Some((clock, 0.0)) };
    let (clock, offset) = clock.split_at(at);
    let (sign, digits) = offset.split_at(1);
    let (hours, minutes) = digits.split_once(':').or_else(|| digits.split_at_checked(2))?;
    let whole = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<f64>().ok())?;
    let (hours, minutes) = (whole(hours)?, if minutes.is_empty() { 0.0 } else { whole(minutes)? });
    // The furthest clocks are 14 hours ahead.
    let minutes = Some(hours * 60.0 + minutes).filter(|of_offset| *of_offset <= 840.0 && minutes < 60.0)?;
    Some((clock.trim_end(), if sign == "-" { -minutes } else { minutes }))
}

/// Days since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn times_are_read_in_every_usual_form() {
        let expected = Some(1_569_888_001_000);
        for text in [
            "2019-10-01 00:00:01 UTC",
            "2019-10-01T00:00:01Z",
            "2019-10-01T02:00:01+02:00",
            "2019-10-01T02:00:01+0200",
            "2019-10-01 02:00:01+02",
            "2019-10-01 02:00:01 +02",
            "2019-10-01 02:00:01 +0200",
            "2019-09-30T18:30:01.000-05:30",
            "2019-10-01T00:00:01z",
            "1569888001000000000",
            "1569888001",
            "1569888001000",
            "1569888001000000",
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2019-13-01 00:00:00",
            "2019-10-01",
            "-5",
            "2019-10-01 25:00:00",
            "2019-10-01 02:00:01 +99",
            "2019-10-01 02:00:01 +0275",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
