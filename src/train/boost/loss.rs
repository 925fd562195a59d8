//! The loss that boosting lowers, and its derivatives by the score.
//!
//! A tree takes Newton steps, so two derivatives of each row are all it needs of the loss.

/// The loss that boosting lowers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// Log-loss of a 0/1 target; scores are logits.
    #[default]
    Logistic,
    /// Squared error of an amount; scores are in its unit.
    Squared,
}

impl Loss {
    /// First and second derivative of a row's loss by its score, times the row's weight.
    pub(super) fn slope(self, score: f32, target: f32, weight: f32) -> (f32, f32) {
        let (first, second) = match self {
            Self::Logistic => {
                let chance = 1.0 / (1.0 + (-score).exp());
                (chance - target, chance * (1.0 - chance))
            }
            // Those of half the square: the factor 2 would cancel in every Newton step.
            Self::Squared => (score - target, 1.0),
        };
        (first * weight, second * weight)
    }

    /// The loss of a row.
    pub(super) fn of(self, score: f64, target: f64) -> f64 {
        match self {
            // ln(1 + exp(-s)) for a hit, ln(1 + exp(s)) for a miss. `ln_1p` keeps the digits of confident scores.
            Self::Logistic => (if target > 0.5 { -score } else { score }).exp().ln_1p(),
            Self::Squared => (score - target).powi(2),
        }
    }
}
