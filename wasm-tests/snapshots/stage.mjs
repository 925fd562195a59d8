// The stage of these tests: two snapshots of a real shop, an origin that does what it is told, a store with one page, and the
// Worker in real workerd.

import { createServer } from "node:http";
import { edge, Jar, post, publish, view } from "../stage.mjs";
import { keys, manifest, release, snapshots } from "./forge.mjs";
import { origin } from "./origin.mjs";

export const OWN = `<!doctype html><title>shop</title><ul data-slotwise="home.recommended"><template data-card><li data-item=""><b data-field="title">T</b></li></template><li>own</li></ul>`;

/** Two snapshots, older and newer, of a shop trained on the small log of the golden files. */
export function trained() {
  const shop = publish({ events: "wasm-tests/golden/clicks.csv", plan: "wasm-tests/golden/plan.json" });
  const [older] = snapshots(shop.published);
  shop.train(["wasm-tests/golden/clicks.csv", "--neighbours", "8"]);
  const newer = snapshots(shop.published).find((bytes) => !bytes.equals(older));
  shop.remove();
  return [older, newer];
}

/** Everything but the Worker. `say` publishes a manifest of the next sequence; its fields may be given. */
export async function begin() {
  const [older, newer] = trained();
  const pair = keys();
  const from = await origin();
  from.add("snapshot", older, newer);
  const store = createServer((_, response) => response.setHeader("content-type", "text/html; charset=utf-8").end(OWN));
  await new Promise((resolve) => store.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${store.address().port}`;
  let sequence = 0;
  const text = (bytes, fields = {}, ...pairs) =>
    manifest({ sequence: ++sequence, current: release(bytes), ...fields }, ...(pairs.length > 0 ? pairs : [pair]));
  const say = (...words) => {
    from.manifest = text(...words);
    return from.manifest;
  };
  const stop = () => {
    from.stop();
    store.closeAllConnections();
    store.close();
  };
  const worker = (options = {}) => edge({ publicKey: pair.publicKey }, { url, origin: from.url }, { syncSecs: 0, ...options });
  return { older, newer, pair, from, url, text, say, worker, stop };
}

/** A visitor who has seen something. */
export async function visitor(host) {
  const jar = new Jar();
  // The origin of these tests takes no events, so the visit is in the token alone.
  const answer = await fetch(`${host.url}/_slotwise/decide`, {
    method: "POST",
    headers: jar.headers({ "content-type": "application/json" }),
    body: JSON.stringify({ events: [view("1029", "garden.hose"), view("1047", "textile.rug"), view("1029", "garden.hose")] }),
  });
  jar.cookies.set("slotwise", (await answer.json()).token);
  return jar;
}

export const page = async (host, jar) => {
  const response = await fetch(`${host.url}/`, { headers: jar.headers() });
  return { html: await response.text(), status: response.status, timing: response.headers.get("server-timing") };
};

export { post };
