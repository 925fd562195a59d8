// The origin's intake: who may post, what is refused, and what the log holds afterwards. The real program, over HTTP.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { logLines, origin, publish, slotwise } from "./stage.mjs";

const MAX_POST = 4 * 65_536;
let shop;
let server;

before(() => {
  shop = publish({ events: "wasm-tests/golden/clicks.csv", plan: "wasm-tests/golden/plan.json" });
});

after(async () => {
  await server?.stop();
  shop?.remove();
});

let number = 0;
const view = (more = {}) => ({ name: "view_item", params: { items: [{ item_id: "1" }] }, event_id: `e${number++}`, ...more });

/** Posts a text as it is. */
const postText = (body, headers = {}) =>
  fetch(`${server.url}/_slotwise/events`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
const postEvents = (events, headers) => postText(JSON.stringify({ events }), headers);
const health = async () => (await fetch(`${server.url}/_slotwise/health`)).json();

/** The header with which the edge signs. */
function signature(body, { key = shop.intakeKey, time = Date.now() } = {}) {
  const digest = createHmac("sha256", Buffer.from(key, "base64url")).update(`${time}.`).update(body).digest("hex");
  return { "slotwise-signature": `t=${time},v1=${digest}` };
}

async function start(...more) {
  await server?.stop();
  server = await origin(shop, { more });
}

/** Sends the beginning of a post and returns the status line of the answer. It never ends the post. */
function begun(head, beginning = "") {
  return new Promise((resolve, reject) => {
    const { port } = new URL(server.url);
    const socket = connect(Number(port), "127.0.0.1", () => {
      socket.write(
        `POST /_slotwise/events HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n${head}\r\n\r\n${beginning}`,
      );
    });
    socket.once("data", (data) => {
      resolve(data.toString().split("\r\n", 1)[0]);
      socket.destroy();
    });
    socket.on("error", reject);
    setTimeout(() => reject(new Error("no answer in 5 s")), 5000).unref();
  });
}

test("events of the same machine are taken, unless a proxy stands between", async () => {
  await start();
  assert.equal((await postEvents([view()])).status, 202);
  for (const name of ["x-forwarded-for", "forwarded"]) {
    const refused = await postEvents([view()], { [name]: "192.0.2.7" });
    assert.equal(refused.status, 401);
    assert.match((await refused.json()).error, /not signed/);
  }
  const body = JSON.stringify({ events: [view()] });
  assert.equal((await postText(body, { "x-forwarded-for": "192.0.2.7", ...signature(body) })).status, 202);
  assert.equal(logLines(server.log).length, 2);
});

test("where a signature is asked for, only the edge's is taken", async () => {
  const serve = ["serve", "--published", shop.published, "--public-key", `${shop.key}.public`, "--log", join(shop.folder, "events")];
  const refused = slotwise(...serve, "--accept", "signed", "--listen", "127.0.0.1:0");
  assert.equal(refused.code, 2);
  assert.match(refused.err, /expected --intake-key with the file OUT\.intake/);

  await start("--accept", "signed");
  const body = JSON.stringify({ events: [view()] });
  const status = async (headers) => (await postText(body, headers)).status;
  assert.equal(await status({}), 401);
  assert.equal(await status(signature(body)), 202);
  assert.equal(await status(signature(`${body} `)), 401, "another body");
  assert.equal(await status(signature(body, { key: "A".repeat(43) })), 401, "another key");
  assert.equal(await status(signature(body, { time: Date.now() - 301_000 })), 401, "an old post");
  assert.equal(await status(signature(body, { time: Date.now() + 301_000 })), 401, "a post from the future");
  assert.equal(await status({ "slotwise-signature": "t=1,v1=2" }), 401);
  // Who records a post and sends it again adds nothing.
  const again = await postText(body, signature(body));
  assert.deepEqual(await again.json(), { accepted: 0, repeated: 1, ignored: 0, refused: {} });
  assert.equal(logLines(server.log).length, 1);
});

test("with --accept any, everybody's events are taken", async () => {
  await start("--accept", "any");
  assert.equal((await postEvents([view()], { forwarded: "for=192.0.2.7" })).status, 202);
});

test("another type, another site and a body that is no JSON are refused", async () => {
  await start();
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
    assert.equal((await postEvents([view()], { "content-type": type })).status, 415, type);
  }
  assert.equal((await postEvents([view()], { "content-type": "Application/JSON; charset=utf-8" })).status, 202);
  assert.equal((await postEvents([view()], { "sec-fetch-site": "cross-site" })).status, 403);
  assert.equal((await postEvents([view()], { origin: "https://evil.example" })).status, 403);
  assert.equal((await postEvents([view()], { origin: server.url })).status, 202);
  for (const body of ["", "{}", "[]", '{"events":7}', '{"events":[}']) assert.equal((await postText(body)).status, 400, body);
  assert.equal(logLines(server.log).length, 2);
});

test("a body that is too long is refused unread, and cut where its length is not stated", async () => {
  await start();
  assert.match(await begun("content-length: 100000000"), / 413 /);
  // One byte more than it takes: whoever writes on while the origin hangs up may not get to read the answer.
  const chunk = (length) => `${length.toString(16)}\r\n${" ".repeat(length)}\r\n`;
  assert.match(await begun("transfer-encoding: chunked", chunk(MAX_POST) + chunk(1)), / 413 /);
  const filled = (length) => {
    const body = JSON.stringify({ events: [view()] });
    return body.replace("{", `{${" ".repeat(length - body.length)}`);
  };
  assert.equal((await postText(filled(MAX_POST))).status, 202);
  assert.equal((await postText(filled(MAX_POST + 1))).status, 413);
});

test("what is out of range is counted by reason, and nothing of it stops a training", async () => {
  await start();
  const item = (more) => view({ params: { items: [{ item_id: "1", ...more }] } });
  const answer = await postEvents([
    view({ time_ms: 1e300 }),
    view({ params: { currency: "doubloons" } }),
    item({ price: -1 }),
    item({ price: 1e12 }),
    { name: "page_view" },
    7,
  ]);
  const refused = { currency: 1, price: 2, shape: 1 };
  assert.deepEqual(await answer.json(), { accepted: 1, repeated: 0, ignored: 1, refused });
  const [line] = logLines(server.log).map((text) => JSON.parse(text));
  assert.ok(Math.abs(line.time_ms - Date.now()) < 10_000, "a time that cannot be believed is the origin's");
  const { events } = await health();
  const { day_bytes, ...counts } = events;
  assert.deepEqual(counts, { accepted: 1, repeated: 0, ignored: 1, refused, failed_posts: 0 });
  assert.equal(day_bytes, logLines(server.log).join("\n").length + 1);
  assert.ok(!JSON.stringify(await health()).includes(shop.folder), "no path of the server");
  shop.train(["wasm-tests/golden/clicks.csv", server.log]);
});

test("two origins cannot write one log", async () => {
  await start();
  const second = slotwise(
    ...["serve", "--published", shop.published, "--public-key", `${shop.key}.public`, "--log", server.log],
    ...["--listen", "127.0.0.1:0"],
  );
  assert.equal(second.code, 2);
  assert.match(second.err, /another process writes to this log/);
});
