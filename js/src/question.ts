// Written by `npm run contract` from js/src/decide.ts: do not edit.
//
// What a question may hold: a positive number is a text of at most that length, a negative one a number from 0 to its absolute value,
// `true` a boolean, words with `|` between them are those to choose from, a list of two is a list with its length and its entries, and
// `false` is any object.

export type Shape = number | boolean | string | [number, Shape] | { [name: string]: Shape };

export const QUESTION: { [name: string]: Shape } = {
  token: 512,
  events: [200, { name: 100, params: false, time_ms: -9007199254740991 }],
  context: {
    source: "direct|search|social|paid|mail|referral",
    device: "desktop|phone|tablet",
    region: "unknown|africa|america|asia|europe|oceania",
    campaign: -65535,
    landing: -65535,
    time: { hour: -24, weekday: -7 },
  },
  slot: 100,
  item_id: 100,
  about: 500,
  keys: [1000, 500],
  lang: 100,
  slots: [100, { slot: 100, item_id: 100, about: 500, lang: 100, keys: [1000, 500], personalised: true }],
  rank: [1000, 100],
  sold_out: [1000, 100],
  explain: true,
  cards: true,
  products: true,
  segments: [32, 100],
  ended: true,
};

/** Most questions of a batch. */
export const MAX_QUESTIONS = 100;
