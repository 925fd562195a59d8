//! The seed: the product whose neighbours are sought, where a strategy starts from one product.
//!
//! It is the product of the page, or else the newest one of the visit. A strategy by attributes needs category, brand and
//! price only, so a product that the snapshot does not know yet can be a seed as well.

use super::search::Search;
use crate::decide::relevance::usual_price_percent;
use crate::feature::Shop;
use crate::model::Model;
use crate::session::Interaction;
use crate::snapshot::ItemIndex;

/// The anchor, or else the newest product, with the attributes that its neighbours are sought by.
#[derive(Clone, Copy, Default)]
pub(super) struct Seed {
    pub item: Option<ItemIndex>,
    pub category: Option<u16>,
    pub brand: u32,
    pub price_percent: Option<u16>,
}

impl Seed {
    fn of<B: AsRef<[u8]>>(model: &Model<B>, item: ItemIndex) -> Self {
        Self {
            item: Some(item),
            category: Some(model.item_category(item)),
            brand: model.brand_number(item),
            price_percent: usual_price_percent(model, item),
        }
    }
}

/// The seed of a search; empty before the first product.
pub(super) fn seed<B: AsRef<[u8]>>(search: &Search<'_, B>) -> Seed {
    let model = search.visit.model;
    if let Some(item) = search.anchor.and_then(|key| model.item(key)) {
        return Seed::of(model, item);
    }
    let wanted = |interaction: &Interaction| {
        interaction.item.is_some() && search.anchor.is_none_or(|key| interaction.item == Some(key))
    };
    let Some(interaction) = search.visit.session.interactions().find(wanted) else { return Seed::default() };
    match interaction.item.and_then(|key| model.item(key)) {
        Some(item) => Seed::of(model, item),
        // A product younger than the snapshot: what the event says of it.
        None => Seed { category: model.about(&interaction).category, ..Seed::default() },
    }
}
