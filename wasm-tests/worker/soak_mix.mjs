// What visitors and attackers send, for the soak: requests made of a number, so that a run can be repeated and two servers get the same.
// Every request says what its answer has to be.

import { AGENT, smartphones, view } from "../stage.mjs";

/** Repeatable random numbers from 0 to 1 (mulberry32). */
function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const sand = dice(0);
/** Letters at random; making them for every request would cost more than sending it. */
const NOISE = Array.from({ length: 50_000 }, () => LETTERS[Math.floor(sand() * LETTERS.length)]).join("");
const BROWSER = { "user-agent": AGENT, accept: "text/html,*/*;q=0.8", "sec-fetch-dest": "document", "accept-encoding": "gzip, br" };
const JSON_TYPE = { "user-agent": AGENT, "content-type": "application/json" };
const BROKEN_JSON = [
  "",
  "{",
  "null",
  "[]",
  '"events"',
  "[[[[[[[[[[",
  '{"events":',
  '{"events":{}}',
  '{"events":[',
  "\u0000",
  "\ufeff{}",
  "NaN",
  "1e999",
];
/** Texts that have hurt somebody's parser. */
const NASTY = [
  "__proto__",
  "constructor",
  "../../etc/passwd",
  "<script>alert(1)</script>",
  "' OR 1=1 --",
  "%00%0d%0aset-cookie:a=b",
  "\u202e\ud83d\udca3",
  "\ud800",
  "x".repeat(5000),
  "9".repeat(400),
  "",
];
const VALUES = [null, true, -1, 0, 1e308, 0.1, [], {}, [[[[]]]], { __proto__: null }, 2 ** 53, ...NASTY];
const ODD_PATHS = [
  "//",
  "//evil.example/x",
  "/..%2f..%2fetc/passwd",
  "/%00",
  "/%ff%fe%fd",
  "/%",
  "/a/../../../b",
  "/?",
  "/??&&==",
  "/#x",
  "/;a=b",
  "/\\\\evil.example",
  "/@evil.example",
  "/:80",
  "/_slotwise",
  "/_slotwisest/events",
  "/_SLOTWISE/events",
  "/x?a=/_slotwise/events",
  "/%c3%a9%FC",
];
const OWN_PATHS = [
  "/_slotwise/",
  "/_slotwise/nothing",
  "/_slotwise/events",
  "/_slotwise/decide",
  "/_slotwise/decide?q=",
  "/_slotwise/decide?q=%%%",
  "/_slotwise/decide?q=eyJzbG90IjoiaG9tZS5yZWNvbW1lbmRlZCJ9",
  "/_slotwise/snapshot/",
  "/_slotwise/snapshot/../../x",
  `/_slotwise/snapshot/${"0".repeat(64)}`,
  `/_slotwise/shard/${"f".repeat(64)}`,
  `/_slotwise/patch/${"a".repeat(200)}`,
  "/_slotwise/mail/home.recommended.html",
  "/_slotwise/mail/home.recommended/1.jpg?token=AAAA&s=AAAA",
  "/_slotwise/mail/../../x?s=1",
  "/_slotwise/manifest",
  "/_slotwise/overlay",
  "/_slotwise/health",
];

/** Statuses that an address below `/_slotwise/` may answer with: never one of 500 or more. */
const OWN_STATUS = [200, 204, 304, 400, 401, 403, 404, 405, 413, 415];

/** Request `number` of a run. `tokens`: tokens that the Worker under test has given out. */
export function requestOf(number, tokens) {
  const roll = dice(number);
  const upTo = (most) => Math.floor(roll() * most);
  const one = (list) => list[upTo(list.length)];
  const noise = (length) => {
    const from = upTo(NOISE.length - length);
    return NOISE.slice(from, from + length);
  };
  const token = () => one(tokens) ?? noise(60);
  const product = () => one(smartphones);
  const path = () => one(["/", "/home", `/p/${product()}`, `/p/${product()}?a=1&b=2`, "/large", "/packed", "/chunks"]);
  const get = (path, headers, more = {}) => ({ method: "GET", path, headers: { ...BROWSER, ...headers }, expect: "store", ...more });
  const own = (path, body, headers = {}, more = {}) => ({
    method: "POST",
    path: `/_slotwise/${path}`,
    headers: { ...JSON_TYPE, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    expect: OWN_STATUS,
    ...more,
  });
  const warm = () => ({ cookie: `slotwise=${token()}` });
  const damaged = () => {
    const whole = token();
    const at = upTo(whole.length);
    const letter = one(LETTERS);
    return one([
      whole.slice(0, at),
      whole + noise(1 + upTo(40)),
      whole.slice(0, at) + letter + whole.slice(at + 1),
      whole.slice(at),
      whole.repeat(3),
    ]);
  };
  const hostile = () =>
    one([
      () => `slotwise=${noise(1 + upTo(7000))}`,
      () => `slotwise=${damaged()}; slotwise=${token()}; slotwise=`,
      () => `${Array.from({ length: 200 }, (_, at) => `c${at}=${noise(20)}`).join("; ")}; slotwise=${token()}`,
      () => "slotwise=\u00ff\u00fe\u0080\u00c3(; =; ;;;====",
      () => `slotwise="${token()}"; slotwise_consent=${one(NASTY.slice(0, 6).map(encodeURIComponent))}`,
      () => `slotwise=${"%".repeat(upTo(3000))}`,
      () => "slotwise=; slotwise_consent=denied",
      () => `SLOTWISE=${token()};slotwise = ${token()}`,
    ])();
  const valid = (count) => {
    const id = product();
    return Array.from({ length: count }, (_, at) => ({ ...view(id, "electronics.smartphone"), event_id: `soak-${number}-${at}` }));
  };
  /** An event that lacks what its name promises: refused, or worth nothing. */
  const bad = () =>
    one([
      { name: "view_item" },
      { name: "view_item", params: {} },
      { name: "view_item", params: { items: [{ item_id: 7 }] } },
      { name: "view_item", params: { items: [{ item_id: "x".repeat(5000) }] } },
      { name: "purchase", params: { items: [{ item_id: "1", price: "much" }], currency: "EUR" } },
      { name: "purchase", params: { items: "all" } },
    ]);
  const cases = [
    [28, () => get(path(), warm())],
    [8, () => get(path(), {})],
    [9, () => get(path(), { cookie: `slotwise=${damaged()}` })],
    [9, () => get(path(), { cookie: hostile() })],
    [2, () => get(path(), { ...warm(), "sec-gpc": "1" })],
    [2, () => get(path(), { ...warm(), "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)" })],
    [5, () => get(`/home?x=1&slotwise_preview=${one([noise(upTo(2000)), "", "%%%", damaged(), "AA.BB"])}${one(["", "&y=2"])}`, warm())],
    [5, () => get(one([...ODD_PATHS, `/${noise(4000)}`, `/home?${noise(4000)}`]), one([{}, warm()]))],
    [3, () => get(path(), { ...warm(), range: one(["bytes=0-99", "bytes=-5", "bytes=9-1", "bytes=a-b,c", "lines=1"]) })],
    [2, () => get(path(), { ...one([{}, warm()]), "if-none-match": one(['"v1"', "*", 'W/"', noise(3000)]) })],
    [3, () => get(path(), one([{}, warm()]), { method: "HEAD" })],
    [3, () => get(one(["/gone", "/failing", "/moved", "/cookies", "/picture", "/plain", "/empty"]), warm())],
    [1, () => get("/broken", warm(), { expect: "broken" })],
    [2, () => ({ ...get(path(), warm()), method: one(["POST", "PUT", "DELETE", "PATCH"]), body: `a=${noise(upTo(2000))}` })],
    [8, () => ({ ...own("events", { events: valid(1 + upTo(4)) }, one([{}, warm()])), accepts: true, again: roll() < 0.1 })],
    [3, () => ({ ...own("events", { events: [...valid(2), bad(), bad()] }, { cookie: hostile() }), accepts: true })],
    [
      3,
      () =>
        own(
          "events",
          one([
            one(BROKEN_JSON),
            { events: one(VALUES) },
            { events: [{ name: one(VALUES), params: one(VALUES) }] },
            { events: [{ name: "view_item", params: { items: [{ item_id: one(VALUES), item_category: one(VALUES) }] } }] },
            { events: Array.from({ length: 300 }, () => ({ name: "page_view" })) },
            // The origin takes an id once, so those that may pass differ.
            {
              events: [{ ...bad(), event_id: one([null, true, -1, {}, [], "x".repeat(5000), `__proto__${number}`, `../%00${number}`]) }],
              token: one(VALUES),
              consent: one(VALUES),
            },
            "x".repeat(70_000),
          ]),
          one([{}, {}, warm(), { "content-type": "text/plain" }, { "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }]),
          { expect: [202, ...OWN_STATUS] },
        ),
    ],
    [5, () => own("decide", { slot: one(["home.recommended", "product.alternatives", "no.such"]), products: true }, warm())],
    [1, () => own("decide", { slot: "home.recommended", events: [view(product(), "electronics.smartphone")] }, {}, { learns: true })],
    [
      3,
      () =>
        own(
          "decide",
          one([
            one(BROKEN_JSON),
            { slot: one(VALUES) },
            { slot: "home.recommended", token: one([damaged(), ...VALUES]) },
            { slots: Array.from({ length: 500 }, () => ({ slot: "home.recommended" })) },
            { questions: one([[], [{}], VALUES]) },
            { slot: "home.recommended", events: [{ name: one(VALUES), params: { items: one(VALUES) } }] },
            { slot: "home.recommended", item_id: one(VALUES), keys: one(VALUES), lang: one(VALUES), context: one(VALUES) },
            { [one(NASTY)]: one(VALUES) },
          ]),
          one([{}, warm(), { "slotwise-signature": `t=1,v1=${noise(64)}` }]),
        ),
    ],
    [3, () => ({ ...get(one(OWN_PATHS), warm()), method: one(["GET", "GET", "HEAD", "PUT", "OPTIONS"]), expect: OWN_STATUS })],
  ];
  let at = roll() * cases.reduce((sum, [weight]) => sum + weight, 0);
  const [, made] = cases.find(([weight]) => {
    at -= weight;
    return at < 0;
  });
  return made();
}
