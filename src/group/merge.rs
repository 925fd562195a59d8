//! Sums of several shops, added up by product id.

use super::{Budget, Sums};
use std::collections::BTreeMap;

/// Adds sums up. The shops may have different minimum supports: the lowest is that of the whole. Visits of one shop are not
/// visits of another, so budgets do not add up: the whole keeps the weakest ("parallel composition"). The same
/// shop must not be in it twice.
pub fn merge(shops: &[Sums]) -> Sums {
    let mut items: BTreeMap<&str, u64> = BTreeMap::new();
    for (id, visits) in shops.iter().flat_map(|sums| &sums.items) {
        let sum = items.entry(id).or_default();
        *sum = sum.saturating_add(*visits);
    }
    let numbers: BTreeMap<&str, u32> = items.keys().copied().zip(0..).collect();
    let mut pairs: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for sums in shops {
        let number = |item: u32| numbers[sums.items[item as usize].0.as_str()];
        for (from, to, visits) in &sums.pairs {
            let sum = pairs.entry((number(*from), number(*to))).or_default();
            *sum = sum.saturating_add(*visits);
        }
    }
    let weaker = |a: Budget, b: Budget| Budget { epsilon: a.epsilon.max(b.epsilon), delta: a.delta.max(b.delta) };
    let budgets: Option<Vec<Budget>> = shops.iter().map(|sums| sums.privacy).collect();
    Sums {
        format: Sums::FORMAT,
        shops: shops.iter().map(|sums| sums.shops).fold(0, u32::saturating_add),
        minimum_support: shops.iter().map(|sums| sums.minimum_support).min().unwrap_or_default(),
        privacy: budgets.and_then(|budgets| budgets.into_iter().reduce(weaker)),
        items: items.into_iter().map(|(id, visits)| (id.to_owned(), visits)).collect(),
        pairs: pairs.into_iter().map(|((from, to), visits)| (from, to, visits)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(items: &[(&str, u64)], pairs: Vec<(u32, u32, u64)>, minimum_support: u64, epsilon: Option<f64>) -> Sums {
        let items = items.iter().map(|(id, visits)| ((*id).to_owned(), *visits)).collect();
        let privacy = epsilon.map(|epsilon| Budget { epsilon, delta: 1e-6 });
        Sums { format: 1, shops: 1, minimum_support, privacy, items, pairs }
    }

    #[test]
    fn products_meet_by_id_and_the_weakest_promise_is_that_of_all() {
        let one = shop(&[("a", 5), ("b", 6)], vec![(0, 1, 4)], 3, Some(1.0));
        let other = shop(&[("b", 2), ("c", 9)], vec![(1, 0, 2)], 2, Some(4.0));
        let both = merge(&[one.clone(), other.clone()]);
        let items = [("a", 5), ("b", 8), ("c", 9)].map(|(id, visits)| (id.to_owned(), visits));
        assert_eq!((both.items.as_slice(), both.pairs.as_slice()), (&items[..], &[(0, 1, 4), (2, 1, 2)][..]));
        assert_eq!((both.shops, both.minimum_support, both.privacy.unwrap().epsilon), (2, 2, 4.0));
        assert_eq!(both, merge(&[other, one.clone()]), "the order does not matter");
        let open = shop(&[("a", 5)], Vec::new(), 3, None);
        assert_eq!(merge(&[one, open]).privacy, None, "one shop without a budget leaves the whole without one");
    }
}
