//! The sessions of a log, indexed by where each item stands in them.
//!
//! A pair of items is counted wherever one stands near the other among a session's looks, carts and purchases; immediate
//! repeats are one. A visit may come back to an item, but only its first `RETURNS` places in a session count, so that
//! one visit cannot make two items neighbours by going to and fro.
//!
//! Sums are taken item by item, so that no table of pairs is held: memory is 13 bytes an event and 4 bytes an item, and what
//! [`Sums`] take.

use super::sums::{Sums, Visit};
use super::weights::{Weights, age};
use crate::event::EventKind;
use crate::log::{ItemNumber, Log, LogEvent};
use std::ops::Range;

/// Places of one item in a session that count.
pub const RETURNS: u32 = 3;

/// The item events of a part of a log, indexed.
pub struct Index {
    /// Items, session after session, without immediate repeats.
    items: Vec<u32>,
    /// Whether the event was a cart or a purchase.
    deeds: Vec<bool>,
    /// Session of each event.
    session: Vec<u32>,
    /// Where each session begins in `items`; one more at the end.
    starts: Vec<u32>,
    /// Age of each session.
    ages: Vec<u16>,
    /// How much each session counts.
    shares: Vec<f32>,
    /// Where each item stands in `items`, item after item.
    places: Vec<u32>,
    /// Where each item begins in `places`; one more at the end.
    first: Vec<u32>,
}

impl Index {
    /// Indexes the sessions of a range of a log.
    pub fn new(log: &Log, sessions: Range<usize>) -> Self {
        Self::since(log, sessions, None)
    }

    /// The same where the log goes on from days that began at an earlier time.
    pub fn since(log: &Log, sessions: Range<usize>, oldest_ms: Option<u64>) -> Self {
        let (oldest, newest) = log.span_of(sessions.clone());
        let oldest = oldest_ms.map_or(oldest, |before| before.min(oldest));
        let most = log.places(sessions.clone()).len();
        let mut index = Self {
            items: Vec::with_capacity(most),
            deeds: Vec::with_capacity(most),
            session: Vec::with_capacity(most),
            starts: vec![0],
            ages: Vec::with_capacity(sessions.len()),
            shares: sessions.clone().map(|session| log.weight(session)).collect(),
            places: Vec::new(),
            first: vec![0; log.items.len() + 1],
        };
        // The session in which each item stood last, and how often in it.
        let mut returns = vec![(u32::MAX, 0_u32); log.items.len()];
        for session in log.sessions().skip(sessions.start).take(sessions.len()) {
            index.add(session, &mut returns);
            index.ages.push(age(newest - session[0].time_ms, newest - oldest));
        }
        index.sort();
        index
    }

    fn add(&mut self, session: &[LogEvent], returns: &mut [(u32, u32)]) {
        let number = self.ages.len() as u32;
        // The item of the event before, and whether it counts.
        let mut last = (u32::MAX, false);
        for event in session.iter().filter(|event| event.kind != EventKind::RemoveFromCart) {
            let Some(item) = event.item.map(ItemNumber::get) else { continue };
            let deed = matches!(event.kind, EventKind::AddToCart | EventKind::Purchase);
            if last.0 == item {
                if let Some(held) = self.deeds.last_mut().filter(|_| last.1) {
                    *held |= deed;
                }
                continue;
            }
            let (session, times) = &mut returns[item as usize];
            *times = if *session == number { *times + 1 } else { 1 };
            *session = number;
            last = (item, *times <= RETURNS);
            if last.1 {
                self.items.push(item);
                self.deeds.push(deed);
                self.session.push(number);
            }
        }
        self.starts.push(self.items.len() as u32);
    }

    fn sort(&mut self) {
        for item in &self.items {
            self.first[*item as usize + 1] += 1;
        }
        for at in 1..self.first.len() {
            self.first[at] += self.first[at - 1];
        }
        let mut next = self.first.clone();
        self.places = vec![0; self.items.len()];
        for (place, item) in self.items.iter().enumerate() {
            let at = &mut next[*item as usize];
            self.places[*at as usize] = place as u32;
            *at += 1;
        }
    }

    /// Looks at each item, and those of them in sessions of at most an age.
    pub fn looks(&self, newest: u16) -> (Vec<f64>, Vec<f64>) {
        let mut looks = vec![0.0; self.first.len() - 1];
        let mut recent = looks.clone();
        for (item, session) in self.items.iter().zip(&self.session) {
            let share = f64::from(self.shares[*session as usize]);
            looks[*item as usize] += share;
            recent[*item as usize] += if self.ages[*session as usize] <= newest { share } else { 0.0 };
        }
        (looks, recent)
    }

    /// Age and clicks of each session.
    pub fn sessions(&self) -> impl Iterator<Item = (u16, usize)> + '_ {
        self.ages.iter().enumerate().map(|(session, age)| (*age, self.clicks(session)))
    }

    fn clicks(&self, session: usize) -> usize {
        (self.starts[session + 1] - self.starts[session]) as usize
    }

    /// Whether any event is a cart or a purchase.
    pub fn has_deeds(&self) -> bool {
        self.deeds.contains(&true)
    }

    /// The weight of each session, by its age, its length and how much it counts.
    pub fn session_weights(&self, weights: &Weights) -> Vec<u64> {
        let weighed = |(session, age): (usize, &u16)| {
            let weight = weights.session(*age, self.clicks(session));
            let share = self.shares[session];
            // Whole for a shop's own log. A share makes it a whole number again.
            if share < 1.0 { (weight as f64 * f64::from(share)).round() as u64 } else { weight }
        };
        self.ages.iter().enumerate().map(weighed).collect()
    }

    /// Adds up what stands near an item. `sessions` are the weights of all sessions.
    pub fn near(&self, own: u32, weights: &Weights, sessions: &[u64], sums: &mut Sums<u64>) {
        for place in self.places_of(own) {
            let session = self.session_at(place);
            let (begin, end) = (self.starts[session] as usize, self.starts[session + 1] as usize);
            let visit = self.visit(session);
            for (at, [later, _]) in (place + 1..end).zip(&weights.near) {
                sums.add(self.items[at], later[usize::from(self.deeds[at])] * sessions[session], visit);
            }
            for (at, [_, before]) in (begin..place).rev().zip(&weights.near) {
                sums.add(self.items[at], before[usize::from(self.deeds[at])] * sessions[session], visit);
            }
        }
    }

    /// Number of items of the log.
    pub fn items(&self) -> usize {
        self.first.len() - 1
    }

    /// The places of an item, in order.
    pub fn places_of(&self, item: u32) -> impl Iterator<Item = usize> + '_ {
        let places = self.first[item as usize] as usize..self.first[item as usize + 1] as usize;
        self.places[places].iter().map(|place| *place as usize)
    }

    /// The session of a place, by number.
    pub fn session_at(&self, place: usize) -> usize {
        self.session[place] as usize
    }

    /// All items of the session of a place.
    pub fn visit_at(&self, place: usize) -> &[u32] {
        let session = self.session_at(place);
        &self.items[self.starts[session] as usize..self.starts[session + 1] as usize]
    }

    /// The items of a session behind a place.
    pub fn rest_at(&self, place: usize) -> &[u32] {
        &self.items[place + 1..self.starts[self.session_at(place) + 1] as usize]
    }

    /// A session as a visit that supports a pair.
    pub fn visit(&self, session: usize) -> Visit {
        Visit { number: session as u32 + 1, weight: self.shares[session] }
    }
}
