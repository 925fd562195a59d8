// The plan's JSON Schema beside `slotwise check`: what an editor finds, and what only the check sees.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import Ajv from "ajv/dist/2020.js";
import { root } from "./stage.mjs";

const schema = JSON.parse(readFileSync(join(root, "js/plan.schema.json"), "utf8"));
const validate = new Ajv({ allErrors: true }).compile(schema);
const folder = mkdtempSync(join(tmpdir(), "slotwise-schema-"));
after(() => rmSync(folder, { recursive: true }));

/** Whether `slotwise check` accepts a plan, and what it says. */
function check(plan) {
  const path = join(folder, "plan.json");
  writeFileSync(path, JSON.stringify(plan));
  const { status, stderr } = spawnSync(join(root, "target/release/slotwise"), ["check", path], { encoding: "utf8" });
  return { accepts: status === 0, says: stderr };
}

const FILL = { kind: "fill", strategies: ["trending"] };
const CHOOSE = { kind: "choose", default: "own", variants: { a: { categories: ["x"] } } };
const plan = (more) => ({ version: 1, slots: {}, ...more });
const slot = (slot, more) => plan({ slots: { a: slot }, ...more });
const fill = (more) => slot({ ...FILL, ...more });
const when = (condition) => fill({ audience: condition });
const experiment = (arms, more) => fill({ experiment: { control: "x", arms, ...more } });

/** Mistakes that both find. */
const BAD = {
  "no version": { slots: {} },
  "a version of the future": plan({ version: 2 }),
  "no slots": { version: 1 },
  "slots as a list": plan({ slots: [] }),
  "an unknown key": plan({ holdot: 0.1 }),
  "a holdout of most visits": plan({ holdout: 0.9 }),
  "a holdout in words": plan({ holdout: "0.1" }),
  "nothing as a holdout": plan({ holdout: null }),
  "a negative holdout": plan({ holdout: -0.1 }),
  "clocks a day ahead": plan({ utc_offset: 1440 }),
  "an unknown exposure": plan({ exposure: "clicked" }),
  "a salt that is no text": plan({ salt: 7 }),
  "a set of one product": plan({ bundles: { s: { title: "x", items: ["1"] } } }),
  "a set without a title": plan({ bundles: { s: { items: ["1", "2"] } } }),
  "a tag of pictures that says nothing": plan({ pictures: { t: {} } }),
  "too many complements": slot({ kind: "bundle", complements: 6 }),
  "an offer for more than any uplift": plan({ offers: { o: { least_uplift: 2 } } }),
  "an offer with an unknown key": plan({ offers: { o: { uplift: 0.1 } } }),
  "guardrails with an unknown key": plan({ guardrails: { ban: {} } }),
  "a ban of an unknown sort": plan({ guardrails: { bans: { ids: [1] } } }),
  "a negative price floor": plan({ guardrails: { price_floor: -1 } }),
  "a price floor above all prices": plan({ guardrails: { price_floor: 1e8 } }),
  "stock as a text": plan({ guardrails: { out_of_stock: "7" } }),
  "a product that is no id": plan({ guardrails: { out_of_stock: [true] } }),
  "no sensitive category": plan({ guardrails: { sensitive: [] } }),
  "a season without categories": plan({ guardrails: { seasons: [{ months: ["nov"] }] } }),
  "a season in an unknown month": plan({ guardrails: { seasons: [{ categories: ["x"], months: ["novem"] }] } }),
  "a text for an unknown key": plan({ texts: { "because.vewed": "x" } }),
  "a name in a text that has none": plan({ texts: { "because.new": "{name}!" } }),
  "other braces in a text": plan({ texts: { "because.viewed": "{product}" } }),
  "a text that is none": plan({ texts: { "because.new": 1 } }),
  "an offer of nothing": slot({ kind: "offer", offers: [] }),
  "no source at all": when({ source: [] }),
  "a slot that is no object": slot("fill"),
  "a slot of an unknown kind": slot({ kind: "show" }),
  "a slot without a kind": slot({ strategies: ["trending"] }),
  "a key of another kind": slot({ ...FILL, by: "products" }),
  "no strategies": slot({ kind: "fill" }),
  "an empty list of strategies": fill({ strategies: [] }),
  "an unknown strategy": fill({ strategies: ["similiar_items"] }),
  "a strategy named twice": fill({ strategies: ["trending", "trending"] }),
  "shares for some strategies": fill({ strategies: [{ use: "trending", share: 0.7 }, "next_item"] }),
  "a strategy without its share": fill({ strategies: [{ use: "trending" }] }),
  "a share above 1": fill({ strategies: [{ use: "trending", share: 1.5 }] }),
  "a row of no products": fill({ limit: 0 }),
  "a row of hundreds": fill({ limit: 100 }),
  "half a product": fill({ limit: 4.5 }),
  "at least nothing": fill({ at_least: 0 }),
  "too much evidence": fill({ minimum_evidence: 17 }),
  "shown too often": fill({ most_shown: 256 }),
  "shown at an unknown moment": fill({ show: "leave" }),
  "an arm that is shown at a moment of its own": experiment({ x: { show: "exit" }, y: {} }),
  "a word that means nothing": plan({ terms: { couch: [] } }),
  "a word that means a text": plan({ terms: { couch: "x" } }),
  "hundreds of words": plan({ terms: Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`w${at}`, ["x"]])) }),
  "an unknown word for what was seen": fill({ seen: "hide" }),
  "a reserve for a strategy that has none": fill({ reserve: { bestsellers: 1 } }),
  "a reserve of hundreds": fill({ reserve: { trending: 100 } }),
  "a cap of hundreds": fill({ category_cap: 100 }),
  "a brand cap below none": fill({ brand_cap: -1 }),
  "more than full diversity": fill({ diversity: 1.1 }),
  "negative stickiness": fill({ stickiness: -0.1 }),
  "a pin at no place": fill({ pins: [{ item: 1, place: 0 }] }),
  "a pin of nothing": fill({ pins: [{ place: 1 }] }),
  "a boost without a factor": fill({ boosts: [{ items: [1] }] }),
  "a boost by a hundred": fill({ boosts: [{ items: [1], by: 100 }] }),
  "a boost with an unknown key": fill({ boosts: [{ products: [1], by: 2 }] }),
  "a choice without a default": slot({ kind: "choose", variants: CHOOSE.variants }),
  "a choice without variants": slot({ kind: "choose", default: "own", variants: {} }),
  "a variant for nobody": slot({ ...CHOOSE, variants: { a: {} } }),
  "a variant with an unknown key": slot({ ...CHOOSE, variants: { a: { category: "x" } } }),
  "an unknown way to choose": slot({ ...CHOOSE, strategy: "random" }),
  "a share of the attention above 1": slot({ ...CHOOSE, minimum_share: 2 }),
  "an order by nothing": slot({ kind: "order" }),
  "an order by price": slot({ kind: "order", by: "price" }),
  "a slot for offers without offers": slot({ kind: "offer" }),
  "an experiment without a control": fill({ experiment: { arms: { x: {}, y: {} } } }),
  "an experiment without arms": fill({ experiment: { control: "x" } }),
  "an experiment with one arm": experiment({ x: {} }),
  "an unknown way to draw": experiment({ x: {}, y: {} }, { draw: "page" }),
  "an arm named as the held-out visits": experiment({ x: {}, holdout: {} }),
  "an arm with a share above 1": experiment({ x: { share: 2 }, y: { share: 0 } }),
  "an arm with an unknown key": experiment({ x: { limits: 3 }, y: {} }),
  "an arm with a row of hundreds": experiment({ x: { limit: 100 }, y: {} }),
  "an arm of another kind": experiment({ x: { kind: "order" }, y: {} }),
  "an arm with evidence of its own": experiment({ x: { minimum_evidence: 2 }, y: {} }),
  "a condition that says nothing": when({}),
  "a condition with an unknown key": when({ devices: "phone" }),
  "a condition that is a number": when(7),
  "an unknown source": when({ source: "radio" }),
  "an unknown device": when({ device: ["phone", "watch"] }),
  "an unknown stage": when({ stage: "comparin" }),
  "an unknown price band": when({ price_band: "cheap" }),
  "a campaign that is no text": when({ campaign: 7 }),
  "a segment that is no text": when({ segment: ["vip"] }),
  "an interest in nothing": when({ interest: { at_least: 0.5 } }),
  "an interest above 1": when({ interest: { categories: ["x"], at_least: 1.5 } }),
  "an unknown event": when({ events: { page_view: 1 } }),
  "no event at all": when({ events: { scroll: 0 } }),
  "a bound above 1": when({ cart: { to: 2 } }),
  "a bound with an unknown key": when({ cart: { least: 0.2 } }),
  "an empty list of conditions": when({ any: [] }),
  "a day that is none": fill({ schedule: { from: "tomorrow" } }),
  "one hour": fill({ schedule: { hours: [8] } }),
  "an hour past the day": fill({ schedule: { hours: [8, 25] } }),
  "no time between two hours": fill({ schedule: { hours: [8, 8] } }),
  "an unknown weekday": fill({ schedule: { weekdays: ["mo"] } }),
  "a schedule with an unknown key": fill({ schedule: { days: ["mon"] } }),
};

/** Where the schema is weaker: mistakes between two places of a plan, sums, and dates no calendar has. */
const ONLY_THE_CHECK = {
  "an order that opens on leaving": slot({ kind: "order", by: "products", show: "exit" }),
  "a cap for what opens once": fill({ show: "exit", most_shown: 2 }),
  "a word without letters": plan({ terms: { "--": ["x"] } }),
  "an audience nobody defined": when("deal seekers"),
  "an audience made of itself": plan({ audiences: { a: { not: "b" }, b: { any: ["a"] } } }),
  "an offer nobody published": slot({ kind: "offer", offers: ["free_delivery"] }),
  "a bundle nobody published": slot({ kind: "bundle", bundles: ["picnic"] }),
  "a slot for bundles without any": slot({ kind: "bundle" }),
  "a set with the name of those that are made": plan({ bundles: { together: { title: "x", items: ["1", "2"] } } }),
  "a control that is no arm": experiment({ x: {}, y: {} }, { control: "z" }),
  "shares for some arms": experiment({ x: { share: 0.5 }, y: {} }),
  "shares of arms that miss the whole": experiment({ x: { share: 0.8 }, y: { share: 0.4 } }),
  "shares of strategies above the whole": fill({
    strategies: [
      { use: "trending", share: 0.7 },
      { use: "next_item", share: 0.5 },
    ],
  }),
  "a strategy with two shares": fill({
    strategies: [
      { use: "trending", share: 0.2 },
      { use: "trending", share: 0.5 },
    ],
  }),
  "more at least than at most": fill({ limit: 4, at_least: 5 }),
  "more reserved than there is": fill({ limit: 2, reserve: { trending: 3 } }),
  "a pin behind the row": fill({ limit: 2, pins: [{ item: 1, place: 3 }] }),
  "two pins at one place": fill({
    pins: [
      { item: 1, place: 1 },
      { item: 2, place: 1 },
    ],
  }),
  "a product pinned twice": fill({
    pins: [
      { item: 1, place: 1 },
      { item: 1, place: 2 },
    ],
  }),
  "a product pinned and banned": fill({ pins: [{ item: 1, place: 1 }], bans: { items: [1] } }),
  "a variant that is the default": slot({ ...CHOOSE, default: "a" }),
  "an end before the beginning": fill({ schedule: { from: "2026-12-01", until: "2026-11-01" } }),
  "a day no calendar has": fill({ schedule: { from: "2026-13-41" } }),
  "bounds the wrong way round": when({ cart: { from: 0.5, to: 0.2 } }),
};

test("the demo's plan is right for both", () => {
  const demo = JSON.parse(readFileSync(join(root, "www/plan.json"), "utf8"));
  assert.ok(validate(demo), JSON.stringify(validate.errors));
  assert.ok(check(demo).accepts);
});

for (const [name, bad] of Object.entries(BAD)) {
  test(`both refuse ${name}`, () => {
    assert.equal(validate(bad), false, "the schema accepts it");
    const { accepts, says } = check(bad);
    assert.equal(accepts, false, "the check accepts it");
    assert.match(says, /expected/);
  });
}

for (const [name, bad] of Object.entries(ONLY_THE_CHECK)) {
  test(`the check alone refuses ${name}`, () => {
    assert.equal(validate(bad), true, `the schema has learned it: move it up; ${JSON.stringify(validate.errors)}`);
    assert.equal(check(bad).accepts, false);
  });
}
