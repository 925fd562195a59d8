//! `slotwise rotate`: replaces the key that signs, without an hour in which hosts trust nobody.
//!
//! While a rotation is under way, both keys sign. Hosts that know either of them go on. So hosts can be changed one after
//! the other, in any order and as slowly as one likes.

use super::outcome::Outcome;
use super::signer::{Signer, say};
use slotwise::origin::key;
use slotwise::origin::publish::change::Settings;
use slotwise::origin::publish::{self, change, key_id};
use std::path::PathBuf;

/// Replaces the key that signs: first makes the next key and signs with both, then, with --finish, with the next alone
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder or object store that `slotwise train` has published to
    #[arg(long, value_name = "DIR or URL")]
    published: String,
    #[command(flatten)]
    signer: Signer,
    /// Path of the next pair without extension. It is made if OUT.secret is not there yet
    #[arg(long, value_name = "OUT", required_unless_present = "finish", conflicts_with = "finish")]
    next: Option<PathBuf>,
    /// Ends the rotation: --key is the next key, and signs alone from now on
    #[arg(long)]
    finish: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let mut keys = args.signer.keys()?;
    if keys.len() > 1 {
        return Err("--key is given twice, expected one: the key in use, or with --finish the next one".into());
    }
    if let Some(next) = &args.next {
        keys.push(key::pair(next)?);
    }
    let ids: Vec<String> = keys.iter().map(|key| key_id(key.verifying_key().as_bytes())).collect();
    if ids.len() > 1 && ids[0] == ids[1] {
        return Err(format!("both keys are {}, expected two different ones", ids[0]).into());
    }
    let target = publish::to_write(&args.published)?;
    let publication = args.signer.begin(&*target, &keys)?;
    let signers = publication.signed().map(|signed| signed.key_ids().len()).unwrap_or_default();
    if args.finish && signers < 2 {
        return Err(format!("{}: one key signs already, expected two; no rotation is under way", args.published).into());
    }
    let publication = if args.finish { publication.ending_rotation() } else { publication };
    say(&args.published, &change::again(publication, Settings::default())?);
    println!();
    match &args.next {
        Some(next) => {
            let (next, own) = (next.display(), &ids[0]);
            println!("Both keys sign now. What to do next:");
            println!("1. Train and publish with both: give --key twice, the second time with {next}.secret.");
            println!(
                "2. Give hosts the next public key ({next}.public) in place of {own}, or both, separated by a space:"
            );
            println!("   SLOTWISE_PUBLIC_KEY of edges, publicKey of pages and servers, --public-key of the origin.");
            println!("   Cached pages keep the key they have; wait until they are gone.");
            println!("3. End it: slotwise rotate --finish --published {} --key {next}.secret", args.published);
            println!("If the old key was stolen, do step 2 at once, and leave the old key out.");
        }
        None => {
            println!("The key {} signs alone now. Hosts that know only the other one refuse new manifests.", ids[0]);
            println!("Train with this key alone, and delete the old secret key.");
        }
    }
    Ok(())
}
