//! `slotwise sign`: publishes the manifest in use again, with a new number and date.
//!
//! For a shop that trains less often than the age limit, and for changes of what only the manifest says: the age limit, the
//! key of overlays, a second signature.

use super::outcome::Outcome;
use super::signer::{ManifestSettings, Signer, say};
use slotwise::origin::publish::{self, change};

/// Signs what is published again, with today's date: hosts use it for another 14 days (--max-age)
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder or object store that `slotwise train` has published to
    #[arg(long, value_name = "DIR or URL")]
    published: String,
    #[command(flatten)]
    signer: Signer,
    #[command(flatten)]
    settings: ManifestSettings,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let keys = args.signer.keys()?;
    let settings = args.settings.read()?;
    let target = publish::to_write(&args.published)?;
    let publication = args.signer.begin(&*target, &keys)?;
    say(&args.published, &change::again(publication, settings)?);
    Ok(())
}
