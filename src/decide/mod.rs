//! What goes into a slot, and why.
//!
//! [`Decider::decide`] takes a slot of the plan through the same steps for every visit: which arm is it in
//! ([`Circumstances`])? is it on, for this visit, with enough evidence, and not shown too often? which
//! candidates? which of them do the guardrails let through? It returns a [`Decision`] that carries its
//! reasons, in parts that add up to its score; in doubt it is the shop's own content. Nothing here can fail,
//! and nothing depends on the host: clock and session are arguments.

mod because;
mod candidates;
mod choose;
mod circumstances;
mod guard;
mod intent;
mod order;
mod preview;
mod reason;
mod row;
mod run;
mod telling;

pub use because::{Because, TEXTS};
pub use circumstances::Circumstances;
pub use intent::{CategoryShare, Gauge, IntentReport, PriceBand, Stage, gauge, intent, price_band, price_sensitivity};
pub use order::relevance;
pub use preview::{Force, Preview};
pub use reason::Reason;

use crate::event::{ItemKey, RawExposure, Text};
use crate::model::{Model, Scratch};
use crate::session::Session;
use crate::snapshot::plan::{Fill, Slot};
use alloc::borrow::ToOwned;
use alloc::{string::String, vec::Vec};
use serde::Serialize;

/// What goes into a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Name of the slot.
    pub slot: String,
    /// `choose`, `fill`, `order`, `offer`, or `own` where the arm is the shop's own content.
    pub kind: &'static str,
    /// Whether the engine puts something there; else the shop's own content stays.
    pub fitted: bool,
    /// The arm the visit is in: `holdout`, an arm of the slot's experiment, or `model` where there is none.
    pub arm: String,
    /// Chance of this arm for this visit, in ten-thousandths: what estimates divide by.
    pub propensity: u16,
    /// Whether seeing it counts: not in a preview.
    pub counts: bool,
    /// The variant or offer to show.
    pub variant: Option<String>,
    /// The products to show, best first.
    pub items: Vec<Pick>,
    /// Kind `order`: the keys of what the slot shows, in their new order.
    pub order: Vec<String>,
    /// What the reasons add up to: thousandths of attention for a variant, merit in thousandths a product.
    pub score: i32,
    /// Why: parts of the score, the strategies and their events in order; or what kept the shop's content.
    pub reasons: Vec<Reason>,
    /// What the guardrails did, and to how many products.
    pub guards: Vec<Reason>,
    /// Why, in a few words for the shopper; none where the shop's content stays.
    pub because: Option<Because>,
    /// Name of the snapshot that decided, 64 hexadecimal digits.
    pub snapshot: String,
    /// Whether the slot makes offers, and whether an experiment tests them.
    #[serde(skip)]
    offers: (bool, bool),
}

/// A product in a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pick {
    /// The shop's id.
    pub item_id: String,
    /// Its merit in thousandths of the best candidate's of its strategy, after boosts and diversity.
    pub score: i32,
    /// The strategy that chose it, or `pinned`.
    pub strategy: &'static str,
    /// Its number in the snapshot.
    #[serde(skip)]
    pub item: u32,
}

impl Decision {
    fn of(slot: &Slot, snapshot: String) -> Self {
        Self {
            slot: slot.name.clone(),
            kind: "own",
            fitted: false,
            arm: String::new(),
            propensity: 0,
            counts: true,
            variant: None,
            items: Vec::new(),
            order: Vec::new(),
            score: 0,
            reasons: Vec::new(),
            guards: Vec::new(),
            because: None,
            snapshot,
            offers: (slot.arms.iter().any(|arm| matches!(arm.fill, Fill::Offers(_))), slot.arms.len() > 1),
        }
    }

    fn stays(mut self, code: &'static str, text: impl Into<String>) -> Self {
        self.reasons.push(Reason { code, text: text.into(), weight: 0 });
        self
    }

    /// What its exposure says, once it was seen.
    pub fn exposure(&self) -> RawExposure {
        RawExposure {
            slot: Text(self.slot.clone()),
            arm: Text(self.arm.clone()),
            choice: Text(self.variant.clone().unwrap_or_default()),
            offer: Text(match &self.variant {
                _ if !self.offers.0 => String::new(),
                Some(offer) => offer.clone(),
                None => "none".into(),
            }),
            tested: self.offers == (true, true) && self.arm != "holdout",
            fitted: self.fitted,
            propensity: crate::event::Number(Some(f64::from(self.propensity))),
            snapshot: Text(self.snapshot.clone()),
        }
    }
}

/// Where on a page a slot is, and what it shows now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// The product the page is about, if it is about one.
    pub anchor: Option<ItemKey>,
    /// What the slot shows: keys of what is to be put in order; products of a row; the variant.
    pub keys: &'a [String],
    /// Whether the engine has put there what it shows.
    pub fitted: bool,
}

/// Products already on the page. Few of those asked for are: a bit of many says so at once.
#[derive(Default)]
struct OnPage {
    items: Vec<u32>,
    marks: [u64; 16],
}

impl OnPage {
    fn clear(&mut self) {
        self.items.clear();
        self.marks = [0; 16];
    }

    fn add(&mut self, item: u32) {
        self.items.push(item);
        self.marks[item as usize / 64 % 16] |= 1 << (item % 64);
    }

    fn has(&self, item: u32) -> bool {
        self.marks[item as usize / 64 % 16] >> (item % 64) & 1 == 1 && self.items.contains(&item)
    }
}

/// Working memory of deciding, and what is known of the page so far. Reused from page to page.
#[derive(Default)]
pub struct Board {
    scratch: Scratch,
    ranked: candidates::Ranked,
    circumstances: Circumstances,
    taken: OnPage,
    /// What a preview link forces, where the page came by one.
    pub preview: Option<Preview>,
    /// Products the host knows to be sold out, beside those the plan knows.
    pub sold_out: Vec<ItemKey>,
}

/// Decides the slots of one page for one session.
pub struct Decider<'a, B> {
    model: &'a Model<B>,
    session: &'a Session,
    board: &'a mut Board,
}

impl<'a, B: AsRef<[u8]>> Decider<'a, B> {
    /// Begins a page: nothing is on it yet. `now_ms` is the host's clock.
    pub fn new(model: &'a Model<B>, session: &'a Session, now_ms: u64, board: &'a mut Board) -> Self {
        board.circumstances = Circumstances::of(model, session, now_ms);
        board.ranked.forget();
        board.taken.clear();
        Self { model, session, board }
    }

    /// Goes on with the page the board is about, for the same model and session.
    pub fn go_on(model: &'a Model<B>, session: &'a Session, board: &'a mut Board) -> Self {
        Self { model, session, board }
    }

    /// What holds for all slots.
    pub fn circumstances(&self) -> &Circumstances {
        &self.board.circumstances
    }

    /// What goes into the slot of this name; `None` if the plan does not know it. Asked for another slot of the
    /// same page, it shows none of these products again.
    pub fn decide(&mut self, name: &str, place: &Place<'_>) -> Option<Decision> {
        let slot = self.model.plan().slot(name)?;
        let decision = self.of_slot(slot, place);
        decision.items.iter().for_each(|pick| self.board.taken.add(pick.item));
        Some(decision)
    }

    /// Begins another page for the same visit: nothing is on it yet.
    pub fn turn_page(&mut self) {
        self.board.taken.clear();
    }

    /// Decides every slot of the plan, in the plan's order, without an anchor. Slots are taken to be on one page
    /// if their names have the same first part (`home.hero`, `home.row`): the kind of the page.
    pub fn decide_all(&mut self) -> Vec<Decision> {
        let model = self.model;
        let mut decisions = Vec::with_capacity(model.plan().slots.len());
        let mut page = "";
        for slot in &model.plan().slots {
            let kind = slot.name.split('.').next().unwrap_or_default();
            if kind != page {
                self.turn_page();
                page = kind;
            }
            decisions.extend(self.decide(&slot.name, &Place::default()));
        }
        decisions
    }

    /// Puts keys in the order of a slot that was decided without them, as [`Decider::decide`] would have with
    /// them. Keys stay as they are where the slot is not one to be put in order.
    pub fn reorder(&mut self, name: &str, keys: &[String]) -> Vec<String> {
        let Some(slot) = self.model.plan().slot(name) else { return keys.to_vec() };
        let order = self.of_slot(slot, &Place { keys, ..Place::default() }).order;
        if order.is_empty() { keys.to_vec() } else { order }
    }

    fn of_slot(&mut self, slot: &Slot, place: &Place<'_>) -> Decision {
        let model = self.model;
        let mut decision = Decision::of(slot, model.name().to_owned());
        let preview = self.board.preview.as_ref();
        let forced = preview.map_or(Force::Nothing, |preview| preview.of(&slot.name));
        decision.counts = preview.is_none();
        let arm = if let Force::Arm(name) = &forced { slot.arms.iter().find(|arm| arm.name == *name) } else { None };
        let circumstances = &self.board.circumstances;
        let fill = match arm {
            Some(arm) => {
                decision.arm.clone_from(&arm.name);
                &arm.fill
            }
            None if circumstances.held_out && preview.is_none() => {
                "holdout".clone_into(&mut decision.arm);
                decision.propensity = model.plan().holdout;
                return decision.stays("holdout", "this visit is one of those that always get the shop's own content");
            }
            None => {
                let (arm, propensity) = circumstances.draw(model, slot);
                decision.arm.clone_from(&arm.name);
                decision.propensity = propensity;
                &arm.fill
            }
        };
        if let Force::Variant(name) = forced {
            decision.kind = if decision.offers.0 { "offer" } else { "choose" };
            decision.fitted = true;
            decision.variant = Some(name);
            return decision.stays("preview", "the preview link says so");
        }
        decision.kind = match fill {
            Fill::Own => return decision.stays("own_content", "this arm is the shop's own content"),
            Fill::Choose(_) => "choose",
            Fill::Items(_) => "fill",
            Fill::Order(_) => "order",
            Fill::Offers(_) => "offer",
        };
        if let Some((code, text)) = self.board.circumstances.keeps(self.session, slot, place) {
            return decision.stays(code, text);
        }
        match fill {
            Fill::Own => {}
            Fill::Choose(choose) => choose::choose(self, slot, choose, place, &mut decision),
            Fill::Offers(offers) => choose::offer(self, slot, offers, &mut decision),
            Fill::Items(row) => row::fill(self, row, place, &mut decision),
            Fill::Order(order) => order::order(self, *order, place, &mut decision),
        }
        decision
    }
}
