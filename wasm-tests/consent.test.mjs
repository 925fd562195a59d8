// Consent and cookies as the browser's script reads them: the cases that consent.rs asks the edge's code.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const cases = JSON.parse(readFileSync(new URL("consent.json", import.meta.url), "utf8"));
const page = { cookie: "" };
const browser = { globalPrivacyControl: false };
for (const [name, value] of Object.entries({ document: page, navigator: browser, location: { protocol: "https:" } })) {
  Object.defineProperty(globalThis, name, { value, configurable: true });
}
const { allows, consentState, keepToken, token } = await import("../js/dist/memory.js");

test("the browser reads consent and cookies as the edge does", () => {
  for (const { cookies, private: gpc, mode, answer, allowed, token: kept } of cases) {
    page.cookie = cookies;
    browser.globalPrivacyControl = gpc;
    const found = { answer: consentState(), allowed: allows(mode === "implied"), token: token() ?? null };
    assert.deepEqual(found, { answer, allowed, token: kept }, `${cookies} where consent is ${mode}`);
  }
});

test("the browser writes the session's cookie as the edge does", () => {
  keepToken("x.y");
  assert.equal(page.cookie, "slotwise=x.y; Path=/; Max-Age=1800; SameSite=Lax; Secure");
});
