//! Which variant or bundle a slot may show.

use super::conditions::*;
use super::rows::forbids;
use super::*;

pub(super) fn chosen(
    model: &Model<Vec<u8>>,
    session: &Session,
    slot: &Slot,
    choose: &Choose,
    at: &Standpoint,
    decision: &DecisionReport,
    told: &impl Fn() -> String,
) {
    let affinity_of_all = model.affinity(session);
    let about = subject(model, &at.about);
    let weights = weights_of(model, session);
    let sum = |of: &dyn Fn(u16) -> bool| -> u64 {
        weights.iter().filter(|(category, _)| of(*category)).map(|(_, weight)| weight).sum()
    };
    let whole = sum(&|category| about.contains(&category));
    // Of a page's subject: what the visit holds of it, and next to nothing for each of its categories.
    let narrowed = |categories: &[u16]| -> u32 {
        if about.is_empty() {
            return affinity_of_all.share(1000, &|category| categories.contains(&category));
        }
        let both = |category: u16| categories.contains(&category) && about.contains(&category);
        let here = about.iter().filter(|category| both(**category)).count();
        (1000 * (sum(&both) + here as u64) / (whole + about.len() as u64)) as u32
    };
    let share = |name: &str| {
        let variant = choose.variants.iter().find(|variant| variant.name == name)?;
        let sum = narrowed(&variant.categories);
        Some(if variant.categories.is_empty() { 1000 } else { sum as i32 })
    };
    let name = decision.variant.as_deref().unwrap_or_default();
    let own = share(name).unwrap_or_else(|| panic!("a variant the plan does not have: {}", told()));
    assert!(own >= i32::from(choose.minimum_share).max(1), "{}", told());
    assert_eq!(decision.score, own, "{}", told());
    let shown = session.shown(slot.key()).map(|shown| shown.choice);
    let is_shown = |name: &str| Some(slotwise::context::key_of(name)) == shown && !at.personalised;
    for other in
        choose.variants.iter().filter(|other| is_shown(&other.name) && other.name != name && other.audience.is_none())
    {
        let held = share(&other.name).unwrap_or_default();
        let stays = held >= i32::from(choose.minimum_share).max(1);
        assert!(!stays || own >= held + i32::from(choose.stickiness), "it jumped for {own} against {held}: {}", told());
    }
}

/// A bundle of which no product is forbidden. Returns whether the engine made it.
pub(super) fn bundled(
    case: &Case<'_>,
    sets: &Choose,
    completion: &Row,
    at: &Standpoint,
    decision: &DecisionReport,
    told: &impl Fn() -> String,
) -> bool {
    let model = &case.world.model;
    let plan = model.plan();
    let items: Vec<ItemIndex> = decision.items.iter().map(|pick| pick.item).collect();
    assert!(items.iter().all(|item| !forbids(case, completion, at, *item)), "something banned is shown: {}", told());
    assert!((1..items.len()).all(|at| !items[..at].contains(&items[at])), "a product is in it twice: {}", told());
    let anchor = at.anchor.map(|key| model.item(key));
    let mut sets = sets.variants.iter();
    let may_show = |set: &&Variant| {
        set.items.iter().all(|item| !forbids(case, completion, at, *item))
            && anchor.is_none_or(|anchor| anchor.is_some_and(|anchor| set.items.contains(&anchor)))
    };
    if decision.variant.as_deref() == Some(MADE) {
        let open = |set: &Variant| may_show(&set) && set.audience.is_none();
        assert!(!sets.any(open), "a published set comes first: {}", told());
        let history = model.history(case.session, at.anchor);
        let in_cart = history.iter().any(|step| step.item == items[0] && step.kind == EventKind::AddToCart);
        assert!(anchor.map_or(in_cart, |anchor| anchor == Some(items[0])), "it completes something else: {}", told());
        assert!((2..=1 + usize::from(completion.limit)).contains(&items.len()), "{}", told());
        let with: Vec<ItemIndex> = model.bought_with(items[0]).map(|(item, _)| item).collect();
        assert!(items[1..].iter().all(|item| with.contains(item)), "never bought together: {}", told());
        return true;
    }
    let shown = sets.find(|set| Some(set.name.as_str()) == decision.variant.as_deref());
    let shown = shown.unwrap_or_else(|| panic!("a set that this slot does not have: {}", told()));
    assert!(shown.items == items && may_show(&shown), "{}", told());
    assert!(
        shown.audience.is_none_or(|audience| holds(plan, case.session, case.now_ms, audience) != Some(false)),
        "{}",
        told()
    );
    false
}
