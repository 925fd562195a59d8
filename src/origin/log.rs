//! The event log: one JSON object a line, acknowledged only when on disk.
//!
//! One thread writes. It takes whatever has come in meanwhile, appends it in one go, brings it to disk
//! once, and answers all: many small beacons cost one `fdatasync`.

use super::PublishError;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

struct Batch {
    lines: String,
    done: oneshot::Sender<io::Result<()>>,
}

/// A log that can be appended to from many tasks.
#[derive(Clone)]
pub struct EventLog(Sender<Batch>);

impl EventLog {
    /// Opens a log for appending, and ends a last line that a crash has cut.
    ///
    /// # Errors
    /// [`PublishError::File`].
    pub fn open(path: &Path) -> Result<Self, PublishError> {
        let fail = |error| PublishError::file(path, error);
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(path).map_err(fail)?;
        end_last_line(&mut file).map_err(fail)?;
        let (sender, receiver) = channel();
        let place = path.to_owned();
        std::thread::spawn(move || write(&mut file, &receiver, &place));
        Ok(Self(sender))
    }

    /// Appends whole lines; returns when they are on disk.
    ///
    /// # Errors
    /// What the system says; the lines may then be there in part, never acknowledged.
    pub async fn append(&self, lines: String) -> io::Result<()> {
        let (done, answer) = oneshot::channel();
        let gone = || io::Error::other("the log's writer has ended");
        self.0.send(Batch { lines, done }).map_err(|_| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }
}

fn end_last_line(file: &mut File) -> io::Result<()> {
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last == [b'\n'] { Ok(()) } else { file.write_all(b"\n") }
}

fn write(file: &mut File, batches: &Receiver<Batch>, path: &PathBuf) {
    while let Ok(first) = batches.recv() {
        let all: Vec<Batch> = std::iter::once(first).chain(batches.try_iter()).collect();
        let text: String = all.iter().map(|batch| batch.lines.as_str()).collect();
        let outcome = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        if let Err(error) = &outcome {
            eprintln!("slotwise: {}: {error}; {} batches of events were refused", path.display(), all.len());
        }
        for batch in all {
            let copy = outcome.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string())).copied();
            // The sender may have hung up; its events are on disk all the same.
            let _ = batch.done.send(copy);
        }
    }
}
