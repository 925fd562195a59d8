//! Consent and cookies as the edge reads them. `consent.test.mjs` asks the browser's script the same.

use serde::Deserialize;
use slotwise::consent::{COOKIE, Consent, Mode, cookie};

#[derive(Deserialize)]
struct Case {
    cookies: String,
    private: bool,
    mode: String,
    answer: String,
    allowed: bool,
    counts: bool,
    token: Option<String>,
}

#[test]
fn consent_and_cookies_are_read_as_the_cases_say() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("consent.json")).unwrap();
    for case in &cases {
        let said = Consent::read(cookie(&case.cookies, COOKIE).as_deref(), case.private);
        let (word, _) = Consent::ALL.into_iter().find(|(_, answer)| *answer == said).unwrap();
        assert_eq!(word, case.answer, "{}", case.cookies);
        let mode = Mode::from_setting(&case.mode);
        assert_eq!(said.allows(mode), case.allowed, "{} {}", case.cookies, case.mode);
        assert_eq!(said.counts(mode), case.counts, "{} {}", case.cookies, case.mode);
        assert_eq!(cookie(&case.cookies, slotwise::session::COOKIE), case.token, "{}", case.cookies);
    }
    assert!(cases.len() > 20);
}
