//! Who may be shown a slot at all, and what a page is about.

use super::*;

/// The arm a decision names, with the propensity it should state.
pub(super) fn arm_of<'p>(
    model: &'p Model<Vec<u8>>,
    slot: &'p Slot,
    decision: &DecisionReport,
    told: &impl Fn() -> String,
) -> &'p slotwise::snapshot::plan::Arm {
    let at = slot.arms.iter().position(|arm| arm.name == decision.arm).unwrap_or_else(|| panic!("{}", told()));
    let share = slot.arms[at].share;
    let treated = u32::from(WHOLE - model.plan().holdout);
    assert_eq!(u32::from(decision.propensity), u32::from(share) * treated / u32::from(WHOLE), "{}", told());
    assert!(share > 0, "an arm without a share was drawn: {}", told());
    &slot.arms[at]
}

pub(super) fn keeps_its_conditions(
    plan: &Plan,
    slot: &Slot,
    session: &Session,
    at: &Standpoint,
    now_ms: u64,
    told: &impl Fn() -> String,
) {
    let of_items = session.interactions().filter(|interaction| interaction.item.is_some()).count();
    let evidence = of_items + session.declared().len();
    assert!(evidence >= usize::from(slot.minimum_evidence), "{}", told());
    assert!(slot.schedule.is_on(now_ms, i32::from(plan.utc_offset)), "{}", told());
    let opened = plan.slots.iter().filter_map(|slot| session.shown(slot.key())).any(|shown| shown.times == ONCE);
    assert!(!slot.exit || !opened || at.personalised, "it opened twice: {}", told());
    assert!(!slot.exit || session.count(EventKind::BeginCheckout) == 0, "on the checkout: {}", told());
    let times = session.shown(slot.key()).map_or(0, |shown| shown.times);
    assert!(slot.most_shown == 0 || times < slot.most_shown || at.personalised, "{}", told());
    assert!(slot.audience.is_none_or(|audience| holds(plan, session, now_ms, audience) != Some(false)), "{}", told());
}

/// Whether a condition holds, as far as it can be told without the engine's own numbers.
pub(super) fn holds(plan: &Plan, session: &Session, now_ms: u64, number: u16) -> Option<bool> {
    let context = session.context();
    let (fact, of, bounds) = match &plan.conditions[usize::from(number)] {
        Condition::Fact(fact, of, from, to) => (*fact, of, *from..=*to),
        Condition::Now(schedule) => return Some(schedule.is_on(now_ms, i32::from(plan.utc_offset))),
    };
    let value = match fact {
        Fact::Hold => {
            let known: Vec<_> = of.iter().map(|number| holds(plan, session, now_ms, *number)).collect();
            let count = |what| known.iter().filter(|holds| **holds == what).count() as i32;
            let least = count(Some(true));
            let mut inside = (least..=least + count(None)).map(|value| bounds.contains(&value));
            let first = inside.next();
            return first.filter(|first| inside.all(|other| other == *first));
        }
        Fact::Events => i32::from(session.count(EventKind::from_number(of[0] as u8)?)),
        Fact::Source => context.source as i32,
        Fact::Device => context.device as i32,
        Fact::Campaign => i32::from(context.campaign),
        Fact::Landing => i32::from(context.landing),
        _ => return None,
    };
    Some(bounds.contains(&value))
}

/// The parts of a visit's attention, by category.
pub(super) fn weights_of(model: &Model<Vec<u8>>, session: &Session) -> Vec<(u16, u64)> {
    let mut weights = Vec::new();
    model.attention(session, &mut |_, category, weight| weights.push((category, u64::from(weight))));
    weights
}

/// What a page is about, by names: the categories that most of the words fit.
pub(super) fn subject(model: &Model<Vec<u8>>, about: &str) -> Vec<u16> {
    let plan = model.plan();
    let words = |text: &str| -> Vec<String> {
        let lower = text.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(|word| word.strip_suffix('s').unwrap_or(word).to_owned()).collect()
    };
    let asked = words(about);
    let paths = || (0..).zip(&model.names().categories);
    let is_path = |path: &str| path == about || path.starts_with(&format!("{about}."));
    if paths().any(|(_, path)| is_path(path)) {
        return paths().filter(|(_, path)| is_path(path)).map(|(number, _)| number).collect();
    }
    let met = |text: &str| asked.iter().filter(|word| words(text).contains(word)).count();
    let fit = |number: u16, path: &str| met(path) + plan.terms.get(usize::from(number)).map_or(0, |terms| met(terms));
    let best = paths().map(|(number, path)| fit(number, path)).max().unwrap_or_default();
    paths().filter(|(number, path)| best > 0 && fit(*number, path) == best).map(|(number, _)| number).collect()
}
