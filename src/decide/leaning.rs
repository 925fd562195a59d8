//! What a visit leans to, and so which of a product's pictures its card shows.
//!
//! A picture may have tags. A tag is the path of a category, the name of a brand, or a name that the plan gives to
//! categories or an audience. Its share is what the visit's attention has of it: products looked at and wishes declared,
//! weighed as in [`Affinity`](crate::model::Affinity). A tag of the plan has its share as a variant has.
//!
//! Invariants: whole numbers only, so every host takes the same picture; nothing sensitive is in it, because
//! [`attention`](crate::model::Model::attention) leaves it out.

use super::choose::share;
use super::visit::Visit;
use crate::model::{Attention, Model};
use crate::text::until;
use alloc::vec::Vec;

/// What a visit leans to.
#[derive(Clone, Debug, Default)]
pub struct Leaning {
    /// The shares of the plan's own tags, by number.
    of_plan: Vec<u32>,
    /// Category, brand and weight of each part of the visit's attention, one behind the other. Brand 0 is "no brand".
    parts: Vec<u32>,
    /// Whether cards show prices: not once they are too old.
    pub priced: bool,
}

impl Leaning {
    pub(super) fn of<B: AsRef<[u8]>>(visit: &Visit<'_, B>) -> Self {
        let model = visit.model;
        let mut leaning = Self { priced: model.shows_prices(visit.now_ms()), ..Self::default() };
        for tag in &model.plan().pictures {
            leaning.of_plan.push(share(visit, visit.affinity(), tag));
        }
        model.attention(visit.session, &mut |from, category, weight| {
            let mut brand = 0;
            if let Attention::Interaction(interaction) = from
                && let Some(item) = interaction.item.and_then(|key| model.item(key))
            {
                brand = model.brand_number(item);
            }
            leaning.parts.extend_from_slice(&[category.into(), brand, weight]);
        });
        leaning
    }

    /// How much of the visit is about a tag, in thousandths. `model` is the one that the visit was computed with.
    pub fn share<B: AsRef<[u8]>>(&self, model: &Model<B>, tag: &str) -> u32 {
        for (known, share) in model.plan().pictures.iter().zip(&self.of_plan) {
            if known.name == tag {
                return *share;
            }
        }
        let (mut own, mut all) = (0, 0);
        for part in self.parts.as_chunks().0 {
            let [category, brand, weight] = *part;
            all += u64::from(weight);
            let below = model.category_path(category as u16).strip_prefix(tag);
            if below.is_some_and(|rest| until(rest, b".").is_empty()) || model.brand_name(brand) == tag {
                own += u64::from(weight);
            }
        }
        (own * 1000 / all.max(1)) as u32
    }
}
