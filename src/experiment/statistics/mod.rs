//! Statistics of experiments: pure mathematics, which knows of no log and no slot.
//!
//! In reading order:
//!
//! - `special`: the incomplete gamma and beta functions; `distribution`: normal, Student's t and chi-square from them
//! - [`interval`]: an interval of a rate or a mean, and from two of them that of a difference and of a ratio
//! - [`sequence`]: intervals and p-values that stay right however often one looks
//! - [`multiple`]: p-values corrected for many looks
//! - [`spread`]: how evenly something is shared
//!
//! Own code rather than a crate's: what is needed of the special functions is eighty lines, and known values test it.

mod distribution;
pub mod interval;
pub mod multiple;
pub mod sequence;
mod special;
pub mod spread;

pub use distribution::{chi_square_tail, normal_tail, student_quantile};
