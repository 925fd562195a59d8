//! The weighting schemes shared by sequential rules, V-SKNN and VMIS-kNN.
//!
//! They are those of Ludewig and Jannach, "Evaluation of session-based recommendation algorithms" (User Modeling and
//! User-Adapted Interaction 28, 2018), with one change: the linear scheme ends at zero. As published it falls below
//! zero past ten steps, and a long session then votes against the very items its neighbours hold.

/// How fast a click loses weight with its distance from the end of the session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Decay {
    /// Every click counts alike.
    Same,
    /// A tenth less for each step.
    Linear,
    /// Inverse to the distance.
    Division,
    /// Inverse to the square of the distance.
    Quadratic,
    /// Inverse to the logarithm of the distance.
    Logarithmic,
}

impl Decay {
    /// Every scheme, for sweeps.
    pub(super) const ALL: [Self; 5] = [Self::Same, Self::Linear, Self::Division, Self::Quadratic, Self::Logarithmic];

    /// The weight of something `step` clicks away, counted from 1.
    pub(super) fn of_step(self, step: usize) -> f32 {
        let step = step as f32;
        match self {
            Self::Same => 1.0,
            Self::Linear => (1.0 - 0.1 * step).max(0.0),
            Self::Division => 1.0 / step,
            Self::Quadratic => 1.0 / (step * step),
            Self::Logarithmic => 1.0 / (step + 1.7).log10(),
        }
    }

    /// The weight of the click at `position`, counted from 1, in a session of `length` clicks. The last click weighs
    /// most.
    pub(super) fn of_position(self, position: usize, length: usize) -> f32 {
        let (behind, share) = ((length - position) as f32, position as f32 / length as f32);
        match self {
            Self::Same => 1.0,
            Self::Linear => (1.0 - 0.1 * behind).max(0.0),
            Self::Division => share,
            Self::Quadratic => share * share,
            Self::Logarithmic => 1.0 / (behind + 1.7).log10(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_weight_is_negative_however_long_the_session() {
        for decay in Decay::ALL {
            assert!(
                (1..200).all(|step| decay.of_step(step) >= 0.0 && decay.of_position(step, 200) >= 0.0),
                "{decay:?}"
            );
        }
    }

    #[test]
    fn division_weighs_by_share_of_the_session_and_by_inverse_step() {
        assert!((Decay::Division.of_position(3, 4) - 0.75).abs() < 1e-6);
        assert!((Decay::Division.of_step(4) - 0.25).abs() < 1e-6);
        assert!((Decay::Quadratic.of_position(1, 2) - 0.25).abs() < 1e-6);
    }
}
