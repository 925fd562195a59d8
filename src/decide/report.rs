//! Decisions with names: what travels as JSON, what tools print.

use super::because::Because;
use super::decision::{Decision, Kind, PINNED, Pick};
#[cfg(feature = "words")]
use super::leaning::Leaning;
use super::place::Place;
use crate::event::{Number, RawExposure, Text};
use crate::explanation::{Explanation, Reason};
use crate::model::Model;
#[cfg(feature = "words")]
use crate::model::Picture;
use crate::snapshot::ItemIndex;
use crate::snapshot::plan::Strategy;
use alloc::{string::String, vec::Vec};
use serde::Serialize;

/// What goes into a slot, by name. Unless `personalised`, the shop's own content stays.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, and JSON names them one by one")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS), ts(rename = "Decision"))]
pub struct DecisionReport {
    /// Name of the slot.
    pub slot: String,
    /// `choose`, `fill`, `order`, `offer`, `bundle`, or `own` where the arm is the shop's own content.
    #[cfg_attr(feature = "contract", ts(type = "Kind"))]
    pub kind: &'static str,
    /// Whether the engine puts something there; else the shop's own content stays.
    pub personalised: bool,
    /// The arm the visit is in: `holdout`, an arm of the slot's experiment, or `model` where there is none.
    pub arm: String,
    /// Chance of this arm for this visit, in ten-thousandths: what estimates divide by.
    pub propensity: u16,
    /// Whether seeing it counts: not in a preview.
    pub counts: bool,
    /// Whether the slot opens only when the visitor is about to leave. Left out where it does not.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    #[cfg_attr(feature = "contract", ts(optional, as = "Option<bool>"))]
    pub exit: bool,
    /// Whether parts of the model are under way that could change it. Left out where it is final.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    #[cfg_attr(feature = "contract", ts(optional, as = "Option<bool>"))]
    pub partial: bool,
    /// The variant, offer or bundle to show.
    pub variant: Option<String>,
    /// The products to show, best first; of a bundle in its own order.
    pub items: Vec<PickReport>,
    /// Kind `bundle`: what its card shows of the bundle itself.
    pub bundle: Option<BundleReport>,
    /// Kind `order`: the keys of what the slot shows, in their new order.
    pub order: Vec<String>,
    /// What the reasons add up to: thousandths of attention for a variant, thousandths a product for a row.
    pub score: i32,
    /// Why: parts of the score, the strategies and their events in order; or what kept the shop's content.
    /// Left out unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "contract", ts(optional))]
    pub reasons: Option<Vec<Reason>>,
    /// What the guardrails did, and to how many products. Left out unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "contract", ts(optional))]
    pub guards: Option<Vec<Reason>>,
    /// Why, in a few words for the shopper; none where the shop's content stays.
    pub because: Option<BecauseReport>,
    /// Name of the snapshot that decided, 64 hexadecimal digits.
    pub snapshot: String,
}

/// A product in a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS), ts(rename = "Pick"))]
pub struct PickReport {
    /// The shop's id.
    pub item_id: String,
    /// As [`Pick::score`](super::Pick::score).
    pub score: i32,
    /// The strategy that chose it, or `pinned`.
    #[cfg_attr(feature = "contract", ts(type = "Strategy | typeof PINNED"))]
    pub strategy: &'static str,
    /// The picture that its card shows, and why. Left out unless asked for, and for products with one picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "contract", ts(optional))]
    pub picture: Option<PictureReport>,
    /// Its price in hundredths, where live prices say it and are not too old. Left out where the caller's own holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "contract", ts(optional))]
    pub price_cents: Option<u32>,
    /// What it usually costs, in hundredths, where it costs less at the moment. Left out like the price.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "contract", ts(optional))]
    pub usual_price_cents: Option<u32>,
    /// Its number in the snapshot.
    #[serde(skip)]
    pub item: ItemIndex,
}

/// One of a product's pictures, and why it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS), ts(rename = "Picture"))]
pub struct PictureReport {
    /// Its address.
    pub image: String,
    /// The tag that the visit leans to; `None` for the default picture, where it leans to no tag enough.
    pub tag: Option<String>,
    /// The tag's share of the visit's attention, in thousandths; 0 without a tag.
    pub permille: u32,
}

#[cfg(feature = "words")]
impl PictureReport {
    /// The picture of a product for a visit; `None` if the product has only one.
    pub(super) fn of<B: AsRef<[u8]>>(model: &Model<B>, item: ItemIndex, leaning: &Leaning) -> Option<Self> {
        if !model.has_pictures(item) {
            return None;
        }
        let share = |tag: &str| leaning.share(model, tag);
        let mut image = String::new();
        model.write_image(item, &share, &mut image);
        let Picture { tag, share, .. } = model.picture(item, &share);
        let tag = Some(tag).filter(|tag| !tag.is_empty());
        Some(Self { image, permille: tag.map_or(0, |_| share), tag: tag.map(Into::into) })
    }
}

/// What the card of a bundle shows of the bundle itself, in the shop's own words; empty where it has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS), ts(rename = "Bundle"))]
pub struct BundleReport {
    /// Title; of a bundle that the engine made the words for the shopper.
    pub title: String,
    /// What the shop says about the price. Nothing is computed.
    pub price: String,
    /// Address of its page.
    pub url: String,
    /// Address of its picture.
    pub image: String,
}

/// A few words for the shopper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS), ts(rename = "Because"))]
pub struct BecauseReport {
    /// Translation key, one of [`TEXTS`](super::TEXTS).
    #[cfg_attr(feature = "contract", ts(type = "BecauseKey"))]
    pub key: &'static str,
    /// What stands for `{name}`: a product or a category; empty where the text names none.
    pub name: String,
    /// The text, from the plan or else in English.
    pub text: String,
}

impl DecisionReport {
    /// Names what was decided for a slot at this place, and says why, if somebody asked.
    pub fn of<B: AsRef<[u8]>>(
        decision: &Decision,
        model: &Model<B>,
        place: &Place<'_>,
        explanation: Option<Explanation>,
    ) -> Self {
        let pick = |pick: &Pick| PickReport {
            item_id: model.item_id(pick.item),
            score: pick.score,
            strategy: pick.strategy.map_or(PINNED, Strategy::name),
            picture: None,
            price_cents: None,
            usual_price_cents: None,
            item: pick.item,
        };
        let key = |at: &u16| match place.keys.get(usize::from(*at)) {
            Some(key) => (*key).into(),
            None => model.category_path(*at).into(),
        };
        let because = |because: Because| BecauseReport {
            key: because.phrase.key(),
            name: because.name(model, place.locale),
            text: because.text(model, place.locale),
        };
        let (reasons, guards) = explanation.map(|all| (all.reasons, all.guards)).unzip();
        Self {
            slot: decision.slot(model).name.clone(),
            kind: decision.kind.name(),
            personalised: decision.personalised,
            arm: decision.arm_name(model).into(),
            propensity: decision.propensity,
            counts: decision.counts,
            exit: decision.exit,
            partial: decision.partial,
            variant: decision.choice_name(model).map(Into::into),
            items: decision.items.iter().map(pick).collect(),
            bundle: decision.bundle(model, place.locale),
            order: decision.order.iter().map(key).collect(),
            score: decision.score,
            reasons,
            guards,
            because: decision.because.map(because),
            snapshot: model.name().into(),
        }
    }

    /// The same with the live prices of its products, as cards show them. `now_ms` is the host's clock.
    #[must_use]
    pub fn with_prices<B: AsRef<[u8]>>(mut self, model: &Model<B>, now_ms: u64) -> Self {
        for pick in self.items.iter_mut().filter(|_| model.shows_prices(now_ms)) {
            pick.price_cents = model.live_price(pick.item);
            pick.usual_price_cents = Some(model.usual_cents(pick.item)).filter(|cents| *cents > 0);
        }
        self
    }

    /// The reasons; none unless asked for.
    pub fn reasons(&self) -> &[Reason] {
        self.reasons.as_deref().unwrap_or_default()
    }

    /// What the guardrails did; nothing unless asked for.
    pub fn guards(&self) -> &[Reason] {
        self.guards.as_deref().unwrap_or_default()
    }
}

impl Decision {
    /// What the card of its bundle shows of the bundle itself in a locale; `None` if there is none.
    pub fn bundle<B: AsRef<[u8]>>(&self, model: &Model<B>, locale: usize) -> Option<BundleReport> {
        let name = self.choice_name(model).filter(|_| self.kind == Kind::Bundle)?;
        let text = |field| model.plan().bundle_text(locale, name, field).map(String::from);
        let because = || self.because.map(|because| because.text(model, locale));
        Some(BundleReport {
            title: text("title").or_else(because).unwrap_or_default(),
            price: text("price").unwrap_or_default(),
            url: text("url").unwrap_or_default(),
            image: text("image").unwrap_or_default(),
        })
    }

    /// What its exposure says, once it was seen. `seed` is the bucketing key of the visit it was decided for.
    pub fn exposure<B: AsRef<[u8]>>(&self, model: &Model<B>, seed: u16) -> RawExposure {
        RawExposure {
            slot: Text(self.slot(model).name.clone()),
            arm: Text(self.arm_name(model).into()),
            choice: Text(self.choice_name(model).unwrap_or_default().into()),
            personalised: self.personalised,
            snapshot: Text(model.name().into()),
            seed: Number(Some(f64::from(seed))),
            exit: self.exit,
            items: if self.kind == Kind::Bundle {
                self.items.iter().map(|pick| Text(model.item_id(pick.item))).collect()
            } else {
                Vec::new()
            },
        }
    }
}
