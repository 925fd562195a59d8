//! Locales of the plan file: how prices are written, links, texts and names in other languages.
//!
//! A price format is given as an example, `1.299,00 €`, because every merchandiser can write one down. It is taken apart
//! here, once: signs, separators, digits. Hosts only put the pieces together again.
//!
//! What only the shop's data says (currency of the log, languages of the catalogue) is added by
//! [`Plan::settle`](crate::snapshot::plan::Plan::settle).

use super::bundle;
use super::check::{Check, below, nearest};
use super::wording;
use crate::page::is_safe_link;
use crate::snapshot::locale::{Locale, PriceFormat, is_tag};
use serde_json::Value;
use std::path::Path;

/// The name of the default locale in the file.
pub(super) const DEFAULT: &str = "default";
/// The keys of a locale.
const KEYS: [&str; 6] = ["currency", "price", "url_pattern", "texts", "categories", "bundles"];
/// The keys of the default locale. Its currency is that of the log, and its texts are those of the whole plan.
const DEFAULT_KEYS: [&str; 2] = ["price", "categories"];
/// Most locales of a plan: pages of every language look through them all.
pub(super) const MAX_LOCALES: usize = 100;
/// Longest name of a category, in bytes.
pub(super) const NAME: usize = 100;
/// Longest text before or behind the digits of a price, in bytes.
const SIGN: usize = 24;
/// The zeros of Unicode's decimal digits that shops' languages use: ASCII, Arabic, Persian, `NKo`, and those of India and
/// South East Asia.
const ZEROS: [char; 20] =
    ['0', '٠', '۰', '߀', '०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '๐', '໐', '༠', '၀', '០', '᠐', '０'];

/// Reads the locales. The default is there already, with the plan's own texts.
pub(super) fn locales(check: &mut Check<'_>, root: &Value) {
    let found = check.entries("", root, "locales");
    if found.len() > MAX_LOCALES {
        check.problems.push(format!("locales has {} entries, expected at most {MAX_LOCALES}", found.len()));
    }
    for (name, value) in found {
        let path = below("locales", name);
        let is_default = name == DEFAULT;
        let keys: &[&str] = if is_default { &DEFAULT_KEYS } else { &KEYS };
        if check.object(value, &path, keys).is_none() {
            continue;
        }
        let mut locale = Locale { tag: name.to_ascii_lowercase(), ..Locale::default() };
        if !is_default && !is_tag(name) {
            let expected = "a BCP 47 language tag such as de or de-AT, or default";
            check.problems.push(format!("{path} has a name that is no language, expected {expected}"));
        }
        if check.plan.locales.iter().any(|known| known.tag == locale.tag) {
            check.problems.push(format!("{path} is there twice, expected each language once"));
        }
        if let Some(example) = check.text(&path, value, "price") {
            match price_format(example) {
                Ok(format) => locale.price = format,
                Err(expected) => check.say(&below(&path, "price"), value.get("price"), expected),
            }
        }
        if let Some(currency) = check.text(&path, value, "currency") {
            if currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
                currency.clone_into(&mut locale.currency);
            } else {
                check.say(&below(&path, "currency"), value.get("currency"), "an ISO 4217 code such as EUR");
            }
            // In another currency the format above it shows a wrong sign.
            if value.get("price").is_none() {
                check.say(&below(&path, "price"), None, "an example of a price in this currency, such as 1.299,00 €");
            }
        }
        if let Some(pattern) = check.text(&path, value, "url_pattern") {
            if pattern.contains("{id}") && pattern.len() <= 200 && is_safe_link(pattern) {
                pattern.clone_into(&mut locale.url_pattern);
            } else {
                let expected = "a link of at most 200 bytes with {id}, such as /de/product/{id}";
                check.say(&below(&path, "url_pattern"), value.get("url_pattern"), expected);
            }
        }
        categories(check, &path, value, &mut locale);
        locale.texts = wording::texts(check, &path, value);
        for (bundle, words) in check.entries(&path, value, "bundles") {
            let path = format!("{path}.bundles.{bundle}");
            let names: Vec<&str> = check.bundles.iter().map(|set| set.name.as_str()).collect();
            if names.contains(&bundle.as_str()) {
                check.object(words, &path, &bundle::TEXTS);
                locale.texts.extend(bundle::texts(check, &path, bundle, words));
            } else {
                let hint = nearest(bundle, &names);
                check.problems.push(format!("{path} is unknown, expected one of {}{hint}", names.join(", ")));
            }
        }
        if is_default {
            if let Some(default) = check.plan.locales.first_mut() {
                (default.price, default.categories) = (locale.price, locale.categories);
            }
        } else {
            check.plan.locales.push(locale);
        }
    }
}

/// Reads names of categories. Each names one category, not those below it.
fn categories(check: &mut Check<'_>, path: &str, value: &Value, locale: &mut Locale) {
    for (category, name) in check.entries(path, value, "categories") {
        let path = format!("{path}.categories.{category}");
        match name.as_str().filter(|name| !name.is_empty() && name.len() <= NAME && !name.contains(char::is_control)) {
            Some(name) => {
                if let Some(number) = check.category(&path, category) {
                    locale.categories.push((number, name.to_owned()));
                }
            }
            None => check.say(&path, Some(name), &format!("a name of 1 to {NAME} bytes")),
        }
    }
    locale.categories.sort_unstable();
}

/// The currencies that a plan file's locales name. It says nothing of mistakes: whoever compiles the plan does.
pub fn currencies(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let plan: Value = serde_json::from_str(&text).unwrap_or_default();
    let locales = plan.get("locales").and_then(Value::as_object);
    let named = |locale: &Value| locale.get("currency").and_then(Value::as_str).map(str::to_owned);
    locales.into_iter().flat_map(|locales| locales.values()).filter_map(named).collect()
}

/// Takes an example of a price apart.
///
/// # Errors
/// What was expected.
fn price_format(example: &str) -> Result<PriceFormat, &'static str> {
    let zero_of =
        |c: char| ZEROS.into_iter().find(|zero| (u32::from(*zero)..u32::from(*zero) + 10).contains(&u32::from(c)));
    let is_digit = |c: char| zero_of(c).is_some();
    let (Some(from), Some(last)) = (example.find(is_digit), example.rfind(is_digit)) else {
        return Err("an example of a price with digits, such as 1.299,00 €");
    };
    let until = last + example[last..].chars().next().map_or(0, char::len_utf8);
    let (before, digits, behind) = (&example[..from], &example[from..until], &example[until..]);
    let zero = digits.chars().next().and_then(zero_of).unwrap_or('0');
    if digits.chars().any(|c| zero_of(c).is_some_and(|other| other != zero)) {
        return Err("digits of one script");
    }
    let separators: Vec<char> = digits.chars().filter(|c| !is_digit(*c)).collect();
    if separators.iter().any(|c| c.is_alphanumeric() || c.is_control()) {
        return Err("one price without letters between its digits");
    }
    // Digits between the separators, from the first group to the last.
    let groups: Vec<usize> = digits.split(|c| !is_digit(c)).map(|group| group.chars().count()).collect();
    let is_decimal = groups.len() > 1 && groups.last() == Some(&2);
    let decimal = if is_decimal { separators.last().copied() } else { None };
    let whole = &groups[..groups.len() - usize::from(is_decimal)];
    let group = if whole.len() > 1 { separators.first().copied() } else { None };
    let grouping = &separators[..whole.len() - 1];
    if whole.iter().sum::<usize>() < 4 {
        return Err("an example of at least 1,000, which shows how thousands are separated, such as 1,299.00");
    }
    if grouping.iter().any(|c| Some(*c) != group) || group.is_some() && group == decimal {
        return Err("one separator of thousands, and another one of hundredths");
    }
    let wide = if whole.len() > 2 { whole[1] } else { 3 };
    let is_group = |(at, len): (usize, &usize)| match at {
        0 => (1..=wide).contains(len) || whole.len() == 1,
        _ if at + 1 == whole.len() => *len == 3,
        _ => *len == wide,
    };
    if !(2..=3).contains(&wide) || !whole.iter().enumerate().all(is_group) {
        return Err(
            "groups of three digits, as in 1,299,000.00, or Indian ones, as in 12,99,000.00, and two decimals or none",
        );
    }
    // "1'299.–" would show 12.50 as 13.–.
    if behind.starts_with(['.', ',', '٫']) && !behind[1..].starts_with(char::is_alphabetic) {
        return Err("two decimals as digits, or none");
    }
    let is_sign = |text: &str| text.len() <= SIGN && !text.contains(char::is_control);
    if !is_sign(before) || !is_sign(behind) {
        return Err("at most 24 bytes before and behind the digits");
    }
    let code = |c: Option<char>| c.map_or(0, u32::from);
    let (before, behind) = (before.into(), behind.into());
    Ok(PriceFormat { before, behind, group: code(group), decimal: code(decimal), zero: zero.into(), wide: wide as u32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_written_as_its_example_shows() {
        for (example, large) in [
            ("1.299,00 €", "1.234.567,89 €"),
            ("$1,299.00", "$1,234,567.89"),
            ("CHF 1'299.00", "CHF 1'234'567.89"),
            ("1 299,00 zł", "1 234 567,89 zł"),
            ("1\u{202f}299,00\u{a0}€", "1\u{202f}234\u{202f}567,89\u{a0}€"),
            ("¥1,299", "¥1,234,568"),
            ("1.299 kr.", "1.234.568 kr."),
            ("1299,00", "1234567,89"),
            ("1299", "1234568"),
            ("₹12,34,567.00", "₹12,34,567.89"),
            ("١٬٢٩٩٫٠٠ ر.س", "١٬٢٣٤٬٥٦٧٫٨٩ ر.س"),
            ("۱٬۲۹۹ تومان", "۱٬۲۳۴٬۵۶۸ تومان"),
            ("\u{200f}1,299.00 ₪", "\u{200f}1,234,567.89 ₪"),
        ] {
            let format = price_format(example).unwrap();
            let write = |cents: u32| {
                let mut out = String::new();
                format.write(cents, &mut out);
                out
            };
            assert_eq!(write(123_456_789), large);
            if !example.contains("34") {
                assert_eq!(write(129_900), example);
            }
        }
        let mut out = String::new();
        price_format("₹12,34,567.00").unwrap().write(99_900, &mut out);
        assert_eq!(out, "₹999.00");
    }

    #[test]
    fn examples_that_say_too_little_or_contradict_themselves_are_refused() {
        for example in [
            "",
            "€",
            "12.99",
            "999",
            "1,299,00",
            "1.299.00",
            "1,29,900.0",
            "1,299.000,00",
            "1,299.0",
            "12,99,9",
            "1 299'000,00",
            "1'299.–",
            "1'299,-",
            "1,299.00 or 2",
            "1,2٩٩.00",
            "1x299",
            "1,299.00 \n",
        ] {
            assert!(price_format(example).is_err(), "{example}");
        }
    }
}
