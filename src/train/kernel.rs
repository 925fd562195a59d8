//! The kernels: the 23 hyperparameters of next-item rows and of their scoring.
//!
//! They differ from shop to shop and matter more than the number of neighbours does, so [`search`] tunes them on the
//! newest tenth of the log. The defaults lie between the optima of two public click logs (Diginetica and `YooChoose`).
//!
//! The weight of `to` in the row of `from` is the sum over all pairs in all sessions
//!
//! ```text
//! direction * exp(-decay * (distance - 1)) * exp(-age * share of the log since then) / clicks^stay
//!     / (count(from)^alpha * count(to)^beta) * (recent share(to) / share(to))^trend
//! ```
//!
//! with `direction` = 1 forwards and `backward` backwards. One smoothing step then adds `hop` times the rows of the
//! neighbours, and `power` is applied to the result (see `count`). A session is scored as a weighted sum of the rows of its
//! events (see `model::rank`); the remaining numbers are those weights.
//!
//! [`search`]: super::search

use crate::event::EventKind;
use crate::session::MAX_INTERACTIONS;
use crate::snapshot::section::Kernel;
use serde::{Deserialize, Serialize};

/// How pairs are counted (the first eleven fields) and how a session is weighted (the others).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kernels {
    /// Weight of a pair against the order of its clicks, relative to a pair in order.
    pub backward: f64,
    /// Decay by distance: each further click between the two multiplies a pair's weight by `exp(-decay)`.
    pub decay: f64,
    /// Decay by age: a session as old as the log weighs `exp(-age)` times the newest.
    pub age: f64,
    /// Exponent of the number of a session's clicks, by which its pairs are divided: above 0, a visit that looks at very much
    /// says less about each pair.
    pub stay: f64,
    /// Exponent of the count of the item that owns the row, in the divisor.
    pub alpha: f64,
    /// Exponent of the count of the neighbour, in the divisor: 0 favours bestsellers, 1 favours rare items.
    pub beta: f64,
    /// Exponent of a neighbour's trend: its share of clicks in the newest tenth of the log over its share of all.
    pub trend: f64,
    /// Weight of the neighbours' rows that are added to a row. It fills short rows with neighbours of neighbours.
    pub hop: f64,
    /// Exponent of the finished weight: below 1, two events that agree count more than one strong neighbour.
    pub power: f64,
    /// Weight of a click that was a cart or a purchase, relative to a look.
    pub deed: f64,
    /// Weight of trail rows, which know the item before the newest as well; 0 is none of them. See `trails`.
    pub trail: f64,
    /// Decay of the rows by recency: one step further back multiplies an event's row by `exp(-recency)`.
    pub recency: f64,
    /// Weight of the row of a repeated event, relative to one that happened once.
    pub repeated: f64,
    /// Score that the newest item itself gets (visitors do return to items), when its event is about an item that is new
    /// to the session, and `again`, `habit` and `first` do not apply. 1 is the heaviest neighbour of a usual row.
    pub newest: f64,
    /// Score that the item before it gets.
    pub earlier: f64,
    /// Decay of that score: one step further back multiplies it by `exp(-fading)`.
    pub fading: f64,
    /// As `newest`, when the newest event is about an item seen before: a visitor who has returned once returns again.
    pub back_newest: f64,
    /// As `earlier`, when the newest event is about an item seen before.
    pub back_earlier: f64,
    /// As `fading`, when the newest event is about an item seen before.
    pub back_fading: f64,
    /// As `newest`, when the newest event was repeated, whatever came before.
    pub again: f64,
    /// As `newest`, when the newest event was not repeated, and the one before it was: a visitor who opens pages twice in a
    /// row is about to do so again.
    pub habit: f64,
    /// As `newest`, when the newest event is all there is and was not repeated.
    pub first: f64,
    /// Exponent of the number of events, by which the scores above are divided.
    pub length: f64,
}

impl Default for Kernels {
    fn default() -> Self {
        Self {
            backward: 0.5,
            decay: 0.6,
            age: 1.0,
            stay: 0.1,
            alpha: 0.57,
            beta: 0.21,
            trend: 0.12,
            hop: 0.8,
            power: 1.0,
            deed: 2.0,
            trail: 0.0,
            recency: 0.9,
            repeated: 0.67,
            newest: 1.4,
            earlier: 1.1,
            fading: 0.3,
            back_newest: 1.9,
            back_earlier: 2.1,
            back_fading: 0.13,
            again: 2.3,
            habit: 3.0,
            first: 1.9,
            length: 0.15,
        }
    }
}

impl Kernels {
    /// Where a search may begin: the defaults, and two kinds of shops that lie far apart. In the first, visitors compare many
    /// things in any order; in the second they follow paths. No search of one dial at a time comes from one to the other.
    pub fn starts() -> [Self; 3] {
        let comparing = Self {
            backward: 0.77,
            decay: 0.36,
            age: 0.6,
            stay: 0.3,
            alpha: 0.57,
            beta: 0.27,
            trend: 0.18,
            hop: 1.9,
            power: 1.0,
            deed: 2.0,
            trail: 0.0,
            recency: 0.7,
            repeated: 0.75,
            newest: 1.64,
            earlier: 1.53,
            fading: 0.6,
            back_newest: 1.2,
            back_earlier: 3.05,
            back_fading: 0.066,
            again: 5.0,
            habit: 2.4,
            first: 2.1,
            length: 0.075,
        };
        let following = Self {
            backward: 0.34,
            decay: 0.9,
            age: 1.0,
            stay: 0.02,
            alpha: 0.57,
            beta: 0.21,
            trend: 0.23,
            hop: 0.54,
            power: 0.67,
            deed: 2.0,
            trail: 0.0,
            recency: 1.0,
            repeated: 0.9,
            newest: 0.9,
            earlier: 0.86,
            fading: 0.36,
            back_newest: 1.4,
            back_earlier: 1.44,
            back_fading: 0.025,
            again: 2.5,
            habit: 8.0,
            first: 1.9,
            length: 0.19,
        };
        [Self::default(), comparing, following]
    }

    /// Every number with its name and upper bound; the lower bound is 0. The order is that of [`Search`]'s steps in a
    /// stored state.
    ///
    /// [`Search`]: super::search::Search
    pub fn dials(&mut self) -> [(&'static str, &mut f64, f64); 23] {
        [
            ("backward", &mut self.backward, 2.0),
            ("decay", &mut self.decay, 4.0),
            ("age", &mut self.age, 10.0),
            ("stay", &mut self.stay, 1.0),
            ("alpha", &mut self.alpha, 1.5),
            ("beta", &mut self.beta, 1.5),
            ("trend", &mut self.trend, 1.0),
            ("hop", &mut self.hop, 4.0),
            ("power", &mut self.power, 2.0),
            ("deed", &mut self.deed, 10.0),
            ("trail", &mut self.trail, 4.0),
            ("recency", &mut self.recency, 6.0),
            ("repeated", &mut self.repeated, 4.0),
            ("newest", &mut self.newest, 30.0),
            ("earlier", &mut self.earlier, 30.0),
            ("fading", &mut self.fading, 6.0),
            ("back_newest", &mut self.back_newest, 30.0),
            ("back_earlier", &mut self.back_earlier, 30.0),
            ("back_fading", &mut self.back_fading, 6.0),
            ("again", &mut self.again, 30.0),
            ("habit", &mut self.habit, 30.0),
            ("first", &mut self.first, 30.0),
            ("length", &mut self.length, 2.0),
        ]
    }

    /// Whether a dial (its index in [`Kernels::dials`]) changes how rows are counted. The others only weight a session.
    pub fn is_of_rows(dial: usize) -> bool {
        dial <= 10
    }

    /// Whether a dial is the weight of carts and purchases.
    pub fn is_of_conversions(dial: usize) -> bool {
        dial == 9
    }

    /// Whether a dial is the weight of trail rows.
    pub fn is_of_trails(dial: usize) -> bool {
        dial == 10
    }

    /// The part that a snapshot carries, as fixed-point tables by step. Exponentials are computed here, once: they differ
    /// in their last bits between native code and Wasm, and hosts must score alike.
    pub fn scoring(&self) -> Kernel {
        let one = f64::from(Kernel::ONE);
        // Clamped, so that sums of scores stay within 32 bits: 30 is close to the cap that `model::rank` has.
        let score = |weight: f64| (f64::from(Kernel::SCORE) * weight.clamp(0.0, 30.0)).round() as u32;
        let returning = |newest: f64, earlier: f64, fading: f64| {
            let at =
                |step: usize| score(if step == 0 { newest } else { earlier * (-fading * (step - 1) as f64).exp() });
            std::array::from_fn(at)
        };
        let decay = |rate: f64| -> [u16; MAX_INTERACTIONS] {
            std::array::from_fn(|at| (one * (-rate * at as f64).exp()).round() as u16)
        };
        // Weights of the kinds of events in category affinity, in 1,024ths of a look. A cart is a stronger sign than a
        // look; after a purchase the wish is met. Not tuned: public click logs have no such events.
        let mut kinds = [0; EventKind::COUNT];
        for (kind, weight) in [
            (EventKind::ViewItem, 1024),
            (EventKind::SelectItem, 512),
            (EventKind::AddToCart, 1536),
            (EventKind::AddToWishlist, 1280),
            (EventKind::Purchase, 512),
            (EventKind::ViewItemList, 512),
            (EventKind::Search, 512),
        ] {
            kinds[kind as usize] = weight;
        }
        Kernel {
            recency: decay(self.recency),
            repeated: (one * self.repeated.clamp(0.0, 4.0)).round() as u16,
            returning: [
                returning(self.newest, self.earlier, self.fading),
                returning(self.back_newest, self.back_earlier, self.back_fading),
            ],
            again: score(self.again),
            habit: score(self.habit),
            first: score(self.first),
            length: std::array::from_fn(|at| (one * ((at + 1) as f64).powf(-self.length)).round() as u16),
            affinity: decay(0.2),
            kinds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_a_dial_under_its_own_name() {
        let mut kernels = Kernels::default();
        let before = serde_json::to_value(kernels).unwrap();
        let names: Vec<&str> = kernels.dials().iter().map(|(name, _, _)| *name).collect();
        assert_eq!(names.len(), before.as_object().unwrap().len());
        assert_eq!((names[9], names[10], names[11]), ("deed", "trail", "recency"));
        for (at, name) in names.iter().enumerate() {
            let mut turned = Kernels::default();
            *turned.dials()[at].1 = 1.25;
            assert_eq!(serde_json::to_value(turned).unwrap()[*name], 1.25, "{name}");
        }
    }

    #[test]
    fn the_scoring_part_keeps_its_units() {
        let kernel = Kernels { newest: 2.0, recency: 0.0, ..Kernels::default() }.scoring();
        assert_eq!(kernel.returning[0][0], 2 * Kernel::SCORE);
        assert_eq!((kernel.recency[15], kernel.length[0]), (1024, 1024));
    }
}
