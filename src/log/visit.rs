//! Which session a row belongs to.
//!
//! A session is what the log calls one. Where it names only users, a silence of thirty minutes ends one. Where
//! it names nobody, as our own origin's log does, lines are joined by the digests of the session before and
//! after.

use super::row::LogRow;
use crate::context::Context;
use crate::session::GAP_SECS;
use std::collections::HashMap;

/// What is known of a session besides its events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visit {
    /// Where it came from.
    pub context: Context,
    /// Whether it was offered something, in a randomised trial; `None` if it is in none.
    pub offered: Option<bool>,
    /// Its number among all visits that were read, also those that were dropped.
    pub number: u32,
    /// Whether only digests link its rows, so that a stranger may have written them.
    pub is_strangers: bool,
    /// Whether it is an order of a shop system's export: what was bought, without the visit that led to it.
    pub is_order: bool,
    /// Digest of the user whom its first row names; 0 if it names none.
    pub user: u64,
}

/// Sessions by what rows call them. Numbers them in the order of their first rows.
#[derive(Default)]
pub(super) struct Visits {
    count: usize,
    by_id: HashMap<String, usize>,
    /// The newest session of each user, and its newest time in milliseconds.
    by_user: HashMap<String, (usize, u64)>,
    /// The session that has a digest after its newest event.
    by_digest: HashMap<u64, usize>,
}

impl Visits {
    /// The number of the session a row belongs to; one more than any before if it begins one.
    pub(super) fn of(&mut self, row: &LogRow) -> usize {
        let fresh = self.count;
        let found = if !row.session.is_empty() {
            match self.by_id.get(&row.session) {
                Some(session) => *session,
                None => *self.by_id.entry(row.session.clone()).or_insert(fresh),
            }
        } else if !row.user.is_empty() {
            let (session, last) = self.by_user.entry(row.user.clone()).or_insert((fresh, row.time_ms));
            // A file may begin with its newest row.
            if row.time_ms.abs_diff(*last) > u64::from(GAP_SECS) * 1000 {
                *session = fresh;
            }
            *last = row.time_ms;
            *session
        } else if let Some((before, after)) = &row.chain {
            let number = |digest: &String| u64::from_str_radix(digest, 16).ok();
            let session = before.as_ref().and_then(|before| self.by_digest.get(&number(before)?).copied());
            let session = session.unwrap_or(fresh);
            if let Some(after) = number(after) {
                self.by_digest.insert(after, session);
            }
            session
        } else {
            fresh
        };
        self.count += usize::from(found == fresh);
        found
    }
}
