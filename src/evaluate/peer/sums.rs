//! Dense score sums over items, and the selection of the best of them.
//!
//! A score and its item are packed into one integer whose order is the order of the ranking: the bits of a non-negative
//! float sort as the float does. Selecting then compares plain integers, and only the few scores above the best
//! `limit` so far are kept at all.

/// One score for each item, zero but for the items touched since the last drain.
pub(super) struct Sums {
    scores: Vec<f32>,
    touched: Vec<u32>,
    best: Vec<u64>,
}

impl Sums {
    /// Sums for item numbers below `items`.
    pub(super) fn new(items: usize) -> Self {
        Self { scores: vec![0.0; items], touched: Vec::new(), best: Vec::new() }
    }

    /// Adds a non-negative amount to the score of an item.
    pub(super) fn add(&mut self, item: u32, amount: f32) {
        let score = &mut self.scores[item as usize];
        // A sum that is still zero may be noted twice; the second note finds it drained.
        if *score == 0.0 {
            self.touched.push(item);
        }
        *score += amount;
    }

    /// Ranks the touched items by score times `factor`, writes the `limit` best to `out` and clears all sums.
    pub(super) fn drain_best(&mut self, limit: usize, factor: impl Fn(u32) -> f32, out: &mut Vec<u32>) {
        out.clear();
        let Self { scores, touched, best } = self;
        let mut threshold = 0;
        for item in touched.drain(..) {
            let score = std::mem::take(&mut scores[item as usize]) * factor(item);
            let key = ranking_key(score, item);
            if score > 0.0 && key > threshold {
                best.push(key);
                if best.len() >= 2 * limit.max(32) {
                    threshold = keep_largest(best, limit);
                }
            }
        }
        best.sort_unstable_by(|left, right| right.cmp(left));
        out.extend(best.drain(..).take(limit).map(|key| !(key as u32)));
    }
}

/// Orders by score, then by lower item number.
fn ranking_key(score: f32, item: u32) -> u64 {
    u64::from(score.to_bits()) << 32 | u64::from(!item)
}

/// Cuts `keys` down to the `limit` largest, in no order, and gives the bound that a further key has to exceed.
pub(super) fn keep_largest(keys: &mut Vec<u64>, limit: usize) -> u64 {
    if limit == 0 {
        keys.clear();
        return u64::MAX;
    }
    if keys.len() <= limit {
        return 0;
    }
    let (_, &mut smallest, _) = keys.select_nth_unstable_by(limit - 1, |left, right| right.cmp(left));
    keys.truncate(limit);
    smallest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best_of(sums: &mut Sums, limit: usize, factor: impl Fn(u32) -> f32) -> Vec<u32> {
        let mut out = vec![99];
        sums.drain_best(limit, factor, &mut out);
        out
    }

    #[test]
    fn scores_add_up_and_ties_go_to_the_lower_item() {
        let mut sums = Sums::new(10);
        for (item, amount) in [(7, 1.0), (3, 0.5), (3, 0.5), (9, 2.0), (1, 0.1)] {
            sums.add(item, amount);
        }
        assert_eq!(best_of(&mut sums, 3, |_| 1.0), [9, 3, 7]);
        assert_eq!(best_of(&mut sums, 3, |_| 1.0), [0_u32; 0], "draining clears");
    }

    #[test]
    fn the_factor_is_applied_before_the_ranking() {
        let mut sums = Sums::new(4);
        sums.add(1, 2.0);
        sums.add(2, 1.0);
        sums.add(3, 9.0);
        assert_eq!(best_of(&mut sums, 4, |item| [0.0, 1.0, 3.0, 0.0][item as usize]), [2, 1]);
    }

    #[test]
    fn many_candidates_give_what_a_full_sort_gives() {
        let mut sums = Sums::new(1_000);
        for item in 0..1_000 {
            sums.add(item, (item * 7_919 % 1_000) as f32);
        }
        let mut expected: Vec<u32> = (1..1_000).collect();
        expected.sort_by_key(|item| std::cmp::Reverse(item * 7_919 % 1_000));
        assert_eq!(best_of(&mut sums, 5, |_| 1.0), expected[..5]);
        sums.add(3, 1.0);
        assert_eq!(best_of(&mut sums, 0, |_| 1.0), [0_u32; 0]);
    }
}
