//! `slotwise merge`: adds up what several shops share.

use super::evaluate::write;
use super::outcome::Outcome;
use super::share::told;
use slotwise::group::{Sums, merge};
use std::path::PathBuf;

/// Adds up the sums of several shops, each written by `slotwise share`. `slotwise train --group` learns from the result
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files of sums, each of another shop
    #[arg(required = true, num_args = 1.., value_name = "FILE")]
    sums: Vec<PathBuf>,
    /// File to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let mut shops: Vec<Sums> = Vec::new();
    for path in &args.sums {
        let sums = Sums::read(path)?;
        if let Some(same) = shops.iter().position(|known| *known == sums) {
            let first = args.sums[same].display();
            return Err(format!("{}: found the sums of {first} again, expected another shop's", path.display()).into());
        }
        shops.push(sums);
    }
    let sums = merge(&shops);
    write(&args.out, sums.to_json().as_bytes())?;
    println!("{}: {}", args.out.display(), told(&sums));
    Ok(())
}
