//! `slotwise keygen`: makes the key pair that signs manifests.

use super::outcome::Outcome;
use slotwise::origin::key;
use std::path::PathBuf;

/// Makes a key pair: OUT.secret for the trainer, OUT.public for edge and browser
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Path of both files without extension
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let (secret, public) = key::generate(&args.out)?;
    println!("{} (keep it at the trainer)\n{} (give it to edge and browser)", secret.display(), public.display());
    Ok(())
}
