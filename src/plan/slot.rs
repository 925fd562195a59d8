//! Slots of the plan file: what each decides, and the arms of its experiment.
//!
//! In the file, an arm states only what it changes. Compiled, every arm is complete, so a host needs no merging. A slot
//! without an experiment has one arm with the whole share.

use super::audience::audience;
use super::check::{Check, below, nearest};
use super::limits::{self, Limit};
use super::schedule::schedule;
use super::variant::variant;
use super::{bundle, row};
use crate::decide::HOLDOUT;
use crate::snapshot::plan::{Arm, Choose, Draw, Fill, Order, Slot, WHOLE};
use serde_json::Value;

/// Keys that belong to the slot as a whole. Arms must not set them: visits of different audiences or times could not be
/// compared.
pub(super) const SHARED: [&str; 7] =
    ["kind", "minimum_evidence", "audience", "schedule", "most_shown", "show", "experiment"];
/// Kinds of slots, in the order of messages.
pub(super) const KINDS: [&str; 5] = ["choose", "fill", "order", "offer", "bundle"];
/// When a slot shows what was decided: with the page, or once a visit when the visitor is about to leave it.
pub(super) const SHOWN: [&str; 2] = ["page", "exit"];
/// What a slot may be put in order by, by number.
pub(super) const ORDERS: [&str; 2] = ["categories", "products"];
/// How arms are drawn, by number.
pub(super) const DRAWS: [&str; 3] = ["visit", "hour", "posterior"];
/// How variants are chosen.
pub(super) const CHOOSERS: [&str; 1] = ["category_affinity"];

/// Reads a slot.
pub(super) fn slot(check: &mut Check<'_>, name: &str, value: &Value) -> Option<Slot> {
    let path = format!("slots.{name}");
    if !value.is_object() {
        check.say(&path, Some(value), "an object");
        return None;
    }
    // A slot whose kind is unknown has no keys to check; everything else is read on, mistakes or not.
    let base = fill(check, &path, value, &[])?;
    let minimum_evidence = check.whole(&path, value, "minimum_evidence", &limits::MINIMUM_EVIDENCE) as u16;
    let audience = audience(check, &path, value);
    let schedule = schedule(check, &path, value);
    let most_shown = check.whole(&path, value, "most_shown", &limits::MOST_SHOWN) as u8;
    let exit = check.word(&path, value, "show", &SHOWN) == Some(1);
    if exit && matches!(base, Fill::Order(_)) {
        let expected = "page: a slot that is put in order has nothing to open with";
        check.say(&below(&path, "show"), value.get("show"), expected);
    }
    if exit && value.get("most_shown").is_some() {
        let expected = "nothing: a slot that is shown on exit opens once a visit";
        check.say(&below(&path, "most_shown"), value.get("most_shown"), expected);
    }
    let (draw, arms) = match value.get("experiment") {
        None => (Draw::Visit, vec![Arm { name: "model".into(), share: WHOLE, fill: base }]),
        Some(experiment) => arms(check, &below(&path, "experiment"), value, experiment)?,
    };
    Some(Slot { name: name.to_owned(), minimum_evidence, audience, schedule, most_shown, exit, draw, arms })
}

/// What a slot or an arm decides. `more` names keys that the same object may have besides.
fn fill(check: &mut Check<'_>, path: &str, value: &Value, more: &[&str]) -> Option<Fill> {
    let kind = value.get("kind");
    let own: &[&str] = match kind.and_then(Value::as_str) {
        Some("choose") => &["strategy", "minimum_share", "default", "variants", "stickiness"],
        Some("fill") => &row::KEYS,
        Some("order") => &["by"],
        Some("offer") => &["offers"],
        Some("bundle") => &bundle::SLOT,
        other => {
            let hint = other.map_or(String::new(), |kind| nearest(kind, &KINDS));
            check.say(&below(path, "kind"), kind, &format!("one of {}{hint}", KINDS.join(", ")));
            return None;
        }
    };
    // The allowed keys depend on the kind, so that `limit` on a slot that chooses a variant is a mistake.
    let keys: Vec<&str> = SHARED.iter().chain(own).chain(more).copied().collect();
    check.object(value, path, &keys)?;
    Some(match kind.and_then(Value::as_str) {
        Some("choose") => Fill::Choose(choose(check, path, value)?),
        Some("fill") => Fill::Items(row::row(check, path, value)?),
        Some("bundle") => bundle::slot(check, path, value)?,
        Some("order") => match check.word(path, value, "by", &ORDERS) {
            Some(0) => Fill::Order(Order::Categories),
            Some(_) => Fill::Order(Order::Products),
            None => {
                if value.get("by").is_none() {
                    check.say(&below(path, "by"), None, "categories or products");
                }
                return None;
            }
        },
        _ => {
            let mut offers = Vec::new();
            let known: Vec<String> = check.plan.offers.iter().map(|offer| offer.name.clone()).collect();
            let names: Vec<&str> = known.iter().map(String::as_str).collect();
            for (at, name) in check.list(path, value, "offers").iter().enumerate() {
                match names.iter().position(|known| name.as_str() == Some(known)) {
                    Some(number) => offers.push(number as u16),
                    None => {
                        let hint = nearest(name.as_str().unwrap_or_default(), &names);
                        let expected = format!("a published offer, one of {}{hint}", names.join(", "));
                        check.say(&format!("{path}.offers[{at}]"), Some(name), &expected);
                    }
                }
            }
            let is_empty = |listed: &Value| listed.as_array().is_some_and(Vec::is_empty);
            if value.get("offers").is_none_or(is_empty) {
                check.say(&below(path, "offers"), value.get("offers"), "a list of published offers");
            }
            Fill::Offers(offers)
        }
    })
}

/// Reads a slot that chooses a variant.
fn choose(check: &mut Check<'_>, path: &str, value: &Value) -> Option<Choose> {
    check.word(path, value, "strategy", &CHOOSERS);
    let minimum_share = check.thousandths(path, value, "minimum_share", &limits::MINIMUM_SHARE);
    let stickiness = check.thousandths(path, value, "stickiness", &limits::STICKINESS);
    let default = check.text(path, value, "default");
    if value.get("default").is_none() {
        check.say(&below(path, "default"), None, "the name of the variant that is the shop's own content");
    }
    let named = check.entries(path, value, "variants");
    if named.is_empty() {
        check.say(&below(path, "variants"), value.get("variants"), "an object with at least one variant");
    }
    let mut variants = Vec::new();
    for (name, value) in named {
        let path = format!("{path}.variants.{name}");
        if Some(name.as_str()) == default {
            check.problems.push(format!("{path} is the default too, expected other variants only"));
        }
        variants.push(variant(check, &path, name, value));
    }
    Some(Choose { default: default?.to_owned(), variants, minimum_share, stickiness })
}

/// Reads an experiment. Each arm is the slot with some of its keys replaced.
fn arms(check: &mut Check<'_>, path: &str, slot: &Value, experiment: &Value) -> Option<(Draw, Vec<Arm>)> {
    check.object(experiment, path, &["draw", "control", "arms"])?;
    let draw = match check.word(path, experiment, "draw", &DRAWS) {
        Some(1) => Draw::Hour,
        Some(2) => Draw::Posterior,
        _ => Draw::Visit,
    };
    let mut listed = check.entries(path, experiment, "arms");
    // The control comes first in the compiled plan: that is how the lift report knows it.
    listed.sort_by_key(|(name, _)| experiment["control"] != name.as_str());
    let names: Vec<&str> = listed.iter().map(|(name, _)| name.as_str()).collect();
    let arms_path = below(path, "arms");
    if listed.len() < 2 {
        check.say(&arms_path, experiment.get("arms"), "an object with two arms or more");
        return None;
    }
    if names.contains(&HOLDOUT) {
        check.problems.push(format!("{arms_path}.{HOLDOUT} is the name of the visits held out, expected another name"));
    }
    match experiment.get("control") {
        Some(Value::String(control)) if names.contains(&control.as_str()) => {}
        control => {
            let hint = nearest(control.and_then(Value::as_str).unwrap_or_default(), &names);
            let expected =
                format!("the name of the arm the others are compared with, one of {}{hint}", names.join(", "));
            check.say(&below(path, "control"), control, &expected);
        }
    }
    // Without any shares, all arms get equal ones. Some with and some without would leave the rest open to guessing.
    let stated = listed.iter().filter(|(_, arm)| arm.get("share").is_some()).count();
    let even = 1.0 / listed.len() as f64;
    let mut arms = Vec::new();
    for (name, arm) in &listed {
        let path = format!("{arms_path}.{name}");
        let share = check.number(&path, arm, "share", &Limit { unset: even, ..limits::SHARE });
        let fill = if arm.get("own").and_then(Value::as_bool) == Some(true) {
            check.object(arm, &path, &["share", "own"]);
            Some(Fill::Own)
        } else {
            // The slot's keys, overwritten by the arm's: read as a slot, so that the same checks apply.
            let mut merged = slot.as_object()?.clone();
            merged.remove("experiment");
            for (key, value) in arm.as_object().into_iter().flatten() {
                if SHARED.contains(&key.as_str()) {
                    check.problems.push(format!("{path}.{key} is the slot's own, expected it outside of the arms"));
                }
                merged.insert(key.clone(), value.clone());
            }
            fill(check, &path, &Value::Object(merged), &["share", "own"])
        };
        arms.push((name.as_str(), share, fill?));
    }
    if stated != 0 && stated != listed.len() {
        check
            .problems
            .push(format!("{arms_path} has shares for {stated} of {} arms, expected all or none", listed.len()));
    }
    // A tolerance for binary rounding: 0.1 + 0.2 + 0.7 is not exactly 1.
    let total: f64 = arms.iter().map(|(_, share, _)| share).sum();
    if (total - 1.0).abs() > 1e-6 {
        let problem = format!("{arms_path} has shares of {:.1} % altogether, expected 100 %", total * 100.0);
        check.problems.push(problem);
        return None;
    }
    // Cumulative shares are rounded, not the shares: the differences of rounded sums always add up to the whole.
    let (mut so_far, mut given) = (0.0, 0);
    let cut = |(name, share, fill): (&str, f64, Fill)| {
        so_far += share;
        let here = (so_far * f64::from(WHOLE)).round() as u16;
        Arm { name: name.to_owned(), share: here - std::mem::replace(&mut given, here), fill }
    };
    Some((draw, arms.into_iter().map(cut).collect()))
}
