//! How long prices may be shown: an age, as merchandisers write one.

use super::check::{Check, below};
use serde_json::Value;

/// Reads the age past which cards leave prices out.
pub(super) fn prices(check: &mut Check<'_>, root: &Value) {
    let Some(value) = root.get("prices") else { return };
    if check.object(value, "prices", &["max_age"]).is_none() {
        return;
    }
    let Some(found) = value.get("max_age") else { return };
    match found.as_str().and_then(seconds) {
        Some(seconds) => check.plan.price_age = seconds,
        None => {
            let expected = "a whole number with m, h or d behind it (minutes, hours, days), such as \"36h\"";
            check.say(&below("prices", "max_age"), Some(found), expected);
        }
    }
}

fn seconds(text: &str) -> Option<u32> {
    let number = text.strip_suffix(['m', 'h', 'd'])?;
    let unit = match text.as_bytes().last()? {
        b'm' => 60,
        b'h' => 3600,
        _ => 86_400,
    };
    let plain = number.len() <= 5 && !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse::<u32>().ok().filter(|_| plain)?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_in_minutes_hours_and_days() {
        for (text, expected) in [("36h", Some(129_600)), ("90m", Some(5400)), ("7d", Some(604_800))] {
            assert_eq!(seconds(text), expected, "{text}");
        }
        for bad in ["", "h", "0h", "036h", "36", "36s", "-1h", "+1h", "1.5h", "123456m", "99999d", "36 h"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
