// The stage of these tests: two snapshots of a real shop, an origin that does what it is told, a store with one page, and the
// Worker in real workerd.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { edge, Jar, publish, view } from "../stage.mjs";
import { keys, manifest } from "./forge.mjs";
import { origin } from "./origin.mjs";

export const OWN = `<!doctype html><title>shop</title><ul data-slotwise="home.recommended"><template data-card><li data-item=""><b data-field="title">T</b></li></template><li>own</li></ul>`;

const KINDS = ["snapshot", "shard", "patch"];

/** The small log of the golden files. */
const GOLDEN = { events: "wasm-tests/golden/clicks.csv", plan: "wasm-tests/golden/plan.json" };
/** The demo's log. Its snapshot is large enough for shards. */
export const DEMO = { events: "www/data/rees46-2019-oct.csv.gz" };

/** Two releases of a shop, the older first, and their files by kind. */
function trained(of) {
  const shop = publish(of);
  const older = shop.manifest().current;
  shop.train([of.events, "--neighbours", "3"]);
  const newer = shop.manifest().current;
  const files = (kind) => {
    const folder = join(shop.published, kind);
    return existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name))) : [];
  };
  const all = Object.fromEntries(KINDS.map((kind) => [kind, files(kind)]));
  shop.remove();
  return { older, newer, all };
}

/**
 * Everything but the Worker. `say` publishes a manifest of the next sequence, which names one of the two releases; its fields may
 * be given. `patched` is the newer release with a patch from the older one.
 */
export async function begin({ pages, shop = GOLDEN } = {}) {
  const { older, newer: patched, all } = trained(shop);
  const newer = { ...patched, patches: [] };
  const pair = keys();
  const from = await origin(pages);
  for (const kind of KINDS) from.add(kind, all[kind]);
  const store = createServer((_, response) => response.setHeader("content-type", "text/html; charset=utf-8").end(OWN));
  await new Promise((resolve) => store.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${store.address().port}`;
  let sequence = 0;
  let newest_ms = Date.now();
  const text = (current, fields = {}, ...pairs) =>
    manifest({ sequence: ++sequence, current: { ...current, newest_ms: ++newest_ms }, ...fields }, ...(pairs.length > 0 ? pairs : [pair]));
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
  return { older, newer, patched, pair, from, url, text, say, worker, stop };
}

/** A visitor who has seen something. Visits of one second and one campaign draw alike. */
export async function visitor(host, campaign = 0) {
  const jar = new Jar();
  // The origin of these tests takes no events, so the visit is in the token alone.
  const answer = await fetch(`${host.url}/_slotwise/decide`, {
    method: "POST",
    headers: jar.headers({ "content-type": "application/json" }),
    body: JSON.stringify({
      context: { campaign },
      events: [view("1029", "garden.hose"), view("1047", "textile.rug"), view("1029", "garden.hose")],
    }),
  });
  jar.cookies.set("slotwise", (await answer.json()).token);
  return jar;
}

export const page = async (host, jar) => {
  const response = await fetch(`${host.url}/`, { headers: jar.headers() });
  return { html: await response.text(), status: response.status, timing: response.headers.get("server-timing") };
};
