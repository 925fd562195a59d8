//! Rows gathered into a log.
//!
//! While rows come in, categories of events without a product have provisional numbers, since the final ones
//! are alphabetical; [`Gatherer::finish`] replaces them.

use super::catalogue::{Catalogue, number_categories};
use super::error::LogError;
use super::event::{Detail, LogEvent};
use super::exposure::LogExposure;
use super::machine::is_machine;
use super::row::{LogRow, RowItem};
use super::sessions::Log;
use super::summary::LogSummary;
use super::visit::{Visit, Visits};
use crate::context::Context;
use crate::event::RawExposure;
use std::collections::HashSet;

/// Gathers rows.
#[derive(Default)]
pub(super) struct Gatherer {
    catalogue: Catalogue,
    visits: Visits,
    /// Each session by its number in `visits`.
    sessions: Vec<(Visit, Vec<LogEvent>)>,
    /// Exposures, each with the number of its session and its time.
    exposures: Vec<(usize, u64, RawExposure)>,
    /// Category paths of events without a product, by their provisional numbers.
    paths: Vec<String>,
    event_ids: HashSet<String>,
    currency: String,
}

impl Gatherer {
    /// Takes a row in.
    ///
    /// # Errors
    /// [`LogError::Currency`] if its currency is not that of the rows before.
    pub(super) fn add(&mut self, row: LogRow, summary: &mut LogSummary) -> Result<(), LogError> {
        self.agree_on_currency(&row)?;
        if !row.event_id.is_empty() && !self.event_ids.insert(row.event_id.clone()) {
            summary.repeated += 1;
            return Ok(());
        }
        let session = self.visits.of(&row);
        if session == self.sessions.len() {
            let (number, is_strangers) = (session as u32, row.session.is_empty() && row.user.is_empty());
            self.sessions.push((Visit { number, is_strangers, ..Visit::default() }, Vec::new()));
        }
        match row.exposure {
            Some(exposure) => self.add_exposure(session, row.time_ms, row.context, exposure),
            None => self.add_event(session, &row),
        }
        Ok(())
    }

    /// Takes in what the shop's catalogue says of a product, which may be one that nobody looked at yet.
    pub(super) fn list(&mut self, item: &RowItem) {
        self.catalogue.list(item);
    }

    fn agree_on_currency(&mut self, row: &LogRow) -> Result<(), LogError> {
        if row.currency.is_empty() || row.currency == self.currency {
            return Ok(());
        }
        if !self.currency.is_empty() {
            let (path, line) = (row.at.0.to_path_buf(), row.at.1);
            let (found, expected) = (row.currency.clone(), self.currency.clone());
            return Err(LogError::Currency { path, line, found, expected });
        }
        self.currency.clone_from(&row.currency);
        Ok(())
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
        let of_item = |item: &RowItem| {
            let number = self.catalogue.name(item, row.time_ms);
            let mut event = LogEvent::of_item(row.time_ms, number, row.kind);
            event.on_sale = item.on_sale;
            event
        };
        let mut events: Vec<LogEvent> = named.map(of_item).collect();
        if events.is_empty() || !row.kind.names_items() {
            events = vec![LogEvent::without_item(row.time_ms, row.kind, self.detail(row))];
        }
        let (visit, before) = &mut self.sessions[session];
        if let Some(context) = row.context.filter(|_| visit.context == Context::default()) {
            visit.context = context;
        }
        if !row.offer.is_empty() {
            visit.offered = Some(!matches!(row.offer.as_str(), "none" | "control" | "0" | "false"));
        }
        before.extend(events);
    }

    /// The detail of an event without a product; a category has a provisional number.
    fn detail(&mut self, row: &LogRow) -> Detail {
        if !LogEvent::has_category(row.kind) {
            return Detail::Amount(row.amount);
        }
        let Some(path) = row.items.iter().map(|item| &item.category).find(|path| !path.is_empty()) else {
            return Detail::None;
        };
        let at = self.paths.iter().position(|known| known == path).unwrap_or_else(|| {
            self.paths.push(path.clone());
            self.paths.len() - 1
        });
        u16::try_from(at).map_or(Detail::None, Detail::Category)
    }

    /// Drops what is a machine's or says nothing, and puts the rest in order.
    ///
    /// # Errors
    /// [`LogError::Empty`] if nothing is left.
    pub(super) fn finish(mut self, summary: &mut LogSummary) -> Result<Log, LogError> {
        for (_, session) in &mut self.sessions {
            session.sort_by_key(|event| event.time_ms);
        }
        let exposures = self.exposures_of_people();
        self.drop_useless(summary);
        let mut log = Log { currency: self.currency, exposures, ..Log::default() };
        for (visit, session) in &self.sessions {
            log.events.extend(session);
            log.ends.push(log.events.len());
            log.visits.push(*visit);
        }
        let times = || log.events.iter().map(|event| event.time_ms);
        let (Some(oldest), Some(newest)) = (times().min(), times().max()) else {
            return Err(LogError::Empty { read: summary.rows });
        };
        log.span_ms = (oldest, newest);
        log.items = self.catalogue.into_items();
        log.keep_used_items();
        for item in log.items.iter_mut().filter(|item| item.is_listed_only()) {
            item.first_ms = newest;
        }
        log.categories = number_categories(&mut log.items);
        let number = |path: &String| log.categories.binary_search(path).ok().and_then(|at| u16::try_from(at).ok());
        let numbers: Vec<Option<u16>> = self.paths.iter().map(number).collect();
        for event in &mut log.events {
            if let Detail::Category(provisional) = event.detail() {
                let detail = numbers[usize::from(provisional)].map_or(Detail::None, Detail::Category);
                *event = LogEvent::without_item(event.time_ms, event.kind, detail);
            }
        }
        summary.events = log.events.len() as u64;
        summary.sessions = log.ends.len() as u64;
        summary.items = log.items.len() as u64;
        Ok(log)
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
