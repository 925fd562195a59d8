//! A decision: numbers and codes. Whoever shows it gives them names.
//!
//! Nothing here is text, so a page of eight slots is decided without a single string. Names come from the plan and
//! the catalogue ([`Decision::arm_name`] and its like), reasons from [`Decider::explain`](super::Decider::explain).
//!
//! A decision means something only together with the model that made it, because its numbers are places in that model's
//! plan and catalogue.

use super::because::Because;
use crate::model::Model;
use crate::snapshot::ItemIndex;
use crate::snapshot::plan::{Fill, Plan, Slot, Strategy};
use alloc::vec::Vec;

/// What is decided in a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The shop's own content stays, by the arm's choice.
    #[default]
    Own,
    /// One of several variants is shown.
    Choose,
    /// A row of products is shown.
    Fill,
    /// What the shop shows is put in order.
    Order,
    /// An offer is made, or none.
    Offer,
    /// A bundle is shown, or none.
    Bundle,
}

impl Kind {
    /// Every kind's name, in order of number.
    pub const NAMES: [&str; 6] = ["own", "choose", "fill", "order", "offer", "bundle"];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// What an arm with this fill decides.
    pub(super) fn of(fill: &Fill) -> Self {
        match fill {
            Fill::Own => Self::Own,
            Fill::Choose(_) => Self::Choose,
            Fill::Items(_) => Self::Fill,
            Fill::Order(_) => Self::Order,
            Fill::Offers(_) => Self::Offer,
            Fill::Bundle(..) => Self::Bundle,
        }
    }
}

/// Name of the arm of visits that are held out.
pub const HOLDOUT: &str = "holdout";
/// Name of the strategy of products with a fixed place.
pub const PINNED: &str = "pinned";

/// A variant, an offer or a bundle, by where the plan names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Number of the arm whose fill names it.
    pub arm: u16,
    /// *choose*: number of the variant; one past the last is the default. *offers*: number of the plan's offer. *bundle*:
    /// number of the published set; one past the last is the bundle that the engine made.
    pub number: u16,
}

/// What goes into a slot.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, and hosts name them one by one")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Number of the slot in the plan.
    pub slot: u16,
    /// What is decided.
    pub kind: Kind,
    /// Whether the engine puts something there. Otherwise the shop's own content stays.
    pub personalised: bool,
    /// Number of the arm the visit is in; `None` if it is held out.
    pub arm: Option<u16>,
    /// Probability of this arm for this visit, in ten-thousandths. Estimates divide by it.
    pub propensity: u16,
    /// Whether it counts as an exposure once it is seen. In a preview it does not.
    pub counts: bool,
    /// Whether the slot opens only when the visitor is about to leave.
    pub exit: bool,
    /// Whether shards are under way that could change it.
    pub partial: bool,
    /// The variant, offer or bundle to show.
    pub choice: Option<Choice>,
    /// The products to show, best first; of a bundle in its own order.
    pub items: Vec<Pick>,
    /// Kind [`Kind::Order`]: the places of the slot's keys in their new order. Categories that were asked for
    /// without keys: the numbers of those the visit is about.
    pub order: Vec<u16>,
    /// What the reasons add up to. Unit: thousandths of the session's attention for a variant; for a row the sum of its
    /// products' scores, in thousandths each; for a published set the mean relevance of its products.
    pub score: i32,
    /// The reason in a few words for the shopper; `None` where the shop's content stays.
    pub because: Option<Because>,
}

/// A product in a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Its number in the snapshot.
    pub item: ItemIndex,
    /// Its score in thousandths of the best candidate's of its strategy, after boosts and diversity.
    pub score: i32,
    /// The strategy that chose it; `None` if the plan gave it a fixed place.
    pub strategy: Option<Strategy>,
}

impl Decision {
    pub(super) fn of(slot: u16) -> Self {
        Self {
            slot,
            kind: Kind::Own,
            personalised: false,
            arm: None,
            propensity: 0,
            counts: true,
            exit: false,
            partial: false,
            choice: None,
            items: Vec::new(),
            order: Vec::new(),
            score: 0,
            because: None,
        }
    }

    /// The slot it is about.
    pub fn slot<'p, B: AsRef<[u8]>>(&self, model: &'p Model<B>) -> &'p Slot {
        &model.plan().slots[usize::from(self.slot)]
    }

    /// Name of the arm.
    pub fn arm_name<'p, B: AsRef<[u8]>>(&self, model: &'p Model<B>) -> &'p str {
        self.arm.map_or(HOLDOUT, |arm| &self.slot(model).arms[usize::from(arm)].name)
    }

    /// Name of the variant, offer or bundle.
    pub fn choice_name<'p, B: AsRef<[u8]>>(&self, model: &'p Model<B>) -> Option<&'p str> {
        self.choice.and_then(|choice| choice_name(model.plan(), self.slot(model), choice))
    }
}

/// The name of a variant, offer or bundle.
fn choice_name<'p>(plan: &'p Plan, slot: &'p Slot, choice: Choice) -> Option<&'p str> {
    let number = usize::from(choice.number);
    match &slot.arms.get(usize::from(choice.arm))?.fill {
        Fill::Choose(choose) | Fill::Bundle(choose, _) => {
            Some(choose.variants.get(number).map_or(&choose.default, |variant| &variant.name))
        }
        Fill::Offers(_) => plan.offers.get(number).map(|offer| offer.name.as_str()),
        _ => None,
    }
}

/// The variant or offer of a name, in the first arm that has it.
pub(super) fn choice_of(plan: &Plan, slot: &Slot, name: &str) -> Option<Choice> {
    slot.arms.iter().zip(0..).find_map(|(arm, at)| {
        let number = match &arm.fill {
            Fill::Choose(choose) => {
                let known = choose.variants.iter().map(|variant| &variant.name).chain([&choose.default]);
                known.zip(0..).find(|(known, _)| *known == name)?.1
            }
            Fill::Offers(offers) => {
                *offers.iter().find(|offer| plan.offers.get(usize::from(**offer)).is_some_and(|o| o.name == name))?
            }
            _ => return None,
        };
        Some(Choice { arm: at, number })
    })
}
