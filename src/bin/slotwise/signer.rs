//! Shared by the subcommands that publish: the keys that sign, and the settings of a manifest.

use ed25519_dalek::SigningKey;
use slotwise::origin::key;
use slotwise::origin::publish::change::Settings;
use slotwise::origin::publish::{self, Publication, Signed, Target};
use slotwise::snapshot::manifest::{PATH, is_path};
use std::error::Error;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Who signs the manifest
#[derive(clap::Args)]
pub(crate) struct Signer {
    /// Secret key of `slotwise keygen`. Give two while keys are rotated: both sign
    #[arg(long = "key", required = true, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// Number of the next manifest, above every one published before. Needed only if what is published was lost or
    /// forged
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..1 << 53))]
    sequence: Option<u64>,
}

impl Signer {
    /// Reads the keys.
    pub(crate) fn keys(&self) -> Result<Vec<SigningKey>, Box<dyn Error>> {
        if self.key.len() > 2 {
            return Err(format!("--key is given {} times, expected one or two keys", self.key.len()).into());
        }
        Ok(self.key.iter().map(|path| key::secret(path)).collect::<Result<_, _>>()?)
    }

    /// Begins to publish.
    pub(crate) fn begin<'a>(
        &self,
        target: &'a dyn Target,
        keys: &'a [SigningKey],
    ) -> Result<Publication<'a>, Box<dyn Error>> {
        Ok(Publication::begin(target, keys, now_ms(), self.sequence)?)
    }
}

/// Settings of the manifest. What is not given stays as it is
#[derive(clap::Args)]
pub(crate) struct ManifestSettings {
    /// Age at which edges and browsers stop using what is published and show the shop's own content, such as 14d, 12h or
    /// 90m. Without this option it stays as it is; 14d at first
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    max_age: Option<u32>,
    /// Public key of `slotwise keygen` that signs live prices and stock (OUT.overlay.public), or `none`. Without this
    /// option it stays as it is
    #[arg(long, value_name = "FILE")]
    overlay_key: Option<PathBuf>,
    /// Paths at which pages stay the shop's own, such as `/checkout,/account`: each path and all below it. `/` switches
    /// everything off, `none` switches everything on. Without this option it stays as it is, or is what the plan says
    #[arg(long, value_name = "PATHS", value_parser = paths)]
    off: Option<Paths>,
}

/// Paths of a list.
#[derive(Clone)]
struct Paths(Vec<String>);

/// Reads a list of paths.
fn paths(text: &str) -> Result<Paths, String> {
    let paths: Vec<String> = match text {
        "none" => Vec::new(),
        _ => text.split(',').map(|path| path.trim().to_owned()).collect(),
    };
    match paths.iter().find(|path| !is_path(path)) {
        Some(path) => Err(format!("found \"{path}\", expected {PATH}")),
        None => Ok(Paths(paths)),
    }
}

impl ManifestSettings {
    /// Reads the settings.
    pub(crate) fn read(&self) -> Result<Settings, Box<dyn Error>> {
        let overlay_key = match &self.overlay_key {
            Some(path) if path.as_os_str() == "none" => Some(String::new()),
            Some(path) => Some(key::read(path)?),
            None => None,
        };
        let off = self.off.clone().map(|Paths(paths)| paths);
        Ok(Settings { max_age_s: self.max_age, overlay_key, off })
    }
}

/// The time, in milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}

/// Reads a time such as `14d` as seconds.
pub(crate) fn seconds(text: &str) -> Result<u32, String> {
    let unit = |ending| match ending {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(24 * 3600),
        _ => None,
    };
    let read = text.char_indices().last().and_then(|(at, _)| {
        let count: u32 = text[..at].parse().ok()?;
        count.checked_mul(unit(&text[at..])?).filter(|seconds| *seconds > 0)
    });
    read.ok_or_else(|| format!("found \"{text}\", expected a number with d, h, m or s, such as 14d"))
}

/// Reads a share such as `5%` as ten-thousandths.
pub(crate) fn share(text: &str) -> Result<u16, String> {
    let number = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    let share = number.map(|percent| (percent * 100.0).round()).filter(|share| (1.0..=9_999.0).contains(share));
    share.map(|share| share as u16).ok_or_else(|| format!("found \"{text}\", expected 0.01% to 99.99%"))
}

/// Reads how many snapshots to keep.
pub(crate) fn keep(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1_000).contains(number));
    number.ok_or_else(|| format!("found \"{text}\", expected 1 to 1000"))
}

/// Says what is published now.
pub(crate) fn say(place: &str, signed: &Signed) {
    let manifest = &signed.manifest;
    println!("published {place}: manifest {}, signed by {}", manifest.sequence, signed.key_ids().join(" and "));
    let rollback = if manifest.rollback { ", which may replace a newer one" } else { "" };
    println!("snapshot  {}{rollback}", manifest.current.snapshot);
    if let Some(canary) = &manifest.canary {
        println!("canary    {} for {} % of the visits", canary.release.snapshot, f64::from(canary.share) / 100.0);
    }
    if !manifest.off.is_empty() {
        println!("off       pages at {} and below stay the shop's own", manifest.off.join(", "));
    }
    println!("age       hosts use it for {}", publish::time(manifest.max_age_s.into()));
}
