//! The kernels: the two dozen numbers that say how pairs are counted and how a session is weighed.
//!
//! They differ from shop to shop and decide more than the size of the table does, so [`search`] chooses
//! them on the newest tenth of the log. The defaults lie between those of two public click logs.
//!
//! [`search`]: super::search

use crate::event::EventKind;
use crate::session::MAX_INTERACTIONS;
use crate::snapshot::section::Kernel;
use serde::{Deserialize, Serialize};

/// How pairs are counted (the first nine) and how a session is weighed (the others).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kernels {
    /// Weight of a pair against the order of its clicks; 1 is as much as with it.
    pub backward: f64,
    /// A pair one click further apart weighs `exp(-decay)` of it.
    pub decay: f64,
    /// A session as old as the log weighs `exp(-age)` of the newest.
    pub age: f64,
    /// Power of the count of the item a row belongs to, by which its row is divided.
    pub alpha: f64,
    /// Power of the count of a neighbour, by which its weight is divided.
    pub beta: f64,
    /// Power of a neighbour's share of the newest tenth of the log against its share of all.
    pub trend: f64,
    /// Weight of the neighbours' rows beside the row itself.
    pub hop: f64,
    /// Power of the finished weight: below 1, two events that agree count more than one that is sure.
    pub power: f64,
    /// Weight of a cart or a purchase beside a look.
    pub deed: f64,
    /// An event one step back weighs `exp(-recency)` of it.
    pub recency: f64,
    /// Weight of a repeated event's row beside one that happened once.
    pub repeated: f64,
    /// What the newest item gets when the visitor goes on to something new; 1 is the heaviest neighbour
    /// of a usual row.
    pub newest: f64,
    /// What the item before it gets.
    pub earlier: f64,
    /// An item one step further back gets `exp(-fading)` of it.
    pub fading: f64,
    /// As `newest`, when the newest event is about an item seen before.
    pub back_newest: f64,
    /// As `earlier`, when the newest event is about an item seen before.
    pub back_earlier: f64,
    /// As `fading`, when the newest event is about an item seen before.
    pub back_fading: f64,
    /// What the newest item gets on top if its event was repeated.
    pub again: f64,
    /// Power of the number of events by which the six above are divided.
    pub length: f64,
}

impl Default for Kernels {
    fn default() -> Self {
        Self {
            backward: 0.5,
            decay: 0.6,
            age: 1.0,
            alpha: 0.57,
            beta: 0.21,
            trend: 0.12,
            hop: 0.8,
            power: 1.0,
            deed: 2.0,
            recency: 0.9,
            repeated: 0.67,
            newest: 1.6,
            earlier: 1.1,
            fading: 0.3,
            back_newest: 1.9,
            back_earlier: 2.1,
            back_fading: 0.13,
            again: 0.6,
            length: 0.15,
        }
    }
}

impl Kernels {
    /// Every number with its name and largest sensible value; the smallest is 0.
    pub fn dials(&mut self) -> [(&'static str, &mut f64, f64); 19] {
        [
            ("backward", &mut self.backward, 2.0),
            ("decay", &mut self.decay, 4.0),
            ("age", &mut self.age, 10.0),
            ("alpha", &mut self.alpha, 1.5),
            ("beta", &mut self.beta, 1.5),
            ("trend", &mut self.trend, 1.0),
            ("hop", &mut self.hop, 4.0),
            ("power", &mut self.power, 2.0),
            ("deed", &mut self.deed, 10.0),
            ("recency", &mut self.recency, 6.0),
            ("repeated", &mut self.repeated, 4.0),
            ("newest", &mut self.newest, 30.0),
            ("earlier", &mut self.earlier, 30.0),
            ("fading", &mut self.fading, 6.0),
            ("back_newest", &mut self.back_newest, 30.0),
            ("back_earlier", &mut self.back_earlier, 30.0),
            ("back_fading", &mut self.back_fading, 6.0),
            ("again", &mut self.again, 30.0),
            ("length", &mut self.length, 2.0),
        ]
    }

    /// Whether a dial, by its place among [`Kernels::dials`], says how rows are counted.
    pub fn is_of_rows(dial: usize) -> bool {
        dial <= 8
    }

    /// Whether a dial says what carts and purchases weigh.
    pub fn is_of_deeds(dial: usize) -> bool {
        dial == 8
    }

    /// The part a snapshot carries. Exponentials are computed here, once, so that hosts only read.
    pub fn scoring(&self) -> Kernel {
        let one = f64::from(Kernel::ONE);
        let score = |weight: f64| (f64::from(Kernel::SCORE) * weight.clamp(0.0, 30.0)).round() as u32;
        let returning = |newest: f64, earlier: f64, fading: f64| {
            let at =
                |step: usize| score(if step == 0 { newest } else { earlier * (-fading * (step - 1) as f64).exp() });
            std::array::from_fn(at)
        };
        let decay = |rate: f64| -> [u16; MAX_INTERACTIONS] {
            std::array::from_fn(|at| (one * (-rate * at as f64).exp()).round() as u16)
        };
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
        assert_eq!((names[8], names[9]), ("deed", "recency"));
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
