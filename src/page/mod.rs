//! The slot contract of the HTML: one definition for the edge and for the browser.
//!
//! The edge changes a page's source (this room), the browser its tree (`js/src/dom.ts`). Both end at the same page:
//! the fixtures in `wasm-tests/slots` run through both hosts. Each fixture is a page, what is decided, and the page
//! that comes out.
//!
//! # Slots
//!
//! - `data-slotwise="home.hero"` marks a slot. What it holds is the shop's own content, and stays in doubt.
//! - `data-item` on a slot is the product its page is about. Without it, or with an empty one, there is none.
//! - `data-about` on a slot says what its page is about besides: the path of a category, or the words of a search.
//! - `data-lang` on a slot is its language, as a BCP 47 tag. Without it, or with an empty one, it is the `lang` of the page's
//!   `html` element. Titles, links, prices and words come from the plan's locale that fits it best.
//! - Slots with the same name, product and subject are one slot: it is decided once and shown wherever it stands, in the
//!   language of the first of them (or of the first words about it).
//! - Elements without content (`img`, `input`, …) and those that hold only text (`textarea`, `script`, …) are no slots.
//!   Inside a `<template>`, a comment or a script nothing is a slot.
//! - A slot that holds another slot stays as it is, without any mark. The inner one changes.
//!
//! # Templates
//!
//! - A template holds one element. Space, text and comments beside it are never shown.
//! - A template that holds no element, several, or a slot is none. Half of something is never shown.
//!
//! # What a slot shows
//!
//! *choose*: the slot's children carry `data-variant`, the name of a variant. The visible one is the default; each other
//! stands in a `<template data-variant>`.
//! - The chosen variant takes the place of its template. It carries `data-variant` from then on.
//! - Each visible variant goes into a template in its own place. It keeps its attributes, `hidden` and `style` too.
//! - A variant that is visible already stays. All other children stay where they are.
//!
//! *fill*: the slot holds a `<template data-card>` and the shop's own cards.
//! - Every other child element counts as one of the shop's cards and goes, before the template and behind it. Text and
//!   comments stay. The new cards come last.
//! - Cards whose `data-item` name the same products in the same order stay as they are.
//! - A card always gets `data-item`, the product's id. Elements in it get it where the template has the attribute.
//! - `data-field` says what an element shows: names of [`Field`]s with space between them. Unknown names are skipped.
//! - `title`, `brand`, `price`, `usual_price` and `category` replace all that the element holds, as text. Of several of these
//!   the first counts. The element has to have an end tag.
//! - `usual_price` is empty unless the shop's live prices name one above the price. Prices that are too old for the plan are
//!   empty.
//! - `url` sets `href` and `image` sets `src`. Of several pictures of a product `image` takes the one that fits the visit
//!   ([`Leaning`]); cards that stay as they are keep theirs. A link that is neither relative nor http(s) is empty.
//! - What a product does not have shows as empty text or an empty attribute.
//! - Scripts and styles show no field, and a template inside a card keeps what it holds.
//!
//! *bundle*: the slot holds a `<template data-card>` and the shop's own content, as for *fill*. The template is the card of
//! the whole bundle, and a `<template data-card>` in it is the card of each product.
//! - Every other child element of the slot goes, and the bundle's card comes last.
//! - The card gets `data-bundle`, the bundle's name. Elements in it get it where the template has the attribute.
//! - `data-field` in it says what an element shows of the bundle: `title`, `price`, `url` or `image`, in the shop's own
//!   words. The other fields are empty.
//! - The cards of the products come behind the inner template, which stays. They are cards as those of *fill*.
//! - A template without an inner one, or with one that holds no card, shows no bundle.
//! - In the browser a card with the same `data-bundle` and the same products stays as it is.
//!
//! *order*: the slot's children carry `data-key`, a category path or a product id.
//! - Children with keys take each other's places, so that text and space between them stay.
//! - Children without a key come first, as they stand. Where one stands behind a child with a key, all children with
//!   keys move to the end of the slot.
//! - Children with the same key keep their order. A template is no child with a key.
//!
//! # Words
//!
//! - An element with `data-because="home.hero"` gets, in place of all it holds, why that slot shows what it shows: as
//!   text. With a `data-item` or a `data-about` it means the slot that has the same. It may stand anywhere in the page, also where that slot
//!   is not.
//! - Words in a variant or a card are said when it is shown.
//! - Of words inside words the outer ones are said. An element that is a slot, holds one, or is no slot by its kind
//!   (`input`, `textarea`, …) holds no words.
//! - Without a reason, and behind a slot that stays as it is, the shop's own words stay.
//!
//! # On leaving
//!
//! - A slot that the plan shows on `exit` stays as it is, without any mark, until the visitor is about to leave: at the edge
//!   always. What opens is the panel: the slot itself or the element around it, whichever has `hidden`.
//! - The panel holds an element with `data-slotwise-close`, which closes it. Without one it never opens.
//! - `js/src/exit.ts` says what counts as leaving, and what a panel never does.
//!
//! # Marks
//!
//! - `data-slotwise-personalised=""` stands on a slot that shows what was decided.
//! - `data-slotwise-shows` holds the exposure to report once the slot is seen, as JSON. It stands on every slot of the
//!   plan that shows what was decided or keeps the shop's content by decision: by chance (a holdout, an arm), or where
//!   nothing speaks for a change. A preview leaves none.
//! - A slot that does not hold what it takes to show the decision stays as it is, without any mark.
//!
//! # Two hosts
//!
//! - A page that the edge has changed does not change again in the browser as long as the decisions are the same: what
//!   is so already is not set again.
//! - The edge reads source. Where a slot's markup does not nest, has no end, or would not stay where it is written, the
//!   slot stays byte for byte. A browser has the tree its parser has made of it, and changes that.
//! - The edge writes while it reads: words before a slot are out when the slot turns out to stay as it is.
//! - A page whose encoding is no superset of ASCII passes the edge as it is. In every other but UTF-8 the edge writes
//!   ASCII with character references.

#[cfg(feature = "names")]
mod block;
#[cfg(feature = "names")]
mod card;
#[cfg(feature = "names")]
mod fit;
#[cfg(feature = "names")]
pub mod header;
#[cfg(feature = "names")]
mod single;
#[cfg(feature = "names")]
mod slot;
#[cfg(feature = "names")]
mod text;

#[cfg(feature = "names")]
pub use card::{Card, Subject};
#[cfg(feature = "names")]
pub use fit::Fit;
#[cfg(feature = "names")]
pub use slot::{Show, Words, keys, rewrite};
pub use slotwise_scan::{ABOUT, BECAUSE, CARD, Charset, FIELD, Fitter, ITEM, KEY, LANG, SLOT, VARIANT};
#[cfg(feature = "names")]
pub use text::write_text;

use crate::decide::Leaning;
use crate::model::Model;
use crate::snapshot::ItemIndex;
use crate::text::until;
use alloc::string::String;

/// Attribute a host leaves on a slot it has changed.
pub const PERSONALISED: &str = "data-slotwise-personalised";
/// Attribute of an element that closes the panel around it.
pub const CLOSE: &str = "data-slotwise-close";
/// Attribute a host leaves on a slot it has decided: a [`RawExposure`](crate::event::RawExposure) in JSON.
pub const SHOWS: &str = "data-slotwise-shows";
/// Attribute of the data block at a page's end: a pack in base64url, for the snapshot with these first digits.
pub const PACK: &str = "data-slotwise-pack";
/// Attribute that the browser leaves on a card whose product was sold out after it was shown.
pub const OFF: &str = "data-slotwise-off";
/// Attribute a host leaves on the card of a bundle: the bundle's name.
pub const BUNDLE: &str = "data-bundle";

/// What an element of a card can show of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Its name, as text.
    Title,
    /// Its brand, as text.
    Brand,
    /// Its price with the currency, as text.
    Price,
    /// Its category's last word, as text.
    Category,
    /// The link to its page, as `href`.
    Url,
    /// Its picture, as `src`.
    Image,
    /// What it usually costs, as text, where it costs less at the moment.
    UsualPrice,
}

impl Field {
    /// Every field with its name, in order of number.
    pub const ALL: [(&'static str, Self); 7] = [
        ("title", Self::Title),
        ("brand", Self::Brand),
        ("price", Self::Price),
        ("category", Self::Category),
        ("url", Self::Url),
        ("image", Self::Image),
        ("usual_price", Self::UsualPrice),
    ];

    /// The same without the names, which no page engine carries.
    pub const PLAIN: [Self; 7] = {
        use Field::{Brand, Category, Image, Price, Title, Url, UsualPrice};
        [Title, Brand, Price, Category, Url, Image, UsualPrice]
    };

    /// The field of this name; `None` for a name the contract does not have.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }

    /// The fields a `data-field` value lists, unknown names left out.
    pub fn list(value: &str) -> impl Iterator<Item = Self> + '_ {
        value.split_ascii_whitespace().filter_map(Self::from_name)
    }

    /// The attribute the field sets; `None` where it is the element's text.
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Self::Url => Some("href"),
            Self::Image => Some("src"),
            _ => None,
        }
    }

    /// Writes what it shows of an item to a visit in a locale (its number in the plan), not escaped. A link that is neither
    /// relative nor http(s) shows as nothing: a catalogue must not be able to put script into a page.
    pub fn write<B: AsRef<[u8]>>(
        self,
        model: &Model<B>,
        item: ItemIndex,
        leaning: &Leaning,
        locale: usize,
        out: &mut String,
    ) {
        let begin = out.len();
        match self {
            Self::Title => model.write_title(item, locale, out),
            Self::Brand => model.write_brand(item, out),
            Self::Price | Self::UsualPrice if !leaning.priced => {}
            Self::Price => write_price(model, locale, model.price_in(item, locale), out),
            Self::UsualPrice => write_price(model, locale, model.usual_in(item, locale), out),
            Self::Category => model.write_category(model.item_category(item), locale, out),
            Self::Url => model.write_url(item, locale, out),
            Self::Image => model.write_image(item, &|tag| leaning.share(model, tag), out),
        }
        if self.attribute().is_some() && !out.get(begin..).is_some_and(is_safe_link) {
            out.truncate(begin);
        }
    }
}

/// Writes a price as a locale has it. Writes nothing if the price is unknown, which is 0.
pub(crate) fn write_price<B: AsRef<[u8]>>(model: &Model<B>, locale: usize, cents: u32, out: &mut String) {
    if let Some(locale) = model.plan().locales.get(locale) {
        locale.price.write(cents, out);
    }
}

/// Whether a link is relative or leads to the web. Others could put script into a page.
pub(crate) fn is_safe_link(link: &str) -> bool {
    let scheme = until(link, b"/?#");
    !scheme.bytes().any(|byte| byte == b':') || ["https:", "http:"].iter().any(|web| scheme.eq_ignore_ascii_case(web))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_with_script_are_told_from_links() {
        for bad in ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", " javascript:x"] {
            assert!(!is_safe_link(bad), "{bad}");
        }
        for good in ["/product/1", "product/1", "https://s.example/a:b", "//cdn.example/x", "?a=b:c", ""] {
            assert!(is_safe_link(good), "{good}");
        }
    }
}
