//! Why a row shows what it shows: in parts that add up, and in a few words for the shopper.

use super::because::Because;
use super::candidates::Ranked;
use super::reason::in_parts;
use super::row::strategy_of;
use super::run::Taken;
use super::{Decision, Reason};
use crate::event::{EventKind, ItemKey};
use crate::model::{Model, Trail, heaviest_first};
use crate::session::Session;
use crate::snapshot::plan::{Row, Strategy};
use alloc::{format, vec::Vec};

/// Events a strategy's reasons name; the others are told together.
const NAMED: usize = 3;

/// Says what the score is the sum of: strategy by strategy what its products earned, cut by the events that
/// brought them; what boosts added; what diversity cost.
pub(super) fn explain<B: AsRef<[u8]>>(
    model: &Model<B>,
    row: &Row,
    trail: &Trail,
    taken: &[Taken],
    ranked: &mut Ranked,
    decision: &mut Decision,
) {
    for number in 0..row.sources.len() + row.reserve.len() {
        let own = || taken.iter().filter(|one| one.pool == Some(number as u8));
        let merit: i32 = own().map(|one| one.merit).sum();
        if merit == 0 {
            continue;
        }
        let strategy = strategy_of(row, number);
        let code = strategy.name();
        if !matches!(strategy, Strategy::NextItem | Strategy::RecommendedForYou) {
            let text = format!("{} by {}", own().count(), code.replace('_', " "));
            decision.reasons.push(Reason { code, text, weight: merit });
            continue;
        }
        let picks: Vec<u32> = own().map(|one| one.item).collect();
        let parts = trail
            .iter()
            .enumerate()
            .map(|(at, step)| (model.contribution(at, *step, &picks).min(u64::from(u32::MAX)) as u32, *step));
        let mut parts: Vec<_> = parts.filter(|(weight, _)| *weight > 0).collect();
        heaviest_first(&mut parts, |(weight, _)| *weight);
        let mut weights: Vec<u64> = parts.iter().take(NAMED).map(|(weight, _)| u64::from(*weight)).collect();
        let rest: u64 = parts.iter().skip(NAMED).map(|(weight, _)| u64::from(*weight)).sum();
        if rest > 0 || weights.is_empty() {
            weights.push(rest.max(1));
        }
        for (at, weight) in in_parts(merit, &weights).enumerate() {
            let text = match parts.get(at).filter(|_| at < NAMED) {
                Some((_, step)) => {
                    format!("{} {}: visits went on to these", step.kind.name(), ranked.title(model, step.item))
                }
                None if parts.is_empty() => format!("{} by {}", own().count(), code.replace('_', " ")),
                None => "earlier events".into(),
            };
            decision.reasons.push(Reason { code, text, weight });
        }
    }
    let boost: i32 = taken.iter().map(|one| one.boost).sum();
    let penalty: i32 = taken.iter().map(|one| one.penalty).sum();
    for (code, text, weight) in [
        ("boost", "raised or lowered by the plan", boost),
        ("diversity", "what being unlike each other cost", -penalty),
    ] {
        if weight != 0 {
            decision.reasons.push(Reason { code, text: text.into(), weight });
        }
    }
    let pinned = taken.iter().filter(|one| one.pool.is_none()).count();
    if pinned == taken.len() {
        let text = format!("{pinned} pinned by the plan");
        decision.reasons.push(Reason { code: "pinned", text, weight: 0 });
    }
}

/// In a few words: what the strategy of most of the row has to say.
pub(super) fn because<B: AsRef<[u8]>>(
    model: &Model<B>,
    session: &Session,
    row: &Row,
    trail: &Trail,
    anchor: Option<ItemKey>,
    taken: &[Taken],
    ranked: &mut Ranked,
) -> Option<Because> {
    let count = |number: usize| taken.iter().filter(|one| one.pool == Some(number as u8)).count();
    let mut most = (0, None);
    for number in 0..row.sources.len() + row.reserve.len() {
        if count(number) > most.0 {
            most = (count(number), Some(strategy_of(row, number)));
        }
    }
    let subject = anchor.and_then(|key| model.item(key)).or(trail.first().map(|step| step.item));
    let mut about = |key, item: Option<u32>| match item {
        Some(item) => Because::about_item(model, key, item, ranked.title(model, item)),
        None => Because::of(model, "because.visit", ""),
    };
    let plain = |key| Because::of(model, key, "");
    let in_cart = trail.iter().find(|step| step.kind == EventKind::AddToCart).map(|step| step.item);
    match most.1? {
        // Said on a product's own page, "because you looked at" would be said of what is looked at now.
        Strategy::NextItem | Strategy::AlsoViewed | Strategy::RecommendedForYou => {
            about(if anchor.is_some() { "because.similar" } else { "because.viewed" }, subject)
        }
        Strategy::BoughtTogether => match in_cart.filter(|_| anchor.is_none()) {
            Some(item) => about("because.cart", Some(item)),
            None => about("because.together", subject),
        },
        Strategy::SimilarItems => about("because.similar", subject),
        Strategy::CompleteTheLook => about("because.look", subject),
        Strategy::RecentlyViewed => plain("because.recent"),
        Strategy::Trending => plain("because.trending"),
        Strategy::NewArrivals => plain("because.new"),
        Strategy::Bestsellers => plain("because.bestsellers"),
        Strategy::PopularWithSource => plain("because.source"),
        Strategy::AdjacentCategories => plain("because.adjacent"),
        Strategy::CategoryBestsellers | Strategy::BackToSearch => {
            let search = most.1 == Some(Strategy::BackToSearch);
            let newest = session.touches().find(|touch| !search || touch.kind == EventKind::Search);
            let anchored =
                anchor.filter(|_| !search).and_then(|key| model.item(key)).map(|item| model.item_category(item));
            let category = anchored.or_else(|| newest.and_then(|touch| model.touch_category(&touch)));
            match category {
                Some(category) if search => Because::about_category(model, "because.search", category),
                Some(category) => Because::about_category(model, "because.category", category),
                None => plain("because.visit"),
            }
        }
    }
}
