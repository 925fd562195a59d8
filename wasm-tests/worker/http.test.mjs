// What is no page passes as the store sent it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { begin, visitor } from "./stage.mjs";

let stage;
let host;
let warm;

before(async () => {
  stage = await begin();
  host = await stage.worker();
  warm = await visitor(host);
});

after(() => stage?.stop());

const get = (path, more = {}, options = {}) => fetch(host.url + path, { redirect: "manual", headers: warm.headers(more), ...options });

test("redirects and several cookies pass one by one, and untouched", async () => {
  stage.store.answers["/moved"] = (_, response) => {
    response.appendHeader("set-cookie", ["a=1; Path=/", "b=2, with a comma; Path=/", "c=3; Expires=Wed, 21 Oct 2037 07:28:00 GMT"]);
    response.writeHead(302, { location: "/there?slotwise=kept#part" }).end();
  };
  const answer = await get("/moved");
  assert.equal(answer.status, 302);
  assert.equal(answer.headers.get("location"), "/there?slotwise=kept#part");
  assert.deepEqual(answer.headers.getSetCookie(), [
    "a=1; Path=/",
    "b=2, with a comma; Path=/",
    "c=3; Expires=Wed, 21 Oct 2037 07:28:00 GMT",
  ]);
});
