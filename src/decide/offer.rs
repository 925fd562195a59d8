//! *offer* slots: one of the shop's published offers, or none.
//!
//! An offer is made only where the need for it is known, or where the slot's experiment tests it. The engine knows
//! no price and changes none: what an offer is worth is the shop's affair.
//!
//! The need is the uplift: by how many thousandths the offer raises the probability of a purchase. Only a log with randomly
//! made offers can tell it. A high probability of purchase is no reason for an offer, because that visit may buy anyway.

use super::because::{Because, Phrase};
use super::collector::Collector;
use super::decision::{Choice, Decision};
use super::visit::Visit;
use crate::explanation::Reason;
use crate::snapshot::plan::{Offer, Slot};

/// Makes the first of the offers that is open to this visit and needed by it, if there is one.
pub(super) fn offer<B: AsRef<[u8]>>(
    visit: &Visit<'_, B>,
    slot: &Slot,
    offers: &[u16],
    why: &mut Collector,
    decision: &mut Decision,
) {
    let plan = visit.model.plan();
    let tested = slot.arms.len() > 1;
    let need = visit.incentive_permille();
    let published = offers.iter().filter_map(|at| Some((*at, plan.offers.get(usize::from(*at))?)));
    // The plan lists offers in order of preference, so the first that fits is made.
    let is_open = |offer: &Offer| visit.is_on(&offer.schedule) && visit.is_in(offer.audience);
    let mut open = published.filter(|(_, offer)| is_open(offer));
    let made = open.find(|(_, offer)| tested || need.is_some_and(|need| need >= i32::from(offer.least)));
    let Some((number, made)) = made else {
        decision.score = need.unwrap_or_default();
        why.reason(|| {
            let open_at_all = |at: &u16| plan.offers.get(usize::from(*at)).is_some_and(is_open);
            let (code, text) = match need {
                _ if !offers.iter().any(open_at_all) => {
                    ("audience", "no offer of this slot is for this visit at this time")
                }
                Some(_) => ("no_need", "no offer raises the chance of a purchase enough"),
                None => ("need_unknown", "whether an offer helps is not known, and no experiment tests it here"),
            };
            Reason { code, text: text.into(), weight: decision.score }
        });
        return;
    };
    decision.personalised = true;
    decision.choice = Some(Choice { arm: decision.arm.unwrap_or_default(), number });
    // In an experiment chance made the offer, so the need is no part of the score.
    if tested {
        why.reason(|| Reason::note("offer_tested", "an experiment tests this offer"));
    } else {
        decision.score = need.unwrap_or_default();
        let least = made.least;
        why.reason(|| {
            let text = alloc::format!("it raises the chance of a purchase by at least {least} thousandths");
            Reason { code: "need", text, weight: decision.score }
        });
    }
    decision.because = Some(Because::plain(Phrase::Offer));
}
