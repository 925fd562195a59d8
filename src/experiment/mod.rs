//! Experiments, from what visits saw to what the next visits see.
//!
//! A plan's slot can have arms: ways to fill it, of which chance gives one to each visit. This room reads from
//! the log which visits saw which arm and what they did then, and computes how the next visits are shared
//! among the arms. Chance is computed here with a fixed seed, never drawn, so that the same log gives the same
//! snapshot.
//!
//! Anybody can write an exposure into the log. So nothing in it is believed that the plan can tell: the arm is drawn
//! again from the exposure's snapshot, slot, bucketing key and time, and the propensity is the plan's.
//!
//! In reading order:
//!
//! - `left_out`: why an exposure does not count
//! - `plans`: the plans of past snapshots; an exposure, drawn again
//! - `design`: how a slot's arms were drawn
//! - `source`: how many visits of one bucketing key chance explains
//! - `trial`: the visits that saw an arm, each once
//! - `share`: how probably each arm is the best, as shares of the visits; `chance`: random numbers with a seed
//! - `arm_stats`: what a snapshot says of each arm
//! - [`statistics`]: intervals, sequences of intervals, corrections; pure mathematics
//! - `outcome`: what visits came to, added up
//! - [`canary`]: whether a new snapshot is worse than the one in use
//!
//! Invariants: a visit is one trial of a slot at most, and its arm and propensity are those that its snapshot gave it;
//! the shares of a slot's arms add up to the whole, and none falls below its floor.

mod arm_stats;
pub mod canary;
mod chance;
mod design;
mod left_out;
mod outcome;
mod plans;
mod share;
mod source;
pub mod statistics;
mod trial;

pub use arm_stats::arm_stats;
pub use chance::Chance;
pub use design::Design;
pub use left_out::LeftOut;
pub use outcome::{Goal, Tally, cap};
pub use plans::Plans;
pub use share::shares;
pub use trial::{Trial, Trials};
