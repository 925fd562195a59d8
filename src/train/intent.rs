//! Fits the intent tables: whether a visit ends in a purchase, goes on to the cart, or ends now.
//!
//! One row per moment of a session that is still running: before its first event, and after each step. A
//! session that has bought is over, so nothing leaks ([`ended`]). Rows hold the features so far and nothing else. Of a long
//! log a sample is taken, with weights.

use super::boost::{self, Column, Data, Loss};
use super::conversion::{Conversion, FOLDS, Levels, fold};
use super::ended::{Ended, ended};
use super::shop::LogShop;
use crate::event::EventKind;
use crate::feature::{DEFINITIONS, Definition, Feature, Features, MISSING};
use crate::log::Log;
use crate::log::replay::Replay;
use crate::session::Session;
use crate::snapshot::additive::Additive;
use crate::snapshot::section::{Intent, Prior};
use rayon::prelude::*;

/// Sessions in which a target comes true, below which nothing is fitted to it.
const MIN_TRUE: usize = 20;
/// Sessions of each arm of an offer, and purchases in each, below which nothing is fitted.
const MIN_ARM: (usize, usize) = (200, 30);
/// Moments fitted to at most.
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

/// One moment of a session.
pub struct Moment {
    /// The features so far.
    pub features: Features,
    /// Number of the session.
    pub session: u32,
    /// Steps done so far.
    pub steps: usize,
    /// By [`Target`], whether it came true after this moment; `None` where that cannot be asked.
    pub truth: [Option<bool>; 3],
    /// How many moments of the log it stands for, 1 or more.
    pub weight: f32,
}

/// The moments of some of a log's sessions, in the order of these. `weight` tells how many each stands for.
pub fn moments(
    log: &Log,
    shop: &LogShop<'_>,
    sessions: &[&Ended],
    weight: impl Fn(&Ended) -> f32 + Sync,
) -> Vec<Moment> {
    let replay = Replay::new(log);
    let (tells_hours, tells_weekdays) = (log.tells_hours(), log.tells_weekdays());
    let one = |ended: &&Ended| {
        let before = ended.events(log);
        let last_cart = before.iter().rposition(|event| event.kind == EventKind::AddToCart);
        let mut session = Session::begin(ended.visit(log).context, 0);
        let (weight, mut moments) = (weight(ended), Vec::new());
        let mut note = |session: &Session, done: usize| {
            let later = |at: Option<usize>| at.is_some_and(|at| at >= done);
            let goes_on = ended.bought || before[done..].iter().any(|event| event.kind.is_step());
            let mut features = Features::of(session, shop);
            // In a short log the hour and the weekday are names of the time that passes.
            if !tells_hours {
                features.0[Feature::Hour as usize] = MISSING;
            }
            if !tells_weekdays {
                features.0[Feature::Weekday as usize] = MISSING;
            }
            let truth = [Some(ended.bought), Some(later(last_cart)), Some(!goes_on).filter(|_| done > 0)];
            moments.push(Moment { features, session: ended.number, steps: moments.len(), truth, weight });
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
    sessions.par_iter().flat_map_iter(one).collect()
}

/// Moments to fit to: of sessions from all over the log, at most about [`MAX_MOMENTS`]. Each session is seen with levels
/// of conversion that it has not helped to make. With them come the levels by all sessions, for scoring.
pub fn training(log: &Log, shop: &mut LogShop<'_>, sessions: &[Ended]) -> (Vec<Moment>, Levels) {
    let sample = Sample::of(sessions, MAX_MOMENTS);
    let sampled: Vec<&Ended> = sessions.iter().filter(|session| sample.holds(session)).collect();
    let conversion = Conversion::of(log, sessions);
    let mut all = Vec::new();
    for part in 0..FOLDS {
        let own: Vec<&Ended> = sampled.iter().filter(|session| fold(session) == part).copied().collect();
        if !own.is_empty() {
            shop.learn(conversion.levels_without(part));
            all.extend(moments(log, shop, &own, |session| sample.weight(session)));
        }
    }
    // In the order of time again.
    all.sort_by_key(|moment| moment.session);
    (all, conversion.levels())
}

/// Which sessions of a long log are fitted to. Buyers are rare and say most, so they come first; each session that stays
/// weighs as much as those of its kind that it stands for.
struct Sample {
    /// The share that stays of sessions that did not buy, and of those that did.
    shares: [f64; 2],
}

impl Sample {
    /// At most about `most` moments: half for each kind, and what one does not need for the other.
    fn of(sessions: &[Ended], most: usize) -> Self {
        let moments = |bought: bool| {
            let own = sessions.iter().filter(|session| session.bought == bought);
            own.map(|session| session.count() + 1).sum::<usize>() as f64
        };
        let (all, most) = ([moments(false), moments(true)], most as f64);
        let room = |kind: usize| (most - all[1 - kind]).max(most / 2.0);
        Self { shares: [0, 1].map(|kind| (room(kind) / all[kind].max(1.0)).min(1.0)) }
    }

    fn holds(&self, session: &Ended) -> bool {
        /// Seed of the draw.
        const SAMPLE: u64 = 12;
        session.draw(SAMPLE) < self.shares[usize::from(session.bought)]
    }

    fn weight(&self, session: &Ended) -> f32 {
        (1.0 / self.shares[usize::from(session.bought)]) as f32
    }
}

/// The rows at which a target can be asked for, and their moments.
pub fn data(moments: &[Moment], target: Target) -> (Data, Vec<&Moment>) {
    let asked = |moment| Some((moment, f32::from(u8::from(truth_of(moment, target)?))));
    let asked: Vec<(&Moment, f32)> = moments.iter().filter_map(asked).collect();
    (rows(&asked, target == Target::Purchase), asked.into_iter().map(|(moment, _)| moment).collect())
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
        weights: rows.iter().map(|(moment, _)| moment.weight).collect(),
    }
}

/// How the tables of a snapshot are fitted: small, and quickly. Steps are long, since many bags make them as good as short ones,
/// in a quarter of the time. Visits are noisy: trees over pairs are cut no more often than
/// they must be, which is the better on parts of a public log that stay out of its fit.
pub fn options() -> boost::Options {
    boost::Options {
        bags: 8,
        rate: 0.3,
        patience: 30,
        bins: 24,
        pairs: 6,
        levels: 2,
        ..boost::Options::for_rows(MAX_MOMENTS)
    }
}

/// Fits the tables, and the levels of conversion that they ask for; empty ones for a target that comes true, or stays out,
/// too seldom to learn from, and for a log without times.
pub fn fit(log: &Log, medians: &[u32], prior: &Prior) -> (Intent, Levels) {
    if log.untimed {
        return Default::default();
    }
    let sessions = ended(log);
    let (moments, levels) = training(log, &mut LogShop::new(log, medians, prior), &sessions);
    let one = |target: Target| {
        let (data, _) = data(&moments, target);
        if is_enough(&data) { boost::fit(&data, &options()) } else { Additive::default() }
    };
    let intent = Intent {
        purchase: one(Target::Purchase),
        cart: one(Target::Cart),
        exit: one(Target::Exit),
        uplift: uplift(log, &moments),
    };
    (intent, levels)
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
    use crate::event::{Event, ItemKey};
    use crate::log::{Detail, ItemNumber, LogEvent, Visit};

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
        let sessions = ended(log);
        let shop = LogShop::new(log, &[0], &prior);
        moments(log, &shop, &sessions.iter().collect::<Vec<_>>(), |_| 1.0)
            .into_iter()
            .map(|moment| moment.truth)
            .collect()
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
        assert!(!fit(&log, &[0], &prior).0.uplift.is_fitted());
        log.visits.iter_mut().zip(offered).for_each(|(visit, offer)| visit.offered = Some(offer));
        let (intent, _) = fit(&log, &[0], &prior);
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
