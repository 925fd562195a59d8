//! Locales of a shop: how prices are written, and what texts, names and links are in another language.
//!
//! Number 0 is the default locale: the language and currency of the log and of the catalogue's plain columns. Each other
//! locale has a parent, at the end of the chain the default: `de-at`, `de`, default. What a locale lacks comes from
//! its parent, so a shop states only what differs. A page's language is matched as RFC 4647 (section 3.4, lookup) has it.
//!
//! A price format is stored in pieces, taken from an example such as `1.299,00 €` when the plan is compiled. So every
//! host writes a price the same way, without tables of languages.
//!
//! Invariants: a parent's number is smaller than the locale's own, so every chain ends. A price in one currency is never
//! shown as one in another.

use super::plan::Plan;
use crate::wire::readable;
use alloc::{string::String, vec::Vec};

/// A language of the shop, or a language in a country.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Locale {
    /// BCP 47 tag in lower case, such as `de-at`; empty for the default.
    pub tag: String,
    /// Number of the locale that has what this one lacks.
    pub parent: u16,
    /// ISO 4217 code of its prices; empty if unknown.
    pub currency: String,
    /// Whether its parent's prices are in another currency. Only its own are shown then.
    pub own_prices: bool,
    /// How its prices are written.
    pub price: PriceFormat,
    /// Number of its own titles, URLs and prices in the section LOCA, from 1; 0 if it has none.
    pub columns: u16,
    /// URL pattern of its product pages; empty for the parent's.
    pub url_pattern: String,
    /// Texts for shoppers, by translation key. Those of the default locale begin with every
    /// [`Phrase`](crate::decide::Phrase), in the order of their numbers.
    pub texts: Vec<(String, String)>,
    /// Names of categories, by number.
    pub categories: Vec<(u16, String)>,
}

/// How prices are written. Separators and digits are code points; 0 stands for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct PriceFormat {
    /// What stands before the digits.
    pub before: String,
    /// What stands behind the digits.
    pub behind: String,
    /// Separator of groups of digits.
    pub group: u32,
    /// Separator of hundredths. Without one the price is rounded to whole units.
    pub decimal: u32,
    /// The digit zero; the others follow it. 0 if no format has been given.
    pub zero: u32,
    /// Digits of a group beyond the thousands: 3, or 2 as in `12,34,567`.
    pub wide: u32,
}

readable! { struct Locale { tag, parent, currency, own_prices, price, columns, url_pattern, texts, categories } }
readable! { struct PriceFormat { before, behind, group, decimal, zero, wide } }

impl PriceFormat {
    /// Writes a price of so many hundredths. Writes nothing if the price is unknown, which is 0.
    ///
    /// ```
    /// use slotwise::snapshot::locale::PriceFormat;
    /// let mut out = String::new();
    /// PriceFormat::of_currency("USD").write(129_900, &mut out);
    /// assert_eq!(out, "$1,299.00");
    /// ```
    pub fn write(&self, cents: u32, out: &mut String) {
        if cents == 0 {
            return;
        }
        let places = if self.decimal > 0 { 2 } else { 0 };
        let mut number = if places > 0 { cents } else { cents / 100 + u32::from(cents % 100 >= 50) };
        let mut digits = [0; 10];
        let mut left = 0;
        while left <= places || number > 0 {
            digits[left] = number % 10;
            number /= 10;
            left += 1;
        }
        out.push_str(&self.before);
        while left > 0 {
            left -= 1;
            let mut code = self.zero.wrapping_add(digits[left]);
            let mut next = 0;
            if left > 0 && left == places {
                next = self.decimal;
            } else if left > places {
                let whole = (left - places) as u32;
                if whole == 3 || whole > 3 && (whole - 3).checked_rem(self.wide) == Some(0) {
                    next = self.group;
                }
            }
            while code > 0 {
                out.extend(char::from_u32(code));
                code = next;
                next = 0;
            }
        }
        out.push_str(&self.behind);
    }
}

impl Plan {
    /// The number of the locale that fits a language tag best: of those whose tag is the language's own or a beginning
    /// of it, the longest; 0 if none is.
    pub fn locale(&self, language: &str) -> usize {
        let language = language.as_bytes();
        let mut best = (0, 0);
        for (number, locale) in self.locales.iter().enumerate() {
            let tag = locale.tag.as_bytes();
            let fits = language.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag))
                && language.get(tag.len()).is_none_or(|next| *next == b'-');
            if fits && tag.len() > best.1 {
                best = (number, tag.len());
            }
        }
        best.0
    }

    /// The locale that has what another lacks; `None` at the end of the chain.
    pub fn parent(&self, locale: usize) -> Option<usize> {
        let parent = usize::from(self.locales.get(locale)?.parent);
        (parent < locale).then_some(parent)
    }

    /// Whether every locale's parent comes before it, and names categories that exist.
    pub(crate) fn has_sound_locales(&self, categories: usize) -> bool {
        let digit = |code: u32| char::from_u32(code).is_some() && char::from_u32(code + 9).is_some();
        let sign = |code: u32| char::from_u32(code).is_some();
        let sound = |(number, locale): (usize, &Locale)| {
            let PriceFormat { group, decimal, zero, wide, .. } = &locale.price;
            (usize::from(locale.parent) < number || number == 0 && locale.parent == 0)
                && sign(*group)
                && sign(*decimal)
                && *zero < 0x11_0000
                && digit(*zero)
                && *wide <= 3
                && locale.categories.iter().all(|(at, _)| usize::from(*at) < categories)
        };
        u16::try_from(self.locales.len()).is_ok() && self.locales.iter().enumerate().all(sound)
    }

    /// The set of columns that a locale or the nearest one above it has; 0 if none has any.
    pub fn columns(&self, mut locale: usize) -> u16 {
        loop {
            let own = self.locales.get(locale).map_or(0, |locale| locale.columns);
            match self.parent(locale) {
                Some(parent) if own == 0 => locale = parent,
                _ => return own,
            }
        }
    }

    /// A category's name in the shop's own words; `None` if it has none in any locale of the chain.
    pub fn category_name(&self, mut locale: usize, category: u16) -> Option<&str> {
        loop {
            for (known, name) in &self.locales.get(locale)?.categories {
                if *known == category {
                    return Some(name);
                }
            }
            locale = self.parent(locale)?;
        }
    }
}

/// Whether a text has the form of a language tag: subtags of one to eight letters and digits with hyphens between, the
/// first of letters alone, the last of more than one.
#[cfg(feature = "names")]
pub fn is_tag(text: &str) -> bool {
    let is_subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let first = text.split('-').next().unwrap_or_default();
    text.len() <= 35
        && text.split('-').all(is_subtag)
        && (2..=8).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && text.rsplit('-').next().is_some_and(|last| last.len() > 1)
}

#[cfg(feature = "names")]
mod settle {
    use super::{Locale, Plan, PriceFormat};
    use alloc::{string::String, vec::Vec};

    impl PriceFormat {
        /// How prices in a currency are written where the plan does not say: as in English, with the currency's sign or code.
        pub fn of_currency(currency: &str) -> Self {
            let (before, behind) = match currency {
                "" => ("", ""),
                "USD" => ("$", ""),
                "EUR" => ("€", ""),
                "GBP" => ("£", ""),
                other => ("", other),
            };
            let behind = if behind.is_empty() { String::new() } else { alloc::format!(" {behind}") };
            Self { before: before.into(), behind, group: ','.into(), decimal: '.'.into(), zero: '0'.into(), wide: 3 }
        }
    }

    impl Plan {
        /// The text in a locale: the locale's, or else its parent's.
        pub fn text(&self, mut locale: usize, key: &str) -> Option<&str> {
            loop {
                let texts = &self.locales.get(locale)?.texts;
                if let Some((_, text)) = texts.iter().find(|(known, _)| known == key) {
                    return Some(text);
                }
                locale = self.parent(locale)?;
            }
        }

        /// Completes the locales with what only the shop's data says: the currency of the log, and the languages of the
        /// catalogue's columns. Finds parents, and hands down currencies and price formats.
        pub fn settle(&mut self, languages: &[String], currency: &str) {
            let known = |locales: &[Locale], tag: &str| locales.iter().any(|locale| locale.tag == tag);
            for tag in core::iter::once("").chain(languages.iter().map(String::as_str)) {
                if !known(&self.locales, tag) {
                    self.locales.push(Locale { tag: tag.into(), ..Locale::default() });
                }
            }
            // A beginning sorts before what it begins, so parents come first.
            self.locales.sort_by(|one, other| one.tag.cmp(&other.tag));
            for number in 0..self.locales.len() {
                let (before, rest) = self.locales.split_at_mut(number);
                let Some(own) = rest.first_mut() else { return };
                let Some(root) = before.first() else {
                    own.currency = currency.into();
                    if own.price.zero == 0 {
                        own.price = PriceFormat::of_currency(currency);
                    }
                    continue;
                };
                let is_above =
                    |above: &Locale| own.tag.strip_prefix(&above.tag).is_some_and(|rest| rest.starts_with('-'));
                let place = before.iter().rposition(is_above).unwrap_or_default();
                let parent = before.get(place).unwrap_or(root);
                if own.currency.is_empty() {
                    own.currency.clone_from(&parent.currency);
                }
                if own.price.zero == 0 {
                    own.price.clone_from(&parent.price);
                }
                own.own_prices = own.currency != parent.currency;
                own.parent = place as u16;
            }
        }

        /// The tags of its locales but the default's.
        pub fn languages(&self) -> Vec<String> {
            self.locales.iter().map(|locale| locale.tag.clone()).filter(|tag| !tag.is_empty()).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(tags: &[(&str, &str)]) -> Plan {
        let locale = |(tag, currency): &(&str, &str)| Locale {
            tag: (*tag).into(),
            currency: (*currency).into(),
            ..Locale::default()
        };
        let mut plan = Plan { locales: tags.iter().map(locale).collect(), ..Plan::default() };
        plan.settle(&["de-at-x-shop".into()], "USD");
        plan
    }

    #[test]
    fn languages_are_looked_up_by_whole_subtags() {
        let plan = plan(&[("de-at", "EUR"), ("de", ""), ("pt", ""), ("de-ch", "CHF")]);
        let tag = |language: &str| plan.locales[plan.locale(language)].tag.as_str();
        for (language, expected) in [
            ("de", "de"),
            ("DE-Latn-DE", "de"),
            ("de-AT", "de-at"),
            ("de-AT-1996", "de-at"),
            ("de-at-x-shop", "de-at-x-shop"),
            ("deu", ""),
            ("en", ""),
            ("", ""),
            ("-", ""),
            ("d", ""),
        ] {
            assert_eq!(tag(language), expected, "{language}");
        }
    }

    #[test]
    fn a_locale_has_what_its_parent_has_but_never_its_prices_in_another_currency() {
        let plan = plan(&[("de", "EUR"), ("de-at", ""), ("de-ch", "CHF"), ("fr", "")]);
        let all: Vec<_> =
            plan.locales.iter().map(|l| (l.tag.as_str(), l.parent, l.currency.as_str(), l.own_prices)).collect();
        assert_eq!(
            all,
            [
                ("", 0, "USD", false),
                ("de", 0, "EUR", true),
                ("de-at", 1, "EUR", false),
                ("de-at-x-shop", 2, "EUR", false),
                ("de-ch", 1, "CHF", true),
                ("fr", 0, "USD", false)
            ]
        );
        assert!(plan.has_sound_locales(0));
        assert_eq!((plan.parent(3), plan.parent(0), plan.parent(99)), (Some(2), None, None));
    }

    #[test]
    fn prices_are_grouped_by_thousands() {
        let price = |cents, currency| {
            let mut out = String::new();
            PriceFormat::of_currency(currency).write(cents, &mut out);
            out
        };
        for (cents, shown) in [
            (0, ""),
            (5, "0.05"),
            (100, "1.00"),
            (99_999, "999.99"),
            (100_000, "1,000.00"),
            (100_500_001, "1,005,000.01"),
            (u32::MAX, "42,949,672.95"),
        ] {
            assert_eq!(price(cents, ""), shown);
        }
        assert_eq!(price(123, "EUR"), "€1.23");
        assert_eq!(price(123, "GBP"), "£1.23");
        assert_eq!(price(5, "CHF"), "0.05 CHF");
    }

    #[test]
    fn a_forged_format_writes_something_and_stops() {
        let format = PriceFormat { zero: u32::MAX - 9, group: 0xd800, wide: 0, ..PriceFormat::default() };
        let mut out = String::new();
        format.write(u32::MAX, &mut out);
        assert_eq!(out, "");
    }

    #[test]
    fn language_tags_are_told_from_other_words() {
        assert!(["de", "de-AT", "zh-Hant-TW", "es-419", "de-x-outlet"].into_iter().all(is_tag));
        assert!(
            ["", "d", "de-", "-de", "de_AT", "deutschland", "de-x", "1e", "de-abcdefghi"]
                .iter()
                .all(|text| !is_tag(text))
        );
    }
}
