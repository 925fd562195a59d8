//! The bundled demo log as an origin would have written it, and rows that strangers forge.

// Each test file uses a part of it.
#![allow(dead_code)]

use flate2::read::MultiGzDecoder;
use slotwise::context::{Context, Device, LocalTime, Region, Source};
use slotwise::event::{Number, RawEvent, RawItem, RawParams, Text};
use slotwise::experiment::Chance;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;

/// 1 October 2019, when the demo log begins.
pub(crate) const BEGIN_MS: u64 = 1_569_888_000_000;

/// One event of a visit.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) item: RawItem,
    pub(crate) time_ms: u64,
}

/// Writes visits as the lines of an origin's log.
#[derive(Default)]
pub(crate) struct Origin {
    /// The log so far.
    pub(crate) lines: String,
    /// Rows in it.
    pub(crate) rows: usize,
    visits: u64,
}

impl Origin {
    /// Adds a visit: lines linked by digests, of which the first says where it came from.
    pub(crate) fn add(&mut self, context: Context, steps: &[Step]) {
        self.visits += 1;
        let digest = |step: usize| format!("{:x}", self.visits << 16 | step as u64);
        for (at, step) in steps.iter().enumerate() {
            let before = at.checked_sub(1).map(digest);
            let event = RawEvent {
                name: step.name.into(),
                params: RawParams {
                    items: vec![step.item.clone()],
                    currency: Text("USD".into()),
                    ..RawParams::default()
                },
                event_id: Text(format!("e{}-{at}", self.visits)),
                time_ms: Number(Some(step.time_ms as f64)),
                chain: Some((before, digest(at))),
                context: (at == 0).then_some(context),
            };
            self.rows += 1;
            let _ = writeln!(self.lines, "{}", serde_json::to_string(&event).expect("an event is JSON"));
        }
    }
}

/// One of the entries, by their shares in percent.
fn drawn<T: Copy>(chance: &mut Chance, of: &[(u64, T)]) -> T {
    let mut left = chance.below(of.iter().map(|(share, _)| share).sum());
    for (share, value) in of {
        if left < *share {
            return *value;
        }
        left -= share;
    }
    of[0].1
}

/// Where a visit came from, as a shop's visits do.
pub(crate) fn context(chance: &mut Chance) -> Context {
    use Source::{Direct, Mail, Paid, Referral, Search, Social};
    Context {
        source: drawn(chance, &[(35, Direct), (25, Search), (10, Social), (15, Paid), (5, Mail), (10, Referral)]),
        device: drawn(chance, &[(35, Device::Desktop), (60, Device::Phone), (5, Device::Tablet)]),
        region: drawn(
            chance,
            &[(60, Region::Europe), (15, Region::Asia), (15, Region::America), (10, Region::Unknown)],
        ),
        time: LocalTime::UNKNOWN,
        ..Context::default()
    }
}

/// The bundled demo log, visit by visit, in order of their first rows.
pub(crate) fn demo() -> Vec<Vec<Step>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/www/data/rees46-2019-oct.csv.gz");
    let mut csv = csv::Reader::from_reader(MultiGzDecoder::new(File::open(path).expect("the demo log")));
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut visits: Vec<Vec<Step>> = Vec::new();
    for row in csv.records().map_while(Result::ok).filter(|row| row.len() == 9) {
        let at = *numbers.entry(row[8].to_owned()).or_insert(visits.len());
        if at == visits.len() {
            visits.push(Vec::new());
        }
        let clock: Vec<u64> = row[0][11..19].split(':').filter_map(|part| part.parse().ok()).collect();
        let item = RawItem {
            item_id: Text(row[2].into()),
            item_brand: Text(row[5].into()),
            item_category: Text(row[4].into()),
            item_name: Text(format!("{} {}", &row[5], &row[2])),
            price: Number(row[6].parse().ok()),
            ..RawItem::default()
        };
        let name = match &row[1] {
            "cart" => "add_to_cart",
            "purchase" => "purchase",
            _ => "view_item",
        };
        let time_ms = BEGIN_MS + (clock[0] * 3600 + clock[1] * 60 + clock[2]) * 1000;
        visits[at].push(Step { name, item, time_ms });
    }
    visits
}

/// The demo log as its shop's origin would have written it.
pub(crate) fn honest() -> Origin {
    let mut chance = Chance::new(1);
    let mut origin = Origin::default();
    for visit in demo() {
        origin.add(context(&mut chance), &visit);
    }
    origin
}

/// A product as a forger describes it.
pub(crate) fn product(id: &str, name: &str) -> RawItem {
    RawItem {
        item_id: Text(id.into()),
        item_name: Text(name.into()),
        item_brand: Text("forged".into()),
        item_category: Text("forged.goods".into()),
        price: Number(Some(1.0)),
        ..RawItem::default()
    }
}
