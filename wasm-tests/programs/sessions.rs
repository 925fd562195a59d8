//! Prints simulated sessions and what the native engine makes of them, a JSON object a line: the events, where
//! the visit came from, and in the end the token, the intent and digests of all decisions, with reasons and without,
//! at a moment of the hosts' clock. `sessions SNAPSHOT COUNT NOW_MS`; the same arguments print the same. With
//! `SHARDS ROOT` behind them, a folder and the name of the root in it, the snapshot's parts decide in its place.
//!
//! The tests in workerd and Chromium put the same events through their hosts and compare.

use serde_json::{Value, json};
use slotwise::context::{Context, LocalTime};
use slotwise::decide::{Decider, Decision, DecisionReport, Place};
use slotwise::event::{EventKind, RawEvent};
use slotwise::experiment::Chance;
use slotwise::intent::explain_intent;
use slotwise::model::Model;
use slotwise::session::Session;
use slotwise::snapshot::{ItemIndex, SnapshotId};
use std::io::Write;
use std::path::Path;

/// The clock of every host. Events are timed by themselves, up to half an hour before.
const NOW_MS: u64 = 1_800_000_000_000;

fn one_of<'a>(chance: &mut Chance, words: &[&'a str]) -> &'a str {
    words[chance.below(words.len() as u64) as usize]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [snapshot, count, clock, parts @ ..] = &words[..] else { return Err("expected SNAPSHOT COUNT NOW_MS".into()) };
    let clock: u64 = clock.parse()?;
    let whole = Model::open(std::fs::read(snapshot)?, SnapshotId::default())?;
    let parts = match parts {
        [shards, root] => Some(in_parts(Path::new(shards), root)?),
        _ => None,
    };
    let model = parts.as_ref().unwrap_or(&whole);
    let mut chance = Chance::new(20_261_121);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let visits: Vec<_> = (0..60).map(|_| visit(&mut chance)).collect();
    for _ in 0..count.parse::<u32>()? {
        let (at, now, context) = &visits[chance.below(visits.len() as u64) as usize];
        let (now, context) = (*now, *context);
        let mut session = Session::begin(context, now);
        let mut time = now - 1_790_000;
        let mut events = Vec::new();
        let home = chance.below(whole.len() as u64);
        for _ in 0..chance.below(24) {
            time += chance.below(70) * 1000;
            let event = event(&whole, &mut chance, home, time);
            let mut raw: RawEvent = serde_json::from_value(event.clone())?;
            session.observe_raw(&mut raw, now);
            events.push(event);
        }
        let intent = serde_json::to_string(&explain_intent(model, &session))?;
        let mut decisions = Decider::new(model, &session, clock).explain_all(0);
        // Hosts name the snapshot by its hash, which this program does not compute.
        for decision in &mut decisions {
            decision.snapshot.clear();
        }
        let decisions = serde_json::to_string(&decisions)?;
        let brief = serde_json::to_string(&(brief(model, &session, clock), slotwise::intent::intent(model, &session)))?;
        let line = json!({
            "visit": at, "now": now, "context": context, "events": events, "intent": intent,
            "token": session.to_token(), "decisions": fnv(&decisions), "brief": fnv(&brief),
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// A root with all its shards.
fn in_parts(shards: &Path, root: &str) -> Result<Model<Vec<u8>>, Box<dyn std::error::Error>> {
    let mut model = Model::open_root(std::fs::read(shards.join(root))?, SnapshotId::default())?;
    for entry in std::fs::read_dir(shards)? {
        let entry = entry?;
        if entry.file_name() != root && !model.extend(&std::fs::read(entry.path())?) {
            return Err(format!("{} is no shard of {root}", entry.path().display()).into());
        }
    }
    Ok(model)
}

/// The decisions without their reasons.
fn brief(model: &Model<Vec<u8>>, session: &Session, clock: u64) -> Vec<DecisionReport> {
    let told = |decision: &Decision| {
        let mut told = DecisionReport::of(decision, model, &Place::default(), None);
        told.snapshot.clear();
        told
    };
    Decider::new(model, session, clock).decide_all().iter().map(told).collect()
}

/// FNV-1a of a text's UTF-16 words, which JavaScript computes as easily.
fn fnv(text: &str) -> u32 {
    text.encode_utf16().fold(0x811c_9dc5, |hash, word| (hash ^ u32::from(word)).wrapping_mul(0x0100_0193))
}

/// Where a visit comes from, as a browser tells it and as the engine reads it, and the time of it.
fn visit(chance: &mut Chance) -> (Value, u64, Context) {
    let agent =
        one_of(chance, &["Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (iPhone) Mobile", "Mozilla/5.0 (iPad)"]);
    let referrer = one_of(chance, &["", "https://www.google.com/", "https://m.facebook.com/", "https://blog.example/"]);
    let query = one_of(chance, &["", "?utm_medium=cpc&utm_campaign=spring", "?utm_medium=email"]);
    let url = format!("https://shop.example/{}{query}", one_of(chance, &["", "category/shoes", "product/1004856"]));
    let (now, offset) = (NOW_MS + chance.below(7 * 24) * 3_600_000, chance.below(48) as i32 * 30 - 720);
    let context = Context::from_request(agent, referrer, &url, LocalTime::from_ms(now, offset));
    (json!([now, offset, agent, referrer, url]), now, context)
}

/// An event about a product near the one at home, or about none.
fn event(model: &Model<Vec<u8>>, chance: &mut Chance, home: u64, time_ms: u64) -> Value {
    let kind = match chance.below(20) {
        0..=9 => EventKind::ViewItem,
        at => EventKind::ALL[(at + chance.below(4)) as usize % EventKind::COUNT].1,
    };
    let item = ItemIndex::new(((home + chance.below(6)) % model.len() as u64) as u32);
    let product = model.product(item);
    let mut shown =
        json!({ "item_id": product.id, "item_category": product.category, "price": product.price_cents / 100 });
    if chance.below(4) == 0 {
        shown["discount"] = json!(5);
    }
    if chance.below(8) == 0 {
        shown["item_id"] = json!(format!("unknown-{}", chance.below(9)));
    }
    let params = json!({
        "items": [shown], "percent_scrolled": chance.below(101), "engagement_time_msec": chance.below(60_000),
    });
    json!({ "name": kind.name(), "params": params, "time_ms": time_ms })
}
