// A shop without a framework, which builds its pages with `innerHTML`.

import { load } from "slotwise";
import { define } from "slotwise/element";

const root = document.querySelector("#root");
const card = '<template data-card><article><a data-field="url title"></a></article></template><article>The shop\'s own</article>';
let [count, shown] = [0, true];

const hero = `<section><slotwise-slot name="home.hero"><div data-variant="welcome">Welcome 0</div>
  <template data-variant="smartphone"><div><b>Telephones</b></div></template></slotwise-slot></section>`;

function show() {
  const id = location.pathname.startsWith("/product/") ? location.pathname.slice(9) : "";
  const links = ["1004856", "1004767"].map((id) => `<a id="to-${id}" href="/product/${id}">${id}</a>`).join("");
  const home = `<button id="count">rendered ${count}</button><button id="toggle">toggle</button>${hero}
    <slotwise-slot name="home.recommended">${card}</slotwise-slot>`;
  const product = `<h1>${id}</h1><slotwise-slot name="product.related" item-id="${id}">${card}</slotwise-slot>`;
  root.innerHTML = `<nav>${links}</nav>${id ? product : home}`;
}

root.addEventListener("click", (event) => {
  if (event.target.id === "count") event.target.textContent = `rendered ${++count}`;
  if (event.target.id === "toggle") {
    shown = !shown;
    if (shown) event.target.insertAdjacentHTML("afterend", hero);
    else document.querySelector("section").remove();
  }
  if (!event.target.id.startsWith("to-")) return;
  event.preventDefault();
  history.pushState({}, "", event.target.href);
  show();
});
addEventListener("popstate", show);
globalThis.mount = show;
globalThis.begin = async () => {
  globalThis.slotwise = await load({ publicKey: root.dataset.key, consent: "implied" });
  await define(globalThis.slotwise);
};
