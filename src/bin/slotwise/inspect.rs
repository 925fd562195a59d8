//! `slotwise inspect`: what is inside a snapshot, section by section.

use super::Outcome;
use slotwise::feature::NAMES;
use slotwise::model::{Model, permille};
use slotwise::origin::{key, publish};
use slotwise::snapshot::layout::Tag;
use slotwise::snapshot::plan::Fill;
use std::path::PathBuf;

/// Prints what is inside a snapshot
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A snapshot file, or a folder that `slotwise train` has published to
    snapshot: PathBuf,
    /// The public key that a published folder's manifest must be signed for
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let key = args.public_key.as_deref().map(key::read).transpose()?;
    let model = if args.snapshot.is_dir() {
        publish::open(&args.snapshot, key.as_deref())?
    } else {
        let bytes = std::fs::read(&args.snapshot).map_err(|error| format!("{}: {error}", args.snapshot.display()))?;
        let id = publish::id_of(&bytes);
        Model::open(bytes, id).map_err(|error| format!("{}: {error}", args.snapshot.display()))?
    };
    let meta = model.meta();
    println!("snapshot   {}", model.id());
    println!(
        "trained    by {} from {} events in {} sessions, newest at {} ms",
        meta.trainer, meta.events, meta.sessions, meta.newest_ms
    );
    println!(
        "catalogue  {} items, {} categories, {} brands, prices in {}",
        model.len(),
        model.names().categories.len(),
        model.names().brands.len(),
        if meta.currency.is_empty() { "no currency" } else { &meta.currency }
    );
    println!("\nsection       bytes   share");
    let total = model.bytes().len();
    for (tag, range) in model.sections().iter() {
        println!("{:8} {:10}  {:5.1} %", tag.name(), range.len(), 100.0 * range.len() as f64 / total as f64);
        if tag == Tag::ROWS && model.rows().entries() > 0 {
            let size = model.verify()?;
            println!(
                "         {} entries of {:.2} bits, id and weight; {:.2} is the entropy of the entries alone",
                size.entries, size.bits, size.entropy
            );
        }
    }
    println!("total    {total:10}");
    println!("\nslots");
    for slot in &model.plan().slots {
        let what = match &slot.fill {
            Fill::Choose { default, variants, .. } => {
                let names: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
                format!("chooses one of {}; else {default}", names.join(", "))
            }
            Fill::Items { strategies, limit, .. } => {
                let names: Vec<&str> = strategies.iter().map(|strategy| strategy.name()).collect();
                format!("shows {limit} items by {}", names.join(", then "))
            }
        };
        println!("  {}: {what}; from {} product events on", slot.name, slot.minimum_evidence);
    }
    let intent = model.intent();
    println!(
        "\nintent     from {} moments; {:.2} % of them led to a purchase",
        intent.moments,
        f64::from(intent.rate_ppm) / 1e4
    );
    for table in &intent.tables {
        println!("  {}", NAMES[usize::from(table.feature)].replace('_', " "));
        for (bin, score) in table.scores.iter().enumerate() {
            let range = match (bin.checked_sub(1).and_then(|before| table.edges.get(before)), table.edges.get(bin)) {
                (None, Some(to)) => format!("up to {to}"),
                (Some(from), Some(to)) => format!("over {from} up to {to}"),
                (Some(from), None) => format!("over {from}"),
                (None, None) => "any".into(),
            };
            let alone = f64::from(permille(intent.base + score)) / 10.0;
            println!("    {range:20} {score:+6} milli-logits ({alone:.1} % if nothing else were known)");
        }
    }
    Ok(())
}
