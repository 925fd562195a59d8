//! The trainer in the browser: reads the file `log`, writes the files `root` and `summary`. The root holds all of the
//! snapshot, so the page needs no shards.
//!
//! It is the trainer that `slotwise train` runs, without the command line, the key and the origin. The playground runs it
//! as a WASI program with files in memory, so the trainer itself needs to know nothing of browsers. Nothing is signed:
//! the snapshot never leaves the page that made it.
//!
//! Invariant: the same log and plan give the same snapshot. It may differ from that of `slotwise train` in the last bit
//! of a weight, because the exponential function of another platform rounds otherwise.

use slotwise::log::LogFiles;
use slotwise::model::Model;
use slotwise::shard::pack;
use slotwise::snapshot::SnapshotId;
use slotwise::train::{Options, train};
use std::error::Error;
use std::fs;
use std::process::ExitCode;

/// Trains. Files are named relative to the one folder that the program is given.
fn run() -> Result<(), Box<dyn Error>> {
    let log = LogFiles { events: vec!["log".into()], ..LogFiles::default() };
    let options = Options { log, plan: Some("plan.json".into()), ..Options::default() };
    let (log, summary) = options.log.read()?;
    let trained = train(&log, &[], &options)?;
    let model = Model::open(trained.bytes, SnapshotId::default())?;
    fs::write("root", pack::whole(&model))?;
    let counts = [summary.rows, summary.sessions, summary.events, summary.items];
    fs::write("summary", counts.map(|count| count.to_string()).join(" "))?;
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The playground shows what stands in this file.
            let _ = fs::write("problem", error.to_string());
            ExitCode::FAILURE
        }
    }
}
