//! Text columns as whole numbers, and back.
//!
//! Boosting takes whole numbers, and bins compare nothing but their order. So a column of numbers is scaled by a power of
//! ten, which keeps the order, and a column of names is replaced by ranks. [`Scale`] remembers how, so that reports can
//! show bin edges in the file's own words.

use super::report::bins;
use crate::snapshot::additive::MISSING;
use std::collections::HashMap;

/// What the whole numbers of a column stand for.
#[derive(Clone, Debug)]
pub enum Scale {
    /// Numbers, multiplied by ten to this power.
    Number(i32),
    /// Names: the number of each is its place in this list.
    Names(Vec<String>),
}

impl Scale {
    /// The bins between these edges, in the file's own words.
    pub fn bins(&self, edges: &[i32]) -> Vec<String> {
        match self {
            Self::Number(digits) => bins::<&str>(edges, &[], &|value| {
                let text = format!("{:.*}", (*digits).max(0) as usize, f64::from(value) / 10_f64.powi(*digits));
                if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
            }),
            Self::Names(names) => bins(edges, names, &|value| value.to_string()),
        }
    }
}

/// The cells of a column as whole numbers: scaled if all of them are numbers, else by the rank of their name. Boosting only
/// uses the order of values, so the scale changes nothing but the size of the numbers.
pub(super) fn number(cells: &[Option<String>]) -> (Vec<i32>, Scale) {
    let parse = |text: &String| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let numbers: Option<Vec<f64>> = cells.iter().flatten().map(parse).collect();
    if let Some(numbers) = numbers {
        let most = numbers.iter().fold(0.0_f64, |most, number| most.max(number.abs()));
        let whole = |digits: i32| {
            numbers.iter().all(|number| {
                let scaled = number * 10_f64.powi(digits);
                (scaled - scaled.round()).abs() < 1e-6
            })
        };
        // As many digits as the cells have, up to six, as long as the largest number fits 32 bits.
        let fits = |digits: i32| most * 10_f64.powi(digits) < 2e9;
        let lossless = (0..=6).find(|digits| whole(*digits)).unwrap_or(6);
        let digits = (-300..=lossless).rev().find(|digits| fits(*digits)).unwrap_or(-300);
        let scaled =
            |text: &String| parse(text).map_or(MISSING, |number| (number * 10_f64.powi(digits)).round() as i32);
        return (cells.iter().map(|cell| cell.as_ref().map_or(MISSING, scaled)).collect(), Scale::Number(digits));
    }
    // Frequent names first, so that they keep bins of their own where there are more names than bins.
    let mut counts: HashMap<&String, usize> = HashMap::new();
    cells.iter().flatten().for_each(|name| *counts.entry(name).or_default() += 1);
    let mut names: Vec<(&String, usize)> = counts.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let places: HashMap<&String, i32> = names.iter().enumerate().map(|(at, (name, _))| (*name, at as i32)).collect();
    let values = cells.iter().map(|cell| cell.as_ref().map_or(MISSING, |name| places[name])).collect();
    (values, Scale::Names(names.into_iter().map(|(name, _)| name.clone()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned()).filter(|text| !text.is_empty())).collect()
    }

    #[test]
    fn numbers_keep_their_order_and_names_get_places_by_frequency() {
        let (values, scale) = number(&cells(&["0.25", "", "-3", "1e3"]));
        assert_eq!(values, [25, MISSING, -300, 100_000]);
        assert_eq!(scale.bins(&[MISSING, 25]), ["missing", "up to 0.25", "over 0.25"]);
        assert_eq!(scale.bins(&[100_000]), ["up to 1000", "over 1000"]);
        let (values, scale) = number(&cells(&["b", "a", "b", "", "c", "d"]));
        assert_eq!(values, [0, 1, 0, MISSING, 2, 3]);
        assert_eq!(scale.bins(&[MISSING, 0]), ["missing", "b", "a … d (3 names)"]);
        let (values, _) = number(&cells(&["1e12", "3e12"]));
        assert!(values[0] > 0 && values[0] < values[1]);
    }
}
