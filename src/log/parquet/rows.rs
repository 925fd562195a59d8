//! Rows of a lake as rows of a log, straight from the columns.
//!
//! It reads what `slotwise compact` writes. Where anything is otherwise it says nothing, and the row goes the long way, through
//! [`events`](super::events), which knows what is wrong with it. Products repeat, so what a text says of them is read once.

use super::cells::Cell;
use super::file::{MAX_ROW, Row};
use crate::event::{EventKind, Number, RawEvent, RawItem, RawParams, Refusal, Text};
use crate::log::columns::Columns;
use crate::log::json::{Said, item, row, stated};
use crate::log::row::{Line, RowItem};
use crate::log::skip::BadRow;
use crate::log::time;
use std::collections::HashMap;

/// Bytes of texts of products that are remembered.
const REMEMBERED: usize = 4 << 20;

/// What a text of products says.
#[derive(Clone, Default)]
struct Products {
    items: Vec<RowItem>,
    /// Why a stranger may not name them.
    refused: Option<Refusal>,
}

/// The places of a file's columns.
pub(super) struct Reader<'a> {
    columns: &'a Columns,
    places: HashMap<&'static str, usize>,
    products: HashMap<String, Products>,
    remembered: usize,
}

impl<'a> Reader<'a> {
    /// Gets ready for a file with these columns, in their order.
    pub(super) fn new(names: impl Iterator<Item = &'static str>, columns: &'a Columns) -> Self {
        let places = names.enumerate().map(|(at, name)| (name, at)).collect();
        Self { columns, places, products: HashMap::new(), remembered: 0 }
    }

    /// What a row is; `None` if it is not as `slotwise compact` writes it.
    pub(super) fn read(&mut self, from: &Row<'_>) -> Option<Result<Line, BadRow>> {
        let places = &self.places;
        let cell = |name| places.get(name).map_or(Cell::Nothing, |at| from.cell(*at));
        let mut length = 0;
        let mut text = |name| match cell(name) {
            Cell::Nothing => Some(""),
            Cell::Text(bytes) => {
                length += bytes.len();
                str::from_utf8(bytes).ok()
            }
            _ => None,
        };
        let number = |name| match cell(name) {
            Cell::Nothing => Some(None),
            Cell::Real(number) => Some(Some(number).filter(|number| number.is_finite())),
            _ => None,
        };
        let Cell::Whole(ms) = cell("time_ms") else { return None };
        let time_ms = time::of_number(ms as f64)?;
        let name = text("name")?;
        let [event_id, session, user] = [text("event_id")?, text("session")?, text("user")?];
        let [before, after] = [text("chain_before")?, text("chain_after")?];
        let [items, currency, offer] = [text("items")?, text("currency")?, text("offer")?];
        let [exposure, context] = [text("exposure")?, text("context")?];
        if length > MAX_ROW - 64 {
            return None;
        }
        let kind = self.columns.kind(name.trim());
        let worth_cents = match (kind, number("value")?) {
            (Some(EventKind::Purchase), Some(value)) if value >= 0.0 => Some(stated(value)),
            // Its products tell, with their quantities.
            (Some(EventKind::Purchase), _) => return None,
            _ => None,
        };
        let params = RawParams {
            items: Vec::new(),
            currency: Text(currency.into()),
            percent_scrolled: Number(number("percent_scrolled")?),
            engagement_time_msec: Number(number("engagement_time_msec")?),
            offer: Text(offer.into()),
            exposure: if exposure.is_empty() { None } else { serde_json::from_str(exposure).ok()? },
        };
        let raw = RawEvent {
            name: name.into(),
            params,
            event_id: Text(event_id.into()),
            time_ms: Number(None),
            chain: (!after.is_empty())
                .then(|| (Some(before).filter(|text| !text.is_empty()).map(Into::into), after.into())),
            context: if context.is_empty() { None } else { serde_json::from_str(context).ok()? },
        };
        let (session, user) = (session.to_owned(), user.to_owned());
        let Products { items, refused } = self.products(items)?;
        let Some(kind) = kind else { return Some(Ok(Line::Unknown(raw.name))) };
        Some(row(Said { raw, kind, time_ms, items, refused, session, user, worth_cents }))
    }

    /// What a text says of products.
    fn products(&mut self, text: &str) -> Option<Products> {
        if text.is_empty() {
            return Some(Products::default());
        }
        if let Some(known) = self.products.get(text) {
            return Some(known.clone());
        }
        let said: Vec<RawItem> = serde_json::from_str(text).ok()?;
        let items = said.iter().map(item).collect();
        // Of an event that is otherwise sound, only its products can be refused.
        let params = RawParams { items: said, ..RawParams::default() };
        let mut alone = RawEvent { name: EventKind::ViewItem.name().into(), params, ..RawEvent::default() };
        let products = Products { items, refused: alone.accept(0).err() };
        self.remembered += text.len();
        if self.remembered > REMEMBERED {
            self.products.clear();
            self.remembered = text.len();
        }
        self.products.insert(text.to_owned(), products.clone());
        Some(products)
    }
}
