//! What is to be fitted: features by column, a target, and groups that stay together.

/// One feature of every row.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// What it is called.
    pub name: String,
    /// Values; [`MISSING`](crate::snapshot::additive::MISSING) where there is none.
    pub values: Vec<i32>,
    /// Whether the values are names rather than amounts.
    pub nominal: bool,
    /// 1 if more of it must never lower the score, -1 if it must never raise it, else 0.
    pub monotone: i8,
}

/// What is to be predicted from what.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// The features.
    pub columns: Vec<Column>,
    /// What came true: 0 or 1 for [`Loss::Logistic`], any number for [`Loss::Squared`].
    pub target: Vec<f32>,
    /// Rows of one group (a session) are held out together. In order of time where there is one.
    pub groups: Vec<u32>,
}

impl Data {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.target.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.target.is_empty()
    }

    /// The rows of these numbers.
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
        }
    }

    /// The features of a row.
    pub fn row(&self, row: usize, into: &mut Vec<i32>) {
        into.clear();
        into.extend(self.columns.iter().map(|column| column.values[row]));
    }
}
