//! `slotwise check`: lists every mistake of a plan file.
//!
//! Three depths: the plan alone, against a published snapshot (do these categories and products exist?), and against the
//! shop's pages (is every slot marked?). Against a snapshot it also warns of slots that its data leave empty. Meant for a
//! shop's CI: exit code 2 means mistakes; warnings alone are none.

use super::open;
use super::outcome::Outcome;
use slotwise::plan::{self, PlanError};
use std::path::{Path, PathBuf};

/// Lists every mistake of a plan file
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Plan file
    plan: PathBuf,
    /// Published folder or snapshot file. The categories, brands and products of the plan must exist in it; slots that its
    /// data leave empty are warned of
    #[arg(long, value_name = "DIR")]
    published: Option<PathBuf>,
    /// Pages or templates, or folders of them. Each slot of the plan must be marked in one of them, and panels need a button
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pages: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let (plan, warnings) = match &args.published {
        Some(published) => {
            let model = open::model(published)?;
            let plan = plan::read_for(&args.plan, &model)?;
            let warnings = plan::warnings(&plan, &model);
            (plan, warnings)
        }
        None => (plan::read(&args.plan, None)?, Vec::new()),
    };
    if !args.pages.is_empty() {
        let mut pages = Vec::new();
        for path in &args.pages {
            read_pages(path, &mut pages)?;
        }
        let mut problems = plan::slots_without_page(&plan, &pages);
        problems.extend(plan::panels_without_close(&plan, &pages));
        if !problems.is_empty() {
            return Err(PlanError::Mistakes { path: args.plan.clone(), problems }.into());
        }
    }
    let experiments = plan.slots.iter().filter(|slot| slot.arms.len() > 1).count();
    let held_out = f64::from(plan.holdout) / 100.0;
    for warning in &warnings {
        println!("warning: {warning}");
    }
    let warned = if warnings.is_empty() { String::new() } else { format!(", {} warnings", warnings.len()) };
    println!(
        "{}: {} slots, {experiments} of them in experiments, {held_out} % of the visits held out, no mistakes{warned}",
        args.plan.display(),
        plan.slots.len()
    );
    Ok(())
}

/// Reads a file, or every page below a folder.
fn read_pages(path: &Path, pages: &mut Vec<String>) -> Outcome {
    let fail = |error| format!("{}: {error}", path.display());
    if !path.is_dir() {
        pages.push(std::fs::read_to_string(path).map_err(fail)?);
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let is_page = path
            .extension()
            .is_some_and(|ending| ["html", "htm", "liquid", "twig", "jinja"].iter().any(|known| ending == *known));
        if path.is_dir() || is_page {
            read_pages(&path, pages)?;
        }
    }
    Ok(())
}
