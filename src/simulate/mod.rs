//! Simulated shoppers with known preferences, who visit a real shop behind a real Worker over HTTP.
//!
//! A closed loop can only be checked where the truth is known. Here it is: who prefers what is drawn from a seed, and written
//! down. Everything else is real: pages come from the Worker with its slots filled, and events go to its address for events.
//!
//! In reading order: [`Options`] are the settings; [`taste`] says who prefers what; `page` reads the slots of a page; `browser` keeps cookies and asks;
//! `visit` is one visit from its first page to its order; [`run`] makes many; `tally` counts what they did.
//!
//! Invariants: the user agent says "simulated", and so does the id of every event ([`SIMULATED`](crate::log::SIMULATED)), so
//! that neither trainer nor report can take these visits for people unnoticed. Draws follow from the seed and the number of the
//! visit alone, in whatever order visits run.

mod browser;
mod options;
mod page;
mod run;
mod tally;
pub mod taste;
mod visit;

pub use options::Options;
pub use run::{SimulateError, Simulated, run};
pub use tally::{Sums, Tally};
