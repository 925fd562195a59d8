//! Fits the intent tables: whether a visit ends in a purchase, goes on to the cart, or ends now.
//!
//! One row per moment of a session that is still running: before its first event, and after each step. A
//! session that has bought is over, so nothing leaks. A session that the log's end may have cut is left out
//! whole, and so is one that looks like a flood. Rows hold the features so far and nothing else. The newest
//! sessions tell when to stop.

use super::boost::{self, Column, Data, Loss};
use crate::context::Context;
use crate::event::{CategoryKey, EventKind, ItemKey};
use crate::feature::{About, DEFINITIONS, Definition, Feature, Features, MISSING, Shop};
use crate::log::replay::Replay;
use crate::log::{Item, Log, LogEvent, Visit};
use crate::model::price_percent;
use crate::session::{GAP_SECS, Interaction, Session};
use crate::snapshot::additive::Additive;
use crate::snapshot::section::{Intent, Prior};
use rayon::prelude::*;
use std::collections::HashMap;

/// Sessions in which a target comes true, below which nothing is fitted to it.
const MIN_TRUE: usize = 20;
/// Sessions of each arm of an offer, and purchases in each, below which nothing is fitted.
const MIN_ARM: (usize, usize) = (200, 30);
/// Moments fitted to at most, the newest.
pub const MAX_MOMENTS: usize = 40_000;

/// What is predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The visit ends in a purchase.
    Purchase,
    /// Something is put into the cart later in the visit.
    Cart,
    /// The step just made was the last.
    Exit,
}

impl Target {
    /// Every target with its name.
    pub const ALL: [(&'static str, Self); 3] =
        [("purchase", Self::Purchase), ("cart", Self::Cart), ("exit", Self::Exit)];
}

/// A log's products and prior, as features ask for them.
pub struct LogShop<'a> {
    about: HashMap<ItemKey, About>,
    categories: HashMap<CategoryKey, u16>,
    prior: &'a Prior,
}

impl<'a> LogShop<'a> {
    /// Looks a log's products up.
    pub fn new(log: &Log, medians: &[u32], prior: &'a Prior) -> Self {
        let about = |item: &Item| About {
            category: Some(item.category),
            price_percent: price_percent(item.price_cents, medians[usize::from(item.category)]),
        };
        let key = |(at, path): (usize, &String)| (CategoryKey::from_path(path), at as u16);
        Self {
            about: log.items.iter().map(|item| (ItemKey::from_id(&item.id), about(item))).collect(),
            categories: log.categories.iter().enumerate().rev().map(key).collect(),
            prior,
        }
    }
}

impl Shop for LogShop<'_> {
    fn about(&self, interaction: &Interaction) -> About {
        let known = interaction.item.and_then(|key| self.about.get(&key)).copied();
        let stated = || interaction.category.and_then(|key| self.categories.get(&key)).copied();
        known.unwrap_or_else(|| About { category: stated(), price_percent: None })
    }

    fn context_shift(&self, context: &Context) -> i32 {
        self.prior.node(context).map_or(0, |node| node.purchase)
    }
}

/// One moment of a session.
pub struct Moment {
    /// The features so far.
    pub features: Features,
    /// Number of the session.
    pub session: u32,
    /// By [`Target`], whether it came true after this moment; `None` where that cannot be asked.
    pub truth: [Option<bool>; 3],
}

/// The moments of a log's sessions, oldest first, at most `most`, the newest.
pub fn moments(log: &Log, shop: &LogShop<'_>, most: usize) -> Vec<Moment> {
    let replay = Replay::new(log);
    let silence = silence(log);
    let (oldest, newest) = log.span_ms;
    let days = (newest - oldest) / 86_400_000;
    // A visit that was active so shortly before the end may go on behind it.
    let whole = |events: &&[LogEvent]| events.last().is_some_and(|last| last.time_ms + silence <= newest);
    let sessions: Vec<(u32, &[LogEvent], &Visit)> = log
        .sessions()
        .zip(&log.visits)
        .enumerate()
        .map(|(number, (events, visit))| (number as u32, events, visit))
        .filter(|(number, events, _)| whole(events) && !log.is_flood(*number as usize))
        .collect();
    let mut room = most;
    let mut first = sessions.len();
    while first > 0 && room > 0 {
        first -= 1;
        room = room.saturating_sub(sessions[first].1.len() + 1);
    }
    let one = |number: usize| {
        let (number, events, visit) = sessions[number];
        let purchase = events.iter().position(|event| event.kind == EventKind::Purchase);
        let before = &events[..purchase.unwrap_or(events.len())];
        let last_cart = before.iter().rposition(|event| event.kind == EventKind::AddToCart);
        let mut session = Session::begin(visit.context, 0);
        let mut moments = Vec::new();
        let mut note = |session: &Session, done: usize| {
            let later = |at: Option<usize>| at.is_some_and(|at| at >= done);
            let goes_on = purchase.is_some() || before[done..].iter().any(|event| event.kind.is_step());
            let mut features = Features::of(session, shop);
            // In a short log the hour and the weekday are names of the time that passes.
            if days < 3 {
                features.0[Feature::Hour as usize] = MISSING;
            }
            if days < 14 {
                features.0[Feature::Weekday as usize] = MISSING;
            }
            let truth = [Some(purchase.is_some()), Some(later(last_cart)), Some(!goes_on).filter(|_| done > 0)];
            moments.push(Moment { features, session: number, truth });
        };
        note(&session, 0);
        for (at, event) in before.iter().enumerate() {
            session.observe(&replay.event(event));
            if event.kind.is_step() {
                note(&session, at + 1);
            }
        }
        moments
    };
    (first..sessions.len()).into_par_iter().flat_map_iter(one).collect()
}

/// How long a visit is silent, in milliseconds, before it is taken to be over: longer than in 95 of 100 pauses
/// inside sessions, at most as long as a session may be.
fn silence(log: &Log) -> u64 {
    let mut pauses: Vec<u64> = log
        .sessions()
        .flat_map(|events| events.windows(2).map(|two| two[1].time_ms - two[0].time_ms))
        .filter(|pause| *pause > 0)
        .collect();
    pauses.sort_unstable();
    pauses.get(pauses.len() * 95 / 100).copied().unwrap_or_default().min(u64::from(GAP_SECS) * 1000)
}

/// The rows at which a target can be asked for.
pub fn data(moments: &[Moment], target: Target) -> Data {
    let asked = |moment| Some((moment, f32::from(u8::from(truth_of(moment, target)?))));
    rows(&moments.iter().filter_map(asked).collect::<Vec<_>>(), target == Target::Purchase)
}

fn truth_of(moment: &Moment, target: Target) -> Option<bool> {
    moment.truth[target as usize]
}

/// Moments, each with what is to be predicted.
fn rows(rows: &[(&Moment, f32)], monotone: bool) -> Data {
    let column = |(feature, definition): (usize, &Definition)| Column {
        name: definition.name.into(),
        values: rows.iter().map(|(moment, _)| moment.features.0[feature]).collect(),
        nominal: definition.is_nominal(),
        monotone: if monotone { definition.monotone } else { 0 },
    };
    Data {
        columns: DEFINITIONS.iter().enumerate().map(column).collect(),
        target: rows.iter().map(|(_, target)| *target).collect(),
        groups: rows.iter().map(|(moment, _)| moment.session).collect(),
    }
}

/// How the tables of a snapshot are fitted: small, and quickly.
pub fn options() -> boost::Options {
    boost::Options { bags: 4, bins: 24, pairs: 6, tail: true, ..boost::Options::for_rows(MAX_MOMENTS) }
}

/// Fits the tables; empty ones for a target that comes true, or stays out, too seldom to learn from, and for
/// a log without times.
pub fn fit(log: &Log, medians: &[u32], prior: &Prior) -> Intent {
    if log.untimed {
        return Intent::default();
    }
    let shop = LogShop::new(log, medians, prior);
    let moments = moments(log, &shop, MAX_MOMENTS);
    let one = |target: Target| {
        let data = data(&moments, target);
        if is_enough(&data) { boost::fit(&data, &options()) } else { Additive::default() }
    };
    Intent {
        purchase: one(Target::Purchase),
        cart: one(Target::Cart),
        exit: one(Target::Exit),
        uplift: uplift(log, &moments),
    }
}

/// Whether enough sessions say that a target comes true, and enough that it does not.
pub fn is_enough(data: &Data) -> bool {
    let sessions = |truth: bool| {
        let of = |(group, target): (&u32, &f32)| ((*target > 0.5) == truth).then_some(*group);
        let mut groups: Vec<u32> = data.groups.iter().zip(&data.target).filter_map(of).collect();
        groups.dedup();
        groups.len()
    };
    sessions(true) >= MIN_TRUE && sessions(false) >= MIN_TRUE
}

/// By how much an offer changes the chance of a purchase, where the log holds a randomised offer: a model of
/// the transformed outcome, whose mean at any features is the effect. (Athey and Imbens, Machine learning
/// methods for estimating heterogeneous causal effects, 2015.)
fn uplift(log: &Log, moments: &[Moment]) -> Additive {
    let asked: Vec<(&Moment, bool, bool)> = moments
        .iter()
        .filter_map(|moment| {
            let offered = log.visits[moment.session as usize].offered?;
            Some((moment, truth_of(moment, Target::Purchase)?, offered))
        })
        .collect();
    let sessions = |wanted: bool, bought_only: bool| {
        let of = |(moment, bought, offered): &(&Moment, bool, bool)| {
            (*offered == wanted && (*bought || !bought_only)).then_some(moment.session)
        };
        let mut sessions: Vec<u32> = asked.iter().filter_map(of).collect();
        sessions.dedup();
        sessions.len()
    };
    if [true, false].iter().any(|arm| sessions(*arm, false) < MIN_ARM.0 || sessions(*arm, true) < MIN_ARM.1) {
        return Additive::default();
    }
    let share = asked.iter().filter(|(_, _, offered)| *offered).count() as f64 / asked.len() as f64;
    let outcome = |bought: bool, offered: bool| {
        let weight = if offered { 1.0 / share } else { -1.0 / (1.0 - share) };
        if bought { weight as f32 } else { 0.0 }
    };
    let transformed: Vec<(&Moment, f32)> =
        asked.iter().map(|(moment, bought, offered)| (*moment, outcome(*bought, *offered))).collect();
    let data = rows(&transformed, false);
    boost::fit(&data, &boost::Options { loss: Loss::Squared, pairs: 0, leaf: 400, pull: 200.0, ..options() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::log::{Detail, ItemNumber};

    fn log(sessions: &[&[(EventKind, u32)]]) -> Log {
        let items = vec![vec![0, 1, 2]; 1];
        let mut log = Log::of_items(&items);
        (log.events, log.ends, log.visits) = (Vec::new(), Vec::new(), Vec::new());
        log.untimed = false;
        for (number, session) in sessions.iter().enumerate() {
            for (at, (kind, item)) in session.iter().enumerate() {
                let time_ms = (number as u64 * 7200 + at as u64 * 10 + 1) * 1000;
                log.events.push(match kind {
                    EventKind::Scroll => LogEvent::without_item(time_ms, *kind, Detail::Amount(40)),
                    _ => LogEvent::of_item(time_ms, ItemNumber::new(*item), *kind),
                });
            }
            log.ends.push(log.events.len());
            log.visits.push(Visit::default());
        }
        log.span_ms = (0, (sessions.len() as u64 + 1) * 7_200_000);
        log
    }

    fn truths(log: &Log) -> Vec<[Option<bool>; 3]> {
        let prior = Prior::default();
        moments(log, &LogShop::new(log, &[0], &prior), 1000).into_iter().map(|moment| moment.truth).collect()
    }

    #[test]
    fn a_moment_asks_only_what_is_still_open() {
        use EventKind::{AddToCart, Purchase, Scroll, ViewItem};
        let log = log(&[&[(ViewItem, 0), (Scroll, 0), (AddToCart, 0), (Purchase, 0), (ViewItem, 1)], &[(ViewItem, 2)]]);
        let (yes, no) = (Some(true), Some(false));
        let expected = [[yes, yes, None], [yes, yes, no], [yes, no, no], [no, no, None], [no, no, yes]];
        assert_eq!(truths(&log), expected);
    }

    #[test]
    fn a_session_that_the_end_of_the_log_may_have_cut_is_left_out() {
        let mut log = log(&[&[(EventKind::ViewItem, 0), (EventKind::ViewItem, 1)]]);
        log.span_ms.1 = 2_000;
        assert!(truths(&log).is_empty());
    }

    /// Simulated visits: an offer helps those who look twice, and nobody else.
    #[test]
    fn the_need_for_an_incentive_is_found_where_there_is_one_and_unknown_without_a_trial() {
        use EventKind::{Purchase, ViewItem};
        let chance =
            |seed: u64| (xxhash_rust::xxh64::xxh64(&seed.to_le_bytes(), 3) >> 11) as f64 / (1_u64 << 53) as f64;
        let mut sessions: Vec<Vec<(EventKind, u32)>> = Vec::new();
        let mut offered = Vec::new();
        for visit in 0..6000_u64 {
            let twice = chance(visit * 4) < 0.5;
            let offer = chance(visit * 4 + 1) < 0.5;
            let buys = chance(visit * 4 + 2) < if twice && offer { 0.5 } else { 0.2 };
            let mut session = vec![(ViewItem, 0)];
            session.extend(twice.then_some((ViewItem, 1)));
            session.extend(buys.then_some((Purchase, 0)));
            sessions.push(session);
            offered.push(offer);
        }
        let sessions: Vec<&[(EventKind, u32)]> = sessions.iter().map(Vec::as_slice).collect();
        let mut log = log(&sessions);
        let prior = Prior::default();
        assert!(!fit(&log, &[0], &prior).uplift.is_fitted());
        log.visits.iter_mut().zip(offered).for_each(|(visit, offer)| visit.offered = Some(offer));
        let intent = fit(&log, &[0], &prior);
        let shop = LogShop::new(&log, &[0], &prior);
        let mut session = Session::default();
        let mut effect = |item: usize| {
            let key = ItemKey::from_id(&log.items[item].id);
            session.observe(&Event::of_item(ViewItem, key, (item as u64 * 10 + 1) * 1000));
            intent.uplift.score(&Features::of(&session, &shop).0)
        };
        let (once, twice) = (effect(0), effect(1));
        // The truth is 150 thousandths after one look (half of them look again) and 300 after two.
        assert!((90..220).contains(&once) && (230..370).contains(&twice), "{once} {twice}");
    }
}
