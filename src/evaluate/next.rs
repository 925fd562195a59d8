//! `slotwise evaluate next`: next-item recommendation on a shop's log, with the published methods beside ours.
//!
//! Ours is measured as it runs in production: the log is trained into a snapshot, the snapshot is opened, each prefix is
//! turned into a [`Session`] event by event, and the session is asked for twenty items. The clock runs from the session to
//! the list. Peers get the same prefixes as item numbers, which saves them that step.
//!
//! Invariants: nothing of the tests reaches training or the choice of parameters. No state passes from one test to the
//! next.

use super::error::EvaluateError;
use super::metric::{Outcome, PLACES, Tally};
use super::peer::{self, Scratch as PeerScratch};
use super::report::{DataNote, Method, NextReport};
use super::strategies;
use crate::event::{Event, EventKind, ItemKey};
use crate::log::replay::Replay;
use crate::log::{ItemNumber, Log, bar, lines};
use crate::model::{Model, Scratch};
use crate::session::Session;
use crate::snapshot::SnapshotId;
use crate::train::example::is_target;
use crate::train::{Options, TrainError, train};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Where training and tests come from.
#[derive(Clone, Debug)]
pub enum NextData {
    /// A file of sessions and a file of tests: the usual split of a public data set.
    Sessions {
        /// One session per line.
        train: PathBuf,
        /// One prefix and its next item per line.
        test: PathBuf,
    },
    /// An event log (named in the options) whose newest sessions are held back.
    Events {
        /// Share of the sessions that are held back, 0 to 1.
        held_back: f64,
    },
}

/// One test.
struct Case {
    /// The events of the prefix, oldest first; ours reads these.
    events: Vec<(ItemKey, EventKind)>,
    /// Their items under the training log's numbers; peers read these. Items that training does not know get numbers
    /// after those of the log, so that they equal each other and nothing else.
    prefix: Vec<u32>,
    /// The next item, under the same numbers.
    target: u32,
    /// Number of the session that the prefix comes from, for the bootstrap.
    session: usize,
    /// The visit as a host would have recorded it, events without a product included, and the time of its newest event. Ours
    /// does not read it; strategies do.
    visit: Session,
    now_ms: u64,
}

/// The training log and the tests.
struct Split {
    log: Log,
    cases: Vec<Case>,
    notes: Vec<String>,
}

/// The result of an evaluation.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// The figures.
    pub report: NextReport,
    /// Remarks about the data.
    pub notes: Vec<String>,
    /// The snapshot that was tested.
    pub snapshot: Vec<u8>,
}

/// What is tested besides our rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Besides {
    /// The published methods.
    pub peers: bool,
    /// Every strategy of the product.
    pub strategies: bool,
}

/// Trains, tests and compares.
///
/// # Errors
/// An [`EvaluateError`] that names the file, the line or field, what was found and what was expected.
pub fn run(
    source: &NextData,
    options: &Options,
    besides: Besides,
    command: String,
) -> Result<Evaluated, EvaluateError> {
    let Split { log, cases, mut notes } = match source {
        NextData::Sessions { train, test } => from_sessions(train, test)?,
        NextData::Events { held_back } => from_events(options, *held_back)?,
    };
    let known = log.items.len();
    let clicks = clicks(&log);
    let seen = |case: &Case| case.prefix.contains(&case.target);
    let unknown = cases.iter().filter(|case| case.target as usize >= known).count() as u64;
    if unknown > 0 {
        notes.push(format!(
            "{unknown} of {} tests ask for an item that training never saw: counted as misses",
            cases.len()
        ));
    }
    let data = DataNote {
        sessions: log.ends.len() as u64,
        clicks: log.events.len() as u64,
        items: known as u64,
        tests: cases.len() as u64,
        unknown_targets: unknown,
        seen_share: cases.iter().filter(|case| seen(case)).count() as f64 / cases.len().max(1) as f64,
    };
    let (method, snapshot) = ours(&log, &cases, &clicks, options)?;
    let mut methods = vec![method];
    if besides.peers {
        let items = known.max(cases.iter().flat_map(|case| &case.prefix).max().map_or(0, |max| *max as usize + 1));
        methods.extend(others(&log, &cases, &clicks, items));
    }
    let strategies = if besides.strategies { Some(strategies::run(&log, &snapshot, &asked(&cases))?) } else { None };
    let (train, test) = match source {
        NextData::Sessions { train, test } => (train.display().to_string(), test.display().to_string()),
        NextData::Events { held_back } => {
            let files: Vec<String> = options.log.events.iter().map(|path| path.display().to_string()).collect();
            (files.join(", "), format!("the newest {:.0} % of its sessions", held_back * 100.0))
        }
    };
    let title = format!("Next item: {}", name_of(Path::new(&train)));
    let report = NextReport { title, train, test, command, machine: super::machine(), data, methods, strategies };
    Ok(Evaluated { report, notes, snapshot })
}

/// The tests as strategies are asked.
fn asked(cases: &[Case]) -> Vec<strategies::Case<'_>> {
    let mut asked = Vec::with_capacity(cases.len());
    for Case { visit, now_ms, prefix, target, session, .. } in cases {
        asked.push(strategies::Case { visit, now_ms: *now_ms, prefix, target: *target, session: *session });
    }
    asked
}

/// The name of a data set: the folder of its file, or the file's own name if it has no folder.
fn name_of(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name).filter(|name| !name.is_empty());
    folder.or(path.file_name()).map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Training sessions and tests from two files.
fn from_sessions(train: &Path, test: &Path) -> Result<Split, EvaluateError> {
    let (log, counted) = lines::sessions(train)?;
    let mut numbers: HashMap<u64, u32> = HashMap::new();
    for (number, item) in log.items.iter().enumerate() {
        numbers.insert(item.id.parse().unwrap_or_default(), number as u32);
    }
    let mut cases: Vec<Case> = Vec::new();
    let mut before: Vec<u64> = Vec::new();
    for test in lines::tests(test)? {
        // Test files list the prefixes of a session one after the other, the longest first. So a line that is no beginning
        // of the line before starts a new session. Rarely two sessions begin alike and are counted as one, which widens
        // the confidence interval a little and changes no figure.
        let same = before.len() > test.prefix.len() && before.starts_with(&test.prefix);
        let session = cases.last().map_or(0, |last| last.session + usize::from(!same));
        let mut number = |id: &u64| {
            let next = numbers.len() as u32;
            *numbers.entry(*id).or_insert(next)
        };
        let prefix = test.prefix.iter().map(&mut number).collect();
        let target = number(&test.target);
        let events: Vec<_> =
            test.prefix.iter().map(|id| (ItemKey::from_id(&id.to_string()), EventKind::ViewItem)).collect();
        let (visit, now_ms) = (self::session(&events), time_ms(events.len().saturating_sub(1)));
        cases.push(Case { events, prefix, target, session, visit, now_ms });
        before = test.prefix;
    }
    let mut notes = Vec::new();
    if counted.empty + counted.single > 0 {
        notes.push(format!("{} lines without an item, {} sessions of one item", counted.empty, counted.single));
    }
    Ok(Split { log, cases, notes })
}

/// The oldest sessions of an event log for training; every product event but the first of each newer session as a test.
fn from_events(options: &Options, held_back: f64) -> Result<Split, EvaluateError> {
    let (all, summary) = options.log.read()?;
    let (log, tail) = all.split(1.0 - held_back);
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    for (number, item) in log.items.iter().enumerate() {
        numbers.insert(&item.id, number as u32);
    }
    let mut cases = Vec::new();
    let replay = Replay::new(&tail);
    for (session, events) in tail.sessions().enumerate() {
        let (mut done, mut prefix) = (Vec::new(), Vec::new());
        let mut now_ms = events.first().map_or(0, |first| first.time_ms);
        let mut visit = Session::begin(tail.visits[session].context, now_ms);
        for event in events {
            let before = visit.clone();
            visit.observe(&replay.event(event));
            let before_ms = std::mem::replace(&mut now_ms, event.time_ms);
            let Some(item) = event.item else { continue };
            let id = &tail.items[item.index()].id;
            let next = numbers.len() as u32;
            let number = *numbers.entry(id).or_insert(next);
            if is_target(event.kind) && !prefix.is_empty() {
                let (events, prefix) = (done.clone(), prefix.clone());
                cases.push(Case { events, prefix, target: number, session, visit: before, now_ms: before_ms });
            }
            done.push((ItemKey::from_id(id), event.kind));
            prefix.push(number);
        }
    }
    if log.ends.is_empty() || cases.is_empty() {
        return Err(summary.empty().into());
    }
    drop(numbers);
    Ok(Split { log, cases, notes: summary.notes })
}

/// Events of each item in the training log.
fn clicks(log: &Log) -> Vec<u64> {
    let mut clicks = vec![0; log.items.len()];
    for item in log.events.iter().filter_map(|event| event.item) {
        clicks[item.index()] += 1;
    }
    clicks
}

/// Trains a snapshot and tests it as a page would use it. Returns the figures and the snapshot.
fn ours(log: &Log, cases: &[Case], clicks: &[u64], options: &Options) -> Result<(Method, Vec<u8>), EvaluateError> {
    let began = Instant::now();
    let trained = train(log, &[], options)?;
    let seconds = began.elapsed().as_secs_f64();
    let model = Model::open(&trained.bytes[..], SnapshotId::default()).map_err(TrainError::from)?;
    let size = model.verify().map_err(TrainError::from)?;
    // Training renumbers the items; figures are kept under the log's numbers.
    let mut log_number = vec![0; model.len()];
    for (number, item) in log.items.iter().enumerate() {
        if let Some(at) = model.item(ItemKey::from_id(&item.id)) {
            log_number[at.place()] = number as u32;
        }
    }
    let mut scratch = Scratch::default();
    let mut recommend = |case: &Case, seen: bool, list: &mut Vec<u32>| {
        let session = session(&case.events);
        let began = Instant::now();
        let best = model.next_items(&model.history(&session, None), PLACES, seen, &mut scratch);
        let took = began.elapsed();
        list.extend(best.iter().map(|best| log_number[best.item.place()]));
        took
    };
    let dial = |(name, value, _): (&str, &mut f64, f64)| format!("{name} {value:.3}");
    let parameters = trained.kernels.clone().dials().map(dial).join(", ");
    let mut method = test("slotwise", parameters, cases, clicks, &mut recommend);
    method.snapshot_bytes = Some(trained.bytes.len() as u64);
    method.entries = Some(u64::from(size.entries));
    method.bits_per_entry = Some(size.bits);
    method.entropy_bits_per_entry = Some(size.entropy);
    method.train_seconds = Some(seconds);
    method.search_seconds = Some(trained.search_secs);
    drop(model);
    Ok((method, trained.bytes))
}

/// The session of a case, as a page would have recorded it. The test files have no times, so events are a minute apart.
fn session(events: &[(ItemKey, EventKind)]) -> Session {
    let mut session = Session::default();
    for (at, (key, kind)) in events.iter().enumerate() {
        session.observe(&Event::of_item(*kind, *key, time_ms(at)));
    }
    session
}

/// The time of an event of a file without times.
fn time_ms(at: usize) -> u64 {
    1_700_000_000_000 + at as u64 * 60_000
}

/// Fits all peers and tests them.
fn others(log: &Log, cases: &[Case], clicks: &[u64], items: usize) -> Vec<Method> {
    let sessions: Vec<Vec<u32>> = log
        .sessions()
        .map(|session| session.iter().filter_map(|event| event.item).map(ItemNumber::get).collect())
        .collect();
    let (head, tail) = sessions.split_at(sessions.len() - sessions.len() / 10);
    let progress = bar(2, "fitting peers, their parameters swept on the newest tenth");
    let fitted = peer::all(head, tail, items);
    progress.inc(1);
    let mut methods = Vec::new();
    // The strongest first.
    for fitted in fitted.iter().rev() {
        progress.set_message(format!("testing {}", fitted.name));
        let mut scratch = PeerScratch::new(items);
        let mut recommend = |case: &Case, seen: bool, list: &mut Vec<u32>| {
            // Peers know no filter: they are asked for enough items to fill the list after the filter.
            let places = if seen { PLACES } else { PLACES + case.prefix.len() };
            let began = Instant::now();
            fitted.peer.recommend(&case.prefix, places, &mut scratch, list);
            let took = began.elapsed();
            list.retain(|item| seen || !case.prefix.contains(item));
            list.truncate(PLACES);
            took
        };
        methods.push(test(fitted.name, fitted.parameters.clone(), cases, clicks, &mut recommend));
    }
    progress.finish_and_clear();
    methods
}

/// Appends the best items for a case to an empty list, with or without the session's own items, and returns the time it
/// took.
type Recommend<'a> = dyn FnMut(&Case, bool, &mut Vec<u32>) -> Duration + 'a;

/// Runs all cases through a method.
fn test(name: &str, parameters: String, cases: &[Case], clicks: &[u64], recommend: &mut Recommend<'_>) -> Method {
    let mut tally = Tally::new(clicks.len());
    let (mut list, mut fresh) = (Vec::new(), Vec::new());
    let rank_of = |list: &[u32], case: &Case| list.iter().position(|item| *item == case.target).map(|at| at as u8 + 1);
    for case in cases {
        let seen = case.prefix.contains(&case.target);
        list.clear();
        let micros = recommend(case, true, &mut list).as_nanos() as f32 / 1000.0;
        let rank = rank_of(&list, case);
        let new_rank = if seen {
            None
        } else {
            fresh.clear();
            recommend(case, false, &mut fresh);
            rank_of(&fresh, case)
        };
        let outcome = Outcome { rank, seen, new_rank, length: case.prefix.len(), session: case.session, micros };
        // A peer may recommend the prefix's own unknown items, which are in no catalogue: they do not count for coverage.
        list.retain(|item| (*item as usize) < clicks.len());
        tally.add(&list, outcome);
    }
    tally.method(name, parameters, clicks)
}
