//! `slotwise keygen`: makes the key pairs that sign manifests and live prices, and the key that signs events.

use super::outcome::Outcome;
use slotwise::origin::key;
use std::path::PathBuf;

/// Makes the keys: OUT.secret for the trainer, OUT.public for edge and browser, OUT.intake for edge and origin, and for live
/// prices OUT.overlay and OUT.overlay.public
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
    println!("{} (signs live prices: keep it at the origin)", files.overlay.display());
    println!("{} (give it to the trainer, if you publish live prices)", files.overlay_public.display());
    Ok(())
}
