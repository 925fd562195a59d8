//! Rows gathered into sessions, and what they tell of each product.
//!
//! A session is what the log calls one; where it names only users, a silence of thirty minutes ends
//! one; where it names nobody (our own origin's log), lines are joined by the digests of the session
//! before and after. Sessions are flat arrays: sixteen bytes an event.

use super::TrainError;
use super::read::Row;
use super::trial::{self, Trial};
use crate::context::{Context, LocalTime};
use crate::event::EventKind;
use crate::session::GAP_SECS;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

/// Events of one session above which it is a machine's.
const BOT_EVENTS: usize = 300;
/// Events of a session from which on a sustained rate above one a second is a machine's.
const BOT_FAST: usize = 30;
/// Time at which a product was first seen that is in the catalogue only.
const LISTED: u64 = u64::MAX;
/// The category of products that have none.
pub const UNCATEGORISED: &str = "uncategorised";
/// Item number of an event that names no product.
pub const NO_ITEM: u32 = u32::MAX;

/// What was read, and what was dropped and why.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Rows read.
    pub rows: u64,
    /// Rows whose event name the engine does not use.
    pub unknown_names: u64,
    /// Rows with an `event_id` seen before.
    pub repeated: u64,
    /// Events in the sessions kept.
    pub events: u64,
    /// Sessions kept.
    pub sessions: u64,
    /// Products.
    pub items: u64,
    /// Sessions dropped as a machine's, and their events.
    pub bots: (u64, u64),
    /// Sessions dropped because they name no product.
    pub silent: u64,
    /// Anything else worth saying.
    pub notes: Vec<String>,
}

/// What the log tells of a product; the newest word wins.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// The shop's id.
    pub id: String,
    /// Number of its category.
    pub category: u16,
    /// Category path.
    pub path: String,
    /// Brand.
    pub brand: String,
    /// Title, if the log has one.
    pub title: String,
    /// Link, if the log has one.
    pub url: String,
    /// Picture, if the log has one.
    pub image: String,
    /// Price in hundredths; 0 if unknown.
    pub price_cents: u32,
    /// When it was first seen, in milliseconds since 1970.
    pub first_ms: u64,
    /// Whether the catalogue says that none is left.
    pub sold_out: bool,
}

/// One event of a kept session.
#[derive(Clone, Copy, Debug)]
pub struct LogEvent {
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// Number of the product, or [`NO_ITEM`].
    pub item: u32,
    /// Of an event without a product: one more than the number of its category, or 0. Of a scroll or an
    /// engagement: [`Event::amount`](crate::event::Event::amount).
    pub detail: u16,
    /// What was done.
    pub kind: EventKind,
    /// Whether the product was offered below its usual price.
    pub on_sale: bool,
}

/// What is known of a session besides its events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visit {
    /// Where it came from.
    pub context: Context,
    /// Whether it was offered something, in a randomised trial; `None` if it is in none.
    pub offered: Option<bool>,
}

/// Sessions and catalogue.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Events, session after session, sessions in order of their beginning.
    pub events: Vec<LogEvent>,
    /// End of each session in `events`.
    pub ends: Vec<usize>,
    /// Where each session came from.
    pub visits: Vec<Visit>,
    /// What visits saw of experiments, also those that did nothing else; those of machines are left out.
    pub trials: Vec<Trial>,
    /// Products, by number.
    pub items: Vec<Item>,
    /// Category paths, in alphabetical order.
    pub categories: Vec<String>,
    /// ISO 4217 code; empty if the log names none.
    pub currency: String,
    /// Time of the oldest and of the newest event.
    pub span_ms: (u64, u64),
    /// Whether the times are invented, as those of a session file are: they give the order and nothing else.
    pub untimed: bool,
}

impl LogEvent {
    /// An event about a product.
    pub fn of_item(time_ms: u64, item: u32, kind: EventKind) -> Self {
        Self { time_ms, item, detail: 0, kind, on_sale: false }
    }
}

impl Log {
    /// The sessions, oldest first.
    pub fn sessions(&self) -> impl Iterator<Item = &[LogEvent]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.events[start..*end])
    }

    /// Time of the oldest and of the newest event of a range of sessions.
    pub fn span_of(&self, sessions: Range<usize>) -> (u64, u64) {
        let times = || self.sessions().skip(sessions.start).take(sessions.len()).flatten().map(|event| event.time_ms);
        (times().min().unwrap_or_default(), times().max().unwrap_or_default())
    }

    /// Gives each visit that does not tell its local time that of clocks so many minutes ahead of UTC.
    pub fn tell_time(&mut self, offset_minutes: i32) {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        for (visit, start) in self.visits.iter_mut().zip(starts) {
            if visit.context.time == LocalTime::UNKNOWN {
                visit.context.time = LocalTime::from_ms(self.events[start].time_ms, offset_minutes);
            }
        }
    }

    /// A log of looks at items, by number, an hour from session to session and a minute from look to look.
    pub fn of_sessions(sessions: &[Vec<u32>], ids: Vec<String>) -> Self {
        let mut log = Self::default();
        for (number, session) in sessions.iter().enumerate() {
            let time_ms = |at: usize| (number * 60 + at + 1) as u64 * 60_000;
            let look = |(at, item): (usize, &u32)| LogEvent::of_item(time_ms(at), *item, EventKind::ViewItem);
            log.events.extend(session.iter().enumerate().map(look));
            log.ends.push(log.events.len());
        }
        log.untimed = true;
        log.visits = vec![Visit::default(); log.ends.len()];
        log.items = ids.into_iter().map(|id| Item { id, ..Item::default() }).collect();
        log.categories = vec![UNCATEGORISED.into()];
        log.span_ms = log.span_of(0..sessions.len());
        log
    }

    /// As [`Log::of_sessions`], with ids that are the numbers.
    #[cfg(test)]
    pub fn of_items<S: AsRef<[u32]>>(sessions: &[S]) -> Self {
        let sessions: Vec<Vec<u32>> = sessions.iter().map(|session| session.as_ref().to_vec()).collect();
        let items = sessions.iter().flatten().max().map_or(0, |max| max + 1);
        Self::of_sessions(&sessions, (0..items).map(|item| item.to_string()).collect())
    }

    /// The sessions that began before a share of all (0 to 1) and those that began later, as two logs. The
    /// first knows only products seen in it.
    pub fn split(&self, share: f64) -> (Self, Self) {
        let cut = (self.ends.len() as f64 * share) as usize;
        let part = |sessions: Range<usize>| {
            let start = sessions.start.checked_sub(1).map_or(0, |before| self.ends[before]);
            let end = sessions.end.checked_sub(1).map_or(0, |last| self.ends[last]);
            let mut log = Self {
                events: self.events[start..end].to_vec(),
                ends: self.ends[sessions.clone()].iter().map(|end| end - start).collect(),
                visits: self.visits[sessions.clone()].to_vec(),
                span_ms: self.span_of(sessions),
                ..self.clone()
            };
            keep_used(&mut log);
            log
        };
        (part(0..cut), part(cut..self.ends.len()))
    }
}

/// Gathers rows.
#[derive(Default)]
pub struct Builder {
    items: Vec<Item>,
    numbers: HashMap<String, u32>,
    sessions: Vec<(Visit, Vec<LogEvent>)>,
    /// Exposures, by the place of their session.
    exposures: Vec<trial::Seen>,
    /// Category paths of events without a product, by one less than their events' detail.
    paths: Vec<String>,
    by_id: HashMap<String, usize>,
    by_user: HashMap<String, (usize, u64)>,
    by_digest: HashMap<String, usize>,
    event_ids: HashSet<String>,
    currency: String,
}

impl Builder {
    /// Takes a row in.
    ///
    /// # Errors
    /// [`TrainError::Currency`] if its currency is not that of the rows before.
    pub fn add(&mut self, row: Row, report: &mut Report) -> Result<(), TrainError> {
        if !row.currency.is_empty() && row.currency != self.currency {
            if !self.currency.is_empty() {
                let (path, line) = (row.at.0.to_path_buf(), row.at.1);
                return Err(TrainError::Currency { path, line, found: row.currency, expected: self.currency.clone() });
            }
            self.currency.clone_from(&row.currency);
        }
        if !row.event_id.is_empty() && !self.event_ids.insert(row.event_id.clone()) {
            report.repeated += 1;
            return Ok(());
        }
        let session = self.session_of(&row);
        if let Some(exposure) = row.exposure {
            if let Some(context) = row.context {
                self.sessions[session].0.context = context;
            }
            if exposure.tested {
                self.sessions[session].0.offered = Some(exposure.offer.0 != "none");
            }
            self.exposures.push((session, row.time_ms, exposure));
            return Ok(());
        }
        let named = row.items.iter().filter(|item| !item.id.is_empty());
        let items: Vec<(u32, bool)> = named.map(|item| (self.item(item, row.time_ms), item.on_sale)).collect();
        let detail = if row.kind.names_items() { 0 } else { self.detail(&row) };
        let (visit, events) = &mut self.sessions[session];
        if let Some(context) = row.context.filter(|_| visit.context == Context::default()) {
            visit.context = context;
        }
        if !row.offer.is_empty() {
            visit.offered = Some(!matches!(row.offer.as_str(), "none" | "control" | "0" | "false"));
        }
        let event = |(item, on_sale)| LogEvent { time_ms: row.time_ms, item, detail, kind: row.kind, on_sale };
        if row.kind.names_items() && !items.is_empty() {
            events.extend(items.into_iter().map(event));
        } else {
            events.push(event((NO_ITEM, false)));
        }
        Ok(())
    }

    /// The detail of an event without a product; a category's is by its place in `paths` for now.
    fn detail(&mut self, row: &Row) -> u16 {
        let Some(path) = row.items.iter().map(|item| &item.category).find(|path| !path.is_empty()) else {
            return row.amount;
        };
        let at = self.paths.iter().position(|known| known == path).unwrap_or_else(|| {
            self.paths.push(path.clone());
            self.paths.len() - 1
        });
        u16::try_from(at + 1).unwrap_or_default()
    }

    fn session_of(&mut self, row: &Row) -> usize {
        let fresh = self.sessions.len();
        let found = if !row.session.is_empty() {
            *self.by_id.entry(row.session.clone()).or_insert(fresh)
        } else if !row.user.is_empty() {
            let (session, last) = self.by_user.entry(row.user.clone()).or_insert((fresh, row.time_ms));
            if row.time_ms.saturating_sub(*last) > u64::from(GAP_SECS) * 1000 {
                *session = fresh;
            }
            *last = row.time_ms;
            *session
        } else if let Some((before, after)) = &row.chain {
            let session = before.as_ref().and_then(|before| self.by_digest.get(before)).copied().unwrap_or(fresh);
            self.by_digest.insert(after.clone(), session);
            session
        } else {
            fresh
        };
        if found == fresh {
            self.sessions.push((Visit::default(), Vec::new()));
        }
        found
    }

    fn item(&mut self, row: &super::read::RowItem, time_ms: u64) -> u32 {
        let number = *self.numbers.entry(row.id.clone()).or_insert_with(|| {
            self.items.push(Item { id: row.id.clone(), first_ms: time_ms, ..Item::default() });
            self.items.len() as u32 - 1
        });
        let item = &mut self.items[number as usize];
        let newest = |held: &mut String, said: &str| {
            if !said.is_empty() && held != said {
                said.clone_into(held);
            }
        };
        newest(&mut item.path, &row.category);
        newest(&mut item.brand, &row.brand);
        newest(&mut item.title, &row.title);
        newest(&mut item.url, &row.url);
        newest(&mut item.image, &row.image);
        item.sold_out = row.sold_out;
        item.first_ms = item.first_ms.min(time_ms);
        if row.price_cents > 0 {
            item.price_cents = row.price_cents;
        }
        number
    }

    /// Takes in what the shop's catalogue says of a product, which may be one that nobody looked at yet.
    pub fn list(&mut self, item: &super::read::RowItem) {
        self.item(item, LISTED);
    }

    /// Drops what is a machine's or says nothing, and puts the rest in order.
    ///
    /// # Errors
    /// [`TrainError::Empty`] if nothing is left.
    pub fn finish(mut self, report: &mut Report) -> Result<Log, TrainError> {
        for (_, session) in &mut self.sessions {
            session.sort_by_key(|event| event.time_ms);
        }
        let trials = trial::trials(&self.sessions, &self.exposures);
        self.sessions.retain(|(_, session)| {
            let bot = is_machine(session);
            let silent = session.iter().all(|event| event.item == NO_ITEM);
            if bot {
                report.bots.0 += 1;
                report.bots.1 += session.len() as u64;
            } else if silent {
                report.silent += 1;
            }
            !bot && !silent
        });
        self.sessions.sort_by_key(|(_, session)| session.first().map_or(0, |first| first.time_ms));
        let mut log = Log { currency: self.currency, trials, ..Log::default() };
        for (visit, session) in &self.sessions {
            log.events.extend(session);
            log.ends.push(log.events.len());
            log.visits.push(*visit);
        }
        let times = || log.events.iter().map(|event| event.time_ms);
        let (Some(oldest), Some(newest)) = (times().min(), times().max()) else {
            return Err(TrainError::Empty { read: report.rows });
        };
        log.span_ms = (oldest, newest);
        log.items = self.items;
        keep_used(&mut log);
        for item in log.items.iter_mut().filter(|item| item.first_ms == LISTED) {
            item.first_ms = newest;
        }
        let paths: BTreeSet<String> = log.items.iter().map(|item| path_of(item).to_owned()).collect();
        log.categories = paths.into_iter().collect();
        for item in &mut log.items {
            let path = path_of(item);
            item.category =
                log.categories.binary_search_by(|known| known.as_str().cmp(path)).unwrap_or_default() as u16;
        }
        let number = |path: &String| log.categories.binary_search(path).map_or(0, |at| at as u16 + 1);
        let numbers: Vec<u16> = self.paths.iter().map(number).collect();
        let about_a_list =
            |event: &&mut LogEvent| !event.kind.names_items() && event.kind.is_step() && event.detail > 0;
        for event in log.events.iter_mut().filter(about_a_list) {
            event.detail = numbers[usize::from(event.detail) - 1];
        }
        report.events = log.events.len() as u64;
        report.sessions = log.ends.len() as u64;
        report.items = log.items.len() as u64;
        Ok(log)
    }
}

/// Whether a session has more events, or faster ones, than a person's.
pub(super) fn is_machine(session: &[LogEvent]) -> bool {
    let secs =
        session.last().map_or(0, |last| last.time_ms) / 1000 - session.first().map_or(0, |first| first.time_ms) / 1000;
    session.len() > BOT_EVENTS || (session.len() >= BOT_FAST && (secs as usize) < session.len())
}

fn path_of(item: &Item) -> &str {
    if item.path.is_empty() { UNCATEGORISED } else { &item.path }
}

/// Drops products only dropped sessions named, unless the catalogue lists them.
fn keep_used(log: &mut Log) {
    let mut numbers = vec![NO_ITEM; log.items.len()];
    for event in &mut log.events {
        if event.item != NO_ITEM {
            numbers[event.item as usize] = 0;
        }
    }
    let mut kept = Vec::new();
    for (item, number) in log.items.drain(..).zip(&mut numbers) {
        if *number == 0 || item.first_ms == LISTED {
            *number = kept.len() as u32;
            kept.push(item);
        }
    }
    log.items = kept;
    for event in log.events.iter_mut().filter(|event| event.item != NO_ITEM) {
        event.item = numbers[event.item as usize];
    }
}
