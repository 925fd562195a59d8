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
    /// What it counts, in words that a number can follow: "products looked at: 3".
    pub words: &'static str,
    /// The names of its values, if these are not amounts.
    pub values: &'static [&'static str],
    /// 1 if a larger value must never lower the probability of a purchase, else 0. Set where the opposite could only be
    /// noise, such as for products in the cart; a merchandiser would not trust a model that says so.
    pub monotone: i8,
}

impl Definition {
    /// Whether the values are names rather than amounts.
    pub fn is_nominal(&self) -> bool {
        !self.values.is_empty()
    }
}

macro_rules! features {
    ($($(#[$doc:meta])* $id:ident $name:literal $words:literal $values:expr, $monotone:literal;)*) => {
        /// The features, by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Feature { $($(#[$doc])* $id),* }

        /// How each feature is named, by number.
        pub const DEFINITIONS: [Definition; COUNT] =
            [$(Definition { name: $name, words: $words, values: $values, monotone: $monotone }),*];

        /// Number of features.
        pub const COUNT: usize = [$(Feature::$id),*].len();
    };
}

const NO_NAMES: &[&str] = &[];
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
    Views "views" "looks at products" NO_NAMES, 0;
    /// Lists looked at.
    Lists "lists" "category pages seen" NO_NAMES, 0;
    /// Searches.
    Searches "searches" "searches" NO_NAMES, 0;
    /// Searches right after a search, no product between.
    Refinements "refinements" "searches refined" NO_NAMES, 0;
    /// Products put into the cart less those taken out.
    InCart "in_cart" "products in the cart" NO_NAMES, 1;
    /// Looks at the cart.
    CartViews "cart_views" "looks at the cart" NO_NAMES, 0;
    /// Steps of the checkout.
    Checkout "checkout" "steps into the checkout" NO_NAMES, 1;
    /// Products put on the wishlist.
    Wishlist "wishlist" "products on the wishlist" NO_NAMES, 0;
    /// Products taken out of the cart.
    Removals "removals" "products taken out of the cart" NO_NAMES, 0;
    /// Events that are steps of the visit, rather than signs of attention such as scrolling.
    Steps "steps" "steps so far" NO_NAMES, 0;
    /// Seconds from the first event to the newest.
    Age "seconds" "seconds in the shop" NO_NAMES, 0;
    /// Seconds between the newest two remembered events.
    Gap "gap_seconds" "seconds before the newest step" NO_NAMES, 0;
    /// Mean seconds per step.
    Pace "pace_seconds" "seconds a step" NO_NAMES, 0;
    /// Longest time between two remembered events, in seconds.
    Dwell "dwell_seconds" "longest pause in seconds" NO_NAMES, 0;
    /// Different products among those remembered.
    Distinct "distinct_items" "different products" NO_NAMES, 0;
    /// Remembered looks at a product looked at before.
    Repeats "repeated_looks" "returns to a product" NO_NAMES, 0;
    /// Earlier interactions of the newest product.
    NewestBefore "newest_before" "earlier looks at the newest product" NO_NAMES, 0;
    /// Returns to a product after another one of its category.
    Comparisons "comparisons" "back and forth between alike products" NO_NAMES, 0;
    /// Different categories among those remembered.
    Categories "categories" "different categories" NO_NAMES, 0;
    /// Share of the remembered products in the most frequent category, in percent.
    Focus "focus_percent" "percent of looks in one category" NO_NAMES, 0;
    /// Newest products in a row that are of one category.
    Run "category_run" "looks in a row in one category" NO_NAMES, 0;
    /// Price of the newest product, in percent of its category's median: prices of lamps and of cars become comparable.
    NewestPrice "newest_price_percent" "newest price in percent of the usual" NO_NAMES, 0;
    /// Mean of the same over the remembered products.
    MeanPrice "mean_price_percent" "prices in percent of the usual" NO_NAMES, 0;
    /// Share of priced products below their category's median, in percent.
    Cheap "cheap_percent" "percent of looks below the usual price" NO_NAMES, 0;
    /// Share of products on sale, in percent.
    Sale "sale_percent" "percent of looks at sale products" NO_NAMES, 0;
    /// Farthest scroll, in percent of the page.
    Scrolled "scrolled_percent" "percent scrolled" NO_NAMES, 0;
    /// Seconds of engagement.
    Engaged "engaged_seconds" "seconds of attention" NO_NAMES, 0;
    /// Times the pointer left for the tab bar.
    ExitIntents "exit_intents" "moves towards leaving" NO_NAMES, 0;
    /// Kind of the newest remembered event.
    Newest "newest" "newest step" KINDS, 0;
    /// Categories declared to be looked for.
    Declared "declared" "preferences declared" NO_NAMES, 0;
    /// Where the visit began.
    Source "source" "source" SOURCES, 0;
    /// What the page is shown on.
    Device "device" "device" DEVICES, 0;
    /// Local hour of the first request.
    Hour "hour" "hour of the day" NO_NAMES, 0;
    /// Local weekday of the first request.
    Weekday "weekday" "weekday" DAYS, 0;
    /// Purchase log-odds of visits from the same traffic source relative to all visits, in thousandths.
    ContextShift "context" "visits by this source, campaign and landing page" NO_NAMES, 1;
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
