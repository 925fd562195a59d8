// Written by the build from the Rust sources: do not edit.
//
// What Rust and TypeScript both know: attributes, cookies, and the numbers the engine speaks in.

/** Marks a slot; its value is the slot's name. */
export const SLOT = "data-slotwise";

/** Names a variant of a *choose* slot. */
export const VARIANT = "data-variant";

/** Marks the card template of a *fill* slot. */
export const CARD = "data-card";

/** Says what an element of a card shows. */
export const FIELD = "data-field";

/** A product's id: on a slot, of the product its page is about; on a card, of its own. */
export const ITEM = "data-item";

/** Names a child of an *order* slot. */
export const KEY = "data-key";

/** Marks an element that says why a slot shows what it shows. */
export const BECAUSE = "data-because";

/** Left on a slot that was changed. */
export const PERSONALISED = "data-slotwise-personalised";

/** Left on a slot that was decided: the exposure to report, as JSON. */
export const SHOWS = "data-slotwise-shows";

/** Cookie that carries the visit's token. */
export const SESSION_COOKIE = "slotwise";

/** Cookie with the visitor's answer to the consent question. */
export const CONSENT_COOKIE = "slotwise_consent";

/** Parameter of a preview link. */
export const PREVIEW = "slotwise_preview";

/** The arm of visits that are held out. */
export const HOLDOUT = "holdout";

/** The strategy of products with a fixed place. */
export const PINNED = "pinned";

/** How long a silent visit lasts, in seconds. */
export const SESSION_SECS = 1800;

/** How long the visitor's answer is kept, in seconds. */
export const CONSENT_SECS = 15552000;

// What the engine can be asked, by number: see `Asked` in src/browser/engine.rs.
export const BEGIN = 0;
export const TRACK = 1;
export const DECIDE = 2;
export const INTENT = 3;
export const RANK = 4;
export const SOLD_OUT = 5;
export const FORGET = 6;
export const TOKEN = 7;
export const NAMES = 8;
export const CARDS = 9;

/** What is decided in a slot, by number. */
export const KINDS = ["own", "choose", "fill", "order", "offer"] as const;

/** Strategies, by number. */
export const STRATEGIES = [
  "next_item",
  "also_viewed",
  "bought_together",
  "similar_items",
  "complete_the_look",
  "recently_viewed",
  "recommended_for_you",
  "trending",
  "new_arrivals",
  "bestsellers",
  "category_bestsellers",
  "back_to_search",
  "popular_with_source",
  "adjacent_categories",
] as const;

/** Stages of a visit, by number. */
export const STAGES = ["unknown", "browsing", "researching", "comparing", "ready"] as const;

/** Price bands, by number. */
export const BANDS = ["low", "middle", "high"] as const;

/** Sources of a visit, by number. */
export const SOURCES = ["direct", "search", "social", "paid", "mail", "referral"] as const;

/** Devices, by number. */
export const DEVICES = ["desktop", "phone", "tablet"] as const;

/** Parts of the world, by number. */
export const REGIONS = ["unknown", "africa", "america", "asia", "europe", "oceania"] as const;

/** What a card may show, by number. */
export const FIELDS = ["title", "brand", "price", "category", "url", "image"] as const;

/** The attribute each field sets; none where it is the text. */
export const FIELD_ATTRIBUTES = ["", "", "", "", "href", "src"] as const;

/** Translation keys of words for the shopper, by number. */
export const KEYS = [
  "because.viewed",
  "because.cart",
  "because.together",
  "because.similar",
  "because.look",
  "because.recent",
  "because.visit",
  "because.trending",
  "because.new",
  "because.bestsellers",
  "because.category",
  "because.search",
  "because.source",
  "because.declared",
  "because.adjacent",
  "because.offer",
] as const;

/** The same in English, unless the plan has words of its own. */
export const TEXTS = [
  "Because you looked at {name}",
  "Goes with {name} in your cart",
  "Often bought together with {name}",
  "Similar to {name}",
  "Goes well with {name}",
  "You looked at these",
  "Picked for this visit",
  "Popular right now",
  "New in the shop",
  "Our bestsellers",
  "You are looking at: {name}",
  "Back to your search: {name}",
  "Popular with visitors from the same source",
  "You asked for: {name}",
  "Something different",
  "An offer for this visit",
] as const;
