//! Slots in a living page: found, and changed in place.
//!
//! Everything shown is set as text or as one attribute, never as HTML, so nothing from a catalogue can
//! become markup.

use crate::decide::Decision;
use crate::event::ItemKey;
use crate::model::{Model, Product};
use crate::page::{ARM, CARD, FIELD, Field, ITEM, SLOT, VARIANT};
use alloc::{format, string::String, vec::Vec};
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{Element, HtmlTemplateElement, NodeList};

#[wasm_bindgen]
extern "C" {
    /// A document, an element or a fragment.
    type Root;
    #[wasm_bindgen(method, catch, js_name = querySelectorAll)]
    fn query_selector_all(this: &Root, selectors: &str) -> Result<NodeList, JsValue>;
}

/// A slot of the page.
pub(super) struct Slot {
    pub name: String,
    pub anchor: Option<ItemKey>,
    element: Element,
}

/// The slots below `root`, in document order.
pub(super) fn slots(root: &JsValue) -> Vec<Slot> {
    let root: &Root = root.unchecked_ref();
    let of = |element: Element| {
        let name = element.get_attribute(SLOT)?;
        let anchor = element.get_attribute(ITEM).map(|id| ItemKey::from_id(&id));
        Some(Slot { name, anchor, element })
    };
    let found = root.query_selector_all(&format!("[{SLOT}]")).map(|list| elements(&list)).unwrap_or_default();
    found.into_iter().filter_map(of).collect()
}

/// Changes the page as the decision says; a default leaves it as it is.
pub(super) fn apply<B: AsRef<[u8]>>(slot: &Slot, decision: &Decision, model: &Model<B>) -> Result<(), JsValue> {
    if !decision.changes_page() {
        return Ok(());
    }
    match &decision.variant {
        Some(variant) => show(&slot.element, variant)?,
        None => fill(&slot.element, decision, model)?,
    }
    slot.element.set_attribute(ARM, decision.arm)
}

/// Shows a variant and puts the one shown before into a template of its own. A variant the page does
/// not have changes nothing.
fn show(slot: &Element, variant: &str) -> Result<(), JsValue> {
    let children = children(slot, &format!("[{VARIANT}]"))?;
    let (templates, shown): (Vec<_>, Vec<_>) =
        children.into_iter().partition(JsCast::is_instance_of::<HtmlTemplateElement>);
    let named = |element: &&Element| element.get_attribute(VARIANT).as_deref() == Some(variant);
    if shown.iter().any(|element| named(&element)) {
        return Ok(());
    }
    let Some(template) = templates.iter().find(named) else { return Ok(()) };
    let Some(next) = first_element(template.unchecked_ref())? else { return Ok(()) };
    next.set_attribute(VARIANT, variant)?;
    for old in shown {
        let Some(document) = old.owner_document() else { return Ok(()) };
        let keep: HtmlTemplateElement = document.create_element("template")?.unchecked_into();
        keep.set_attribute(VARIANT, &old.get_attribute(VARIANT).unwrap_or_default())?;
        slot.insert_before(&keep, Some(&old))?;
        keep.content().append_child(&old)?;
    }
    slot.replace_child(&next, template)?;
    Ok(())
}

/// Shows products as cards. Cards that already show them in this order stay.
fn fill<B: AsRef<[u8]>>(slot: &Element, decision: &Decision, model: &Model<B>) -> Result<(), JsValue> {
    let Some(template) = children(slot, &format!("template[{CARD}]"))?.into_iter().next() else { return Ok(()) };
    let Some(card) = first_element(template.unchecked_ref())? else { return Ok(()) };
    let old = children(slot, &format!(":not([{CARD}])"))?;
    let same = old.len() == decision.items.len()
        && old
            .iter()
            .zip(&decision.items)
            .all(|(card, pick)| card.get_attribute(ITEM).as_deref() == Some(pick.item_id.as_str()));
    if same {
        return Ok(());
    }
    for element in old {
        element.remove();
    }
    for pick in &decision.items {
        let card: Element = card.clone_node_with_deep(true)?.unchecked_into();
        let product = model.product(pick.item);
        card.set_attribute(ITEM, &product.id)?;
        write(&card, &product, &model.meta().currency)?;
        for part in elements(&card.query_selector_all(&format!("[{FIELD}]"))?) {
            write(&part, &product, &model.meta().currency)?;
        }
        slot.append_child(&card)?;
    }
    Ok(())
}

fn write(element: &Element, product: &Product, currency: &str) -> Result<(), JsValue> {
    for field in Field::list(&element.get_attribute(FIELD).unwrap_or_default()) {
        let value = field.value(product, currency);
        match field.attribute() {
            Some(attribute) => element.set_attribute(attribute, &value)?,
            None => element.set_text_content(Some(&value)),
        }
    }
    Ok(())
}

/// A copy of the one element a template holds.
fn first_element(template: &HtmlTemplateElement) -> Result<Option<Element>, JsValue> {
    let first = template.content().query_selector("*")?;
    first.map(|element| Ok(element.clone_node_with_deep(true)?.unchecked_into())).transpose()
}

fn children(slot: &Element, selector: &str) -> Result<Vec<Element>, JsValue> {
    Ok(elements(&slot.query_selector_all(&format!(":scope > {selector}"))?))
}

fn elements(list: &NodeList) -> Vec<Element> {
    (0..list.length()).filter_map(|at| list.item(at)).map(JsCast::unchecked_into).collect()
}
