// Every header that a fitted page may carry. The store sends each registered one; what comes out is compared with this list.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Jar } from "./stage.mjs";
import { begin, visitor } from "./worker/stage.mjs";
import { html } from "./worker/store.mjs";

/**
 * The names of IANA's registry of HTTP fields that an answer may have, with those of CDNs and caches. What a fitted page must not
 * have: words about the store's own bytes, and who may keep them.
 */
const DROPPED = `
  accept-ranges age cache-groups cache-tag cdn-cache-control cloudflare-cdn-cache-control content-digest content-length content-location
  content-md5 content-range delta-base digest edge-cache-tag edge-control etag expires fastly-cdn-cache-control im last-modified pragma
  repr-digest signature signature-input surrogate-control surrogate-key use-as-dictionary want-content-digest want-digest
  want-repr-digest x-accel-expires x-litespeed-cache-control x-shop-cache-control x-shop-expires akamai-cdn-cache-control`;

/** What passes: words about the shop, its security, its visitor and the connection's way. */
const KEPT = `
  a-im accept accept-additions accept-ch accept-charset accept-datetime accept-encoding accept-features accept-language accept-patch
  accept-post accept-query accept-signature access-control access-control-allow-credentials access-control-allow-headers
  access-control-allow-methods access-control-allow-origin access-control-expose-headers access-control-max-age
  access-control-request-headers access-control-request-method activate-storage-access allow alpn alt-svc alt-used alternates
  amp-cache-transform apply-to-redirect-ref attestation-accept attestation-token authentication-control authentication-info
  available-dictionary c-ext c-man c-opt c-pep c-pep-info cache-group-invalidation cache-status cal-managed-id caldav-timezones
  capsule-protocol cdn-loop cert-not-after cert-not-before clear-site-data client-cert client-cert-chain configuration-context content-base
  content-disposition content-encoding content-id content-language content-script-type content-security-policy
  content-security-policy-report-only content-style-type content-version cookie2 critical-ch cross-origin-embedder-policy
  cross-origin-embedder-policy-report-only cross-origin-opener-policy cross-origin-opener-policy-report-only cross-origin-resource-policy
  dasl dav default-style deprecation depth derived-from destination detached-jws dictionary-id differential-id document-policy dpop dpop-nonce
  early-data ediint-features expect expect-ct ext forwarded from getprofile hobareg hsts http2-settings if if-schedule-tag-match
  incremental integrity-policy integrity-policy-report-only isolation label last-event-id link link-template location lock-token man
  max-forwards memento-datetime meter method-check method-check-expires-at mime-version negotiate nel odata-entityid odata-isolation
  odata-maxversion odata-version opt ordering-type origin origin-agent-cluster oscore oslc-core-version overwrite p3p pep pep-info
  permissions-policy permissions-policy-report-only pics-label ping-from ping-to position prefer preference-applied priority profileobject
  protocol protocol-info protocol-query protocol-request proxy-features proxy-instruction proxy-status public public-key-pins
  public-key-pins-report-only range redirect-ref referer referer-root referrer-policy refresh repeatability-client-id
  repeatability-first-sent repeatability-request-id repeatability-result replay-nonce reporting-endpoints report-to retry-after safe
  schedule-reply schedule-tag sec-fetch-storage-access sec-gpc sec-purpose sec-token-binding sec-websocket-accept
  security-scheme server server-timing service-worker-allowed set-cookie set-cookie2 set-txn setprofile slug soapaction
  sourcemap speculation-rules status-uri strict-transport-security sunset supports-loading-mode surrogate-capability tcn timeout
  timing-allow-origin topic topology-signal traceparent tracestate ttl urgency uri user-agent variant-vary via warning
  x-content-type-options x-dns-prefetch-control x-frame-options x-permitted-cross-domain-policies x-robots-tag x-ua-compatible
  x-xss-protection x-shop x-request-id x-cache x-powered-by x-debug-token`;

const names = (list) => list.trim().split(/\s+/);
const sent = Object.fromEntries([...names(DROPPED), ...names(KEPT)].map((name) => [name, `shop ${name}`]));
const SENT = {
  ...sent,
  "content-encoding": "identity",
  "content-range": "bytes 0-9/10",
  age: "7",
  etag: '"v1"',
  expires: "Wed, 21 Oct 2037 07:28:00 GMT",
  "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT",
  "set-cookie": "shop=1",
};
/** Set by the engine, or by HTTP itself. */
const OWN = ["cache-control", "content-type", "date", "server-timing", "slotwise", "transfer-encoding", "vary"];

let stage;
let host;
let warm;

before(async () => {
  stage = await begin();
  stage.store.answers["/all"] = (request, response) => {
    for (const [name, value] of Object.entries(SENT)) if (name !== "content-length") response.setHeader(name, value);
    response.setHeader("cache-control", "public, max-age=300, s-maxage=600");
    response.setHeader("vary", "Accept-Encoding");
    html(request, response);
  };
  host = await stage.worker({ bindings: { PAGE_CACHE: "off" } });
  warm = await visitor(host);
});

after(() => stage?.stop());

const get = (jar, options) =>
  fetch(`${host.url}/all`, { headers: { ...jar.headers(), accept: "text/html,*/*;q=0.8", "accept-encoding": "gzip" }, ...options });

test("a fitted page carries the headers on this list and no other", async () => {
  const answer = await get(warm);
  assert.match(await answer.text(), /data-slotwise-personalised/);
  const came = [...answer.headers.keys()].filter((name) => !["connection", "keep-alive"].includes(name));
  const expected = [...new Set([...names(KEPT), ...OWN])].filter((name) => name !== "transfer-encoding");
  assert.deepEqual([...new Set(came)].filter((name) => name !== "transfer-encoding").sort(), expected.sort());
  assert.equal(answer.headers.get("cache-control"), "private, no-cache");
  assert.equal(answer.headers.get("vary"), "Accept-Encoding, Cookie");
  assert.deepEqual(answer.headers.getSetCookie(), ["shop=1"]);
  assert.match(answer.headers.get("server-timing"), /^shop server-timing, slotwise;desc="edge [\da-f]{8,}"/);
  for (const name of names(KEPT)) {
    if (!["server-timing", "set-cookie", "content-encoding"].includes(name)) assert.equal(answer.headers.get(name), SENT[name], name);
  }
});

test("HEAD has the headers of GET, and no body", async () => {
  const [got, head] = [await get(warm), await get(warm, { method: "HEAD" })];
  assert.equal(await head.text(), "");
  assert.equal(head.status, 200);
  const told = ({ headers }) =>
    Object.fromEntries(
      [...headers].filter(([name]) => !["date", "server-timing", "transfer-encoding", "connection", "keep-alive"].includes(name)),
    );
  await got.text();
  assert.deepEqual(told(head), told(got));
  assert.ok(head.headers.has("server-timing"));
});

test("a neutral page keeps the shop's headers, and says what it depends on", async () => {
  const answer = await get(new Jar());
  assert.doesNotMatch(await answer.text(), /data-slotwise-personalised/);
  for (const name of [...names(KEPT), ...names(DROPPED)]) {
    if (!["server-timing", "set-cookie", "content-encoding", "content-length"].includes(name))
      assert.equal(answer.headers.get(name), SENT[name], name);
  }
  assert.equal(answer.headers.get("cache-control"), "public, max-age=300, s-maxage=600");
  assert.equal(answer.headers.get("vary"), "Accept-Encoding, Cookie");
});
