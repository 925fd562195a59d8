//! What kind of table a CSV file of events is: told by its header, so that nobody has to name a format.
//!
//! A file is one of the exports that are known, or else a plain table of events. A user who says with `--map` which column is
//! the event or the time knows better, and has a plain table.

use super::adobe::Hits;
use super::columns::{Columns, Field, Places};
use super::csv::{Layout, names_of};
use super::error::LogError;
use super::orders::Orders;
use super::row::{Line, LogRow};
use super::skip::{BadRow, Skip};
use crate::event::Refusal;
use std::path::Path;

/// Columns that an event needs.
const EVENT: [Field; 4] = [Field::Time, Field::Event, Field::Item, Field::Session];

/// A table of events.
pub(super) struct Table<'a> {
    header: Vec<String>,
    kind: Kind<'a>,
}

#[allow(clippy::large_enum_variant, reason = "there is one of them for each file")]
enum Kind<'a> {
    Events(Layout<'a>),
    Orders(Orders),
    Hits(Hits),
}

impl<'a> Table<'a> {
    /// Tells from a header what a table is. `elsewhere` are the columns of the shop's other file.
    ///
    /// # Errors
    /// As [`Layout::find`].
    pub(super) fn find(
        path: &Path,
        header: &csv::StringRecord,
        columns: &'a Columns,
        elsewhere: &[String],
    ) -> Result<Self, LogError> {
        let names = names_of(header);
        let is_plain = columns.names(Field::Event) || columns.names(Field::Time);
        let item = Places::find(columns, &names).of(Field::Item).filter(|_| columns.names(Field::Item));
        let orders = (!is_plain).then(|| Orders::find(&names, item)).flatten();
        let hits = (!is_plain).then(|| Hits::find(&names)).flatten();
        let kind = match (orders, hits) {
            (Some(orders), _) => Kind::Orders(orders),
            (None, Some(hits)) => Kind::Hits(hits),
            (None, None) => Kind::Events(Layout::find(path, header, columns, elsewhere, &EVENT)?),
        };
        if !matches!(kind, Kind::Events(_)) {
            columns.check(path, &names, elsewhere)?;
        }
        Ok(Self { header: names, kind })
    }

    /// What the table is, for the summary.
    pub(super) fn name(&self) -> &'static str {
        match &self.kind {
            Kind::Events(_) => "CSV",
            Kind::Orders(orders) => orders.name,
            Kind::Hits(_) => "Adobe Analytics' data feed",
        }
    }

    /// The same for an engine's sample.
    pub(super) fn of_sample(self) -> Self {
        let kind = match self.kind {
            Kind::Events(layout) => Kind::Events(layout.of_sample()),
            other => other,
        };
        Self { kind, ..self }
    }

    /// Number of columns.
    pub(super) fn width(&self) -> usize {
        self.header.len()
    }

    /// Names of the columns.
    pub(super) fn into_header(self) -> Vec<String> {
        self.header
    }

    /// What a row is.
    ///
    /// # Errors
    /// The first field that cannot be read, or [`Refusal::Shape`] if it has more or fewer fields than the header.
    pub(super) fn event(&mut self, fields: &csv::StringRecord) -> Result<Line, BadRow> {
        if fields.len() != self.width() {
            let found = format!("{} fields", fields.len());
            return Err(BadRow::new(Skip::Refused(Refusal::Shape), "row", &found, "as many fields as the header has"));
        }
        let line = match &mut self.kind {
            Kind::Events(layout) => layout.record(fields)?.event(),
            Kind::Orders(orders) => orders.event(fields),
            Kind::Hits(hits) => hits.event(fields),
        }?;
        if let Line::Event(LogRow { kind, items, .. }) = &line
            && kind.names_items()
            && items.is_empty()
        {
            return Err(BadRow::new(Skip::Refused(Refusal::ItemId), "product", "", "a product id"));
        }
        Ok(line)
    }
}
