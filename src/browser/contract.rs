//! `js/src/contract.ts`: what Rust and TypeScript both know, written once, in Rust.
//!
//! The build writes the file anew (`slotwise contract`); `wasm-tests/house.rs` fails where it is stale.

use super::Asked;
use crate::consent;
use crate::context::{Device, Region, Source};
use crate::decide::{HOLDOUT, KEYS, Kind, PINNED, TEXTS};
use crate::intent::{PriceBand, Stage};
use crate::page::{BECAUSE, CARD, FIELD, Field, ITEM, KEY, PERSONALISED, SHOWS, SLOT, VARIANT};
use crate::preview::Preview;
use crate::session;
use crate::snapshot::plan::Strategy;
use alloc::{format, string::String};
use core::fmt::Write;

fn list(out: &mut String, doc: &str, name: &str, entries: &[&str]) {
    let line = format!("export const {name} = [\"{}\"] as const;", entries.join("\", \""));
    let block = || format!("export const {name} = [\n  \"{}\",\n] as const;", entries.join("\",\n  \""));
    let text = if line.len() > 140 { block() } else { line };
    let _ = write!(out, "\n/** {doc} */\n{text}\n");
}

/// The text of `js/src/contract.ts`.
pub fn contract() -> String {
    let mut out = String::from(
        "// Written by the build from the Rust sources: do not edit.\n//\n// What Rust and TypeScript both know: attributes, cookies, and the numbers the engine speaks in.\n",
    );
    for (doc, name, value) in [
        ("Marks a slot; its value is the slot's name.", "SLOT", SLOT),
        ("Names a variant of a *choose* slot.", "VARIANT", VARIANT),
        ("Marks the card template of a *fill* slot.", "CARD", CARD),
        ("Says what an element of a card shows.", "FIELD", FIELD),
        ("A product's id: on a slot, of the product its page is about; on a card, of its own.", "ITEM", ITEM),
        ("Names a child of an *order* slot.", "KEY", KEY),
        ("Marks an element that says why a slot shows what it shows.", "BECAUSE", BECAUSE),
        ("Left on a slot that was changed.", "PERSONALISED", PERSONALISED),
        ("Left on a slot that was decided: the exposure to report, as JSON.", "SHOWS", SHOWS),
        ("Cookie that carries the visit's token.", "SESSION_COOKIE", session::COOKIE),
        ("Cookie with the visitor's answer to the consent question.", "CONSENT_COOKIE", consent::COOKIE),
        ("Parameter of a preview link.", "PREVIEW", Preview::PARAMETER),
        ("The arm of visits that are held out.", "HOLDOUT", HOLDOUT),
        ("The strategy of products with a fixed place.", "PINNED", PINNED),
    ] {
        let _ = write!(out, "\n/** {doc} */\nexport const {name} = \"{value}\";\n");
    }
    for (doc, name, value) in [
        ("How long a silent visit lasts, in seconds.", "SESSION_SECS", session::GAP_SECS),
        ("How long the visitor's answer is kept, in seconds.", "CONSENT_SECS", consent::AGE_SECS),
    ] {
        let _ = write!(out, "\n/** {doc} */\nexport const {name} = {value};\n");
    }
    out.push_str("\n// What the engine can be asked, by number: see `Asked` in src/browser/engine.rs.\n");
    for (number, (name, _)) in Asked::ALL.iter().enumerate() {
        let _ = writeln!(out, "export const {name} = {number};");
    }
    list(&mut out, "What is decided in a slot, by number.", "KINDS", &Kind::NAMES);
    list(&mut out, "Strategies, by number.", "STRATEGIES", &Strategy::ALL.map(|(name, _)| name));
    list(&mut out, "Stages of a visit, by number.", "STAGES", &Stage::NAMES);
    list(&mut out, "Price bands, by number.", "BANDS", &PriceBand::NAMES);
    list(&mut out, "Sources of a visit, by number.", "SOURCES", &Source::ALL.map(Source::word));
    list(&mut out, "Devices, by number.", "DEVICES", &Device::ALL.map(Device::word));
    list(&mut out, "Parts of the world, by number.", "REGIONS", &Region::ALL.map(Region::word));
    list(&mut out, "What a card may show, by number.", "FIELDS", &Field::ALL.map(|(name, _)| name));
    let attributes = Field::ALL.map(|(_, field)| field.attribute().unwrap_or_default());
    list(&mut out, "The attribute each field sets; none where it is the text.", "FIELD_ATTRIBUTES", &attributes);
    list(&mut out, "Translation keys of words for the shopper, by number.", "KEYS", &KEYS);
    list(&mut out, "The same in English, unless the plan has words of its own.", "TEXTS", &TEXTS.map(|(_, text)| text));
    out
}
