//! *choose* slots: the variant whose categories hold most of the session's attention.

use super::{Decision, Reason};
use crate::model::Model;
use crate::session::Session;
use crate::snapshot::plan::Variant;
use alloc::{format, string::String};

/// Chooses among variants by category affinity. The default stays if no variant holds
/// `minimum_share` thousandths of the session's attention; of equal variants the plan's first wins.
pub(super) fn choose<B: AsRef<[u8]>>(
    model: &Model<B>,
    session: &Session,
    default: &str,
    variants: &[Variant],
    minimum_share: u16,
    decision: &mut Decision,
) {
    let affinity = model.affinity(session);
    let total: u32 = affinity.iter().map(|(_, weight)| weight).sum();
    let mut best: Option<(&Variant, u32)> = None;
    for variant in variants {
        let holds = |category: &u16| variant.categories.binary_search(category).is_ok();
        let weight = affinity.iter().filter(|(category, _)| holds(category)).map(|(_, weight)| weight).sum();
        if weight > best.map_or(0, |(_, weight)| weight) {
            best = Some((variant, weight));
        }
    }
    let share = |weight: u32| (u64::from(weight) * 1000 / u64::from(total.max(1))) as u32;
    match best {
        Some((variant, weight)) if share(weight) >= u32::from(minimum_share) => {
            decision.arm = "model";
            decision.variant = Some(variant.name.clone());
            for (category, weight) in
                affinity.iter().filter(|(c, _)| variant.categories.binary_search(c).is_ok()).take(3)
            {
                let (path, share) = (model.category_path(*category), share(*weight));
                let text = format!("{}% of this session's attention is on {path}", share / 10);
                decision.reasons.push(Reason { code: "category_affinity", text, weight: share as i32 });
            }
        }
        best => {
            let held = best.map_or(0, |(_, weight)| share(weight));
            let text: String =
                format!("no variant holds {}% of the attention, so \"{default}\" stays", minimum_share / 10);
            decision.reasons.push(Reason { code: "no_clear_interest", text, weight: held as i32 });
        }
    }
}
