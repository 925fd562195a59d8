//! `slotwise keygen`: makes the key pair that signs manifests, and the key that signs events.

use super::outcome::Outcome;
use slotwise::origin::key;
use std::path::PathBuf;

/// Makes three keys: OUT.secret for the trainer, OUT.public for edge and browser, OUT.intake for edge and origin
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Path of the files without extension
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let files = key::generate(&args.out)?;
    println!("{} (keep it at the trainer)", files.secret.display());
    println!("{} (give it to edge and browser)", files.public.display());
    println!("{} (give it to edge and origin, and keep it secret)", files.intake.display());
    Ok(())
}
