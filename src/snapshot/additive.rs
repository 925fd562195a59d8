//! Additive models: a base and small integer tables, one per feature and a few for pairs of features.
//!
//! The score is a plain sum of table entries, so every host computes the same score, and its parts explain it exactly. (Lou,
//! Caruana, Gehrke, Hooker: Accurate intelligible models with pairwise interactions, KDD 2013.)

pub use crate::feature::MISSING;
use crate::wire::readable;
use alloc::vec::Vec;

/// An additive model over binned features.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Additive {
    /// Score without any feature.
    pub base: i32,
    /// Tables of single features, at most one per feature.
    pub tables: Vec<FeatureTable>,
    /// Tables of pairs of features.
    pub pairs: Vec<Pair>,
    /// Number of training examples (moments of running sessions); 0 if nothing was fitted.
    pub moments: u32,
    /// Share of positive examples, in parts per million.
    pub rate_ppm: u32,
}

/// The scores of one feature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct FeatureTable {
    /// Feature number.
    pub feature: u8,
    /// Upper bounds of the bins, ascending: bin `b` holds values `<= edges[b]`, the last bin all larger ones. If the
    /// first bound is [`MISSING`], the first bin holds missing values.
    pub edges: Vec<i32>,
    /// Score of each bin; one more than there are edges.
    pub scores: Vec<i32>,
}

/// Interaction scores of two features, in addition to their own tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "names", derive(serde::Serialize))]
pub struct Pair {
    /// Feature numbers.
    pub features: [u8; 2],
    /// Upper bounds of the bins of each feature, ascending.
    pub edges: [Vec<i32>; 2],
    /// Scores by bin of the first feature, then by bin of the second.
    pub scores: Vec<i32>,
}

/// One part of a score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Feature number.
    pub feature: u8,
    /// Number of the other feature, for a pair.
    pub with: Option<u8>,
    /// Contribution to the score.
    pub weight: i32,
}

readable! { struct Additive { base, tables, pairs, moments, rate_ppm } }
readable! { struct FeatureTable { feature, edges, scores } }
readable! { struct Pair { features, edges, scores } }

/// Returns the bin of a value.
fn bin(edges: &[i32], value: i32) -> usize {
    edges.partition_point(|edge| *edge < value)
}

impl FeatureTable {
    /// Contribution of a value.
    pub fn score(&self, value: i32) -> i32 {
        self.scores[bin(&self.edges, value)]
    }
}

impl Pair {
    /// Contribution of a pair of values.
    pub fn score(&self, values: [i32; 2]) -> i32 {
        let [first, second] = [0, 1].map(|side| bin(&self.edges[side], values[side]));
        self.scores[first * (self.edges[1].len() + 1) + second]
    }
}

impl Additive {
    /// Greatest number of tables and pairs in a model.
    pub const MAX_PARTS: usize = 320;
    /// Greatest magnitude of an entry.
    pub const MAX_ENTRY: u32 = 1_000_000;

    /// Whether the model was fitted at all.
    pub fn is_fitted(&self) -> bool {
        self.moments > 0
    }

    /// The score of a row of features: `base` and all [`parts`](Self::parts). Allocates nothing.
    pub fn score(&self, values: &[i32]) -> i32 {
        let value = |feature: u8| values[usize::from(feature)];
        let mut score = self.base;
        for table in &self.tables {
            score += table.score(value(table.feature));
        }
        for pair in &self.pairs {
            score += pair.score(pair.features.map(value));
        }
        score
    }

    /// Contribution of each table, in the order of the tables.
    pub fn parts<'a>(&'a self, values: &'a [i32]) -> impl Iterator<Item = Part> + 'a {
        let single = |table: &'a FeatureTable| Part {
            feature: table.feature,
            with: None,
            weight: table.score(values[usize::from(table.feature)]),
        };
        let double = |pair: &'a Pair| Part {
            feature: pair.features[0],
            with: Some(pair.features[1]),
            weight: pair.score(pair.features.map(|feature| values[usize::from(feature)])),
        };
        self.tables.iter().map(single).chain(self.pairs.iter().map(double))
    }

    /// Whether every table is consistent with `features` features, and no sum can overflow.
    pub fn is_sound(&self, features: usize) -> bool {
        let small = |scores: &[i32]| scores.iter().all(|score| score.unsigned_abs() <= Self::MAX_ENTRY);
        let ascending = |edges: &[i32]| edges.windows(2).all(|two| two[0] < two[1]);
        let table = |table: &FeatureTable| {
            usize::from(table.feature) < features
                && table.scores.len() == table.edges.len() + 1
                && ascending(&table.edges)
                && small(&table.scores)
        };
        let pair = |pair: &Pair| {
            pair.features.iter().all(|feature| usize::from(*feature) < features)
                && pair.scores.len() == (pair.edges[0].len() + 1) * (pair.edges[1].len() + 1)
                && pair.edges.iter().all(|edges| ascending(edges))
                && small(&pair.scores)
        };
        self.base.unsigned_abs() <= Self::MAX_ENTRY
            && self.tables.len() + self.pairs.len() <= Self::MAX_PARTS
            && self.tables.iter().all(table)
            && self.pairs.iter().all(pair)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn model() -> Additive {
        Additive {
            base: -100,
            tables: vec![FeatureTable { feature: 1, edges: vec![MISSING, 3], scores: vec![7, -20, 30] }],
            pairs: vec![Pair { features: [0, 1], edges: [vec![0], vec![5, 9]], scores: vec![1, 2, 3, 4, 5, 6] }],
            ..Additive::default()
        }
    }

    #[test]
    fn a_score_is_the_sum_of_its_parts() {
        let model = model();
        assert!(model.is_sound(2) && !model.is_sound(1));
        for (values, expected) in [([0, MISSING], -100 + 7 + 1), ([1, 3], -100 - 20 + 4), ([1, 10], -100 + 30 + 6)] {
            assert_eq!(model.score(&values), expected);
            assert_eq!(model.base + model.parts(&values).map(|part| part.weight).sum::<i32>(), expected);
        }
    }

    #[test]
    fn tables_that_do_not_fit_are_found() {
        for spoil in [
            |m: &mut Additive| m.tables[0].edges.swap(0, 1),
            |m: &mut Additive| m.tables[0].scores.truncate(2),
            |m: &mut Additive| m.tables[0].scores[0] = 2_000_000,
            |m: &mut Additive| m.pairs[0].scores.truncate(5),
            |m: &mut Additive| m.pairs[0].features[1] = 2,
            |m: &mut Additive| m.base = i32::MIN,
            |m: &mut Additive| m.tables = vec![FeatureTable { scores: vec![0], ..FeatureTable::default() }; 321],
        ] {
            let mut model = model();
            spoil(&mut model);
            assert!(!model.is_sound(2), "{model:?}");
        }
    }
}
