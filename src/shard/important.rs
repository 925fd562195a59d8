//! Which items a root should bring, the most important first.
//!
//! A snapshot does not say how often each product is viewed. Its rows do: a product that many rows name, with much weight,
//! is viewed in many sessions. What the plan names comes before that, then what the lists and priors begin with, since
//! these are what a page shows before anybody has clicked.

use crate::model::Model;
use crate::snapshot::ItemIndex;
use crate::snapshot::plan::{Fill, Plan, Row};
use crate::snapshot::rows::ONE;
use crate::snapshot::section::{Lists, Prior};
use std::collections::HashSet;

/// Places of a list that a root has at least, if its items fit: a long row, and what its guardrails and the rows before it may
/// keep out.
const FIRST: usize = 24;
/// The same for a category's list, of which there are many.
const FIRST_OF_CATEGORY: usize = 8;

/// Items in order of importance.
pub(super) struct Important {
    /// What pages show to a visit without a history: what the plan names, then lists and priors.
    pub(super) listed: Vec<ItemIndex>,
    /// How many of these the plan names.
    pub(super) planned: usize,
    /// How many of these the plan names or the whole shop's lists begin with.
    pub(super) first: usize,
    /// All items, those first that most rows name.
    pub(super) popular: Vec<ItemIndex>,
}

impl Important {
    pub(super) fn of<B: AsRef<[u8]>>(model: &Model<B>) -> Self {
        let weights = weights(model);
        let weight = |item: &ItemIndex| weights.get(item.place()).copied().unwrap_or_default();
        let mut popular: Vec<ItemIndex> = (0..model.len() as u32).map(ItemIndex::new).collect();
        popular.sort_by_key(|item| (std::cmp::Reverse(weight(item)), *item));
        let mut listed = Unique::default();
        for item in planned(model.plan()) {
            listed.add(item);
        }
        let planned = listed.items.len();
        of_shop(model.lists(), &mut listed);
        let first = listed.items.len();
        of_sources(model.prior(), &mut listed);
        of_categories(model.lists(), &weight, &mut listed);
        // With all of them, a root decides as the whole snapshot does before the first click.
        rest(model.lists(), &mut listed);
        Self { listed: listed.items, planned, first, popular }
    }
}

/// Items without repetition, in the order in which they came.
#[derive(Default)]
struct Unique {
    items: Vec<ItemIndex>,
    known: HashSet<ItemIndex>,
}

impl Unique {
    fn add(&mut self, item: ItemIndex) {
        if self.known.insert(item) {
            self.items.push(item);
        }
    }
}

/// How much all rows together are about each item, in units of a usual row's heaviest neighbour.
fn weights<B: AsRef<[u8]>>(model: &Model<B>) -> Vec<u64> {
    let mut weights = vec![0_u64; model.len()];
    for place in 0..model.len() {
        let (scale, entries) = model.row(0, ItemIndex::new(place as u32));
        for (item, level) in entries {
            if let Some(weight) = weights.get_mut(item.place()) {
                *weight += u64::from(scale) * u64::from(level * level) / u64::from(ONE / 16);
            }
        }
    }
    weights
}

/// The items that the plan puts into places.
fn planned(plan: &Plan) -> Vec<ItemIndex> {
    let pins = |row: &Row| row.pins.iter().map(|(_, item)| *item).collect::<Vec<_>>();
    let of_fill = |fill: &Fill| match fill {
        Fill::Items(row) => pins(row),
        Fill::Bundle(sets, row) => sets.variants.iter().flat_map(|set| set.items.clone()).chain(pins(row)).collect(),
        Fill::Own | Fill::Choose(_) | Fill::Order(_) | Fill::Offers(_) => Vec::new(),
    };
    plan.slots.iter().flat_map(|slot| &slot.arms).flat_map(|arm| of_fill(&arm.fill)).collect()
}

/// The beginnings of the whole shop's lists, rank by rank.
fn of_shop(lists: &Lists, to: &mut Unique) {
    for rank in 0..FIRST {
        for list in [&lists.bestsellers, &lists.trending, &lists.new_arrivals] {
            list.get(rank).into_iter().for_each(|item| to.add(*item));
        }
    }
}

/// What visits from a traffic source want, the largest source first.
fn of_sources(prior: &Prior, to: &mut Unique) {
    let mut nodes: Vec<_> = prior.nodes.iter().collect();
    nodes.sort_by_key(|node| std::cmp::Reverse(node.sessions));
    nodes.iter().flat_map(|node| &node.items).for_each(|item| to.add(*item));
}

/// The beginnings of the categories' lists, the category first whose bestsellers weigh most.
fn of_categories(lists: &Lists, weight: &dyn Fn(&ItemIndex) -> u64, to: &mut Unique) {
    let total = |list: &Vec<ItemIndex>| list.iter().take(FIRST_OF_CATEGORY).map(weight).sum::<u64>();
    let mut categories: Vec<usize> = (0..lists.category_bestsellers.len()).collect();
    categories.sort_by_key(|at| std::cmp::Reverse(total(&lists.category_bestsellers[*at])));
    for at in categories {
        let new = lists.category_new.get(at).into_iter().flatten().take(FIRST_OF_CATEGORY / 2);
        lists.category_bestsellers[at].iter().take(FIRST_OF_CATEGORY).chain(new).for_each(|item| to.add(*item));
    }
}

/// The ends of all lists.
fn rest(lists: &Lists, to: &mut Unique) {
    let whole = [&lists.bestsellers, &lists.trending, &lists.new_arrivals];
    let lists = whole.into_iter().chain(&lists.category_bestsellers).chain(&lists.category_new);
    lists.flatten().for_each(|item| to.add(*item));
}
