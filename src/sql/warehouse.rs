//! A log that lies with an engine: read as a sample and sums.

use super::engine::Engine;
use super::error::SqlError;
use super::pairs::Pairs;
use super::source::Source;
use super::tables::Tables;
use super::terms::{Listed, Script};
use crate::log::{Log, LogFiles, LogSummary, believed, most_new};
use crate::objects::Temporary;
use crate::train::counted::{Counted, Counter, Totals};
use crate::train::kernel::Kernels;
use crate::train::weights::Weights;
use std::collections::BTreeSet;
use std::error::Error;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds by which another clock may be ahead, as for the log's own reader.
const AHEAD_MS: u64 = 24 * 60 * 60 * 1000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// The latest time of a log whose days are not judged, in milliseconds since 1970.
pub const NEVER_MS: u64 = 100_000_000_000_000;

/// A log that an engine has read, and whose pairs it will count.
#[derive(Debug)]
pub struct Warehouse {
    /// Who counts; or by which kernels everything is counted already.
    counting: Result<Counting, Kernels>,
    tables: Tables,
    totals: Totals,
}

/// What it takes to count pairs.
#[derive(Debug)]
struct Counting {
    engine: Engine,
    /// Whether some visits count for less than one.
    shares: bool,
    folder: Temporary,
}

/// A folder for what an engine writes: for this program's user alone, since it holds events of visitors, or in a place that the
/// workers of a cluster see, too, whoever they run as. It is removed at the end, and by the next program after a kill.
fn folder(exchange: Option<&Path>) -> Result<Temporary, SqlError> {
    match exchange {
        None => Temporary::new().map_err(SqlError::Temporary),
        Some(exchange) => Temporary::shared(exchange).map_err(SqlError::file(exchange)),
    }
}

impl Warehouse {
    /// Lets an engine read a log. `exchange` is a folder that the engine and this program both see, or else
    /// one of this program's own; a sample has at most
    /// `sample` events.
    ///
    /// # Errors
    /// A [`SqlError`].
    pub fn read(
        engine: &Engine,
        log: &LogFiles,
        exchange: Option<&Path>,
        sample: u64,
    ) -> Result<(Log, LogSummary, Self), SqlError> {
        let folder = folder(exchange)?;
        let source = Source::files(log, |files| engine.columns(files, folder.path()))?;
        let listed = listed(log, folder.path())?;
        let system_ms = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        let place = folder.path().display().to_string();
        let mut script = Script {
            dialect: engine.dialect(),
            source: &source,
            place: &place,
            latest_ms: log.now_ms.unwrap_or_else(system_ms).saturating_add(AHEAD_MS),
            times_ms: [0..=NEVER_MS, 0..=NEVER_MS],
            currency: None,
            others: &log.currencies,
            sample,
            listed: listed.as_ref().map(|(path, most_new)| Listed { path, most_new: *most_new }),
        };
        let run = |script: &Script<'_>| engine.run(&script.first(), folder.path()).map(drop);
        run(&script)?;
        let mut tables = Tables::open(folder.path())?;
        let rows = Rows::read(&tables.path("currencies"))?;
        let mut again = false;
        if let Some((first, true)) = &rows.currency {
            (script.currency, again) = (Some(first.as_str()), true);
        }
        for (number, days) in tables.days()?.iter().enumerate() {
            if let Some(times_ms) = times(days, number == 1) {
                (script.times_ms[number], again) = (times_ms, true);
            }
        }
        if again {
            run(&script)?;
            tables = Tables::open(folder.path())?;
        }
        let (log, summary) = sampled(log, &tables, rows)?;
        let totals = tables.totals()?;
        let counting = Ok(Counting { engine: engine.clone(), shares: source.has_strangers(), folder });
        Ok((log, summary, Self { counting, tables, totals }))
    }

    /// Reads what an engine has counted before by these kernels, as the printed statements let it.
    ///
    /// # Errors
    /// A [`SqlError`].
    pub fn counted(log: &LogFiles, folder: &Path, kernels: Kernels) -> Result<(Log, LogSummary, Self), SqlError> {
        let tables = Tables::open(folder)?;
        let (log, summary) = sampled(log, &tables, Rows::read(&tables.path("currencies"))?)?;
        let totals = tables.totals()?;
        Ok((log, summary, Self { counting: Err(kernels), tables, totals }))
    }
}

impl Counter for Warehouse {
    fn totals(&self) -> Totals {
        self.totals
    }

    fn kernels(&self) -> Option<Kernels> {
        self.counting.as_ref().err().copied()
    }

    fn count(&self, weights: &Weights, support: u32, trails: bool) -> Result<Counted, Box<dyn Error + Send + Sync>> {
        let tables = &self.tables;
        if let Ok(Counting { engine, shares, folder }) = &self.counting {
            let place = folder.path().display().to_string();
            let dialect = engine.dialect();
            let pairs = Pairs { dialect, place: &place, shares: *shares, weights, support, trails };
            engine.run(&(pairs.take_up() + &pairs.script()), folder.path())?;
        } else {
            let mut found = Vec::new();
            tables.rows("weights", ["what", "deed", "weight"], |weight| found.push(weight))?;
            found.sort_unstable();
            let near = weights.near.iter().flatten().flat_map(|deeds| (0..).zip(*deeds));
            let near = near.map(|(deed, weight)| [0, deed, weight]);
            let ages = weights.ages.iter().map(|weight| [1, 0, *weight]);
            let stays = weights.stays.iter().map(|weight| [2, 0, *weight]);
            let mut own: Vec<[u64; 3]> = near.chain(ages).chain(stays).collect();
            own.sort_unstable();
            if found != own {
                return Err(SqlError::Kernels { path: tables.path("weights") }.into());
            }
        }
        Ok(Counted {
            lengths: tables.lengths()?,
            looks: tables.looks()?,
            pairs: tables.pairs()?,
            trails: if trails { tables.trails()? } else { Vec::new() },
        })
    }
}

/// The sample as a log, with all products.
fn sampled(log: &LogFiles, tables: &Tables, rows: Rows) -> Result<(Log, LogSummary), SqlError> {
    let sample = LogFiles {
        events: vec![tables.path("sample")],
        found: Some(tables.path("catalogue")),
        catalogue: log.catalogue.clone(),
        utc_offset: log.utc_offset,
        now_ms: log.now_ms,
        ..LogFiles::default()
    };
    let (mut log, mut summary) = sample.read()?;
    log.currency = rows.currency.map(|(currency, _)| currency).unwrap_or_default();
    if rows.broken > 0 {
        let broken =
            format!("{} rows have a price or another number that cannot be read, and were left out", rows.broken);
        summary.notes.push(broken);
    }
    Ok((log, summary))
}

/// The products that the shop lists, as a file for the engine, and how many there may be beside them; `None` without a catalogue.
fn listed(log: &LogFiles, folder: &Path) -> Result<Option<(String, usize)>, SqlError> {
    if log.catalogue.is_none() {
        return Ok(None);
    }
    let ids: BTreeSet<String> = LogFiles { catalogue: log.catalogue.clone(), ..LogFiles::default() }
        .products()?
        .into_iter()
        .map(|item| item.id)
        .collect();
    let path = folder.join("listed.csv");
    let write = || -> Result<(), csv::Error> {
        let mut out = csv::Writer::from_path(&path)?;
        out.write_record(["item"])?;
        ids.iter().try_for_each(|id| out.write_record([id]))?;
        Ok(out.flush()?)
    };
    write().map_err(|error| SqlError::File { path: path.clone(), what: error.to_string() })?;
    Ok(Some((path.display().to_string(), most_new(Some(ids.len())))))
}

/// The times that can be believed, if some cannot.
fn times(days: &[(u64, u64)], are_strangers: bool) -> Option<RangeInclusive<u64>> {
    let kept = believed(days, are_strangers)?;
    let is_out = days.iter().any(|(day, _)| !kept.contains(day));
    is_out.then(|| kept.start() * DAY_MS..=kept.end().saturating_add(1).saturating_mul(DAY_MS).min(NEVER_MS) - 1)
}

/// What an engine says of rows.
#[derive(Debug, Default, PartialEq, Eq)]
struct Rows {
    /// The currency of most, and whether there is another; `None` if no row names one.
    currency: Option<(String, bool)>,
    /// Those with a number that cannot be read.
    broken: u64,
}

impl Rows {
    fn read(path: &Path) -> Result<Self, SqlError> {
        let mut found: Vec<(u64, String)> = Vec::new();
        let mut broken = 0;
        for path in crate::log::files_under(path) {
            let wrong = |error: csv::Error| SqlError::Row {
                path: path.clone(),
                found: error.to_string(),
                expected: "currencies with their rows",
            };
            for row in csv::Reader::from_path(&path).map_err(wrong)?.records() {
                let row = row.map_err(wrong)?;
                let number = |at| row.get(at).and_then(|rows| rows.parse().ok()).unwrap_or_default();
                found.push((number(1), row.get(0).unwrap_or_default().to_owned()));
                broken += number(2);
            }
        }
        found.retain(|(rows, currency)| *rows > 0 && !currency.is_empty());
        found.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        let several = found.len() > 1;
        Ok(Self { currency: found.into_iter().next().map(|(_, currency)| (currency, several)), broken })
    }
}
