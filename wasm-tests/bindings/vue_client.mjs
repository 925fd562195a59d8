// A shop written with Vue 3, as the manual's recipe has it: a home page and product pages. The slots are `<slotwise-slot>`
// with `v-once`, or `v-memo` where they are about a product: Vue does not touch what stands in them again.

import { load } from "slotwise";
import { define } from "slotwise/element";
import { compile, createApp, ref, shallowRef } from "vue/dist/vue.esm-bundler.js";

const isCustomElement = (tag) => tag === "slotwise-slot";
const template = (html) => compile(html, { isCustomElement });
const path = ref(location.pathname);
addEventListener("popstate", () => {
  path.value = location.pathname;
});

const Home = {
  setup: () => ({ count: ref(0), shown: ref(true) }),
  render: template(`
    <button id="count" @click="count++">rendered {{ count }}</button>
    <button id="toggle" @click="shown = !shown">toggle</button>
    <section v-if="shown">
      <slotwise-slot name="home.hero" v-once>
        <div data-variant="welcome">Welcome {{ count }}</div>
        <template data-variant="smartphone"><div><b>Telephones</b></div></template>
      </slotwise-slot>
    </section>
    <slotwise-slot name="home.recommended" v-once>
      <template data-card><article><a data-field="url title"></a></article></template>
      <article>The shop's own</article>
    </slotwise-slot>`),
};

const Product = {
  props: ["id"],
  render: template(`
    <h1>{{ id }}</h1>
    <slotwise-slot name="product.related" :item-id="id" :key="id" v-memo="[id]">
      <template data-card><article><a data-field="url title"></a></article></template>
      <article>The shop's own</article>
    </slotwise-slot>`),
};

const Shop = {
  components: { Home, Product },
  setup() {
    const go = (to) => {
      history.pushState({}, "", to);
      path.value = to;
    };
    return { path, go, ids: shallowRef(["1004856", "1004767"]) };
  },
  render: template(`
    <nav><a v-for="id in ids" :id="'to-' + id" :href="'/product/' + id" @click.prevent="go('/product/' + id)">{{ id }}</a></nav>
    <Product v-if="path.startsWith('/product/')" :id="path.slice(9)" />
    <Home v-else />`),
};

const root = document.querySelector("#root");
globalThis.mount = () => void createApp(Shop).mount(root);
globalThis.begin = async () => {
  globalThis.slotwise = await load({ publicKey: root.dataset.key, consent: "implied" });
  await define(globalThis.slotwise);
};
