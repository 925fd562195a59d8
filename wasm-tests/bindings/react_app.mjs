// A shop written with React: a home page and product pages, single-page navigation between them, everything else as a shop
// would have it. `react.test.mjs` renders it on a server and hydrates it in the browser.

import { createElement as h, StrictMode, useEffect, useState } from "react";
import { Slot, SlotwiseProvider, useDecision, useSlotwise } from "slotwise/react";

const card = h("template", { "data-card": "" }, h("article", null, h("a", { "data-field": "url title" })));

function Home() {
  const [count, setCount] = useState(0);
  const [clicks, setClicks] = useState(0);
  const [shown, setShown] = useState(true);
  const hero = useDecision("home.hero");
  return h(
    "main",
    null,
    h("button", { id: "count", type: "button", onClick: () => setCount(count + 1) }, `rendered ${count}`),
    h("button", { id: "toggle", type: "button", onClick: () => setShown(!shown) }, "toggle"),
    h("output", { id: "clicks" }, String(clicks)),
    h("output", { id: "decision" }, hero?.variant ?? "none"),
    shown &&
      h(
        Slot,
        { name: "home.hero", as: "section", className: `hero-${count}`, onClick: () => setClicks(clicks + 1) },
        h("div", { "data-variant": "welcome" }, `Welcome ${count}`),
        h("template", { "data-variant": "smartphone" }, h("div", null, h("b", null, "Telephones"))),
      ),
    h(Slot, { name: "home.recommended" }, card, h("article", null, "The shop's own"), h(Own)),
    h(Slot, { name: "nobody.knows" }, "only text"),
  );
}

/** A component of the shop inside of a slot. */
const Own = () => h("article", null, "The shop's own component");

function Product({ id }) {
  const slotwise = useSlotwise();
  useEffect(() => slotwise?.track("view_item", { items: [{ item_id: id, item_category: "electronics.smartphone" }] }), [slotwise, id]);
  return h("main", null, h("h1", null, id), h(Slot, { name: "product.related", itemId: id }, card, h("article", null, "The shop's own")));
}

function Shop({ start }) {
  const [path, setPath] = useState(start);
  const slotwise = useSlotwise();
  useEffect(() => {
    globalThis.slotwise = slotwise;
    document.documentElement.dataset.hydrated = "";
    const back = () => setPath(location.pathname);
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, [slotwise]);
  const go = (to) => (event) => {
    event.preventDefault();
    history.pushState({}, "", to);
    setPath(to);
  };
  const link = (to) => h("a", { key: to, href: to, onClick: go(to), id: `to${to.replaceAll("/", "-")}` }, to);
  const product = /^\/product\/(\w+)$/.exec(path)?.[1];
  return h(
    "div",
    null,
    h("nav", null, ["/", "/product/1004856", "/product/1004767"].map(link)),
    product ? h(Product, { id: product }) : h(Home),
  );
}

/** The app at a path. */
export const app = (start, publicKey) => h(StrictMode, null, h(SlotwiseProvider, { publicKey, consent: "implied" }, h(Shop, { start })));
