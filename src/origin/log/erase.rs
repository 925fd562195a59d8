//! `slotwise log erase`: takes events out of a log by rule.
//!
//! A file is rewritten under a temporary name, synced and renamed, so that a crash leaves the old file or the new one.
//! While the origin runs, closed days can be rewritten, because the origin no longer opens them to write.

use super::close::{recover, write_whole};
use super::error::EventLogError;
use super::folder::{DayFile, ERASING, WRITING, for_each_line, lock, readable_files, sync};
use crate::event::RawEvent;
use crate::log::Day;
use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// Which events to erase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Those that arrived before a day.
    Before(Day),
    /// The event with an id.
    EventId(String),
    /// Those of a visit: all that are linked, directly or through others, to a digest of its session.
    Visit(String),
    /// Those that name a product.
    Item(String),
}

/// What was erased of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// The day.
    pub day: Day,
    /// Number of events.
    pub lines: u64,
}

/// Erases events. With `dry_run`, only says which.
///
/// # Errors
/// An [`EventLogError`]. [`EventLogError::OpenDay`] if the origin runs and the rule affects the day it writes to; then
/// nothing is erased.
pub fn erase(folder: &Path, rule: &Rule, dry_run: bool) -> Result<Vec<Erased>, EventLogError> {
    readable_files(folder)?;
    let _erasing = lock(folder, ERASING)?;
    let writing = match lock(folder, WRITING) {
        Ok(lock) => Some(lock),
        Err(EventLogError::Locked { .. }) => None,
        Err(error) => return Err(error),
    };
    if writing.is_some() && !dry_run {
        recover(folder).map_err(EventLogError::file(folder))?;
    }
    let files = readable_files(folder)?;
    let matcher = Matcher::new(rule, &files)?;
    let mut affected = Vec::new();
    for file in &files {
        let (mut lines, mut kept) = (0, 0);
        for_each_line(&file.path, &mut |_, line, is_whole| {
            if is_whole && matcher.matches(file.day, line) {
                lines += 1;
            } else {
                kept += 1;
            }
        })?;
        if lines > 0 {
            // A plain file is the open one, or the tidier is about to close it.
            if writing.is_none() && !file.is_closed {
                return Err(EventLogError::OpenDay { path: folder.to_owned(), day: file.day });
            }
            affected.push((file, lines, kept));
        }
    }
    if !dry_run {
        for (file, _, kept) in &affected {
            rewrite(file, &matcher, *kept == 0)?;
        }
        sync(folder).map_err(EventLogError::file(folder))?;
    }
    Ok(affected.into_iter().map(|(file, lines, _)| Erased { day: file.day, lines }).collect())
}

fn rewrite(file: &DayFile, matcher: &Matcher<'_>, is_emptied: bool) -> Result<(), EventLogError> {
    let fail = EventLogError::file(&file.path);
    if is_emptied {
        return fs::remove_file(&file.path).map_err(fail);
    }
    let mut read = Ok(());
    write_whole(file, |out| {
        let mut written = Ok(());
        read = for_each_line(&file.path, &mut |_, line, is_whole| {
            // A torn line was never acknowledged.
            if written.is_ok() && is_whole && !matcher.matches(file.day, line) {
                written = out.write_all(line).and_then(|()| out.write_all(b"\n"));
            }
        });
        // A file that cannot be read to its end must not be replaced by its beginning.
        written.and_then(|()| read.as_ref().map(drop).map_err(|error| std::io::Error::other(error.to_string())))
    })
    .map_err(fail)
}

/// A rule, ready to be asked.
struct Matcher<'a> {
    rule: &'a Rule,
    /// Digests of the visit.
    digests: HashSet<u64>,
}

impl<'a> Matcher<'a> {
    fn new(rule: &'a Rule, files: &[DayFile]) -> Result<Self, EventLogError> {
        let digests = match rule {
            Rule::Visit(digest) => visit(digest, files)?,
            _ => HashSet::new(),
        };
        Ok(Self { rule, digests })
    }

    /// Whether a line is to be erased. A line that is no event matches only by its day.
    fn matches(&self, day: Day, line: &[u8]) -> bool {
        if let Rule::Before(first) = self.rule {
            return day < *first;
        }
        let Ok(event) = serde_json::from_slice::<RawEvent>(line) else { return false };
        match self.rule {
            Rule::Before(_) => false,
            Rule::EventId(id) => event.event_id.0 == *id,
            Rule::Item(id) => event.params.items.iter().any(|item| item.item_id.0 == *id),
            Rule::Visit(_) => links(&event).into_iter().flatten().any(|digest| self.digests.contains(&digest)),
        }
    }
}

/// The digests of the session before and after an event.
fn links(event: &RawEvent) -> [Option<u64>; 2] {
    let number = |text: &str| u64::from_str_radix(text, 16).ok();
    match &event.chain {
        Some((before, after)) => [before.as_deref().and_then(number), number(after)],
        None => [None, None],
    }
}

/// Every digest that is linked to one, in both directions.
fn visit(digest: &str, files: &[DayFile]) -> Result<HashSet<u64>, EventLogError> {
    let mut pairs = Vec::new();
    for file in files {
        for_each_line(&file.path, &mut |_, line, _| {
            if let Ok([Some(before), Some(after)]) = serde_json::from_slice(line).map(|event| links(&event)) {
                pairs.push((before, after));
            }
        })?;
    }
    let mut found: HashSet<u64> = u64::from_str_radix(digest, 16).into_iter().collect();
    // The log is nearly in order of time: one pass forwards finds what came after, one backwards what came before.
    loop {
        let known = found.len();
        let mut join = |(before, after): &(u64, u64)| {
            if found.contains(before) || found.contains(after) {
                found.extend([*before, *after]);
            }
        };
        pairs.iter().for_each(&mut join);
        pairs.iter().rev().for_each(&mut join);
        if found.len() == known {
            return Ok(found);
        }
    }
}
