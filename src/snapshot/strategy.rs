//! The ways to find products for a row, by the names the field knows them by.

macro_rules! strategies {
    ($($(#[$doc:meta])* $id:ident $name:literal;)*) => {
        /// Where products come from. Each is a function of model, session, anchor (the product the page is
        /// about) and nothing else; the anchor itself never comes up.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "names", derive(serde::Serialize))]
        #[repr(u8)]
        pub enum Strategy { $($(#[$doc])* $id),* }

        crate::wire::readable! { enum Strategy { $($id),* } }

        impl Strategy {
            /// Every strategy with its name in the plan file.
            pub const ALL: [(&'static str, Self); [$($name),*].len()] = [$(($name, Self::$id)),*];
        }
    };
}

strategies! {
    /// What sessions like this one went on to: the rows of all its items, added up.
    NextItem "next_item";
    /// What sessions with this one product went on to: the anchor's row, or that of the newest product.
    AlsoViewed "also_viewed";
    /// What went into carts and orders together with the products of the cart, the anchor, or the newest
    /// product.
    BoughtTogether "bought_together";
    /// Products most like the anchor or the newest product: its category, rather its brand and near its price.
    /// Needs no clicks, so it works for products of the first day, as anchor and as answer.
    SimilarItems "similar_items";
    /// Products of the categories that go into carts with the anchor's: never of its own.
    CompleteTheLook "complete_the_look";
    /// What this visit looked at, newest first.
    RecentlyViewed "recently_viewed";
    /// The best for this visit of what next items, its categories and its way here propose, by
    /// [`relevance`](crate::decide::relevance).
    RecommendedForYou "recommended_for_you";
    /// What is wanted more than before.
    Trending "trending";
    /// What came into the store last.
    NewArrivals "new_arrivals";
    /// What sells most in the store.
    Bestsellers "bestsellers";
    /// What sells most in the anchor's category, then in those the visit is about.
    CategoryBestsellers "category_bestsellers";
    /// The category of the newest search that named one.
    BackToSearch "back_to_search";
    /// What visits from the same traffic source wanted beyond what all wanted: for an advertisement its products.
    PopularWithSource "popular_with_source";
    /// What sells most in categories visits go to from those this one is about.
    AdjacentCategories "adjacent_categories";
}

impl Strategy {
    /// Its name in the plan file.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// The strategy of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, strategy)| *strategy)
    }
}
