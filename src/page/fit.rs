//! One page personalised to one session: asks for decisions, and says them to the scanner.
//!
//! This is the only file of the room that reads a [`Decision`].

use super::{Card, Field, PERSONALISED, SHOWS, Show, Subject, block, keys, rewrite, write_text};
use crate::decide::{BundleReport, Decider, Decision, Kind, Pick, Place};
use crate::event::ItemKey;
use crate::json;
use crate::model::{Model, write_decimal};
use crate::session::Session;
use crate::snapshot::ItemIndex;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use slotwise_scan::{Element, Host, Slot};

/// The best next items whose cards a page brings along.
const NEXT: usize = 20;

/// Fits one page to one session.
pub struct Fit<B> {
    decider: Decider<Rc<Model<B>>, Session>,
    /// What was decided for the page so far: words about a slot may stand before it, or behind.
    decided: Vec<Decided>,
    /// Whether a block for the browser is added at the page's end.
    adds: bool,
}

struct Decided {
    slot: String,
    anchor: Option<ItemKey>,
    about: String,
    decision: Decision,
    /// The page's language where the slot, or words about it, came first: the number of a locale of the plan.
    locale: usize,
    /// Whether the slot stays as it is although something was decided for it.
    left: bool,
}

impl<B: AsRef<[u8]>> Fit<B> {
    /// For the page the decider has begun.
    pub fn new(decider: Decider<Rc<Model<B>>, Session>) -> Self {
        Self { decider, decided: Vec::new(), adds: false }
    }

    /// The same, with a block at the page's end of what the browser needs for the page's products. A page that otherwise
    /// stays as it is gets none, nor does a visit that is held out.
    #[must_use]
    pub fn with_block(self) -> Self {
        Self { adds: !self.decider.is_held_out(), ..self }
    }

    /// The place of what is decided for a slot; `None` if the plan does not know it.
    fn decide(&mut self, slot: &Slot<'_>) -> Option<usize> {
        let anchor = slot.item.as_deref().filter(|id| !id.is_empty()).map(ItemKey::from_id);
        let about = slot.about.as_deref().unwrap_or_default();
        let is_same = |known: &Decided| known.slot == slot.name && known.anchor == anchor && known.about == about;
        let known = self.decided.iter().position(is_same);
        if known.is_some() {
            return known;
        }
        let place = Place { anchor, about, ahead: true, ..Place::default() };
        let decision = self.decider.decide(&slot.name, &place)?;
        let locale = self.decider.model().plan().locale(&slot.lang);
        let (about, slot) = (about.into(), slot.name.clone().into_owned());
        self.decided.push(Decided { slot, anchor, about, decision, locale, left: false });
        Some(self.decided.len() - 1)
    }
}

impl<B: AsRef<[u8]>> Host for Fit<B> {
    /// A slot that keeps the shop's content is held as well: whether it may be marked shows when it ends. So the visits
    /// that are held out are counted by the same rule as the others.
    fn slot(&mut self, slot: &Slot<'_>) -> Option<u32> {
        let place = self.decide(slot)?;
        let decision = &self.decided[place].decision;
        (decision.personalised || decision.counts).then_some(place as u32)
    }

    fn because(&mut self, slot: &Slot<'_>) -> Option<String> {
        let place = self.decide(slot)?;
        let known = self.decided.get(place).filter(|known| !known.left)?;
        let text = known.decision.because?.text(self.decider.model(), known.locale);
        let mut html = Vec::new();
        write_text(&text, false, &mut html);
        String::from_utf8(html).ok()
    }

    fn fit(&mut self, number: u32, element: &Element<'_>, out: &mut Vec<u8>) -> bool {
        let Some(known) = self.decided.get(number as usize) else { return false };
        let (mut decision, locale) = (known.decision.clone(), known.locale);
        if decision.kind == Kind::Order {
            let Some(keys) = keys(element) else { return false };
            let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
            let place = Place { anchor: known.anchor, about: &known.about, keys: &keys, ..Place::default() };
            match self.decider.decide(&known.slot, &place).filter(|_| !keys.is_empty()) {
                Some(with_keys) => decision = with_keys,
                None if decision.personalised => return false,
                None => {}
            }
        }
        let model = self.decider.shared_model();
        let mut attributes =
            if decision.counts { shows(&decision, &model, self.decider.session().seed()) } else { String::new() };
        if decision.personalised {
            for text in [" ", PERSONALISED, "=\"\""] {
                attributes.push_str(text);
            }
        }
        let id = |pick: &Pick| {
            let mut id = String::new();
            model.write_id(pick.item, &mut id);
            id
        };
        let ids: Vec<String> = decision.items.iter().map(id).collect();
        let places: Vec<usize> = decision.order.iter().map(|place| usize::from(*place)).collect();
        let leaning = self.decider.leaning();
        let products = |card: &Card, ascii: bool, out: &mut Vec<u8>| {
            for pick in &decision.items {
                let value = |field: Option<Field>, out: &mut String| match field {
                    Some(field) => field.write(&model, pick.item, &leaning, locale, out),
                    None => model.write_id(pick.item, out),
                };
                card.render(&Subject { value: &value, products: &|_, _, _| {} }, ascii, out);
            }
        };
        let bundle = decision.bundle(&model, locale);
        let whole = |card: &Card, ascii: bool, out: &mut Vec<u8>| {
            let value = |field: Option<Field>, out: &mut String| {
                out.push_str(bundle_value(&decision, &model, bundle.as_ref(), field));
            };
            card.render(&Subject { value: &value, products: &products }, ascii, out);
        };
        let show = match decision.choice_name(&model) {
            _ if !decision.personalised => Show::Own,
            _ if decision.kind == Kind::Order => Show::Order(&places),
            _ if decision.kind == Kind::Bundle => Show::Bundle { write: &whole },
            Some(variant) => Show::Variant(variant),
            None => Show::Cards { ids: &ids, write: &products },
        };
        rewrite(element, &attributes, &show, &mut |slot| self.because(slot), out)
    }

    fn adds(&self) -> bool {
        let changes = |known: &Decided| !known.left && (known.decision.personalised || known.decision.counts);
        self.adds && self.decided.iter().any(changes)
    }

    fn add(&mut self, out: &mut Vec<u8>) {
        let model = self.decider.shared_model();
        // The page's own products first, then that of the last event, then what is shown, then what may be shown next.
        let visited = self.decider.session().interactions().filter_map(|interaction| interaction.item);
        let own = self.decided.iter().filter_map(|known| known.anchor).chain(visited.take(1));
        let mut rowed: Vec<ItemIndex> = own.filter_map(|key| model.item(key)).collect();
        let anchor = self.decided.iter().find_map(|known| known.anchor);
        let next = self.decider.next_items(anchor, NEXT);
        rowed.extend(self.decided.iter().flat_map(|known| &known.decision.items).map(|pick| pick.item));
        let mut carded = rowed.clone();
        carded.extend(next);
        let mut sets: Vec<usize> = Vec::new();
        for known in &self.decided {
            let set = usize::from(model.plan().columns(known.locale));
            if set > 0 && !sets.contains(&set) {
                sets.push(set);
            }
        }
        block::write(&model, carded, &sets, rowed, out);
    }

    fn left(&mut self, number: u32) {
        if let Some(known) = self.decided.get_mut(number as usize) {
            known.left = true;
        }
    }
}

/// What the card of a bundle shows in a field; without a field the bundle's name.
fn bundle_value<'a, B: AsRef<[u8]>>(
    decision: &Decision,
    model: &'a Model<B>,
    bundle: Option<&'a BundleReport>,
    field: Option<Field>,
) -> &'a str {
    match (field, bundle) {
        (None, _) => decision.choice_name(model).unwrap_or_default(),
        (Some(Field::Title), Some(bundle)) => &bundle.title,
        (Some(Field::Price), Some(bundle)) => &bundle.price,
        (Some(Field::Url), Some(bundle)) => &bundle.url,
        (Some(Field::Image), Some(bundle)) => &bundle.image,
        _ => "",
    }
}

/// What the slot's exposure is to report, as an attribute with a space before it: a
/// [`RawExposure`](crate::event::RawExposure) in JSON.
fn shows<B: AsRef<[u8]>>(decision: &Decision, model: &Model<B>, seed: u16) -> String {
    let exposure = decision.exposure(model, seed);
    let mut out = String::from("{");
    for (name, value) in [
        ("slot", &exposure.slot),
        ("arm", &exposure.arm),
        ("choice", &exposure.choice),
        ("snapshot", &exposure.snapshot),
    ] {
        out.push('"');
        out.push_str(name);
        out.push_str("\":\"");
        json::write_text(&value.0, &mut out);
        out.push_str("\",");
    }
    out.push_str(if exposure.personalised { "\"personalised\":true" } else { "\"personalised\":false" });
    out.push_str(",\"seed\":");
    write_decimal(u64::from(seed), &mut out);
    // No `exit`: such a slot is marked in the browser.
    for (at, id) in exposure.items.iter().enumerate() {
        out.push_str(if at == 0 { ",\"items\":[\"" } else { ",\"" });
        json::write_text(&id.0, &mut out);
        out.push('"');
    }
    out.push_str(if exposure.items.is_empty() { "}" } else { "]}" });
    let mut attribute = Vec::new();
    for text in [" ", SHOWS, "=\""] {
        attribute.extend_from_slice(text.as_bytes());
    }
    write_text(&out, false, &mut attribute);
    attribute.push(b'"');
    String::from_utf8(attribute).unwrap_or_default()
}
