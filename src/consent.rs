//! Whether a visitor allows a session to be kept.
//!
//! Privacy is the default: without a word from the visitor nothing is stored and nothing is sent,
//! unless the operator has declared that consent is implied (the law of the shop's country decides,
//! not this crate). `Sec-GPC: 1` and a plain "denied" always win.

use alloc::borrow::ToOwned;

/// The cookie in which a shop's consent dialogue leaves its answer: `granted` or `denied`.
pub const COOKIE: &str = "slotwise_consent";

/// How long the answer is kept, in seconds: half a year.
pub const AGE_SECS: u32 = 15_552_000;

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
    /// Reads an operator's setting; anything but `implied` means [`Mode::Required`].
    pub fn from_setting(setting: &str) -> Self {
        if setting == "implied" { Self::Implied } else { Self::Required }
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
}

impl Consent {
    /// Reads the consent cookie's value (`None` if there is none) and Global Privacy Control
    /// (`Sec-GPC: 1`, `navigator.globalPrivacyControl`).
    pub fn read(cookie: Option<&str>, privacy_control: bool) -> Self {
        match cookie {
            _ if privacy_control => Self::Denied,
            Some("granted") => Self::Granted,
            Some("denied") => Self::Denied,
            _ => Self::Unknown,
        }
    }

    /// Whether a session may be stored and events sent.
    pub fn allows(self, mode: Mode) -> bool {
        match self {
            Self::Granted => true,
            Self::Denied => false,
            Self::Unknown => mode == Mode::Implied,
        }
    }

    /// The word for it: `granted`, `denied` or `unknown`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Granted => "granted",
            Self::Denied => "denied",
        }
    }
}

/// The value of one cookie in a `Cookie` header or in `document.cookie`.
pub fn cookie(header: &str, name: &str) -> Option<alloc::string::String> {
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
        assert_eq!(cookie("a=1; slotwise=x.y; b=2", "slotwise").as_deref(), Some("x.y"));
    }
}
