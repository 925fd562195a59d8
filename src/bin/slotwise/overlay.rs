//! `slotwise overlay`: publishes live prices and stock.

use super::outcome::Outcome;
use slotwise::origin::{facts, key, overlay};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Publishes prices and stock of the moment, which edge and browsers lay over the snapshot within seconds
#[derive(clap::Args)]
pub(crate) struct Args {
    /// CSV with a header, or JSON lines: product, price, `usual_price`, stock, hidden
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The overlay key of `slotwise keygen`
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Folder or store that `slotwise train` has published to
    #[arg(long, value_name = "PLACE")]
    out: String,
    /// Keep what was published of other products; without it the file replaces everything
    #[arg(long)]
    merge: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let name = args.file.display();
    let text = std::fs::read_to_string(&args.file).map_err(|error| format!("{name}: {error}"))?;
    let entries = facts::read(&text).map_err(|why| format!("{name}: {why}"))?;
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    let published = overlay::publish(&args.out, &key::secret(&args.key)?, &entries, args.merge, now_ms)?;
    let overlay::Published { sequence, products, bytes } = published;
    println!("overlay {sequence}: {products} products in {bytes} bytes");
    Ok(())
}
