//! `slotwise compact`, in a program that was built without Parquet: it says so.

use super::outcome::Outcome;

/// Compacts the origin's event log into a lake of Parquet files (needs a program built with --features lake)
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What a program with the feature takes
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _any: Vec<String>,
}

pub(crate) fn run(_: &Args) -> Outcome {
    Err("this program was built without Parquet; build it with `cargo build --release --features lake`".into())
}
