//! `slotwise train`: reads a click log and publishes a signed snapshot.
//!
//! The key is read first, and the plan is checked before the long work, so that a wrong path fails in a second and not
//! after an hour.

use super::open;
use super::outcome::Outcome;
use super::signer::{ManifestSettings, Signer, keep, now_ms, share};
use slotwise::experiment::{Plans, Trials};
use slotwise::group::Sums;
use slotwise::log::{self, Columns, Log, LogFiles, LogSummary};
use slotwise::model::Model;
use slotwise::origin::publish::{self, Target, change};
use slotwise::plan::{self, currencies, off};
use slotwise::snapshot::SnapshotId;
use slotwise::snapshot::section::Meta;
use slotwise::sql::{self, Engine, Warehouse};
use slotwise::train::counted::Counter;
use slotwise::train::places::Numbering;
use slotwise::train::search::{Search, kernels_of};
use slotwise::train::{Options, Trained, train};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Learns from event files and publishes a signed snapshot
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Event files, oldest first: CSV with a header, or JSON lines; plain or gzipped; or Parquet. A folder stands for its
    /// files in order of name, or is a lake of `slotwise compact`. It may be in an object store, such as `s3://bucket/lake`
    #[arg(long, required_unless_present = "counted", num_args = 1.., value_name = "PATH")]
    events: Vec<PathBuf>,
    /// Catalogue: CSV with a header, one product per row. It wins over the log, and adds products that nobody has
    /// looked at yet
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// Plan file
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Folder for manifest and snapshots, or an object store: `s3://BUCKET/PREFIX`. Exposures in the log are checked
    /// against the snapshots already there
    #[arg(long, value_name = "DIR or URL")]
    out: String,
    #[command(flatten)]
    signer: Signer,
    #[command(flatten)]
    settings: ManifestSettings,
    /// Publishes the snapshot for a share of the visits only, such as 5%. End the trial with `slotwise promote` or
    /// `slotwise withdraw`
    #[arg(long, value_name = "SHARE", value_parser = share)]
    canary: Option<u16>,
    /// Publishes even if the newest event is older than that of the snapshot in use
    #[arg(long)]
    rollback: bool,
    /// Snapshots to keep. Those of the last day stay in any case, and the plans of all
    #[arg(long, value_name = "NUMBER", default_value_t = publish::KEEP, value_parser = keep)]
    keep: usize,
    /// Column names of the log, as FIELD=COLUMN,…; fields: time, event, item, category, `category_id`, brand,
    /// price, discount, title, image, url, session, user, currency, source, medium, campaign, device, landing,
    /// region, offer, scrolled, engaged, stock, `event_id`. event=VALUE:NAME,VALUE:NAME,… says what values of the event
    /// column mean, as in `event=type,event=1:view_item,2:purchase`
    #[arg(long, default_value = "", hide_default_value = true, value_parser = Columns::parse)]
    map: Columns,
    /// Share of the rows that may be broken, such as 1%; with more of them nothing is learned. Broken rows are always
    /// skipped, and told by reason with the first row of each
    #[arg(long, value_name = "SHARE", value_parser = log::percentage)]
    skip_broken: Option<f64>,
    #[command(flatten)]
    rows: Rows,
    /// Snapshot to go on from: a file or a published folder. Products keep their numbers and rows what has not clearly
    /// changed, so that hosts fetch a short patch. The folder of --out if nothing is given; "none" starts afresh
    #[arg(long, value_name = "PATH")]
    base: Option<PathBuf>,
    /// Minutes by which the shop's clocks are ahead of UTC; used where the log does not state the local hour
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = clap::value_parser!(i32).range(-840..=840))]
    utc_offset: i32,
    #[command(flatten)]
    defaults: Defaults,
    #[command(flatten)]
    counting: Counting,
}

/// Who reads and counts a log that is too large for one program
#[derive(clap::Args)]
pub(crate) struct Counting {
    /// Engine that reads the events and counts: duckdb, spark, or a cluster's address such as `spark://host:7077`. Its
    /// program, duckdb or spark-sql, is found in PATH. The snapshot is the same, byte for byte
    #[arg(long, value_name = "ENGINE")]
    engine: Option<Engine>,
    /// Folder that the engine and this program both see. What is written there is removed at the end
    #[arg(long, value_name = "DIR", requires = "engine")]
    exchange: Option<PathBuf>,
    /// Folder with the results of the statements that `slotwise sql` prints
    #[arg(long, value_name = "DIR", conflicts_with_all = ["engine", "events", "sample"])]
    counted: Option<PathBuf>,
    /// The most events of the visits that all but next-item rows is learned from, drawn from the whole log. Without an
    /// engine: all, if nothing is given
    #[arg(long, value_name = "EVENTS", value_parser = clap::value_parser!(u64).range(1000..))]
    sample: Option<u64>,
}

/// A log, what was read, and who counts its pairs if another engine does.
type ReadLog = (Log, LogSummary, Option<Arc<dyn Counter>>);

impl Counting {
    /// Reads the log, by an engine if one is asked for.
    fn read(&self, files: &LogFiles, search: Option<&Path>) -> Result<ReadLog, Box<dyn Error>> {
        let (log, summary, warehouse) = match (&self.engine, &self.counted) {
            (Some(engine), _) => {
                Warehouse::read(engine, files, self.exchange.as_deref(), self.sample.unwrap_or(sql::SAMPLE))?
            }
            (None, Some(folder)) => Warehouse::counted(files, folder, kernels_of(search)?)?,
            (None, None) => {
                let (log, summary) = files.read()?;
                return Ok((log, summary, None));
            }
        };
        Ok((log, summary, Some(Arc::new(warehouse))))
    }
}

/// What stands in for facts that a log lacks
#[derive(clap::Args)]
pub(crate) struct Defaults {
    /// Currency of a log that names none
    #[arg(long, default_value = "USD")]
    pub(crate) currency: String,
    /// Address of a product's page where the log has none. The names id, category and n are replaced where they stand in braces
    #[arg(long, default_value = "/product/{id}")]
    pub(crate) url_pattern: String,
    /// Address of a product's picture where the log has none. The same names are replaced; n is 0 to 11
    #[arg(long, default_value = "/pictures/{category}/{n}.svg")]
    pub(crate) image_pattern: String,
}

/// Options of next-item rows
#[derive(clap::Args)]
pub(crate) struct Rows {
    /// Neighbours kept per row
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=64))]
    neighbours: u16,
    /// The most bytes a snapshot may take, such as 2MB or 500kB. Next-item rows are shortened for it, those that are read
    /// least first; without it they are whole
    #[arg(long, value_name = "SIZE", value_parser = size)]
    budget: Option<u64>,
    /// Minimum support: rows tell only of pairs of products that this many distinct visits have had. 1 tells of all
    #[arg(long, value_name = "VISITS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    minimum_support: u32,
    /// Sums of sister shops, as `slotwise share` or `slotwise merge` wrote them: rows also learn from their visits
    #[arg(long, value_name = "FILE", value_parser = sums)]
    group: Option<Sums>,
    /// Rounds of the search for kernels on the newest tenth of the log; 0 skips the search
    #[arg(long, default_value_t = Search::default().rounds)]
    rounds: u32,
    /// File that stores the search state. An interrupted search resumes from it, a finished one is not repeated, and
    /// one of another log is the starting point. With --rounds 0 its kernels are used as they are
    #[arg(long, value_name = "FILE")]
    search: Option<PathBuf>,
}

impl Rows {
    /// The trainer's options with these settings.
    pub(crate) fn options(&self) -> Options {
        let search = Search { rounds: self.rounds, state: self.search.clone() };
        let neighbours = usize::from(self.neighbours);
        let (budget, group) = (self.budget, self.group.clone());
        Options { neighbours, budget, support: self.minimum_support, group, search, ..Options::default() }
    }
}

/// The sums of a file.
fn sums(path: &str) -> Result<Sums, String> {
    Sums::read(Path::new(path)).map_err(|error| error.to_string())
}

/// Bytes from which on a snapshot without a budget is remarked on: more than most shops' pages should wait for.
const LARGE: u64 = 5_000_000;

/// A size in bytes: a number with kB or MB behind it, from ten kilobytes to a gigabyte.
fn size(text: &str) -> Result<u64, String> {
    let expected = || format!("found {text:?}, expected a size from 10kB to 1000MB, such as 500kB or 2.5MB");
    let text = text.trim().to_ascii_lowercase();
    let units = [("kb", 1e3), ("mb", 1e6)];
    let (number, unit) =
        units.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?.trim_end(), unit))).ok_or_else(expected)?;
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let bytes = number.parse::<f64>().ok().filter(|_| is_plain).map(|number| (number * unit).round());
    bytes.filter(|bytes| (1e4..=1e9).contains(bytes)).map(|bytes| bytes as u64).ok_or_else(expected)
}

/// Bytes in words, such as 1.75 MB.
fn told(bytes: f64) -> String {
    if bytes < 1e6 { format!("{:.0} kB", bytes / 1e3) } else { format!("{:.2} MB", bytes / 1e6) }
}

/// What a budget took away, or that one would help.
fn about_size(trained: &Trained, budget: Option<u64>) -> Vec<String> {
    let bytes = trained.bytes.len() as u64;
    let Some(shortened) = &trained.shortened else {
        return Vec::from_iter((budget.is_none() && bytes > LARGE).then(|| {
            let wanted = (trained.rows_bytes as u64 / 2 + bytes - trained.rows_bytes as u64).div_ceil(1_000_000);
            format!(
                "more than {} are long to fetch and to hold; next-item rows are {} of it. --budget {wanted}MB would leave out \
                 what is read least, and say what it costs",
                told(LARGE as f64),
                told(trained.rows_bytes as f64)
            )
        }));
    };
    let mut notes =
        vec![format!("of {} entries of next-item rows there is room for {}", shortened.all, shortened.entries)];
    notes.extend(shortened.validation.map(|[whole, short]| {
        format!(
            "on the validation tail that costs: R@20 {:.2} instead of {:.2} %, MRR@20 {:.2} instead of {:.2} %",
            short.recall, whole.recall, short.reciprocal_rank, whole.reciprocal_rank
        )
    }));
    notes
}

/// The snapshot to go on from, and what to say of it. What is `published` may be of another version or damaged: then there is
/// none. A path that was given must be right.
fn base(given: Option<&Path>, published: Option<&dyn Target>) -> Result<(Vec<u8>, String), Box<dyn Error>> {
    let described = |model: &Model<Vec<u8>>| (model.bytes().to_vec(), model.id().short());
    match (given, published) {
        (Some(none), _) if none.as_os_str() == "none" => Ok((Vec::new(), "none, as asked".into())),
        (Some(path), _) => Ok(described(&open::model(path)?)),
        (None, None) => Ok((Vec::new(), "none yet".into())),
        (None, Some(published)) => Ok(match publish::open(published, None) {
            Ok(model) => described(&model),
            Err(error) => (Vec::new(), format!("none, because what is published cannot be used: {error}")),
        }),
    }
}

#[allow(clippy::too_many_lines, reason = "one step of a publication after the other")]
pub(crate) fn run(args: Args) -> Outcome {
    let began = Instant::now();
    let keys = args.signer.keys()?;
    let mut settings = args.settings.read()?;
    settings.off = settings.off.or_else(|| args.plan.as_deref().and_then(off));
    // Before the first training nothing is published, and no exposure can be known.
    let before = publish::to_read(&args.out)?;
    let publication = args.signer.begin(&*before, &keys)?;
    publication.check_keys()?;
    change::check(&publication, args.canary)?;
    let is_first = publication.manifest().is_none();
    let (base, base_note) = base(args.base.as_deref(), (!is_first).then_some(&*before))?;
    let mut options = Options {
        base,
        sample: args.counting.sample.filter(|_| args.counting.engine.is_none()),
        log: LogFiles {
            events: args.events,
            catalogue: args.catalogue,
            columns: args.map,
            currencies: args.plan.as_deref().map(currencies).unwrap_or_default(),
            utc_offset: args.utc_offset,
            skip_broken: args.skip_broken,
            ..LogFiles::default()
        },
        plan: args.plan,
        currency: args.defaults.currency,
        url_pattern: args.defaults.url_pattern,
        image_pattern: args.defaults.image_pattern,
        ..args.rows.options()
    };
    let (mut log, summary, counter) = args.counting.read(&options.log, options.search.state.as_deref())?;
    options.counter = counter;
    let plans = if is_first { Plans::default() } else { publish::plans(&*before, &log.exposures)? };
    let trials = Trials::of(&log.exposures, &plans);
    trials.tell_offers(&mut log);
    let trained = train(&log, &trials.trials, &options)?;
    let about = about_size(&trained, options.budget);
    let target = publish::to_write(&args.out)?;
    let publication = args.signer.begin(&*target, &keys)?;
    let (published, notes) = change::snapshot(publication, &trained.bytes, args.canary, args.rollback, settings)?;
    let published = published.manifest;
    let removed = publish::prune(&*target, args.keep, now_ms());
    if let Some(counter) = &options.counter {
        let totals = counter.totals();
        println!("counted   {} sessions, {} events; of these a sample:", totals.sessions, totals.events);
    }
    println!(
        "read      {} rows: {} sessions, {} events, {} products",
        summary.rows, summary.sessions, summary.events, summary.items
    );
    println!(
        "dropped   {} sessions of machines ({} events), {} sessions without a product",
        summary.machine_sessions, summary.machine_events, summary.without_product
    );
    println!(
        "          {} repeated events, {} events of names not used",
        summary.repeated,
        summary.unknown_names.total()
    );
    for note in &summary.notes {
        println!("          {note}");
    }
    warn_of_empty_slots(&options, &trained.bytes)?;
    if !trained.unknown_tags.is_empty() {
        let tags = trained.unknown_tags.join(", ");
        println!("pictures  with tags that are no category, no brand and no tag of the plan: {tags}");
    }
    if !log.exposures.is_empty() {
        println!("arms      {} visits by slot, from {} exposures", trials.trials.len(), log.exposures.len());
    }
    for note in trials.notes() {
        println!("          left out: {note}");
    }
    match trained.search {
        Some(state) => println!(
            "kernels   {} trials in {:.1} s; on the validation tail R@20 {:.2} %, MRR@20 {:.2} % (defaults {:.2}, {:.2})",
            state.trials,
            trained.search_secs,
            state.validation.recall,
            state.validation.reciprocal_rank,
            state.defaults.recall,
            state.defaults.reciprocal_rank
        ),
        None => println!("kernels   the defaults; the newest tenth of the log is too short for a search"),
    }
    let numbers = match trained.numbering {
        _ if options.base.is_empty() => "",
        Numbering::Kept => "; products keep their numbers",
        Numbering::Inserted => "; products keep their order, new ones stand between",
        Numbering::Fresh => "; products are numbered afresh, their old numbers would make rows over 6 % longer",
    };
    println!("base      {base_note}{numbers}");
    let release = published.canary.as_ref().map_or(&published.current, |canary| &canary.release);
    println!("snapshot  {} ({} bytes)", release.snapshot, release.bytes);
    for note in &about {
        println!("          {note}");
    }
    for note in &notes {
        println!("          {note}");
    }
    println!("root      {} ({} bytes), {} patches", release.root, release.root_bytes, release.patches.len());
    if let Some(canary) = &published.canary {
        println!("canary    {} % of the visits try it", f64::from(canary.share) / 100.0);
    }
    println!("manifest  number {}", published.sequence);
    match removed {
        Ok(0) => {}
        Ok(files) => println!("removed   {files} files that nothing names any more"),
        // The snapshot is published. What is left costs room only.
        Err(error) => println!("removed   not all that nothing names any more: {error}"),
    }
    println!("published {} in {:.1} s by {}", args.out, began.elapsed().as_secs_f64(), Meta::TRAINER);
    Ok(())
}

/// Prints which slots of a plan the snapshot leaves empty.
fn warn_of_empty_slots(options: &Options, snapshot: &[u8]) -> Outcome {
    if options.plan.is_none() {
        return Ok(());
    }
    let model = Model::open(snapshot, SnapshotId::default())?;
    for warning in plan::warnings(model.plan(), &model) {
        println!("plan      warning: {warning}");
    }
    Ok(())
}
