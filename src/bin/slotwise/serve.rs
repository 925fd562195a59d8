//! `slotwise serve`: starts the origin.

use super::outcome::Outcome;
use slotwise::origin::serve::{Options, serve};
use std::path::PathBuf;

/// Serves the manifest and the snapshots, and takes events
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder that `slotwise train` has published to
    #[arg(long, value_name = "DIR")]
    published: PathBuf,
    /// The public key of `slotwise keygen`
    #[arg(long, value_name = "FILE")]
    public_key: PathBuf,
    /// Event log, appended to
    #[arg(long, value_name = "FILE")]
    log: PathBuf,
    /// Address and port
    #[arg(long, default_value = "127.0.0.1:8788")]
    listen: String,
}

pub(crate) fn run(args: Args) -> Outcome {
    let Args { published, public_key, log, listen } = args;
    Ok(serve(&Options { published, public_key, log, listen })?)
}
