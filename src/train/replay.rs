//! A log's visits as sessions again, step by step, as a host would have seen them.

use super::log::{Log, LogEvent, NO_ITEM, Visit};
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
        let item = (event.item != NO_ITEM).then(|| EventItem {
            key: self.keys[event.item as usize],
            category: None,
            on_sale: event.on_sale,
        });
        let of_list = !event.kind.names_items() && event.kind.is_step() && event.detail > 0;
        Event {
            kind: event.kind,
            items: item.into_iter().collect(),
            categories: if of_list { vec![self.categories[usize::from(event.detail) - 1]] } else { Vec::new() },
            amount: event.detail,
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
