//! The features of a session, computed in one pass over its remembered interactions, newest first.
//!
//! Two kinds of features: counters see every event of the visit; features of interactions see the newest sixteen. They run
//! on every page view, so nothing is allocated. Loops over pairs of interactions are quadratic in sixteen.
//!
//! Invariants: whole numbers only, with truncating division, so that every host computes the same. No feature overflows:
//! counters saturate in the session, and ages are capped here.

use super::definition::{COUNT, Feature, MISSING};
use super::shop::{About, Shop, USUAL};
use crate::event::EventKind;
use crate::session::{Interaction, MAX_INTERACTIONS, Session};

/// The features of a session at one moment, by number of [`Feature`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features(pub [i32; COUNT]);

impl Features {
    /// The value of a feature.
    pub fn get(&self, feature: Feature) -> i32 {
        self.0[feature as usize]
    }

    /// Computes the features. Those about remembered events see the newest [`MAX_INTERACTIONS`]; counters see
    /// all. Allocates nothing.
    pub fn of(session: &Session, shop: &impl Shop) -> Self {
        let mut features = Self([0; COUNT]);
        features.count(session);
        features.place(session, shop);
        let remembered = session.interactions().len();
        // The first event of a visit has no pause before it: its gap of 0 would count as a pause. The oldest remembered
        // interaction is that event unless older steps were forgotten.
        let begun_before = features.get(Feature::Steps) as usize > remembered;
        let (mut pauses, mut searches, mut products) = (Pauses::NONE, Searches::default(), RememberedProducts::NONE);
        for (at, interaction) in session.interactions().enumerate() {
            if at == 0 {
                features.set(Feature::Newest, interaction.kind as i32);
            }
            if at + 1 < remembered || begun_before {
                pauses.add(at, interaction.gap_secs);
            }
            searches.add(interaction.kind);
            products.add(&interaction, shop);
        }
        if remembered == 0 {
            features.set(Feature::Newest, MISSING);
        }
        features.set(Feature::Gap, pauses.newest);
        features.set(Feature::Dwell, pauses.longest);
        features.set(Feature::Refinements, searches.refinements);
        features.compare(products.newest_first());
        features
    }

    fn set(&mut self, feature: Feature, value: i32) {
        self.0[feature as usize] = value;
    }

    /// Features of the session's counters, which see every event. Inlined like the others below: they have one caller, and
    /// calls cost the page engine bytes.
    #[inline(always)]
    fn count(&mut self, session: &Session) {
        let count = |kind| i32::from(session.count(kind));
        // A day at most: some clocks jump by years.
        let age = session.age_secs().min(86_400) as i32;
        let mut steps = 0;
        for number in 0..EventKind::COUNT as u8 {
            if let Some(kind) = EventKind::from_number(number).filter(|kind| kind.is_step()) {
                steps += count(kind);
            }
        }
        self.set(Feature::Views, count(EventKind::ViewItem) + count(EventKind::SelectItem));
        self.set(Feature::Lists, count(EventKind::ViewItemList));
        self.set(Feature::Searches, count(EventKind::Search));
        self.set(Feature::InCart, (count(EventKind::AddToCart) - count(EventKind::RemoveFromCart)).max(0));
        self.set(Feature::CartViews, count(EventKind::ViewCart));
        self.set(Feature::Checkout, count(EventKind::BeginCheckout));
        self.set(Feature::Wishlist, count(EventKind::AddToWishlist));
        self.set(Feature::Removals, count(EventKind::RemoveFromCart));
        self.set(Feature::Steps, steps);
        self.set(Feature::Age, age);
        self.set(Feature::Pace, if steps > 1 { age / (steps - 1) } else { MISSING });
        self.set(Feature::Scrolled, i32::from(session.scrolled()));
        self.set(Feature::Engaged, i32::from(session.engaged_secs()));
        self.set(Feature::ExitIntents, count(EventKind::ExitIntent));
        self.set(Feature::Declared, session.declared().len() as i32);
    }

    /// Features of where and when the visit began.
    #[inline(always)]
    fn place(&mut self, session: &Session, shop: &impl Shop) {
        let context = session.context();
        self.set(Feature::Source, context.source as i32);
        self.set(Feature::Device, context.device as i32);
        self.set(Feature::Hour, if context.time.hour < 24 { i32::from(context.time.hour) } else { MISSING });
        self.set(Feature::Weekday, i32::from(context.time.weekday.min(7)));
        self.set(Feature::ContextShift, shop.context_shift(&context));
    }

    /// Features of what the remembered products cost, and of how they relate: returns, comparisons, categories. All are found
    /// in one loop over pairs: this code travels to every shopper.
    ///
    /// A return to a product is a comparison if another product of its category was looked at in between.
    #[inline(always)]
    fn compare(&mut self, products: &[Remembered]) {
        let (mut priced, mut sum, mut cheap, mut sale) = (0, 0, 0, 0);
        let (mut distinct, mut categories, mut comparisons, mut most) = (0, 0, 0, 0);
        let (mut levelled, mut level, mut best) = (0, 0, MISSING);
        self.set(Feature::NewestPrice, MISSING);
        self.set(Feature::NewestConversion, MISSING);
        self.set(Feature::CategoryConversion, MISSING);
        for (at, one) in products.iter().enumerate() {
            if one.percent != MISSING {
                priced += 1;
                sum += one.percent;
                cheap += i32::from(one.percent < 100);
            }
            if one.conversion[0] != MISSING {
                levelled += 1;
                level += one.conversion[0];
                best = best.max(one.conversion[0]);
            }
            sale += i32::from(one.on_sale);
            // Products are newest first, so the nearest match among the older ones is the previous look, and what stands
            // before it happened in between. A product is counted as distinct at its oldest look.
            let (mut looks, mut alike, mut run) = (0, 0, 1);
            for (between, other) in products[at + 1..].iter().enumerate() {
                if other.item == one.item {
                    comparisons += i32::from(looks == 0 && alike > 0);
                    looks += 1;
                }
                let is_alike = one.category != MISSING && other.category == one.category;
                alike += i32::from(is_alike);
                if alike == between as i32 + 1 {
                    run = alike + 1;
                }
            }
            distinct += i32::from(looks == 0);
            if one.category != MISSING {
                // The oldest product of a category has none before it; there the category is counted. For the newest one,
                // `alike + 1` is the size of the category.
                categories += i32::from(alike == 0);
                most = most.max(alike + 1);
            }
            if at == 0 {
                self.set(Feature::NewestPrice, one.percent);
                self.set(Feature::NewestConversion, one.conversion[0]);
                self.set(Feature::CategoryConversion, one.conversion[1]);
                self.set(Feature::NewestBefore, looks);
                self.set(Feature::Run, if one.category == MISSING { 0 } else { run });
            }
        }
        let count = products.len() as i32;
        self.set(Feature::MeanPrice, mean(sum, priced));
        self.set(Feature::MeanConversion, mean(level, levelled));
        self.set(Feature::BestConversion, best);
        self.set(Feature::Cheap, mean(cheap * 100, priced));
        self.set(Feature::Sale, mean(sale * 100, count));
        self.set(Feature::Distinct, distinct);
        self.set(Feature::Repeats, count - distinct);
        self.set(Feature::Comparisons, comparisons);
        self.set(Feature::Categories, categories);
        self.set(Feature::Focus, mean(most * 100, count));
    }
}

/// A sum by a number of things; [`MISSING`] if there is none. Of a hundredfold count it is the percentage.
fn mean(sum: i32, count: i32) -> i32 {
    if count == 0 { MISSING } else { sum / count }
}

/// Seconds between remembered events; [`MISSING`], the smallest number, until one is added.
struct Pauses {
    newest: i32,
    longest: i32,
}

impl Pauses {
    const NONE: Self = Self { newest: MISSING, longest: MISSING };

    fn add(&mut self, at: usize, gap_secs: u16) {
        let secs = i32::from(gap_secs);
        if at == 0 {
            self.newest = secs;
        }
        self.longest = self.longest.max(secs);
    }
}

/// Searches that directly follow a search: the visitor refined a query.
#[derive(Default)]
struct Searches {
    refinements: i32,
    /// Whether the event that followed was a search. It is visited before, since the newest comes first.
    later: bool,
}

impl Searches {
    fn add(&mut self, kind: EventKind) {
        let search = kind == EventKind::Search;
        self.refinements += i32::from(search && self.later);
        self.later = search;
    }
}

/// A remembered product, as far as features need it: the bits of its key; its category, its price in percent of what is
/// usual there, its conversion and that of its category in tenths of a level above what is usual, or [`MISSING`].
#[derive(Clone, Copy)]
struct Remembered {
    item: u64,
    category: i32,
    percent: i32,
    conversion: [i32; 2],
    on_sale: bool,
}

/// The remembered products, newest first, in an array so that nothing is allocated.
struct RememberedProducts {
    list: [Remembered; MAX_INTERACTIONS],
    count: usize,
}

impl RememberedProducts {
    const NONE: Self = Self {
        list: [Remembered { item: 0, category: 0, percent: 0, conversion: [0; 2], on_sale: false }; MAX_INTERACTIONS],
        count: 0,
    };

    fn add(&mut self, interaction: &Interaction, shop: &impl Shop) {
        let (Some(item), Some(place)) = (interaction.item, self.list.get_mut(self.count)) else { return };
        let About { category, price_percent, conversion } = shop.about(interaction);
        let (category, percent) = (category.map_or(MISSING, i32::from), price_percent.map_or(MISSING, i32::from));
        let conversion =
            conversion.map(|level| if level == 0 { MISSING } else { (i32::from(level) - i32::from(USUAL)) * 10 });
        *place = Remembered { item: item.bits(), category, percent, conversion, on_sale: interaction.on_sale };
        self.count += 1;
    }

    fn newest_first(&self) -> &[Remembered] {
        self.list.get(..self.count).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::event::{CategoryKey, Event, EventItem, ItemKey};

    /// Products 1 to 4 are of one category, the others of another; product n costs n times 20 percent.
    struct Invented;

    impl Shop for Invented {
        fn about(&self, interaction: &Interaction) -> About {
            let number = interaction.item.and_then(ItemKey::decimal).map(|number| number as u16);
            About {
                category: number.map(|n| u16::from(n > 4)),
                price_percent: number.map(|n| n * 20),
                conversion: number.map_or([0; 2], |n| [(n as u8 + 5) % 15, if n > 4 { 0 } else { 9 }]),
            }
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
            (Feature::NewestConversion, 60),
            (Feature::MeanConversion, -2),
            (Feature::BestConversion, 60),
            (Feature::CategoryConversion, MISSING),
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
        assert!(features.0.iter().all(|value| *value == MISSING || (-70..=1_000_000).contains(value)), "{features:?}");
    }
}
