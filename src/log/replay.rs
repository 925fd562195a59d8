//! A log's visits as sessions again, step by step, as a host would have seen them.

use super::event::{Detail, LogEvent};
use super::sessions::Log;
use super::visit::Visit;
use crate::event::{CategoryKey, Event, EventItem, ItemKey};
use crate::session::Session;

/// Makes events of a log's own.
pub struct Replay {
    keys: Vec<ItemKey>,
    categories: Vec<CategoryKey>,
}

impl Replay {
    /// Gets ready for a log.
    pub fn new(log: &Log) -> Self {
        Self {
            keys: log.items.iter().map(|item| ItemKey::from_id(&item.id)).collect(),
            categories: log.categories.iter().map(|path| CategoryKey::from_path(path)).collect(),
        }
    }

    /// A log's event as hosts have it.
    pub fn event(&self, event: &LogEvent) -> Event {
        let item =
            event.item.map(|item| EventItem { key: self.keys[item.index()], category: None, on_sale: event.on_sale });
        let (categories, amount) = match event.detail() {
            Detail::None => (Vec::new(), 0),
            Detail::Category(number) => (vec![self.categories[usize::from(number)]], 0),
            Detail::Amount(amount) => (Vec::new(), amount),
        };
        Event {
            kind: event.kind,
            items: item.into_iter().collect(),
            categories,
            amount,
            seen: None,
            time_ms: event.time_ms,
        }
    }

    /// The session of a visit after these events.
    pub fn session(&self, visit: &Visit, events: &[LogEvent]) -> Session {
        let mut session = Session::begin(visit.context, events.first().map_or(0, |first| first.time_ms));
        for event in events {
            session.observe(&self.event(event));
        }
        session
    }
}
