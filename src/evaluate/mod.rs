//! How good next-item rows are, measured beside published methods on the same data in the same run.
//!
//! [`next`] trains, tests and times; [`metric`] turns outcomes into figures; [`peer`] holds the published
//! methods; [`report`] is what comes out, as JSON, as a table and as a page. The test set is read when
//! everything is chosen and trained, and by nothing but the test.

pub mod metric;
pub mod next;
pub mod page;
pub mod peer;
pub mod report;
