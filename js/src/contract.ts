// The slot contract and the cookies, as the Rust crate has them.

export const SLOT = "data-slotwise";
export const VARIANT = "data-variant";
export const CARD = "data-card";
export const FIELD = "data-field";
export const ITEM = "data-item";
export const KEY = "data-key";
export const BECAUSE = "data-because";
export const FITTED = "data-slotwise-fitted";
export const SHOWS = "data-slotwise-shows";
export const SESSION_COOKIE = "slotwise";
export const SESSION_SECS = 1800;
export const CONSENT_COOKIE = "slotwise_consent";
export const PREVIEW = "slotwise_preview";
export const FIELDS = ["title", "brand", "price", "category", "url", "image"] as const;
