//! The features by name: one list, from which their numbers, names and descriptions follow.
//!
//! Invariant: tables of a snapshot name features by number, so the order never changes, and a new feature goes to the end.

/// The value of a feature that is not known. The smallest number, so that it falls into the first bin of a table, which the
/// trainer keeps for it.
pub const MISSING: i32 = i32::MIN;

/// The name and meaning of a feature.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Stable name, for programs.
    pub name: &'static str,
    /// What it counts, in words that a value can follow: "looks at products: 3".
    pub words: &'static str,
    /// What its values are.
    pub values: Values,
    /// 1 if a larger value must never lower the probability of a purchase, else 0. Set where the opposite could only be
    /// noise, such as for products in the cart; a merchandiser would not trust a model that says so.
    pub monotone: i8,
}

/// What the values of a feature are.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// Numbers of things.
    Amounts,
    /// Seconds.
    Seconds,
    /// Shares in percent.
    Percent,
    /// Prices in percent of the category's median.
    OfUsual,
    /// Tenths of a level of conversion above what is usual, or below.
    Conversion,
    /// Numbers of these names.
    Names(&'static [&'static str]),
}

impl Values {
    /// The names of the values; none if these are quantities.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Names(names) => names,
            _ => &[],
        }
    }
}

impl Definition {
    /// Whether the values are names rather than quantities.
    pub fn is_nominal(&self) -> bool {
        !self.values.names().is_empty()
    }
}

macro_rules! features {
    ($($(#[$doc:meta])* $id:ident $name:literal $words:literal $values:ident $(($names:ident))?, $monotone:literal;)*) => {
        /// The features, by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Feature { $($(#[$doc])* $id),* }

        /// How each feature is named, by number.
        pub const DEFINITIONS: [Definition; COUNT] =
            [$(Definition { name: $name, words: $words, values: Values::$values $(($names))?, monotone: $monotone }),*];

        /// Number of features.
        pub const COUNT: usize = [$(Feature::$id),*].len();
    };
}

// Names for explanations, by the numbers of the enums in `event` and `context`. A test compares the lengths or the words.
const KINDS: &[&str] = &[
    "product",
    "list",
    "click in a list",
    "cart",
    "removal from the cart",
    "wishlist",
    "cart page",
    "checkout",
    "purchase",
    "search",
    "scroll",
    "engagement",
    "exit",
    "preference",
    "slot seen",
];
const SOURCES: &[&str] = &["direct", "search", "social", "paid", "mail", "referral"];
const DEVICES: &[&str] = &["desktop", "phone", "tablet"];
const DAYS: &[&str] = &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "unknown"];

features! {
    /// Looks at products.
    Views "views" "looks at products" Amounts, 0;
    /// Lists looked at.
    Lists "lists" "category pages seen" Amounts, 0;
    /// Searches.
    Searches "searches" "searches" Amounts, 0;
    /// Searches right after a search, no product between.
    Refinements "refinements" "searches refined" Amounts, 0;
    /// Products put into the cart less those taken out.
    InCart "in_cart" "products in the cart" Amounts, 1;
    /// Looks at the cart.
    CartViews "cart_views" "looks at the cart" Amounts, 0;
    /// Steps of the checkout.
    Checkout "checkout" "steps into the checkout" Amounts, 1;
    /// Products put on the wishlist.
    Wishlist "wishlist" "products on the wishlist" Amounts, 0;
    /// Products taken out of the cart.
    Removals "removals" "products taken out of the cart" Amounts, 0;
    /// Events that are steps of the visit, rather than signs of attention such as scrolling.
    Steps "steps" "steps so far" Amounts, 0;
    /// Seconds from the first event to the newest.
    Age "seconds" "time in the shop" Seconds, 0;
    /// Seconds between the newest two remembered events.
    Gap "gap_seconds" "time before the newest step" Seconds, 0;
    /// Mean seconds per step.
    Pace "pace_seconds" "time for a step" Seconds, 0;
    /// Longest time between two remembered events, in seconds.
    Dwell "dwell_seconds" "longest pause" Seconds, 0;
    /// Different products among those remembered.
    Distinct "distinct_items" "different products" Amounts, 0;
    /// Remembered looks at a product looked at before.
    Repeats "repeated_looks" "returns to a product" Amounts, 0;
    /// Earlier interactions of the newest product.
    NewestBefore "newest_before" "earlier looks at the newest product" Amounts, 0;
    /// Returns to a product after another one of its category.
    Comparisons "comparisons" "back and forth between alike products" Amounts, 0;
    /// Different categories among those remembered.
    Categories "categories" "different categories" Amounts, 0;
    /// Share of the remembered products in the most frequent category, in percent.
    Focus "focus_percent" "looks in one category" Percent, 0;
    /// Newest products in a row that are of one category.
    Run "category_run" "looks in a row in one category" Amounts, 0;
    /// Price of the newest product, in percent of its category's median: prices of lamps and of cars become comparable.
    NewestPrice "newest_price_percent" "price of the newest product" OfUsual, 0;
    /// Mean of the same over the remembered products.
    MeanPrice "mean_price_percent" "prices of the products looked at" OfUsual, 0;
    /// Share of priced products below their category's median, in percent.
    Cheap "cheap_percent" "looks at products below the usual price" Percent, 0;
    /// Share of products on sale, in percent.
    Sale "sale_percent" "looks at products on sale" Percent, 0;
    /// Farthest scroll, in percent of the page.
    Scrolled "scrolled_percent" "page scrolled" Percent, 0;
    /// Seconds of engagement.
    Engaged "engaged_seconds" "time of attention" Seconds, 0;
    /// Times the pointer left for the tab bar.
    ExitIntents "exit_intents" "moves towards leaving" Amounts, 0;
    /// Kind of the newest remembered event.
    Newest "newest" "newest step" Names(KINDS), 0;
    /// Categories declared to be looked for.
    Declared "declared" "preferences declared" Amounts, 0;
    /// Where the visit began.
    Source "source" "source" Names(SOURCES), 0;
    /// What the page is shown on.
    Device "device" "device" Names(DEVICES), 0;
    /// Local hour of the first request.
    Hour "hour" "hour of the day" Amounts, 0;
    /// Local weekday of the first request.
    Weekday "weekday" "weekday" Names(DAYS), 0;
    /// Purchase log-odds of visits from the same traffic source relative to all visits, in thousandths.
    ContextShift "context" "visits by this source, campaign and landing page" Amounts, 1;
    /// Buyers among the visits that had seen the newest product, beside what is usual: see [`About::conversion`](super::About).
    NewestConversion "newest_conversion" "buyers among visitors of the newest product" Conversion, 1;
    /// Mean of the same over the remembered products.
    MeanConversion "mean_conversion" "buyers among visitors of the products looked at" Conversion, 1;
    /// The most of the same among the remembered products.
    BestConversion "best_conversion" "buyers among visitors of the product that sells best of those looked at" Conversion, 1;
    /// Buyers among the visits that had seen the newest product's category.
    CategoryConversion "category_conversion" "buyers among visitors of the newest product's category" Conversion, 1;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventKind;

    #[test]
    fn names_of_values_are_those_of_the_enums() {
        assert_eq!(KINDS.len(), EventKind::COUNT);
        assert!(crate::context::Source::ALL.iter().map(|source| source.word()).eq(SOURCES.iter().copied()));
        assert!(crate::context::Device::ALL.iter().map(|device| device.word()).eq(DEVICES.iter().copied()));
        let mut names = DEFINITIONS.map(|definition| definition.name);
        names.sort_unstable();
        assert!(names.windows(2).all(|two| two[0] != two[1]));
    }
}
