//! What a visit has left behind: the question that a delayed message asks of a visit that has gone silent.

use crate::event::EventKind;
use crate::session::Session;
use alloc::{vec, vec::Vec};
use wasm_bindgen::prelude::*;

/// The visit of a token: the second of its first event and of its newest, both since 1970, and what it has left behind: 0 nothing (no
/// product was looked at, or something was bought), 1 products that it looked at, 2 the same, with a sign of leaving the page, 3 a
/// cart. Empty for a token that is none.
#[wasm_bindgen]
pub fn abandoned(token: &str) -> Vec<u32> {
    let Some(session) = Session::from_token(token) else { return Vec::new() };
    let count = |kind| session.count(kind);
    let in_cart = count(EventKind::AddToCart) > count(EventKind::RemoveFromCart) || count(EventKind::BeginCheckout) > 0;
    let left = match () {
        () if count(EventKind::Purchase) > 0 => 0,
        () if in_cart => 3,
        () if count(EventKind::ViewItem) == 0 => 0,
        () if count(EventKind::ExitIntent) > 0 => 2,
        () => 1,
    };
    vec![session.last_secs().saturating_sub(session.age_secs()), session.last_secs(), left]
}
