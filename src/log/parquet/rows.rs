//! Rows of a lake as rows of a log, straight from the columns.
//!
//! It reads what `slotwise compact` writes. Where anything is otherwise it says nothing, and the row goes the long way, through
//! [`events`](super::events), which knows what is wrong with it.

use super::cells::Cell;
use super::events::Known;
use super::file::{MAX_ROW, Row};
use crate::event::{EventKind, Number, RawEvent, RawItem, RawParams, Text};
use crate::log::columns::Columns;
use crate::log::json::{Said, item, row, stated};
use crate::log::row::Line;
use crate::log::skip::BadRow;
use crate::log::time;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, SeqAccess, Visitor};
use std::fmt;

/// Longest texts of a row together. What is longer may be too long with its numbers.
const LONGEST: usize = MAX_ROW - 256;

/// Reads the rows of a file.
pub(super) struct Reader<'a> {
    columns: &'a Columns,
    places: Places,
    /// The products of a row. Its room is used again.
    items: Vec<RawItem>,
}

/// Where a file has each column, if it has it.
struct Places {
    time_ms: Option<usize>,
    name: Option<usize>,
    event_id: Option<usize>,
    session: Option<usize>,
    user: Option<usize>,
    chain_before: Option<usize>,
    chain_after: Option<usize>,
    items: Option<usize>,
    currency: Option<usize>,
    value: Option<usize>,
    offer: Option<usize>,
    percent_scrolled: Option<usize>,
    engagement_time_msec: Option<usize>,
    exposure: Option<usize>,
    context: Option<usize>,
}

impl Places {
    fn of(known: &[Known]) -> Self {
        let at = |name| known.iter().position(|(known, _)| *known == name);
        Self {
            time_ms: at("time_ms"),
            name: at("name"),
            event_id: at("event_id"),
            session: at("session"),
            user: at("user"),
            chain_before: at("chain_before"),
            chain_after: at("chain_after"),
            items: at("items"),
            currency: at("currency"),
            value: at("value"),
            offer: at("offer"),
            percent_scrolled: at("percent_scrolled"),
            engagement_time_msec: at("engagement_time_msec"),
            exposure: at("exposure"),
            context: at("context"),
        }
    }
}

/// A cell that is not as `slotwise compact` writes it.
struct Strange;

/// The cells of a row.
struct Cells<'a> {
    row: &'a Row<'a>,
    /// Bytes of the texts so far.
    length: usize,
}

impl<'a> Cells<'a> {
    fn cell(&self, at: Option<usize>) -> Cell<'a> {
        at.map_or(Cell::Nothing, |at| self.row.cell(at))
    }

    /// A text, empty where there is none.
    fn text(&mut self, at: Option<usize>) -> Option<&'a str> {
        match self.cell(at) {
            Cell::Nothing => Some(""),
            Cell::Text(bytes) => {
                self.length += bytes.len();
                str::from_utf8(bytes).ok()
            }
            _ => None,
        }
    }

    fn number(&self, at: Option<usize>) -> Option<Number> {
        match self.cell(at) {
            Cell::Nothing => Some(Number(None)),
            Cell::Real(number) => Some(Number(Some(number).filter(|number| number.is_finite()))),
            _ => None,
        }
    }

    /// What a text says in JSON, if there is one.
    fn json<T: DeserializeOwned>(&mut self, at: Option<usize>) -> Result<Option<T>, Strange> {
        match self.text(at).ok_or(Strange)? {
            "" => Ok(None),
            text => serde_json::from_str(text).map_err(|_| Strange),
        }
    }
}

impl<'a> Reader<'a> {
    /// Gets ready for a file with these columns, in their order.
    pub(super) fn new(known: &[Known], columns: &'a Columns) -> Self {
        Self { columns, places: Places::of(known), items: Vec::new() }
    }

    /// What a row is; `None` if it is not as `slotwise compact` writes it.
    pub(super) fn read(&mut self, from: &Row<'_>) -> Option<Result<Line, BadRow>> {
        let at = &self.places;
        let mut cells = Cells { row: from, length: 0 };
        let Cell::Whole(ms) = cells.cell(at.time_ms) else { return None };
        let time_ms = time::of_number(ms as f64)?;
        let name = cells.text(at.name)?;
        let kind = self.columns.kind(name.trim());
        let worth_cents = match (kind, cells.number(at.value)?.0) {
            (Some(EventKind::Purchase), Some(value)) if value >= 0.0 => Some(stated(value)),
            // Its products tell, with their quantities.
            (Some(EventKind::Purchase), _) => return None,
            _ => None,
        };
        self.items.clear();
        match cells.text(at.items)? {
            "" => {}
            text => {
                let mut json = serde_json::Deserializer::from_str(text);
                ItemsInto(&mut self.items).deserialize(&mut json).ok()?;
                json.end().ok()?;
            }
        }
        let params = RawParams {
            items: Vec::new(),
            currency: Text(cells.text(at.currency)?.into()),
            percent_scrolled: cells.number(at.percent_scrolled)?,
            engagement_time_msec: cells.number(at.engagement_time_msec)?,
            offer: Text(cells.text(at.offer)?.into()),
            exposure: cells.json(at.exposure).ok()?,
        };
        let [before, after] = [cells.text(at.chain_before)?, cells.text(at.chain_after)?];
        let before = Some(before).filter(|before| !before.is_empty());
        let mut raw = RawEvent {
            name: name.into(),
            params,
            event_id: Text(cells.text(at.event_id)?.into()),
            time_ms: Number(None),
            chain: (!after.is_empty()).then(|| (before.map(Into::into), after.into())),
            context: cells.json(at.context).ok()?,
        };
        let [session, user] = [cells.text(at.session)?.to_owned(), cells.text(at.user)?.to_owned()];
        if cells.length > LONGEST {
            return None;
        }
        let Some(kind) = kind else { return Some(Ok(Line::Unknown(raw.name))) };
        if session.is_empty() && user.is_empty() {
            // Those of strangers are checked again.
            raw.params.items.clone_from(&self.items);
        }
        let items = self.items.drain(..).map(item).collect();
        Some(row(Said { raw, kind, time_ms, items, session, user, worth_cents }))
    }
}

/// Reads a list of products into a vector that is there already.
struct ItemsInto<'a>(&'a mut Vec<RawItem>);

impl<'de> DeserializeSeed<'de> for ItemsInto<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ItemsInto<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a list of products")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(item) = list.next_element()? {
            self.0.push(item);
        }
        Ok(())
    }
}
