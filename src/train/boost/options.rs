//! The hyperparameters of a fit, and defaults by the number of rows.

use super::loss::Loss;

/// The hyperparameters of a fit.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The loss.
    pub loss: Loss,
    /// Number of fits that are averaged, each with other groups held out.
    pub bags: usize,
    /// Learning rate: share of a Newton step that is applied.
    pub rate: f32,
    /// Share of the tables that may offer a tree in a round, 0 to 1 (column subsampling).
    pub share: f32,
    /// Most boosting rounds.
    pub rounds: usize,
    /// Rounds without gain on the held-out groups after which boosting stops.
    pub patience: usize,
    /// Most bins of a feature, 2 to 255.
    pub bins: usize,
    /// Most pairs. There is also at most one pair per hundred rows.
    pub pairs: usize,
    /// Times that a tree over a pair is cut, each part again: 2 tell an interaction from two separate effects, 3 also find
    /// where it lies.
    pub levels: usize,
    /// Fewest rows of a leaf.
    pub leaf: u32,
    /// L2 penalty of a leaf (lambda of `XGBoost`), in units of the loss's second derivative. It shrinks small leaves.
    pub pull: f32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            loss: Loss::Logistic,
            bags: 16,
            rate: 0.1,
            share: 0.1,
            rounds: 5000,
            patience: 300,
            bins: 32,
            pairs: 40,
            levels: 3,
            leaf: 20,
            pull: 2.0,
        }
    }
}

impl Options {
    /// Defaults for this number of rows. Small data overfits, so its trees take short steps and only a tenth of the tables
    /// compete in a round. Large data supports finer bins, larger leaves and longer steps, which also saves rounds.
    pub fn for_rows(rows: usize) -> Self {
        let short = Self::default();
        if rows < 6000 {
            return short;
        }
        Self { rate: 0.2, share: 1.0, patience: 60, bins: 64, leaf: 40, pull: 8.0, ..short }
    }
}
