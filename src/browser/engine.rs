//! One visit in one page: what it is asked, and what it answers.

use super::buffer::{Answer, Question};
use crate::context::{Context, LocalTime, Region};
use crate::decide::{Decider, Decision, Overrides, Place, relevance};
use crate::event::{CategoryKey, Event, EventItem, EventKind, ItemKey, Seen};
use crate::host::{Asked, Flag};
use crate::intent::intent_scores;
use crate::model::{Model, Scratch};
use crate::page::Field;
use crate::preview::Preview;
use crate::session::{Link, Session};
use crate::snapshot::SnapshotId;
use crate::snapshot::plan::Fill;
use alloc::{string::String, vec::Vec};
use core::mem::take;

/// One visit in one page.
#[derive(Default)]
pub struct Engine {
    session: Session,
    model: Option<&'static Model<Vec<u8>>>,
    /// What the host lays over the plan, on every page of the visit.
    overrides: Overrides,
    scratch: Scratch,
}

impl Engine {
    /// Takes in a snapshot whose hash a signed manifest names. False, and no change, if it was not written for
    /// this version.
    pub fn adopt(&mut self, snapshot: Vec<u8>) -> bool {
        let model = Model::open_signed(snapshot, SnapshotId::default());
        self.model = model.or(self.model);
        model.is_some()
    }

    /// Decides as a preview link says from here on. False, and no change, if it has expired.
    pub fn force(&mut self, body: &[u8], now_ms: u64) -> bool {
        let Some(preview) = Preview::read(body, now_ms) else { return false };
        if let Some(session) = preview.session.as_deref().and_then(Session::from_token) {
            self.session = session;
        }
        self.overrides.preview = Some(preview);
        true
    }

    /// Answers a question.
    pub fn answer(&mut self, asked: u32, from: &mut Question<'_>, now_ms: u64, to: &mut Answer) {
        match Asked::of(asked) {
            Some(Asked::Begin) => self.begin(from, now_ms),
            Some(Asked::Track) => self.track(from, now_ms, to),
            Some(Asked::SoldOut) => self.overrides.sold_out = keys(from),
            Some(Asked::Forget) => self.session = Session::begin(self.session.context(), now_ms),
            Some(Asked::Token) => to.text(&self.session.to_token()),
            Some(asked) => self.of_model(asked, from, now_ms, to),
            None => {}
        }
    }

    fn begin(&mut self, from: &mut Question<'_>, now_ms: u64) {
        let offset = from.number();
        let [token, agent, referrer, url, zone] = core::array::from_fn(|_| from.text());
        let read = || Context::from_request(agent, referrer, url, LocalTime::from_ms(now_ms, offset));
        let context = || Context { region: Region::from_word(zone), ..read() };
        self.session = Session::resume(Some(token), now_ms, context);
    }

    fn track(&mut self, from: &mut Question<'_>, now_ms: u64, to: &mut Answer) {
        let kind = EventKind::from_name(from.text());
        let stated = Some(from.long()).filter(|ms| *ms > 0);
        let (percent, secs, exposure) = (from.number(), from.number(), from.number());
        let seen = (exposure > 0).then(|| Seen::of(from.text(), from.text(), exposure > 1));
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
        let Some(kind) = kind.filter(|kind| *kind != EventKind::Exposure || seen.is_some()) else {
            return to.number(0);
        };
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
        to.text(&self.session.to_token());
        tell_link(&link, to);
    }

    fn of_model(&mut self, asked: Asked, from: &mut Question<'_>, now_ms: u64, to: &mut Answer) {
        let Some(model) = self.model else { return };
        match asked {
            Asked::Decide => self.decide(model, from, now_ms, to),
            Asked::Intent => tell_intent(model, &self.session, to),
            Asked::Rank => {
                let keys = keys(from);
                for score in relevance(model, &self.session, &keys) {
                    to.number(score as i32);
                }
            }
            Asked::Names => tell_names(model, to),
            Asked::Cards => {
                let (products, fields) = (from.count(), from.count());
                let fields: Vec<Field> = (0..fields)
                    .filter_map(|_| Field::ALL.get(from.number() as usize))
                    .map(|(_, field)| *field)
                    .collect();
                let mut value = String::new();
                for _ in 0..products {
                    let item = model.item(ItemKey::from_id(from.text()));
                    for field in &fields {
                        value.clear();
                        if let Some(item) = item {
                            field.write(model, item, &mut value);
                        }
                        to.text(&value);
                    }
                }
            }
            _ => {}
        }
    }

    fn decide(&mut self, model: &Model<Vec<u8>>, from: &mut Question<'_>, now_ms: u64, to: &mut Answer) {
        let (overrides, scratch) = (take(&mut self.overrides), take(&mut self.scratch));
        let mut decider = Decider::new(model, &self.session, now_ms).with_overrides(overrides).with_scratch(scratch);
        let seed = decider.session().seed();
        let places = from.number();
        if places < 0 {
            for decision in decider.decide_all() {
                tell_decision(&decision, model, seed, to);
                tell_categories(&decision, model, to);
            }
        }
        let mut shown = Vec::new();
        for _ in 0..places.min(1000) {
            let (name, id) = (from.text(), from.text());
            let personalised = from.number() > 0;
            shown.clear();
            shown.extend((0..from.count()).map(|_| from.text()));
            let anchor = (!id.is_empty()).then(|| ItemKey::from_id(id));
            match decider.decide(name, &Place { anchor, keys: &shown, personalised }) {
                Some(decision) => {
                    tell_decision(&decision, model, seed, to);
                    if shown.is_empty() {
                        tell_categories(&decision, model, to);
                    }
                }
                None => to.number(0),
            }
        }
        (self.overrides, self.scratch) = decider.end();
    }
}

fn keys(from: &mut Question<'_>) -> Vec<ItemKey> {
    (0..from.count()).map(|_| ItemKey::from_id(from.text())).collect()
}

fn tell_link(link: &Link, to: &mut Answer) {
    to.text(link.before.as_deref().unwrap_or_default());
    to.text(link.after.as_deref().unwrap_or_default());
    if let Some(context) = link.context {
        let Context { source, campaign, device, landing, time: LocalTime { hour, weekday }, region } = context;
        for number in [source as u16, device as u16, region as u16, campaign, landing, hour.into(), weekday.into()] {
            to.number(number.into());
        }
    }
}

/// Flags ([`Flag`]), kind and phrase; slot, arm (-1 held out), propensity with the visit's bucketing key above it,
/// score; the choice's arm and number; products; order. Texts: what the words name; ids that are no numbers.
fn tell_decision(decision: &Decision, model: &Model<Vec<u8>>, seed: u16, to: &mut Answer) {
    let flag = |set: bool, flag: i32| i32::from(set) * flag;
    let because = decision.because;
    let flags = Flag::THERE
        | flag(decision.personalised, Flag::PERSONALISED)
        | flag(decision.counts, Flag::COUNTS)
        | flag(decision.choice.is_some(), Flag::CHOICE)
        | flag(because.is_some(), Flag::BECAUSE);
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
        to.text(&because.name(model));
    }
    to.number(decision.items.len() as i32);
    for pick in &decision.items {
        let key = model.item_key(pick.item);
        let strategy = pick.strategy.map_or(-1, |strategy| strategy as i32);
        to.number(key.bits() as i32);
        to.number((key.bits() >> 32) as i32 | strategy << 24);
        to.number(pick.score);
        if key.decimal().is_none() {
            to.text(model.text_id(pick.item));
        }
    }
    to.number(decision.order.len() as i32);
    decision.order.iter().for_each(|place| to.number((*place).into()));
}

/// An order that was asked for without keys is one of categories: their paths.
fn tell_categories(decision: &Decision, model: &Model<Vec<u8>>, to: &mut Answer) {
    decision.order.iter().for_each(|category| to.text(model.category_path(*category)));
}

fn tell_intent(model: &Model<Vec<u8>>, session: &Session, to: &mut Answer) {
    let scores = intent_scores(model, session);
    to.number(scores.score);
    to.number(scores.stage as i32);
    for part in [
        scores.purchase_permille,
        scores.cart_permille,
        scores.exit_permille,
        scores.price_sensitivity,
        scores.price_band.map(|band| band as u32),
    ] {
        to.known(part.map(|part| part as i32));
    }
    to.known(scores.incentive_permille);
    for (category, share) in model.affinity(session).shares() {
        to.text(model.category_path(category));
        to.number(share as i32);
    }
}

fn tell_names(model: &Model<Vec<u8>>, to: &mut Answer) {
    let plan = model.plan();
    to.number(plan.seen_in_page.into());
    to.number(plan.slots.len() as i32);
    for slot in &plan.slots {
        to.text(&slot.name);
        to.number(slot.arms.len() as i32);
        for arm in &slot.arms {
            to.text(&arm.name);
            match &arm.fill {
                Fill::Choose(choose) => {
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
    to.number(plan.texts.len() as i32);
    for (key, text) in &plan.texts {
        to.text(key);
        to.text(text);
    }
}
