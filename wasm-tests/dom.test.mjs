// The rules by which a living page is changed, in real Chromium: the package's `dom.ts` alone, with decisions made by
// hand. Every case is a slot's source, a decision, and the source it becomes.

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

/** What becomes of a source under a decision for its slot `s`; `exposed` are the exposures that were asked for. */
function changed(source, decision) {
  return visit.page.evaluate(
    ([source, decision, products]) => {
      document.body.innerHTML = source;
      const { slots, change } = globalThis.dom;
      const fields = [];
      for (const slot of slots(document).filter(({ name }) => name === "s")) {
        const cards = (ids, names) => {
          fields.push(names);
          return ids.map((id) => products[id]);
        };
        change(slot, decision, cards, () => ({ slot: "s" }));
      }
      return { html: document.body.innerHTML, fields };
    },
    [source, { ...DECISION, ...NOTHING, ...decision }, PRODUCTS],
  );
}

const SHOWN = ' data-slotwise-shows="{&quot;slot&quot;:&quot;s&quot;}"';
const MARKS = `data-slotwise-personalised=""${SHOWN}`;

const CASES = [
  [
    "choose: the variant comes out of its template, the one before it goes into one of its own",
    '<div data-slotwise="s"><p data-variant="a">A<!-- x --></p>\n<template data-variant="b"><p class="b">B <i>i</i></p></template></div>',
    { variant: "b" },
    `<div data-slotwise="s" ${MARKS}><template data-variant="a"><p data-variant="a">A<!-- x --></p></template>\n<p class="b" data-variant="b">B <i>i</i></p></div>`,
  ],
  [
    "choose: a variant that is shown already stays as it is",
    '<div data-slotwise="s"><p data-variant="a">A</p><template data-variant="a"><p>other</p></template></div>',
    { variant: "a" },
    `<div data-slotwise="s" ${MARKS}><p data-variant="a">A</p><template data-variant="a"><p>other</p></template></div>`,
  ],
  [
    "choose: a variant the page does not have changes nothing and leaves no mark",
    '<div data-slotwise="s"><p data-variant="a">A</p></div>',
    { variant: "b", because: { key: "because.viewed", name: "x", text: "words" } },
    '<div data-slotwise="s"><p data-variant="a">A</p></div>',
  ],
  [
    "a slot that holds another stays the shop's own, without a mark",
    '<p data-because="s">plain</p><div data-slotwise="s"><p data-variant="a">A</p><template data-variant="b"><p>B</p></template><div data-slotwise="t"></div></div>',
    { variant: "b", because: { key: "because.viewed", name: "x", text: "words" } },
    '<p data-because="s">plain</p><div data-slotwise="s"><p data-variant="a">A</p><template data-variant="b"><p>B</p></template><div data-slotwise="t"></div></div>',
  ],
  [
    "the slot inside another is changed",
    '<div data-slotwise="t"><p data-variant="b">b</p><div data-slotwise="s"><p data-variant="a">A</p></div></div>',
    { variant: "a" },
    `<div data-slotwise="t"><p data-variant="b">b</p><div data-slotwise="s" ${MARKS}><p data-variant="a">A</p></div></div>`,
  ],
  [
    "inside a template nothing is a slot",
    '<div data-slotwise="s"><p data-variant="a">A</p><template data-variant="b"><p data-slotwise="t">B</p></template></div>',
    { variant: "a" },
    `<div data-slotwise="s" ${MARKS}><p data-variant="a">A</p><template data-variant="b"><p data-slotwise="t">B</p></template></div>`,
  ],
  [
    "fill: cards by the template, their fields as text or as one attribute, never as HTML",
    '<div data-slotwise="s">x<template data-card><a data-item="" data-field="url"><img data-field="image" src="?"><b data-field="title unknown">t</b></a></template><a data-item="9">9</a></div>',
    { kind: "fill", items: items("1", "2") },
    `<div data-slotwise="s" ${MARKS}>x<template data-card=""><a data-item="" data-field="url"><img data-field="image" src="?"><b data-field="title unknown">t</b></a></template><a data-item="1" data-field="url" href="/p/1"><img data-field="image" src="/i/1.svg"><b data-field="title unknown">Lamp &amp; &lt;b&gt;Co&lt;/b&gt;</b></a><a data-item="2" data-field="url" href="/p/2"><img data-field="image" src="/i/2.svg"><b data-field="title unknown">Hose</b></a></div>`,
  ],
  [
    "fill: cards that show the products in this order stay, and nothing is asked about them",
    '<div data-slotwise="s"><template data-card><a data-item=""></a></template><a data-item="1" class="mine"></a><a data-item="2"></a></div>',
    { kind: "fill", items: items("1", "2") },
    `<div data-slotwise="s" ${MARKS}><template data-card=""><a data-item=""></a></template><a data-item="1" class="mine"></a><a data-item="2"></a></div>`,
    [],
  ],
  [
    "fill: without a template, or with an empty one, the shop's cards stay, without a mark",
    '<div data-slotwise="s"><template data-card> </template><a data-item="9">9</a></div>',
    { kind: "fill", items: items("1") },
    '<div data-slotwise="s"><template data-card=""> </template><a data-item="9">9</a></div>',
    [],
  ],
  [
    "order: the children with keys come behind those without, those not named before those named",
    '<ul data-slotwise="s"><li data-key="a">a</li><li>head</li><li data-key="b">b</li><li data-key="c">c</li></ul>',
    { kind: "order", order: ["c", "nobody", "a"] },
    `<ul data-slotwise="s" ${MARKS}><li>head</li><li data-key="b">b</li><li data-key="c">c</li><li data-key="a">a</li></ul>`,
  ],
  [
    "order: without children that have keys nothing is to be put in order",
    '<ul data-slotwise="s"><li>a</li></ul>',
    { kind: "order", order: ["a"] },
    '<ul data-slotwise="s"><li>a</li></ul>',
  ],
  [
    "because: words anywhere in the page, before and behind the slot, as text",
    '<p data-because="s">plain</p><div data-slotwise="s"><p data-variant="a">A</p></div><p data-because="s"><i>plain</i></p><p data-because="t">not this</p>',
    { variant: "a", because: { key: "because.viewed", name: "<b>", text: "Because of <b>" } },
    `<p data-because="s">Because of &lt;b&gt;</p><div data-slotwise="s" ${MARKS}><p data-variant="a">A</p></div><p data-because="s">Because of &lt;b&gt;</p><p data-because="t">not this</p>`,
  ],
  [
    "because: without a reason the shop's own words stay",
    '<p data-because="s">plain</p><div data-slotwise="s">own</div>',
    { personalised: false },
    `<p data-because="s">plain</p><div data-slotwise="s"${SHOWN}>own</div>`,
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

for (const [name, source, decision, expected, fields] of CASES) {
  test(name, async () => {
    const { html, fields: asked } = await changed(source, decision);
    assert.equal(html, expected);
    if (fields) assert.deepEqual(asked, fields);
  });
}

test("the slots of a page are told apart by name and product, in the order in which the document first names them", async () => {
  const source = `
    <p data-because="late"></p>
    <div data-slotwise="row" data-item="7"><template data-card><a></a></template><a data-item="1"></a><a data-item="2"></a></div>
    <div data-slotwise="row"><a data-item="3"></a></div>
    <p data-because="row" data-item="7"></p>
    <ul data-slotwise="order" data-slotwise-shows="{}"><li data-key="k" data-item="4"></li></ul>
    <ul data-slotwise="fresh"><li data-key="k"></li></ul>
    <div data-slotwise="late" data-slotwise-personalised><p data-variant="v"></p><template data-variant="w"></template></div>`;
  const found = await visit.page.evaluate((source) => {
    document.body.innerHTML = source;
    return globalThis.dom
      .slots(document)
      .map(({ element, because, outer, ...place }) => ({ ...place, words: because.length, own: !!element && !outer }));
  }, source);
  assert.deepEqual(found, [
    { name: "late", keys: ["v"], personalised: true, words: 1, own: true },
    { name: "row", anchor: "7", keys: ["1", "2"], personalised: false, words: 1, own: true },
    { name: "row", keys: ["3"], personalised: false, words: 0, own: true },
    { name: "order", keys: ["k"], personalised: true, words: 0, own: true },
    { name: "fresh", keys: ["k"], personalised: false, words: 0, own: true },
  ]);
});
