//! Events of a lake's part as an engine takes them: one flat row for each product.
//!
//! The rows are those that the log's own reader makes of a part, after the same checks, so that an engine and the reader agree
//! on what an event is. A product's category is one path, its price is in hundredths. Visits that only digests link have no
//! name yet; whoever writes the rows gives them one.

use super::file::ParquetFile;
use super::kept::Kept;
use super::lines::for_each_line;
use crate::context::Context;
use crate::event::EventKind;
use crate::log::columns::Columns;
use crate::log::error::LogError;
use crate::log::event::LogEvent;
use crate::log::influence::way_of;
use crate::log::row::{Line, LogRow, RowItem};
use indicatif::ProgressBar;
use std::path::Path;

/// An event of a part, checked.
pub(crate) struct FlatEvent {
    /// The digests of its session before and after, where only these tell which visit it belongs to.
    pub chain: Option<(Option<u64>, u64)>,
    /// Whether a stranger may have written it.
    pub is_strangers: bool,
    row: LogRow,
}

/// One row: an event, with one of its products or none. Empty texts are fields it lacks.
#[derive(Debug, Default)]
pub(crate) struct FlatRow {
    pub time_ms: u64,
    pub name: &'static str,
    pub item: RowItem,
    pub session: String,
    pub user: String,
    /// The event's id and the place of the product in it.
    pub event_id: String,
    pub currency: String,
    pub offer: String,
    /// How far a scroll went, and how long an engagement took in milliseconds.
    pub scrolled: Option<f64>,
    pub engaged: Option<f64>,
    /// Traffic source, device and region of the visit, as one text.
    pub way: String,
    /// The context and the exposure as JSON.
    pub context: String,
    pub exposure: String,
    /// What a purchase in the shop's own log was worth; 0 on its second row.
    pub worth_cents: Option<u64>,
}

impl FlatEvent {
    /// What tells events without a chain apart: the id, or else the time.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.row.event_id, self.row.time_ms)
    }

    /// The rows, of a visit of this name if the event has none of its own.
    pub(crate) fn into_rows(self, visit: &str) -> Vec<FlatRow> {
        let mut row = self.row;
        let json = |part: Option<String>| part.unwrap_or_default();
        let context = row.context.filter(|context| *context != Context::default() || row.exposure.is_some());
        let way = context.as_ref().map_or_else(String::new, way_of);
        let is_sale = row.kind == EventKind::Purchase && !self.is_strangers;
        let prices = || row.items.iter().map(|item| u64::from(item.price_cents)).sum();
        let worth_cents = is_sale.then(|| row.worth_cents.unwrap_or_else(prices));
        let named = row.kind.names_items() && row.items.iter().any(|item| !item.id.is_empty());
        let items: Vec<RowItem> = if named {
            row.items.drain(..).filter(|item| !item.id.is_empty()).collect()
        } else {
            // A look at a list tells its category.
            let path = row.items.drain(..).map(|item| item.category).find(|path| !path.is_empty());
            let category = path.filter(|_| LogEvent::has_category(row.kind)).unwrap_or_default();
            vec![RowItem { category, ..RowItem::default() }]
        };
        let amount = (row.amount > 0).then(|| f64::from(row.amount));
        let of_item = |(at, item): (usize, RowItem)| FlatRow {
            time_ms: row.time_ms,
            name: row.kind.name(),
            item,
            session: if self.is_strangers { visit.into() } else { row.session.clone() },
            user: row.user.clone(),
            event_id: if row.event_id.is_empty() { String::new() } else { format!("{} {at}", row.event_id) },
            currency: row.currency.clone(),
            offer: row.offer.clone(),
            scrolled: amount.filter(|_| row.kind == EventKind::Scroll),
            engaged: amount.filter(|_| row.kind == EventKind::Engagement).map(|secs| secs * 1000.0),
            way: way.clone(),
            context: json(context.filter(|_| at == 0).map(|context| Kept::json(&context))),
            exposure: json(row.exposure.as_ref().map(Kept::json)),
            worth_cents: worth_cents.map(|worth| if at == 0 { worth } else { 0 }),
        };
        items.into_iter().enumerate().map(of_item).collect()
    }
}

/// Hands over the events of a part in order; what the log's reader would refuse is left out.
pub(crate) fn for_each_flat(
    file: &Path,
    sink: &mut dyn FnMut(FlatEvent) -> Result<(), LogError>,
) -> Result<(), LogError> {
    let columns = Columns::default();
    let mut take = |line, _| {
        let Ok(Line::Event(mut row)) = line else { return Ok(()) };
        if row.check().is_err() {
            return Ok(());
        }
        let number = |digest: &str| u64::from_str_radix(digest, 16).ok();
        let chain = row.chain.as_ref().filter(|_| row.is_strangers);
        let chain = chain.and_then(|(before, after)| Some((before.as_deref().and_then(number), number(after)?)));
        sink(FlatEvent { chain, is_strangers: row.is_strangers, row })
    };
    for_each_line(file, file, &columns, &[], &ProgressBar::hidden(), &mut take).map(drop)
}

/// Hands over the digests that the flat rows of a day ended with, each with the name of its visit.
pub(crate) fn for_each_link(file: &Path, sink: &mut dyn FnMut(u64, String)) -> Result<(), LogError> {
    let parquet = ParquetFile::open(file, file)?;
    let wanted = ["session_id", "link"].map(str::to_owned);
    parquet.for_each(file, &wanted, &|_| {}, &mut |row| {
        let link = row.text(1).and_then(|link| u64::from_str_radix(&link, 16).ok());
        if let (Some(session), Some(link)) = (row.text(0), link) {
            sink(link, session);
        }
        Ok(())
    })
}
