//! A log's products as features ask for them.
//!
//! The other catalogue is the model's ([`crate::model`]). Both answer the same questions, so that features have one
//! definition for training and scoring.

use super::conversion::Levels;
use crate::context::Context;
use crate::event::{CategoryKey, ItemKey};
use crate::feature::{About, Shop};
use crate::log::{Item, Log};
use crate::model::price_percent;
use crate::session::Interaction;
use crate::snapshot::section::Prior;
use std::collections::HashMap;

/// A log's products and prior, as features ask for them.
pub struct LogShop<'a> {
    /// Number, category and price of each product.
    about: HashMap<ItemKey, (usize, About)>,
    categories: HashMap<CategoryKey, u16>,
    prior: &'a Prior,
    levels: Levels,
}

impl<'a> LogShop<'a> {
    /// Looks a log's products up. Nothing is known of their conversion.
    pub fn new(log: &Log, medians: &[u32], prior: &'a Prior) -> Self {
        let about = |(number, item): (usize, &Item)| {
            let percent = price_percent(item.price_cents, medians[usize::from(item.category)]);
            let about = About { category: Some(item.category), price_percent: percent, ..About::default() };
            (ItemKey::from_id(&item.id), (number, about))
        };
        let key = |(at, path): (usize, &String)| (CategoryKey::from_path(path), at as u16);
        Self {
            about: log.items.iter().enumerate().map(about).collect(),
            categories: log.categories.iter().enumerate().rev().map(key).collect(),
            prior,
            levels: Levels::default(),
        }
    }

    /// Takes levels of conversion in place of those before.
    pub fn learn(&mut self, levels: Levels) {
        self.levels = levels;
    }
}

impl Shop for LogShop<'_> {
    fn about(&self, interaction: &Interaction) -> About {
        let level = |levels: &[u8], at: usize| levels.get(at).copied().unwrap_or_default();
        let known = interaction.item.and_then(|key| self.about.get(&key));
        let stated = || interaction.category.and_then(|key| self.categories.get(&key)).copied();
        let mut about = match known {
            Some((_, about)) => *about,
            None => About { category: stated(), ..About::default() },
        };
        about.conversion = [about.category.map_or(0, |at| level(&self.levels.categories, at.into())); 2];
        if let Some(own) = known.map(|(number, _)| level(&self.levels.items, *number)).filter(|own| *own > 0) {
            about.conversion[0] = own;
        }
        about
    }

    fn context_shift(&self, context: &Context) -> i32 {
        self.prior.node(context).map_or(0, |node| node.purchase)
    }
}
