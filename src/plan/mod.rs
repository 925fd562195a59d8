//! The merchandiser's plan file: read, with every mistake explained by its path, and compiled.
//!
//! The shape is published as a JSON Schema in the npm package (`slotwise/plan.schema.json`, made by `schema`). What a schema
//! cannot say (does the store have this category? does this audience name itself?) is checked here. A plan is read as loose
//! JSON rather than by `serde` types, because a merchandiser needs all mistakes at once, each with its path and the nearest
//! name that would be right; `serde` stops at the first.
//!
//! In reading order:
//!
//! - `read`: from a file to a compiled plan; `error`: what can be wrong; `known`: what a store has
//! - `limits`: ranges and defaults of numbers; `schema`: the JSON Schema
//! - `json`: the file's text as values
//! - `check`: what every part uses: values by their path, mistakes in words, names resolved
//! - `compile`: the plan as a whole
//! - `audience`: conditions that visits meet; `schedule`: dates, hours, weekdays and months
//! - `locale`: languages and price formats; `prices`: how long prices may be shown
//! - `variant`: whom a variant is for
//! - `row`: rows of products and their guardrails; `bundle`: published sets, pictures and the slots of sets; `slot`: slots
//!   and their experiments
//! - `never`: audiences that no visit can be in; `empty`: slots that a shop's data leave empty
//! - `page`: the plan held against the shop's pages
//!
//! Invariants: a compiled plan has no mistake. Its slots are sorted by name, so that their numbers do not depend on their
//! order in the file. The shares of an experiment's arms add up to the whole. The same file and shop give the same plan.

mod audience;
mod bundle;
mod check;
mod compile;
mod empty;
mod error;
mod json;
mod known;
mod limits;
mod locale;
mod never;
mod off;
mod page;
mod prices;
mod read;
mod row;
mod schedule;
#[cfg(feature = "contract")]
mod schema;
mod slot;
mod variant;
mod wording;

pub use compile::compile;
pub use empty::warnings;
pub use error::PlanError;
pub use known::Known;
pub use locale::currencies;
pub use off::off;
pub use page::{panels_without_close, slots_without_page};
pub use read::{read, read_for};
#[cfg(feature = "contract")]
pub use schema::schema;
