//! What holds for all slots of a page: conditions, the holdout, and which arms are drawn.
//!
//! Arms are drawn by a hash of the visit's seed and the plan's salt (or of the hour, for a switchback), so
//! edge and browser draw the same without talking, and a visit keeps its arm as long as plan and snapshot
//! stay. Shares cut the hash's range in the order of the plan; the holdout has a hash of its own, so that
//! who is held out does not depend on the experiments.

use super::told::Told;
use super::{IntentScores, Place, Reason, intent_scores};
use crate::event::EventKind;
use crate::model::Model;
use crate::session::Session;
use crate::snapshot::plan::{Condition, Draw, Fill, Measure, Plan, Schedule, Slot, WHOLE};
use alloc::{format, vec::Vec};
use xxhash_rust::xxh64::xxh64;

/// What holds for all slots of a page.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// Whether the visit is one of those that always get the shop's own content.
    pub held_out: bool,
    /// Which conditions of the plan hold, by number.
    pub holds: Vec<bool>,
    /// What the visit seems to be after, in numbers; computed only where the plan asks for it.
    pub intent_scores: Option<IntentScores>,
    /// Item events in the session.
    pub evidence: u16,
    /// The host's clock, in milliseconds since 1970.
    pub now_ms: u64,
    utc_offset: i32,
    seed: u16,
}

/// A number from 0 to 9,999 for a ticket, different for each salt and subject.
fn draw(salt: u64, subject: &str, ticket: u64) -> u16 {
    let salted = xxh64(subject.as_bytes(), salt);
    (xxh64(&ticket.to_le_bytes(), salted) % u64::from(WHOLE)) as u16
}

impl Circumstances {
    pub(super) fn of<B: AsRef<[u8]>>(model: &Model<B>, session: &Session, now_ms: u64) -> Self {
        let plan = model.plan();
        let seed = session.seed();
        let mut all = Self {
            held_out: draw(plan.salt, "", u64::from(seed)) < plan.holdout,
            holds: Vec::with_capacity(plan.conditions.len()),
            intent_scores: asks(plan).then(|| intent_scores(model, session)),
            evidence: session.interactions().filter(|interaction| interaction.item.is_some()).count() as u16,
            now_ms,
            utc_offset: i32::from(plan.utc_offset),
            seed,
        };
        let interest: Vec<(u16, u32)> = if plan.conditions.iter().any(|c| matches!(c, Condition::Interest(..))) {
            model.affinity(session)
        } else {
            Vec::new()
        };
        for condition in &plan.conditions {
            let holds = all.holds(condition, session, &interest);
            all.holds.push(holds);
        }
        all
    }

    /// Whether a condition holds, after all before it.
    fn holds(&self, condition: &Condition, session: &Session, interest: &[(u16, u32)]) -> bool {
        let known = |number: &u16| self.is_true(*number);
        let intent_scores = self.intent_scores.as_ref();
        match condition {
            Condition::All(all) => all.iter().all(known),
            Condition::Any(any) => any.iter().any(known),
            Condition::Not(one) => !known(one),
            Condition::Stage(bits) => {
                intent_scores.is_some_and(|intent_scores| bits >> intent_scores.stage as u8 & 1 == 1)
            }
            Condition::PriceBand(bits) => intent_scores
                .and_then(|intent_scores| intent_scores.price_band)
                .is_some_and(|band| bits >> band as u8 & 1 == 1),
            Condition::Interest(categories, least) => {
                let sum = |all: u64, (_, weight): &(u16, u32)| all + u64::from(*weight);
                let total = interest.iter().fold(0, sum);
                let held = interest.iter().filter(|(category, _)| categories.binary_search(category).is_ok());
                total > 0 && held.fold(0, sum) * 1000 >= total * u64::from(*least)
            }
            Condition::Within(measure, from, to) => intent_scores
                .and_then(|intent_scores| measured(intent_scores, *measure))
                .is_some_and(|value| (*from..=*to).contains(&value)),
            Condition::Events(kind, least) => {
                EventKind::from_number(*kind).is_some_and(|kind| session.count(kind) >= *least)
            }
            Condition::Now(schedule) => self.is_on(schedule),
            of_context => of_context.of_context(&session.context()).unwrap_or_default(),
        }
    }

    pub(super) fn is_true(&self, condition: u16) -> bool {
        self.holds.get(usize::from(condition)).copied().unwrap_or_default()
    }

    pub(super) fn is_on(&self, schedule: &Schedule) -> bool {
        schedule.is_on(self.now_ms, self.utc_offset)
    }

    pub(super) fn is_for(&self, audience: Option<u16>) -> bool {
        audience.is_none_or(|condition| self.is_true(condition))
    }

    /// The arm of a visit that is not held out, by number, and its propensity.
    pub fn draw<B: AsRef<[u8]>>(&self, model: &Model<B>, slot: &Slot) -> (usize, u16) {
        let plan = model.plan();
        let ticket = match slot.draw {
            Draw::Visit | Draw::Posterior => u64::from(self.seed),
            Draw::Hour => (self.now_ms / 3_600_000) << 16,
        };
        let slot_stats = model.slot_stats(&slot.name).filter(|slot_stats| {
            let same = slot_stats.arms.iter().map(|arm| &arm.name).eq(slot.arms.iter().map(|arm| &arm.name));
            slot.draw == Draw::Posterior && same
        });
        let share = |at: usize| slot_stats.map_or(slot.arms[at].share, |slot_stats| slot_stats.arms[at].share);
        let (mut drawn, mut at) = (draw(plan.salt, &slot.name, ticket), 0);
        while at + 1 < slot.arms.len() && drawn >= share(at) {
            drawn -= share(at);
            at += 1;
        }
        let treated = u32::from(WHOLE - plan.holdout.min(WHOLE));
        (at, (u32::from(share(at)) * treated / u32::from(WHOLE)) as u16)
    }

    /// Whether something keeps the shop's own content in a slot, whatever its arm.
    pub(super) fn keeps(&self, session: &Session, slot: &Slot, place: &Place<'_>, told: &mut Told) -> bool {
        if !self.is_on(&slot.schedule) {
            told.reason(|| Reason::note("schedule", "this slot is not on at this time"));
            return true;
        }
        if !self.is_for(slot.audience) {
            told.reason(|| Reason::note("audience", "this visit is not one this slot is for"));
            return true;
        }
        if self.evidence < slot.minimum_evidence {
            told.reason(|| {
                let (found, least) = (self.evidence, slot.minimum_evidence);
                Reason::note(
                    "not_enough_evidence",
                    &format!("{found} of the {least} product events this slot asks for"),
                )
            });
            return true;
        }
        let times = session.shown(slot.key()).map_or(0, |shown| shown.times);
        // What is on this page may stay on it.
        if slot.most_shown > 0 && times >= slot.most_shown && !place.personalised {
            told.reason(|| {
                let text = format!("seen on {times} pages of this visit, the most this slot allows");
                Reason::note("frequency_cap", &text)
            });
            return true;
        }
        false
    }
}

fn measured(intent_scores: &IntentScores, measure: Measure) -> Option<i32> {
    let whole = |value: Option<u32>| value.map(|value| value as i32);
    match measure {
        Measure::Purchase => whole(intent_scores.purchase_permille),
        Measure::Cart => whole(intent_scores.cart_permille),
        Measure::Exit => whole(intent_scores.exit_permille),
        Measure::PriceSensitivity => whole(intent_scores.price_sensitivity),
        Measure::Incentive => intent_scores.incentive_permille,
    }
}

/// Whether a plan asks what the visit is after.
fn asks(plan: &Plan) -> bool {
    let condition = |condition: &Condition| {
        matches!(condition, Condition::Stage(_) | Condition::PriceBand(_) | Condition::Within(..))
    };
    plan.conditions.iter().any(condition)
        || plan.slots.iter().flat_map(|slot| &slot.arms).any(|arm| matches!(arm.fill, Fill::Offers(_)))
}
