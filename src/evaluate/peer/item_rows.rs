//! One ranked row of next items for each item, for the methods that look at the last click alone.

use super::click_log::ClickLog;
use super::sums::Sums;

/// Items kept in a row, as published for Item-KNN. Longer than any list asked for, so it decides nothing but memory.
const ROW_LENGTH: usize = 100;

/// For each item, the best next items, best first.
pub(super) struct ItemRows {
    starts: Vec<u32>,
    targets: Vec<u32>,
}

impl ItemRows {
    /// Ranks a row for each item of the log: `collect` adds up the row's scores, `factor` (of row and target) scales
    /// them.
    pub(super) fn rank(log: &ClickLog, collect: impl Fn(u32, &mut Sums), factor: impl Fn(u32, u32) -> f32) -> Self {
        let mut sums = Sums::new(log.items());
        let (mut starts, mut targets, mut row) = (vec![0], Vec::new(), Vec::new());
        for item in 0..log.items() as u32 {
            collect(item, &mut sums);
            sums.drain_best(ROW_LENGTH, |target| factor(item, target), &mut row);
            targets.extend_from_slice(&row);
            starts.push(targets.len() as u32);
        }
        Self { starts, targets }
    }

    /// Writes the `limit` best items after the last one of `prefix` to `out`.
    pub(super) fn answer(&self, prefix: &[u32], limit: usize, out: &mut Vec<u32>) {
        out.clear();
        if let Some(&last) = prefix.last() {
            let row = self.starts[last as usize] as usize..self.starts[last as usize + 1] as usize;
            out.extend(self.targets[row].iter().take(limit));
        }
    }
}
