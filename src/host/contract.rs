//! `js/src/contract.ts`: what Rust and TypeScript both know, written once, in Rust.
//!
//! Constants are listed here, each from the module that owns it; types are derived from the Rust types (`declare`).
//! `npm run contract` writes the file anew; `wasm-tests/house.rs` fails where it is stale. It is written into the
//! checkout, not during the build, so that a first start compiles no generator.

use super::{
    Asked, BASE, EdgeHealth, EventCounts, EventsAnswer, Explained, Flag, InteractionReport, MAX_BODY, PageCounts,
};
use super::{SessionReport, SnapshotReport, declare};
use crate::consent::{self, Consent, Mode};
use crate::context::{Context, Device, LocalTime, Region, Source};
use crate::decide::{BecauseReport, BundleReport, DecisionReport, HOLDOUT, KEYS, Kind, PINNED, PickReport};
use crate::decide::{PictureReport, TEXTS};
use crate::event::valid::MAX_EVENTS;
use crate::event::{EventKind, ItemKey, Number, RawEvent, RawExposure, RawItem, RawParams, Refusal, Text};
use crate::explanation::Reason;
use crate::intent::{CategoryShare, IntentReport, PriceBand, Stage};
use crate::page::header::{DROPPED, DROPPED_ENDS, VARY};
use crate::page::{
    ABOUT, BECAUSE, BUNDLE, CARD, CLOSE, FIELD, Field, ITEM, KEY, LANG, OFF, PACK, PERSONALISED, SHOWS, SLOT, VARIANT,
};
use crate::preview::Preview;
use crate::session;
use crate::snapshot::overlay::Overlay;
use crate::snapshot::plan::Strategy;
use crate::snapshot::{Canary, Manifest, PatchName, Release};
use alloc::{format, string::String, vec::Vec};
use core::fmt::Write;
use serde_json::Value;

const HEAD: &str = "\
// Written by `npm run contract` from the Rust sources: do not edit.
//
// What Rust and TypeScript both know: attributes, cookies, the numbers the engine speaks in, and what it takes and gives.
";

/// The text of `js/src/contract.ts`.
pub fn contract() -> String {
    let mut out = String::from(HEAD);
    words(&mut out);
    numbers(&mut out);
    asked(&mut out);
    lists(&mut out);
    types(&mut out);
    out
}

fn words(out: &mut String) {
    for (doc, name, value) in [
        ("Marks a slot; its value is the slot's name.", "SLOT", SLOT),
        ("Names a variant of a *choose* slot.", "VARIANT", VARIANT),
        ("Marks the card template of a *fill* slot, and those of a *bundle* slot.", "CARD", CARD),
        ("Left on the card of a bundle: the bundle's name.", "BUNDLE", BUNDLE),
        ("Left on a card whose product was sold out after it was shown.", "OFF", OFF),
        ("Says what an element of a card shows.", "FIELD", FIELD),
        ("A product's id: on a slot, of the product its page is about; on a card, of its own.", "ITEM", ITEM),
        ("On a slot: the category its page is about, or the words of a search.", "ABOUT", ABOUT),
        ("On a slot: its language, where it is not the page's.", "LANG", LANG),
        ("Names a child of an *order* slot.", "KEY", KEY),
        ("Closes the panel around it that has opened.", "CLOSE", CLOSE),
        ("Marks an element that says why a slot shows what it shows.", "BECAUSE", BECAUSE),
        ("Left on a slot that was changed.", "PERSONALISED", PERSONALISED),
        ("Left on a slot that was decided: the exposure to report, as JSON.", "SHOWS", SHOWS),
        (
            "Of the data block at a page's end: a pack in base64url, for the snapshot with these first digits.",
            "PACK",
            PACK,
        ),
        ("Where the engine's own addresses begin.", "BASE", BASE),
        ("Cookie that carries the visit's token.", "SESSION_COOKIE", session::COOKIE),
        ("Cookie with the visitor's answer to the consent question.", "CONSENT_COOKIE", consent::COOKIE),
        ("What follows a cookie's value; its age in seconds comes next.", "COOKIE_AGE", consent::COOKIE_AGE),
        ("What follows a cookie's age.", "COOKIE_SITE", consent::COOKIE_SITE),
        ("What ends a cookie of a page that was served over https.", "COOKIE_SECURE", consent::COOKIE_SECURE),
        ("Parameter of a preview link.", "PREVIEW", Preview::PARAMETER),
        ("What a preview's signed bytes begin with.", "PREVIEW_PREFIX", Preview::PREFIX),
        ("What a manifest's signed bytes begin with; its first line follows.", "MANIFEST_PREFIX", Manifest::PREFIX),
        ("What an overlay's signed bytes begin with.", "OVERLAY_PREFIX", Overlay::PREFIX),
        ("The arm of visits that are held out.", "HOLDOUT", HOLDOUT),
        ("The strategy of products with a fixed place.", "PINNED", PINNED),
        ("Names of all that is sent of an event.", "SENT", &sent()),
        ("`Vary` of a page that could have been fitted.", "VARY", VARY),
    ] {
        let _ = write!(out, "\n/** {doc} */\nexport const {name} ={}{};\n", gap(name, value), quoted(value));
    }
}

/// A space, or a new line where the constant would not fit into one line.
fn gap(name: &str, value: &str) -> &'static str {
    if "export const  = ;".len() + name.len() + quoted(value).len() > WIDTH { "\n  " } else { " " }
}

fn quoted(text: &str) -> String {
    format!("{}", Value::from(text))
}

/// Longest line that the formatter of the package leaves as it is.
const WIDTH: usize = 140;

fn numbers(out: &mut String) {
    let LocalTime { hour, weekday } = LocalTime::UNKNOWN;
    for (doc, name, value) in [
        ("How long a silent visit lasts, in seconds.", "SESSION_SECS", i64::from(session::GAP_SECS)),
        ("How long the visitor's answer is kept, in seconds.", "CONSENT_SECS", i64::from(consent::AGE_SECS)),
        ("Longest body of a beacon or a question, in bytes.", "MAX_BODY", MAX_BODY as i64),
        ("Longest overlay in bytes.", "MAX_OVERLAY", Overlay::MAX_BYTES as i64),
        ("Most events of a post; the rest is not taken.", "MAX_EVENTS", MAX_EVENTS as i64),
        ("Stands for an hour that is not known.", "UNKNOWN_HOUR", i64::from(hour)),
        ("Stands for a weekday that is not known.", "UNKNOWN_WEEKDAY", i64::from(weekday)),
        (
            "The bit of a product's key that is only a hash, in the upper 32 bits.",
            "HASHED",
            (ItemKey::HASHED >> 32) as i64,
        ),
        ("Stands for a number that is not known.", "UNKNOWN", i64::from(Flag::UNKNOWN)),
        ("Flag of a decision: the engine puts something there.", "FLAG_PERSONALISED", i64::from(Flag::PERSONALISED)),
        ("Flag of a decision: seeing it counts.", "FLAG_COUNTS", i64::from(Flag::COUNTS)),
        ("Flag of a decision: a variant or an offer follows.", "FLAG_CHOICE", i64::from(Flag::CHOICE)),
        ("Flag of a decision: words for the shopper follow.", "FLAG_BECAUSE", i64::from(Flag::BECAUSE)),
        ("Flag of a decision: its slot opens on leaving.", "FLAG_EXIT", i64::from(Flag::EXIT)),
        ("Flag of a decision: shards that are under way could change it.", "FLAG_PARTIAL", i64::from(Flag::PARTIAL)),
    ] {
        let _ = write!(out, "\n/** {doc} */\nexport const {name} = {value};\n");
    }
}

fn asked(out: &mut String) {
    out.push_str("\n// What the engine can be asked, by number: see `Asked` in src/host/asked.rs.\n");
    for (number, (name, _)) in Asked::ALL.iter().enumerate() {
        let _ = writeln!(out, "export const {name} = {number};");
    }
}

fn lists(out: &mut String) {
    let names = |all: &[(&'static str, EventKind)]| all.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    let events = [names(&EventKind::ALL), names(&EventKind::ALIASES)].concat();
    list(out, "GA4 names of the events the engine uses; any other name is ignored.", "EVENTS", &events);
    let refusals: Vec<&str> = Refusal::ALL.iter().map(|(word, _)| *word).filter(|word| *word != "name").collect();
    list(out, "Why an event is refused.", "REFUSALS", &refusals);
    list(out, "What is decided in a slot, by number.", "KINDS", &Kind::NAMES);
    list(out, "Strategies, by number.", "STRATEGIES", &Strategy::ALL.map(|(name, _)| name));
    list(out, "Stages of a visit, by number.", "STAGES", &Stage::NAMES);
    list(out, "Price bands, by number.", "BANDS", &PriceBand::NAMES);
    list(out, "Sources of a visit, by number.", "SOURCES", &Source::ALL.map(Source::word));
    list(out, "Devices, by number.", "DEVICES", &Device::ALL.map(Device::word));
    list(out, "Parts of the world, by number.", "REGIONS", &Region::ALL.map(Region::word));
    list(out, "What a card may show, by number.", "FIELDS", &Field::ALL.map(|(name, _)| name));
    let attributes = Field::ALL.map(|(_, field)| field.attribute().unwrap_or_default());
    list(out, "The attribute each field sets; none where it is the text.", "FIELD_ATTRIBUTES", &attributes);
    list(out, "Translation keys of words for the shopper, by number.", "KEYS", &KEYS);
    list(out, "The same in English, unless the plan has words of its own.", "TEXTS", &TEXTS.map(|(_, text)| text));
    list(out, "What is assumed of a visitor who has said nothing.", "CONSENT_MODES", &Mode::ALL.map(|(word, _)| word));
    list(
        out,
        "Answers to the consent question, as the cookie holds them.",
        "ANSWERS",
        &Consent::ALL.map(|(word, _)| word),
    );
    list(out, "Headers of the store that a fitted page does not have.", "DROPPED", &DROPPED);
    list(out, "Ends of names of further ones.", "DROPPED_ENDS", &DROPPED_ENDS);
    for (word, mode) in Mode::ALL {
        let allows = Consent::ALL.iter().filter(|(_, answer)| answer.allows(mode)).map(|(word, _)| *word);
        let doc = format!("Answers that allow to keep a visit, where consent is {word}.");
        list(out, &doc, &format!("ALLOWED_IF_{}", word.to_uppercase()), &allows.collect::<Vec<_>>());
    }
}

fn list(out: &mut String, doc: &str, name: &str, entries: &[&str]) {
    let entries: Vec<String> = entries.iter().map(|entry| quoted(entry)).collect();
    let line = format!("export const {name} = [{}] as const;", entries.join(", "));
    let block = || format!("export const {name} = [\n  {},\n] as const;", entries.join(",\n  "));
    let text = if line.len() > WIDTH { block() } else { line };
    let _ = write!(out, "\n/** {doc} */\n{text}\n");
}

fn types(out: &mut String) {
    for (doc, name, list) in [
        ("A GA4 e-commerce event name the engine uses; any other name is ignored.", "EventName", "EVENTS"),
        ("Why an event is refused.", "Refusal", "REFUSALS"),
        ("What is decided in a slot: `own` where the arm is the shop's own content.", "Kind", "KINDS"),
        ("A way to find products for a row, by the name it has in the plan.", "Strategy", "STRATEGIES"),
        ("How far a visit has come.", "Stage", "STAGES"),
        ("Where in a category's prices a visit looks.", "PriceBand", "BANDS"),
        ("Where a visit came from.", "Source", "SOURCES"),
        ("What the page is shown on.", "Device", "DEVICES"),
        ("Translation key of words for the shopper.", "BecauseKey", "KEYS"),
        ("What is assumed of a visitor who has said nothing.", "ConsentMode", "CONSENT_MODES"),
        ("The visitor's answer to the consent question; `unknown` where there was none.", "Consent", "ANSWERS"),
    ] {
        let _ = write!(out, "\n/** {doc} */\nexport type {name} = (typeof {list})[number];\n");
    }
    declare::interface::<RawItem>(out);
    declare::interface::<RawParams>(out);
    declare::interface::<RawExposure>(out);
    declare::interface::<Reason>(out);
    declare::interface::<PickReport>(out);
    declare::interface::<PictureReport>(out);
    declare::interface::<BundleReport>(out);
    declare::interface::<BecauseReport>(out);
    declare::interface::<DecisionReport>(out);
    declare::interface::<CategoryShare>(out);
    declare::interface::<IntentReport>(out);
    declare::interface::<InteractionReport>(out);
    declare::interface::<SessionReport>(out);
    declare::interface::<SnapshotReport>(out);
    declare::interface::<Explained>(out);
    declare::interface::<PatchName>(out);
    declare::interface::<Release>(out);
    declare::interface::<Canary>(out);
    declare::interface::<Manifest>(out);
    declare::interface::<EventsAnswer>(out);
    declare::interface::<EventCounts>(out);
    declare::interface::<PageCounts>(out);
    declare::interface::<EdgeHealth>(out);
}

/// Names of all that is sent of an event: what the engine reads or adds. Every field is written out and none is empty,
/// because empty ones are not serialised, and the page sends only what is listed here.
fn sent() -> String {
    let (text, number) = (|| Text("x".into()), Number(Some(1.0)));
    let item = RawItem {
        item_id: text(),
        item_name: text(),
        item_brand: text(),
        item_category: text(),
        item_category2: text(),
        item_category3: text(),
        item_category4: text(),
        item_category5: text(),
        price: number,
        discount: number,
    };
    let exposure = RawExposure {
        slot: text(),
        arm: text(),
        choice: text(),
        personalised: true,
        snapshot: text(),
        seed: number,
        exit: true,
        items: [text()].into(),
    };
    let params = RawParams {
        items: [item].into(),
        currency: text(),
        percent_scrolled: number,
        engagement_time_msec: number,
        offer: text(),
        exposure: Some(exposure),
    };
    let event = RawEvent {
        name: "x".into(),
        params,
        event_id: text(),
        time_ms: number,
        chain: Some((None, "x".into())),
        context: Some(Context::default()),
    };
    let mut names: Vec<String> = ["events".into(), "applied".into()].into();
    collect(&serde_json::to_value(event).unwrap_or_default(), &mut names);
    names.join(" ")
}

fn collect(value: &Value, names: &mut Vec<String>) {
    let objects = value.as_array().into_iter().flatten();
    objects.for_each(|entry| collect(entry, names));
    for (name, value) in value.as_object().into_iter().flatten() {
        if !names.contains(name) {
            names.push(name.clone());
        }
        collect(value, names);
    }
}
