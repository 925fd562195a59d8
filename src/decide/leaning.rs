//! What a visit leans to, and so which of a product's pictures its card shows.
//!
//! A picture may have tags. A tag is the path of a category, the name of a brand, or a name that the plan gives to a
//! condition. Its share is what the visit's attention has of it: products looked at and wishes declared, weighed as in
//! [`Affinity`](crate::model::Affinity). A condition that holds has all of it.
//!
//! Invariants: whole numbers only, so every host takes the same picture; nothing sensitive is in it, because
//! [`attention`](crate::model::Model::attention) leaves it out.

use super::visit::Visit;
use crate::model::{Attention, Model};
use alloc::vec::Vec;

/// What a visit leans to.
#[derive(Clone, Debug, Default)]
pub struct Leaning {
    /// Category, brand and weight of each part of the visit's attention. Brand 0 is "no brand".
    parts: Vec<(u16, u32, u32)>,
    /// Whether the condition of each of the plan's tags holds.
    holds: Vec<bool>,
}

impl Leaning {
    pub(super) fn of<B: AsRef<[u8]>>(visit: &Visit<'_, B>) -> Self {
        let model = visit.model;
        let mut parts = Vec::new();
        model.attention(visit.session, &mut |from, category, weight| {
            let item = match from {
                Attention::Interaction(interaction) => interaction.item.and_then(|key| model.item(key)),
                Attention::Declared | Attention::Expected => None,
            };
            parts.push((category, item.map_or(0, |item| model.brand_number(item)), weight));
        });
        let holds = model.plan().pictures.iter().map(|(_, condition)| visit.is_in(Some(*condition))).collect();
        Self { parts, holds }
    }

    /// How much of the visit is about a tag, in thousandths. `model` is the one that the visit was computed with.
    pub fn share<B: AsRef<[u8]>>(&self, model: &Model<B>, tag: &str) -> u32 {
        let mut rules = model.plan().pictures.iter().zip(&self.holds);
        if rules.any(|((name, _), holds)| *holds && name == tag) {
            return 1000;
        }
        let (mut own, mut all) = (0, 0);
        for (category, brand, weight) in &self.parts {
            let weight = u64::from(*weight);
            all += weight;
            let below = model.category_path(*category).strip_prefix(tag);
            if below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) || model.brand_name(*brand) == tag {
                own += weight;
            }
        }
        (own * 1000 / all.max(1)) as u32
    }
}
