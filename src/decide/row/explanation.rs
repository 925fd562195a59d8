//! The explanation of a row: its score in parts that add up, and a few words for the shopper.
//!
//! The row's score is the sum of its products' scores, boosts and penalties. Each strategy has earned a part of it. For the
//! strategies that read the history that part is cut further, by how much each event adds to the scores of the products
//! shown. Nothing is kept for this while a row is filled: explanations are rare, so they compute it again.
//!
//! Invariant: the weights add up to the decision's score exactly. [`in_parts`] rounds such that they do.

use super::diversity::Taken;
use super::pool::{pools_of, strategy_of};
use crate::decide::because::{Because, Phrase};
use crate::decide::collector::Collector;
use crate::event::{EventKind, ItemKey};
use crate::explanation::{Reason, in_parts};
use crate::model::{History, Model, heaviest_first};
use crate::session::Session;
use crate::snapshot::ItemIndex;
use crate::snapshot::plan::{Row, Strategy};
use alloc::{format, vec::Vec};

/// Events a strategy's reasons name; the others share one reason.
const NAMED: usize = 3;

/// Says what the score is the sum of: strategy by strategy what its products earned, cut by the events that
/// brought them; what boosts added; what diversity cost.
pub(super) fn explain<B: AsRef<[u8]>>(
    model: &Model<B>,
    row: &Row,
    history: &History,
    taken: &[Taken],
    why: &mut Collector,
) {
    for number in 0..pools_of(row) {
        let own = || taken.iter().filter(|one| one.pool == Some(number as u8));
        let score: i32 = own().map(|one| one.score).sum();
        if score == 0 {
            continue;
        }
        let strategy = strategy_of(row, number);
        let code = strategy.name();
        let all = || format!("{} by {}", own().count(), code.replace('_', " "));
        // Only these two score by the whole history. The others follow from one product, one category or the shop.
        if matches!(strategy, Strategy::NextItem | Strategy::RecommendedForYou) {
            let picks: Vec<ItemIndex> = own().map(|one| one.item).collect();
            by_events(model, history, code, &picks, score, &all, why);
        } else {
            why.reason(|| Reason { code, text: all(), weight: score });
        }
    }
    let boost: i32 = taken.iter().map(|one| one.boost).sum();
    let penalty: i32 = taken.iter().map(|one| one.penalty).sum();
    for (code, text, weight) in [
        ("boost", "raised or lowered by the plan", boost),
        ("diversity", "what being unlike each other cost", -penalty),
    ] {
        if weight != 0 {
            why.reason(|| Reason { code, text: text.into(), weight });
        }
    }
    // Pinned products have no score. A row of nothing else needs a reason all the same.
    let pinned = taken.iter().filter(|one| one.pool.is_none()).count();
    if pinned == taken.len() {
        why.reason(|| Reason::note("pinned", &format!("{pinned} pinned by the plan")));
    }
}

/// Cuts a strategy's score by the events that brought its products: the heaviest get a reason each, the others share one.
///
/// `all` is the reason that is given if no event has a part in it, such as before the first click.
fn by_events<B: AsRef<[u8]>>(
    model: &Model<B>,
    history: &History,
    code: &'static str,
    picks: &[ItemIndex],
    score: i32,
    all: &dyn Fn() -> alloc::string::String,
    why: &mut Collector,
) {
    let parts = history
        .iter()
        .enumerate()
        .map(|(at, step)| (model.contribution(at, *step, picks).min(u64::from(u32::MAX)) as u32, *step));
    let mut parts: Vec<_> = parts.filter(|(weight, _)| *weight > 0).collect();
    heaviest_first(&mut parts, |(weight, _)| *weight);
    // A zero rest is left out, but one part must remain, or the score would have no reason.
    let mut weights: Vec<u64> = parts.iter().take(NAMED).map(|(weight, _)| u64::from(*weight)).collect();
    let rest: u64 = parts.iter().skip(NAMED).map(|(weight, _)| u64::from(*weight)).sum();
    if rest > 0 || weights.is_empty() {
        weights.push(rest.max(1));
    }
    for (at, weight) in in_parts(score, &weights).enumerate() {
        let text = match parts.get(at).filter(|_| at < NAMED) {
            Some((_, step)) => format!("{} {}: visits went on to these", step.kind.name(), model.title(step.item)),
            None if parts.is_empty() => all(),
            None => "earlier events".into(),
        };
        why.reason(|| Reason { code, text, weight });
    }
}

/// In a few words: what the strategy of most of the row has to say. Of equally many products the plan's first strategy
/// speaks. A row of pinned products says nothing.
pub(super) fn because<B: AsRef<[u8]>>(
    model: &Model<B>,
    session: &Session,
    row: &Row,
    history: &History,
    anchor: Option<ItemKey>,
    taken: &[Taken],
) -> Option<Because> {
    let count = |number: usize| taken.iter().filter(|one| one.pool == Some(number as u8)).count();
    let mut most = (0, None);
    for number in 0..pools_of(row) {
        if count(number) > most.0 {
            most = (count(number), Some(strategy_of(row, number)));
        }
    }
    let subject = anchor.and_then(|key| model.item(key)).or(history.first().map(|step| step.item));
    let about = |phrase, item| Because::about_item(model, phrase, item);
    let in_cart = history.iter().find(|step| step.kind == EventKind::AddToCart).map(|step| step.item);
    Some(match most.1? {
        // On a product's own page "because you looked at" would be about the product the shopper looks at right now.
        Strategy::NextItem | Strategy::AlsoViewed | Strategy::RecommendedForYou => {
            about(if anchor.is_some() { Phrase::Similar } else { Phrase::Viewed }, subject)
        }
        Strategy::BoughtTogether => match in_cart.filter(|_| anchor.is_none()) {
            Some(item) => about(Phrase::Cart, Some(item)),
            None => about(Phrase::Together, subject),
        },
        Strategy::SimilarItems => about(Phrase::Similar, subject),
        Strategy::CompleteTheLook => about(Phrase::Look, subject),
        Strategy::RecentlyViewed => Because::plain(Phrase::Recent),
        Strategy::Trending => Because::plain(Phrase::Trending),
        Strategy::NewArrivals => Because::plain(Phrase::New),
        Strategy::Bestsellers => Because::plain(Phrase::Bestsellers),
        Strategy::PopularWithSource => Because::plain(Phrase::Source),
        Strategy::AdjacentCategories => Because::plain(Phrase::Adjacent),
        Strategy::CategoryBestsellers | Strategy::BackToSearch => {
            // These two are about a category: that of the page's product, or else of the newest event or search.
            let search = most.1 == Some(Strategy::BackToSearch);
            let newest = session.interactions().find(|interaction| !search || interaction.kind == EventKind::Search);
            let anchored =
                anchor.filter(|_| !search).and_then(|key| model.item(key)).map(|item| model.item_category(item));
            let category = anchored.or_else(|| newest.and_then(|interaction| model.interaction_category(&interaction)));
            match category {
                Some(category) if search => Because::about_category(model, Phrase::Search, category),
                Some(category) => Because::about_category(model, Phrase::Category, category),
                None => Because::plain(Phrase::Visit),
            }
        }
    })
}
