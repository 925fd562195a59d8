//! Numbers computed from a session: one definition for training and for scoring.
//!
//! Every feature is a whole number that exists at each moment of a running session and never looks
//! ahead, so that training on moments cannot leak what came after them. Where there is nothing to tell
//! from, a feature is [`MISSING`].

use crate::context::Context;
use crate::event::{EventKind, ItemKey};
use crate::session::{Interaction, MAX_INTERACTIONS, Session};

/// The value of a feature that cannot be told.
pub const MISSING: i32 = i32::MIN;

/// What a shop's catalogue tells of the product of a interaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Number of its category.
    pub category: Option<u16>,
    /// Its price in percent of its category's median price.
    pub price_percent: Option<u16>,
}

/// A catalogue: the model's where sessions are scored, the log's where a model is trained.
pub trait Shop {
    /// What it tells of a interaction.
    fn about(&self, interaction: &Interaction) -> About;

    /// Purchase log-odds of visits from the same traffic source relative to all visits, in thousandths.
    fn context_shift(&self, context: &Context) -> i32;
}

/// How a feature is read and named.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Stable name, for programs.
    pub name: &'static str,
    /// What it counts, in words that a number can follow: "products looked at: 3".
    pub words: &'static str,
    /// Words for its values where they are no amounts.
    pub values: &'static [&'static str],
    /// 1 if more of it must never lower the chance of a purchase, else 0.
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
    /// Events that are steps of the visit.
    Steps "steps" "steps so far" NO_NAMES, 0;
    /// Seconds from the first event to the newest.
    Age "seconds" "seconds in the shop" NO_NAMES, 0;
    /// Seconds between the newest two remembered events.
    Gap "gap_seconds" "seconds before the newest step" NO_NAMES, 0;
    /// Mean seconds a step.
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
    /// Price of the newest product, in percent of its category's median.
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
    Way "context" "visits by this source, campaign and landing page" NO_NAMES, 1;
}

/// The features of a session at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features(pub [i32; COUNT]);

/// What a product of the session is, as far as features ask.
#[derive(Clone, Copy, Default)]
struct Seen {
    item: Option<ItemKey>,
    about: About,
}

impl Features {
    /// The value of a feature.
    pub fn get(&self, feature: Feature) -> i32 {
        self.0[feature as usize]
    }

    /// Computes the features. Those about remembered events see the newest [`MAX_INTERACTIONS`]; counters see
    /// all. Allocates nothing.
    pub fn of(session: &Session, shop: &impl Shop) -> Self {
        use Feature as F;
        let mut all = [0; COUNT];
        let count = |kind| i32::from(session.count(kind));
        let mut set = |feature: Feature, value: i32| all[feature as usize] = value;
        let age = session.age_secs().min(86_400) as i32;
        let steps: i32 = EventKind::ALL.iter().filter(|(_, kind)| kind.is_step()).map(|(_, kind)| count(*kind)).sum();
        set(F::Views, count(EventKind::ViewItem) + count(EventKind::SelectItem));
        set(F::Lists, count(EventKind::ViewItemList));
        set(F::Searches, count(EventKind::Search));
        set(F::InCart, (count(EventKind::AddToCart) - count(EventKind::RemoveFromCart)).max(0));
        set(F::CartViews, count(EventKind::ViewCart));
        set(F::Checkout, count(EventKind::BeginCheckout));
        set(F::Wishlist, count(EventKind::AddToWishlist));
        set(F::Removals, count(EventKind::RemoveFromCart));
        set(F::Steps, steps);
        set(F::Age, age);
        set(F::Pace, if steps > 1 { age / (steps - 1) } else { MISSING });
        set(F::Scrolled, i32::from(session.scrolled()));
        set(F::Engaged, i32::from(session.engaged_secs()));
        set(F::ExitIntents, count(EventKind::ExitIntent));
        set(F::Declared, session.declared().len() as i32);
        let context = session.context();
        set(F::Source, context.source as i32);
        set(F::Device, context.device as i32);
        set(F::Hour, if context.time.hour < 24 { i32::from(context.time.hour) } else { MISSING });
        set(F::Weekday, i32::from(context.time.weekday.min(7)));
        set(F::Way, shop.context_shift(&context));

        let (mut gap, mut dwell, mut refinements, mut newest) = (MISSING, MISSING, 0, MISSING);
        let mut seen = [Seen::default(); MAX_INTERACTIONS];
        let mut products = 0;
        let (mut priced, mut percents, mut cheap, mut sale) = (0, 0, 0, 0);
        let mut later: Option<Interaction> = None;
        let interactions = session.interactions();
        let remembered = interactions.len();
        for (at, interaction) in interactions.enumerate() {
            if at == 0 {
                newest = interaction.kind as i32;
            }
            // The oldest interaction has no gap if it is the visit's first event.
            if at + 1 < remembered || steps as usize > remembered {
                let secs = i32::from(interaction.gap_secs);
                gap = if at == 0 { secs } else { gap };
                dwell = dwell.max(secs);
            }
            let search = interaction.kind == EventKind::Search;
            refinements += i32::from(search && later.is_some_and(|later| later.kind == EventKind::Search));
            later = Some(interaction);
            if interaction.item.is_none() || products == MAX_INTERACTIONS {
                continue;
            }
            let about = shop.about(&interaction);
            if let Some(percent) = about.price_percent {
                priced += 1;
                percents += i32::from(percent);
                cheap += i32::from(percent < 100);
            }
            sale += i32::from(interaction.on_sale);
            seen[products] = Seen { item: interaction.item, about };
            products += 1;
        }
        let seen = &seen[..products];
        let share = |part: i32, of: i32| if of == 0 { MISSING } else { part * 100 / of };
        set(F::Newest, newest);
        set(F::Gap, gap);
        set(F::Dwell, dwell);
        set(F::Refinements, refinements);
        set(F::MeanPrice, if priced == 0 { MISSING } else { percents / priced });
        set(F::Cheap, share(cheap, priced));
        set(F::Sale, share(sale, products as i32));
        let price = seen.first().and_then(|newest| newest.about.price_percent);
        set(F::NewestPrice, price.map_or(MISSING, i32::from));

        let (mut distinct, mut repeats, mut categories, mut comparisons, mut most) = (0, 0, 0, 0, 0);
        for (at, one) in seen.iter().enumerate() {
            let older = &seen[at + 1..];
            match older.iter().position(|other| other.item == one.item) {
                None => distinct += 1,
                Some(between) => {
                    repeats += 1;
                    let alike = |other: &Seen| other.about.category == one.about.category;
                    comparisons += i32::from(one.about.category.is_some() && older[..between].iter().any(alike));
                }
            }
            if let Some(category) = one.about.category {
                let before = older.iter().filter(|other| other.about.category == Some(category)).count() as i32;
                categories += i32::from(before == 0);
                most = most.max(before + 1);
            }
        }
        let first = seen.first().copied().unwrap_or_default();
        let run = seen.iter().take_while(|other| other.about.category == first.about.category).count() as i32;
        let before = seen.iter().filter(|other| other.item == first.item).count() as i32 - 1;
        set(F::Distinct, distinct);
        set(F::Repeats, repeats);
        set(F::NewestBefore, before.max(0));
        set(F::Comparisons, comparisons);
        set(F::Categories, categories);
        set(F::Focus, share(most, products as i32));
        set(F::Run, if first.about.category.is_some() { run } else { 0 });
        Self(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{CategoryKey, Event, EventItem};

    /// Products 1 to 4 are of one category, the others of another; product n costs n times 20 percent.
    struct Invented;

    impl Shop for Invented {
        fn about(&self, interaction: &Interaction) -> About {
            let number = interaction.item.and_then(ItemKey::decimal).map(|number| number as u16);
            About { category: number.map(|n| u16::from(n > 4)), price_percent: number.map(|n| n * 20) }
        }

        fn context_shift(&self, _: &Context) -> i32 {
            5
        }
    }

    fn session(events: &[(EventKind, &str)]) -> Session {
        let mut session = Session::default();
        for (at, (kind, id)) in events.iter().enumerate() {
            let item = EventItem { key: ItemKey::from_id(id), category: None, on_sale: *id == "2" };
            let items = if id.is_empty() { alloc::vec![] } else { alloc::vec![item] };
            let categories = alloc::vec![CategoryKey::from_path("x")];
            session.observe(&Event {
                kind: *kind,
                items,
                categories,
                amount: 40,
                seen: None,
                time_ms: (1000 + at as u64 * 60) * 1000,
            });
        }
        session
    }

    #[test]
    fn names_of_values_are_those_of_the_enums() {
        assert_eq!(KINDS.len(), EventKind::COUNT);
        assert!(crate::context::Source::ALL.iter().map(|source| source.word()).eq(SOURCES.iter().copied()));
        assert!(crate::context::Device::ALL.iter().map(|device| device.word()).eq(DEVICES.iter().copied()));
        let mut names = DEFINITIONS.map(|definition| definition.name);
        names.sort_unstable();
        assert!(names.windows(2).all(|two| two[0] != two[1]));
    }

    #[test]
    fn features_count_what_happened_so_far() {
        use EventKind as E;
        let events = [
            (E::Search, ""),
            (E::Search, ""),
            (E::ViewItem, "1"),
            (E::ViewItem, "2"),
            (E::ViewItem, "1"),
            (E::Scroll, ""),
            (E::AddToCart, "1"),
            (E::ViewItem, "9"),
        ];
        let features = Features::of(&session(&events), &Invented);
        for (feature, expected) in [
            (Feature::Views, 4),
            (Feature::Searches, 2),
            (Feature::Refinements, 1),
            (Feature::InCart, 1),
            (Feature::Steps, 7),
            (Feature::Age, 420),
            (Feature::Gap, 60),
            (Feature::Pace, 70),
            (Feature::Distinct, 3),
            (Feature::Repeats, 2),
            (Feature::Comparisons, 1),
            (Feature::Categories, 2),
            (Feature::Focus, 80),
            (Feature::Run, 1),
            (Feature::NewestPrice, 180),
            (Feature::MeanPrice, 56),
            (Feature::Cheap, 80),
            (Feature::Sale, 20),
            (Feature::Scrolled, 40),
            (Feature::Newest, 0),
            (Feature::Hour, MISSING),
            (Feature::Weekday, 7),
        ] {
            assert_eq!(features.get(feature), expected, "{feature:?}");
        }
    }

    #[test]
    fn before_the_first_event_nothing_is_known_but_the_context() {
        let features = Features::of(&Session::default(), &Invented);
        assert_eq!(features.get(Feature::Newest), MISSING);
        assert_eq!(features.get(Feature::Pace), MISSING);
        assert_eq!(features.get(Feature::Focus), MISSING);
        assert_eq!(features.get(Feature::Steps), 0);
    }

    #[test]
    fn a_session_of_ten_thousand_events_has_features_within_range() {
        let events: alloc::vec::Vec<_> = (0..10_000).map(|at| (EventKind::ALL[at % 14].1, "3")).collect();
        let features = Features::of(&session(&events), &Invented);
        assert!(features.0.iter().all(|value| *value == MISSING || (0..=1_000_000).contains(value)), "{features:?}");
    }
}
