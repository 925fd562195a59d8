//! The search for a shop's [`Kernels`], on the newest tenth of its log.
//!
//! Rows are counted on the older nine tenths and scored, by the very code that scores in a page, on the
//! moments of the newest tenth. A trial turns one to four dials of the best kernels so far and stays if
//! it does better; the steps grow after a success and shrink after a failure (an evolution strategy of one
//! parent and one child; Rechenberg 1973). The trials are counted, not timed, and drawn from a seed, so
//! that the same log finds the same kernels. A test set is never looked at: it is not known here.

use super::TrainError;
use super::count::Counts;
use super::kernel::Kernels;
use super::log::Log;
use super::moment::{Moment, moments};
use crate::model::{Scratch, Table, rank};
use crate::snapshot::rows::{Levelled, levels, scale};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh64::xxh64;

/// Moments looked at: more would cost time and tell no more.
const MOMENTS: usize = 40_000;
/// With fewer moments chance decides, and the defaults stay.
const MINIMUM: usize = 2_000;
/// Places a list has.
const PLACES: usize = 20;
/// Weight of the mean reciprocal rank beside the recall.
const RANK_WEIGHT: f64 = 1.5;

/// How to search.
#[derive(Clone, Debug)]
pub struct Search {
    /// Trials; 0 leaves the kernels as they are.
    pub trials: u32,
    /// Where the search is kept between runs: one that was stopped goes on, one that is done is not
    /// repeated.
    pub state: Option<PathBuf>,
}

impl Default for Search {
    fn default() -> Self {
        Self { trials: 150, state: None }
    }
}

/// How kernels do on the newest tenth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Share of moments whose next item is among the first twenty, in percent.
    pub recall: f64,
    /// Mean of one over its rank there, in percent.
    pub reciprocal_rank: f64,
}

impl Standing {
    fn merit(self) -> f64 {
        self.recall + RANK_WEIGHT * self.reciprocal_rank
    }
}

/// Where a search stands.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Digest of the log and of the length of rows: kernels of another log do not fit.
    log: u64,
    /// Trials made.
    pub trials: u32,
    /// Moments they were scored on.
    pub moments: usize,
    /// The best so far.
    pub kernels: Kernels,
    /// How it does.
    pub standing: Standing,
    /// How the defaults do.
    pub defaults: Standing,
    step: f64,
    seed: u64,
}

/// Searches. `progress` is told of every trial. `None` if the log is too short to tell better from luckier.
///
/// # Errors
/// [`TrainError::File`] or [`TrainError::Search`] if the state cannot be read, is another log's, or cannot
/// be written.
pub fn search(
    log: &Log,
    neighbours: usize,
    options: &Search,
    progress: &mut dyn FnMut(&State),
) -> Result<Option<State>, TrainError> {
    let cut = log.ends.len() - log.ends.len() / 10;
    let all: Vec<Moment> = log.sessions().skip(cut).flat_map(moments).collect();
    if all.len() < MINIMUM {
        return Ok(None);
    }
    let every = all.len().div_ceil(MOMENTS);
    let sample: Vec<Moment> = all.into_iter().step_by(every).collect();
    let counts = Counts::new(log, 0..cut);
    let standing = |kernels: &Kernels| standing(&counts, kernels, neighbours, &sample);
    let digest = digest(log, neighbours);
    let mut state = match options.state.as_deref().map(read).transpose()?.flatten() {
        Some((path, state)) if state.log != digest => {
            return Err(TrainError::Search { path, why: "it belongs to another log or other rows".into() });
        }
        Some((_, state)) => state,
        None => {
            let kernels = Kernels::default();
            let defaults = standing(&kernels);
            let moments = sample.len();
            State { log: digest, trials: 0, moments, kernels, standing: defaults, defaults, step: 0.35, seed: 0x5107_3153 }
        }
    };
    let dials = dials(counts.has_deeds());
    while state.trials < options.trials {
        progress(&state);
        let kernels = turned(&mut state, &dials);
        let found = standing(&kernels);
        state.trials += 1;
        if found.merit() > state.standing.merit() {
            (state.kernels, state.standing) = (kernels, found);
            state.step = (state.step * 1.3).min(0.5);
        } else {
            state.step = (state.step * 0.97).max(0.05);
        }
        if let Some(path) = &options.state
            && (state.trials % 10 == 0 || state.trials == options.trials)
        {
            write(path, &state)?;
        }
    }
    Ok(Some(state))
}

/// The dials worth turning: what a cart weighs is none where there are no carts.
fn dials(has_deeds: bool) -> Vec<usize> {
    let mut kernels = Kernels::default();
    let dials = kernels.dials();
    (0..dials.len()).filter(|at| has_deeds || dials[*at].0 != "deed").collect()
}

/// The best kernels with one to four dials turned.
fn turned(state: &mut State, dials: &[usize]) -> Kernels {
    let mut kernels = state.kernels;
    for _ in 0..1 + below(&mut state.seed, 4) {
        let (_, value, largest) = &mut kernels.dials()[dials[below(&mut state.seed, dials.len())]];
        let turn = state.step * normal(&mut state.seed);
        // Near nothing a factor would move nothing.
        **value = if **value < 0.05 { **value + 0.1 * turn.abs() } else { **value * turn.exp() }.clamp(0.0, *largest);
    }
    kernels
}

/// Marsaglia's xorshift; a search needs no better chance.
fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

fn below(seed: &mut u64, limit: usize) -> usize {
    (next(seed) % limit as u64) as usize
}

/// About a normal deviate: twelve uniform ones, added up.
fn normal(seed: &mut u64) -> f64 {
    (0..12).map(|_| (next(seed) >> 11) as f64 / (1_u64 << 53) as f64).sum::<f64>() - 6.0
}

fn standing(counts: &Counts, kernels: &Kernels, neighbours: usize, moments: &[Moment]) -> Standing {
    let rows = Rows(counts.rows(kernels, neighbours).par_iter().map(levels).collect());
    let kernel = kernels.scoring();
    let places: Vec<Option<usize>> = moments
        .par_iter()
        .map_init(Scratch::default, |scratch, moment| {
            let ranked = rank(&kernel, &rows, &moment.trail, PLACES, true, scratch);
            ranked.iter().position(|best| best.item == moment.target)
        })
        .collect();
    let share = 100.0 / moments.len() as f64;
    let found = || places.iter().flatten();
    Standing {
        recall: share * found().count() as f64,
        reciprocal_rank: share * found().map(|place| 1.0 / (*place + 1) as f64).sum::<f64>(),
    }
}

/// Rows in the steps of a snapshot, not packed yet.
struct Rows(Vec<Levelled>);

impl Table for Rows {
    fn items(&self) -> usize {
        self.0.len()
    }

    fn row(&self, item: u32) -> (u32, impl Iterator<Item = (u32, u32)>) {
        let (packed, entries) = &self.0[item as usize];
        (scale(*packed), entries.iter().copied())
    }
}

fn digest(log: &Log, neighbours: usize) -> u64 {
    let mut bytes = Vec::with_capacity(log.events.len() * 13);
    for event in &log.events {
        bytes.extend(event.time_ms.to_le_bytes());
        bytes.extend(event.item.to_le_bytes());
        bytes.push(event.kind as u8);
    }
    xxh64(&bytes, neighbours as u64)
}

fn read(path: &Path) -> Result<Option<(PathBuf, State)>, TrainError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(TrainError::File { path: path.to_owned(), source }),
    };
    let state: State = serde_json::from_str(&text)
        .map_err(|error| TrainError::Search { path: path.to_owned(), why: error.to_string() })?;
    Ok(Some((path.to_owned(), state)))
}

fn write(path: &Path, state: &State) -> Result<(), TrainError> {
    let fail = |source| TrainError::File { path: path.to_owned(), source };
    let text = serde_json::to_string_pretty(state).map_err(|error| fail(error.into()))?;
    let temporary = path.with_extension("partial");
    fs::write(&temporary, text + "\n").map_err(fail)?;
    fs::rename(&temporary, path).map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sessions that walk along a ring of 60 items, now and then going back.
    fn log() -> Log {
        let mut seed = 7;
        let mut sessions: Vec<Vec<u32>> = Vec::new();
        for _ in 0..8_000 {
            let mut session = vec![below(&mut seed, 60) as u32];
            for _ in 0..3 {
                let step = if below(&mut seed, 4) == 0 { session[0] } else { (session[session.len() - 1] + 1) % 60 };
                session.push(step);
            }
            sessions.push(session);
        }
        Log::of_items(&sessions)
    }

    #[test]
    fn a_search_finds_better_kernels_than_the_defaults_and_the_same_ones_again() {
        let log = log();
        let options = Search { trials: 12, state: None };
        let one = search(&log, 8, &options, &mut |_| ()).unwrap().unwrap();
        assert!(one.standing.merit() > one.defaults.merit());
        let again = search(&log, 8, &options, &mut |_| ()).unwrap().unwrap();
        assert_eq!(again.kernels, one.kernels);
    }

    #[test]
    fn a_search_that_was_stopped_goes_on_where_it_was() {
        let path = std::env::temp_dir().join(format!("slotwise-search-{}", std::process::id()));
        let _ = fs::remove_file(&path);
        let log = log();
        let trials = |trials| Search { trials, state: Some(path.clone()) };
        let whole = search(&log, 8, &Search { trials: 12, state: None }, &mut |_| ()).unwrap().unwrap();
        search(&log, 8, &trials(5), &mut |_| ()).unwrap();
        let mut made = 0;
        let rest = search(&log, 8, &trials(12), &mut |_| made += 1).unwrap().unwrap();
        assert_eq!((made, rest.kernels), (7, whole.kernels));
        let other = search(&log, 9, &trials(12), &mut |_| ());
        assert!(matches!(other, Err(TrainError::Search { .. })));
        fs::write(&path, "{}").unwrap();
        assert!(matches!(search(&log, 8, &trials(12), &mut |_| ()), Err(TrainError::Search { .. })));
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_short_log_is_not_searched() {
        assert!(search(&Log::of_items(&[&[1, 2], &[1, 2]]), 8, &Search::default(), &mut |_| ()).unwrap().is_none());
    }
}
