//! The fit as a whole: bags of tables, chosen pairs, purification, calibration, rounding to whole numbers.
//!
//! Everything up to the last step is in floating point. The model itself holds thousandths of a logit as whole numbers,
//! because sums of whole numbers are equal on every host.

use super::bag::Bag;
use super::bins::Bins;
use super::data::Data;
use super::loss::Loss;
use super::options::Options;
use super::purify::{Single, purify};
use super::{choose, platt};
use crate::snapshot::additive::{Additive, FeatureTable, Pair};
use rayon::prelude::*;

/// Units of a score in one logit (for [`Loss::Squared`], in one unit of the target).
pub const MILLI: f64 = 1000.0;

/// Fits an additive model. Where the target never or always comes true, the model has a base and no tables.
pub fn fit(data: &Data, options: &Options) -> Additive {
    let weights = || (0..data.len()).map(|row| f64::from(data.weight(row)));
    let positives: f64 = data.target.iter().zip(weights()).map(|(target, weight)| f64::from(*target) * weight).sum();
    let count: f64 = weights().sum();
    let rate = if data.is_empty() { 0.0 } else { positives / count };
    let logistic = options.loss == Loss::Logistic;
    // Half a hit and half a miss are added, so that the log-odds are finite when all rows are of one class.
    let base = if logistic { ((positives + 0.5) / (count - positives + 0.5)).ln() } else { rate };
    let mut model = Additive {
        base: (base * MILLI).round() as i32,
        moments: data.len() as u32,
        rate_ppm: if logistic { (rate * 1e6).round() as u32 } else { 0 },
        ..Additive::default()
    };
    if data.is_empty() || (logistic && (positives < 1.0 || positives > count - 1.0)) {
        return model;
    }
    let bins: Vec<Bins> = data.columns.iter().map(|column| Bins::of(column, options.bins)).collect();
    let mut bags: Vec<Bag> = (0..options.bags).map(|number| Bag::new(data, base as f32, number)).collect();
    bags.par_iter_mut().for_each(|bag| bag.boost(data, &bins, &[], options));
    let chosen = choose::choose(data, &bins, &bags, options);
    if !chosen.is_empty() {
        bags.par_iter_mut().for_each(|bag| bag.boost(data, &bins, &chosen, options));
    }
    let entries = |feature: usize| mean(bags.iter().map(|bag| &bag.tables[feature][..]));
    let single = |(feature, bins): (usize, &Bins)| Single { edges: bins.edges.clone(), entries: entries(feature) };
    let mut tables: Vec<Single> = bins.iter().enumerate().map(single).collect();
    let mut grids: Vec<Vec<f64>> =
        (0..chosen.len()).map(|pair| mean(bags.iter().map(|bag| &bag.grids[pair][..]))).collect();
    for (grid, pair) in grids.iter_mut().zip(&chosen) {
        let moved = purify(grid, &pair.weights(data), pair.edges[1].len() + 1);
        for ((feature, edges), entries) in pair.features.iter().zip(&pair.edges).zip(&moved) {
            tables[*feature].add(edges, entries);
        }
    }
    // Calibration is a linear map of the logit, so it can be folded into base and tables; so can the means of the tables.
    let (stretch, shift) = if logistic { platt::fit(data, &bags, base) } else { (1.0, 0.0) };
    let mut base = base * stretch + shift;
    for (table, column) in tables.iter_mut().zip(&data.columns) {
        let mut weights = vec![0.0; table.entries.len()];
        for (row, value) in column.values.iter().enumerate() {
            weights[table.edges.partition_point(|edge| edge < value)] += f64::from(data.weight(row));
        }
        base += centre(&mut table.entries, &weights, stretch);
    }
    for (grid, pair) in grids.iter_mut().zip(&chosen) {
        base += centre(grid, &pair.weights(data), stretch);
    }
    let milli = |entries: &[f64]| entries.iter().map(|entry| (entry * MILLI).round() as i32).collect::<Vec<_>>();
    model.base = (base * MILLI).round() as i32;
    for (feature, table) in tables.iter().enumerate() {
        let (edges, scores) = merge(&table.edges, &milli(&table.entries));
        if scores.iter().any(|score| *score != 0) {
            model.tables.push(FeatureTable { feature: feature as u8, edges, scores });
        }
    }
    for (grid, pair) in grids.iter().zip(&chosen) {
        let scores = milli(grid);
        // A grid takes up to 144 entries of the snapshot; one below 5 thousandths of a logit is not worth its bytes.
        if scores.iter().any(|score| score.abs() >= 5) {
            let features = pair.features.map(|feature| feature as u8);
            model.pairs.push(Pair { features, edges: pair.edges.clone(), scores });
        }
    }
    model
}

/// Bagging: the mean of the bags' tables is again one table, so many bags cost a snapshot no more bytes than one.
fn mean<'a>(tables: impl ExactSizeIterator<Item = &'a [f32]>) -> Vec<f64> {
    let share = 1.0 / tables.len() as f64;
    let mut sum = Vec::new();
    for table in tables {
        sum.resize(table.len(), 0.0);
        sum.iter_mut().zip(table).for_each(|(sum, entry)| *sum += f64::from(*entry) * share);
    }
    sum
}

/// Stretches a table, takes its mean over the rows out of it and returns that mean, for the base. A centred table reads as
/// "more or less likely than the average visit", which is what explanations show.
fn centre(entries: &mut [f64], weights: &[f64], stretch: f64) -> f64 {
    let total: f64 = weights.iter().sum();
    let mean = entries.iter().zip(weights).map(|(entry, weight)| entry * weight).sum::<f64>() / total.max(1.0);
    for entry in entries {
        *entry = (*entry - mean) * stretch;
    }
    mean * stretch
}

/// Joins neighbouring bins of equal scores: edges that decide nothing are not stored.
fn merge(edges: &[i32], scores: &[i32]) -> (Vec<i32>, Vec<i32>) {
    let mut merged = (Vec::new(), vec![scores[0]]);
    for (edge, score) in edges.iter().zip(&scores[1..]) {
        if merged.1.last() != Some(score) {
            merged.0.push(*edge);
            merged.1.push(*score);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::super::data::Column;
    use super::*;
    use crate::snapshot::additive::MISSING;

    /// Three of four misses are left out, and the others weigh four times as much.
    #[test]
    fn a_sample_with_weights_gives_the_probabilities_of_the_whole() {
        let whole = simulated(12_000, |values| f64::from(values[1]) * 0.4 - 3.5);
        let kept = |row: &usize| whole.target[*row] > 0.5 || chance(*row as u64 + 500_000) < 0.25;
        let rows: Vec<usize> = (0..whole.len()).filter(kept).collect();
        let mut sample = whole.select(&rows);
        sample.weights = sample.target.iter().map(|target| if *target > 0.5 { 1.0 } else { 4.0 }).collect();
        let [of_whole, of_sample] = [&whole, &sample].map(|data| fit(data, &quick()));
        assert!(of_whole.rate_ppm.abs_diff(of_sample.rate_ppm) < 8_000, "{} {}", of_whole.rate_ppm, of_sample.rate_ppm);
        let mean = |model: &Additive| {
            let rate = |row: usize| 1.0 / (1.0 + (-f64::from(model.score(&row_of(&whole, row))) / MILLI).exp());
            (0..whole.len()).map(rate).sum::<f64>() / whole.len() as f64
        };
        let truth = f64::from(of_whole.rate_ppm) / 1e6;
        assert!((mean(&of_sample) - truth).abs() < 0.015, "{} {truth}", mean(&of_sample));
        let unweighted = fit(&Data { weights: Vec::new(), ..sample }, &quick());
        assert!(mean(&unweighted) > truth * 1.5, "{} {truth}", mean(&unweighted));
    }

    fn row_of(data: &Data, row: usize) -> Vec<i32> {
        data.columns.iter().map(|column| column.values[row]).collect()
    }

    /// A number from 0 to 1 that looks like chance.
    fn chance(seed: u64) -> f64 {
        (xxhash_rust::xxh64::xxh64(&seed.to_le_bytes(), 7) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn simulated(rows: u64, logit: impl Fn(&[i32]) -> f64) -> Data {
        let mut data = Data { columns: vec![Column::default(); 4], ..Data::default() };
        for row in 0..rows {
            let values: Vec<i32> = (0..4).map(|column| (chance(row * 8 + column) * 10.0) as i32).collect();
            let rate = 1.0 / (1.0 + (-logit(&values)).exp());
            for (column, value) in data.columns.iter_mut().zip(values) {
                column.values.push(value);
            }
            data.target.push(f32::from(u8::from(chance(row * 8 + 7) < rate)));
            data.groups.push(row as u32);
        }
        data
    }

    fn quick() -> Options {
        Options { bags: 3, patience: 30, ..Options::for_rows(6000) }
    }

    #[test]
    fn what_drives_the_target_gets_a_table_and_what_does_not_gets_little() {
        let data = simulated(6000, |values| f64::from(values[1]) * 0.4 - 2.0);
        let model = fit(&data, &quick());
        assert!(model.is_sound(4));
        let swing = |feature: u8| {
            let table = model.tables.iter().find(|table| table.feature == feature);
            table.map_or(0, |table| table.scores.iter().max().unwrap() - table.scores.iter().min().unwrap())
        };
        assert!(swing(1) > 2800 && swing(1) < 4400, "{}", swing(1));
        assert!(swing(0) < 500 && swing(2) < 500, "{} {}", swing(0), swing(2));
    }

    #[test]
    fn a_pair_that_only_works_together_is_found() {
        let data = simulated(8000, |values| if (values[0] < 5) == (values[3] < 5) { 1.5 } else { -1.5 });
        let model = fit(&data, &quick());
        assert_eq!(model.pairs.first().map(|pair| pair.features), Some([0, 3]));
        let [high, low] = [[2, 0, 0, 2], [2, 0, 0, 8]].map(|row| model.score(&row));
        assert!(high - low > 2000, "{high} {low}");
    }

    #[test]
    fn a_monotone_table_never_turns_back() {
        let mut data = simulated(4000, |values| f64::from((values[2] - 5).abs()) * 0.5 - 1.0);
        data.columns[2].monotone = 1;
        let model = fit(&data, &Options { pairs: 0, ..quick() });
        let table = model.tables.iter().find(|table| table.feature == 2).unwrap();
        assert!(table.scores.is_sorted(), "{:?}", table.scores);
    }

    #[test]
    fn missing_values_constant_columns_and_empty_data_are_taken_as_they_are() {
        let mut data = simulated(3000, |_| 0.0);
        for row in 0..data.len() {
            let missing = chance(row as u64 + 99_000) < 0.3;
            data.columns[0].values[row] = if missing { MISSING } else { 5 };
            data.target[row] = f32::from(u8::from(chance(row as u64) < if missing { 0.8 } else { 0.2 }));
            data.columns[1].values[row] = 7;
        }
        let model = fit(&data, &quick());
        assert!(model.tables.iter().all(|table| table.feature != 1));
        assert!(model.score(&[MISSING, 7, 0, 0]) > model.score(&[5, 7, 0, 0]) + 1500);
        let never = Data { target: vec![0.0; data.len()], ..data.clone() };
        let model = fit(&never, &quick());
        assert!(model.tables.is_empty() && model.base < -5000);
        assert!(!fit(&Data::default(), &quick()).is_fitted());
    }

    #[test]
    fn probabilities_are_right_on_average() {
        let logit = |values: &[i32]| f64::from(values[0]) * 0.5 - 3.0;
        let model = fit(&simulated(6000, logit), &quick());
        for value in [1, 5, 9] {
            let rate = |logit: f64| 1.0 / (1.0 + (-logit).exp());
            let (found, truth) = (rate(f64::from(model.score(&[value, 5, 5, 5])) / MILLI), rate(logit(&[value])));
            assert!((found - truth).abs() < 0.06, "{value}: {found} {truth}");
        }
    }

    #[test]
    fn the_same_data_gives_the_same_tables() {
        let data = simulated(2000, |values| f64::from(values[1]) * 0.2 - 1.0);
        assert_eq!(fit(&data, &quick()), fit(&data, &quick()));
    }
}
