//! What goes into a slot, and why: the way of one decision, step by step.
//!
//! A [`Decider`] binds a model, a session and what the page shows so far. Each slot of the page goes the same way;
//! each step is a file or a folder below, in this order, and knows only those before it:
//!
//! 1. `visit`: what holds for the whole page (conditions, affinity, features, intent scores), computed once.
//! 2. `experiment`: which arm of the slot the visit is in, by `draw`. Visits that are held out end here.
//! 3. `eligibility`: is the slot on, for this visit, with enough evidence, and not shown too often?
//!    A slot that opens when the visitor is about to leave is closed until then.
//! 4. What the arm asks for: `choose` (a variant), `offer`, `order`, `row`, which fills the slot with products, or
//!    `bundle`, which shows several products as one.
//!    `about` tells `choose` and `order` what a category or search page is about.
//!    A row takes `candidates` from its strategies, scored by rows, lists, attributes or `relevance`; `guard` lets
//!    through what may be shown beside the rest of the page (`page_context`); then follow pools, diversity,
//!    placement and stickiness.
//! 5. `decision`: numbers and codes, which need no text. In doubt the shop's own content stays.
//!
//! Which picture of a product its card shows is no part of a decision: `leaning` says it while cards are written.
//!
//! Explanations are made on request by the same code ([`Decider::explain`]): the `collector` takes a reason from each
//! step, and their weights add up to the score. Both are compiled in with the feature `words` only; `report` gives
//! names to a decision.
//!
//! Invariants: nothing here can fail; nothing depends on the host, so clock and session are arguments; and the same
//! arguments give the same bits everywhere.

mod because;
mod decision;
mod place;

#[cfg(feature = "words")]
mod collector;
#[cfg(not(feature = "words"))]
#[path = "no_collector.rs"]
mod collector;

mod visit;

mod about;

mod draw;

mod experiment;

mod eligibility;

mod relevance;

mod candidates;

mod page_context;

mod guard;

mod row;

mod choose;

mod offer;

mod bundle;

mod leaning;

mod order;

#[cfg(feature = "names")]
mod report;

pub use because::{Because, KEYS, Phrase, Subject, TEXTS};
pub use decision::{Choice, Decision, HOLDOUT, Kind, PINNED, Pick};
pub use draw::{draw, is_canary, is_held_out};
pub use leaning::Leaning;
pub use place::Place;
pub use relevance::relevance;
#[cfg(feature = "names")]
pub use report::{BecauseReport, BundleReport, DecisionReport, PickReport, PictureReport};

use crate::event::ItemKey;
use crate::explanation::Reason;
use crate::model::{Model, Scratch};
use crate::preview::{Force, Preview};
use crate::session::Session;
use crate::snapshot::ItemIndex;
use crate::snapshot::plan::{Arm, Fill, Slot};
use crate::text::until;
use alloc::vec::Vec;
use collector::Collector;
use core::borrow::Borrow;
use core::ops::Deref;
use decision::choice_of;
use experiment::Assignment;
use page_context::PageContext;
use visit::{Visit, VisitContext};

/// What a host lays over plan and snapshot.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// What a preview link forces, where the page came by one.
    pub preview: Option<Preview>,
    /// Products the host knows to be sold out, beside those the plan knows.
    pub sold_out: Vec<ItemKey>,
}

/// Decides the slots of one page for one session.
///
/// It holds the model and the session, borrowed or owned (`M` is `&Model` or `Rc<Model>`, `S` is `&Session` or
/// `Session`), together with everything computed from the two. So what was computed for one visit cannot meet
/// another.
pub struct Decider<M, S> {
    model: M,
    session: S,
    visit: VisitContext,
    page: PageContext,
    overrides: Overrides,
    scratch: Scratch,
    collector: Collector,
}

impl<B: AsRef<[u8]>, M: Deref<Target = Model<B>>, S: Borrow<Session>> Decider<M, S> {
    /// Begins a page: nothing is on it yet. `now_ms` is the host's clock.
    pub fn new(model: M, session: S, now_ms: u64) -> Self {
        let visit = VisitContext::of(&model, session.borrow(), now_ms, Vec::new());
        let (page, overrides, scratch) = Default::default();
        Self { model, session, visit, page, overrides, scratch, collector: Collector::default() }
    }

    /// With what the host lays over plan and snapshot.
    #[must_use]
    pub fn with_overrides(mut self, overrides: Overrides) -> Self {
        for key in &overrides.sold_out {
            self.page.sold_out.extend_from_slice(self.model.item(*key).as_slice());
        }
        self.overrides = overrides;
        self
    }

    /// With segments that the caller states of the visitor, each as [`key_of`](crate::context::key_of) its name. A visit has none by
    /// itself, and they are not in its token.
    #[must_use]
    pub fn with_segments(mut self, segments: Vec<u16>) -> Self {
        if !segments.is_empty() {
            let now_ms = self.visit().now_ms();
            self.visit = VisitContext::of(&self.model, self.session.borrow(), now_ms, segments);
        }
        self
    }

    /// With the memory of an earlier page, from [`Decider::end`]: a host that decides many pages allocates it once.
    #[must_use]
    pub fn with_scratch(mut self, scratch: Scratch) -> Self {
        self.scratch = scratch;
        self
    }

    /// Ends the page, and gives back what the next one can use.
    pub fn end(self) -> (Overrides, Scratch) {
        (self.overrides, self.scratch)
    }

    /// The model that decides.
    pub fn model(&self) -> &Model<B> {
        &self.model
    }

    /// The same, as it was given: for callers that go on using it while the page is decided.
    pub fn shared_model(&self) -> M
    where
        M: Clone,
    {
        self.model.clone()
    }

    /// The session it decides for.
    pub fn session(&self) -> &Session {
        self.session.borrow()
    }

    /// Whether the visit is one of those that always get the shop's own content.
    pub fn is_held_out(&self) -> bool {
        is_held_out(self.model.plan(), self.session().seed())
    }

    /// Item events and declared preferences: what a slot's minimum evidence is compared with.
    pub fn evidence(&self) -> u16 {
        self.visit().evidence()
    }

    /// Slots with an experiment, and the arm that this visit is in unless it is held out.
    pub fn experiments<'a>(&'a self) -> Vec<(&'a Slot, &'a Arm)>
    where
        B: 'a,
    {
        let plan = self.model.plan();
        let (seed, now_ms) = (self.session().seed(), self.visit().now_ms());
        let tested = plan.slots.iter().filter(|slot| slot.arms.len() > 1);
        tested.map(|slot| (slot, &slot.arms[draw(plan, slot, seed, now_ms).0])).collect()
    }

    /// Decides the slot of this name; `None` if the plan does not know it. Products of a decision are on the page
    /// from then on, so no other slot shows them again.
    pub fn decide(&mut self, name: &str, place: &Place<'_>) -> Option<Decision> {
        let number = self.number(name)?;
        Some(self.decide_number(number, place))
    }

    /// Decides every slot of the plan, in the plan's order, without an anchor. Slots are taken to be on one page
    /// if their names have the same first part (`home.hero`, `home.row`): the kind of the page.
    pub fn decide_all(&mut self) -> Vec<Decision> {
        self.of_all(|decider, number| decider.decide_number(number, &Place::default()))
    }

    /// Begins another page for the same visit: nothing is on it yet.
    pub fn turn_page(&mut self) {
        self.page.on_page.clear();
    }

    /// What sessions like this one go on to from a product, the best first.
    pub fn next_items(&mut self, anchor: Option<ItemKey>, limit: usize) -> Vec<ItemIndex> {
        let history = self.model.history(self.session.borrow(), anchor);
        let best = self.model.next_items(&history, limit, false, &mut self.scratch);
        best.iter().map(|best| best.item).collect()
    }

    /// What the visit leans to: which of their pictures cards show.
    pub fn leaning(&self) -> Leaning {
        Leaning::of(&self.visit())
    }

    fn visit(&self) -> Visit<'_, B> {
        Visit { model: &self.model, session: self.session.borrow(), context: &self.visit }
    }

    fn number(&self, name: &str) -> Option<usize> {
        self.model.plan().slots.iter().position(|slot| slot.name == name)
    }

    /// Decides a slot by its number in the plan, and notes its products as being on the page.
    fn decide_number(&mut self, number: usize, place: &Place<'_>) -> Decision {
        let decision = self.of_slot(number, place);
        decision.items.iter().for_each(|pick| self.page.on_page.add(pick.item));
        decision
    }

    /// As [`Decider::decide_all`], with something else made of each slot's number.
    fn of_all<T>(&mut self, mut each: impl FnMut(&mut Self, usize) -> T) -> Vec<T> {
        let mut all = Vec::new();
        for number in 0..self.model.plan().slots.len() {
            let kind = |at: usize| until(&self.model.plan().slots[at].name, b".");
            // The plan's slots are sorted by name, so those of one kind of page follow each other.
            let same_page = number > 0 && kind(number - 1) == kind(number);
            if !same_page {
                self.turn_page();
            }
            all.push(each(self, number));
        }
        all
    }

    /// The way of one decision.
    fn of_slot(&mut self, number: usize, place: &Place<'_>) -> Decision {
        let Self { model, session, visit, page, overrides, scratch, collector: why } = self;
        let visit = &Visit { model: &**model, session: (*session).borrow(), context: visit };
        let slot = &visit.model.plan().slots[number];
        let mut decision = Decision::of(number as u16);

        // A preview shows what a merchandiser asks for. It takes part in no experiment, so its exposures do not count.
        let forced = overrides.preview.as_ref().map(|preview| preview.of(&slot.name));
        decision.exit = slot.exit;
        // A slot that has not had its moment says nothing about any arm, not even the holdout.
        let waits = slot.exit && place.ahead;
        decision.counts = forced.is_none() && !waits;
        let arm = match experiment::assign(visit, slot, forced) {
            Assignment::HeldOut(propensity) => {
                decision.propensity = propensity;
                why.reason(|| {
                    Reason::note("holdout", "this visit is one of those that always get the shop's own content")
                });
                return decision;
            }
            Assignment::Forced(arm) => arm,
            Assignment::Drawn(arm, propensity) => {
                decision.propensity = propensity;
                arm
            }
        };
        decision.arm = Some(arm as u16);
        if waits {
            why.reason(|| Reason::note("exit", "it opens when the visitor is about to leave"));
            return decision;
        }

        // A forced variant is shown whatever the schedule, the audience or the visit: that is what a preview is for.
        if let Some(Force::Variant(name)) = forced
            && let Some(choice) = choice_of(visit.model.plan(), slot, name)
        {
            decision.kind = if slot.makes_offers() { Kind::Offer } else { Kind::Choose };
            decision.personalised = true;
            decision.choice = Some(choice);
            why.reason(|| Reason::note("preview", "the preview link says so"));
            return decision;
        }

        let fill = &slot.arms[arm].fill;
        decision.kind = Kind::of(fill);
        if decision.kind == Kind::Own {
            why.reason(|| Reason::note("own_content", "this arm is the shop's own content"));
            return decision;
        }
        decision.partial = page.is_partial(visit, place.anchor, scratch);
        if !eligibility::is_eligible(visit, slot, place, why) {
            return decision;
        }

        match fill {
            Fill::Own => {}
            Fill::Choose(choose) => choose::choose(visit, slot, choose, place, why, &mut decision),
            Fill::Offers(offers) => offer::offer(visit, slot, offers, why, &mut decision),
            Fill::Order(order) => order::order(visit, *order, place, scratch, why, &mut decision),
            Fill::Items(row) => row::fill(visit, row, place, page, scratch, why, &mut decision),
            Fill::Bundle(sets, row) => bundle::bundle(visit, sets, row, place, page, scratch, why, &mut decision),
        }
        decision
    }
}

#[cfg(feature = "words")]
impl<B: AsRef<[u8]>, M: Deref<Target = Model<B>>, S: Borrow<Session>> Decider<M, S> {
    /// As [`Decider::decide`], with names and reasons.
    pub fn explain(&mut self, name: &str, place: &Place<'_>) -> Option<DecisionReport> {
        let number = self.number(name)?;
        Some(self.explain_number(number, place))
    }

    /// As [`Decider::decide_all`], with reasons, and with names in a locale of the plan.
    pub fn explain_all(&mut self, locale: usize) -> Vec<DecisionReport> {
        self.of_all(|decider, number| decider.explain_number(number, &Place { locale, ..Place::default() }))
    }

    fn explain_number(&mut self, number: usize, place: &Place<'_>) -> DecisionReport {
        self.collector.begin();
        let decision = self.decide_number(number, place);
        let explanation = self.collector.take();
        let mut report = DecisionReport::of(&decision, &self.model, place, Some(explanation));
        let leaning = self.leaning();
        report = report.with_prices(&self.model, self.visit().now_ms());
        for pick in &mut report.items {
            pick.picture = PictureReport::of(&self.model, pick.item, &leaning);
        }
        report
    }
}
