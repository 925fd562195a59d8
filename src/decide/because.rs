//! Why a slot shows what it shows, in a few words for the shopper.
//!
//! The engine states a translation key and what the text names. The text itself comes from the plan, which has the English
//! ones of the list below where the shop gives none.
//!
//! Invariants: a text tells shoppers only what they themselves looked for, without counts, times or places; and it never
//! names a sensitive category, nor a product of one.

use crate::model::Model;
use crate::snapshot::ItemIndex;
#[cfg(feature = "names")]
use crate::text::place;
use alloc::string::String;

/// What stands for the name in a text.
#[cfg(feature = "names")]
const NAME: &str = "{name}";

/// A few words for the shopper: which, and about what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Because {
    /// Which words.
    pub phrase: Phrase,
    /// What they name.
    pub subject: Subject,
}

/// What stands for `{name}` in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The text names nothing.
    Nothing,
    /// A product, by number.
    Item(ItemIndex),
    /// A category, by number.
    Category(u16),
}

macro_rules! phrases {
    ($($id:ident $key:literal $text:literal;)*) => {
        /// Words for the shopper, by translation key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Phrase { $(#[doc = $text] $id),* }

        /// Every translation key, in order of number.
        pub const KEYS: [&str; [$($key),*].len()] = [$($key),*];

        /// Every translation key with its English text.
        pub const TEXTS: [(&str, &str); KEYS.len()] = [$(($key, $text)),*];
    };
}

phrases! {
    Viewed "because.viewed" "Because you looked at {name}";
    Cart "because.cart" "Goes with {name} in your cart";
    Together "because.together" "Often bought together with {name}";
    Similar "because.similar" "Similar to {name}";
    Look "because.look" "Goes well with {name}";
    Recent "because.recent" "You looked at these";
    Visit "because.visit" "Picked for this visit";
    Trending "because.trending" "Popular right now";
    New "because.new" "New in the shop";
    Bestsellers "because.bestsellers" "Our bestsellers";
    Category "because.category" "You are looking at: {name}";
    Search "because.search" "Back to your search: {name}";
    Source "because.source" "Popular with visitors from the same source";
    Declared "because.declared" "You asked for: {name}";
    Adjacent "because.adjacent" "Something different";
    Offer "because.offer" "An offer for this visit";
}

impl Phrase {
    /// The translation key.
    pub fn key(self) -> &'static str {
        KEYS[self as usize]
    }
}

impl Because {
    pub(super) fn plain(phrase: Phrase) -> Self {
        Self { phrase, subject: Subject::Nothing }
    }

    /// About a category; about the visit where it is sensitive.
    pub(super) fn about_category<B: AsRef<[u8]>>(model: &Model<B>, phrase: Phrase, category: u16) -> Self {
        if model.plan().sensitive.binary_search(&category).is_ok() {
            return Self::plain(Phrase::Visit);
        }
        Self { phrase, subject: Subject::Category(category) }
    }

    /// About a product; about the visit where its category is sensitive, where it has no name, and where there is no product. The words then
    /// name nothing at all: a missing name would itself say something.
    pub(super) fn about_item<B: AsRef<[u8]>>(model: &Model<B>, phrase: Phrase, item: Option<ItemIndex>) -> Self {
        let open = |item: &ItemIndex| {
            let category = model.item_category(*item);
            model.plan().sensitive.binary_search(&category).is_err() && model.has_name(*item)
        };
        match item.filter(open) {
            Some(item) => Self { phrase, subject: Subject::Item(item) },
            None => Self::plain(Phrase::Visit),
        }
    }

    /// What stands for `{name}` in a locale: a product or a category; empty where the text names none.
    pub fn name<B: AsRef<[u8]>>(&self, model: &Model<B>, locale: usize) -> String {
        let mut name = String::new();
        match self.subject {
            Subject::Nothing => {}
            Subject::Item(item) => model.write_title(item, locale, &mut name),
            Subject::Category(category) => {
                model.write_category(category, locale, &mut name);
                // The shop's own names stay as they are written.
                if model.plan().category_name(locale, category).is_none() {
                    name.make_ascii_lowercase();
                }
            }
        }
        name
    }

    /// The plan's text in a locale, with `{name}` replaced.
    #[cfg(feature = "names")]
    pub fn text<B: AsRef<[u8]>>(&self, model: &Model<B>, locale: usize) -> String {
        let text = model.plan().text(locale, self.phrase.key()).unwrap_or_default();
        let (mut written, mut rest) = (String::new(), text);
        while let Some((before, behind)) =
            place(rest, NAME).and_then(|at| Some((rest.get(..at)?, rest.get(at + NAME.len()..)?)))
        {
            written += before;
            written += &self.name(model, locale);
            rest = behind;
        }
        written + rest
    }
}
