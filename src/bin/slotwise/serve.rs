//! `slotwise serve`: starts the origin, or the proxy in front of a shop.

use super::outcome::Outcome;
use slotwise::consent::Mode;
use slotwise::origin::serve::{Options, serve};
use slotwise::origin::{Accept, proxy};
use std::path::PathBuf;

/// Serves the manifest and the snapshots, and takes events
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder that `slotwise train` has published to
    #[arg(long, value_name = "DIR")]
    published: PathBuf,
    /// The public key of `slotwise keygen`
    #[arg(long, value_name = "FILE")]
    public_key: PathBuf,
    /// Folder of the event log: one file a day, compressed when the day is over
    #[arg(long, value_name = "DIR")]
    log: PathBuf,
    /// Days after which a closed day of the log is removed; without it, all are kept
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    keep_days: Option<u32>,
    /// The intake key of `slotwise keygen`, with which the edge signs events
    #[arg(long, value_name = "FILE")]
    intake_key: Option<PathBuf>,
    /// The overlay key of `slotwise keygen`, which signs the live prices that the shop's backend posts
    #[arg(long, value_name = "FILE")]
    overlay_key: Option<PathBuf>,
    /// Whose events are taken: signed ones; those and direct clients on this machine; or everybody's. Choose signed
    /// behind a reverse proxy on this machine
    #[arg(long, value_enum, default_value_t = Who::Loopback)]
    accept: Who,
    /// A shop to stand in front of, such as `https://shop.example`: its pages are fitted, and events go straight to the log.
    /// The fastest way to try Slotwise on a shop
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// What is assumed of a visitor who has not answered the consent question
    #[arg(long, value_enum, default_value_t = Until::Required, requires = "proxy")]
    consent: Until,
    /// JSON file of slots that are put into the shop's pages: `[{"after": "<main>", "html": "<ul data-slotwise=…>"}]`
    #[arg(long, value_name = "FILE", requires = "proxy")]
    slots: Option<PathBuf>,
    /// Address and port
    #[arg(long, default_value = "127.0.0.1:8788")]
    listen: String,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Who {
    Signed,
    Loopback,
    Any,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Until {
    Required,
    Implied,
}

pub(crate) fn run(args: Args) -> Outcome {
    let Args { published, public_key, log, keep_days, intake_key, overlay_key, accept, proxy, consent, slots, listen } =
        args;
    let accept = match accept {
        Who::Signed => Accept::Signed,
        Who::Loopback => Accept::Loopback,
        Who::Any => Accept::Any,
    };
    let consent = match consent {
        Until::Required => Mode::Required,
        Until::Implied => Mode::Implied,
    };
    let proxy = proxy.map(|shop| proxy::Options { shop, consent, slots });
    Ok(serve(&Options { published, public_key, log, keep_days, intake_key, overlay_key, accept, proxy, listen })?)
}
