//! Every strategy of the product as a predictor, beside plain popularity.
//!
//! A strategy earns its place in a shop if it finds what the visitor looks at next, or if it shows what popularity never
//! would. So each one fills a row of twelve at every test, by the code that fills a shop's pages: the snapshot gets a plan
//! with one slot for each strategy, and [`Decider`] decides it. Slots come in two kinds: some may show products of the
//! visit again, and others leave them out.
//!
//! The page is about no product: a strategy that starts from one takes the newest of the visit, as on a home page.
//!
//! The module `measure` turns lists into figures, [`report`] holds them.
//!
//! Invariants: each list is decided on a page of its own, so no strategy takes a product from another. The tests reach
//! nothing that was trained.

mod measure;
pub mod report;

use self::measure::{Lists, NONE, Tests, figures};
use self::report::{PLACES, StrategiesReport};
use super::error::EvaluateError;
use crate::decide::{Decider, Place};
use crate::event::ItemKey;
use crate::log::{ItemNumber, Log, bar};
use crate::model::Model;
use crate::session::Session;
use crate::snapshot::SnapshotId;
use crate::snapshot::plan::{Arm, Draw, Fill, Plan, Row, Schedule, Slot, Strategy, WHOLE};
use crate::train::TrainError;
use rayon::prelude::*;
use std::cmp::Reverse;

/// Tests that are decided with one copy of the model.
const CHUNK: usize = 2048;
/// Beginnings of the slots' names: those that may show products of the visit again, and those that leave them out.
const KINDS: [&str; 2] = ["again.", "fresh."];

/// One test of the strategies.
pub(super) struct Case<'a> {
    /// The visit so far.
    pub visit: &'a Session,
    /// Time of its newest event, in milliseconds since 1970.
    pub now_ms: u64,
    /// Its items, under the log's numbers.
    pub prefix: &'a [u32],
    /// The next item, under the same numbers.
    pub target: u32,
    /// Number of the session, for the bootstrap. Tests of one session follow each other.
    pub session: usize,
}

/// Runs every strategy over all tests. `log` is the training log of the snapshot.
///
/// # Errors
/// [`TrainError`], if the snapshot cannot be opened.
pub(super) fn run(log: &Log, snapshot: &[u8], cases: &[Case<'_>]) -> Result<StrategiesReport, EvaluateError> {
    let names = Strategy::ALL.map(|(name, _)| name);
    let progress = bar(cases.len() as u64, "asking the strategies");
    let parts: Result<Vec<Vec<[Lists; 2]>>, TrainError> = cases
        .par_chunks(CHUNK)
        .map(|cases| {
            let found = decide(log, snapshot, cases);
            progress.inc(cases.len() as u64);
            found
        })
        .collect();
    progress.finish_and_clear();
    let visits = visits(log);
    let mut all: Vec<(&str, [Lists; 2])> = vec![("popularity", popularity(log, cases))];
    let mut by_strategy: Vec<[Lists; 2]> = names.iter().map(|_| Default::default()).collect();
    for part in parts? {
        for (held, [again, fresh]) in by_strategy.iter_mut().zip(part) {
            held[0].extend(again);
            held[1].extend(fresh);
        }
    }
    all.extend(names.into_iter().zip(by_strategy));
    let tests = Tests {
        targets: cases.iter().map(|case| case.target).collect(),
        seen: cases.iter().map(|case| case.prefix.contains(&case.target)).collect(),
        sessions: cases.iter().map(|case| case.session).collect(),
        visits: &visits,
        all_visits: log.ends.len() as u64,
    };
    Ok(figures(&tests, &all))
}

/// The lists of all strategies over some tests, with and without products of the visit.
fn decide(log: &Log, snapshot: &[u8], cases: &[Case<'_>]) -> Result<Vec<[Lists; 2]>, TrainError> {
    let model = Model::open(snapshot, SnapshotId::default())?;
    let plan = plan(model.plan().clone());
    let model = model.replan(plan)?;
    // Training renumbers the items; figures are kept under the log's numbers.
    let mut log_number = vec![NONE; model.len()];
    for (number, item) in log.items.iter().enumerate() {
        if let Some(at) = model.item(ItemKey::from_id(&item.id)) {
            log_number[at.place()] = number as u32;
        }
    }
    let names: Vec<[String; 2]> =
        Strategy::ALL.iter().map(|(name, _)| KINDS.map(|kind| format!("{kind}{name}"))).collect();
    let mut found: Vec<[Lists; 2]> = names.iter().map(|_| Default::default()).collect();
    let place = Place::default();
    for case in cases {
        let mut decider = Decider::new(&model, case.visit, case.now_ms);
        for (names, lists) in names.iter().zip(&mut found) {
            for (name, lists) in names.iter().zip(lists) {
                let decision = decider.decide(name, &place);
                decider.turn_page();
                let items = decision.into_iter().flat_map(|decision| decision.items);
                lists.push(items.map(|pick| log_number[pick.item.place()]));
            }
        }
    }
    Ok(found)
}

/// The plan of the test: one slot for each strategy and kind, without holdout, experiment or cap. What the shop never shows
/// stays hidden.
fn plan(shop: Plan) -> Plan {
    let slot = |seen: bool, strategy: Strategy, name: &str| {
        let row = Row { sources: vec![(strategy, 0)], limit: PLACES as u8, seen, ..Row::default() };
        Slot {
            name: format!("{}{name}", KINDS[usize::from(!seen)]),
            minimum_evidence: 0,
            audience: None,
            schedule: Schedule::ALWAYS,
            most_shown: 0,
            exit: false,
            draw: Draw::Visit,
            arms: vec![Arm { name: "model".into(), share: WHOLE, fill: Fill::Items(row) }],
        }
    };
    let both = |seen| Strategy::ALL.map(|(name, strategy)| slot(seen, strategy, name));
    let mut slots: Vec<Slot> = [true, false].into_iter().flat_map(both).collect();
    slots.sort_by(|a, b| a.name.cmp(&b.name));
    Plan { slots, holdout: 0, ..shop }
}

/// Plain popularity: the products that most events of the training log are about, whatever the visit.
fn popularity(log: &Log, cases: &[Case<'_>]) -> [Lists; 2] {
    let mut events = vec![0_u64; log.items.len()];
    for item in log.events.iter().filter_map(|event| event.item) {
        events[item.index()] += 1;
    }
    let mut order: Vec<u32> = (0..events.len() as u32).collect();
    order.sort_by_key(|item| (Reverse(events[*item as usize]), *item));
    let mut lists: [Lists; 2] = Default::default();
    for case in cases {
        lists[0].push(order.iter().copied().take(PLACES));
        lists[1].push(order.iter().copied().filter(|item| !case.prefix.contains(item)).take(PLACES));
    }
    lists
}

/// In how many visits of the log each product was.
fn visits(log: &Log) -> Vec<u64> {
    let mut visits = vec![0; log.items.len()];
    for session in log.sessions() {
        let mut items: Vec<ItemNumber> = session.iter().filter_map(|event| event.item).collect();
        items.sort_unstable();
        items.dedup();
        for item in items {
            visits[item.index()] += 1;
        }
    }
    visits
}
