//! Who is a crawler, a link preview, a monitor or a program, by what it says of itself: the patterns of the npm package `isbot`,
//! by which the Worker knows them (`js/src/crawler.ts`). `npm run contract` writes them to `crawlers.txt`.
//!
//! The patterns there have lost their look-arounds, because the small engine here knows none. Instead, the phrases that these
//! except are taken out of a user agent before.

use regex_lite::{Regex, RegexBuilder};
use std::sync::OnceLock;

/// A pattern a line.
const PATTERNS: &str = include_str!("crawlers.txt");

/// What the look-arounds except, in lower case.
const EXCEPTED: [&str; 10] = [
    "newssapphire",
    " channel/google",
    "google/google",
    "googlewv",
    "googleapp",
    "google pixel",
    " cubot",
    "camscan",
    "libhttp",
    "java;",
];

/// What is read of a user agent, in bytes: a hostile one may be long, and those of browsers are half of this.
const MAX_AGENT: usize = 512;

/// Whether a user agent is that of a program.
pub(super) fn is_crawler(agent: &str) -> bool {
    static FOUND: OnceLock<Option<Regex>> = OnceLock::new();
    let all = || {
        let parts: Vec<String> = PATTERNS.lines().map(|pattern| format!("(?:{pattern})")).collect();
        RegexBuilder::new(&parts.join("|")).case_insensitive(true).build().ok()
    };
    let end = (0..=MAX_AGENT.min(agent.len())).rev().find(|end| agent.is_char_boundary(*end)).unwrap_or(0);
    let mut agent = agent[..end].to_ascii_lowercase();
    for phrase in EXCEPTED {
        if agent.contains(phrase) {
            agent = agent.replace(phrase, " ");
        }
    }
    FOUND.get_or_init(all).as_ref().is_some_and(|found| found.is_match(&agent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_and_browsers_are_not() {
        for program in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "facebookexternalhit/1.1",
            "curl/8.5.0",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36",
            "UptimeRobot/2.0",
            "Go-http-client/1.1",
        ] {
            assert!(is_crawler(program), "{program}");
        }
        for browser in [
            "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
            "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 14; Google Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        ] {
            assert!(!is_crawler(browser), "{browser}");
        }
    }
}
