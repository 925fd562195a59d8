//! Why an exposure is no trial of an experiment. Each reason is counted and told in the report and by the trainer.

/// Why an exposure does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOut {
    /// Its snapshot is not in the published folder, or cannot be read by this version.
    UnknownSnapshot,
    /// The plan of its snapshot does not have the slot.
    UnknownSlot,
    /// It states no bucketing key, so that its arm cannot be drawn again.
    NoSeed,
    /// The slot does not have the arm.
    UnknownArm,
    /// The visit is in another arm, or is held out.
    WrongArm,
    /// The arm cannot show what was claimed.
    ImpossibleChoice,
    /// More visits have its bucketing key than chance explains.
    SameSource,
}

impl LeftOut {
    /// Every reason, with its word in the report's JSON and what the report's text says.
    pub const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::UnknownSnapshot, "unknown_snapshot", "of a snapshot that is not in the published folder"),
        (Self::UnknownSlot, "unknown_slot", "of a slot that their snapshot does not have"),
        (Self::NoSeed, "no_seed", "without the bucketing key of their visit"),
        (Self::UnknownArm, "unknown_arm", "of an arm that the slot does not have"),
        (Self::WrongArm, "wrong_arm", "of an arm that the plan did not draw for the visit"),
        (Self::ImpossibleChoice, "impossible_choice", "of something that the arm cannot show"),
        (Self::SameSource, "same_source", "of more visits with one bucketing key than chance explains"),
    ];

    /// The word of the report's JSON.
    pub fn word(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// What the report's text says, after a number of exposures.
    pub fn text(self) -> &'static str {
        Self::ALL[self as usize].2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_stands_at_its_number() {
        for (at, (reason, ..)) in LeftOut::ALL.iter().enumerate() {
            assert_eq!(*reason as usize, at);
        }
    }
}
