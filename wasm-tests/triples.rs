//! Random triples of model, plan and session, and what is decided for them: the same on every machine, so that
//! the digest of a run natively, in workerd and in Chromium must be the same.
//!
//! `wasm-tests/guardrails` looks at each decision natively; the edge and browser tests load this file as a
//! Wasm module and compare digests.
#![allow(missing_docs, reason = "a test's own module")]
#![allow(dead_code, unused_imports, reason = "the program prints a digest, the test looks into each case")]

#[path = "triples/plan.rs"]
mod plan;
#[path = "triples/visit.rs"]
mod visit;
#[path = "triples/world.rs"]
mod world;

use plan::plan;
use slotwise::decide::{Decider, DecisionReport, Overrides, Place};
use slotwise::event::ItemKey;
use slotwise::model::{Model, Scratch};
use slotwise::session::Session;
use slotwise::snapshot::plan::Slot;
pub(crate) use visit::{Standpoint, event};
use visit::{session, standpoint};
pub(crate) use world::{Chance, World};
use world::{id, world};

/// Plans tried on each model, and sessions on each plan.
pub(crate) const PLANS: u32 = 5;
pub(crate) const SESSIONS: u32 = 40;
/// A Thursday evening in November.
const NOW_MS: u64 = 1_795_720_000_000;

/// Every decision of the triples of some models, handed over with what it was made from.
pub(crate) struct Case<'a> {
    pub(crate) world: &'a World,
    pub(crate) session: &'a Session,
    pub(crate) now_ms: u64,
    pub(crate) sold_out: &'a [ItemKey],
    pub(crate) standpoints: &'a [Standpoint],
    /// Silently made, and where words are compiled in also with reasons.
    pub(crate) silent: &'a [DecisionReport],
    pub(crate) decisions: &'a [DecisionReport],
}

pub(crate) fn each(models: core::ops::Range<u32>, mut look: impl FnMut(Case<'_>)) {
    // One memory for all decisions: nothing of one may reach the next.
    let mut scratch = Scratch::default();
    for seed in models {
        let mut chance = Chance(u64::from(seed) << 20);
        let mut here = world(&mut chance);
        for _ in 0..PLANS {
            let plan = plan(&here, &mut chance);
            here.model = here.model.replan(plan.clone()).expect("a random plan is sound");
            for _ in 0..SESSIONS {
                let (session, now_ms) = session(&here, &plan, &mut chance);
                let sold_out = chance.some(2, |chance| ItemKey::from_id(&id(chance.below(here.items))));
                let standpoints: Vec<_> = plan.slots.iter().map(|slot| standpoint(&here, slot, &mut chance)).collect();
                let mut all = |explained: bool| -> Vec<DecisionReport> {
                    let overrides = Overrides { preview: None, sold_out: sold_out.clone() };
                    let decider = Decider::new(&here.model, &session, now_ms).with_overrides(overrides);
                    let mut decider = decider.with_scratch(std::mem::take(&mut scratch));
                    let decide = |(slot, at): (&Slot, &Standpoint)| {
                        let keys = at.keys();
                        let place = at.place(&keys);
                        let decision = if explained {
                            explain(&mut decider, &slot.name, &place)
                        } else {
                            let decision = decider.decide(&slot.name, &place);
                            decision.map(|decision| DecisionReport::of(&decision, &here.model, &place, None))
                        };
                        decision.expect("the plan has the slot")
                    };
                    let all = plan.slots.iter().zip(&standpoints).map(decide).collect();
                    (_, scratch) = decider.end();
                    all
                };
                let silent = all(false);
                let decisions = if WORDS { all(true) } else { Vec::new() };
                look(Case {
                    world: &here,
                    session: &session,
                    now_ms,
                    sold_out: &sold_out,
                    standpoints: &standpoints,
                    silent: &silent,
                    decisions: &decisions,
                });
            }
        }
    }
}

/// Whether this build can tell why.
const WORDS: bool = cfg!(feature = "words");

#[cfg(feature = "words")]
fn explain(decider: &mut Decider<&Model<Vec<u8>>, &Session>, slot: &str, place: &Place<'_>) -> Option<DecisionReport> {
    decider.explain(slot, place)
}

#[cfg(not(feature = "words"))]
fn explain(_: &mut Decider<&Model<Vec<u8>>, &Session>, _: &str, _: &Place<'_>) -> Option<DecisionReport> {
    None
}

/// How many triples some models make, a digest of all their decisions, and where words are compiled in one of
/// all decisions with their reasons.
pub(crate) fn digest(models: core::ops::Range<u32>) -> String {
    let (mut silent, mut explained, mut triples) = (0_u64, 0_u64, 0);
    let add = |sum: &mut u64, decisions: &[DecisionReport]| {
        for decision in decisions {
            let text = serde_json::to_string(decision).expect("a decision is JSON");
            *sum = sum.rotate_left(5) ^ xxhash_rust::xxh64::xxh64(text.as_bytes(), *sum);
        }
    };
    each(models, |case| {
        triples += 1;
        add(&mut silent, case.silent);
        add(&mut explained, case.decisions);
    });
    if WORDS { format!("{triples} {silent:016x} {explained:016x}") } else { format!("{triples} {silent:016x}") }
}

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn triples(from: u32, to: u32) -> String {
    digest(from..to)
}
