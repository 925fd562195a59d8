//! Audiences that no visit can be in, because their conditions exclude each other.
//!
//! Such an audience compiles, and its slot never shows. What is looked for is what people write by mistake: a condition
//! together with its opposite, and two values of a fact that has one (phone and desktop, a score above .6 and below .4).
//! That is no proof for every formula. Whatever is reported is certain; other contradictions pass.

use super::check::Check;
use crate::snapshot::plan::{Condition, Fact, Fill, Variant};

/// Notes the audiences of a plan that is read otherwise.
pub(super) fn audiences(check: &mut Check<'_>) {
    let mut found: Vec<(u16, String)> = Vec::new();
    let named = check.audiences.iter().map(|(name, number)| (format!("audiences.{name}"), *number));
    for (path, number) in named.chain(places(check)) {
        let Some(number) = number else { continue };
        // The same audience is told once, where it is named.
        if found.iter().any(|(known, _)| *known == number) {
            continue;
        }
        if let Some(why) = contradiction(&check.plan.conditions, number) {
            found.push((
                number,
                format!("{path} is met by no visit: {why}, expected conditions that can hold together"),
            ));
        }
    }
    check.problems.extend(found.into_iter().map(|(_, problem)| problem));
}

/// Every place of the plan with an audience.
fn places(check: &Check<'_>) -> Vec<(String, Option<u16>)> {
    let mut places = Vec::new();
    let of = |path: String, variant: &Variant| (format!("{path}.{}.audience", variant.name), variant.audience);
    for slot in &check.plan.slots {
        let path = format!("slots.{}", slot.name);
        places.push((format!("{path}.audience"), slot.audience));
        for arm in &slot.arms {
            if let Fill::Choose(choose) = &arm.fill {
                places.extend(choose.variants.iter().map(|variant| of(format!("{path}.variants"), variant)));
            }
        }
    }
    places.extend(check.plan.offers.iter().map(|offer| (format!("offers.{}.audience", offer.name), offer.audience)));
    places.extend(check.plan.pictures.iter().map(|tag| of("pictures".into(), tag)));
    places.extend(check.bundles.iter().map(|set| of("bundles".into(), set)));
    places
}

/// Why a condition can never hold; `None` if it may.
fn contradiction(conditions: &[Condition], number: u16) -> Option<String> {
    let Some(Condition::Fact(Fact::Hold, parts, from, to)) = conditions.get(usize::from(number)) else { return None };
    // A condition refers to earlier ones only, so this ends.
    if (*from, *to) == (1, i32::MAX) {
        let all: Option<Vec<String>> = parts.iter().map(|part| contradiction(conditions, *part)).collect();
        return all?.into_iter().next();
    }
    let is_all = *to == *from && usize::try_from(*from) == Ok(parts.len());
    if !is_all || parts.is_empty() {
        return None;
    }
    let mut all = Vec::new();
    gather(conditions, parts, &mut all);
    for part in &all {
        if let Some(why) = contradiction(conditions, *part) {
            return Some(why);
        }
        if let Some(opposite) = negated(conditions, *part)
            && all.contains(&opposite)
        {
            return Some("it asks for a condition and for its opposite".into());
        }
    }
    let stated: Vec<Stated<'_>> = all.iter().filter_map(|part| Stated::of(conditions, *part)).collect();
    for (at, own) in stated.iter().enumerate() {
        let same = stated[at + 1..].iter().filter(|other| (own.fact, own.of) == (other.fact, other.of));
        let left = same.fold(own.ranges.clone(), |left, other| met(&left, &other.ranges));
        if left.is_empty() {
            return Some(format!("two of its conditions on {} exclude each other", word(own.fact)));
        }
    }
    None
}

/// The conditions that must all hold, those of nested lists included.
fn gather(conditions: &[Condition], parts: &[u16], all: &mut Vec<u16>) {
    for part in parts {
        match conditions.get(usize::from(*part)) {
            Some(Condition::Fact(Fact::Hold, inner, from, to))
                if from == to && !inner.is_empty() && usize::try_from(*from) == Ok(inner.len()) =>
            {
                gather(conditions, inner, all);
                all.push(*part);
            }
            _ => all.push(*part),
        }
    }
}

/// The condition whose opposite this one is.
fn negated(conditions: &[Condition], number: u16) -> Option<u16> {
    match conditions.get(usize::from(number))? {
        Condition::Fact(Fact::Hold, of, 0, 0) if of.len() == 1 => of.first().copied(),
        _ => None,
    }
}

/// What a condition says of one fact of the visit: that it lies in one of some ranges.
struct Stated<'a> {
    fact: Fact,
    of: &'a [u16],
    ranges: Vec<(i32, i32)>,
}

impl<'a> Stated<'a> {
    /// `None` for a condition about several facts, or none.
    fn of(conditions: &'a [Condition], number: u16) -> Option<Self> {
        match conditions.get(usize::from(number))? {
            Condition::Fact(Fact::Hold, parts, 1, i32::MAX) => {
                let mut all = parts.iter().map(|part| Self::of(conditions, *part));
                let mut first = all.next()??;
                for other in all {
                    let other = other.filter(|other| (other.fact, other.of) == (first.fact, first.of))?;
                    first.ranges.extend(other.ranges);
                }
                Some(first)
            }
            Condition::Fact(Fact::Hold, ..) | Condition::Now(_) => None,
            Condition::Fact(fact, of, from, to) => Some(Self { fact: *fact, of, ranges: vec![(*from, *to)] }),
        }
    }
}

/// The ranges that two lists of ranges share.
fn met(one: &[(i32, i32)], other: &[(i32, i32)]) -> Vec<(i32, i32)> {
    let both = |(a, b): &(i32, i32)| {
        let shared: Vec<(i32, i32)> = other.iter().map(|(c, d)| (*a.max(c), *b.min(d))).collect();
        shared.into_iter().filter(|(from, to)| from <= to)
    };
    one.iter().flat_map(both).collect()
}

/// A fact as the plan file calls it.
fn word(fact: Fact) -> &'static str {
    match fact {
        Fact::Hold => "other conditions",
        Fact::Interest => "interest",
        Fact::Events => "events",
        Fact::Source => "source",
        Fact::Device => "device",
        Fact::Campaign => "campaign",
        Fact::Landing => "landing",
        Fact::Stage => "stage",
        Fact::Purchase => "purchase",
        Fact::Cart => "cart",
        Fact::Exit => "exit",
        Fact::PriceSensitivity => "price_sensitivity",
        Fact::PriceBand => "price_band",
        Fact::Incentive => "incentive",
        Fact::Segment => "segment",
    }
}
