//! Shared by subcommands: opening models and sessions, and printing a decision.
//!
//! `inspect`, `preview`, `check` and `diff` accept a published folder and a bare snapshot file alike, because an evaluation
//! writes files and training writes folders.

use serde::Deserialize;
use slotwise::context::{Context, LocalTime};
use slotwise::decide::{DecisionReport, PictureReport};
use slotwise::event::{Number, RawEvent};
use slotwise::explanation::Reason;
use slotwise::model::Model;
use slotwise::origin::publish::{self, Folder};
use slotwise::session::Session;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

/// Opens the model of a published folder or of a snapshot file. Signatures are not checked: the files are the user's own.
pub(super) fn model(path: &Path) -> Result<Model<Vec<u8>>, Box<dyn Error>> {
    if path.is_dir() {
        return Ok(publish::open(&Folder::to_read(path), None)?);
    }
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let id = publish::id_of(&bytes);
    Ok(Model::open(bytes, id).map_err(|error| format!("{}: {error}", path.display()))?)
}

/// A visit as a file describes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Visit {
    /// The page it began on; source, campaign and landing page are read from it.
    #[serde(default)]
    url: String,
    #[serde(default)]
    referrer: String,
    #[serde(default)]
    user_agent: String,
    /// The context, if the file states it instead of a URL.
    context: Option<Context>,
    events: Vec<RawEvent>,
}

/// The session of a token, or of a file: JSON with `events`, and `context` or `url`, `referrer` and `user_agent`. Events
/// without a time are a minute apart, the last of them now.
///
/// Whatever reads as a token is one; a path cannot, since a token ends with a checksum.
pub(super) fn session(given: &str, now_ms: u64) -> Result<Session, Box<dyn Error>> {
    if let Some(session) = Session::from_token(given) {
        return Ok(session);
    }
    let expected =
        "expected a token (the cookie \"slotwise\"), or a file {\"url\":\"…\",\"events\":[{\"name\":\"view_item\",…}]}";
    let text = std::fs::read_to_string(given).map_err(|error| format!("{given}: {error}; {expected}"))?;
    let visit: Visit = serde_json::from_str(&text).map_err(|error| format!("{given}: {error}; {expected}"))?;
    let begin = now_ms.saturating_sub(visit.events.len() as u64 * 60_000);
    let time = LocalTime::from_ms(begin, 0);
    let read = || Context::from_request(&visit.user_agent, &visit.referrer, &visit.url, time);
    let mut session = Session::begin(visit.context.unwrap_or_else(read), begin);
    for (event, at) in visit.events.into_iter().zip(1..) {
        let name = event.name.clone();
        let time_ms = event.time_ms.0.unwrap_or((begin + at * 60_000) as f64);
        // The stated time is also the clock here, so that a recorded visit can be replayed years later.
        let mut event = RawEvent { time_ms: Number(Some(time_ms)), ..event };
        if !session.observe_raw(&mut event, now_ms.max(time_ms as u64)) {
            return Err(
                format!("{given}: event {at} is named \"{name}\", expected a GA4 name that slotwise uses").into()
            );
        }
    }
    Ok(session)
}

/// Prints what a slot would show, and why: reasons with their weights, which add up to the score.
pub(super) fn describe(decision: &DecisionReport, model: &Model<Vec<u8>>, out: &mut String) {
    let chance = f64::from(decision.propensity) / 100.0;
    let _ = writeln!(out, "{} ({}, arm {}, drawn with {chance} %)", decision.slot, decision.kind, decision.arm);
    let shown = match &decision.variant {
        _ if !decision.personalised => "the shop's own content".into(),
        Some(variant) => format!("\"{variant}\""),
        None if decision.kind == "order" => format!("in the order {}", decision.order.join(", ")),
        None => format!("{} products", decision.items.len()),
    };
    let when = if decision.exit { ", when the visitor is about to leave" } else { "" };
    let _ = writeln!(out, "  shows    {shown}{when}");
    for (place, pick) in (1..).zip(&decision.items) {
        let product = model.product(pick.item);
        let label = format!("{} {}", pick.item_id, product.title);
        let _ = writeln!(out, "    {place:>2}  {label:44} {:>6}  {}  {}", pick.score, pick.strategy, product.category);
        if let Some(PictureReport { image, tag: Some(tag), permille }) = &pick.picture {
            let _ =
                writeln!(out, "        {image}, because {}.{} % of the visit is {tag}", permille / 10, permille % 10);
        }
    }
    let mut list = |title: &str, reasons: &[Reason]| {
        for (at, reason) in reasons.iter().enumerate() {
            let title = if at == 0 { title } else { "" };
            let _ = writeln!(out, "  {title:8} {:+6}  {}", reason.weight, reason.text);
        }
    };
    list("because", decision.reasons());
    if decision.reasons().len() > 1 {
        list("sum", &[Reason { code: "sum", text: String::new(), weight: decision.score }]);
    }
    list("guards", decision.guards());
    if let Some(because) = &decision.because {
        let _ = writeln!(out, "  says     \"{}\" ({})", because.text, because.key);
    }
}
