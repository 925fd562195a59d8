//! The one thread that appends.
//!
//! It appends everything that has arrived in the meantime, syncs once, and answers all senders, so that many small posts
//! share one `fdatasync`. It also decides which events are repeated: ids become known only once their events are on disk,
//! and one thread decides for all, so two posts with one id cannot both get in.
//!
//! Posts wait in a queue of bounded length. Whoever finds it full is told to come back, rather than held in memory.

use super::close::{cut_torn_tail, recover, tidy};
use super::error::EventLogError;
use super::folder::{DayFile, WRITING, day_files, for_each_line, lock, sync};
use super::seen::{Hashes, SeenIds};
use crate::log::Day;
use serde::Deserialize;
use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::oneshot;

/// Most posts that wait for the disk. With posts of the greatest length they take 64 MB.
const QUEUE: usize = 256;
/// How often the writer looks at the clock when nothing arrives.
const TICK: Duration = Duration::from_secs(20);

/// Says what time it is, in milliseconds since 1970.
pub type Clock = Box<dyn Fn() -> u64 + Send>;

/// One event on its way to the log.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// Its id; empty if it has none, and then it is never taken for a repeated one.
    pub event_id: String,
    /// The event as JSON, without a line end.
    pub json: String,
}

/// What became of a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// Events that are on disk since now.
    pub accepted: usize,
    /// Events that were on disk already.
    pub repeated: usize,
}

/// Why a post was not appended. None of its events may be acknowledged.
#[derive(Debug, Error)]
pub enum AppendError {
    /// Too many posts wait for the disk.
    #[error("too many posts wait for the disk")]
    Busy,
    /// The disk refuses.
    #[error("the disk refuses: {0}")]
    Disk(String),
}

struct Batch {
    lines: Vec<Line>,
    done: oneshot::Sender<Result<Appended, AppendError>>,
}

/// An event log to which many tasks can append.
pub struct EventLog {
    /// `None` only while it is dropped.
    queue: Option<SyncSender<Batch>>,
    /// Bytes of the open day.
    bytes: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl EventLog {
    /// Opens a log for appending, and creates the folder. Puts right what a crash may have left, and reads the event ids
    /// of the open day and of the day before. Closed days are removed once they are more than `keep_days` old.
    ///
    /// # Errors
    /// An [`EventLogError`], also if another process writes to the log.
    pub fn open(folder: &Path, keep_days: Option<u32>, clock: Clock) -> Result<Self, EventLogError> {
        if folder.exists() && !folder.is_dir() {
            return Err(EventLogError::NotFolder { path: folder.to_owned() });
        }
        let fail = EventLogError::file(folder);
        fs::create_dir_all(folder).map_err(&fail)?;
        let lock = lock(folder, WRITING)?;
        recover(folder).map_err(&fail)?;
        let (day, file, length) = open_day(folder, first_day(folder, clock()).map_err(&fail)?).map_err(&fail)?;
        let seen = read_ids(folder, day)?;
        let bytes = Arc::new(AtomicU64::new(length));
        let (tidier, days) = channel();
        let (place, shared) = (folder.to_owned(), Arc::clone(&bytes));
        let tidying = std::thread::spawn(move || tidy_days(&place, &days, keep_days));
        let _ = tidier.send(day);
        let mut writer = Writer { folder: folder.to_owned(), day, file, length, bytes: shared, seen, clock, tidier };
        let (queue, batches) = sync_channel(QUEUE);
        let thread = std::thread::spawn(move || {
            writer.run(&batches);
            // The tidier ends with the writer, and the lock is held until both have ended.
            drop(writer);
            let _ = tidying.join();
            drop(lock);
        });
        Ok(Self { queue: Some(queue), bytes, thread: Some(thread) })
    }

    /// Appends events, except repeated ones. Returns when they are on disk.
    ///
    /// # Errors
    /// An [`AppendError`]: the sender has to send the events again.
    pub async fn append(&self, lines: Vec<Line>) -> Result<Appended, AppendError> {
        if lines.is_empty() {
            return Ok(Appended::default());
        }
        let gone = || AppendError::Disk("the log's writer has ended".into());
        let (done, answer) = oneshot::channel();
        match self.queue.as_ref().ok_or_else(gone)?.try_send(Batch { lines, done }) {
            Ok(()) => answer.await.unwrap_or_else(|_| Err(gone())),
            Err(TrySendError::Full(_)) => Err(AppendError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(gone()),
        }
    }

    /// Bytes of the open day.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// Waits until everything is written and closed days are compressed.
impl Drop for EventLog {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The day to begin with: today, or the newest day of the log if the clock has gone back since.
fn first_day(folder: &Path, now_ms: u64) -> io::Result<Day> {
    let newest = day_files(folder)?.last().map(|file| file.day);
    Ok(newest.map_or(Day::of_ms(now_ms), |newest| newest.max(Day::of_ms(now_ms))))
}

/// Opens the file of a day for appending and cuts off a torn last line. A closed day is never opened again; the day after
/// it is taken instead.
fn open_day(folder: &Path, mut day: Day) -> io::Result<(Day, File, u64)> {
    while DayFile::of(folder, day, true).path.exists() {
        day = day.next();
    }
    let path = DayFile::of(folder, day, false).path;
    let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
    let length = cut_torn_tail(&mut file)?;
    sync(folder)?;
    Ok((day, file, length))
}

/// The event ids of a day and of the day before.
fn read_ids(folder: &Path, open: Day) -> Result<SeenIds, EventLogError> {
    #[derive(Deserialize)]
    struct Id<'a> {
        #[serde(borrow, default)]
        event_id: Cow<'a, str>,
    }
    let mut seen = SeenIds::new();
    for file in day_files(folder).map_err(EventLogError::file(folder))? {
        if file.day >= open.before(1) {
            for_each_line(&file.path, &mut |_, line, _| {
                let id = serde_json::from_slice(line).ok().and_then(|Id { event_id }| seen.hash(&event_id));
                if let Some(id) = id {
                    seen.add(file.day, id);
                }
            })?;
        }
    }
    Ok(seen)
}

/// Closes days beside the writer, because a large one takes a while. Ends with the writer.
fn tidy_days(folder: &Path, days: &Receiver<Day>, keep_days: Option<u32>) {
    for open in days {
        if let Err(error) = tidy(folder, open, keep_days) {
            eprintln!("slotwise: {}: {error}; days before {open} stay as they are until tomorrow", folder.display());
        }
    }
}

struct Writer {
    folder: PathBuf,
    day: Day,
    file: File,
    /// Bytes of the open file that are on disk. Anything behind them is the rest of a failed write.
    length: u64,
    bytes: Arc<AtomicU64>,
    seen: SeenIds,
    clock: Clock,
    tidier: Sender<Day>,
}

impl Writer {
    fn run(&mut self, batches: &Receiver<Batch>) {
        loop {
            match batches.recv_timeout(TICK) {
                Ok(first) => self.append(std::iter::once(first).chain(batches.try_iter()).collect()),
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = self.follow_clock() {
                        eprintln!("slotwise: {}: {error}; a new day could not be opened", self.folder.display());
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn append(&mut self, batches: Vec<Batch>) {
        // The senders may have disconnected. Their events are on disk anyway.
        match self.write(&batches) {
            Ok(outcomes) => {
                for (batch, outcome) in batches.into_iter().zip(outcomes) {
                    let _ = batch.done.send(Ok(outcome));
                }
            }
            Err(error) => {
                eprintln!("slotwise: {}: {error}; {} posts were refused", self.folder.display(), batches.len());
                for batch in batches {
                    let _ = batch.done.send(Err(AppendError::Disk(error.to_string())));
                }
            }
        }
    }

    fn write(&mut self, batches: &[Batch]) -> io::Result<Vec<Appended>> {
        self.follow_clock()?;
        let (mut text, mut fresh) = (String::new(), Hashes::default());
        let outcomes = batches.iter().map(|batch| {
            let mut outcome = Appended::default();
            for line in &batch.lines {
                let id = self.seen.hash(&line.event_id);
                if id.is_some_and(|id| self.seen.contains(id) || !fresh.insert(id)) {
                    outcome.repeated += 1;
                } else {
                    text.push_str(&line.json);
                    text.push('\n');
                    outcome.accepted += 1;
                }
            }
            outcome
        });
        let outcomes = outcomes.collect();
        self.commit(text.as_bytes())?;
        for id in fresh {
            self.seen.add(self.day, id);
        }
        Ok(outcomes)
    }

    /// Appends bytes and syncs them to disk.
    fn commit(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        // The rest of a failed write that could not be cut off when it failed.
        if self.file.metadata()?.len() != self.length {
            self.file.set_len(self.length)?;
        }
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_data());
        if written.is_err() {
            // Half a group must not remain, because the next one would be appended to it.
            let _ = self.file.set_len(self.length);
            return written;
        }
        self.length += bytes.len() as u64;
        self.bytes.store(self.length, Ordering::Relaxed);
        Ok(())
    }

    /// Opens the next file when a day is over. A clock that goes back changes nothing.
    fn follow_clock(&mut self) -> io::Result<()> {
        let today = Day::of_ms((self.clock)());
        if today > self.day {
            (self.day, self.file, self.length) = open_day(&self.folder, today)?;
            self.bytes.store(self.length, Ordering::Relaxed);
            self.seen.begin(self.day);
            let _ = self.tidier.send(self.day);
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
