//! The state of one anonymous visit, and its token.
//!
//! A session holds the newest events (at most [`MAX_INTERACTIONS`]), a counter per kind of event and the
//! context of the first request. It holds no identifier: two visitors who do the same things at the
//! same second have equal sessions. The session also stores which slots were seen, so that rows do not jump and
//! nothing is shown too often, and a [seed](Session::seed), so that edge and browser assign the same arms.
//!
//! The token is the serialised session: a version byte, the session in postcard's encoding ([`crate::wire`]) and a
//! four-byte checksum, all in base64url. It travels in a first-party cookie, or stays in memory.
//!
//! Invariants: a token has at most [`MAX_TOKEN`] characters. A damaged, foreign or future token reads as `None` and is
//! never an error.

mod interaction;
mod packed;
#[cfg(feature = "names")]
mod raw;
mod token;

use crate::context::Context;
use crate::event::{CategoryKey, Event, EventItem, EventKind, Seen};
use crate::hash::hash;
use alloc::vec::Vec;
pub use interaction::Interaction;
use packed::PackedInteraction;

/// Name of the first-party cookie that carries the token.
pub const COOKIE: &str = "slotwise";
/// Number of interactions a session keeps: the newest ones. Sixteen of them, at their longest, fit the token, and older
/// ones hardly change a recommendation.
pub const MAX_INTERACTIONS: usize = 16;
/// Longest token, in characters. Browsers accept cookies of 4,096 bytes, but every request to the shop carries them.
pub const MAX_TOKEN: usize = 512;
/// Inactivity after which the next event starts a new session, in seconds (as in GA4).
pub const GAP_SECS: u32 = 30 * 60;

/// Number of declared categories a session keeps: the newest ones.
pub const MAX_DECLARED: usize = 3;
/// Number of seen slots a session keeps: the newest ones.
pub const MAX_SHOWN: usize = 6;

/// Value of [`Shown::times`] for a slot that opens once a visit, and has. Its entry is never dropped for a newer one:
/// the visit would forget that it was asked once.
pub const ONCE: u8 = u8::MAX;

/// First byte of a token. A change of the format or of the meaning of a field needs a new one; old tokens then read as
/// fresh sessions.
const VERSION: u8 = 1;
/// Number of products read from one event. A cart of forty lines says no more than its first five.
const MAX_ITEMS: usize = 5;

/// A slot that was seen in this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// 16-bit hash of the slot's name.
    pub slot: u16,
    /// 16-bit hash of the variant's or offer's name; 0 for the shop's own content and for products.
    pub choice: u16,
    /// Number of pages on which the engine's content was seen in it; saturates at 254. [`ONCE`] marks a slot that opens once
    /// a visit, and has.
    pub times: u8,
}

/// The state of one anonymous visit. `Default` is a visit without events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Time of the newest event in seconds since 1970; 0 before the first. Seconds in 32 bits last until 2106.
    last_secs: u32,
    /// Seconds from the first event to the newest.
    age_secs: u32,
    /// Events of each kind. Unlike `interactions`, they see the whole visit.
    counts: [u16; EventKind::COUNT],
    scrolled: u8,
    engaged_secs: u16,
    context: Context,
    seed: u16,
    declared: Vec<CategoryKey>,
    shown: Vec<Shown>,
    /// Oldest first, since new ones are pushed; readers get them newest first.
    interactions: Vec<PackedInteraction>,
}

impl Session {
    /// A visit that starts now.
    pub fn begin(context: Context, now_ms: u64) -> Self {
        // A hash instead of a random number: the core reads no randomness, and visits that begin alike share a seed, so it
        // cannot serve as an identifier.
        let time = u64::from(secs(now_ms)) ^ u64::from(context.time.hour) << 40 ^ u64::from(context.time.weekday) << 48;
        let way = u64::from(context.campaign) << 32 ^ u64::from(context.landing) << 16;
        let way = way ^ (context.source as u64) << 8 ^ context.device as u64;
        let seed = (hash(&time.to_le_bytes(), way) >> 48) as u16;
        Self { context, seed, ..Self::default() }
    }

    /// The bucketing key of experiments: 16 bits of a hash of the visit's first second and context. It does not identify
    /// anyone: of a million visits, about fifteen share each value.
    pub fn seed(&self) -> u16 {
        self.seed
    }

    /// Goes on with the session of a token. Returns a fresh session if there is none, or if its last event is more than
    /// [`GAP_SECS`] ago. `context` is called for a fresh session only.
    pub fn resume(kept: Option<Self>, now_ms: u64, context: impl FnOnce() -> Context) -> Self {
        kept.filter(|session| !session.is_over(now_ms)).unwrap_or_else(|| Self::begin(context(), now_ms))
    }

    /// Whether the next event would start a new session.
    pub fn is_over(&self, now_ms: u64) -> bool {
        self.last_secs > 0 && secs(now_ms).saturating_sub(self.last_secs) > GAP_SECS
    }

    /// Records an event.
    ///
    /// An event that repeats the newest interaction exactly (a reload) only moves the clock and marks that interaction as
    /// repeated; within the same second (a page that reports twice) it changes nothing. A clock that runs backwards counts
    /// as standing still, since gaps are stored without a sign. After [`GAP_SECS`] of silence a new session begins.
    pub fn observe(&mut self, event: &Event) {
        if self.is_over(event.time_ms) {
            *self = Self::begin(self.context, event.time_ms);
        }
        if let Some(seen) = event.seen {
            // An exposure is not an action of the visitor: it moves neither the clock nor the counters.
            self.see(seen);
            return;
        }
        let now = secs(event.time_ms).max(self.last_secs);
        let mut gap_secs = if self.last_secs == 0 { 0 } else { now - self.last_secs };
        let single = event.items.first().map(|first| interaction(event.kind, *first, 0));
        let repeats = event.items.len() <= 1
            && event.kind.names_items()
            && self.interactions.last().is_some_and(|last| Some(last.about()) == single.map(|t| t.about()));
        self.age_secs = self.age_secs.saturating_add(gap_secs);
        self.last_secs = now;
        if repeats {
            if let Some(last) = self.interactions.last_mut().filter(|_| gap_secs > 0) {
                last.repeat();
            }
            return;
        }
        let count = &mut self.counts[event.kind as usize];
        *count = count.saturating_add(1);
        match event.kind {
            EventKind::Scroll => self.scrolled = self.scrolled.max(event.amount.min(100) as u8),
            EventKind::Engagement => self.engaged_secs = self.engaged_secs.saturating_add(event.amount),
            EventKind::Preference => self.declare(&event.categories),
            _ => {}
        }
        if event.kind.names_items() && !event.items.is_empty() {
            for item in event.items.iter().take(MAX_ITEMS) {
                self.push(interaction(event.kind, *item, gap_secs));
                // The products of one event happened at the same time: only the first carries the pause before it.
                gap_secs = 0;
            }
        } else if matches!(event.kind, EventKind::ViewItemList | EventKind::Search) {
            // A list shows which category was viewed, but not which of its products.
            let category = event.categories.first().copied();
            let gap_secs = clamp(gap_secs);
            let interaction =
                Interaction { kind: event.kind, item: None, category, gap_secs, repeated: false, on_sale: false };
            self.push(PackedInteraction::from(interaction));
        }
    }

    /// Notes that a slot was seen, as the newest of [`MAX_SHOWN`]. Its old entry moves, so that its count goes on.
    fn see(&mut self, seen: Seen) {
        let at = self.shown.iter().position(|shown| shown.slot == seen.slot);
        let before = at.map_or(0, |at| self.shown.remove(at).times);
        if self.shown.len() == MAX_SHOWN {
            let oldest = self.shown.iter().position(|shown| shown.times != ONCE);
            self.shown.remove(oldest.unwrap_or_default());
        }
        let opened = before == ONCE || seen.personalised && seen.exit;
        let times = if opened { ONCE } else { (before + u8::from(seen.personalised)).min(ONCE - 1) };
        self.shown.push(Shown { slot: seen.slot, choice: seen.choice, times });
    }

    /// Notes declared categories as the newest of [`MAX_DECLARED`], each once.
    fn declare(&mut self, categories: &[CategoryKey]) {
        for category in categories {
            self.declared.retain(|known| known != category);
            if self.declared.len() == MAX_DECLARED {
                self.declared.remove(0);
            }
            self.declared.push(*category);
        }
    }

    /// Adds an interaction; the oldest one makes room.
    fn push(&mut self, interaction: PackedInteraction) {
        if self.interactions.len() == MAX_INTERACTIONS {
            self.interactions.remove(0);
        }
        self.interactions.push(interaction);
    }

    /// The history: remembered interactions, newest first.
    pub fn interactions(&self) -> impl DoubleEndedIterator<Item = Interaction> + ExactSizeIterator + '_ {
        self.interactions.iter().rev().map(PackedInteraction::unpack)
    }

    /// Number of events of each kind, including those no longer remembered. Saturates at 65,535.
    pub fn count(&self, kind: EventKind) -> u16 {
        self.counts[kind as usize]
    }

    /// Greatest scroll depth of the visit, in percent of a page.
    pub fn scrolled(&self) -> u8 {
        self.scrolled
    }

    /// Seconds of engagement, as reported by the shop.
    pub fn engaged_secs(&self) -> u16 {
        self.engaged_secs
    }

    /// Categories that the visitor declared, at most [`MAX_DECLARED`], oldest first.
    pub fn declared(&self) -> &[CategoryKey] {
        &self.declared
    }

    /// What was seen in the slot with this name hash.
    pub fn shown(&self, slot: u16) -> Option<Shown> {
        self.shown.iter().find(|shown| shown.slot == slot).copied()
    }

    /// Whether a slot that opens once a visit has done so.
    pub fn has_opened(&self) -> bool {
        self.shown.iter().any(|shown| shown.times == ONCE)
    }

    /// Seconds from the first event to the newest.
    pub fn age_secs(&self) -> u32 {
        self.age_secs
    }

    /// Time of the newest event in seconds since 1970; 0 before the first.
    pub fn last_secs(&self) -> u32 {
        self.last_secs
    }

    /// The context of the first request.
    pub fn context(&self) -> Context {
        self.context
    }

    /// Whether the session has no events.
    pub fn is_empty(&self) -> bool {
        self.last_secs == 0
    }

    /// Records an event and returns the digests that link it to the visit in an event log.
    pub fn observe_linked(&mut self, event: &Event) -> Link {
        // The first event after a long silence begins a new visit, so it has nothing before it and carries the context.
        let before = self.digest().filter(|_| !self.is_over(event.time_ms));
        let context = before.is_none().then_some(self.context);
        self.observe(event);
        Link { before, after: self.digest(), context }
    }
}

/// A digest of a session: a hash of its token's bytes. A log has it in hexadecimal.
pub type Digest = [u8; 8];

/// The link from one line of an event log to the next: see [`Session::digest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Digest before the event; `None` for the first event of a visit.
    pub before: Option<Digest>,
    /// Digest after the event; `None` only if nothing was recorded.
    pub after: Option<Digest>,
    /// Context of the visit; only set for its first event.
    pub context: Option<Context>,
}

fn interaction(kind: EventKind, about: EventItem, gap_secs: u32) -> PackedInteraction {
    let EventItem { key, category, on_sale } = about;
    let gap_secs = clamp(gap_secs);
    PackedInteraction::from(Interaction { kind, item: Some(key), category, gap_secs, repeated: false, on_sale })
}

fn secs(ms: u64) -> u32 {
    u32::try_from(ms / 1000).unwrap_or(u32::MAX)
}

fn clamp(secs: u32) -> u16 {
    u16::try_from(secs).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::LocalTime;
    use crate::event::ItemKey;

    fn event(kind: EventKind, id: &str, secs: u64) -> Event {
        let items = if id.is_empty() {
            Vec::new()
        } else {
            alloc::vec![EventItem {
                key: ItemKey::from_id(id),
                category: Some(CategoryKey::from_path(id)),
                on_sale: false
            }]
        };
        let categories = alloc::vec![CategoryKey::from_path(id)];
        Event { kind, items, categories, amount: 7, seen: None, time_ms: secs * 1000 }
    }

    #[test]
    fn a_token_brings_back_the_session() {
        let mut session = Session::begin(
            Context::from_request(
                "iPhone",
                "",
                "https://s.example/?utm_campaign=x",
                LocalTime::from_ms(1_700_000_000_000, 0),
            ),
            1_700_000_000_000,
        );
        for (n, id) in ["1", "SKU-2", "3"].iter().enumerate() {
            session.observe(&event(EventKind::ViewItem, id, 1_700_000_000 + n as u64 * 7));
        }
        session.observe(&event(EventKind::Scroll, "", 1_700_000_030));
        assert_eq!(Session::from_token(&session.to_token()), Some(session.clone()));
        session.observe(&event(EventKind::Preference, "lamps", 1_700_000_030));
        assert_eq!(Session::from_token(&session.to_token()), Some(session.clone()));
        assert_eq!((session.age_secs(), session.scrolled(), session.declared().len()), (30, 7, 1));
        assert_eq!(session.interactions().next().unwrap().item, Some(ItemKey::from_id("3")));
    }

    #[test]
    fn the_fullest_session_fits_the_token() {
        let mut session = Session::begin(Context { campaign: u16::MAX, landing: u16::MAX, ..Context::default() }, 7);
        let mut time = 4_200_000_000;
        for n in 0..70_000_u64 {
            time += 1000;
            let id = alloc::format!("product-with-a-hashed-id-{n}");
            session.observe(&event(EventKind::ALL[n as usize % EventKind::COUNT].1, &id, time));
        }
        session.counts = [u16::MAX; EventKind::COUNT];
        session.age_secs = u32::MAX;
        (session.scrolled, session.engaged_secs) = (100, u16::MAX);
        session.declared = alloc::vec![CategoryKey::from_bits(u32::MAX); MAX_DECLARED];
        session.shown = alloc::vec![Shown { slot: u16::MAX, choice: u16::MAX, times: u8::MAX }; MAX_SHOWN];
        session.seed = u16::MAX;
        for interaction in &mut session.interactions {
            *interaction = PackedInteraction::from(Interaction {
                kind: EventKind::Purchase,
                item: ItemKey::from_bits((1 << 49) - 1),
                category: Some(CategoryKey::from_bits((1 << 28) - 1)),
                gap_secs: u16::MAX,
                repeated: false,
                on_sale: false,
            });
        }
        let token = session.to_token();
        assert!(token.len() <= MAX_TOKEN, "{} characters", token.len());
        assert_eq!(Session::from_token(&token), Some(session));
    }

    #[test]
    fn a_slot_that_opened_once_is_not_forgotten() {
        let mut session = Session::default();
        let see = |session: &mut Session, slot: &str, personalised, exit| {
            let seen = Some(crate::event::Seen::of(slot, "", personalised, exit));
            session.observe(&Event { seen, ..event(EventKind::Exposure, "", 1000) });
        };
        // A visit that is held out has seen nothing open.
        see(&mut session, "cart.leaving", false, true);
        assert!(!session.has_opened());
        see(&mut session, "cart.leaving", true, true);
        for at in 0..600 {
            see(&mut session, &alloc::format!("home.slot{}", at % 20), true, false);
            assert!(session.has_opened(), "forgotten after {at} others");
        }
        let session = Session::from_token(&session.to_token()).unwrap();
        assert_eq!(session.shown(crate::context::key_of("cart.leaving")).unwrap().times, ONCE);
        // However often another slot was seen, it is no slot that opens once.
        let mut session = Session::default();
        for _ in 0..600 {
            see(&mut session, "home.hero", true, false);
        }
        assert!(!session.has_opened());
    }

    #[test]
    fn a_damaged_or_future_token_is_no_token() {
        let mut session = Session::default();
        session.observe(&event(EventKind::ViewItem, "1", 1_700_000_000));
        let token = session.to_token();
        for at in 0..token.len() {
            let mut bad = token.clone().into_bytes();
            bad[at] = if bad[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(Session::from_token(core::str::from_utf8(&bad).unwrap()), None, "character {at}");
            assert_eq!(Session::from_token(&token[..at]), None, "cut at {at}");
        }
        for foreign in ["", "%%%", "eyJhbGciOiJIUzI1NiJ9.e30.x", &"A".repeat(5000)] {
            assert_eq!(Session::from_token(foreign), None);
        }
    }

    #[test]
    fn silence_ends_a_session_and_a_repeat_is_a_mark_on_the_interaction() {
        let mut session = Session::default();
        session.observe(&event(EventKind::ViewItem, "1", 1000));
        session.observe(&event(EventKind::ViewItem, "1", 1000));
        assert!(!session.interactions().next().unwrap().repeated);
        session.observe(&event(EventKind::ViewItem, "1", 1005));
        assert!(session.interactions().next().unwrap().repeated);
        assert_eq!((session.count(EventKind::ViewItem), session.interactions().len()), (1, 1));
        assert_eq!(Session::from_token(&session.to_token()), Some(session.clone()));
        session.observe(&event(EventKind::ViewItem, "2", 900));
        assert_eq!(session.last_secs(), 1005);
        session.observe(&event(EventKind::ViewItem, "3", 1005 + u64::from(GAP_SECS) + 1));
        assert_eq!((session.count(EventKind::ViewItem), session.interactions().len()), (1, 1));
        let token = session.to_token();
        assert!(Session::resume(Session::from_token(&token), 10_000_000, Context::default).is_empty());
        assert!(!Session::resume(Session::from_token(&token), 3_000_000, Context::default).is_empty());
    }
}
