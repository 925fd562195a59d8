//! Category affinity: how a session's attention is divided over the store's categories.
//!
//! Each interaction adds a weight to its category; newer ones weigh more, and so do carts and purchases. What the
//! visitor declared adds a fixed weight. Before the first event the only parts are those of visits from the same
//! traffic source. [`Affinity`] holds the sums and their total, so shares are computed here and nowhere else.
//!
//! Invariants: sensitive categories have no part in it; every weight is above 0, so the total is 0 only without parts.

use super::{Model, heaviest_number_first};
use crate::session::{Interaction, Session};
use crate::snapshot::section::Kernel;
use alloc::vec::Vec;

/// Weight of a declared category, in units of [`Kernel::ONE`]: as much as three newest views. It does not decay.
const DECLARED: u32 = 3 * Kernel::ONE as u32;
/// Total weight of the prior before the first event.
const PRIOR: u32 = Kernel::ONE as u32;
/// Minimum excess of a category's share for it to count in the prior, in thousandths.
const EXCESS: u32 = 50;

/// Origin of a part of a session's category affinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// A preference declared by the visitor.
    Declared,
    /// An interaction.
    Interaction(Interaction),
    /// The prior: visits from the same traffic source wanted it.
    Expected,
}

/// How much of a session is about each category.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affinity {
    /// Category and weight, the heaviest first. Unit: [`Kernel::ONE`] is one newest view.
    weights: Vec<(u16, u32)>,
    total: u64,
}

impl Affinity {
    /// Whether nothing is known of any category.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// The categories, the heaviest first.
    pub fn categories(&self) -> impl Iterator<Item = u16> + '_ {
        self.weights.iter().map(|(category, _)| *category)
    }

    /// Categories with their shares of the session's attention in thousandths, the largest first.
    pub fn shares(&self) -> impl Iterator<Item = (u16, u32)> + '_ {
        self.weights.iter().map(|(category, weight)| (*category, self.part(1000, u64::from(*weight))))
    }

    /// The part of `whole` that the counted categories hold together, rounded down once.
    pub fn share(&self, whole: u32, is_counted: &dyn Fn(u16) -> bool) -> u32 {
        let mut held = 0;
        for (category, weight) in &self.weights {
            if is_counted(*category) {
                held += u64::from(*weight);
            }
        }
        self.part(whole, held)
    }

    /// The attention to these categories alone. Each weighs 1, as good as nothing, before anything is added.
    pub(crate) fn to(categories: Vec<u16>) -> Self {
        let total = categories.len() as u64;
        Self { weights: categories.into_iter().map(|category| (category, 1)).collect(), total }
    }

    /// Adds what of a visit's attention is about its categories.
    pub(crate) fn add(&mut self, visit: &Self) {
        for (category, weight) in &mut self.weights {
            let held = visit.weights.iter().find(|(known, _)| known == category).map_or(0, |(_, held)| *held);
            *weight += held;
            self.total += u64::from(held);
        }
    }

    fn part(&self, whole: u32, weight: u64) -> u32 {
        (weight * u64::from(whole) / self.total.max(1)) as u32
    }
}

impl<B: AsRef<[u8]>> Model<B> {
    /// How a session's attention is divided over categories: what was declared and what was done, and before that
    /// what visits from the same traffic source wanted, as far as they wanted it more than all visits.
    pub fn affinity(&self, session: &Session) -> Affinity {
        let mut affinity = Affinity::default();
        let Affinity { weights, total } = &mut affinity;
        self.attention(session, &mut |_, category, weight| {
            *total += u64::from(weight);
            match weights.iter_mut().find(|(known, _)| *known == category) {
                Some((_, sum)) => *sum += weight,
                None => weights.push((category, weight)),
            }
        });
        // Of two categories with equal weight, the more recent one leads.
        heaviest_number_first(weights);
        affinity
    }

    /// The parts [`Model::affinity`] is the sum of: where from, category, weight.
    pub fn attention(&self, session: &Session, part: &mut dyn FnMut(Attention, u16, u32)) {
        let mut add = |from, category: u16, weight: u32| {
            // Category 0 is "no category", which a visit cannot be about.
            if weight > 0 && category > 0 && self.plan.sensitive.binary_search(&category).is_err() {
                part(from, category, weight);
            }
        };
        for category in session.declared().iter().rev().filter_map(|key| self.category(*key)) {
            add(Attention::Declared, category, DECLARED);
        }
        let kernel = &self.meta.kernel;
        let mut by_step = kernel.affinity.iter();
        for interaction in session.interactions() {
            let of_step = by_step.next().copied().unwrap_or_default();
            let Some(category) = self.interaction_category(&interaction) else { continue };
            let weight = (u32::from(of_step) * u32::from(kernel.kinds[interaction.kind as usize])) >> 10;
            add(Attention::Interaction(interaction), category, weight);
        }
        // The prior counts only as far as it exceeds that of all visits.
        let Some(node) = self.prior.node(&session.context()).filter(|node| node.key != 0) else { return };
        let all = self.prior.nodes.first().filter(|node| node.key == 0).map_or(&[][..], |all| &all.categories);
        for (category, share) in &node.categories {
            let usual = all.iter().find(|(known, _)| known == category).map_or(0, |(_, share)| *share);
            let excess = u32::from(share.saturating_sub(usual));
            if excess >= EXCESS {
                add(Attention::Expected, *category, PRIOR * excess / 1000);
            }
        }
    }
}
