//! Rows gathered into a log.
//!
//! While rows come in, categories of events without a product have provisional numbers, since the final ones
//! are alphabetical; [`Gatherer::finish`] replaces them. What strangers say is only noted while rows come in: how much
//! of it counts is known when all visits are.

use super::catalogue::Catalogue;
use super::category;
use super::error::LogError;
use super::event::{Detail, LogEvent};
use super::exposure::LogExposure;
use super::influence;
use super::machine::is_machine;
use super::outlier::{self, Extremes};
use super::revenue;
use super::row::{LogRow, RowItem};
use super::sessions::Log;
use super::skip::{BadRow, Skip};
use super::stranger;
use super::summary::LogSummary;
use super::visit::{Visit, Visits};
use crate::context::Context;
use crate::event::{EventKind, RawExposure, Refusal};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use xxhash_rust::xxh64::xxh64;

/// How ids of simulated events begin. The contract of events has no field for it, and an id says nothing else.
pub const SIMULATED: &str = "simulated-";

/// Parts of a visit in which an engine weighs visits.
const PARTS: u16 = 1024;

/// Gathers rows.
#[derive(Default)]
pub(super) struct Gatherer {
    catalogue: Catalogue,
    visits: Visits,
    /// Each session by its number in `visits`.
    sessions: Vec<(Visit, Vec<LogEvent>)>,
    /// Exposures, each with the number of its session and its time.
    exposures: Vec<(usize, u64, RawExposure)>,
    /// Purchases of the shop's own rows: number of the session, time, and worth in hundredths.
    sales: Vec<(usize, u64, u64)>,
    /// Category paths of events without a product, and their provisional numbers.
    paths: Vec<String>,
    path_numbers: HashMap<String, u16>,
    /// The earliest and the latest of the shop's own rows, and of strangers' rows.
    extremes: [Extremes; 2],
    /// Digests of the event ids seen.
    event_ids: HashSet<u64>,
    /// Numbers of the sessions with an event of `slotwise simulate`.
    simulated: HashSet<usize>,
    /// The currency of the log; empty until a row names one.
    currency: String,
    /// Rows of each currency, in the order of their first rows.
    currencies: Vec<(String, u64)>,
    /// Currencies of the plan's other locales: rows in one of them count, without their prices and titles.
    others: Vec<String>,
    /// Whether an engine has found the products, so that all of them stay. It has weighed and sifted the visits, too.
    has_found: bool,
    /// How much the visits count that an engine has weighed, in 1,024ths, by their numbers.
    shares: HashMap<u32, u16>,
}

impl Gatherer {
    /// Gets ready for a log in a currency (empty: that of the first row that names one). `others` are currencies of other
    /// locales of the shop. `has_list` says whether the
    /// shop gives a catalogue.
    pub(super) fn new(currency: String, others: Vec<String>, has_list: bool) -> Self {
        Self { currency, others, catalogue: Catalogue::new(has_list), ..Self::default() }
    }

    /// Notes the time of a row at a line of a file.
    pub(super) fn note_time(&mut self, row: &LogRow, file: &Arc<Path>, line: u64) {
        self.extremes[usize::from(row.is_strangers)].add(row.time_ms, file, line);
    }

    /// Takes a row in.
    ///
    /// # Errors
    /// [`Refusal::Currency`] if it is in another currency than the log.
    pub(super) fn add(&mut self, mut row: LogRow, summary: &mut LogSummary) -> Result<(), BadRow> {
        self.agree_on_currency(&mut row)?;
        if !row.event_id.is_empty() && !self.event_ids.insert(xxh64(row.event_id.as_bytes(), 0)) {
            summary.repeated += 1;
            return Ok(());
        }
        let session = self.visits.of(&row);
        if row.event_id.starts_with(SIMULATED) {
            self.simulated.insert(session);
        }
        if session == self.sessions.len() {
            let number = session as u32;
            let user = if row.user.is_empty() { 0 } else { xxh64(row.user.as_bytes(), 0) };
            let (is_strangers, is_order) = (row.is_strangers, row.is_order);
            self.sessions.push((Visit { number, is_strangers, is_order, user, ..Visit::default() }, Vec::new()));
        }
        if let Some(share) = row.share {
            self.shares.insert(session as u32, share);
        }
        match row.exposure {
            Some(exposure) => self.add_exposure(session, row.time_ms, row.context, exposure),
            None => self.add_event(session, &row),
        }
        if row.kind == EventKind::Purchase && !row.is_strangers {
            let prices = || row.items.iter().map(|item| u64::from(item.price_cents)).sum();
            self.sales.push((session, row.time_ms, row.worth_cents.unwrap_or_else(prices)));
        }
        Ok(())
    }

    /// Takes in what the shop's catalogue says of a product, which may be one that nobody looked at yet.
    pub(super) fn list(&mut self, item: &RowItem) {
        self.catalogue.list(item);
    }

    /// Takes in a product that an engine has found, with its time of first sight.
    pub(super) fn find(&mut self, item: &RowItem, first_ms: u64) {
        self.has_found = true;
        self.catalogue.name(item, first_ms, false);
    }

    /// The currency of another name than the log's that most rows have; `None` if the log's own is that of most. Of
    /// equals the one named first wins.
    pub(super) fn better_currency(&self) -> Option<String> {
        let most = self.currencies.iter().rev().max_by_key(|(_, rows)| *rows)?;
        Some(most.0.clone()).filter(|most| *most != self.currency)
    }

    fn agree_on_currency(&mut self, row: &mut LogRow) -> Result<(), BadRow> {
        if row.currency.is_empty() {
            return Ok(());
        }
        match self.currencies.iter_mut().find(|(known, _)| *known == row.currency) {
            Some((_, rows)) => *rows += 1,
            None => self.currencies.push((row.currency.clone(), 1)),
        }
        if self.currency.is_empty() {
            self.currency.clone_from(&row.currency);
        }
        if row.currency == self.currency {
            return Ok(());
        }
        if self.others.contains(&row.currency) {
            // A page in another language: what was done counts, what it says of products does not.
            for item in &mut row.items {
                item.price_cents = 0;
                item.title.clear();
            }
            row.worth_cents = None;
            return Ok(());
        }
        let expected = "the currency of most rows; name it in a locale of the plan, train each currency on its own, or convert the prices";
        Err(BadRow::new(Skip::Refused(Refusal::Currency), "currency", &row.currency, expected))
    }

    fn add_exposure(&mut self, session: usize, time_ms: u64, context: Option<Context>, exposure: RawExposure) {
        let visit = &mut self.sessions[session].0;
        if let Some(context) = context {
            visit.context = context;
        }
        self.exposures.push((session, time_ms, exposure));
    }

    /// Takes in an event: once for each product it names, or once without one.
    fn add_event(&mut self, session: usize, row: &LogRow) {
        let named = row.items.iter().filter(|item| !item.id.is_empty());
        let events = &mut self.sessions[session].1;
        let before = events.len();
        for item in named {
            let (number, statement) = self.catalogue.name(item, row.time_ms, row.is_strangers && !self.has_found);
            let mut event = LogEvent::of_item(row.time_ms, number, row.kind).with_statement(statement);
            event.on_sale = item.on_sale;
            events.push(event);
        }
        if events.len() == before || !row.kind.names_items() {
            events.truncate(before);
            let event = LogEvent::without_item(row.time_ms, row.kind, self.detail(row));
            self.sessions[session].1.push(event);
        }
        let visit = &mut self.sessions[session].0;
        if let Some(context) = row.context.filter(|_| visit.context == Context::default()) {
            visit.context = context;
        }
        if !row.offer.is_empty() {
            visit.offered = Some(!matches!(row.offer.as_str(), "none" | "control" | "0" | "false"));
        }
    }

    /// The detail of an event without a product; a category has a provisional number.
    fn detail(&mut self, row: &LogRow) -> Detail {
        if !LogEvent::has_category(row.kind) {
            return Detail::Amount(row.amount);
        }
        let Some(path) = row.items.iter().map(|item| &item.category).find(|path| !path.is_empty()) else {
            return Detail::None;
        };
        if let Some(number) = self.path_numbers.get(path) {
            return Detail::Category(*number);
        }
        // The last number stands for "none" in an event.
        let number = u16::try_from(self.paths.len()).ok().filter(|number| *number < u16::MAX);
        number.map_or(Detail::None, |number| {
            self.paths.push(path.clone());
            self.path_numbers.insert(path.clone(), number);
            Detail::Category(number)
        })
    }

    /// Drops what is a machine's or says nothing, and puts the rest in order.
    ///
    /// # Errors
    /// [`LogError::Empty`] if nothing is left.
    pub(super) fn finish(mut self, summary: &mut LogSummary) -> Result<Log, LogError> {
        // What rows were recognised by is not needed any more, and a long log has much of it.
        (self.visits, self.event_ids) = Default::default();
        for (_, session) in &mut self.sessions {
            session.sort_by_key(|event| event.time_ms);
        }
        if !self.has_found {
            outlier::drop_outlying(&mut self.sessions, &self.extremes, summary);
            stranger::drop_lone_purchases(&mut self.sessions, summary);
        }
        let exposures = self.exposures_of_people();
        self.drop_useless(summary);
        let weights = self.weights();
        let exists = self.catalogue.existing(&self.sessions, &weights, summary);
        let mut log = Log { currency: self.currency, exposures, ..Log::default() };
        log.items = self.catalogue.into_items(&self.sessions, &weights);
        revenue::tell(&mut log.exposures, &self.sessions, &self.sales, &log.items);
        log.ends.reserve_exact(self.sessions.len());
        log.visits.reserve_exact(self.sessions.len());
        log.events.reserve_exact(self.sessions.iter().map(|(_, session)| session.len()).sum());
        // Each session is let go once it is in the log: a long one would not fit twice.
        for (number, (visit, session)) in self.sessions.into_iter().enumerate() {
            let known = || session.iter().filter(|event| event.item.is_none_or(|item| exists[item.index()]));
            if !known().any(|event| event.item.is_some()) {
                summary.without_product += 1;
                continue;
            }
            log.events.extend(known().map(LogEvent::with_statement_dropped));
            log.ends.push(log.events.len());
            log.visits.push(visit);
            log.weights.extend(weights.get(number));
            summary.flood_visits += u64::from(log.is_flood(log.visits.len() - 1));
        }
        let times = || log.events.iter().map(|event| event.time_ms);
        let (Some(oldest), Some(newest)) = (times().min(), times().max()) else {
            return Err(summary.empty());
        };
        log.span_ms = (oldest, newest);
        if !self.has_found {
            log.keep_used_items();
        }
        for item in log.items.iter_mut().filter(|item| item.is_listed_only()) {
            item.first_ms = newest;
        }
        log.categories = category::number(&mut log.items, &mut summary.notes);
        let number = |path: &String| log.categories.binary_search(path).ok().and_then(|at| u16::try_from(at).ok());
        let numbers: Vec<Option<u16>> = self.paths.iter().map(number).collect();
        for event in &mut log.events {
            if let Detail::Category(provisional) = event.detail() {
                let detail = numbers[usize::from(provisional)].map_or(Detail::None, Detail::Category);
                *event = LogEvent::without_item(event.time_ms, event.kind, detail);
            }
        }
        if log.visits.iter().all(|visit| visit.is_order) {
            summary.notes.push(
                "the log has orders and no visits: it teaches what sells and what is bought together. What visitors look at \
                 next, and who of them buys, needs events of visits, too"
                    .into(),
            );
        }
        summary.simulated_visits = self.simulated.len() as u64;
        summary.events = log.events.len() as u64;
        summary.sessions = log.ends.len() as u64;
        summary.items = log.items.len() as u64;
        summary.put_into_words();
        Ok(log)
    }

    /// How much each session counts; none if all count in full.
    fn weights(&self) -> Vec<f32> {
        if !self.has_found {
            return influence::weights(&self.sessions);
        }
        if self.shares.values().all(|share| *share == PARTS) {
            return Vec::new();
        }
        let weight = |(visit, _): &(Visit, Vec<LogEvent>)| {
            f32::from(self.shares.get(&visit.number).copied().unwrap_or(PARTS)) / f32::from(PARTS)
        };
        self.sessions.iter().map(weight).collect()
    }

    /// The exposures of all sessions but those of machines.
    fn exposures_of_people(&mut self) -> Vec<LogExposure> {
        let exposure = |(number, time_ms, shown): (usize, u64, RawExposure)| {
            let (visit, events) = &self.sessions[number];
            (!is_machine(events)).then(|| LogExposure::of(visit, events, time_ms, shown))
        };
        std::mem::take(&mut self.exposures).into_iter().filter_map(exposure).collect()
    }

    /// Drops sessions of machines and those that name no product; the others in order of their beginning.
    fn drop_useless(&mut self, summary: &mut LogSummary) {
        self.sessions.retain(|(_, session)| {
            let machine = is_machine(session);
            let useful = session.iter().any(|event| event.item.is_some());
            if machine {
                summary.machine_sessions += 1;
                summary.machine_events += session.len() as u64;
            } else if !useful {
                summary.without_product += 1;
            }
            !machine && useful
        });
        self.sessions.sort_by_key(|(_, session)| session.first().map_or(0, |first| first.time_ms));
    }
}
