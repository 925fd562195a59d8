// Runs one spec in every browser that is there.

import { after, before, describe, test } from "node:test";
import { BROWSERS } from "./drivers.mjs";
import { stage } from "./shop.mjs";

/**
 * `define` gets the browser's name and `tools`, which hold the stage once tests run, and `visit`: a tab of a new visitor, with
 * `another` for more tabs of the same one. A tab is closed after its test.
 */
export function inEveryBrowser(define) {
  const tools = {};
  before(async () => Object.assign(tools, await stage()));
  after(() => tools.stop?.());
  for (const { name, missing, open } of BROWSERS) {
    if (missing) {
      test(name, { skip: missing }, () => {});
      continue;
    }
    describe(name, () => {
      let browser;
      before(async () => {
        browser = await open();
        console.log(browser.version);
      });
      after(() => browser?.close());
      const visit = async (t) => {
        const visitor = await browser.visitor();
        t.after(() => visitor.leave().catch(() => {}));
        const tab = await visitor.tab();
        return Object.assign(tab, { another: () => visitor.tab() });
      };
      define(name, visit, tools);
    });
  }
}
