//! `slotwise inspect`: prints the contents of a snapshot: sizes by section, slots, traffic sources, intent tables.
//!
//! A model is a file that somebody must be able to question: everything that it will do is printed here in plain words, each
//! intent table with the probability that every bin would mean on its own.

use super::open;
use super::outcome::Outcome;
use slotwise::context::Source;
use slotwise::evaluate::intent::report::feature_bins;
use slotwise::feature::DEFINITIONS;
use slotwise::model::{Model, permille};
use slotwise::origin::key;
use slotwise::origin::publish::{self, Folder};
use slotwise::snapshot::additive::Additive;
use slotwise::snapshot::layout::Tag;
use slotwise::snapshot::plan::{Fill, Order, Strategy};
use slotwise::snapshot::section::encode;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

/// Prints the contents of a snapshot
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Snapshot file, or folder that `slotwise train` has published to
    snapshot: PathBuf,
    /// Public key that the manifest of a published folder must be signed for
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let keys = args.public_key.as_deref().map(key::public).transpose()?;
    // Only a published folder has a manifest, and thus a signature to check.
    let model = match keys {
        Some(keys) if args.snapshot.is_dir() => publish::open(&Folder::to_read(&args.snapshot), Some(&keys))?,
        _ => open::model(&args.snapshot)?,
    };
    let mut out = String::new();
    let meta = model.meta();
    let _ = writeln!(out, "snapshot   {}", model.id());
    let _ = writeln!(
        out,
        "trained    by {} from {} events in {} sessions, newest at {} ms",
        meta.trainer, meta.events, meta.sessions, meta.newest_ms
    );
    let _ = writeln!(
        out,
        "catalogue  {} items, {} categories, {} brands, prices in {}",
        model.len(),
        model.names().categories.len(),
        model.names().brands.len(),
        if meta.currency.is_empty() { "no currency" } else { &meta.currency }
    );
    let _ = writeln!(out, "\nsection       bytes   share");
    let total = model.bytes().len();
    for (tag, range) in model.sections().iter() {
        let _ =
            writeln!(out, "{:8} {:10}  {:5.1} %", tag.name(), range.len(), 100.0 * range.len() as f64 / total as f64);
        // Rows are most of a snapshot. Their entropy shows how much a better code could still save.
        if tag == Tag::ROWS
            && let size = model.verify()?
            && size.entries > 0
        {
            let _ = writeln!(
                out,
                "         {} entries of {:.2} bits, id and weight; {:.2} is the entropy of the entries alone",
                size.entries, size.bits, size.entropy
            );
        }
    }
    let _ = writeln!(out, "total    {total:10}");
    let _ = writeln!(out, "\nslots");
    let arm_stats = model.arm_stats();
    for slot in &model.plan().slots {
        let _ = writeln!(out, "  {}: after {} product events", slot.name, slot.minimum_evidence);
        let slot_stats = arm_stats.iter().find(|slot_stats| slot_stats.slot == slot.name);
        for (at, arm) in slot.arms.iter().enumerate() {
            let earned = slot_stats.and_then(|slot_stats| slot_stats.arms.get(at));
            let _ = write!(out, "    {} ({} %): {}", arm.name, f64::from(arm.share) / 100.0, what(&arm.fill, &model));
            match earned.filter(|earned| earned.visits > 0) {
                Some(earned) => {
                    let _ = writeln!(out, "; {} of {} visits ordered", earned.reached, earned.visits);
                }
                None => out.push('\n'),
            }
        }
    }
    sources(&model, &mut out);
    for (name, part) in model.intent().all() {
        tables(name, part, &mut out);
    }
    // A closed pipe is no error: the reader may stop early.
    let _ = std::io::stdout().write_all(out.as_bytes());
    Ok(())
}

/// What an arm does, in words.
fn what(fill: &Fill, model: &Model<Vec<u8>>) -> String {
    match fill {
        Fill::Own => "the shop's own content".into(),
        Fill::Choose(choose) => {
            let names: Vec<&str> = choose.variants.iter().map(|variant| variant.name.as_str()).collect();
            format!("chooses one of {}; else {}", names.join(", "), choose.default)
        }
        Fill::Items(row) => {
            let shared = row.sources.iter().any(|(_, share)| *share > 0);
            let name = |(strategy, share): &(Strategy, u16)| {
                let share = if shared { format!(" ({} %)", f64::from(*share) / 100.0) } else { String::new() };
                format!("{}{share}", strategy.name())
            };
            let names: Vec<String> = row.sources.iter().map(name).collect();
            format!("shows {} items by {}", row.limit, names.join(if shared { ", " } else { ", then " }))
        }
        Fill::Order(Order::Categories) => "puts categories in order".into(),
        Fill::Order(Order::Products) => "puts products in order".into(),
        Fill::Offers(offers) => {
            let names = offers.iter().map(|at| model.plan().offers[usize::from(*at)].name.as_str());
            format!("makes one of the offers {}, or none", names.collect::<Vec<_>>().join(", "))
        }
        Fill::Bundle(sets, completion) => {
            let names = sets.variants.iter().map(|set| set.name.clone());
            let made = (!completion.sources.is_empty()).then(|| format!("a product with {} more", completion.limit));
            format!("shows one of the bundles {}, or none", names.chain(made).collect::<Vec<_>>().join(", "))
        }
    }
}

/// The priors by traffic source. The upper byte of a node's key is its level, the next one the source.
fn sources(model: &Model<Vec<u8>>, out: &mut String) {
    let nodes = &model.prior().nodes;
    let _ = writeln!(
        out,
        "\nsources    {} groups of visits by source, device, hour, campaign and landing page",
        nodes.len()
    );
    for node in nodes {
        let level = ["all visits", "a source", "a source and a device", "a source, a device and a part of the day"];
        let level = level.iter().chain(&["a campaign", "a landing page", "a campaign's landing page"]);
        let level = level.copied().nth((node.key >> 56) as usize).unwrap_or("a group");
        let source = Source::ALL.get((node.key >> 48 & 0xff) as usize).map_or("", |source| source.word());
        let wanted: Vec<String> = node
            .categories
            .iter()
            .take(3)
            .map(|(category, share)| format!("{} {:.1} %", model.category_path(*category), f64::from(*share) / 10.0))
            .collect();
        let _ = writeln!(
            out,
            "  {:>7} visits of {level} ({source}): {:+} milli-logits to a purchase; {}",
            node.sessions,
            node.purchase,
            wanted.join(", ")
        );
    }
}

/// The tables of one target, in words. The number in parentheses is the probability if this bin were all that is known.
fn tables(name: &str, model: &Additive, out: &mut String) {
    if !model.is_fitted() {
        let _ = writeln!(out, "\nintent     {name}: not fitted, the log has too few cases");
        return;
    }
    let percent = |score: i32| match name {
        "uplift" => format!("{:+.1} points if nothing else were known", f64::from(score) / 10.0),
        _ => format!("{:.1} % if nothing else were known", f64::from(permille(score)) / 10.0),
    };
    let _ = writeln!(
        out,
        "\nintent     {name}: {} moments, true after {:.2} %; {} bytes; base {} ({})",
        model.moments,
        f64::from(model.rate_ppm) / 1e4,
        encode(model).len(),
        model.base,
        percent(model.base)
    );
    for table in &model.tables {
        let _ = writeln!(out, "  {}", DEFINITIONS[usize::from(table.feature)].words);
        for (words, score) in feature_bins(usize::from(table.feature), &table.edges).iter().zip(&table.scores) {
            let _ = writeln!(out, "    {words:32} {score:+6} ({})", percent(model.base + score));
        }
    }
    for pair in &model.pairs {
        let [first, second] = pair.features.map(|feature| DEFINITIONS[usize::from(feature)]);
        let _ = writeln!(out, "  {}, with {}", first.words, second.words);
        let [rows, columns] = [0, 1].map(|side| feature_bins(usize::from(pair.features[side]), &pair.edges[side]));
        for (row, scores) in rows.iter().zip(pair.scores.chunks(columns.len())) {
            let cells: Vec<String> = columns
                .iter()
                .zip(scores)
                .filter(|(_, score)| **score != 0)
                .map(|(c, s)| format!("{c} {s:+}"))
                .collect();
            let _ = writeln!(out, "    {row:32} {}", cells.join("; "));
        }
    }
}
