//! How evenly places are shared by the products of a catalogue.

/// The share of products that have a place at all, in percent, and the Gini coefficient of their places: 0 is even, near 1 is
/// one product everywhere. `places` has an entry for each product of the catalogue.
pub fn spread(mut places: Vec<u32>) -> (f64, f64) {
    let items = places.len().max(1) as f64;
    let zeros = places.iter().filter(|places| **places == 0).count();
    places.retain(|places| *places > 0);
    places.sort_unstable();
    let total: f64 = places.iter().map(|places| f64::from(*places)).sum();
    let ranked: f64 = places.iter().enumerate().map(|(at, places)| (zeros + at + 1) as f64 * f64::from(*places)).sum();
    let gini = if total > 0.0 { 2.0 * ranked / (items * total) - (items + 1.0) / items } else { 0.0 };
    (100.0 * places.len() as f64 / items, gini)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_all_products_share_are_even_and_those_of_one_are_not() {
        assert_eq!(spread(vec![3, 3, 3, 3]), (100.0, 0.0));
        assert_eq!(spread(vec![0, 0, 0, 8]), (25.0, 0.75));
        assert_eq!(spread(vec![0, 0]), (0.0, 0.0));
        // By hand: 1, 1 and 4 of 6 places; mean difference 2 over twice the mean 2, times (n-1)/n.
        assert!((spread(vec![1, 4, 1]).1 - 1.0 / 3.0).abs() < 1e-9);
    }
}
