//! Who prefers what: groups of shoppers, each with categories of its own, and products that they want together.
//!
//! A shopper's liking of a product is a probability, from 0 to 1. It is high in the group's categories and low elsewhere, differs
//! from product to product, and falls with the price for a shopper who is careful with money.
//!
//! A switch changes all of it: each group gets the categories of the next, other products are liked in them, and others go
//! together. What was learned before is then wrong, not only less frequent.

use crate::experiment::Chance;
use serde::Serialize;
use std::collections::BTreeMap;
use xxhash_rust::xxh64::xxh64;

/// A product of the shop.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// The shop's id.
    pub id: String,
    /// Category path.
    pub category: String,
    /// Price in units of the currency; 0 if unknown.
    pub price: f64,
}

/// A group of shoppers, as it is drawn: the truth that a report should find.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// Share of the visits, 0 to 1.
    pub share: f64,
    /// Share of its shoppers who are careful with money, 0 to 1.
    pub careful: f64,
    /// Categories it prefers before a switch.
    pub categories: Vec<String>,
    /// Categories it prefers after a switch: those of the next group.
    pub categories_after_switch: Vec<String>,
}

/// The products and the groups.
pub struct Tastes {
    /// Products, in order of id.
    pub products: Vec<Product>,
    /// Groups, the largest first.
    pub groups: Vec<Group>,
    /// Products by category.
    shelves: BTreeMap<String, Vec<usize>>,
    /// Price in proportion to the mean of its category, by product.
    dear: Vec<f64>,
}

/// Liking of a product outside of a group's categories.
const ELSEWHERE: f64 = 0.02;

impl Tastes {
    /// Draws the tastes of so many groups over a shop's categories.
    pub fn draw(mut products: Vec<Product>, groups: usize, seed: u64) -> Self {
        products.sort_by(|a, b| a.id.cmp(&b.id));
        products.dedup_by(|a, b| a.id == b.id);
        let mut shelves: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, product) in products.iter().enumerate() {
            shelves.entry(product.category.clone()).or_default().push(at);
        }
        let mean =
            |shelf: &Vec<usize>| shelf.iter().map(|at| products[*at].price).sum::<f64>() / shelf.len().max(1) as f64;
        let means: BTreeMap<&String, f64> = shelves.iter().map(|(category, shelf)| (category, mean(shelf))).collect();
        let dear = |product: &Product| match means.get(&product.category) {
            Some(mean) if *mean > 0.0 => product.price / mean,
            _ => 1.0,
        };
        let dear = products.iter().map(dear).collect();
        let mut categories: Vec<String> = shelves.keys().cloned().collect();
        let mut chance = Chance::new(seed);
        for at in (1..categories.len()).rev() {
            categories.swap(at, chance.below(at as u64 + 1) as usize);
        }
        let groups = groups.clamp(1, categories.len().max(1));
        let part =
            |group: usize| -> Vec<String> { categories.iter().skip(group % groups).step_by(groups).cloned().collect() };
        // The first group is the largest, so that a switch changes what the shop as a whole looks at.
        let weights: Vec<f64> = (0..groups).map(|group| 0.5_f64.powi(group as i32)).collect();
        let all: f64 = weights.iter().sum();
        let group = |(number, weight): (usize, &f64)| Group {
            share: weight / all,
            careful: 0.2 + 0.6 * chance.uniform(),
            categories: part(number),
            categories_after_switch: part(number + 1),
        };
        let groups = weights.iter().enumerate().map(group).collect();
        Self { products, groups, shelves, dear }
    }

    /// The place of a product.
    pub fn place(&self, id: &str) -> Option<usize> {
        self.products.binary_search_by(|product| product.id.as_str().cmp(id)).ok()
    }

    fn preferred(&self, group: usize, switched: bool) -> &[String] {
        let group = &self.groups[group];
        if switched { &group.categories_after_switch } else { &group.categories }
    }

    /// How much a shopper of a group likes a product, 0 to 1.
    pub fn liking(&self, group: usize, careful: bool, switched: bool, product: usize) -> f64 {
        let Product { id, category, .. } = &self.products[product];
        let appeal = (xxh64(id.as_bytes(), 1 + u64::from(switched)) >> 11) as f64 / (1_u64 << 53) as f64;
        let preferred = self.preferred(group, switched).contains(category);
        let base = if preferred { 0.1 + 0.9 * appeal } else { ELSEWHERE };
        let price = if careful { (-(self.dear[product] - 1.0).max(0.0)).exp() } else { 1.0 };
        base * price
    }

    /// The product that goes with this one: that of the same rank in the next of the group's categories. After a switch it is
    /// the one half a shelf further.
    pub fn partner(&self, group: usize, switched: bool, product: usize) -> Option<usize> {
        let preferred = self.preferred(group, switched);
        let category = &self.products[product].category;
        let row = &self.shelves[category];
        let rank = row.iter().position(|at| *at == product)?;
        let at = preferred.iter().position(|own| own == category)?;
        let other = &self.shelves[&preferred[(at + 1) % preferred.len()]];
        let further = if switched { other.len() / 2 } else { 0 };
        let partner =
            if preferred.len() > 1 { other[(rank + further) % other.len()] } else { row[(rank ^ 1) % row.len()] };
        Some(partner).filter(|partner| *partner != product)
    }

    /// A product that a shopper looks for on its own account.
    pub fn own_idea(&self, group: usize, careful: bool, switched: bool, chance: &mut Chance) -> usize {
        let preferred = self.preferred(group, switched);
        let row = &self.shelves[&preferred[chance.below(preferred.len() as u64) as usize]];
        // Found by searching: liked more than most, and rarely the best there is.
        let mut draw = || row[chance.below(row.len() as u64) as usize];
        let (one, other) = (draw(), draw());
        let liking = |product| self.liking(group, careful, switched, product);
        if liking(one) >= liking(other) { one } else { other }
    }

    /// The group of a visit.
    pub fn group(&self, chance: &mut Chance) -> usize {
        let mut left = chance.uniform();
        let found = self.groups.iter().position(|group| {
            left -= group.share;
            left <= 0.0
        });
        found.unwrap_or(self.groups.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tastes(seed: u64) -> Tastes {
        let product = |at: usize| Product { id: format!("{at:03}"), category: format!("c{}", at % 6), price: 10.0 };
        Tastes::draw((0..60).map(product).collect(), 3, seed)
    }

    #[test]
    fn groups_part_the_categories_and_a_switch_hands_them_on() {
        let tastes = tastes(7);
        let mut all: Vec<&String> = tastes.groups.iter().flat_map(|group| &group.categories).collect();
        all.sort_unstable();
        assert_eq!(all.len(), 6);
        all.dedup();
        assert_eq!(all.len(), 6, "each category is preferred by one group");
        assert_eq!(tastes.groups[0].categories_after_switch, tastes.groups[1].categories);
        let shares: f64 = tastes.groups.iter().map(|group| group.share).sum();
        assert!((shares - 1.0).abs() < 1e-9);
        assert_eq!(tastes.groups, self::tastes(7).groups, "the same seed draws the same");
        assert_ne!(tastes.groups, self::tastes(8).groups);
    }

    #[test]
    fn own_products_are_liked_more_and_partners_are_in_the_groups_categories() {
        let tastes = tastes(7);
        let mut chance = Chance::new(1);
        for _ in 0..200 {
            let idea = tastes.own_idea(0, false, false, &mut chance);
            assert!(tastes.liking(0, false, false, idea) > ELSEWHERE);
            assert!(tastes.liking(1, false, false, idea) <= ELSEWHERE);
            let partner = tastes.partner(0, false, idea).unwrap();
            assert!(partner != idea && tastes.liking(0, false, false, partner) > ELSEWHERE);
            let then = tastes.own_idea(0, false, true, &mut chance);
            assert_ne!(
                tastes.partner(0, true, then),
                tastes.partner(1, false, then),
                "what goes together has changed, too"
            );
        }
    }
}
