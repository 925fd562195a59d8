//! Session files: a session a line, item ids in click order, separated by blanks; sessions in order of
//! their dates. The layout in which session recommenders are published. Plain or gzipped.

use super::error::LogError;
use super::file::open;
use super::sessions::Log;
use indicatif::ProgressBar;
use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;

/// Item ids are whole numbers below this.
const IDS: u64 = 1 << 48;

/// What a session file held beside its sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinesSummary {
    /// Lines without an item.
    pub empty: u64,
    /// Sessions of one item, from which nothing follows.
    pub single: u64,
}

/// Reads the sessions of a training file.
///
/// # Errors
/// [`LogError::File`], or [`LogError::Row`] with the line whose id is none, or [`LogError::Single`] if
/// no session has two items.
pub fn sessions(path: &Path) -> Result<(Log, LinesSummary), LogError> {
    let mut ids = Vec::new();
    let mut numbers = HashMap::new();
    let mut sessions = Vec::new();
    let mut counted = LinesSummary::default();
    for_each_line(path, &mut |line, text| {
        let mut session = Vec::new();
        for word in text.split_ascii_whitespace() {
            let number = *numbers.entry(id(path, line, word)?).or_insert_with_key(|id: &u64| {
                ids.push(id.to_string());
                ids.len() as u32 - 1
            });
            session.push(number);
        }
        match session.len() {
            0 => counted.empty += 1,
            length => {
                counted.single += u64::from(length == 1);
                sessions.push(session);
            }
        }
        Ok(())
    })?;
    if sessions.len() as u64 == counted.single {
        return Err(LogError::Single { path: path.to_owned(), sessions: counted.single });
    }
    Ok((Log::of_sessions(&sessions, ids), counted))
}

/// A test: what was looked at, oldest first, and what came next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixTest {
    /// Item ids so far.
    pub prefix: Vec<u64>,
    /// The id of the next item.
    pub target: u64,
}

/// Reads a test file: on each line a prefix of a session, a tab, and the item that came next.
///
/// # Errors
/// [`LogError::File`], or [`LogError::Row`] with the first line that is no test.
pub fn tests(path: &Path) -> Result<Vec<PrefixTest>, LogError> {
    let mut tests = Vec::new();
    for_each_line(path, &mut |line, text| {
        let bad = |field: &str, found: &str, expected| row(path, line, field, found, expected);
        let (prefix, target) =
            text.split_once('\t').ok_or_else(|| bad("test", text, "item ids, a tab, and the id of the next item"))?;
        let prefix: Vec<u64> =
            prefix.split_ascii_whitespace().map(|word| id(path, line, word)).collect::<Result<_, _>>()?;
        if prefix.is_empty() {
            return Err(bad("prefix", "", "one item id or more before the tab"));
        }
        tests.push(PrefixTest { prefix, target: id(path, line, target.trim())? });
        Ok(())
    })?;
    if tests.is_empty() { Err(row(path, 1, "test", "", "one test or more")) } else { Ok(tests) }
}

fn id(path: &Path, line: u64, word: &str) -> Result<u64, LogError> {
    let id = word.parse().ok().filter(|id| *id < IDS);
    id.ok_or_else(|| row(path, line, "item", word, "a whole number from 0 to 281474976710655"))
}

fn row(path: &Path, line: u64, field: &str, found: &str, expected: &'static str) -> LogError {
    let found: String = found.chars().take(60).collect();
    LogError::value(path, line, field, &found, expected)
}

type Sink<'a> = dyn FnMut(u64, &str) -> Result<(), LogError> + 'a;

fn for_each_line(path: &Path, sink: &mut Sink<'_>) -> Result<(), LogError> {
    for (number, line) in open(path, &ProgressBar::hidden())?.lines().enumerate() {
        sink(number as u64 + 1, line.map_err(LogError::file(path))?.trim_end_matches('\r'))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file<T>(name: &str, text: &str, read: impl Fn(&Path) -> T) -> T {
        let path = std::env::temp_dir().join(format!("slotwise-lines-{name}-{}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let outcome = read(&path);
        std::fs::remove_file(&path).unwrap();
        outcome
    }

    #[test]
    fn sessions_are_read_in_order_and_what_says_nothing_is_counted() {
        let (log, counted) = with_file("sessions", "7 9 7\r\n\n 5 \n9 5\n", sessions).unwrap();
        assert_eq!(log.items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), ["7", "9", "5"]);
        let items = |session: &[crate::log::LogEvent]| {
            session.iter().filter_map(|event| event.item).map(crate::log::ItemNumber::get).collect::<Vec<_>>()
        };
        assert_eq!(log.sessions().map(items).collect::<Vec<_>>(), [vec![0, 1, 0], vec![2], vec![1, 2]]);
        assert_eq!(counted, LinesSummary { empty: 1, single: 1 });
        assert!(log.sessions().zip(log.sessions().skip(1)).all(|(one, next)| one[0].time_ms < next[0].time_ms));
    }

    #[test]
    fn a_line_that_is_no_session_is_named() {
        for (text, line, word) in [("1 2\n3 x\n", 2, "x"), ("1 -2", 1, "-2"), ("281474976710656 1", 1, "2814")] {
            let error = with_file("bad", text, sessions).unwrap_err().to_string();
            assert!(error.contains(&format!("line {line}")) && error.contains(word), "{error}");
        }
        let error = with_file("single", "1\n2\n\n", sessions).unwrap_err().to_string();
        assert!(error.contains("2 sessions"), "{error}");
    }

    #[test]
    fn a_test_is_a_prefix_and_what_came_next() {
        let read = with_file("tests", "1 2\t3\n4\t4\n", tests).unwrap();
        assert_eq!(read, [PrefixTest { prefix: vec![1, 2], target: 3 }, PrefixTest { prefix: vec![4], target: 4 }]);
        for text in ["1 2 3\n", "\t3\n", "1\t\n", ""] {
            assert!(with_file("no-tests", text, tests).is_err(), "{text:?}");
        }
    }
}
