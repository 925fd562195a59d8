// The demo shop's server: pages, pictures and built files. It is a shop like any other, a customer of the origin.
//
// Settings come from the environment. SLOTWISE_STORE_PORT: where it listens. SLOTWISE_ORIGIN: where `slotwise serve`
// is. SLOTWISE_PUBLIC_KEY and SLOTWISE_CONSENT: what every page hands to the script. SLOTWISE_INTAKE_KEY: signs the prices and the
// stock of a simulated sale; without it there is none. The addresses under /_slotwise/ are
// passed on to the origin, so that the shop also works without an edge in front of it.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createProxyServer } from "httpxy";
import sirv from "sirv";
import { readCatalogue, readLog } from "./catalogue.mjs";
import { openPages } from "./pages.mjs";
import { openSale } from "./sale.mjs";
import { recordedVisits } from "./visits.mjs";

/** The shop's own click log, for the playground. */
const SAMPLE = "/playground/sample.csv.gz";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..");
const {
  SLOTWISE_STORE_PORT: port = "8789",
  SLOTWISE_ORIGIN: target = "http://127.0.0.1:8788",
  SLOTWISE_PUBLIC_KEY: public_key = "",
  SLOTWISE_CONSENT: consent = "required",
  SLOTWISE_INTAKE_KEY: intake_key = "",
} = process.env;

const file = join(folder, "data/rees46-2019-oct.csv.gz");
const log = readLog(file);
const catalogue = readCatalogue(log);
const visits = JSON.stringify(recordedVisits(log, catalogue));
const pages = openPages(folder, catalogue, { public_key, consent });
const origin = createProxyServer({ target });
const sale = intake_key ? openSale(catalogue, target, intake_key) : undefined;
const files = sirv(join(folder, "dist"), {
  // Looks at the disk for each request: a build replaces the files while the server runs.
  dev: true,
  etag: true,
  brotli: true,
  extensions: [],
  // The build puts a hash into the names of chunks: another content has another name.
  setHeaders: (response, path) =>
    response.setHeader("cache-control", /-[A-Z0-9]{8}\./.test(path) ? "public, max-age=31536000, immutable" : "public, max-age=60"),
});

function send(response, status, type, seconds, body) {
  response.statusCode = status;
  response.setHeader("content-type", type);
  response.setHeader("cache-control", seconds ? `public, max-age=${seconds}` : "no-store");
  response.end(body);
}

/** Forwards a request to the origin and its answer back, both as streams. */
const passOn = (request, response) =>
  origin.web(request, response).catch((error) => {
    console.error(`store: ${request.method} ${request.url}: the origin at ${target} does not answer: ${error.message}`);
    if (response.headersSent) response.destroy();
    else send(response, 502, "application/json", 0, JSON.stringify({ error: "the origin does not answer" }));
  });

/** Tells of the simulated sale, and starts (`PUT`) or ends it (`DELETE`): methods that no other site's page may use. */
async function answerSale({ method }, response) {
  try {
    if (method === "PUT" || method === "DELETE") await sale.turn(method === "PUT");
    send(response, 200, "application/json", 0, JSON.stringify(sale.state()));
  } catch (error) {
    console.error(`store: ${error.message}`);
    send(response, 502, "application/json", 0, JSON.stringify({ error: "the origin does not take the sale" }));
  }
}

/** Routes a request: origin, sale, built files, pictures, pages. */
function answer(request, response) {
  const [path, query] = request.url.split("?", 2);
  if (path.startsWith("/_slotwise/")) return passOn(request, response);
  if (path === "/sale" && sale) return answerSale(request, response);
  if (request.method !== "GET" && request.method !== "HEAD") return send(response, 405, "text/plain", 0, "expected GET or HEAD\n");
  if (path.startsWith("/assets/")) {
    request.url = request.url.slice("/assets".length);
    return files(request, response);
  }
  if (path === "/replay/visits.json") return send(response, 200, "application/json", 3600, visits);
  if (path === SAMPLE) return send(response, 200, "application/gzip", 86_400, readFileSync(file));
  const picture = pages.picture(path);
  if (picture) return send(response, 200, "image/svg+xml", 86_400, picture);
  const { found, html } = pages.page(path, new URLSearchParams(query));
  return send(response, found ? 200 : 404, "text/html; charset=utf-8", 60, html);
}

const server = createServer((request, response) => {
  try {
    answer(request, response);
  } catch (error) {
    console.error(`store: ${request.method} ${request.url}: ${error.stack ?? error}`);
    send(response, 500, "text/plain", 0, "The shop cannot show this page; its log says why.\n");
  }
});
// Local only: the demo has no limits and no TLS. In production, a shop stands behind its CDN.
server.listen(Number(port), "127.0.0.1", () => console.log(`store at http://127.0.0.1:${port}`));
