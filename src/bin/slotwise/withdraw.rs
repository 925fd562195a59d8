//! `slotwise withdraw`: ends a canary; all visits use the snapshot in use.

use super::outcome::Outcome;
use super::signer::{Signer, say};
use slotwise::origin::publish::{self, change};

/// Ends the canary of `slotwise train --canary`: all visits use the snapshot in use
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder or object store that `slotwise train` has published to
    #[arg(long, value_name = "DIR or URL")]
    published: String,
    #[command(flatten)]
    signer: Signer,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let keys = args.signer.keys()?;
    let target = publish::to_write(&args.published)?;
    let publication = args.signer.begin(&*target, &keys)?;
    say(&args.published, &change::withdraw(publication)?);
    Ok(())
}
