// The decide API in real workerd: questions that are refused by name, batches, signatures, and answers that fit their description.

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import Ajv from "ajv/dist/2020.js";
import { SESSION_SECS } from "../js/src/contract.ts";
import { mistake } from "../js/src/edge_question.ts";
import { QUESTION } from "../js/src/question.ts";
import { FILES, written } from "../js/tools/openapi.mjs";
import { ask, edge, origin, phoneLover, publish, root, smartphones, synced, view } from "./stage.mjs";

const KEY = randomBytes(32);
const described = JSON.parse(readFileSync(FILES.openapi, "utf8"));
const ajv = new Ajv({ strict: false }).addSchema(described, "api");
const fits = (name) => ajv.getSchema(`api#/components/schemas/${name}`);

let shop;
let server;
/** A Worker without and one with a key. */
let open;
let keyed;

before(async () => {
  const plan = join(tmpdir(), `slotwise-decide-${process.pid}.json`);
  const whole = JSON.parse(readFileSync(join(root, "www/plan.json"), "utf8"));
  const vip = { kind: "choose", default: "own", variants: { vip: { audience: { segment: "vip" } } } };
  writeFileSync(plan, JSON.stringify({ ...whole, slots: { ...whole.slots, "mail.hero": vip } }));
  shop = publish({ plan });
  rmSync(plan);
  server = await origin(shop);
  [open, keyed] = await Promise.all([edge(shop, server), edge(shop, server, { bindings: { DECIDE_KEY: KEY.toString("base64url") } })]);
  await Promise.all([open, keyed].map(synced));
});

after(async () => {
  await Promise.all([open?.stop(), keyed?.stop()]);
  await server?.stop();
  shop?.remove();
});

const said = async (response) => [response.status, (await response.json()).error];
const signature = (body, { time = Date.now(), key = KEY } = {}) => {
  const mac = createHmac("sha256", key).update(`${time}.${body}`).digest("hex");
  return { "slotwise-signature": `t=${time},v1=${mac}` };
};
const signed = (question, more) => ask(keyed.url, question, signature(JSON.stringify(question), more));
const phones = smartphones.map((id) => view(id, "electronics.smartphone"));

test("a field that is unknown, of a wrong type or too long is refused by its path", async () => {
  const cases = [
    [
      { slots: [{ slot: "a" }, {}, { itemid: "1" }] },
      "slots[2].itemid: unknown field; expected slot, item_id, about, lang, keys, personalised",
    ],
    [{ Slot: "home.hero" }, /^Slot: unknown field; expected token, events, context, slot, /],
    [{ slot: 7 }, "slot: a number; expected a text of at most 100 characters"],
    [{ slot: "x".repeat(101) }, "slot: a text of 101 characters; expected at most 100"],
    [{ rank: "1004856" }, "rank: a string; expected a list of at most 1000"],
    [{ rank: Array(1001).fill("1") }, "rank: a list of 1001; expected at most 1000"],
    [{ sold_out: ["1", null] }, "sold_out[1]: null; expected a text of at most 100 characters"],
    [{ context: [] }, "context: a list; expected an object"],
    [{ context: { device: "fridge" } }, "context.device: unknown word; expected desktop, phone, tablet"],
    [{ context: { time: { hour: 25 } } }, "context.time.hour: a number; expected a number from 0 to 24"],
    [{ explain: "yes" }, "explain: a string; expected true or false"],
    [{ events: [{ name: "view_item", parameters: {} }] }, "events[0].parameters: unknown field; expected name, params, time_ms"],
    [[], /^the question: a list; expected an object/],
    // What every object inherits is no field.
    [JSON.parse('{"constructor":1}'), /^constructor: unknown field/],
    [JSON.parse('{"__proto__":1}'), /^__proto__: unknown field/],
  ];
  for (const [question, expected] of cases) {
    const [status, error] = await said(await ask(open.url, question));
    assert.equal(status, 400, JSON.stringify(question).slice(0, 80));
    if (typeof expected === "string") assert.equal(error, expected);
    else assert.match(error, expected);
  }
  // GA4's own parameters are many, and shops add theirs.
  const event = { name: "page_view", params: { items: [], page_location: "x", own: { deep: [1] } } };
  assert.equal((await ask(open.url, { events: [event] })).status, 200);
});

test("what the description allows the edge allows, and what it forbids the edge forbids", () => {
  const validate = fits("Question");
  const values = [
    0,
    -1,
    1.5,
    70_000,
    "",
    "direct",
    "x".repeat(600),
    true,
    null,
    [],
    {},
    ["a"],
    [7],
    [{ slot: 7 }],
    [{ slot: "a" }],
    { hour: 3 },
  ];
  let allowed = 0;
  for (const name of [...Object.keys(QUESTION), "other"]) {
    for (const value of values) {
      const question = { [name]: value };
      // Names of events are the one place where the edge is more lenient, and no value here has one.
      if (name === "events" && Array.isArray(value)) continue;
      const mine = mistake(question, QUESTION, "");
      if (["campaign", "landing", "hour"].includes(name)) continue;
      assert.equal(
        mine === undefined,
        validate(question),
        `${JSON.stringify(question).slice(0, 80)}: ${mine}; ${ajv.errorsText(validate.errors)}`,
      );
      if (!mine) allowed++;
    }
  }
  assert.ok(allowed > 20, `${allowed}`);
});

test("description and table are those of the types", () => {
  const { openapi, table } = written();
  assert.ok(readFileSync(FILES.openapi, "utf8") === openapi, "js/openapi.json is stale; run `npm run contract`");
  assert.ok(readFileSync(FILES.table, "utf8") === table, "js/src/question.ts is stale; run `npm run contract`");
});

test("answers fit their description", async () => {
  const questions = [
    {},
    { explain: true, events: phones },
    { slot: "home.recommended", events: phones, products: true, rank: smartphones, lang: "de" },
    { slots: [{ slot: "product.related", item_id: smartphones[0] }, { slot: "none.such" }], sold_out: smartphones },
  ];
  for (const question of questions) {
    assert.ok(fits("Question")(question), JSON.stringify(question));
    const response = await ask(open.url, question);
    assert.equal(response.status, 200);
    const answer = await response.json();
    const validate = fits("Answer");
    assert.ok(validate(answer), ajv.errorsText(validate.errors));
  }
  assert.equal(fits("Answer")({ decisions: [] }), false, "the description can refuse");
  const refused = await (await ask(open.url, { slot: "none.such" })).json();
  assert.ok(fits("Refused")(refused) && refused.error, "a refusal");
});

test("products come as texts, those of the row first", async () => {
  const question = { slot: "home.recommended", events: phones, products: true, rank: [smartphones[0], "no such product"] };
  const { decisions, products } = await (await ask(open.url, question)).json();
  const ids = decisions[0].items.map(({ item_id }) => item_id);
  assert.ok(ids.length >= 4);
  assert.deepEqual(
    products.map(({ item_id }) => item_id),
    [...ids, smartphones[0]],
  );
  for (const product of products) {
    for (const field of ["title", "price", "url", "image", "category"]) assert.ok(product[field], `${product.item_id} has no ${field}`);
  }
  const without = await (await ask(open.url, { ...question, products: false })).json();
  assert.equal(without.products, undefined);
});

test("a segment that is stated meets the plan's condition, and is not in the token", async () => {
  const variant = async (question) => {
    const { decisions, token } = await (await ask(open.url, { slot: "mail.hero", events: phones, ...question })).json();
    return [decisions[0].variant, token];
  };
  const [own, token] = await variant({});
  assert.equal(own, null);
  const [chosen, after] = await variant({ segments: ["student", "vip"] });
  assert.equal(chosen, "vip");
  assert.equal((await variant({ segments: ["student"] }))[0], null);
  assert.equal((await variant({ events: [], token: after }))[0], null);
  assert.equal(after.length, token.length);
});

test("a visit that has ended counts only if the question says so", async () => {
  // The oldest times that are believed are those of half an hour ago, which is how long a silent visit lasts.
  const long = Date.now() - SESSION_SECS * 1000 + 1500;
  const events = phones.map((event) => ({ ...event, time_ms: long }));
  const { token } = await (await ask(open.url, { events })).json();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const hero = async (more) => (await (await ask(open.url, { token, slot: "home.hero", ...more })).json()).decisions[0].variant;
  assert.equal(await hero({}), null);
  assert.equal(await hero({ ended: true }), "smartphone");
});

test("a batch is answered in order, and one bad question spoils no other", async () => {
  const { token } = await (await ask(open.url, { events: phones })).json();
  const questions = [{ token, slot: "home.hero" }, { slott: "x" }, 7, { slot: "none.such" }, { token, slot: "home.recommended" }];
  const response = await signed({ questions });
  assert.equal(response.status, 200);
  const batch = await response.json();
  const validate = fits("Answers");
  assert.ok(validate(batch), ajv.errorsText(validate.errors));
  const { answers } = batch;
  assert.equal(answers.length, questions.length);
  assert.equal(answers[0].decisions[0].slot, "home.hero");
  assert.equal(answers[0].decisions[0].variant, "smartphone");
  assert.match(answers[1].error, /^slott: unknown field/);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [undefined, 400, 400, 404, undefined],
  );
  assert.deepEqual(answers[4], await (await ask(open.url, questions[4])).json());
  assert.deepEqual(await said(await signed({ questions: Array(101).fill({}) })), [400, "questions: a list of 101; expected at most 100"]);
  assert.match((await said(await signed({ questions, slot: "home.hero" })))[1], /^slot: unknown field; expected questions$/);
  for (const host of [open, keyed]) assert.deepEqual((await said(await ask(host.url, { questions })))[0], 401, "without a signature");
});

test("with a key only the shop's servers state segments, and only they and its pages a visit", async () => {
  const [{ url }, own] = [keyed, { "sec-fetch-site": "same-origin" }];
  const { token } = await (await ask(open.url, { events: phones })).json();
  assert.equal((await signed({ token, segments: ["vip"], slot: "mail.hero" }).then((answer) => answer.json())).decisions[0].variant, "vip");
  for (const name of ["token", "events", "context", "segments", "ended"]) {
    const value = { token, events: phones, context: {}, segments: ["vip"], ended: true }[name];
    const [status, error] = await said(await ask(url, { [name]: value }));
    assert.equal(status, 401, name);
    assert.match(error, new RegExp(`^${name}: needs the header slotwise-signature`));
    const page = (await ask(url, { [name]: value }, own)).status;
    assert.equal(page, ["segments", "ended"].includes(name) ? 401 : 200, name);
  }
  // The visit of the cookie is the visitor's own.
  const jar = await phoneLover(keyed);
  const { decisions } = await (await ask(url, { slot: "home.hero" }, jar.headers())).json();
  assert.equal(decisions[0].variant, "smartphone");
});

test("a signature that is wrong, old or of another body is refused", async () => {
  const question = { slot: "home.hero" };
  assert.equal((await signed(question)).status, 200);
  const refusals = [
    [{ time: Date.now() - 301_000 }, /five minutes/],
    [{ time: Date.now() + 301_000 }, /five minutes/],
    [{ key: randomBytes(32) }, /does not fit/],
  ];
  for (const [how, why] of refusals) {
    const [status, error] = await said(await signed(question, how));
    assert.equal(status, 401);
    assert.match(error, why);
  }
  const other = signature(JSON.stringify({ slot: "home.heroes" }));
  assert.match((await said(await ask(keyed.url, question, other)))[1], /does not fit/);
  for (const header of ["", "t=1", "x", `t=${Date.now()},v1=${"0".repeat(63)}`, `t=,v1=${"0".repeat(64)}`]) {
    assert.equal((await ask(keyed.url, question, { "slotwise-signature": header })).status, 401, header);
  }
});

const mailed = (path, query, key = KEY) => {
  const said = new URLSearchParams(query).toString();
  const s = createHmac("sha256", key)
    .update(`mail/${path.split(/\/|\.html$/)[0]}?${said}`)
    .digest("base64url");
  return fetch(`${keyed.url}/_slotwise/mail/${path}?${said}&s=${s}`, { redirect: "manual" });
};
const ROW = "home.recommended";

test("a mail shows what is decided for the visit of its token, as a table, as pictures and as links", async () => {
  const { token } = await (await ask(open.url, { events: phones })).json();
  const { products } = await (await ask(open.url, { token, slot: ROW, products: true, ended: true })).json();
  const [first, second] = products;
  const html = await (await mailed(`${ROW}.html`, { token })).text();
  const links = [...html.matchAll(/<a href="([^"]*)"/g)].map(([, link]) => link);
  assert.deepEqual(
    links,
    products.map(({ url }) => new URL(url, keyed.url).href),
  );
  assert.ok(html.includes(`<strong>${first.price.replaceAll("'", "&#39;")}</strong>`), html.slice(0, 500));
  assert.doesNotMatch(html, /src="\/|href="\//, "every address is absolute");
  const [picture, link] = await Promise.all([mailed(`${ROW}/2.jpg`, { token }), mailed(`${ROW}/2/link`, { token })]);
  for (const response of [picture, link]) assert.deepEqual([response.status, response.headers.get("cache-control")], [302, "no-store"]);
  assert.equal(picture.headers.get("location"), new URL(second.image, keyed.url).href);
  assert.equal(link.headers.get("location"), new URL(second.url, keyed.url).href);
});

test("a mail with products of its own shows those, and stands by itself where there is no such product", async () => {
  const items = [smartphones[2], smartphones[0], "no-such"].join(",");
  const link = async (place) => (await mailed(`${ROW}/${place}/link`, { items })).headers.get("location");
  assert.match(await link(1), new RegExp(smartphones[2]));
  assert.match(await link(2), new RegExp(smartphones[0]));
  assert.equal(new URL(await link(3)).href, `${keyed.url}/`, "the shop itself");
  const pixel = await mailed(`${ROW}/3.jpg`, { items });
  assert.deepEqual([pixel.status, pixel.headers.get("content-type")], [200, "image/gif"]);
  assert.equal((await mailed(`${ROW}.html`, { items: "no-such" })).status, 200);
  assert.equal((await mailed("none.such.html", { items })).status, 404);
});

test("a mail's address that the shop did not sign leads nowhere", async () => {
  const items = smartphones[0];
  assert.equal((await mailed(`${ROW}/1/link`, { items }, randomBytes(32))).status, 401);
  const good = (await mailed(`${ROW}/1/link`, { items })).url;
  assert.equal((await fetch(good, { redirect: "manual" })).status, 302);
  for (const bad of [
    good.replace(items, smartphones[1]),
    good.replace(ROW, "home.hero"),
    `${good}&items=x`,
    good.replace(/&s=.*/, ""),
    good.slice(0, -1),
  ]) {
    assert.equal((await fetch(bad, { redirect: "manual" })).status, 401, bad);
  }
  // A Worker without a key has no such addresses.
  assert.equal((await fetch(good.replace(keyed.url, open.url), { redirect: "manual" })).status, 404);
});

test("a question can be fetched, and an answer that the caller has is not sent again", async () => {
  const { token } = await (await ask(open.url, { events: phones })).json();
  const question = JSON.stringify({ token, slot: "home.recommended" });
  const get = (text, headers = {}, of = open) =>
    fetch(`${of.url}/_slotwise/decide?q=${Buffer.from(text).toString("base64url")}`, { headers });
  const response = await get(question);
  const etag = response.headers.get("etag");
  assert.equal(response.status, 200);
  assert.match(response.headers.get("cache-control"), /private, no-cache/);
  assert.equal(await response.text(), await (await ask(open.url, JSON.parse(question))).text());
  const again = await get(question, { "if-none-match": etag });
  assert.deepEqual([again.status, await again.text(), again.headers.get("etag")], [304, "", etag]);
  assert.equal((await get(JSON.stringify({ token, slot: "home.hero" }), { "if-none-match": etag })).status, 200);
  for (const q of ["{", "[", '"x"']) assert.equal((await get(q)).status, 400);
  assert.equal((await fetch(`${open.url}/_slotwise/decide?q=%00`)).status, 400);
  assert.equal((await fetch(`${open.url}/_slotwise/decide`)).status, 400);
  assert.equal((await get(question, {}, keyed)).status, 401);
  assert.equal((await get(question, signature(question), keyed)).status, 200);
});
