//! Slotwise: shop pages that fit visitors nobody knows yet.
//!
//! A trainer learns a small model from the shop's own click log. The same Rust code then scores it in the CDN's edge
//! Worker and in the browser, and fills marked places of a page ("slots") from the visit so far, without identifying
//! anyone.
//!
//! # The rooms
//!
//! Top-level modules are called rooms. They stand here in the order in which knowledge flows; a room uses only rooms
//! above it. A test reads the sources and fails on an import in the other direction.
//!
//! | room | what |
//! |---|---|
//! | `base64`, `hash`, `text`, `wire` | bytes as text, hashes, text cut to length, numbers and texts as bytes |
//! | `context`, `event`, `consent`, `session` | where a visit came from, what the visitor did, what may be kept |
//! | `feature` | numbers from a session, by one definition for training and scoring |
//! | `snapshot` | the trained bytes: one module writes the format and reads it |
//! | `model` | a snapshot that passed every check, ready to score |
//! | `shard` | a snapshot in parts: what browsers fetch first, what later, what a page brings along |
//! | `explanation`, `intent`, `preview` | reasons, what a visit is after, what a signed link forces |
//! | `decide` | what goes into a slot: visit, experiment, candidates, placement, decision; explanation on request |
//! | `json`, `page` | decisions as JSON; the slot contract of the HTML, for every host |
//! | `host`, `browser` | what the Wasm hosts share; the browser |
//! | `front`, `edge` | what stands in front of a shop: who asks, what becomes of a page; the Worker |
//! | `objects` | object stores by their address (native) |
//! | `log`, `group`, `plan`, `experiment`, `train` | the trainer: click log in, or sums of sister shops; fitted model out (native) |
//! | `sql` | the relational work of training on the engine where the log is (native) |
//! | `evaluate`, `origin` | quality beside peers, and lift; publish, serve, take events in (native) |
//! | `lake` | the origin's daily files as Parquet (native, with the feature `lake`) |
//! | `learn`, `simulate` | the closed loop: retrain, judge, publish, watch; simulated shoppers (native) |
//!
//! The core (everything up to `page`) reads no clock, no randomness and no environment. They are arguments, so that every
//! host decides the same, bit for bit.
//!
//! # Glossary
//!
//! The same words are used in Rust, TypeScript, HTML attributes, the plan and the manual.
//!
//! | term | meaning |
//! |---|---|
//! | event | one visitor action under its GA4 name, such as `view_item` |
//! | interaction | an event as a session remembers it: kind, product or category, seconds since the one before |
//! | history | the interactions of a session with products, newest first |
//! | context | what the first request reveals: traffic source, campaign, device, local time, part of the world, landing page |
//! | session | the state of one anonymous visit: newest interactions, counters, context, declared preferences |
//! | token | a serialised session of at most 512 bytes, in a first-party cookie or in memory |
//! | features | whole numbers computed from a session |
//! | intent scores | what a visit is after: purchase, cart, exit, stage, price sensitivity, need for an incentive, categories |
//! | snapshot | a trained model as immutable bytes, named by their SHA-256 |
//! | root | the first part of a snapshot that a browser fetches |
//! | shard | an immutable part of a snapshot that a browser fetches when it needs it, named by its SHA-256 |
//! | pack | the data of some products: their cards, their rows, or both |
//! | manifest | the small signed file that names the current snapshot |
//! | model | a validated snapshot, ready to score |
//! | next-item row | for one product, the products most often found near it in sessions, with weights |
//! | trail row | for two products of a visit, the newest and one of the three before it, the products most often found next |
//! | kernel | the numbers by which pairs are counted and a history is weighted |
//! | slot | a marked place of a page; its content in the shop's HTML is its default |
//! | plan | the merchandiser's file: what may fill each slot, for whom, when, under which guardrails |
//! | strategy | a way of proposing products, such as `next_item` or `bestsellers` |
//! | candidate | a product that a strategy proposes |
//! | score | relevance of a candidate in thousandths of the strategy's best |
//! | similarity | how alike two products are by category and brand, in thousandths |
//! | bundle | several products on one card: a published set, or a product with what is bought together with it |
//! | leaning | how much of a visit is about the tags of pictures: which picture of a product its card shows |
//! | guardrail | a rule that keeps a product out, or limits or fixes places |
//! | stickiness | by how much something else must be better to replace what is shown |
//! | visit context | what holds for all slots of a page: holdout, conditions of the plan, evidence, intent scores |
//! | page context | what a page shows so far, so that no product appears twice |
//! | scratch | memory that is reused from decision to decision and carries no meaning |
//! | decision | what goes into a slot: products, variant or order, with arm and propensity |
//! | explanation | the reasons for a decision, computed on request; their weights add up to the score |
//! | personalised | changed by the engine; the opposite is the shop's own content |
//! | experiment, arm | a trial in a slot, and one of its branches |
//! | propensity | the probability of being assigned to an arm, in ten-thousandths |
//! | holdout | the visits that always see the shop's own content |
//! | bucketing key | the number of a visit (or hour) from which arms are drawn |
//! | exposure, outcome | a decision was seen; something was bought or put into the cart |
//! | trial | a visit that saw a slot in an arm, and its outcome |
//! | arm statistics | visits and orders by arm, and the shares they lead to |
//! | control | the arm that the others of an experiment are compared with |
//! | lift | what an arm earns beyond its control, or beyond the holdout |
//! | always valid | right at every look at once, however often one looks |
//! | sample ratio | visits of the arms beside those that the plan draws |
//! | host | where a decision is applied: edge or browser |
//! | lake | the event log as Parquet, a folder a day, in parts |
//! | trainer | the native program `slotwise`: train, evaluate, publish, serve, report |
//! | origin | the server of snapshots and events (`slotwise serve`) |

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod base64;

pub mod hash;

mod text;

pub mod wire;

pub mod context;

pub mod event;

pub mod consent;

pub mod session;

pub mod feature;

pub mod snapshot;

pub mod model;

#[cfg(feature = "names")]
pub mod shard;

pub mod explanation;

pub mod intent;

pub mod preview;

pub mod decide;

#[cfg(feature = "names")]
mod json;

pub mod page;

#[cfg(any(feature = "page", feature = "full", feature = "edge", feature = "learn"))]
pub mod host;

#[cfg(any(feature = "page", feature = "full", feature = "learn"))]
pub mod browser;

#[cfg(any(all(target_arch = "wasm32", feature = "edge"), feature = "train"))]
mod front;

#[cfg(all(target_arch = "wasm32", feature = "edge"))]
pub mod edge;

#[cfg(feature = "learn")]
pub mod objects;

#[cfg(feature = "learn")]
pub mod log;

#[cfg(feature = "learn")]
pub mod group;

#[cfg(feature = "learn")]
pub mod plan;

#[cfg(feature = "learn")]
pub mod experiment;

#[cfg(feature = "learn")]
pub mod train;

#[cfg(feature = "train")]
pub mod sql;

#[cfg(feature = "train")]
pub mod evaluate;

#[cfg(feature = "train")]
pub mod origin;

#[cfg(feature = "lake")]
pub mod lake;

#[cfg(feature = "train")]
pub mod learn;

#[cfg(feature = "train")]
pub mod simulate;
