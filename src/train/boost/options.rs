//! How to fit: the settings, and those that suit a table of a given length.

use super::loss::Loss;

/// How to fit.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The loss.
    pub loss: Loss,
    /// How often to fit with other groups held out.
    pub bags: usize,
    /// Share of a step that is taken.
    pub rate: f32,
    /// Share of the tables that may offer a tree in a round, 0 to 1.
    pub share: f32,
    /// Rounds at most.
    pub rounds: usize,
    /// Rounds without gain after which to stop.
    pub patience: usize,
    /// Bins a feature at most, 2 to 255.
    pub bins: usize,
    /// Pairs at most, and at most one for every hundred rows.
    pub pairs: usize,
    /// Rows a leaf holds at least.
    pub leaf: u32,
    /// Pull of every leaf towards nothing, in units of the loss's second derivative.
    pub pull: f32,
    /// Whether the newest groups are held out, rather than groups drawn from all.
    pub tail: bool,
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
            leaf: 20,
            pull: 2.0,
            tail: false,
        }
    }
}

impl Options {
    /// What suits a table of so many rows: of a short one every table learns a little at a time, so that none
    /// learns chance by heart; a long one bears finer bins, larger leaves and longer steps.
    pub fn for_rows(rows: usize) -> Self {
        let short = Self::default();
        if rows < 6000 {
            return short;
        }
        Self { rate: 0.2, share: 1.0, patience: 60, bins: 64, leaf: 40, pull: 8.0, ..short }
    }
}
