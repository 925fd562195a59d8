//! Which products a row may show.

use super::*;

/// Whether the plan, the stock and the season allow a product in a row, and the page is not about it.
pub(super) fn allows(case: &Case<'_>, row: &Row, at: &Standpoint, item: ItemIndex) -> bool {
    let anchor = at.anchor.and_then(|key| case.world.model.item(key));
    !forbids(case, row, at, item) && anchor != Some(item)
}

/// Whether the plan, the stock or the season keep a product out.
pub(super) fn forbids(case: &Case<'_>, row: &Row, at: &Standpoint, item: ItemIndex) -> bool {
    let model = &case.world.model;
    let plan = model.plan();
    let (category, brand, price) = (model.item_category(item), model.brand_number(item), model.price_cents(item));
    let banned = |mask: &Mask| {
        mask.items.contains(&item)
            || mask.categories.contains(&category)
            || mask.brands.contains(&brand)
            || (price > 0 && price < mask.price_floor)
    };
    let anchor = at.anchor.and_then(|key| model.item(key));
    let about = anchor.is_some_and(|anchor| model.item_category(anchor) == category);
    let month = month(case.now_ms, i32::from(plan.utc_offset));
    let season =
        plan.seasons.iter().any(|season| season.categories.contains(&category) && season.months >> month & 1 == 0);
    let sold_out = case.sold_out.iter().any(|key| model.item(*key) == Some(item));
    let sensitive = plan.sensitive.contains(&category) && !about;
    banned(&plan.mask) || banned(&row.mask) || season || sold_out || sensitive
}

pub(super) fn filled(
    case: &Case<'_>,
    row: &Row,
    at: &Standpoint,
    decision: &DecisionReport,
    on_page: &[ItemIndex],
    allowed: &dyn Fn(ItemIndex) -> bool,
    told: &impl Fn() -> String,
) {
    let model = &case.world.model;
    let picks = &decision.items;
    assert!((usize::from(row.at_least)..=usize::from(row.limit)).contains(&picks.len()), "{}", told());
    assert!(picks.iter().all(|pick| allowed(pick.item)), "something banned is shown: {}", told());
    let known = |strategy: &str| {
        strategy == "pinned" || row.sources.iter().chain(&row.reserve).any(|(known, _)| known.name() == strategy)
    };
    assert!(picks.iter().all(|pick| known(pick.strategy)), "{}", told());
    let looked: Vec<ItemIndex> = model.history(case.session, at.anchor).iter().map(|step| step.item).collect();
    for pick in picks.iter().filter(|pick| !row.seen && !["pinned", "recently_viewed"].contains(&pick.strategy)) {
        assert!(!looked.contains(&pick.item), "looked at before: {}", told());
    }
    let same =
        |of: &dyn Fn(ItemIndex) -> u32, item: ItemIndex| picks.iter().filter(|pick| of(pick.item) == of(item)).count();
    let category = |item| u32::from(model.item_category(item));
    let brand = |item| model.brand_number(item);
    let full = |item: ItemIndex| {
        (row.category_cap > 0 && category(item) != 0 && same(&category, item) >= usize::from(row.category_cap))
            || (row.brand_cap > 0 && brand(item) != 0 && same(&brand, item) >= usize::from(row.brand_cap))
    };
    for pick in picks {
        // Number 0 is no category, and products without one have nothing in common.
        let capped = category(pick.item) != 0 && row.category_cap > 0;
        assert!(!capped || same(&category, pick.item) <= usize::from(row.category_cap), "{}", told());
        let branded = brand(pick.item) != 0 && row.brand_cap > 0;
        assert!(!branded || same(&brand, pick.item) <= usize::from(row.brand_cap), "{}", told());
    }
    for (place, item) in &row.pins {
        let here = picks.iter().any(|pick| pick.item == *item && pick.strategy == "pinned");
        let free = allowed(*item) && !on_page.contains(item) && row.pins.len() == 1;
        assert!(!free || here, "a pinned product is missing: {}", told());
        let whole = picks.len() == usize::from(row.limit);
        assert!(
            !(here && whole) || picks[usize::from(*place)].item == *item,
            "it is pinned to another place: {}",
            told()
        );
    }
    for (strategy, places) in &row.reserve {
        let list = match strategy {
            Strategy::NewArrivals => &model.lists().new_arrivals,
            Strategy::Trending => &model.lists().trending,
            _ => continue,
        };
        let count = picks.iter().filter(|pick| pick.strategy == strategy.name()).count();
        let others: usize = row.reserve.iter().map(|(_, places)| usize::from(*places)).sum();
        if count >= usize::from(*places) || others + row.pins.len() > usize::from(row.limit) {
            continue;
        }
        let open = |item: &ItemIndex| {
            let fresh = row.seen || !looked.contains(item);
            allowed(*item)
                && fresh
                && !on_page.contains(item)
                && !full(*item)
                && picks.iter().all(|pick| pick.item != *item)
        };
        assert!(!list.iter().any(open), "a kept place went to something else: {}", told());
    }
}
