//! Eligibility: whether a slot may change at all for this visit, at this moment.
//!
//! These guardrails look at the slot, not at products, and hold in every arm. The first one that objects keeps the
//! shop's own content and is the decision's only reason.
//!
//! The arm is drawn before, and an ineligible visit keeps it: its exposures count for its arm. So all arms are measured on
//! the same kind of visit, and a guardrail cannot make one look better.

use super::collector::Collector;
use super::place::Place;
use super::visit::Visit;
use crate::event::EventKind;
use crate::explanation::Reason;
use crate::snapshot::plan::Slot;
use alloc::format;

/// Whether anything may be put into a slot: its schedule is on, the visit is in its audience, has shown enough, and
/// has not seen the slot too often.
pub(super) fn is_eligible<B: AsRef<[u8]>>(
    visit: &Visit<'_, B>,
    slot: &Slot,
    place: &Place<'_>,
    why: &mut Collector,
) -> bool {
    if !visit.is_on(&slot.schedule) {
        why.reason(|| Reason::note("schedule", "this slot is not on at this time"));
        return false;
    }
    if !visit.is_in(slot.audience) {
        why.reason(|| Reason::note("audience", "this visit is not one this slot is for"));
        return false;
    }
    let (found, least) = (visit.evidence(), slot.minimum_evidence);
    if found < least {
        why.reason(|| {
            let text = format!("{found} of the {least} product events this slot asks for");
            Reason::note("not_enough_evidence", &text)
        });
        return false;
    }
    if slot.exit && visit.session.count(EventKind::BeginCheckout) > 0 {
        why.reason(|| Reason::note("checkout", "this visit has begun to check out, and is not to be held up"));
        return false;
    }
    if slot.exit && visit.session.has_opened() && !place.personalised {
        why.reason(|| Reason::note("frequency_cap", "such a slot has opened in this visit, and does so once"));
        return false;
    }
    let times = visit.session.shown(slot.key()).map_or(0, |shown| shown.times);
    // The cap limits new appearances. Content that is already on this page stays, because taking it away would make the
    // page jump.
    if slot.most_shown > 0 && times >= slot.most_shown && !place.personalised {
        why.reason(|| {
            let text = format!("seen on {times} pages of this visit, the most this slot allows");
            Reason::note("frequency_cap", &text)
        });
        return false;
    }
    true
}
