//! `slotwise serve`: the origin.

use super::outcome::Outcome;
use slotwise::origin::serve::{Options, serve};
use std::path::PathBuf;

/// Serves manifest, snapshots and the demo store, and takes events
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder that `slotwise train` has published to
    #[arg(long, value_name = "DIR")]
    published: PathBuf,
    /// Folder of the demo store
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// The public key of `slotwise keygen`
    #[arg(long, value_name = "FILE")]
    public_key: PathBuf,
    /// Event log, appended to
    #[arg(long, value_name = "FILE")]
    log: PathBuf,
    /// Address and port
    #[arg(long, default_value = "127.0.0.1:8788")]
    listen: String,
    /// What the store's pages assume of a visitor who has said nothing
    #[arg(long, default_value = "required", value_parser = ["required", "implied"])]
    consent: String,
}

pub(crate) fn run(args: Args) -> Outcome {
    let Args { published, store, public_key, log, listen, consent } = args;
    Ok(serve(&Options { published, store, public_key, log, listen, consent })?)
}
