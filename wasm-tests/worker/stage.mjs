// The stage of these tests: a snapshot of the demo's log, the real origin, a store that does what it is told, and the Worker in real
// workerd. Nobody is held out.

import { edge, Jar, origin, publish, synced, view } from "../stage.mjs";
import { storeOf } from "./store.mjs";

/** Everything but the Worker. `worker` starts one, and waits until it has the snapshot. `stop` ends all that has begun. */
export async function begin({ answers, ...published } = {}) {
  const ends = [];
  const stop = async () => {
    for (const end of ends.reverse()) await end();
  };
  const shop = publish(published);
  ends.push(shop.remove);
  try {
    const from = await origin(shop);
    ends.push(from.stop);
    const store = await storeOf(answers);
    ends.push(store.stop);
    const worker = async (options) => {
      const host = await edge(shop, { url: store.url, origin: from.url }, options);
      ends.push(host.stop);
      await synced(host);
      return host;
    };
    return { shop, store, origin: from, worker, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Products of the demo, each with its category. */
const SEEN = [
  ["1004856", "electronics.smartphone"],
  ["1004767", "electronics.smartphone"],
  ["1004833", "electronics.smartphone"],
];

/** A visitor who has seen three products. Their session is in the cookie alone: nothing is logged. */
export async function visitor(host, events = SEEN.map(([id, category]) => view(id, category))) {
  const jar = new Jar();
  const answer = await fetch(`${host.url}/_slotwise/decide`, {
    method: "POST",
    headers: jar.headers({ "content-type": "application/json" }),
    body: JSON.stringify({ events }),
  });
  jar.cookies.set("slotwise", (await answer.json()).token);
  return jar;
}
