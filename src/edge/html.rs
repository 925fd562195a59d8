//! A page fitted while it streams: the slot contract on workerd's HTMLRewriter.
//!
//! Nothing of the page is held back except the cards' template and, where the shop put the default
//! variant before the others, that variant. A slot is changed only by what has already been seen to
//! be there: if the page lacks the template or the variant, the default stays.

use super::http::changeable;
use crate::decide::{Board, Decider, Decision, Place};
use crate::event::ItemKey;
use crate::js;
use crate::model::Model;
use crate::page::{BECAUSE, CARD, CardBuilder, FITTED, ITEM, KEY, SHOWS, SLOT, VARIANT, escape_into};
use crate::session::Session;
use alloc::{format, rc::Rc, string::String, vec::Vec};
use core::cell::RefCell;
use wasm_bindgen::prelude::*;
use worker::js_sys::{Array, Function, JSON, Object, Reflect, try_iter};
use worker::web_sys::Response;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = HTMLRewriter)]
    type Rewriter;
    #[wasm_bindgen(constructor, catch, js_class = HTMLRewriter)]
    fn new() -> Result<Rewriter, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn on(this: &Rewriter, selector: &str, handlers: &Object) -> Result<Rewriter, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn transform(this: &Rewriter, response: &Response) -> Result<Response, JsValue>;

    #[derive(Clone)]
    type Element;
    #[wasm_bindgen(method, getter, js_name = tagName)]
    fn tag_name(this: &Element) -> String;
    #[wasm_bindgen(method, getter)]
    fn attributes(this: &Element) -> JsValue;
    #[wasm_bindgen(method, js_name = getAttribute)]
    fn get_attribute(this: &Element, name: &str) -> Option<String>;
    #[wasm_bindgen(method, catch, js_name = setAttribute)]
    fn set_attribute(this: &Element, name: &str, value: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn before(this: &Element, content: &str, options: &Object) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn after(this: &Element, content: &str, options: &Object) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn remove(this: &Element) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = setInnerContent)]
    fn set_inner_content(this: &Element, text: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = removeAndKeepContent)]
    fn remove_and_keep_content(this: &Element) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = onEndTag)]
    fn on_end_tag(this: &Element, handler: &Function) -> Result<(), JsValue>;

    type EndTag;
    #[wasm_bindgen(method, catch, js_name = before)]
    fn before_end(this: &EndTag, content: &str, options: &Object) -> Result<(), JsValue>;

    type Text;
    #[wasm_bindgen(method, getter)]
    fn text(this: &Text) -> String;
}

/// Elements that have no end tag.
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

struct Page {
    model: Rc<Model<Vec<u8>>>,
    session: Session,
    board: Board,
    /// What was decided for the page so far: words about a slot may stand before it, or behind.
    decided: Vec<(String, Option<ItemKey>, Decision)>,
    slot: Option<Slot>,
    html: Object,
}

/// The slot the stream is in, if it is to be changed.
struct Slot {
    decision: Decision,
    /// What is being recorded: the card template, or a default variant that came first.
    recording: Option<CardBuilder>,
    card: Option<CardBuilder>,
    default: Option<CardBuilder>,
    /// Children of an *order* slot, taken out of the stream, with their keys.
    children: Vec<(String, CardBuilder)>,
    shown: bool,
    unwrapping: bool,
}

type Shared = Rc<RefCell<Page>>;

/// The response with its slots filled for the session; the board is that of the page, which has begun.
pub(super) fn fit(
    response: &Response,
    model: Rc<Model<Vec<u8>>>,
    session: Session,
    board: Board,
) -> Result<Response, JsValue> {
    let html = Object::new();
    Reflect::set(&html, &"html".into(), &JsValue::TRUE)?;
    let page = Rc::new(RefCell::new(Page { model, session, board, decided: Vec::new(), slot: None, html }));
    let rewriter = Rewriter::new()?
        .on(&format!("[{SLOT}]"), &on_element(&page, enter)?)?
        .on(&format!("[{SLOT}] > *"), &on_element(&page, child)?)?
        .on(&format!("[{SLOT}] > template[{VARIANT}] > *"), &on_element(&page, unwrapped)?)?
        .on(&format!("[{SLOT}] > template[{CARD}] *"), &on_element(&page, record)?)?
        .on(&format!("[{SLOT}] > template[{CARD}]"), &on_text(&page)?)?
        .on(&format!("[{SLOT}] > [{VARIANT}] *"), &on_element(&page, record)?)?
        .on(&format!("[{SLOT}] > [{VARIANT}]"), &on_text(&page)?)?
        .on(&format!("[{SLOT}] > [{KEY}] *"), &on_element(&page, record)?)?
        .on(&format!("[{SLOT}] > [{KEY}]"), &on_text(&page)?)?
        .on(&format!("[{BECAUSE}]"), &on_element(&page, because)?)?;
    changeable(&rewriter.transform(response)?)
}

type Handler = fn(&Shared, &Element) -> Result<(), JsValue>;

fn on_element(page: &Shared, handler: Handler) -> Result<Object, JsValue> {
    let page = Rc::clone(page);
    // An error of the rewriter's leaves this element as it is; the page goes on.
    let closure = Closure::<dyn FnMut(Element)>::new(move |element: Element| {
        let _ = handler(&page, &element);
    });
    handlers("element", &closure.into_js_value())
}

fn on_text(page: &Shared) -> Result<Object, JsValue> {
    let page = Rc::clone(page);
    let closure = Closure::<dyn FnMut(Text)>::new(move |text: Text| {
        if let Some(recording) = page.borrow_mut().slot.as_mut().and_then(|slot| slot.recording.as_mut()) {
            recording.text(&text.text());
        }
    });
    handlers("text", &closure.into_js_value())
}

fn handlers(kind: &str, closure: &JsValue) -> Result<Object, JsValue> {
    let object = Object::new();
    Reflect::set(&object, &kind.into(), closure)?;
    Ok(object)
}

fn at_end(element: &Element, handler: impl FnOnce(EndTag) + 'static) -> Result<(), JsValue> {
    element.on_end_tag(Closure::once_into_js(handler).unchecked_ref())
}

impl Page {
    fn decide(&mut self, name: &str, element: &Element) -> Option<Decision> {
        let anchor = element.get_attribute(ITEM).map(|id| ItemKey::from_id(&id));
        let known = |(slot, of, _): &&(String, Option<ItemKey>, Decision)| slot == name && *of == anchor;
        if let Some((.., decision)) = self.decided.iter().find(known) {
            return Some(decision.clone());
        }
        let Self { model, session, board, .. } = self;
        let decision = Decider::go_on(model, session, board).decide(name, &Place { anchor, ..Place::default() })?;
        self.decided.push((name.into(), anchor, decision.clone()));
        Some(decision)
    }
}

/// A slot begins: decide it.
fn enter(shared: &Shared, element: &Element) -> Result<(), JsValue> {
    let mut page = shared.borrow_mut();
    page.slot = None;
    let name = element.get_attribute(SLOT).unwrap_or_default();
    let Some(decision) = page.decide(&name, element) else { return Ok(()) };
    if decision.counts {
        element.set_attribute(SHOWS, &String::from(JSON::stringify(&js::object(&decision.exposure())?)?))?;
    }
    if !decision.fitted {
        return Ok(());
    }
    let shared = Rc::clone(shared);
    at_end(element, move |end| {
        let _ = leave(&shared, &end);
    })?;
    element.set_attribute(FITTED, "")?;
    page.slot = Some(Slot {
        decision,
        recording: None,
        card: None,
        default: None,
        children: Vec::new(),
        shown: false,
        unwrapping: false,
    });
    Ok(())
}

/// An element that says why: of a slot that may come later, which is decided now.
fn because(shared: &Shared, element: &Element) -> Result<(), JsValue> {
    let name = element.get_attribute(BECAUSE).unwrap_or_default();
    let decision = shared.borrow_mut().decide(&name, element);
    match decision.and_then(|decision| decision.because) {
        Some(because) => element.set_inner_content(&because.text),
        None => Ok(()),
    }
}

/// Takes a child of an *order* slot out of the stream; it comes back at the slot's end.
fn take_out(shared: &Shared, slot: &mut Slot, element: &Element, key: String) -> Result<(), JsValue> {
    let mut recording = CardBuilder::whole();
    let void = open(&mut recording, element)?;
    if void {
        return Ok(());
    }
    slot.recording = Some(recording);
    let (shared, tag) = (Rc::clone(shared), element.tag_name());
    at_end(element, move |_| {
        if let Some(slot) = shared.borrow_mut().slot.as_mut()
            && let Some(mut child) = slot.recording.take()
        {
            child.close(&tag);
            slot.children.push((key, child));
        }
    })?;
    element.remove()
}

/// A child of a slot: the card template, a card of the shop's, or a variant.
fn child(shared: &Shared, element: &Element) -> Result<(), JsValue> {
    let mut page = shared.borrow_mut();
    let html = page.html.clone();
    let Some(slot) = page.slot.as_mut() else { return Ok(()) };
    let template = element.tag_name() == "template";
    if slot.decision.kind == "order" {
        return match element.get_attribute(KEY) {
            Some(key) => take_out(shared, slot, element, key),
            None => Ok(()),
        };
    }
    let Some(variant) = slot.decision.variant.clone() else {
        if template && element.get_attribute(CARD).is_some() {
            slot.recording = Some(CardBuilder::default());
            let shared = Rc::clone(shared);
            return at_end(element, move |_| {
                if let Some(slot) = shared.borrow_mut().slot.as_mut() {
                    slot.card = slot.recording.take();
                }
            });
        }
        return if slot.card.is_some() { element.remove() } else { Ok(()) };
    };
    let Some(name) = element.get_attribute(VARIANT) else { return Ok(()) };
    if template {
        if name == variant && !slot.shown {
            element.remove_and_keep_content()?;
            (slot.shown, slot.unwrapping) = (true, true);
            let shared = Rc::clone(shared);
            at_end(element, move |_| {
                if let Some(slot) = shared.borrow_mut().slot.as_mut() {
                    slot.unwrapping = false;
                }
            })?;
        }
        return Ok(());
    }
    // The shop's own variant steps aside into a template, where the browser finds it again.
    let mut quoted = String::new();
    escape_into(&mut quoted, &name);
    element.before(&format!("<template {VARIANT}=\"{quoted}\">"), &html)?;
    element.after("</template>", &html)?;
    if !slot.shown {
        // It came before the others: if the wanted one is missing, it must be shown after all.
        let mut recording = CardBuilder::whole();
        open(&mut recording, element)?;
        slot.recording = Some(recording);
        let (shared, tag) = (Rc::clone(shared), element.tag_name());
        at_end(element, move |_| {
            if let Some(slot) = shared.borrow_mut().slot.as_mut() {
                slot.default = slot.recording.take();
                if let Some(default) = slot.default.as_mut() {
                    default.close(&tag);
                }
            }
        })?;
    }
    Ok(())
}

/// The element inside the template of the variant that is shown.
fn unwrapped(shared: &Shared, element: &Element) -> Result<(), JsValue> {
    let page = shared.borrow();
    match page.slot.as_ref().filter(|slot| slot.unwrapping).and_then(|slot| slot.decision.variant.as_ref()) {
        Some(variant) => element.set_attribute(VARIANT, variant),
        None => Ok(()),
    }
}

/// An element inside what is being recorded.
fn record(shared: &Shared, element: &Element) -> Result<(), JsValue> {
    let mut page = shared.borrow_mut();
    let Some(recording) = page.slot.as_mut().and_then(|slot| slot.recording.as_mut()) else { return Ok(()) };
    let void = open(recording, element)?;
    if void {
        return Ok(());
    }
    let (shared, tag) = (Rc::clone(shared), element.tag_name());
    at_end(element, move |_| {
        if let Some(recording) = shared.borrow_mut().slot.as_mut().and_then(|slot| slot.recording.as_mut()) {
            recording.close(&tag);
        }
    })
}

fn open(recording: &mut CardBuilder, element: &Element) -> Result<bool, JsValue> {
    let mut attributes = Vec::new();
    for pair in try_iter(&element.attributes())?.into_iter().flatten() {
        let pair: Array = pair?.unchecked_into();
        attributes.push((pair.get(0).as_string().unwrap_or_default(), pair.get(1).as_string().unwrap_or_default()));
    }
    let tag = element.tag_name();
    let void = VOID.contains(&tag.as_str());
    recording.open(&tag, attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())), void);
    Ok(void)
}

/// A slot ends: the cards come in, or the default comes back.
fn leave(shared: &Shared, end: &EndTag) -> Result<(), JsValue> {
    let mut page = shared.borrow_mut();
    let Some(slot) = page.slot.take() else { return Ok(()) };
    let mut html = String::new();
    if slot.decision.kind == "order" {
        let mut children = slot.children;
        let keys: Vec<String> = children.iter().map(|(key, _)| key.clone()).collect();
        let Page { model, session, board, .. } = &mut *page;
        for key in Decider::go_on(model, session, board).reorder(&slot.decision.slot, &keys) {
            if let Some(at) = children.iter().position(|(known, _)| *known == key) {
                html.push_str(&children.remove(at).1.into_html());
            }
        }
        for (_, child) in children {
            html.push_str(&child.into_html());
        }
    } else if slot.decision.variant.is_some() {
        if let (false, Some(default)) = (slot.shown, slot.default) {
            html = default.into_html();
        }
    } else if let Some(card) = slot.card.map(CardBuilder::finish).filter(|card| !card.is_empty()) {
        let model = &page.model;
        for pick in &slot.decision.items {
            card.render(model, pick.item, &mut html);
        }
    }
    if html.is_empty() { Ok(()) } else { end.before_end(&html, &page.html) }
}
