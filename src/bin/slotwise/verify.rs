//! `slotwise verify`: checks all that is published, as hosts do and more.

use super::outcome::{Found, Outcome};
use super::signer::now_ms;
use slotwise::origin::{key, publish};
use std::path::PathBuf;

/// Checks what is published: signature, age, and the hash of every file that the manifest names. Exit code 1 means that
/// something is wrong
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder, object store (`s3://BUCKET/PREFIX`), or the address of an origin or edge (<https://shop.example/_slotwise>)
    #[arg(value_name = "DIR or URL")]
    published: String,
    /// File of the public key, or of the two while keys are rotated. Without it, signatures are not checked
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let keys = args.public_key.as_deref().map(key::public).transpose()?;
    let target = publish::to_read(&args.published)?;
    let audit = publish::audit(&*target, keys.as_deref(), now_ms())?;
    for fact in &audit.facts {
        println!("{fact}");
    }
    if audit.problems.is_empty() {
        println!("all is well");
        return Ok(());
    }
    Err(Found(audit.problems.join("\nslotwise: ")).into())
}
