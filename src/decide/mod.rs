//! What goes into a slot, and why.
//!
//! [`Decider::decide`] takes a slot of the plan through the same steps for every visit: which arm is it in
//! ([`Circumstances`])? is it on, for this visit, with enough evidence, and not shown too often? which
//! candidates? which of them do the guardrails let through? It returns a [`Decision`] of numbers and codes; in
//! doubt it is the shop's own content. [`Decider::explain`] goes the same way and listens to the reasons, whose
//! parts add up to the score; it exists only where words are compiled in (feature `words`). Nothing here can
//! fail, and nothing depends on the host: clock and session are arguments.

mod because;
mod candidates;
mod choose;
mod circumstances;
mod decision;
mod guard;
mod intent;
mod order;
mod preview;
mod reason;
#[cfg(feature = "names")]
mod report;
mod row;
mod run;
mod telling;
#[cfg(not(feature = "words"))]
#[path = "silent.rs"]
mod told;
#[cfg(feature = "words")]
mod told;

pub use because::{Because, KEYS, Phrase, Subject, TEXTS};
pub use circumstances::Circumstances;
pub use decision::{Choice, Decision, HOLDOUT, Kind, NO_OFFER, PINNED, Pick};
#[cfg(feature = "names")]
pub use intent::{CategoryShare, IntentReport, explain_intent, intent};
pub use intent::{IntentScores, PriceBand, Stage, intent_scores, price_band, price_sensitivity};
pub use order::relevance;
pub use preview::{Force, Preview};
pub use reason::{Explanation, Reason};
#[cfg(feature = "names")]
pub use report::{BecauseReport, DecisionReport, PickReport};

use crate::event::ItemKey;
use crate::model::{Model, Scratch};
use crate::session::Session;
use crate::snapshot::plan::{Fill, Slot};
use crate::text::until;
use alloc::vec::Vec;
use decision::{choice_of, makes_offers};
use told::Told;

/// Where on a page a slot is, and what it shows now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// The product the page is about, if it is about one.
    pub anchor: Option<ItemKey>,
    /// What the slot shows: keys of what is to be put in order; products of a row; the variant.
    pub keys: &'a [&'a str],
    /// Whether the engine has put there what it shows.
    pub personalised: bool,
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
    told: Told,
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
        let number = self.model.plan().slots.iter().position(|slot| slot.name == name)?;
        Some(self.decide_number(number, place))
    }

    /// The same for the slot of this number in the plan.
    fn decide_number(&mut self, number: usize, place: &Place<'_>) -> Decision {
        let decision = self.of_slot(number, place);
        decision.items.iter().for_each(|pick| self.board.taken.add(pick.item));
        decision
    }

    /// Begins another page for the same visit: nothing is on it yet.
    pub fn turn_page(&mut self) {
        self.board.taken.clear();
    }

    /// Decides every slot of the plan, in the plan's order, without an anchor. Slots are taken to be on one page
    /// if their names have the same first part (`home.hero`, `home.row`): the kind of the page.
    pub fn decide_all(&mut self) -> Vec<Decision> {
        self.of_all(|decider, number| decider.decide_number(number, &Place::default()))
    }

    /// As [`Decider::decide_all`], with something else made of each slot's number.
    fn of_all<T>(&mut self, mut each: impl FnMut(&mut Self, usize) -> T) -> Vec<T> {
        let slots = &self.model.plan().slots;
        let mut page = "";
        let of = |(number, slot): (usize, &'a Slot)| {
            let kind = until(&slot.name, b".");
            if kind != page {
                self.turn_page();
                page = kind;
            }
            each(self, number)
        };
        slots.iter().enumerate().map(of).collect()
    }

    fn of_slot(&mut self, number: usize, place: &Place<'_>) -> Decision {
        let model = self.model;
        let slot = &model.plan().slots[number];
        let mut decision = Decision::of(number as u16);
        let Board { told, preview, circumstances, .. } = &mut *self.board;
        let forced = preview.as_ref().map_or(&Force::Nothing, |preview| preview.of(&slot.name));
        decision.counts = preview.is_none();
        let arm = match forced {
            Force::Arm(name) => slot.arms.iter().position(|arm| arm.name == *name),
            _ => None,
        };
        let arm = match arm {
            Some(arm) => arm,
            None if circumstances.held_out && preview.is_none() => {
                decision.propensity = model.plan().holdout;
                told.reason(|| {
                    Reason::note("holdout", "this visit is one of those that always get the shop's own content")
                });
                return decision;
            }
            None => {
                let (arm, propensity) = circumstances.draw(model, slot);
                decision.propensity = propensity;
                arm
            }
        };
        decision.arm = Some(arm as u16);
        if let Force::Variant(name) = forced
            && let Some(choice) = choice_of(model.plan(), slot, name)
        {
            decision.kind = if makes_offers(slot) { Kind::Offer } else { Kind::Choose };
            decision.personalised = true;
            decision.choice = Some(choice);
            told.reason(|| Reason::note("preview", "the preview link says so"));
            return decision;
        }
        let fill = &slot.arms[arm].fill;
        decision.kind = match fill {
            Fill::Own => Kind::Own,
            Fill::Choose(_) => Kind::Choose,
            Fill::Items(_) => Kind::Fill,
            Fill::Order(_) => Kind::Order,
            Fill::Offers(_) => Kind::Offer,
        };
        if decision.kind == Kind::Own {
            told.reason(|| Reason::note("own_content", "this arm is the shop's own content"));
            return decision;
        }
        if circumstances.keeps(self.session, slot, place, told) {
            return decision;
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

#[cfg(feature = "words")]
impl<B: AsRef<[u8]>> Decider<'_, B> {
    /// As [`Decider::decide`], with names and reasons.
    pub fn explain(&mut self, name: &str, place: &Place<'_>) -> Option<DecisionReport> {
        let number = self.model.plan().slots.iter().position(|slot| slot.name == name)?;
        Some(self.explain_number(number, place))
    }

    /// As [`Decider::decide_all`], with names and reasons.
    pub fn explain_all(&mut self) -> Vec<DecisionReport> {
        self.of_all(|decider, number| decider.explain_number(number, &Place::default()))
    }

    fn explain_number(&mut self, number: usize, place: &Place<'_>) -> DecisionReport {
        self.board.told.listen();
        let decision = self.decide_number(number, place);
        let told = self.board.told.take();
        DecisionReport::of(&decision, self.model, place, Some(told))
    }
}
