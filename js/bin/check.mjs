// Checks the Worker's settings before they are used: what the Worker would only say later, as pages that nobody fits.
//
// Each problem is a sentence that says what to do. The snapshot is verified by the code of the Worker itself.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf, fetched, manifestAt, message, named, trusted } from "../dist/sync.js";

/** How long an address may take to answer, in milliseconds. */
const PATIENCE_MS = 10_000;
/** Hosts that belong to nobody (RFC 2606), and words that stand where an address goes. */
const PLACEHOLDER = /[<>…]|\byour\b|\bexample\.(com|net|org)\b|\.(example|invalid)$/i;
const LOCAL = /^(localhost|.*\.localhost|127\.[\d.]+|0\.0\.0\.0|\[::1?\]|10\.[\d.]+|192\.168\.[\d.]+|172\.(1[6-9]|2\d|3[01])\.[\d.]+)$/;

/** Reads a file of the project, without the spaces around it; undefined if it is not there. */
function text(folder, name) {
  const path = join(folder, name);
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

/** What is wrong with a key; undefined if nothing is. */
function wrongKey(name, key, remedy) {
  if (!key) return `${name} is empty; ${remedy}`;
  const bytes = bytesOf(key);
  // A key of one repeated character is somebody's placeholder.
  if (bytes?.length === 32 && key.length === 43 && new Set(key).size > 4) return undefined;
  return `${name} is "${key}" (${key.length} characters), expected 43 characters: 32 bytes as base64url; ${remedy}`;
}

/** What is wrong with the form of an address; undefined if nothing is. */
function wrongAddress(name, address, local) {
  const url = URL.parse(address);
  const expected = 'expected the address of a server without a path, such as "https://shop.de"';
  if (!url || !/^https?:$/.test(url.protocol) || PLACEHOLDER.test(address) || PLACEHOLDER.test(url.hostname)) {
    return `${name} is "${address}", ${expected}`;
  }
  if (url.pathname !== "/" || url.search || url.hash) return `${name} is "${address}", ${expected}`;
  if (!local && LOCAL.test(url.hostname)) {
    return `${name} is "${address}", which the deployed Worker cannot reach; write an address of the public internet`;
  }
  return undefined;
}

/** What keeps an address from answering; undefined if it answers. */
async function silent(address) {
  try {
    const response = await fetch(address, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS) });
    await response.body?.cancel();
    return response.status < 500 ? undefined : `answers with status ${response.status}`;
  } catch (cause) {
    return `does not answer: ${cause.cause?.message || cause.cause?.code || message(cause)}`;
  }
}

/** The shop's own address: the setting, or else that of the first route. */
function shopOf(vars, routes) {
  if (vars.STORE_ORIGIN) return vars.STORE_ORIGIN;
  const [route] = routes;
  const pattern = typeof route === "string" ? route : route?.pattern;
  const host = pattern?.replace(/^\w+:\/\//, "").split("/")[0];
  return host && !host.includes("*") ? `https://${host}` : "";
}

/** Fetches what an origin publishes, and throws if a Worker with this key could not use it. */
async function usable(base, key) {
  const { snapshot, bytes } = (await trusted(await manifestAt(base), key)).current;
  await named(await fetched(`${base}/snapshot/${snapshot}`, bytes), snapshot);
}

/**
 * The problems of a Worker's settings, each with its remedy. `vars`, `routes`: as in `wrangler.toml`. `folder`: where the
 * keys are. `local`: whether the Worker runs on this machine.
 */
export async function problems({ vars, routes = [], folder, local = false }) {
  const found = [];
  const add = (problem) => problem && found.push(problem);
  const shop = shopOf(vars, routes).replace(/\/+$/, "");
  const origin = (vars.SLOTWISE_ORIGIN || shop).replace(/\/+$/, "");
  const key = vars.SLOTWISE_PUBLIC_KEY ?? "";

  if (!shop) add("STORE_ORIGIN is empty and no route names a host; write the address of the shop's own server into wrangler.toml");
  const form = shop && wrongAddress("STORE_ORIGIN", shop, local);
  add(form);
  if (shop && !form) {
    const why = await silent(shop);
    if (why) add(`STORE_ORIGIN ${shop} ${why}; start the shop, or mend the address in wrangler.toml`);
  }

  const remedy = "make keys with `npx slotwise keygen --out key` and copy the line of key.public into wrangler.toml";
  const badKey = wrongKey("SLOTWISE_PUBLIC_KEY", key, remedy);
  add(badKey);
  const kept = text(folder, "key.public");
  if (!badKey && kept !== undefined && kept !== key) {
    add(`SLOTWISE_PUBLIC_KEY is "${key}", key.public has "${kept}"; copy the line of key.public into wrangler.toml`);
  }

  const intake = text(folder, "key.intake");
  if (intake !== undefined) add(wrongKey("key.intake", intake, "make keys with `npx slotwise keygen --out key`"));
  if (local && intake !== undefined && vars.SLOTWISE_INTAKE_KEY !== undefined && vars.SLOTWISE_INTAKE_KEY !== intake) {
    add("SLOTWISE_INTAKE_KEY in .dev.vars is not the key of key.intake; copy it, or the origin refuses the events");
  }

  if (!["required", "implied"].includes(vars.CONSENT)) add(`CONSENT is "${vars.CONSENT ?? ""}", expected "required" or "implied"`);
  if (!/^\d+$/.test(vars.SYNC_SECS ?? "60")) add(`SYNC_SECS is "${vars.SYNC_SECS}", expected a whole number of seconds`);

  const foreign = vars.SLOTWISE_ORIGIN && wrongAddress("SLOTWISE_ORIGIN", origin, local);
  add(foreign);
  // A form that is wrong has been named. One address may serve both.
  if (!origin || foreign || (form && origin === shop)) return found;
  const why = await silent(`${origin}/_slotwise/health`);
  if (why) {
    const start = "start `slotwise serve` there (`npm run serve`), or mend SLOTWISE_ORIGIN in wrangler.toml";
    add(`the origin of snapshots ${origin} ${why}; ${start}`);
  } else if (!badKey) {
    await usable(`${origin}/_slotwise`, key).catch((cause) =>
      add(`the snapshot of ${origin} cannot be used: ${message(cause)}; train with the key.secret that fits, and publish again`),
    );
  }
  return found;
}
