//! Products as texts, for callers that make their own markup: a mail, an app, a server-rendered store.
//!
//! The texts are the fields of the slot contract, written by the same code as the cards of a page. A link that could put script into
//! a page is empty, and so is a price that is too old for the plan.
//!
//! They are written as JSON by hand: a structure with eight texts makes several hundred bytes more of Wasm.

use crate::decide::{DecisionReport, Leaning};
use crate::event::ItemKey;
use crate::json::write_text;
use crate::model::Model;
use crate::page::Field;
use crate::snapshot::ItemIndex;
use alloc::{string::String, vec::Vec};

/// Writes the products of some decisions, then others that the snapshot knows, as a list in JSON. None is there twice. A text is
/// empty where the catalogue says nothing.
pub(super) fn write_products(
    model: &Model<Vec<u8>>,
    decisions: &[DecisionReport],
    more: &[ItemKey],
    leaning: &Leaning,
    locale: usize,
    out: &mut String,
) {
    let decided = decisions.iter().flat_map(|decision| &decision.items).map(|pick| pick.item);
    let mut items: Vec<ItemIndex> = Vec::new();
    let mut text = String::new();
    out.push('[');
    for item in decided.chain(more.iter().filter_map(|key| model.item(*key))) {
        if items.contains(&item) {
            continue;
        }
        out.push_str(if items.is_empty() { "{\"item_id\":\"" } else { ",{\"item_id\":\"" });
        items.push(item);
        write_text(&model.item_id(item), out);
        for (name, field) in Field::ALL {
            for part in ["\",\"", name, "\":\""] {
                out.push_str(part);
            }
            text.clear();
            field.write(model, item, leaning, locale, &mut text);
            write_text(&text, out);
        }
        out.push_str("\"}");
    }
    out.push(']');
}
