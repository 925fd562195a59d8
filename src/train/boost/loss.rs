//! What the trees step down on, and its slope.

/// What the trees step down on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// Of a probability; scores are logits.
    #[default]
    Logistic,
    /// Of an amount; scores are in its unit.
    Squared,
}

impl Loss {
    /// First and second derivative of a row's loss.
    pub(super) fn slope(self, score: f32, target: f32) -> (f32, f32) {
        match self {
            Self::Logistic => {
                let chance = 1.0 / (1.0 + (-score).exp());
                (chance - target, chance * (1.0 - chance))
            }
            Self::Squared => (score - target, 1.0),
        }
    }

    /// The loss of a row.
    pub(super) fn of(self, score: f64, target: f64) -> f64 {
        match self {
            Self::Logistic => (if target > 0.5 { -score } else { score }).exp().ln_1p(),
            Self::Squared => (score - target).powi(2),
        }
    }
}
