//! Products as texts, for callers that make their own markup: a mail, an app, a server-rendered store.
//!
//! The texts are the fields of the slot contract, written by the same code as the cards of a page. A link that could put script into
//! a page is empty, and so is a price that is too old for the plan.

use crate::decide::{DecisionReport, Leaning};
use crate::event::ItemKey;
use crate::model::Model;
use crate::page::Field;
use crate::snapshot::ItemIndex;
use alloc::{string::String, vec::Vec};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// What a card would show of one product, in the language of the question. Empty where the catalogue says nothing.
pub(super) struct ProductReport {
    item_id: String,
    fields: [String; Field::ALL.len()],
}

impl Serialize for ProductReport {
    // A loop over the fields: derived code, which writes each by itself, takes several hundred bytes more.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("item_id", &self.item_id)?;
        for ((name, _), text) in Field::ALL.iter().zip(&self.fields) {
            map.serialize_entry(*name, text)?;
        }
        map.end()
    }
}

/// The products of some decisions, then of other products that the snapshot knows. None is there twice.
pub(super) fn products(
    model: &Model<Vec<u8>>,
    decisions: &[DecisionReport],
    more: &[ItemKey],
    leaning: &Leaning,
    locale: usize,
) -> Vec<ProductReport> {
    let decided = decisions.iter().flat_map(|decision| &decision.items).map(|pick| pick.item);
    let mut items: Vec<ItemIndex> = Vec::new();
    for item in decided.chain(more.iter().filter_map(|key| model.item(*key))) {
        if !items.contains(&item) {
            items.push(item);
        }
    }
    let report = |item: ItemIndex| {
        let text = |field: Field| {
            let mut out = String::new();
            field.write(model, item, leaning, locale, &mut out);
            out
        };
        ProductReport { item_id: model.item_id(item), fields: Field::ALL.map(|(_, field)| text(field)) }
    };
    items.into_iter().map(report).collect()
}
