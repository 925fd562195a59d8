//! Slots in a living page: found, and changed in place.
//!
//! Everything shown is set as text or as one attribute, never as HTML, so nothing from a catalogue can
//! become markup.

use crate::decide::Decision;
use crate::event::ItemKey;
use crate::model::Model;
use crate::page::{BECAUSE, CARD, FIELD, FITTED, Field, ITEM, KEY, SHOWS, SLOT, VARIANT};
use alloc::{format, string::String, vec::Vec};
use js_sys::JSON;
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{Element, HtmlTemplateElement, NodeList};

#[wasm_bindgen]
extern "C" {
    /// A document, an element or a fragment.
    type Root;
    #[wasm_bindgen(method, catch, js_name = querySelectorAll)]
    fn query_selector_all(this: &Root, selectors: &str) -> Result<NodeList, JsValue>;
}

/// A slot of the page, or only the words about one that is not below the root.
pub(super) struct Slot {
    pub name: String,
    pub anchor: Option<ItemKey>,
    /// What it shows: as [`Place::keys`](crate::decide::Place::keys) has it.
    pub keys: Vec<String>,
    pub fitted: bool,
    element: Option<Element>,
    /// Elements that say why.
    because: Vec<Element>,
}

/// The slots below `root`, in the order in which the document first names them.
pub(super) fn slots(root: &JsValue) -> Vec<Slot> {
    let root: &Root = root.unchecked_ref();
    let mut slots: Vec<Slot> = Vec::new();
    let found = root.query_selector_all(&format!("[{SLOT}],[{BECAUSE}]")).map(|list| elements(&list));
    for element in found.unwrap_or_default() {
        let own = element.get_attribute(SLOT);
        let Some(name) = own.clone().or_else(|| element.get_attribute(BECAUSE)) else { continue };
        let anchor = element.get_attribute(ITEM).map(|id| ItemKey::from_id(&id));
        let known = slots.iter().position(|slot| slot.name == name && slot.anchor == anchor);
        let at = known.unwrap_or_else(|| {
            let (keys, because) = (Vec::new(), Vec::new());
            slots.push(Slot { name, anchor, keys, fitted: false, element: None, because });
            slots.len() - 1
        });
        if own.is_some() {
            slots[at].keys = shown(&element).unwrap_or_default();
            // What is put in order was so, or was not, when the page began: it does not jump under a hand.
            let ordered =
                element.has_attribute(SHOWS) && children(&element, &format!("[{KEY}]")).is_ok_and(|c| !c.is_empty());
            slots[at].fitted = element.has_attribute(FITTED) || ordered;
            slots[at].element = Some(element);
        } else {
            slots[at].because.push(element);
        }
    }
    slots
}

/// What a slot shows: keys, else the products of its cards, else the variant.
fn shown(slot: &Element) -> Result<Vec<String>, JsValue> {
    for name in [KEY, ITEM, VARIANT] {
        let named = children(slot, &format!("[{name}]:not(template)"))?;
        if !named.is_empty() {
            return Ok(named.iter().filter_map(|element| element.get_attribute(name)).collect());
        }
    }
    Ok(Vec::new())
}

impl Slot {
    /// Changes the page as the decision says; where it says nothing, the slot stays as it is. Leaves on it what
    /// its exposure is to report.
    pub(super) fn apply<B: AsRef<[u8]>>(&self, decision: &Decision, model: &Model<B>) -> Result<(), JsValue> {
        self.tell(decision);
        let Some(element) = &self.element else { return Ok(()) };
        if decision.fitted {
            match (&decision.variant, decision.kind) {
                (Some(variant), _) => show(element, variant)?,
                (None, "order") => reorder(element, &decision.order)?,
                (None, _) => fill(element, decision, model)?,
            }
            element.set_attribute(FITTED, "")?;
        }
        self.mark(decision)
    }

    /// Leaves on the slot what its exposure is to report. What the engine put here before and would not put
    /// here now still is what is seen.
    pub(super) fn mark(&self, decision: &Decision) -> Result<(), JsValue> {
        let Some(element) = self.element.as_ref().filter(|_| decision.counts && (decision.fitted || !self.fitted))
        else {
            return Ok(());
        };
        let exposure = JSON::stringify(&crate::js::object(&decision.exposure())?)?;
        element.set_attribute(SHOWS, &String::from(exposure))
    }

    fn tell(&self, decision: &Decision) {
        for element in &self.because {
            if let Some(because) = &decision.because {
                element.set_text_content(Some(&because.text));
            }
        }
    }
}

/// Puts the children with keys in order, behind those without.
fn reorder(slot: &Element, order: &[String]) -> Result<(), JsValue> {
    let keyed = children(slot, &format!("[{KEY}]"))?;
    for key in order {
        if let Some(child) = keyed.iter().find(|child| child.get_attribute(KEY).as_deref() == Some(key)) {
            slot.append_child(child)?;
        }
    }
    Ok(())
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
        card.set_attribute(ITEM, &model.item_id(pick.item))?;
        write(&card, model, pick.item)?;
        for part in elements(&card.query_selector_all(&format!("[{FIELD}]"))?) {
            write(&part, model, pick.item)?;
        }
        slot.append_child(&card)?;
    }
    Ok(())
}

fn write<B: AsRef<[u8]>>(element: &Element, model: &Model<B>, item: u32) -> Result<(), JsValue> {
    for field in Field::list(&element.get_attribute(FIELD).unwrap_or_default()) {
        let mut value = String::new();
        field.write(model, item, &mut value);
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
