//! `slotwise rollback`: makes an older snapshot the one in use again.
//!
//! Hosts refuse an old manifest. So a rollback is a new manifest, with the next number, that names the older snapshot and
//! is signed as a rollback.

use super::outcome::Outcome;
use super::signer::{Signer, say};
use slotwise::origin::publish::{self, change};
use slotwise::snapshot::SnapshotId;

/// Makes the snapshot before, or a named one, the one in use again. Ends a canary
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder or object store that `slotwise train` has published to
    #[arg(long, value_name = "DIR or URL")]
    published: String,
    /// Id of the snapshot, 64 hexadecimal digits. Default: the one in use before
    #[arg(long, value_name = "ID", value_parser = id)]
    to: Option<SnapshotId>,
    #[command(flatten)]
    signer: Signer,
}

fn id(text: &str) -> Result<SnapshotId, String> {
    SnapshotId::from_hex(text).ok_or_else(|| format!("found \"{text}\", expected 64 hexadecimal digits"))
}

pub(crate) fn run(args: &Args) -> Outcome {
    let keys = args.signer.keys()?;
    let target = publish::to_write(&args.published)?;
    let publication = args.signer.begin(&*target, &keys)?;
    say(&args.published, &change::rollback(publication, args.to)?);
    Ok(())
}
