//! The event log: one JSON object per line. An event is acknowledged only once it is on disk.
//!
//! A single thread writes. It appends everything that has arrived in the meantime, syncs once, and answers all senders,
//! so that many small beacons share one `fdatasync`.

use super::PublishError;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

struct Batch {
    lines: String,
    done: oneshot::Sender<io::Result<()>>,
}

/// An event log to which many tasks can append.
#[derive(Clone)]
pub struct EventLog(Sender<Batch>);

impl EventLog {
    /// Opens a log for appending. Removes an incomplete last line, left by a crash: it was never acknowledged, and a
    /// broken line in the middle of a log would stop the trainer.
    ///
    /// # Errors
    /// [`PublishError::File`].
    pub fn open(path: &Path) -> Result<Self, PublishError> {
        let fail = |error| PublishError::file(path, error);
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(path).map_err(fail)?;
        cut_last_line(&mut file).map_err(fail)?;
        let (sender, receiver) = channel();
        let place = path.to_owned();
        std::thread::spawn(move || write(&mut file, &receiver, &place));
        Ok(Self(sender))
    }

    /// Appends complete lines. Returns when they are on disk.
    ///
    /// # Errors
    /// The system's error. The lines were not acknowledged, but a part of them may be in the file.
    pub async fn append(&self, lines: String) -> io::Result<()> {
        let (done, answer) = oneshot::channel();
        let gone = || io::Error::other("the log's writer has ended");
        self.0.send(Batch { lines, done }).map_err(|_| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }
}

fn cut_last_line(file: &mut File) -> io::Result<()> {
    let (mut whole, mut line, mut lines) = (0, Vec::new(), BufReader::new(&*file));
    while lines.read_until(b'\n', &mut line)? > 0 {
        if line.last() == Some(&b'\n') {
            whole += line.len() as u64;
        }
        line.clear();
    }
    if whole < file.metadata()?.len() { file.set_len(whole) } else { Ok(()) }
}

fn write(file: &mut File, batches: &Receiver<Batch>, path: &Path) {
    while let Ok(first) = batches.recv() {
        let all: Vec<Batch> = std::iter::once(first).chain(batches.try_iter()).collect();
        let text: String = all.iter().map(|batch| batch.lines.as_str()).collect();
        let before = file.metadata().map(|meta| meta.len());
        let outcome = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        if let Err(error) = &outcome {
            // Half a batch must not remain, because the next one would be appended to it.
            if let Ok(before) = before {
                let _ = file.set_len(before);
            }
            eprintln!("slotwise: {}: {error}; {} batches of events were refused", path.display(), all.len());
        }
        for batch in all {
            let copy = outcome.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string())).copied();
            // The sender may have disconnected. Its events are on disk anyway.
            let _ = batch.done.send(copy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_cut_by_a_crash_is_cut_off() {
        let path = std::env::temp_dir().join(format!("slotwise-log-{}", std::process::id()));
        for (found, kept) in [("{}\n{\"na", "{}\n"), ("{}\n", "{}\n"), ("", ""), ("{\"x", "")] {
            std::fs::write(&path, found).unwrap();
            drop(EventLog::open(&path).unwrap());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), kept);
        }
        std::fs::remove_file(&path).unwrap();
    }
}
