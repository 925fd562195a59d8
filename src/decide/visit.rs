//! The visit: what model and session say about it, computed at most once a page.
//!
//! Every later step reads a [`Visit`] and changes nothing in it. The plan's conditions are evaluated when the page
//! begins, each after those it refers to. Nearly every page needs the affinity and the features, so they are computed
//! then too; intent scores only if a condition asks for them.

use crate::event::EventKind;
use crate::feature::Features;
use crate::intent::{IntentScores, incentive_permille};
use crate::model::{Affinity, Model};
use crate::session::Session;
use crate::snapshot::plan::{Condition, Fact, Schedule};
use alloc::vec::Vec;

/// What holds for all slots of a page. Belongs to one model and one session; [`Visit`] puts the three together.
pub(super) struct VisitContext {
    /// The host's clock, in milliseconds since 1970.
    now_ms: u64,
    /// Item events and declared preferences.
    evidence: u16,
    /// Which conditions of the plan hold, by number.
    holds: Vec<bool>,
    affinity: Affinity,
    features: Features,
    /// Computed only where a condition asks for them.
    intent_scores: Option<IntentScores>,
    /// Segments that the caller states of the visitor.
    #[cfg(feature = "names")]
    segments: Vec<u16>,
}

impl VisitContext {
    pub(super) fn of<B: AsRef<[u8]>>(model: &Model<B>, session: &Session, now_ms: u64, segments: Vec<u16>) -> Self {
        #[cfg(not(feature = "names"))]
        drop(segments);
        let conditions = &model.plan().conditions;
        let mut context = Self {
            now_ms,
            // At most the events and wishes a session remembers, far below 2^16.
            evidence: (session.interactions().filter(|interaction| interaction.item.is_some()).count()
                + session.declared().len()) as u16,
            holds: Vec::with_capacity(conditions.len()),
            affinity: model.affinity(session),
            features: Features::of(session, model),
            intent_scores: None,
            #[cfg(feature = "names")]
            segments,
        };
        // Most plans compare no intent score, so most pages need not compute them.
        if conditions.iter().any(asks_for_intent) {
            context.intent_scores = Some(IntentScores::of(model, session, &context.features));
        }
        // A condition refers only to those with lower numbers (checked when the model is opened), so one pass evaluates all.
        for condition in conditions {
            let holds = Visit { model, session, context: &context }.meets(condition);
            context.holds.push(holds);
        }
        context
    }
}

/// One visit at one moment: the model that decides, the session it decides for, and what follows from the two.
pub(super) struct Visit<'a, B> {
    pub model: &'a Model<B>,
    pub session: &'a Session,
    pub context: &'a VisitContext,
}

impl<'a, B: AsRef<[u8]>> Visit<'a, B> {
    /// The host's clock, in milliseconds since 1970.
    pub(super) fn now_ms(&self) -> u64 {
        self.context.now_ms
    }

    /// Item events and declared preferences: what a slot's minimum evidence is compared with.
    pub(super) fn evidence(&self) -> u16 {
        self.context.evidence
    }

    /// How the session's attention is divided over categories.
    pub(super) fn affinity(&self) -> &'a Affinity {
        &self.context.affinity
    }

    /// The session in numbers.
    pub(super) fn features(&self) -> &'a Features {
        &self.context.features
    }

    /// By how many thousandths an offer would raise the probability of a purchase; `None` if the log cannot tell.
    pub(super) fn incentive_permille(&self) -> Option<i32> {
        incentive_permille(self.model, self.features())
    }

    /// Whether a schedule of the plan is on, by the store's clocks.
    pub(super) fn is_on(&self, schedule: &Schedule) -> bool {
        schedule.is_on(self.now_ms(), i32::from(self.model.plan().utc_offset))
    }

    /// Whether the visit is in an audience, given as the number of a condition; everybody is in none.
    pub(super) fn is_in(&self, audience: Option<u16>) -> bool {
        audience.is_none_or(|condition| self.holds(condition))
    }

    /// Whether the condition of this number holds; `false` for one that is not evaluated yet.
    fn holds(&self, condition: u16) -> bool {
        self.context.holds.get(usize::from(condition)).copied().unwrap_or_default()
    }

    /// Whether a condition holds, after all conditions with lower numbers were evaluated.
    fn meets(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Fact(fact, of, from, to) => {
                self.fact(*fact, of).is_some_and(|value| (*from..=*to).contains(&value))
            }
            Condition::Now(schedule) => self.is_on(schedule),
        }
    }

    /// The number that a condition compares; `None` where it is not known.
    fn fact(&self, fact: Fact, of: &[u16]) -> Option<i32> {
        let context = self.session.context();
        Some(match fact {
            Fact::Hold => of.iter().filter(|number| self.holds(**number)).count() as i32,
            Fact::Interest => {
                let affinity = self.affinity();
                let share = affinity.share(1000, &|category| of.binary_search(&category).is_ok());
                return (!affinity.is_empty()).then_some(share as i32);
            }
            Fact::Events => self.session.count(EventKind::from_number(*of.first()? as u8)?).into(),
            Fact::Source => context.source as i32,
            Fact::Device => context.device as i32,
            Fact::Campaign => context.campaign.into(),
            Fact::Landing => context.landing.into(),
            // No page states segments, and its engine has no byte to spare.
            #[cfg(feature = "names")]
            Fact::Segment => self.context.segments.iter().filter(|segment| of.contains(segment)).count() as i32,
            score => return *self.context.intent_scores?.numbers().get(score.score()?)?,
        })
    }
}

/// Whether a condition compares an intent score.
fn asks_for_intent(condition: &Condition) -> bool {
    matches!(condition, Condition::Fact(fact, ..) if fact.score().is_some())
}
