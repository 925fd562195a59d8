//! What goes into a slot, and why.
//!
//! [`Decider::decide`] takes a slot of the plan through the same steps for every session: enough
//! evidence? which candidates? which of them? It returns a [`Decision`] that carries its reasons; in
//! doubt it is the shop's own content. Nothing here can fail, and nothing depends on the host.

mod choose;
mod fill;
mod intent;
mod reason;

pub use intent::{CategoryShare, IntentReport, PriceBand, Stage, intent, price_band, price_sensitivity};
pub use reason::Reason;

use crate::event::ItemKey;
use crate::model::{Model, Scratch};
use crate::session::Session;
use crate::snapshot::plan::{Fill, Slot};
use alloc::{format, string::String, vec::Vec};
use serde::Serialize;

/// What goes into a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Name of the slot.
    pub slot: String,
    /// `choose` or `fill`.
    pub kind: &'static str,
    /// `model` where the engine decided, `default` where the shop's own content stays.
    pub arm: &'static str,
    /// The variant to show (kind `choose`, arm `model`).
    pub variant: Option<String>,
    /// The products to show, best first (kind `fill`, arm `model`).
    pub items: Vec<Pick>,
    /// Why, the weightiest first.
    pub reasons: Vec<Reason>,
    /// Name of the snapshot that decided, 64 hexadecimal digits.
    pub snapshot: String,
}

/// A product in a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pick {
    /// The shop's id.
    pub item_id: String,
    /// Its score; compares within one strategy of one decision. 0 where a list put it here.
    pub score: u32,
    /// The strategy that chose it.
    pub strategy: &'static str,
    /// Its number in the snapshot.
    #[serde(skip)]
    pub item: u32,
}

impl Decision {
    fn of(slot: &Slot, snapshot: String) -> Self {
        let kind = match slot.fill {
            Fill::Choose { .. } => "choose",
            Fill::Items { .. } => "fill",
        };
        Self {
            slot: slot.name.clone(),
            kind,
            arm: "default",
            variant: None,
            items: Vec::new(),
            reasons: Vec::new(),
            snapshot,
        }
    }

    /// Whether the page has to be changed for it.
    pub fn changes_page(&self) -> bool {
        self.arm == "model"
    }
}

/// Decides slots for one session, with a scratch that is reused from slot to slot.
pub struct Decider<'a, B> {
    model: &'a Model<B>,
    session: &'a Session,
    scratch: &'a mut Scratch,
    evidence: u16,
}

impl<'a, B: AsRef<[u8]>> Decider<'a, B> {
    /// Gets ready to decide for a session.
    pub fn new(model: &'a Model<B>, session: &'a Session, scratch: &'a mut Scratch) -> Self {
        let evidence = session.touches().filter(|touch| touch.item.is_some()).count() as u16;
        Self { model, session, scratch, evidence }
    }

    /// What goes into the slot of this name; `None` if the plan does not know it. `anchor` is the
    /// product the slot's page is about, if it is about one.
    pub fn decide(&mut self, slot: &str, anchor: Option<ItemKey>) -> Option<Decision> {
        let model = self.model;
        let slot = model.plan().slot(slot)?;
        let mut decision = Decision::of(slot, format!("{}", model.id()));
        if self.evidence < slot.minimum_evidence {
            let text = format!("{} of the {} product events this slot asks for", self.evidence, slot.minimum_evidence);
            decision.reasons.push(Reason { code: "not_enough_evidence", text, weight: i32::from(self.evidence) });
            return Some(decision);
        }
        match &slot.fill {
            Fill::Choose { default, variants, minimum_share } => {
                choose::choose(model, self.session, default, variants, *minimum_share, &mut decision);
            }
            Fill::Items { strategies, limit, seen } => {
                let wanted = fill::Wanted { strategies, limit: usize::from(*limit), seen: *seen, anchor };
                fill::fill(model, self.session, &wanted, self.scratch, &mut decision);
            }
        }
        Some(decision)
    }

    /// Decides every slot of the plan, without an anchor.
    pub fn decide_all(&mut self) -> Vec<Decision> {
        let model = self.model;
        model.plan().slots.iter().filter_map(|slot| self.decide(&slot.name, None)).collect()
    }
}
