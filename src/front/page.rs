//! The store's pages: which are personalised, for whom, and with which headers.

use super::visitor::{Asks, Visitor, session_cookie};
use crate::decide::{Decider, DecisionReport, Overrides, is_canary};
use crate::model::Model;
use crate::page::{Charset, Fit, Fitter, header};
use crate::preview::Preview;
use crate::session::Session;
use alloc::{format, rc::Rc, string::String, vec::Vec};
use core::fmt::Write;

/// A page being personalised, or one that has to stay as it is because nothing is known of the visitor.
pub(crate) struct Page {
    /// What fits the page's bytes; `None` if they stay.
    pub(crate) fit: Option<(Fitter, Fit<Vec<u8>>)>,
    /// What becomes of the response's headers, a line each: `+name: value` appends, `=name: value` sets. Those of
    /// [`header::DROPPED`] are gone by then from a page that fits.
    pub(crate) headers: String,
}

/// A snapshot that the host has verified. Beside it may stand a newer one that is being tried out.
pub(crate) struct Snapshots {
    pub(crate) model: Rc<Model<Vec<u8>>>,
    /// The canary, and its share of visits in ten-thousandths.
    pub(crate) canary: Option<(Rc<Model<Vec<u8>>>, u16)>,
    /// When the snapshot's manifest was signed, in milliseconds since 1970.
    pub(crate) published_ms: u64,
}

impl Snapshots {
    /// The snapshot of a visit.
    pub(crate) fn model(&self, session: &Session) -> &Rc<Model<Vec<u8>>> {
        match &self.canary {
            Some((canary, share)) if is_canary(canary.name(), *share, session.seed()) => canary,
            _ => &self.model,
        }
    }

    /// What `Server-Timing` says of every page: the visit's snapshot, and as a duration how long ago its manifest was
    /// signed. The page's script goes on with the same snapshot.
    fn timing(&self, model: &Model<Vec<u8>>, now_ms: u64) -> String {
        let mut timing = String::from("slotwise-snapshot;desc=\"") + &model.id().short() + "\";dur=";
        crate::model::write_decimal(now_ms.saturating_sub(self.published_ms), &mut timing);
        timing
    }

    /// What becomes of a page of the store's that has come, of this content type and with this `cache-control`. `forced` is
    /// the body of a preview link whose signature is right; empty for a link that was not signed with the shop's key.
    pub(crate) fn page(
        &self,
        asker: &impl Asks,
        content_type: &str,
        caching: &str,
        forced: Option<Vec<u8>>,
        now: u64,
    ) -> Page {
        let mut visitor = Visitor::of(asker, now);
        let previewed = forced.is_some();
        let preview = forced.and_then(|body| Preview::read(&body, now));
        let is_preview = preview.is_some();
        let stored = preview.as_ref().and_then(|preview| preview.session.as_deref());
        if let Some(session) = stored.and_then(Session::from_token) {
            visitor.session = session;
        }
        let model = self.model(&visitor.session);
        let is_cold = is_cold(model);
        let vary = if is_cold { header::VARY_COLD } else { header::VARY };
        let begins = visitor.session.is_empty();
        let charset = Charset::of_content_type(content_type.as_bytes());
        let open = !visitor.bot && charset != Charset::Opaque;
        if !open || !(is_preview || !begins || is_cold) {
            // Its headers tell the page's script that an edge has seen it, and browsers that with another cookie it may
            // look otherwise: else the page a visitor got before the first click would come back from the browser's
            // cache after the third.
            let whom = if visitor.bot { "crawler" } else { "default" };
            let headers = String::from("+vary: ") + vary + "\n+server-timing: slotwise;desc=\"edge " + whom + "\", ";
            let headers = headers + &self.timing(model, now);
            return Page { fit: None, headers };
        }
        // What may not be counted is no part of an experiment, and not held out either.
        let counted = visitor.allowed && !is_preview;
        let preview = preview.or_else(|| (!counted).then(Preview::default));
        let overrides = Overrides { preview, sold_out: Vec::new() };
        let mut decider = Decider::new(Rc::clone(model), visitor.session, now).with_overrides(overrides);
        let mut headers = String::from("=cache-control: ") + &header::caching(caching, previewed);
        let _ = write!(
            headers,
            "\n+vary: {vary}\n+server-timing: slotwise;desc=\"edge {}\", {}",
            model.id().short(),
            self.timing(model, now)
        );
        for (name, value) in describe(&mut decider, counted, is_preview) {
            let _ = write!(headers, "\n={name}: {value}");
        }
        if begins && counted {
            // The page's script goes on with this visit, and so draws the same arms.
            let _ = write!(headers, "\n+set-cookie: {}", session_cookie(decider.session(), asker));
        }
        if previewed && !is_preview {
            headers += "\n=slotwise-preview: this link has expired, or was not signed with the shop's key";
        }
        Page { fit: Some((Fitter::new(charset), Fit::new(decider).with_block())), headers }
    }

    /// Whether a page can be fitted to a visit that has not begun.
    pub(crate) fn is_cold(&self) -> bool {
        is_cold(&self.model) || self.canary.as_ref().is_some_and(|(canary, _)| is_cold(canary))
    }
}

/// Whether slots of the plan change before the first event: only those that ask for no evidence can.
fn is_cold(model: &Model<Vec<u8>>) -> bool {
    model.plan().slots.iter().any(|slot| slot.minimum_evidence == 0 && !slot.exit)
}

/// Longest header of a preview, in bytes: servers and clients refuse more than sixteen thousand altogether.
const MAX_HEADER: usize = 8000;

/// What a developer sees of the visit in the page's headers: in `slotwise` the snapshot, the group and the
/// arms of experiments; of a preview also, in `slotwise-decisions`, every slot of the plan with its arm, what it
/// would show, the parts of the score, and what the guardrails did. (`/_slotwise/decide` says it all, in JSON.)
fn describe(
    decider: &mut Decider<Rc<Model<Vec<u8>>>, Session>,
    counted: bool,
    preview: bool,
) -> Vec<(&'static str, String)> {
    let group = match counted {
        false => "uncounted",
        true if decider.is_held_out() => "holdout",
        true => "treated",
    };
    let id = decider.model().id().short();
    let mut line = format!("snapshot={id}, visit={group}, evidence={}", decider.evidence());
    for (slot, arm) in decider.experiments() {
        let _ = write!(line, ", {}={}", slot.name, arm.name);
    }
    // A header holds no letters beyond ASCII; names may.
    let ascii = |text: String| text.replace(|c: char| !c.is_ascii() || c.is_ascii_control(), "?");
    let mut headers = alloc::vec![("slotwise", ascii(line))];
    if preview {
        let mut lines = String::new();
        for decision in decider.explain_all(0) {
            let line = line_of(&decision);
            if lines.len() + line.len() < MAX_HEADER {
                lines += &line;
            }
        }
        headers.push(("slotwise-decisions", ascii(lines)));
        // Nothing of this is on the page that follows.
        decider.turn_page();
    }
    headers
}

fn line_of(decision: &DecisionReport) -> String {
    let shown = match &decision.variant {
        _ if !decision.personalised => "own".into(),
        Some(variant) => variant.clone(),
        None => format!("{} products", decision.items.len()),
    };
    let mut line = format!("{} ({}) shows {shown}; score {} =", decision.slot, decision.arm, decision.score);
    for reason in decision.reasons() {
        let _ = write!(line, " {}{:+}", reason.code, reason.weight);
    }
    for guard in decision.guards() {
        let _ = write!(line, ", {} {}", guard.code, guard.weight);
    }
    line + " | "
}
