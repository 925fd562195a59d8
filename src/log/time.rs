//! Times as logs write them, in milliseconds since 1970.

/// Reads epoch seconds, epoch milliseconds, `2019-10-01 00:00:00 UTC` or RFC 3339 with `Z` or an offset.
pub(crate) fn parse(text: &str) -> Option<u64> {
    if let Ok(number) = text.parse::<f64>() {
        let ms = if number < 1e11 {
            number * 1000.0
        } else if number < 1e14 {
            number
        } else {
            number / 1000.0
        };
        return (number >= 0.0 && ms < 1e14).then_some(ms as u64);
    }
    let text = text.trim_end_matches(" UTC");
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

fn split_offset(clock: &str) -> Option<(&str, f64)> {
    if let Some(clock) = clock.strip_suffix('Z') {
        return Some((clock, 0.0));
    }
    let Some(at) = clock.rfind(['+', '-']) else { return Some((clock, 0.0)) };
    let (clock, offset) = clock.split_at(at);
    let (hours, minutes) = offset[1..].split_once(':').or_else(|| offset[1..].split_at_checked(2))?;
    let minutes = hours.parse::<f64>().ok()? * 60.0 + minutes.parse::<f64>().ok()?;
    Some((clock, if offset.starts_with('-') { -minutes } else { minutes }))
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
            "1569888001",
            "1569888001000",
            "1569888001000000",
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        for text in ["", "yesterday", "2019-13-01 00:00:00", "2019-10-01", "-5", "2019-10-01 25:00:00"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
