//! What a visitor allows: nothing, a visit that is kept, or a visit that also counts.
//!
//! Privacy is the default: without a word from the visitor nothing is stored and nothing is sent,
//! unless the operator has declared that consent is implied (the law of the shop's country decides,
//! not this crate). `Sec-GPC: 1` and a plain "denied" always win.
//!
//! | answer | visit is kept | events are sent and counted |
//! |---|---|---|
//! | `denied`, or none where consent is required | no: a page is decided by its own request alone | no |
//! | `session` | yes | no |
//! | `granted`, or none where consent is implied | yes | yes |
//!
//! The edge asks this module. The browser's script must answer before an engine is there, so it has the words, the
//! policy and the cookie's form as generated constants (`js/src/contract.ts`, used by `js/src/memory.ts`);
//! `wasm-tests/consent.json` holds cases that both must answer alike.

use alloc::{borrow::ToOwned, string::String};

/// The cookie in which a shop's consent dialogue leaves its answer: `granted`, `session` or `denied`.
pub const COOKIE: &str = "slotwise_consent";

/// How long the answer is kept, in seconds: half a year.
pub const AGE_SECS: u32 = 15_552_000;

/// What follows a cookie's value: its path and the beginning of its age in seconds.
pub const COOKIE_AGE: &str = "; Path=/; Max-Age=";

/// What follows a cookie's age.
pub const COOKIE_SITE: &str = "; SameSite=Lax";

/// What ends a cookie of a page that was served over https.
pub const COOKIE_SECURE: &str = "; Secure";

/// What is assumed of a visitor who has said nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is kept before consent.
    #[default]
    Required,
    /// Consent is assumed until it is refused.
    Implied,
}

impl Mode {
    /// Every mode with the word of an operator's setting.
    pub const ALL: [(&'static str, Self); 2] = [("required", Self::Required), ("implied", Self::Implied)];

    /// Reads an operator's setting; anything but `implied` means [`Mode::Required`].
    pub fn from_setting(setting: &str) -> Self {
        Self::ALL.iter().find(|(word, _)| *word == setting).map_or(Self::Required, |(_, mode)| *mode)
    }
}

/// What a visitor has said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// Nothing.
    #[default]
    Unknown,
    /// Yes.
    Granted,
    /// No, in the dialogue or by Global Privacy Control.
    Denied,
    /// The visit may be kept, so that pages fit it. Its events may not be sent.
    Session,
}

impl Consent {
    /// Every answer with its word, which is what the cookie holds.
    pub const ALL: [(&'static str, Self); 4] =
        [("unknown", Self::Unknown), ("granted", Self::Granted), ("denied", Self::Denied), ("session", Self::Session)];

    /// Reads the visitor's word, which is the consent cookie's value (`None` if there is none), and Global Privacy
    /// Control (`Sec-GPC: 1`, `navigator.globalPrivacyControl`).
    pub fn read(said: Option<&str>, privacy_control: bool) -> Self {
        if privacy_control {
            return Self::Denied;
        }
        let said = Self::ALL.iter().find(|(word, _)| said == Some(*word));
        said.map_or(Self::Unknown, |(_, answer)| *answer)
    }

    /// Whether a session may be stored.
    pub fn allows(self, mode: Mode) -> bool {
        match self {
            Self::Granted | Self::Session => true,
            Self::Denied => false,
            Self::Unknown => mode == Mode::Implied,
        }
    }

    /// Whether events may be sent and counted as well.
    pub fn counts(self, mode: Mode) -> bool {
        self != Self::Session && self.allows(mode)
    }
}

/// The value of one cookie in a `Cookie` header or in `document.cookie`.
pub fn cookie(header: &str, name: &str) -> Option<String> {
    header
        .split(';')
        .find_map(|pair| pair.trim().split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_allows_only_where_consent_is_implied_and_gpc_always_wins() {
        assert!(!Consent::read(None, false).allows(Mode::Required));
        assert!(Consent::read(None, false).allows(Mode::Implied));
        assert!(Consent::read(Some("granted"), false).allows(Mode::Required));
        assert!(!Consent::read(Some("granted"), true).allows(Mode::Implied));
        assert!(!Consent::read(Some("denied"), false).allows(Mode::Implied));
        let session = Consent::read(Some("session"), false);
        assert!(session.allows(Mode::Required) && !session.counts(Mode::Implied));
        assert_eq!(cookie("a=1; slotwise=x.y; b=2", "slotwise").as_deref(), Some("x.y"));
    }
}
