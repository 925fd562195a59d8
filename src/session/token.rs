//! The token and the digest of a session.
//!
//! The checksum detects damage, not forgery: a visitor may edit their own cookie, and gains a different page by it, nothing
//! else. Limits that the engine relies on are checked after reading, so that a forged token cannot make it loop or panic.

use super::packed::PackedInteraction;
use super::{Digest, MAX_DECLARED, MAX_INTERACTIONS, MAX_SHOWN, MAX_TOKEN, Session, Shown, VERSION};
use crate::base64;
use crate::context::Context;
use crate::hash::hash;
use crate::wire::{put, read_all, readable};
use alloc::{string::String, vec::Vec};

impl Session {
    /// Serialises the session to at most [`MAX_TOKEN`] characters of base64url.
    pub fn to_token(&self) -> String {
        base64::encode(&self.to_bytes())
    }

    /// The bytes of the token, for a host that has base64 of its own.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = alloc::vec![VERSION];
        self.write(&mut bytes);
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum);
        bytes
    }

    /// Reads a token; `None` for anything that [`Session::to_token`] of this version did not write.
    pub fn from_token(token: &str) -> Option<Self> {
        // Checked before decoding: a cookie may be up to 4 kB of somebody else's data.
        if token.len() > MAX_TOKEN {
            return None;
        }
        Self::from_bytes(&base64::decode(token)?)
    }

    /// Reads the bytes of a token; `None` for anything that [`Session::to_bytes`] of this version did not write.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (body, sum) = bytes.split_last_chunk::<4>()?;
        let (version, session) = body.split_first()?;
        if *version != VERSION || checksum(body) != *sum {
            return None;
        }
        let session: Self = read_all(session)?;
        // What a writer of this version guarantees and the types alone do not.
        let sound = session.interactions.len() <= MAX_INTERACTIONS
            && session.declared.len() <= MAX_DECLARED
            && session.shown.len() <= MAX_SHOWN
            && session.scrolled <= 100
            && session.interactions.iter().all(PackedInteraction::is_sound);
        sound.then_some(session)
    }

    /// Digest of the session. Each line of an event log states the digests before and after its event, which links the
    /// lines of a visit without identifying the visitor. `None` before the first event.
    pub fn digest(&self) -> Option<Digest> {
        (!self.is_empty() || !self.shown.is_empty()).then(|| hash(&self.to_bytes(), 0).to_be_bytes())
    }

    /// Writes the fields in the order in which [`readable!`] reads them. By hand, because serde's writers take more Wasm.
    fn write(&self, to: &mut Vec<u8>) {
        let Context { source, campaign, device, landing, time, region } = self.context;
        // Numbers are LEB128: the many zeros among the counters take a byte each.
        for number in [self.last_secs, self.age_secs] {
            put(number.into(), to);
        }
        for count in &self.counts {
            put((*count).into(), to);
        }
        to.push(self.scrolled);
        put(self.engaged_secs.into(), to);
        to.push(source as u8);
        put(campaign.into(), to);
        to.push(device as u8);
        put(landing.into(), to);
        to.extend_from_slice(&[time.hour, time.weekday, region as u8]);
        put(self.seed.into(), to);
        put(self.declared.len() as u64, to);
        self.declared.iter().for_each(|category| put(category.bits().into(), to));
        put(self.shown.len() as u64, to);
        for shown in &self.shown {
            put(shown.slot.into(), to);
            put(shown.choice.into(), to);
            to.push(shown.times);
        }
        put(self.interactions.len() as u64, to);
        self.interactions.iter().for_each(|interaction| interaction.write(to));
    }
}

readable! { struct Shown { slot, choice, times } }
readable! {
    struct Session { last_secs, age_secs, counts, scrolled, engaged_secs, context, seed, declared, shown, interactions }
}

/// Four bytes of a hash: one damaged token in four billion passes.
fn checksum(bytes: &[u8]) -> [u8; 4] {
    (hash(bytes, 0) as u32).to_le_bytes()
}
