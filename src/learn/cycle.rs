//! One turn of the loop: read the log, watch for drift, decide about a canary, train a candidate, judge it, publish it.

use super::arms::{self, Earned};
use super::days::{self, Days};
use super::drift::{self, Limits};
use super::error::LearnError;
use super::gate::{self, Judgement, Rule, Verdict};
use super::history::{self, History};
use super::journal::{Journal, Phase, Step};
use super::{webhook, window};
use crate::experiment::canary::{self, Canary, Comparison};
use crate::experiment::{Goal, Plans, Trial, Trials};
use crate::log::{Log, LogFiles};
use crate::model::Model;
use crate::origin::publish::change::{self, Settings};
use crate::origin::publish::{self, Publication, PublishError, Target};
use crate::plan::off;
use crate::snapshot::SnapshotId;
use crate::train::{self, train};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// What the loop works on.
pub struct Options {
    /// Folder of the origin's log.
    pub log: PathBuf,
    /// How many of the newest days of the log are learned from; `None` for all.
    pub days: Option<u32>,
    /// How many of these are read visit by visit, the newest. Older ones count by the sums that are kept of them.
    pub recent: u32,
    /// Folder of the loop: its journal, and what it keeps of older days.
    pub state: PathBuf,
    /// Folder or store that is published to.
    pub site: String,
    /// Keys that sign the manifest.
    pub keys: Vec<SigningKey>,
    /// The trainer's options. Its log files are set by the loop.
    pub train: train::Options,
    /// When a candidate passes, and how many new visits a turn needs.
    pub rule: Rule,
    /// Share of the visits that try a new snapshot first, in ten-thousandths; `None` for all at once.
    pub canary: Option<u16>,
    /// What a canary is judged by.
    pub goal: Goal,
    /// When it is promoted or withdrawn.
    pub canary_rule: canary::Rule,
    /// From which values on monitors raise an alarm.
    pub limits: Limits,
    /// Address that is told of alarms.
    pub webhook: Option<String>,
    /// Snapshots that are kept.
    pub keep: usize,
}

/// What a turn came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A snapshot was published for all visits.
    Published,
    /// A snapshot was published as a canary, or the canary's was promoted or withdrawn.
    Tried,
    /// The candidate was refused.
    Refused,
    /// There is not enough to tell yet.
    Waits,
}

/// A journal that also prints its sentences.
pub struct Told<'a> {
    /// The journal.
    pub journal: &'a mut Journal,
    /// Takes each sentence.
    pub say: &'a mut dyn FnMut(String),
}

impl Told<'_> {
    fn add(&mut self, step: Step, phase: Phase, note: String, facts: Value) -> Result<(), LearnError> {
        let entry = self.journal.append(now_ms(), step, phase, note, facts)?;
        (self.say)(entry.sentence());
        Ok(())
    }

    /// Makes a step, with a line when it begins and one when it ends.
    fn step<T>(
        &mut self,
        step: Step,
        facts: Value,
        work: impl FnOnce() -> Result<(T, String, Value), LearnError>,
    ) -> Result<T, LearnError> {
        self.add(step, Phase::Begun, String::new(), facts)?;
        match work() {
            Ok((made, note, facts)) => {
                self.add(step, Phase::Done, note, facts)?;
                Ok(made)
            }
            Err(error) => {
                self.add(step, Phase::Failed, error.to_string(), Value::Null)?;
                Err(error)
            }
        }
    }
}

/// Milliseconds since 1970.
fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}

/// Tells of a step that an earlier program has begun and not ended, and of what it left.
///
/// # Errors
/// A [`LearnError`] of the journal.
pub fn recover(options: &Options, told: &mut Told<'_>) -> Result<(), LearnError> {
    let Some(entry) = told.journal.unfinished() else { return Ok(()) };
    let mut note = "the program was stopped in it; nothing of it is in use".to_owned();
    if matches!(entry.step, Step::Publish | Step::Canary | Step::Arms) {
        let manifest = publish::to_read(&options.site).and_then(|target| publish::manifest(&*target, None));
        let wanted = entry.facts["snapshot"].as_str().unwrap_or("-").to_owned();
        note = match manifest.map(|signed| signed.manifest) {
            Ok(manifest) if manifest.current.snapshot == wanted => format!("snapshot {wanted} is in use"),
            Ok(manifest) if manifest.canary.as_ref().is_some_and(|canary| canary.release.snapshot == wanted) => {
                format!("snapshot {wanted} is out as a canary")
            }
            Ok(manifest) => format!("the manifest was not replaced; snapshot {} is in use", manifest.current.snapshot),
            Err(PublishError::Nothing { .. }) => "nothing is published yet".into(),
            Err(error) => format!("what is published cannot be read: {error}"),
        };
    }
    told.add(entry.step, Phase::Stopped, note, entry.facts)
}

/// Makes one turn.
///
/// # Errors
/// A [`LearnError`]. What was published before is still in use, and the journal says where the turn ended.
pub fn turn(options: &Options, told: &mut Told<'_>) -> Result<Ended, LearnError> {
    told.journal.begin_turn();
    let target = publish::to_read(&options.site)?;
    let days = days::part(&options.log, options.days, options.recent)?;
    let log = told.step(Step::Read, Value::Null, || read(options, &days, &*target))?;
    let Some(live) = live(options, &*target)? else { return first(options, told, &log, &days) };
    let unseen_from_ms = told.journal.unseen_from(&live.id().hex())?.unwrap_or(live.meta().newest_ms + 1);
    watch(options, told, &log, &live, unseen_from_ms)?;
    if let Some(ended) = try_canary(options, told, &log, &*target)? {
        return Ok(ended);
    }
    let trials = Trials::of(&log.exposures, &plans(&*target, &log)?).trials;
    let parts = window::part(&log, unseen_from_ms, options.rule.minimum);
    let Some(mut parts) = parts else {
        let new = window::newer(&log, unseen_from_ms);
        let note = format!(
            "waits: {new} visits are new to the snapshot in use, expected {} for a window and as many to learn from",
            2 * options.rule.minimum
        );
        told.add(Step::Judge, Phase::Done, note, json!({ "new_visits": new }))?;
        explore(options, told, &live, &trials, unseen_from_ms)?;
        return Ok(Ended::Waits);
    };
    drop(log);
    let base = live.bytes().to_vec();
    let candidate = trained(options, told, &*target, &mut parts.known, &days, base)?;
    let id = publish::id_of(&candidate);
    let facts = json!({ "live": live.id().hex(), "candidate": id.hex() });
    let judgement = told.step(Step::Judge, facts, || {
        let model = Model::open(&candidate[..], id)?;
        let judgement = gate::judge(&parts.window, &live, &model, options.rule);
        let word = match judgement.verdict {
            Verdict::Publish => "passes",
            Verdict::Refuse => "is refused",
            Verdict::Wait => "waits",
        };
        let note = format!("candidate {} {word}: {}", id.short(), judgement.why);
        let facts = json!(judgement);
        Ok((judgement, note, facts))
    })?;
    let Judgement { verdict, .. } = judgement;
    if verdict != Verdict::Publish {
        explore(options, told, &live, &trials, unseen_from_ms)?;
    }
    match verdict {
        Verdict::Refuse => Ok(Ended::Refused),
        Verdict::Wait => Ok(Ended::Waits),
        Verdict::Publish => publish(options, told, &candidate, id, window::unseen_from(&parts.known), options.canary),
    }
}

/// The first snapshot: there is nothing to compare it with.
fn first(options: &Options, told: &mut Told<'_>, log: &Log, days: &Days) -> Result<Ended, LearnError> {
    if log.ends.len() < options.rule.minimum {
        let note = format!("waits: {} visits, expected {} for a first snapshot", log.ends.len(), options.rule.minimum);
        told.add(Step::Judge, Phase::Done, note, json!({ "new_visits": log.ends.len() }))?;
        return Ok(Ended::Waits);
    }
    let mut known = log.clone();
    let target = publish::to_read(&options.site)?;
    let candidate = trained(options, told, &*target, &mut known, days, Vec::new())?;
    let id = publish::id_of(&candidate);
    publish(options, told, &candidate, id, window::unseen_from(&known), None)
}

/// Reads the newest days of the log.
fn read(options: &Options, days: &Days, target: &dyn Target) -> Result<(Log, String, Value), LearnError> {
    // Visits that began on the last older day may go on in the first that is read. They count with the older one.
    let last = days.older.last();
    let events = last.iter().map(|(_, path)| path).chain(&days.read).cloned().collect();
    let files = LogFiles { events, ..options.train.log.clone() };
    let (mut log, summary) = files.read()?;
    let older = last.map_or(0, |(day, _)| history::before(&log, day.next()));
    if older > 0 {
        // Half a session more, so that rounding down gives the number that is meant.
        log = log.split((older as f64 + 0.5) / log.ends.len() as f64).1;
    }
    let plans = plans(target, &log)?;
    Trials::of(&log.exposures, &plans).tell_offers(&mut log);
    let (visits, simulated) = (summary.sessions, summary.simulated_visits);
    let mut note = format!("{visits} visits, {} events, {} products", summary.events, summary.items);
    if simulated > 0 {
        let _ = write!(note, "; {simulated} simulated visits, no people");
    }
    Ok((
        log,
        note,
        json!({ "visits": visits, "events": summary.events, "simulated_visits": simulated, "notes": summary.notes }),
    ))
}

/// The plans that exposures name; none before the first publication.
fn plans(target: &dyn Target, log: &Log) -> Result<Plans, LearnError> {
    match publish::plans(target, &log.exposures) {
        Err(PublishError::Nothing { .. }) => Ok(Plans::default()),
        found => Ok(found?),
    }
}

/// The snapshot in use, which one of the keys must have signed; `None` before the first publication.
fn live(options: &Options, target: &dyn Target) -> Result<Option<Model<Vec<u8>>>, LearnError> {
    let public: Vec<[u8; 32]> = options.keys.iter().map(|key| *key.verifying_key().as_bytes()).collect();
    match publish::open(target, Some(&public)) {
        Err(PublishError::Nothing { .. }) => Ok(None),
        found => Ok(Some(found?)),
    }
}

fn watch(
    options: &Options,
    told: &mut Told<'_>,
    log: &Log,
    live: &Model<Vec<u8>>,
    unseen_from_ms: u64,
) -> Result<(), LearnError> {
    told.step(Step::Watch, Value::Null, || {
        let readings = drift::watch(log, live, unseen_from_ms, options.limits);
        let alarms: Vec<&drift::Reading> = readings.iter().filter(|reading| reading.alarm).collect();
        let words: Vec<String> = alarms.iter().map(|reading| reading.words()).collect();
        let mut note = match (readings.is_empty(), words.is_empty()) {
            (true, _) => "too few visits that the snapshot in use knows, or too few newer ones".into(),
            (false, true) => "no drift".into(),
            (false, false) => format!("drift: {}", words.join("; ")),
        };
        if let Some(address) = options.webhook.as_ref().filter(|_| !alarms.is_empty())
            && let Err(why) = webhook::post(address, &options.site, now_ms(), &alarms)
        {
            let _ = write!(note, ". The webhook was not told: {why}");
        }
        Ok(((), note, json!({ "readings": readings })))
    })
}

/// Decides about a canary that is out. `None` if there is none.
fn try_canary(
    options: &Options,
    told: &mut Told<'_>,
    log: &Log,
    target: &dyn Target,
) -> Result<Option<Ended>, LearnError> {
    let now = publish::manifest(target, None)?.manifest;
    let Some(out) = now.canary.clone() else { return Ok(None) };
    let facts = json!({ "snapshot": out.release.snapshot });
    told.step(Step::Canary, facts, || {
        let since_ms = publish::since(target, &now)?;
        let tried =
            Canary { current: &now.current.snapshot, canary: &out.release.snapshot, share: out.share, since_ms };
        let (verdict, why) =
            Comparison::of(&log.exposures, &plans(target, log)?, tried, options.goal).verdict(options.canary_rule);
        let word = match verdict {
            canary::Verdict::Wait => "waits",
            canary::Verdict::Promote => "promoted",
            canary::Verdict::Withdraw => "withdrawn",
        };
        if verdict != canary::Verdict::Wait {
            let target = publish::to_write(&options.site)?;
            let publication = Publication::begin(&*target, &options.keys, now_ms(), None)?;
            if publication.existing()?.canary.as_ref() == Some(&out) {
                match verdict {
                    canary::Verdict::Promote => change::promote(publication)?,
                    _ => change::withdraw(publication)?,
                };
            }
        }
        let ended = if verdict == canary::Verdict::Wait { Ended::Waits } else { Ended::Tried };
        Ok((Some(ended), format!("canary {:.12} {word}: {why}", out.release.snapshot), Value::Null))
    })
}

/// Trains a candidate. Newer visits count more, as the search for kernels finds best.
fn trained(
    options: &Options,
    told: &mut Told<'_>,
    target: &dyn Target,
    known: &mut Log,
    days: &Days,
    base: Vec<u8>,
) -> Result<Vec<u8>, LearnError> {
    let mut train_options = train::Options { base, ..options.train.clone() };
    if !days.older.is_empty() {
        let History { older, .. } = told.step(Step::Days, Value::Null, || added_up(options, known, days))?;
        train_options.older = older;
    }
    told.step(Step::Train, Value::Null, || {
        let trials = Trials::of(&known.exposures, &plans(target, known)?);
        let trained = train(known, &trials.trials, &train_options)?;
        let id = publish::id_of(&trained.bytes);
        let note = format!("candidate {} of {} visits, {} bytes", id.short(), known.ends.len(), trained.bytes.len());
        Ok((trained.bytes, note, json!({ "candidate": id.hex() })))
    })
}

/// Counts the days that are not read again, as far as that was not done before.
fn added_up(options: &Options, known: &Log, days: &Days) -> Result<(History, String, Value), LearnError> {
    let kernels = history::kernels(&options.state, known, &options.train)?;
    let history = history::refresh(&options.state, days, &options.train.log, kernels)?;
    let History { counted, kept, bytes, .. } = &history;
    let names: Vec<String> = counted.iter().map(ToString::to_string).collect();
    let note = match names.as_slice() {
        [] => format!("{kept} days by their sums, {bytes} bytes"),
        [only] => format!("{kept} days by their sums, counted {only}, {bytes} bytes"),
        [first, .., last] => {
            format!("{kept} days by their sums, counted {} from {first} to {last}, {bytes} bytes", names.len())
        }
    };
    let facts = json!({ "kept": kept, "counted": names, "bytes": bytes });
    Ok((history, note, facts))
}

/// Publishes the snapshot in use again if its arms have earned other shares. It knows the same visits as before.
fn explore(
    options: &Options,
    told: &mut Told<'_>,
    live: &Model<Vec<u8>>,
    trials: &[Trial],
    unseen_from_ms: u64,
) -> Result<(), LearnError> {
    let Some((bytes, earned)) = arms::updated(live, trials) else { return Ok(()) };
    let id = publish::id_of(&bytes);
    told.step(Step::Arms, json!({ "snapshot": id.hex(), "unseen_from_ms": unseen_from_ms }), || {
        let target = publish::to_write(&options.site)?;
        let publication = Publication::begin(&*target, &options.keys, now_ms(), None)?;
        let (signed, notes) = change::snapshot(publication, &bytes, None, false, Settings::default())?;
        let removed = publish::prune(&*target, options.keep, now_ms()).ok();
        let words: Vec<String> = earned.iter().map(Earned::words).collect();
        let note = format!("snapshot {}, manifest {}: {}", id.short(), signed.manifest.sequence, words.join("; "));
        Ok(((), note, json!({ "snapshot": id.hex(), "arms": earned, "removed": removed, "notes": notes })))
    })
}

/// Publishes a candidate for all visits, or for a share of them.
fn publish(
    options: &Options,
    told: &mut Told<'_>,
    candidate: &[u8],
    id: SnapshotId,
    unseen_from_ms: u64,
    canary: Option<u16>,
) -> Result<Ended, LearnError> {
    told.step(Step::Publish, json!({ "snapshot": id.hex(), "unseen_from_ms": unseen_from_ms }), || {
        let target = publish::to_write(&options.site)?;
        let publication = Publication::begin(&*target, &options.keys, now_ms(), None)?;
        publication.check_keys()?;
        let settings = Settings { off: options.train.plan.as_deref().and_then(off), ..Settings::default() };
        let (signed, notes) = change::snapshot(publication, candidate, canary, false, settings)?;
        // The snapshot is published. What is left costs room only.
        let removed = publish::prune(&*target, options.keep, now_ms());
        let whom = canary.map_or("all visits".into(), |share| format!("{} % of the visits", f64::from(share) / 100.0));
        let note = format!("snapshot {} for {whom}, manifest {}", id.short(), signed.manifest.sequence);
        let facts = json!({ "snapshot": id.hex(), "removed": removed.ok(), "notes": notes });
        Ok((if canary.is_some() { Ended::Tried } else { Ended::Published }, note, facts))
    })
}
