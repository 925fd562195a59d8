// How a living page is changed, in real Chromium: the package's `dom.ts` alone, with decisions made by hand. Here is
// what a page meets only after its first change, and decisions no shop makes; the slot contract itself is in the
// fixtures of `wasm-tests/slots`. Every case is a slot's source, a decision, and the source it becomes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, packageOnly, visitor } from "./page.mjs";

let browser;
let visit;

before(async () => {
  browser = await launch();
  visit = await visitor(browser);
  await packageOnly(visit.page);
  await visit.page.goto("http://dom.test/package.html");
  await visit.page.evaluate(async () => {
    globalThis.dom = await import(new URL("/dist/dom.js", location.href).href);
  });
});

after(async () => {
  await browser?.close();
});

const DECISION = {
  slot: "s",
  kind: "choose",
  personalised: true,
  arm: "model",
  propensity: 10000,
  counts: true,
  variant: null,
  items: [],
  order: [],
};
const NOTHING = { score: 0, because: null, snapshot: "" };
/** Values of the fields of products, in the contract's order; one of them hostile. */
const PRODUCTS = {
  1: ["Lamp & <b>Co</b>", "Birk", "$1.00", "lamps", "/p/1", "/i/1.svg"],
  2: ["Hose", "", "$2.00", "hoses", "/p/2", "/i/2.svg"],
};
const items = (...ids) => ids.map((item_id) => ({ item_id, score: 1, strategy: "next_item" }));

/** What becomes of a source under a decision for its slot `s`; `asked`: the products whose fields were asked for. */
function changed(source, decision) {
  return visit.page.evaluate(
    ([source, decision, products]) => {
      document.body.innerHTML = source;
      const { slots, change, say } = globalThis.dom;
      const asked = [];
      for (const slot of slots(document).filter(({ name }) => name === "s")) {
        const cards = (ids) => {
          asked.push(...ids);
          return ids.map((id) => products[id]);
        };
        const shown = change(slot, decision, cards, { slot: "s" });
        if (shown) say(document, [[slot, decision]]);
      }
      return { html: document.body.innerHTML, asked };
    },
    [source, { ...DECISION, ...NOTHING, ...decision }, PRODUCTS],
  );
}

const SHOWN = ' data-slotwise-shows="{&quot;slot&quot;:&quot;s&quot;}"';
const MARKS = `data-slotwise-personalised=""${SHOWN}`;

const CASES = [
  [
    "fill: cards that show the products in this order stay, and nothing is asked about them",
    '<div data-slotwise="s"><template data-card><a data-item=""></a></template><a data-item="1" class="mine"></a><a data-item="2"></a></div>',
    { kind: "fill", items: items("1", "2") },
    `<div data-slotwise="s" ${MARKS}><template data-card=""><a data-item=""></a></template><a data-item="1" class="mine"></a><a data-item="2"></a></div>`,
    [],
  ],
  [
    "order: keys that the slot does not have are skipped, and children that are not named come behind those that are",
    '<ul data-slotwise="s"><li>head</li><li data-key="a">a</li> <li data-key="b">b</li><li data-key="c">c</li></ul>',
    { kind: "order", order: ["c", "nobody", "a"] },
    `<ul data-slotwise="s" ${MARKS}><li>head</li><li data-key="c">c</li> <li data-key="a">a</li><li data-key="b">b</li></ul>`,
  ],
  [
    "stickiness: what the engine put there before and would not put there now keeps the exposure it had",
    '<div data-slotwise="s" data-slotwise-personalised data-slotwise-shows="before">own</div>',
    { personalised: false },
    '<div data-slotwise="s" data-slotwise-personalised="" data-slotwise-shows="before">own</div>',
  ],
  [
    "stickiness: what was put in order before keeps its exposure, personalised or not",
    '<ul data-slotwise="s" data-slotwise-shows="before"><li data-key="a">a</li></ul>',
    { kind: "order", personalised: false },
    '<ul data-slotwise="s" data-slotwise-shows="before"><li data-key="a">a</li></ul>',
  ],
  [
    "a decision that does not count leaves no exposure",
    '<div data-slotwise="s"><p data-variant="a">A</p></div>',
    { variant: "a", counts: false },
    '<div data-slotwise="s" data-slotwise-personalised=""><p data-variant="a">A</p></div>',
  ],
];

for (const [name, source, decision, expected, products] of CASES) {
  test(name, async () => {
    const { html, asked } = await changed(source, decision);
    assert.equal(html, expected);
    if (products) assert.deepEqual(asked, products);
  });
}

test("the slots of a page are told apart by name, product and subject, in the order in which the document first names them", async () => {
  const source = `
    <p data-because="late"></p>
    <div data-slotwise="row" data-item="7"><template data-card><a></a></template><a data-item="1"></a><a data-item="2"></a></div>
    <div data-slotwise="row"><a data-item="3"></a></div>
    <p data-because="row" data-item="7"></p>
    <p data-because="row" data-about="red shoes"></p>
    <div data-slotwise="row" data-about="red shoes"></div>
    <ul data-slotwise="order" data-slotwise-shows="{}"><li data-key="k" data-item="4"></li></ul>
    <ul data-slotwise="fresh"><li data-key="k"></li></ul>
    <div data-slotwise="late" data-slotwise-personalised><p data-variant="v"></p><template data-variant="w"></template></div>`;
  const found = await visit.page.evaluate((source) => {
    document.body.innerHTML = source;
    return globalThis.dom.slots(document).map(({ id, elements, ahead, ...place }) => ({ ...place, elements: elements.length }));
  }, source);
  assert.deepEqual(found, [
    { name: "late", anchor: "", about: "", lang: "", keys: ["v"], personalised: true, elements: 1 },
    { name: "row", anchor: "7", about: "", lang: "", keys: ["1", "2"], personalised: false, elements: 1 },
    { name: "row", anchor: "", about: "", lang: "", keys: ["3"], personalised: false, elements: 1 },
    { name: "row", anchor: "", about: "red shoes", lang: "", keys: [], personalised: false, elements: 1 },
    { name: "order", anchor: "", about: "", lang: "", keys: ["k"], personalised: true, elements: 1 },
    { name: "fresh", anchor: "", about: "", lang: "", keys: ["k"], personalised: false, elements: 1 },
  ]);
});
