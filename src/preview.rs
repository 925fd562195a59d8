//! What a preview link forces: for the eyes of those who run the shop, never counted.
//!
//! The link carries a [`Preview`] in postcard behind a signature, both in base64url, as the parameter
//! [`Preview::PARAMETER`]. It is signed with the key that signs manifests, over a prefix of its own, so that
//! neither can stand in for the other; hosts check signature and expiry before they look at the rest.
//!
//! Only those who run the shop open such links, so the page engine, which every shopper downloads, reads none: there
//! [`Preview`] has no values, and the compiler drops all that follows from one. A page with a link loads the full engine.

#[cfg(feature = "names")]
use crate::wire::{Read, Reader, read_all, readable};
use alloc::string::String;
#[cfg(feature = "names")]
use alloc::vec::Vec;

/// What is forced in one slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub enum Force {
    /// Nothing.
    #[default]
    Nothing,
    /// An arm of its experiment.
    Arm(String),
    /// A variant or an offer, whatever the visit did.
    Variant(String),
}

/// What a preview link forces.
#[cfg(feature = "names")]
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Preview {
    /// From when on the link is void, in seconds since 1970.
    pub expires: u32,
    /// By slot name.
    pub forced: Vec<(String, Force)>,
    /// The session to decide for, as a token; that of the visit if there is none.
    pub session: Option<String>,
}

/// What a preview link forces: here there are none.
#[cfg(not(feature = "names"))]
#[derive(Clone, Debug)]
pub enum Preview {}

#[cfg(not(feature = "names"))]
impl Preview {
    /// What is forced in a slot.
    pub fn of(&self, _: &str) -> &Force {
        match *self {}
    }
}

#[cfg(feature = "names")]
impl Read for Force {
    fn read(from: &mut Reader<'_>) -> Self {
        match from.number() {
            0 => Self::Nothing,
            1 => Self::Arm(String::read(from)),
            2 => Self::Variant(String::read(from)),
            _ => {
                from.refuse();
                Self::Nothing
            }
        }
    }
}

#[cfg(feature = "names")]
readable! { struct Preview { expires, forced, session } }

#[cfg(feature = "names")]
impl Preview {
    /// Name of the link's parameter.
    pub const PARAMETER: &str = "slotwise_preview";
    /// What the signed bytes begin with.
    pub const PREFIX: &str = "slotwise preview 1\n";

    /// Reads a body whose signature is right; `None` if it has expired, or is of another version.
    pub fn read(body: &[u8], now_ms: u64) -> Option<Self> {
        let preview: Self = read_all(body)?;
        (now_ms / 1000 < u64::from(preview.expires)).then_some(preview)
    }

    /// What is forced in a slot.
    pub fn of(&self, slot: &str) -> &Force {
        self.forced.iter().find(|(name, _)| name == slot).map_or(&Force::Nothing, |(_, force)| force)
    }
}

#[cfg(feature = "names")]
mod link {
    use super::Preview;
    use crate::base64;
    use alloc::{string::String, vec::Vec};

    impl Preview {
        const SIGNATURE: usize = 64;

        /// The bytes that are signed.
        pub fn message(body: &[u8]) -> Vec<u8> {
            [Self::PREFIX.as_bytes(), body].concat()
        }

        /// The preview as bytes, to be signed.
        pub fn body(&self) -> Vec<u8> {
            postcard::to_allocvec(self).unwrap_or_default()
        }

        /// The parameter's value.
        pub fn link(body: &[u8], signature: &[u8; Self::SIGNATURE]) -> String {
            base64::encode(&[&signature[..], body].concat())
        }

        /// Takes a parameter's value apart into body and signature; `None` if it is none.
        pub fn parts(value: &str) -> Option<(Vec<u8>, [u8; Self::SIGNATURE])> {
            let bytes = base64::decode(value)?;
            let (signature, body) = bytes.split_first_chunk::<{ Self::SIGNATURE }>()?;
            Some((body.to_vec(), *signature))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_brings_back_what_it_forces_until_it_expires() {
        let forced = alloc::vec![("home.hero".into(), Force::Variant("audio".into()))];
        let preview = Preview { expires: 1000, forced, session: Some("AAA".into()) };
        let (body, signature) = Preview::parts(&Preview::link(&preview.body(), &[7; 64])).unwrap();
        assert_eq!(signature, [7; 64]);
        assert_eq!(Preview::read(&body, 999_999), Some(preview));
        assert_eq!(Preview::read(&body, 1_000_000), None);
        assert_eq!(Preview::read(&body[..body.len() - 1], 0), None);
        assert_eq!(Preview::parts("AAAA"), None);
    }
}
