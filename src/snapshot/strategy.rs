//! The recommendation strategies: where the products of a row come from.

macro_rules! strategies {
    ($($(#[$doc:meta])* $id:ident $name:literal;)*) => {
        /// A recommendation strategy. It depends on the model, the session and the anchor (the product of the current
        /// page) and on nothing else. It never returns the anchor itself.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "names", derive(serde::Serialize))]
        #[repr(u8)]
        pub enum Strategy { $($(#[$doc])* $id),* }

        crate::wire::readable! { enum Strategy { $($id),* } }

        impl Strategy {
            /// All strategies with their names in the plan file.
            pub const ALL: [(&'static str, Self); [$($name),*].len()] = [$(($name, Self::$id)),*];
        }
    };
}

strategies! {
    /// Items that similar sessions viewed next: the sum of the rows of all items of the session.
    NextItem "next_item";
    /// Items viewed after one product: the row of the anchor, or of the newest product.
    AlsoViewed "also_viewed";
    /// Items bought together with the products in the cart, the anchor, or the newest product.
    BoughtTogether "bought_together";
    /// Items similar to the anchor or the newest product: same category, preferably same brand and similar price. It
    /// needs no clicks, so it works from a product's first day.
    SimilarItems "similar_items";
    /// Items of categories that are bought together with the anchor's category, never of that category itself.
    CompleteTheLook "complete_the_look";
    /// Items viewed in this session, newest first.
    RecentlyViewed "recently_viewed";
    /// The most relevant items among next items, the session's categories and its traffic source, by
    /// [`relevance`](crate::decide::relevance).
    RecommendedForYou "recommended_for_you";
    /// Items whose demand is growing.
    Trending "trending";
    /// Items that are new in the store.
    NewArrivals "new_arrivals";
    /// Bestsellers of the store.
    Bestsellers "bestsellers";
    /// Bestsellers of the anchor's category, then of the session's categories.
    CategoryBestsellers "category_bestsellers";
    /// Bestsellers of the category of the newest search that named one.
    BackToSearch "back_to_search";
    /// Items that visits from the same traffic source want more than all visits do; for an advertisement, its products.
    PopularWithSource "popular_with_source";
    /// Bestsellers of categories that visits move on to from the session's categories.
    AdjacentCategories "adjacent_categories";
}

impl Strategy {
    /// Name in the plan file.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// The strategy with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, strategy)| *strategy)
    }
}
