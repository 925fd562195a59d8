//! Erasure: takes events out of a lake by rule.
//!
//! Each day is rewritten as a whole. An erasure that was interrupted is finished by giving it again.

use super::day::LakeDay;
use super::error::LakeError;
use super::journal;
use super::open::open;
use crate::log::parquet::Kept;
use std::collections::HashSet;
use std::path::Path;
use std::str::FromStr;

/// Which events to erase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Those of the shop's own session with an id.
    Session(String),
    /// Those of the visitor whom the shop calls so.
    User(String),
    /// The event with an id.
    EventId(String),
    /// Those of a visit: all that are linked, directly or through others, to a digest of its session.
    Visit(String),
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((_, "")) | None => {}
            Some(("session", id)) => return Ok(Self::Session(id.into())),
            Some(("user", id)) => return Ok(Self::User(id.into())),
            Some(("event", id)) => return Ok(Self::EventId(id.into())),
            Some(("visit", digest)) if u64::from_str_radix(digest, 16).is_ok() => {
                return Ok(Self::Visit(digest.into()));
            }
            Some(_) => {}
        }
        Err("expected session=ID, user=ID, event=ID, or visit=DIGEST with up to 16 hexadecimal digits, as in `chain`"
            .into())
    }
}

impl Rule {
    /// What the journal calls it.
    fn name(&self) -> &'static str {
        match self {
            Self::Session(_) => "erase session",
            Self::User(_) => "erase user",
            Self::EventId(_) => "erase event",
            Self::Visit(_) => "erase visit",
        }
    }

    fn matches(&self, event: &Kept, digests: &HashSet<u64>) -> bool {
        match self {
            Self::Session(id) => event.session == *id,
            Self::User(id) => event.user == *id,
            Self::EventId(id) => event.raw.event_id.0 == *id,
            Self::Visit(_) => links(event).into_iter().flatten().any(|digest| digests.contains(&digest)),
        }
    }
}

/// Erases events from all days. Returns the number of days and of events.
///
/// # Errors
/// A [`LakeError`]; days before the one it names are rewritten.
pub fn erase(lake: &Path, rule: &Rule, now_ms: u64) -> Result<(u64, u64), LakeError> {
    let place = open(lake)?;
    let days = place.days()?;
    let mut digests = HashSet::new();
    if let Rule::Visit(digest) = rule {
        digests.extend(u64::from_str_radix(digest, 16));
        let mut pairs = Vec::new();
        for day in &days {
            LakeDay::open(&*place, *day)?.for_each(&mut |event| {
                if let [Some(before), Some(after)] = links(&event) {
                    pairs.push((before, after));
                }
                Ok(())
            })?;
        }
        join(&mut digests, &pairs);
    }
    let (mut affected, mut events) = (0, 0);
    for day in &days {
        let count = LakeDay::open(&*place, *day)?.without(&|event| rule.matches(event, &digests))?;
        affected += u64::from(count > 0);
        events += count;
    }
    place.note(&journal::line(now_ms, rule.name(), affected, Some(events)))?;
    Ok((affected, events))
}

/// The digests of the session before and after an event.
fn links(event: &Kept) -> [Option<u64>; 2] {
    let number = |text: &str| u64::from_str_radix(text, 16).ok();
    match &event.raw.chain {
        Some((before, after)) => [before.as_deref().and_then(number), number(after)],
        None => [None, None],
    }
}

/// Adds every digest that is linked to one that is known. Events are nearly in order of time, so a pass forwards and one
/// backwards find most.
fn join(found: &mut HashSet<u64>, pairs: &[(u64, u64)]) {
    loop {
        let known = found.len();
        for (before, after) in pairs.iter().chain(pairs.iter().rev()) {
            if found.contains(before) || found.contains(after) {
                found.extend([*before, *after]);
            }
        }
        if found.len() == known {
            return;
        }
    }
}
