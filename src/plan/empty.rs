//! Slots that show nothing with the shop's data, though the plan has no mistake.
//!
//! A plan may be written before its log has what it needs, so these are warnings: the shop's own content stays, and the next
//! training may feed the slot. Each says where, what was found and what to do.

use crate::model::Model;
use crate::snapshot::ItemIndex;
use crate::snapshot::plan::{Fill, Mask, Plan, Row, Slot, Strategy};

/// What a plan asks of a snapshot that has nothing to answer with.
pub fn warnings<B: AsRef<[u8]>>(plan: &Plan, model: &Model<B>) -> Vec<String> {
    let shop = Shop { plan, model };
    let mut found = Vec::new();
    for slot in &plan.slots {
        for arm in &slot.arms {
            let tested = slot.arms.len() > 1;
            let path = if tested {
                format!("slots.{}.experiment.arms.{}", slot.name, arm.name)
            } else {
                format!("slots.{}", slot.name)
            };
            match &arm.fill {
                Fill::Items(row) => shop.row(&path, row, &mut found),
                Fill::Offers(_) => shop.offers(&path, slot, &mut found),
                Fill::Bundle(sets, row) => {
                    for set in &sets.variants {
                        if let Some(item) = set.items.iter().find(|item| !shop.allows(row, **item)) {
                            let id = model.item_id(*item);
                            found.push(format!(
                                "{path} never shows the set {}: its product {id} is banned or below a price floor; take \
                                 it out of the set or out of the bans",
                                set.name
                            ));
                        }
                    }
                }
                Fill::Own | Fill::Choose(_) | Fill::Order(_) => {}
            }
        }
    }
    found.dedup();
    found
}

/// A plan and the snapshot it is held against.
struct Shop<'a, B> {
    plan: &'a Plan,
    model: &'a Model<B>,
}

impl<B: AsRef<[u8]>> Shop<'_, B> {
    /// A row that its guardrails or the log leave empty.
    fn row(&self, path: &str, row: &Row, found: &mut Vec<String>) {
        let all = self.model.len();
        let left = self.items().filter(|item| self.allows(row, *item)).count();
        let least = usize::from(row.at_least.max(1));
        if left < least {
            found.push(format!(
                "{path} never shows anything: bans and price floors leave {left} of {all} products, and it asks for \
                 {least}; lift some of them, or lower at_least"
            ));
            return;
        }
        let mut silent = 0;
        let before = found.len();
        for (strategy, _) in row.sources.iter().chain(&row.reserve) {
            let name = strategy.name();
            if !self.proposes(*strategy, &|_| true) {
                silent += 1;
                found.push(format!(
                    "{path} asks for {name}, which proposes nothing with this log: {}; leave it out until then",
                    needs(*strategy)
                ));
            } else if !self.proposes(*strategy, &|item| self.allows(row, item)) {
                silent += 1;
                found.push(format!(
                    "{path} asks for {name}, and bans or price floors keep out everything it proposes; lift some of \
                     them, or leave it out"
                ));
            }
        }
        if silent == row.sources.len() + row.reserve.len() && row.pins.is_empty() {
            found.truncate(before);
            let names: Vec<&str> = row.sources.iter().map(|(strategy, _)| strategy.name()).collect();
            let why = row.sources.first().map_or("", |(strategy, _)| needs(*strategy));
            found.push(format!(
                "{path} never shows anything: {} can propose nothing it may show ({why}); add a strategy that can, such as \
                 bestsellers",
                names.join(", ")
            ));
        }
    }

    /// Offers that are never made, because nobody can know who needs them.
    fn offers(&self, path: &str, slot: &Slot, found: &mut Vec<String>) {
        if slot.arms.len() == 1 && !self.model.intent().uplift.is_fitted() {
            found.push(format!(
                "{path} never makes an offer: the log has no offers made at random, so it cannot say whom they help, and no \
                 experiment tests them here; add an experiment to the slot, or the column offer to the log"
            ));
        }
    }

    fn items(&self) -> impl Iterator<Item = ItemIndex> + '_ {
        (0..self.model.len() as u32).map(ItemIndex::new)
    }

    /// Whether bans and price floors let a product into a row. Seasons and stock change by themselves, so they do not count.
    fn allows(&self, row: &Row, item: ItemIndex) -> bool {
        let model = self.model;
        let keeps_out = |mask: &Mask| {
            mask.items.binary_search(&item).is_ok()
                || mask.categories.binary_search(&model.item_category(item)).is_ok()
                || mask.brands.binary_search(&model.brand_number(item)).is_ok()
                || (1..mask.price_floor).contains(&model.price_cents(item))
        };
        !keeps_out(&self.plan.mask) && !keeps_out(&row.mask)
    }

    /// Whether a strategy can ever propose one of some products.
    fn proposes(&self, strategy: Strategy, counts: &dyn Fn(ItemIndex) -> bool) -> bool {
        let (lists, names) = (self.model.lists(), self.model.names());
        let any = |list: &[ItemIndex]| list.iter().any(|item| counts(*item));
        let of_categories = |lists: &[Vec<ItemIndex>]| lists.iter().any(|list| any(list));
        let neighbour = |table: usize, item| self.model.row(table, item).1.map(|(item, _)| item).any(counts);
        let rows = |table: usize| self.items().any(|item| neighbour(table, item));
        let related = |relation: &[Vec<u16>]| {
            relation
                .iter()
                .flatten()
                .any(|to| lists.category_bestsellers.get(usize::from(*to)).is_some_and(|of| any(of)))
        };
        match strategy {
            Strategy::NextItem | Strategy::AlsoViewed => rows(0),
            Strategy::RecommendedForYou => rows(0) || of_categories(&lists.category_bestsellers),
            Strategy::BoughtTogether => rows(1),
            Strategy::SimilarItems => of_categories(&lists.category_bestsellers) || rows(0),
            Strategy::CompleteTheLook => related(&lists.complements),
            Strategy::RecentlyViewed => self.items().any(counts),
            Strategy::Trending => any(&lists.trending),
            Strategy::NewArrivals => any(&lists.new_arrivals),
            Strategy::Bestsellers => any(&lists.bestsellers),
            Strategy::CategoryBestsellers | Strategy::BackToSearch => {
                names.categories.len() > 1 && of_categories(&lists.category_bestsellers)
            }
            Strategy::PopularWithSource => {
                self.model.prior().nodes.iter().any(|node| node.key != 0 && any(&node.items))
            }
            Strategy::AdjacentCategories => related(&lists.adjacent),
        }
    }
}

/// What a strategy lacks that proposes nothing.
fn needs(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::NextItem | Strategy::AlsoViewed | Strategy::RecommendedForYou => "no visit saw two products",
        Strategy::BoughtTogether => "no two products were in two carts",
        Strategy::SimilarItems => "products have no category, and no visit saw two of them",
        Strategy::CompleteTheLook => "no two categories meet in carts or visits beyond chance",
        Strategy::RecentlyViewed | Strategy::Trending | Strategy::Bestsellers => "no product was seen",
        Strategy::NewArrivals => "no product looks new; a column listed in the catalogue would say which are",
        Strategy::CategoryBestsellers | Strategy::BackToSearch => "products have no category",
        Strategy::PopularWithSource => {
            "no traffic source, campaign or landing page with 30 visits differs from all visits"
        }
        Strategy::AdjacentCategories => "no two categories meet in visits beyond chance",
    }
}
