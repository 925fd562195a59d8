//! `slotwise check`: explains every mistake of a plan file.

use super::Outcome;
use slotwise::origin::publish;
use slotwise::train::{TrainError, plan};
use std::path::PathBuf;

/// Checks a plan file
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The merchandiser's plan
    plan: PathBuf,
    /// A published folder whose categories the plan must name
    #[arg(long, value_name = "DIR")]
    published: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let plan = match &args.published {
        Some(folder) => plan::read(&args.plan, &publish::open(folder, None)?.names().categories)?,
        None => {
            let text = std::fs::read_to_string(&args.plan)
                .map_err(|source| TrainError::File { path: args.plan.clone(), source })?;
            plan::compile(&text, None).map_err(|problems| TrainError::Plan { path: args.plan.clone(), problems })?
        }
    };
    println!("{}: {} slots, no mistakes", args.plan.display(), plan.slots.len());
    Ok(())
}
