//! The strategies: products for a visit, each with its merit, the best first.
//!
//! Merit is 1 to 1000, thousandths of what the strategy's best candidate has: scores of rows in proportion,
//! places of ranked lists in even steps. So rows of several strategies can be mixed, boosted and diversified.

use crate::event::{EventKind, ItemKey};
use crate::feature::Shop;
use crate::model::{History, Model, Scored, Scratch, Step, heaviest_first, price_percent};
use crate::session::{Interaction, Session};
use crate::snapshot::plan::Strategy;
use alloc::vec::Vec;

/// What is sought, and for whom.
pub(super) struct Sought<'a> {
    pub session: &'a Session,
    pub anchor: Option<ItemKey>,
    pub history: &'a History,
    pub seen: bool,
    /// Candidates worth finding.
    pub want: usize,
}

/// An item and its merit.
pub(super) type Found = Vec<(u32, u32)>;

/// Which next items were asked for: anchor, policy and number.
type Asked = (Option<ItemKey>, bool, usize);

/// What was worked out for the page already: item events and next items, by anchor and policy.
#[derive(Default)]
pub(super) struct Ranked {
    history: Option<(Option<ItemKey>, History)>,
    next: Vec<(Asked, Found)>,
}

impl Ranked {
    pub(super) fn forget(&mut self) {
        self.history = None;
        self.next.clear();
    }

    pub(super) fn history<B: AsRef<[u8]>>(
        &mut self,
        model: &Model<B>,
        session: &Session,
        anchor: Option<ItemKey>,
    ) -> History {
        match self.history {
            Some((known, history)) if known == anchor => history,
            _ => {
                let history = model.history(session, anchor);
                self.history = Some((anchor, history));
                history
            }
        }
    }
}

/// What the anchor, or else the newest product, is: what its neighbours in attributes are sought by.
#[derive(Clone, Copy, Default)]
struct Subject {
    item: Option<u32>,
    category: Option<u16>,
    brand: u32,
    price_percent: Option<u16>,
}

/// Finds what a strategy proposes, the best first.
pub(super) fn find<B: AsRef<[u8]>>(
    model: &Model<B>,
    strategy: Strategy,
    sought: &Sought<'_>,
    scratch: &mut Scratch,
    ranked: &mut Ranked,
) -> Found {
    let lists = model.lists();
    let want = sought.want;
    match strategy {
        Strategy::NextItem => next(model, sought, scratch, ranked).clone(),
        Strategy::AlsoViewed => {
            let step = |item| Step { item, kind: EventKind::ViewItem, repeated: false };
            let history: History = subject(model, sought).item.map(step).into_iter().collect();
            of_rows(model.next_items(&history, want, false, scratch))
        }
        Strategy::BoughtTogether => together(model, sought),
        Strategy::SimilarItems => similar(model, sought),
        Strategy::CompleteTheLook => complete(model, sought),
        Strategy::RecentlyViewed => {
            let mut all = Vec::new();
            for step in sought.history.iter().filter(|step| step.kind != EventKind::RemoveFromCart) {
                add_new(&mut all, step.item);
            }
            listed(&all)
        }
        Strategy::RecommendedForYou => recommended(model, sought, scratch, ranked),
        Strategy::Trending => listed(first(&lists.trending, want)),
        Strategy::NewArrivals => listed(first(&lists.new_arrivals, want)),
        Strategy::Bestsellers => listed(first(&lists.bestsellers, want)),
        Strategy::CategoryBestsellers => {
            let anchored = sought.anchor.and_then(|_| subject(model, sought).category);
            let mut categories = Vec::new();
            categories.extend(anchored);
            for (category, _) in model.affinity(sought.session) {
                categories.push(category);
            }
            of_categories(model, &categories, want)
        }
        Strategy::BackToSearch => {
            let search = |interaction: &Interaction| interaction.kind == EventKind::Search;
            let category = sought
                .session
                .interactions()
                .filter(search)
                .find_map(|interaction| model.interaction_category(&interaction));
            of_categories(model, category.as_slice(), want)
        }
        Strategy::PopularWithSource => listed(first(model.wanted_by(&sought.session.context()), want)),
        Strategy::AdjacentCategories => adjacent(model, sought),
    }
}

/// Merit in proportion to scores; they come best first.
fn scaled(mut scores: Found) -> Found {
    let best = scores.first().map_or(1, |(_, best)| (*best).max(1));
    for (_, score) in &mut scores {
        *score = (u64::from(*score) * 1000 / u64::from(best)).max(1) as u32;
    }
    scores
}

fn of_rows(best: &[Scored]) -> Found {
    scaled(best.iter().map(|best| (best.item, best.score)).collect())
}

/// Merit in even steps down a list.
fn listed(items: &[u32]) -> Found {
    // In even steps, in units of a millionth.
    let step = 1_000_000 / items.len().max(1) as u32;
    let mut merit = 1_000_000 + step;
    let place = |item: &u32| {
        merit -= step;
        (*item, merit / 1000)
    };
    items.iter().map(place).collect()
}

/// The first of a list, at most `want`.
fn first(items: &[u32], want: usize) -> &[u32] {
    items.get(..want).unwrap_or(items)
}

/// Adds an item unless it is there.
fn add_new(items: &mut Vec<u32>, item: u32) {
    if !items.contains(&item) {
        items.push(item);
    }
}

fn next<'r, B: AsRef<[u8]>>(
    model: &Model<B>,
    sought: &Sought<'_>,
    scratch: &mut Scratch,
    ranked: &'r mut Ranked,
) -> &'r Found {
    let key = (sought.anchor, sought.seen, sought.want);
    let at = ranked.next.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
        let best = model.next_items(sought.history, sought.want, sought.seen, scratch);
        ranked.next.push((key, of_rows(best)));
        ranked.next.len() - 1
    });
    &ranked.next[at].1
}

fn subject<B: AsRef<[u8]>>(model: &Model<B>, sought: &Sought<'_>) -> Subject {
    let of = |item: u32| Subject {
        item: Some(item),
        category: Some(model.item_category(item)),
        brand: model.brand_number(item),
        price_percent: percent(model, item),
    };
    if let Some(item) = sought.anchor.and_then(|key| model.item(key)) {
        return of(item);
    }
    let interaction = |interaction: &Interaction| {
        interaction.item.is_some() && sought.anchor.is_none_or(|key| interaction.item == Some(key))
    };
    let Some(interaction) = sought.session.interactions().find(interaction) else { return Subject::default() };
    match interaction.item.and_then(|key| model.item(key)) {
        Some(item) => of(item),
        // A product younger than the snapshot: what the event says of it.
        None => Subject { category: model.about(&interaction).category, ..Subject::default() },
    }
}

/// An item's price in percent of its category's median.
pub(super) fn percent<B: AsRef<[u8]>>(model: &Model<B>, item: u32) -> Option<u16> {
    let median = model.names().medians.get(usize::from(model.item_category(item))).copied().unwrap_or_default();
    price_percent(model.price_cents(item), median)
}

/// How near two prices are, each in percent of its category's usual one: 1000 the same, 0 a whole usual price
/// apart or unknown.
pub(super) fn closeness(a: Option<u16>, b: Option<u16>) -> u32 {
    match (a, b) {
        (Some(a), Some(b)) => 1000 - (u32::from(a.abs_diff(b)) * 10).min(1000),
        _ => 0,
    }
}

/// What the cart's products, else the subject, went into carts with.
fn together<B: AsRef<[u8]>>(model: &Model<B>, sought: &Sought<'_>) -> Found {
    let mut from: Vec<u32> = Vec::new();
    for step in sought.history.iter().rev() {
        from.retain(|item| *item != step.item);
        if step.kind == EventKind::AddToCart {
            from.push(step.item);
        }
    }
    if sought.anchor.is_some() || from.is_empty() {
        from = subject(model, sought).item.into_iter().collect();
    }
    let mut sums: Found = Vec::new();
    for item in &from {
        for (to, weight) in model.bought_with(*item) {
            match sums.iter_mut().find(|(known, _)| *known == to) {
                Some((_, sum)) => *sum += weight >> 4,
                None if (to as usize) < model.len() && !from.contains(&to) => sums.push((to, weight >> 4)),
                None => {}
            }
        }
    }
    heaviest_first(&mut sums, |(_, weight)| *weight);
    scaled(sums)
}

/// Products of a category, its best and its newest, by how alike they are.
fn similar<B: AsRef<[u8]>>(model: &Model<B>, sought: &Sought<'_>) -> Found {
    let subject = subject(model, sought);
    let Some(category) = subject.category else { return Vec::new() };
    let lists = model.lists();
    let mut found: Found = Vec::new();
    let mut add = |items: &[u32], basis: u32| {
        for (rank, item) in items.iter().enumerate() {
            if found.iter().all(|(known, _)| known != item) {
                let brand = u32::from(subject.brand != 0 && model.brand_number(*item) == subject.brand) * 250;
                let price = closeness(subject.price_percent, percent(model, *item)) / 4;
                found.push((*item, basis + brand + price - rank.min(50) as u32));
            }
        }
    };
    add(list_of(&lists.category_bestsellers, category), 500);
    add(list_of(&lists.category_new, category), 490);
    for near in list_of(&lists.adjacent, category).iter().take(2) {
        add(list_of(&lists.category_bestsellers, *near), 100);
    }
    heaviest_first(&mut found, |(_, merit)| *merit);
    found
}

fn list_of<T>(lists: &[Vec<T>], category: u16) -> &[T] {
    lists.get(usize::from(category)).map_or(&[], Vec::as_slice)
}

/// The best of the categories that go with the subject's, near it in price.
fn complete<B: AsRef<[u8]>>(model: &Model<B>, sought: &Sought<'_>) -> Found {
    let subject = subject(model, sought);
    let Some(category) = subject.category else { return Vec::new() };
    let mut found: Found = Vec::new();
    for (step, other) in list_of(&model.lists().complements, category).iter().enumerate() {
        if *other == category {
            continue;
        }
        let items = first(list_of(&model.lists().category_bestsellers, *other), 8);
        for (rank, item) in items.iter().enumerate() {
            let price = closeness(subject.price_percent, percent(model, *item)) / 5;
            found.push((*item, (800 - step.min(5) as u32 * 60 - rank as u32 * 50 + price).max(1)));
        }
    }
    heaviest_first(&mut found, |(_, merit)| *merit);
    found
}

/// The best of some categories, category after category.
fn of_categories<B: AsRef<[u8]>>(model: &Model<B>, categories: &[u16], want: usize) -> Found {
    let lists = &model.lists().category_bestsellers;
    let mut items: Vec<u32> = Vec::new();
    for category in categories {
        for item in list_of(lists, *category) {
            if items.len() < want {
                add_new(&mut items, *item);
            }
        }
    }
    listed(&items)
}

/// The best of the categories next to those the visit is about, in turns.
fn adjacent<B: AsRef<[u8]>>(model: &Model<B>, sought: &Sought<'_>) -> Found {
    const ABOUT: usize = 3;
    let lists = model.lists();
    let own = model.affinity(sought.session);
    let mut near: Vec<u16> = Vec::new();
    for (category, _) in own.iter().take(ABOUT) {
        for other in list_of(&lists.adjacent, *category) {
            if !near.contains(other) && own.iter().all(|(known, _)| known != other) {
                near.push(*other);
            }
        }
    }
    let mut items = Vec::new();
    for rank in 0..4 {
        for category in &near {
            items.extend(list_of(&lists.category_bestsellers, *category).get(rank));
        }
    }
    listed(first(&items, sought.want))
}

/// What next items, the visit's categories and its way here propose, by relevance.
fn recommended<B: AsRef<[u8]>>(
    model: &Model<B>,
    sought: &Sought<'_>,
    scratch: &mut Scratch,
    ranked: &mut Ranked,
) -> Found {
    const OF_EACH: usize = 12;
    let mut items: Vec<u32> = next(model, sought, scratch, ranked).iter().map(|(item, _)| *item).collect();
    let categories: Vec<u16> = model.affinity(sought.session).iter().take(2).map(|(category, _)| *category).collect();
    for (item, _) in of_categories(model, &categories, OF_EACH) {
        add_new(&mut items, item);
    }
    for item in first(model.wanted_by(&sought.session.context()), OF_EACH) {
        add_new(&mut items, *item);
    }
    let merits = super::order::relevance_of(model, sought.session, sought.history, &items, scratch);
    let mut found: Found = items.into_iter().zip(merits).filter(|(_, merit)| *merit > 0).collect();
    heaviest_first(&mut found, |(_, merit)| *merit);
    found.truncate(sought.want);
    found
}
