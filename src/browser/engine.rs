//! The page engine: one visit on one page, its questions and answers.
//!
//! Each question ([`Asked`]) reads its arguments from a [`Question`] and writes its answer to an [`Answer`]. The order of
//! reads and writes here is the protocol: `js/src/engine.ts` writes and reads in the same order. Codes and numbers travel
//! instead of names, and the page looks the names up once per snapshot ([`Asked::Names`]).
//!
//! Invariants: no question fails. Without a model, questions about it have an empty answer. An unknown question, from a
//! page of another version, has one too.

use super::buffer::{Answer, Question};
use crate::context::{Context, LocalTime, Region};
use crate::decide::{Decider, Decision, Leaning, Overrides, Place, is_canary, relevance};
use crate::event::{CategoryKey, Event, EventItem, EventKind, ItemKey, Seen};
use crate::host::{Asked, Flag};
use crate::intent::intent_scores;
use crate::model::{Model, Scratch};
use crate::page::{Field, write_price};
#[cfg(feature = "names")]
use crate::preview::Preview;
use crate::session::{Link, Session};
use crate::snapshot::SnapshotId;
use crate::snapshot::overlay::Overlay;
use crate::snapshot::plan::Fill;
use alloc::{boxed::Box, string::String, vec::Vec};
use core::mem::take;

/// Products of a ranked list whose shards a page fetches: what a shop puts first, not all of a long list.
const RANKED: usize = 8;

/// One visit in one page.
#[derive(Default)]
pub struct Engine {
    session: Session,
    /// Taken out while a question about it is answered.
    /// Never freed: the page starts a new engine instance for each snapshot, and drops the old one with its memory. Only on a
    /// preview one instance has all.
    model: Option<&'static mut Model<Vec<u8>>>,
    /// Sold-out products and the preview: what the host lays over the plan.
    overrides: Overrides,
    scratch: Scratch,
    /// The products of the places that were decided last, then the first of those that were ranked since: what is fetched
    /// belongs to these.
    anchors: Vec<ItemKey>,
    /// What the visit leant to when the page was decided last: the cards that follow show their pictures by it.
    leaning: Leaning,
}

impl Engine {
    /// Adopts the root of a snapshot whose hash a signed manifest names; `open_signed` therefore skips the checks of its
    /// contents. Returns false, and keeps the old model, if the format version differs.
    pub fn adopt(&mut self, root: Vec<u8>) -> bool {
        let model = Model::open_signed(root, SnapshotId::default());
        let is_some = model.is_some();
        if is_some {
            self.model = model.map(|model| Box::leak(Box::new(model)));
        }
        is_some
    }

    /// Takes a pack, a directory or a branch of the snapshot that was adopted. The page has compared
    /// its hash. Returns false if it is cut or has another format version.
    pub fn extend(&mut self, pack: &[u8]) -> bool {
        self.model.as_mut().is_some_and(|model| model.extend(pack))
    }

    /// Applies a preview link from now on. Returns false, and changes nothing, if it has expired.
    #[cfg(feature = "names")]
    pub fn force(&mut self, body: &[u8], now_ms: u64) -> bool {
        let Some(preview) = Preview::read(body, now_ms) else { return false };
        if let Some(session) = preview.session.as_deref().and_then(Session::from_token) {
            self.session = session;
        }
        self.overrides.preview = Some(preview);
        true
    }

    /// Lays live prices and stock over the catalogue. Returns false if there is none yet. The page has checked the signature,
    /// so the contents are not checked again.
    pub fn lay(&mut self, body: &[u8]) -> bool {
        let overlay = Overlay::read(body);
        match &self.model {
            Some(model) if overlay.is_some() => model.lay(overlay),
            _ => return false,
        }
        true
    }

    /// Answers a question.
    pub fn answer(&mut self, asked: u32, from: &mut Question<'_>, now_ms: u64, to: &mut Answer) {
        match Asked::of(asked) {
            Some(Asked::Begin) => self.begin(from, now_ms),
            Some(Asked::Track) => self.track(from, now_ms, to),
            Some(Asked::SoldOut) => self.overrides.sold_out = keys(from),
            Some(Asked::Forget) => self.session = Session::begin(self.session.context(), now_ms),
            Some(Asked::Canary) => {
                to.number(is_canary(from.text(), from.number() as u16, self.session.seed()).into());
            }
            Some(Asked::Token) => to.bytes(&self.session.to_bytes()),
            Some(asked) => {
                let mut model = self.model.take();
                if let Some(model) = &mut model {
                    self.of_model(asked, model, from, now_ms, to);
                }
                self.model = model;
            }
            None => {}
        }
    }

    /// Resumes the session of a token, or begins one from the context of the page's request.
    fn begin(&mut self, from: &mut Question<'_>, now_ms: u64) {
        let offset = from.number();
        let kept = Session::from_bytes(&from.bytes());
        let [agent, referrer, url, zone] = core::array::from_fn(|_| from.text());
        let read = || Context::from_request(agent, referrer, url, LocalTime::from_ms(now_ms, offset));
        let context = || Context { region: Region::from_word(zone), ..read() };
        self.session = Session::resume(kept, now_ms, context);
    }

    /// Records an event. Answers 1, the event's time, the new token and the link for the event log; or 0 if the name is
    /// unknown.
    fn track(&mut self, from: &mut Question<'_>, now_ms: u64, to: &mut Answer) {
        let kind = EventKind::from_name(from.text());
        // 0 stands for "now": events that waited for the engine bring the time at which they happened.
        let stated = Some(from.long()).filter(|ms| *ms > 0);
        let (percent, secs, exposure) = (from.number(), from.number(), from.number());
        let seen = (exposure > 0).then(|| Seen::of(from.text(), from.text(), exposure > 1, exposure > 2));
        let mut items = Vec::new();
        let mut categories = Vec::new();
        for _ in 0..from.count() {
            let (id, path) = (from.text(), from.text());
            let category = (!path.is_empty()).then(|| CategoryKey::from_path(path));
            let on_sale = from.number() > 0;
            if !id.is_empty() {
                items.push(EventItem { key: ItemKey::from_id(id), category, on_sale });
            }
            categories.extend(category.filter(|category| !categories.contains(category)));
        }
        // Refused only after everything is read: both lists must be used up in step with the other side.
        let Some(kind) = kind.filter(|kind| *kind != EventKind::Exposure || seen.is_some()) else {
            return to.number(0);
        };
        // Events with products carry a category with each of them; the list is for events about categories alone.
        if kind.names_items() {
            categories.clear();
        }
        let amount = match kind {
            EventKind::Scroll => percent.clamp(0, 100) as u16,
            EventKind::Engagement => secs.clamp(0, i32::from(u16::MAX)) as u16,
            _ => 0,
        };
        let seen = seen.filter(|_| kind == EventKind::Exposure);
        let time_ms = Event::time(stated, now_ms);
        let link = self.session.observe_linked(&Event { kind, items, categories, amount, seen, time_ms });
        to.number(1);
        to.long(time_ms);
        to.bytes(&self.session.to_bytes());
        write_link(&link, to);
    }

    /// Answers a question about the model.
    #[inline(always)]
    fn of_model(
        &mut self,
        asked: Asked,
        model: &mut Model<Vec<u8>>,
        from: &mut Question<'_>,
        now_ms: u64,
        to: &mut Answer,
    ) {
        match asked {
            Asked::Decide => self.decide(model, from, now_ms, to),
            Asked::Intent => write_intent(model, &self.session, to),
            Asked::Rank => {
                let keys = keys(from);
                for score in relevance(model, &self.session, &keys) {
                    to.number(score as i32);
                }
                self.anchors.extend(keys.iter().take(RANKED));
            }
            Asked::Names => write_names(model, to),
            Asked::Live => {
                let shown = model.shows_prices(now_ms);
                for _ in 0..from.count() {
                    let locale = model.plan().locale(from.text());
                    let (price, usual, is_off) = model.now(ItemKey::from_id(from.text()), locale);
                    to.number(i32::from(price.is_some()) | i32::from(is_off) << 1);
                    for cents in [price.unwrap_or_default(), usual] {
                        let mut text = String::new();
                        write_price(model, locale, if shown { cents } else { 0 }, &mut text);
                        to.text(&text);
                    }
                }
            }
            Asked::Wanted => {
                for name in model.wanted(&self.session, &self.anchors, &mut self.scratch) {
                    to.bytes(&name);
                }
            }
            // Product by product, all fields of each. An unknown product has empty fields, so that the page can count.
            Asked::Cards => {
                let products = from.count();
                let locale = model.plan().locale(from.text());
                let mut value = String::new();
                self.leaning.priced = model.shows_prices(now_ms);
                for _ in 0..products {
                    let item = model.item(ItemKey::from_id(from.text()));
                    for field in Field::PLAIN {
                        value.clear();
                        if let Some(item) = item {
                            field.write(model, item, &self.leaning, locale, &mut value);
                        }
                        to.text(&value);
                    }
                }
            }
            _ => {}
        }
    }

    /// Decides the places of a page in their order, as one page: no product appears twice. The answer of an unknown slot is
    /// a single 0.
    fn decide(&mut self, model: &mut Model<Vec<u8>>, from: &mut Question<'_>, now_ms: u64, to: &mut Answer) {
        let places = from.number();
        let mut locales = Vec::new();
        for _ in 0..from.count() {
            locales.push(model.plan().locale(from.text()));
        }
        model.speak(&locales);
        let model = &*model;
        // Moved in and back again: a page asks often, and neither list is to be copied each time.
        let (overrides, scratch) = (take(&mut self.overrides), take(&mut self.scratch));
        let mut decider = Decider::new(model, &self.session, now_ms).with_overrides(overrides).with_scratch(scratch);
        let seed = decider.session().seed();
        let mut shown = Vec::new();
        self.anchors.clear();
        for _ in 0..places.min(1000) {
            let (name, id, about) = (from.text(), from.text(), from.text());
            let flags = from.number();
            let locale = locales.get(flags as usize >> 2).copied().unwrap_or_default();
            shown.clear();
            shown.extend((0..from.count()).map(|_| from.text()));
            let anchor = (!id.is_empty()).then(|| ItemKey::from_id(id));
            if let Some(key) = anchor
                && !self.anchors.contains(&key)
            {
                self.anchors.push(key);
            }
            let place =
                Place { anchor, about, keys: &shown, personalised: flags & 1 > 0, ahead: flags & 2 > 0, locale };
            match decider.decide(name, &place) {
                Some(decision) => {
                    write_decision(&decision, model, seed, locale, to);
                    if shown.is_empty() {
                        write_categories(&decision, model, to);
                    }
                }
                None => to.number(0),
            }
        }
        self.leaning = decider.leaning();
        (self.overrides, self.scratch) = decider.end();
    }
}

/// Reads a list of product ids.
fn keys(from: &mut Question<'_>) -> Vec<ItemKey> {
    (0..from.count()).map(|_| ItemKey::from_id(from.text())).collect()
}

/// Two digests, empty if there is none; then the context, with the first event of a visit only.
fn write_link(link: &Link, to: &mut Answer) {
    for digest in [&link.before, &link.after] {
        to.bytes(digest.as_ref().map(|digest| &digest[..]).unwrap_or_default());
    }
    if let Some(context) = link.context {
        let Context { source, campaign, device, landing, time: LocalTime { hour, weekday }, region } = context;
        for number in [source as u16, device as u16, region as u16, campaign, landing, hour.into(), weekday.into()] {
            to.number(number.into());
        }
    }
}

/// Numbers: flags, kind and phrase in one ([`Flag`], bits 0 to 7, 8 to 15, 16 up); slot; arm (-1 is the holdout);
/// propensity with the visit's bucketing key above it (bits 16 up); score; arm and number of the choice, if there is one;
/// count of the products and three numbers each (key, low and high half, with the strategy in the top byte; score); count
/// of the order and its places.
///
/// Texts: the subject of the explanation, if there is one; the ids that are not numbers.
fn write_decision(decision: &Decision, model: &Model<Vec<u8>>, seed: u16, locale: usize, to: &mut Answer) {
    let flag = |set: bool, flag: i32| i32::from(set) * flag;
    let because = decision.because;
    let flags = Flag::THERE
        | flag(decision.personalised, Flag::PERSONALISED)
        | flag(decision.counts, Flag::COUNTS)
        | flag(decision.choice.is_some(), Flag::CHOICE)
        | flag(because.is_some(), Flag::BECAUSE)
        | flag(decision.exit, Flag::EXIT)
        | flag(decision.partial, Flag::PARTIAL);
    let phrase = because.map_or(0, |because| because.phrase as i32);
    to.number(flags | (decision.kind as i32) << 8 | phrase << 16);
    to.number(decision.slot.into());
    to.number(decision.arm.map_or(-1, i32::from));
    to.number(i32::from(decision.propensity) | i32::from(seed) << 16);
    to.number(decision.score);
    if let Some(choice) = decision.choice {
        to.number(choice.arm.into());
        to.number(choice.number.into());
    }
    if let Some(because) = because {
        to.text(&because.name(model, locale));
    }
    to.number(decision.items.len() as i32);
    for pick in &decision.items {
        let key = model.item_key(pick.item);
        let strategy = pick.strategy.map_or(-1, |strategy| strategy as i32);
        to.number(key.bits() as i32);
        // A key has 49 bits, so the top byte of its high half is free; -1 (a pinned product) sets all of it.
        to.number((key.bits() >> 32) as i32 | strategy << 24);
        to.number(pick.score);
        if key.decimal().is_none() {
            to.text(model.text_id(pick.item));
        }
    }
    to.number(decision.order.len() as i32);
    decision.order.iter().for_each(|place| to.number((*place).into()));
}

/// The paths of an order of categories. The page knows the keys that it asked with; an order that was asked for without
/// keys consists of category numbers, which it does not know.
fn write_categories(decision: &Decision, model: &Model<Vec<u8>>, to: &mut Answer) {
    decision.order.iter().for_each(|category| to.text(model.category_path(*category)));
}

/// Scores in the order of `IntentScores`, then each category with its share until the lists end.
fn write_intent(model: &Model<Vec<u8>>, session: &Session, to: &mut Answer) {
    let scores = intent_scores(model, session);
    to.number(scores.score);
    scores.numbers().into_iter().for_each(|part| to.known(part));
    for (category, share) in model.affinity(session).shares() {
        to.text(model.category_path(category));
        to.number(share as i32);
    }
}

/// Everything that later answers refer to by number: offers, slots with their arms and variants (or
/// bundles), and the plan's own texts.
/// The count of an arm's choices is -1 if it makes offers, and the shop's own default counts as the last variant.
fn write_names(model: &Model<Vec<u8>>, to: &mut Answer) {
    let plan = model.plan();
    to.number(i32::from(plan.seen_in_page) | i32::from(plan.rows_at_edge) << 1);
    to.number(plan.slots.len() as i32);
    for slot in &plan.slots {
        to.text(&slot.name);
        to.number(slot.arms.len() as i32);
        for arm in &slot.arms {
            to.text(&arm.name);
            match &arm.fill {
                Fill::Choose(choose) | Fill::Bundle(choose, _) => {
                    to.number(choose.variants.len() as i32 + 1);
                    choose.variants.iter().for_each(|variant| to.text(&variant.name));
                    to.text(&choose.default);
                }
                Fill::Offers(_) => {
                    to.number(plan.offers.len() as i32);
                    plan.offers.iter().for_each(|offer| to.text(&offer.name));
                }
                _ => to.number(0),
            }
        }
    }
    to.number(plan.locales.len() as i32);
    for locale in &plan.locales {
        to.text(&locale.tag);
        to.number(locale.texts.len() as i32);
        for (key, text) in &locale.texts {
            to.text(key);
            to.text(text);
        }
    }
}
