//! The training data: features by column, a target, and groups that stay together.
//!
//! By column, because a tree reads one feature of every row. Invariant: all columns, the target, the groups and the weights
//! (unless there are none) have the same length.

/// One feature of every row.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// Its name in reports.
    pub name: String,
    /// Value by row; [`MISSING`](crate::snapshot::additive::MISSING) where there is none.
    pub values: Vec<i32>,
    /// Whether the values are numbers of names rather than amounts.
    pub nominal: bool,
    /// 1 if a larger value must never lower the score, -1 if it must never raise it, else 0. Of missing values nothing is
    /// demanded.
    pub monotone: i8,
}

/// The rows to fit a model to.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// The features.
    pub columns: Vec<Column>,
    /// Target by row: 0 or 1 for [`Loss::Logistic`](super::Loss::Logistic), any number for
    /// [`Loss::Squared`](super::Loss::Squared).
    pub target: Vec<f32>,
    /// Group by row. Rows of a group (moments of a session) are held out together, since they resemble each other: split
    /// up, they would make a held-out loss look better than it is. Where the data has an order of time, numbers follow it.
    pub groups: Vec<u32>,
    /// Weight of each row, above 0: how many rows of the whole it stands for. Empty if each row stands for itself.
    pub weights: Vec<f32>,
}

impl Data {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.target.len()
    }

    /// The weight of a row.
    pub fn weight(&self, row: usize) -> f32 {
        self.weights.get(row).copied().unwrap_or(1.0)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.target.is_empty()
    }

    /// The rows with these numbers, in this order.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        let column = |column: &Column| Column {
            values: rows.iter().map(|row| column.values[*row]).collect(),
            name: column.name.clone(),
            ..*column
        };
        Self {
            columns: self.columns.iter().map(column).collect(),
            target: rows.iter().map(|row| self.target[*row]).collect(),
            groups: rows.iter().map(|row| self.groups[*row]).collect(),
            weights: rows.iter().filter_map(|row| self.weights.get(*row).copied()).collect(),
        }
    }

    /// Copies the features of a row into a buffer.
    pub fn row(&self, row: usize, into: &mut Vec<i32>) {
        into.clear();
        into.extend(self.columns.iter().map(|column| column.values[row]));
    }
}
