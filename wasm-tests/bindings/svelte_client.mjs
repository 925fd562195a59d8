// Mounts the shop of Shop.svelte.

import { load } from "slotwise";
import { define } from "slotwise/element";
import { mount } from "svelte";
import Shop from "./Shop.svelte";

const root = document.querySelector("#root");
globalThis.mount = () => mount(Shop, { target: root });
globalThis.begin = async () => {
  globalThis.slotwise = await load({ publicKey: root.dataset.key, consent: "implied" });
  await define(globalThis.slotwise);
};
