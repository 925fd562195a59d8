//! The hyperparameter search: a shop's [`Kernels`], tuned on the newest tenth of its log (the validation tail).
//!
//! Rows are counted on the older nine tenths and scored on the examples of the tail, by the code that also scores in a
//! page. The search is a pattern search with a step of its own for each number ("dial"): try a step up, then a step down;
//! keep what does better and lengthen the step, else halve it (Hooke and Jeeves, JACM 1961). It needs no gradient, which
//! recall at 20 does not have, and far fewer trials than a random search over 23 dials.
//!
//! It begins at the best of a few [starts](Kernels::starts), and of yesterday's kernels if there are any.
//!
//! Dials that only weight a session need no new rows and are cheap to try, so each round turns them twice.
//!
//! Invariants: nothing is timed or drawn, so the same log finds the same kernels. The test set is unknown here.

use super::count::{Counts, FLOOR};
use super::error::TrainError;
use super::example::{NextItem, examples};
use super::group::Group;
use super::index::Index;
use super::kernel::Kernels;
use super::table::{Heads, LevelledRows};
use super::trails::{self, CountedTrails};
use super::worth::Worth;
use crate::log::{ItemNumber, Log};
use crate::model::{History, RowTable, Scratch, is_before, rank};
use crate::snapshot::ItemIndex;
use crate::snapshot::rows::{LevelledTrails, levels, scale};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh64::xxh64;

/// Most validation examples. At 40,000 the standard error of a recall of 50 % is 0.25 points, and kernels are compared on
/// the same examples, which makes differences more certain than that. More would only take longer.
const EXAMPLES: usize = 40_000;
/// Fewest validation examples. With fewer the search would fit noise, so the defaults stay.
const MINIMUM: usize = 2_000;
/// Length of a recommended list, as in the published benchmarks.
const PLACES: usize = 20;
/// Weight of the mean reciprocal rank in the objective; recall weighs 1. Between good methods, MRR differs half as much as
/// recall does, so this makes both count alike.
const RANK_WEIGHT: f64 = 2.0;
/// First step of a dial: its value times `exp(0.4)`, about one and a half.
const STEP: f64 = 0.4;
/// Below this value a step is added instead of multiplied: no factor could move a dial away from 0.
const NEAR_NOTHING: f64 = 0.05;

/// By how much trail rows must raise the objective to be taken up at all, since they are the only dial that costs bytes: a
/// tenth of a point of MRR. The first value that is tried is [`TRAIL_WEIGHT`].
const TRAIL_WORTH: f64 = 0.2;
/// See [`TRAIL_WORTH`].
const TRAIL_WEIGHT: f64 = 1.5;

/// How to search.
#[derive(Clone, Debug)]
pub struct Search {
    /// Rounds through all dials; 0 keeps the kernels of the state file, or the defaults.
    pub rounds: u32,
    /// File that stores the search between runs. An interrupted search resumes from it. A finished one is not repeated. The
    /// state of another log (yesterday's) gives the kernels to start from.
    pub state: Option<PathBuf>,
}

impl Default for Search {
    fn default() -> Self {
        Self { rounds: 6, state: None }
    }
}

/// Quality of kernels on the validation tail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ValidationScore {
    /// Share of examples whose next item is among the first twenty, in percent.
    pub recall: f64,
    /// Mean of one over its rank there, in percent.
    pub reciprocal_rank: f64,
}

impl ValidationScore {
    /// What the search maximises.
    fn objective(self) -> f64 {
        self.recall + RANK_WEIGHT * self.reciprocal_rank
    }
}

/// The progress of a search, as its file stores it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Digest of the log, the number of neighbours and the minimum support: a state of other data must not be resumed.
    log: u64,
    /// Rounds completed.
    pub rounds: u32,
    /// Trials in them.
    pub trials: u32,
    /// Number of validation examples.
    #[serde(rename = "moments")]
    pub examples: usize,
    /// The best kernels so far.
    pub kernels: Kernels,
    /// Their score.
    #[serde(rename = "standing")]
    pub validation: ValidationScore,
    /// Score of the default kernels.
    pub defaults: ValidationScore,
    /// The next step of each dial, as a logarithm. Its sign is the direction to try first.
    steps: Vec<f64>,
}

/// What kernels are chosen for.
#[derive(Clone, Copy)]
pub struct Data<'a> {
    /// The log.
    pub log: &'a Log,
    /// What sister shops know, under its numbers.
    pub group: Option<&'a Group>,
    /// Neighbours per row.
    pub neighbours: usize,
    /// Minimum support of a pair.
    pub support: u32,
}

/// Searches for the best kernels. `progress` is called after each dial. `None` if the log has too few validation examples.
///
/// # Errors
/// [`TrainError::StateFile`] or [`TrainError::State`] if the state file cannot be read or written, or holds something else.
pub fn search(data: Data<'_>, options: &Search, progress: &mut dyn FnMut(&State)) -> Result<Option<State>, TrainError> {
    let Data { log, group, neighbours, support } = data;
    let digest = digest(data);
    let held = options.state.as_deref().map(read).transpose()?.flatten();
    if let Some(state) = &held
        && (options.rounds == 0 || state.log == digest && state.rounds >= options.rounds)
    {
        return Ok(held);
    }
    let Some((cut, sample)) = tail(log) else { return Ok(None) };
    let counts = &Counts::new(log, 0..cut).with_group(group.cloned());
    let mut tuner = Tuner { counts, neighbours, support, examples: &sample, rows: Tried::default() };
    let mut state = match held {
        Some(state) if state.log == digest => state,
        other => {
            let score = |kernels: Kernels| (kernels, tuner.rows_of(&kernels).score(&kernels, &sample));
            let starts = Kernels::starts().into_iter().chain(other.map(|state| state.kernels));
            let starts: Vec<(Kernels, ValidationScore)> = starts.map(score).collect();
            let (_, defaults) = starts[0];
            // The best of them; of equal ones the first.
            let better = |best: (Kernels, ValidationScore), next: &(Kernels, ValidationScore)| {
                if next.1.objective() > best.1.objective() { *next } else { best }
            };
            let (kernels, validation) = starts[1..].iter().fold(starts[0], better);
            let steps = vec![STEP; kernels.clone().dials().len()];
            State { log: digest, rounds: 0, trials: 0, examples: sample.len(), kernels, validation, defaults, steps }
        }
    };
    // Without carts and purchases in the log, their weight changes nothing, and its trials would be wasted.
    let has_conversions = tuner.counts.index().is_some_and(Index::has_deeds);
    let dials: Vec<usize> =
        (0..state.steps.len()).filter(|dial| has_conversions || !Kernels::is_of_conversions(*dial)).collect();
    tuner.rows = tuner.rows_of(&state.kernels);
    while state.rounds < options.rounds {
        let (of_rows, of_session): (Vec<usize>, Vec<usize>) =
            dials.iter().partition(|dial| Kernels::is_of_rows(**dial));
        for dial in of_session.iter().chain(&of_rows).chain(&of_session) {
            tuner.turn(&mut state, *dial);
            progress(&state);
        }
        state.rounds += 1;
        if let Some(path) = &options.state {
            write(path, &state)?;
        }
    }
    Ok(Some(state))
}

/// How many sessions come before the validation tail, and examples from it; `None` if it has too few.
fn tail(log: &Log) -> Option<(usize, Vec<NextItem>)> {
    let cut = log.ends.len() - log.ends.len() / 10;
    let people = || log.sessions().enumerate().skip(cut).filter(|(number, _)| !log.is_flood(*number));
    let all = || people().flat_map(|(_, session)| examples(session));
    let count = all().count();
    // Every n-th example, so that the sample covers all of the tail.
    (count >= MINIMUM).then(|| (cut, all().step_by(count.div_ceil(EXAMPLES)).collect()))
}

/// Scores of whole rows, and of rows without the entries that are worth less than a bucket of [`Worth`]: what a budget costs.
/// `None` if the log has too few validation examples.
pub fn shortened(
    log: &Log,
    kernels: &Kernels,
    neighbours: usize,
    support: u32,
    lowest: usize,
) -> Option<[ValidationScore; 2]> {
    let (cut, sample) = tail(log)?;
    let counts = Counts::new(log, 0..cut);
    let rows = counts.rows(kernels, neighbours, support, FLOOR);
    let worth = Worth::of(&rows, |item| counts.count(item));
    let score = |heads: Heads<'_>| {
        let trails = trails::bounded(trails_of(&counts, kernels, support), heads.entries());
        let tried = Tried {
            rows: LevelledRows::make(heads.len(), |own| levels(heads.row(own))),
            trails: trails.par_iter().map(trails::levels).collect(),
        };
        tried.score(kernels, &sample)
    };
    Some([score(Heads::whole(&rows)), score(worth.above(&rows, lowest))])
}

/// The trails of a log's own counts.
fn trails_of(counts: &Counts, kernels: &Kernels, support: u32) -> Vec<CountedTrails> {
    counts.index().map_or_else(Vec::new, |index| trails::rows(index, kernels, support))
}

/// Scores kernels on the validation examples.
struct Tuner<'a> {
    counts: &'a Counts,
    neighbours: usize,
    support: u32,
    examples: &'a [NextItem],
    /// Rows of the best kernels so far, reused while dials that only weight a session are turned.
    rows: Tried,
}

impl Tuner<'_> {
    /// Tries a dial's step in one direction and, if that does no better, in the other.
    fn turn(&mut self, state: &mut State, dial: usize) {
        for way in [1.0, -1.0] {
            let mut kernels = state.kernels;
            let (_, value, largest) = &mut kernels.dials()[dial];
            let step = way * state.steps[dial];
            let begins = Kernels::is_of_trails(dial) && **value == 0.0;
            let turned = match **value {
                _ if begins && way > 0.0 => TRAIL_WEIGHT,
                small if small < NEAR_NOTHING => small + 0.1 * step,
                value => value * step.exp(),
            };
            **value = turned.clamp(0.0, *largest);
            if kernels == state.kernels {
                continue;
            }
            let rows = Kernels::is_of_rows(dial).then(|| self.rows_of(&kernels));
            let found = rows.as_ref().unwrap_or(&self.rows).score(&kernels, self.examples);
            state.trials += 1;
            let worth = if begins { TRAIL_WORTH } else { 0.0 };
            if found.objective() > state.validation.objective() + worth {
                (state.kernels, state.validation) = (kernels, found);
                // Onwards in the direction that worked, at most by a factor of e.
                state.steps[dial] = (step * 1.5).clamp(-1.0, 1.0);
                self.rows = rows.unwrap_or(std::mem::take(&mut self.rows));
                return;
            }
        }
        state.steps[dial] *= 0.5;
    }

    /// Counts the rows of these kernels, quantised as a snapshot stores them: what is tuned is what will be served.
    fn rows_of(&self, kernels: &Kernels) -> Tried {
        let rows = self.counts.rows(kernels, self.neighbours, self.support, FLOOR);
        let trails = trails::bounded(trails_of(self.counts, kernels, self.support), rows.entries());
        Tried {
            rows: LevelledRows::make(rows.len(), |own| levels(rows.row(own))),
            trails: trails.par_iter().map(trails::levels).collect(),
        }
    }
}

/// Rows with the quantised weights of a snapshot, but not packed: packing takes time and changes no score. Nor
/// renumbered yet: an index is the log's number here.
#[derive(Default)]
struct Tried {
    rows: LevelledRows,
    /// Empty if the kernels want none.
    trails: Vec<LevelledTrails<u32>>,
}

impl RowTable for Tried {
    fn items(&self) -> usize {
        self.rows.len()
    }

    fn row(&self, item: ItemIndex) -> (u32, impl Iterator<Item = (ItemIndex, u32)>) {
        let (packed, entries) = self.rows.row(item.place());
        (scale(packed), entries.map(|(item, level)| (ItemIndex::new(item), level)))
    }

    fn trails(&self, history: &History, mut visit: impl FnMut(u32, ItemIndex, u32)) {
        let Some((newest, before)) = history.split_first() else { return };
        let Some((packed, groups)) = self.trails.get(newest.item.place()) else { return };
        for (_, followers) in groups.iter().filter(|(item, _)| is_before(before, ItemIndex::new(*item))) {
            for (item, level) in followers {
                visit(scale(*packed), ItemIndex::new(*item), *level);
            }
        }
    }
}

impl Tried {
    /// Recall and reciprocal rank of the examples.
    fn score(&self, kernels: &Kernels, examples: &[NextItem]) -> ValidationScore {
        let kernel = kernels.scoring();
        let places: Vec<Option<usize>> = examples
            .par_iter()
            .map_init(Scratch::default, |scratch, example| {
                let ranked = rank(&kernel, self, &example.history, PLACES, true, scratch);
                ranked.iter().position(|best| best.item == example.target)
            })
            .collect();
        let share = 100.0 / examples.len() as f64;
        let found = || places.iter().flatten();
        ValidationScore {
            recall: share * found().count() as f64,
            reciprocal_rank: share * found().map(|place| 1.0 / (*place + 1) as f64).sum::<f64>(),
        }
    }
}

/// Digest of everything the search depends on: items and kinds of all events, their times, the number of neighbours and the
/// minimum support.
fn digest(Data { log, group, neighbours, support }: Data<'_>) -> u64 {
    let mut bytes = Vec::with_capacity(log.events.len() * 13);
    for event in &log.events {
        bytes.extend(event.time_ms.to_le_bytes());
        bytes.extend(event.item.map_or(u32::MAX, ItemNumber::get).to_le_bytes());
        bytes.push(event.kind as u8);
    }
    for looks in group.iter().flat_map(|group| &group.looks) {
        bytes.extend(looks.to_le_bytes());
    }
    xxh64(&bytes, neighbours as u64 | u64::from(support.saturating_sub(1)) << 32)
}

/// The kernels of a state file; the defaults if there is none.
///
/// # Errors
/// [`TrainError::StateFile`] or [`TrainError::State`].
pub fn kernels_of(path: Option<&Path>) -> Result<Kernels, TrainError> {
    let held = path.map(read).transpose()?.flatten();
    Ok(held.map_or_else(Kernels::default, |state| state.kernels))
}

/// Reads a state file; `None` if there is none yet.
fn read(path: &Path) -> Result<Option<State>, TrainError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(TrainError::StateFile { path: path.to_owned(), source }),
    };
    let refuse = |found: String| TrainError::State { path: path.to_owned(), found };
    let state: State = serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
    let dials = state.kernels.clone().dials().len();
    if state.steps.len() != dials {
        return Err(refuse(format!("{} steps for {dials} dials", state.steps.len())));
    }
    Ok(Some(state))
}

/// Writes a state file. Renaming is atomic, so a crash leaves the old state or the new one, never half of it.
fn write(path: &Path, state: &State) -> Result<(), TrainError> {
    let fail = |source| TrainError::StateFile { path: path.to_owned(), source };
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
        let mut seed = 7_u64;
        let mut below = |limit: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((seed >> 33) % limit) as u32
        };
        let mut sessions: Vec<Vec<u32>> = Vec::new();
        for _ in 0..8_000 {
            let mut session = vec![below(60)];
            for _ in 0..3 {
                let step = if below(4) == 0 { session[0] } else { (session[session.len() - 1] + 1) % 60 };
                session.push(step);
            }
            sessions.push(session);
        }
        Log::of_items(&sessions)
    }

    fn data(log: &Log, neighbours: usize) -> Data<'_> {
        Data { log, group: None, neighbours, support: 1 }
    }

    #[test]
    fn a_search_finds_better_kernels_than_the_defaults_and_the_same_ones_again() {
        let log = log();
        let options = Search { rounds: 1, state: None };
        let one = search(data(&log, 8), &options, &mut |_| ()).unwrap().unwrap();
        assert!(one.validation.objective() > one.defaults.objective());
        let again = search(data(&log, 8), &options, &mut |_| ()).unwrap().unwrap();
        assert_eq!(again.kernels, one.kernels);
    }

    #[test]
    fn a_search_that_was_stopped_goes_on_where_it_was() {
        let path = std::env::temp_dir().join(format!("slotwise-search-{}", std::process::id()));
        let _ = fs::remove_file(&path);
        let log = log();
        let rounds = |rounds| Search { rounds, state: Some(path.clone()) };
        let whole = search(data(&log, 8), &Search { rounds: 3, state: None }, &mut |_| ()).unwrap().unwrap();
        let part = search(data(&log, 8), &rounds(1), &mut |_| ()).unwrap().unwrap();
        assert_eq!(
            search(data(&log, 8), &rounds(1), &mut |_| panic!("a trial")).unwrap().unwrap().kernels,
            part.kernels
        );
        let rest = search(data(&log, 8), &rounds(3), &mut |_| ()).unwrap().unwrap();
        assert_eq!((rest.trials, rest.kernels), (whole.trials, whole.kernels));
        let short = Log::of_items(&[&[1, 2], &[1, 2]]);
        let taken = search(data(&short, 8), &rounds(0), &mut |_| panic!("a trial")).unwrap().unwrap();
        assert_eq!(taken.kernels, rest.kernels);
        let begun = search(data(&log, 9), &rounds(1), &mut |_| ()).unwrap().unwrap();
        assert!(begun.rounds == 1 && begun.validation.objective() >= rest.validation.objective() - 1.0);
        fs::write(&path, "{}").unwrap();
        assert!(matches!(search(data(&log, 8), &rounds(3), &mut |_| ()), Err(TrainError::State { .. })));
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_short_log_is_not_searched() {
        assert!(
            search(data(&Log::of_items(&[&[1, 2], &[1, 2]]), 8), &Search::default(), &mut |_| ()).unwrap().is_none()
        );
    }
}
