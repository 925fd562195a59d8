// Decisions end to end, in real workerd and real Chromium: the tour's slots, the holdout, arms, exposures,
// offers and preview links.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch } from "./page.mjs";
import { ask, demoStage, demoStore, edge, Jar, logLines, post, publish, slotwise, smartphones, synced, until, view } from "./stage.mjs";

let shop;
let store;
let worker;
let browser;
let stop;

before(async () => {
  ({ shop, store, worker, browser, stop } = await demoStage({ launch, tour: true }));
});

after(() => stop?.());

const page = (jar, path = "/tour", of = worker, more = {}) => fetch(of.url + path, { headers: jar.headers(more) });
const outsideTemplates = (html) => html.replace(/<template[\s\S]*?<\/template>/g, "");

/** The opening tag and the inside of a slot's element. */
function slot(html, name) {
  const at = html.indexOf(`data-slotwise="${name}"`);
  assert.ok(at > 0, `the page has no slot ${name}`);
  return html.slice(html.lastIndexOf("<", at), html.indexOf("</section>", at));
}
const isPersonalised = (html, name) => /^<[^>]* data-slotwise-personalised/.test(slot(html, name));
const shows = (html, name) => {
  const [, json] = /data-slotwise-shows="([^"]*)"/.exec(slot(html, name)) ?? [];
  return json && JSON.parse(json.replaceAll("&quot;", '"'));
};
const keys = (html, name) => [...slot(html, name).matchAll(/data-key="([^"]*)"/g)].map(([, key]) => key);

async function visitor(ids = smartphones, of = worker) {
  const jar = new Jar();
  for (const id of ids) await post(of.url, jar, [view(id)]);
  return jar;
}

test("before the first event only slots that ask for no evidence change, and a crawler sees none of it", async () => {
  const jar = new Jar();
  const response = jar.take(await page(jar));
  const html = await response.text();
  assert.ok(isPersonalised(html, "tour.trending") && isPersonalised(html, "tour.bestsellers"));
  assert.ok(!isPersonalised(html, "tour.next_item") && !isPersonalised(html, "tour.banner"));
  assert.equal(response.headers.get("cache-control"), "private, no-cache");
  assert.ok(jar.cookies.has("slotwise"), "the page's script goes on with the same visit");
  const own = await (await fetch(`${store.url}/tour`)).text();
  const bot = { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" };
  assert.equal(await (await page(new Jar(), "/tour", worker, bot)).text(), own);
  const refusing = await page(new Jar(), "/tour", worker, { "sec-gpc": "1" });
  const shown = await refusing.text();
  assert.ok(isPersonalised(shown, "tour.trending") && !isPersonalised(shown, "tour.next_item"), "by the request alone");
  assert.equal(refusing.headers.get("set-cookie"), null);
});

test("every slot of the plan is marked in a page of the shop", async () => {
  const files = [];
  for (const [name, path] of Object.entries({
    home: "/",
    tour: "/tour",
    cart: "/cart",
    category: "/category/computers.notebook",
    aisle: "/category/electronics",
    search: "/search?q=samsung",
    product: "/product/1004856",
  })) {
    const file = join(shop.folder, `${name}.html`);
    writeFileSync(file, await (await fetch(store.url + path)).text());
    files.push(file);
  }
  const check = slotwise("check", "www/plan.json", "--published", shop.published, "--pages", ...files);
  assert.equal(check.code, 0, check.err);
  assert.match(check.out, /37 slots, 2 of them in experiments, 5 % of the visits held out, no mistakes/);
  assert.equal(slotwise("check", "www/plan.json", "--pages", ...files.slice(1)).code, 2);
});

test("every strategy that the log supports fills its shelf, and no product is on the page twice", async () => {
  const jar = await visitor([...smartphones, "1004767"]);
  const search = { name: "view_search_results", params: { items: [{ item_id: "4804056", item_category: "electronics.audio.headphone" }] } };
  await post(worker.url, jar, [search]);
  const response = await page(jar);
  const html = await response.text();
  for (const name of ["next_item", "also_viewed", "similar_items", "recently_viewed", "recommended_for_you", "trending"]) {
    assert.ok(isPersonalised(html, `tour.${name}`), name);
  }
  for (const name of ["new_arrivals", "bestsellers", "category_bestsellers", "back_to_search", "adjacent_categories", "shares"]) {
    assert.ok(isPersonalised(html, `tour.${name}`), name);
  }
  const marked = [...html.matchAll(/data-slotwise="(tour\.[a-z_]+)"/g)].map(([, name]) => name);
  const filled = marked.filter((name) => isPersonalised(html, name));
  const rows = filled.filter((name) => slot(html, name).includes("data-card"));
  assert.ok(rows.length >= 11, rows.join(" "));
  const items = rows.flatMap((name) => [...outsideTemplates(slot(html, name)).matchAll(/<article[^>]*data-item="([^"]+)"/g)]);
  const ids = items.map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length, "a product is on the page twice");
  const seen = [...outsideTemplates(slot(html, "tour.recently_viewed")).matchAll(/<article[^>]*data-item="([^"]+)"/g)].map(([, id]) => id);
  assert.ok(seen.length >= 2);
  assert.deepEqual(
    ids.filter((id) => smartphones.includes(id) && !seen.includes(id)),
    ["1004833"],
    "only the pinned one is seen again",
  );
  const best = outsideTemplates(slot(html, "tour.bestsellers"));
  assert.equal([...best.matchAll(/<article[^>]*data-item="([^"]+)"/g)][1][1], "1004833", "the pinned product has the second place");
  assert.match(html, /data-because="tour.back_to_search"[^>]*>Back to your search: headphone</);
  assert.match(html, /data-because="tour.new_arrivals"[^>]*>New on our shelves</);
  assert.match(
    response.headers.get("slotwise"),
    /^snapshot=[0-9a-f]{12}, visit=treated, evidence=\d+, tour\.offer=(none|offer), tour\.shares=(even|diverse)$/,
  );
});

test("what the shop shows is put in order, and nothing of it is lost", async () => {
  const own = await (await fetch(`${store.url}/tour`)).text();
  const jar = await visitor(["1004856", "1801881"]);
  const html = await (await page(jar)).text();
  assert.ok(isPersonalised(html, "tour.ranked"));
  for (const name of ["tour.ranked", "tour.aisles"]) {
    assert.deepEqual([...keys(html, name)].sort(), [...keys(own, name)].sort(), name);
  }
  assert.notDeepEqual(keys(html, "tour.ranked"), keys(own, "tour.ranked"));
  const child = (text, key) => new RegExp(`<article[^>]*data-key="${key}"[\\s\\S]*?</article>`).exec(text)[0].replace(/\s+/g, " ");
  for (const key of keys(own, "tour.ranked")) assert.equal(child(html, key), child(own, key), `the card of ${key}`);
});

test("a holdout gets the shop's own content, and edge and browser draw the same without talking", async () => {
  const half = publish({ tour: true, holdout: 0.5 });
  const server = await demoStore(half);
  const host = await edge(half, server);
  await synced(host);
  const context = await browser.newContext();
  try {
    const groups = { holdout: 0, treated: 0 };
    const arms = new Set();
    for (let n = 0; n < 24; n++) {
      await context.clearCookies();
      const tab = await context.newPage();
      const hour = new Date().getUTCHours();
      const answer = await tab.goto(`${host.url}/tour?utm_campaign=c${n}`);
      const told = answer.headers().slotwise;
      const html = await answer.text();
      await tab.waitForFunction(() => globalThis.slotwise?.snapshot);
      const inPage = await tab.evaluate(async () => ({
        heldOut: (await globalThis.slotwise.explain()).session.held_out,
        arms: globalThis.slotwise.decide().map(({ slot, arm }) => [slot, arm]),
        chances: globalThis.slotwise.decide().map(({ slot, propensity }) => [slot, propensity]),
        seeds: [...document.querySelectorAll("[data-slotwise-shows]")].map((slot) => JSON.parse(slot.dataset.slotwiseShows).seed),
      }));
      await tab.close();
      // An arm of the tour is drawn by the hour: a visit across two hours is made again.
      if (new Date().getUTCHours() !== hour) {
        n--;
        continue;
      }
      const group = /visit=(\w+)/.exec(told)[1];
      groups[group] += 1;
      assert.equal(inPage.heldOut, group === "holdout");
      const [of, chanceOf] = [inPage.arms, inPage.chances].map((pairs) => Object.fromEntries(pairs));
      const { seed } = shows(html, "tour.trending");
      assert.ok(Number.isInteger(seed) && seed >= 0 && seed < 65_536, `${seed}`);
      assert.deepEqual(new Set(inPage.seeds), new Set([seed]), "edge and page draw with one key");
      for (const [, name, arm] of told.matchAll(/(tour\.\w+)=(\w+)/g)) {
        if (group === "treated") assert.equal(of[name], arm, `${name} in visit ${n}`);
        arms.add(`${name}=${arm}`);
      }
      if (group === "holdout") {
        assert.doesNotMatch(html, /data-slotwise-personalised/);
        assert.deepEqual([shows(html, "tour.trending").arm, chanceOf["tour.trending"]], ["holdout", 5000]);
        assert.ok(inPage.arms.every(([, arm]) => arm === "holdout"));
      } else {
        assert.equal(shows(html, "tour.offer").arm, of["tour.offer"]);
        if (of["tour.offer"] !== "none") assert.equal(chanceOf["tour.offer"], 2498);
      }
    }
    assert.ok(groups.holdout > 3 && groups.treated > 3, JSON.stringify(groups));
    assert.ok(arms.has("tour.offer=none") && arms.has("tour.offer=offer"), [...arms].join(" "));
  } finally {
    await context.close();
    await host.stop();
    await server.stop();
    half.remove();
  }
});

test("a slot counts once it was seen, not before, and the report tells of it", async () => {
  const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
  const tab = await context.newPage();
  const sent = [];
  tab.on("request", (request) => {
    if (request.url().endsWith("/_slotwise/events")) sent.push(...JSON.parse(request.postData()).events);
  });
  const exposures = () => sent.filter(({ name }) => name === "slot_exposure").map(({ params }) => params.exposure);
  const logged = logLines(store.log).length;
  // A page that is prerendered is hidden until somebody goes there.
  await tab.addInitScript(() => {
    let state = "hidden";
    Object.defineProperty(document, "visibilityState", { get: () => state, configurable: true });
    globalThis.goThere = () => {
      state = "visible";
      document.dispatchEvent(new Event("visibilitychange"));
    };
  });
  await tab.goto(`${worker.url}/tour`);
  await tab.waitForFunction(() => globalThis.slotwise?.snapshot);
  const names = () => exposures().map(({ slot }) => slot);
  await tab.waitForTimeout(1600);
  assert.deepEqual(names(), [], "a page that nobody looks at shows nothing to anyone");
  await tab.evaluate(() => globalThis.goThere());
  await tab.evaluate(() => document.querySelector("#trending").scrollIntoView());
  await until("an exposure", () => names().includes("tour.trending"));
  assert.ok(!names().includes("tour.ranked"), "what is below the fold was not seen");
  await tab.evaluate(() => scrollTo(0, 0));
  await tab.evaluate(() => document.querySelector("#trending").scrollIntoView());
  await tab.waitForTimeout(1400);
  assert.equal(names().filter((name) => name === "tour.trending").length, 1, "once a page");
  const [seen] = exposures().filter(({ slot }) => slot === "tour.trending");
  const { snapshot } = shop.manifest().current;
  const { seed, ...rest } = seen;
  assert.deepEqual(rest, { slot: "tour.trending", arm: "model", choice: "", personalised: true, snapshot });
  assert.ok(Number.isInteger(seed), `${seed}`);
  for (const event of sent) assert.doesNotMatch(JSON.stringify(event), /cookie|agent|127\.0\.0\.1/i);
  await until("the log", () => logLines(store.log).slice(logged).join().includes("tour.trending"));
  await tab.goto(`${worker.url}/product/1004856`);
  await until("the look", () => logLines(store.log).slice(logged).join().includes("view_item"));
  const report = slotwise("report", "--events", store.log, "--published", shop.published);
  assert.equal(report.code, 0, report.err);
  assert.match(report.out, /tour\.trending: seen in \d+ visits\n {2}model/);
  assert.doesNotMatch(report.out, /did not draw|cannot show|without the bucketing key/, "the trainer draws what the hosts drew");
  await context.close();
});

test("what a slot may be shown for is counted over the visit: after the third page it is the shop's own again", async () => {
  const jar = await visitor();
  const read = async () => (await page(jar)).text();
  for (let times = 0; times < 3; times++) {
    const html = await read();
    assert.ok(isPersonalised(html, "tour.banner"), `page ${times}`);
    await post(worker.url, jar, [{ name: "slot_exposure", params: { exposure: shows(html, "tour.banner") } }]);
  }
  const html = await read();
  assert.ok(!isPersonalised(html, "tour.banner") && isPersonalised(html, "tour.next_item"));
});

test("a signed preview link forces what it says at the edge and in the browser, and never counts", async () => {
  const words = ["preview", "--published", shop.published, "--show", "tour.banner=home", "--show", "tour.offer=free_delivery"];
  const link = (...more) => slotwise(...words, "--key", `${shop.key}.secret`, ...more);
  const made = link("--link", `${worker.url}/tour?a=b`, "--arm", "tour.shares=diverse");
  assert.equal(made.code, 0, made.err);
  const url = new URL(made.out.trim());
  assert.equal(url.searchParams.get("a"), "b");
  const response = await fetch(url, { headers: new Jar().headers() });
  const html = await response.text();
  assert.match(outsideTemplates(slot(html, "tour.banner")), /data-variant="home"/);
  assert.match(outsideTemplates(slot(html, "tour.offer")), /data-variant="free_delivery"/);
  assert.doesNotMatch(html, /data-slotwise-shows/, "nothing of a preview can be counted");
  assert.equal(response.headers.get("set-cookie"), null);
  const told = response.headers.get("slotwise-decisions");
  for (const line of ["tour.banner (model) shows home", "tour.offer (", "tour.shares (diverse)"]) assert.ok(told.includes(line), told);
  for (const [, score, parts] of told.matchAll(/score (-?\d+) =((?: \w+[+-]\d+)+)/g)) {
    const sum = [...parts.matchAll(/[+-]\d+/g)].reduce((all, [part]) => all + Number(part), 0);
    assert.equal(sum, Number(score), parts);
  }

  // Not signed by the shop, changed on the way, or too old: the page is as for anyone.
  const value = url.searchParams.get("slotwise_preview");
  const old = new URL(link("--link", `${worker.url}/tour`, "--at", "1700000000").out.trim());
  for (const bad of [`${value.slice(0, -4)}AAAA`, "AAAA", old.searchParams.get("slotwise_preview")]) {
    const answer = await fetch(`${worker.url}/tour?slotwise_preview=${bad}`, { headers: new Jar().headers() });
    assert.match(answer.headers.get("slotwise-preview"), /expired, or was not signed/);
    assert.ok(!isPersonalised(await answer.text(), "tour.banner"));
  }

  // The same link without an edge: the browser decides.
  const context = await browser.newContext();
  const tab = await context.newPage();
  const sent = [];
  tab.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  await tab.goto(`${store.url}/tour${url.search}`);
  await tab.waitForFunction(() => document.querySelector('[data-slotwise="tour.banner"] > [data-variant="home"]:not(template)'));
  await tab.evaluate(() => document.querySelector("#banner").scrollIntoView());
  await tab.waitForTimeout(1500);
  const explained = await tab.evaluate(() => globalThis.slotwise.explain());
  assert.ok(explained.preview && explained.seen === 0);
  assert.deepEqual(sent, []);
  assert.deepEqual(await context.cookies(), []);
  await context.close();

  const wrong = slotwise(...words.slice(0, 3), "--show", "tour.baner=home");
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /no slot "tour\.baner", expected one of .*tour\.banner/);
});

test("a stored session can be looked at through a preview link", async () => {
  const jar = await visitor();
  const token = jar.cookies.get("slotwise");
  const made = slotwise(
    "preview",
    "--published",
    shop.published,
    "--session",
    token,
    "--link",
    `${worker.url}/tour`,
    "--key",
    `${shop.key}.secret`,
  );
  const html = await (await fetch(made.out.trim(), { headers: new Jar().headers() })).text();
  assert.ok(isPersonalised(html, "tour.recently_viewed"));
  const told = slotwise("preview", "--published", shop.published, "--session", token, "--slot", "tour.recently_viewed");
  assert.match(told.out, /tour\.recently_viewed \(fill, arm model/);
  assert.match(told.out, /says {5}"You looked at these"/);
});

test("the page ranks a list of the shop's own by relevance, in the browser and at the edge alike", async () => {
  const ids = ["1801881", "1004856", "1004767", "nobody-knows", "4804056"];
  const jar = await visitor(["1004833", "1004249"]);
  const { relevance } = await (await ask(worker.url, { token: jar.cookies.get("slotwise"), rank: ids })).json();
  assert.equal(relevance[3], 0);
  assert.ok(relevance[1] > relevance[0], relevance.join(" "));
  const context = await browser.newContext();
  await context.addCookies([{ name: "slotwise", value: jar.cookies.get("slotwise"), url: worker.url }]);
  const tab = await context.newPage();
  await tab.goto(`${worker.url}/cart`);
  await tab.waitForFunction(() => globalThis.slotwise?.snapshot);
  const ranked = () =>
    tab.evaluate((ids) => {
      const ranked = globalThis.slotwise.rank(ids);
      return ids.map((id) => ranked.get(id));
    }, ids);
  // What the browser does not know yet, it fetches: the edge had no reason to send these products along.
  // The cart page told of itself meanwhile: a look at the cart moves no product.
  await until("the cards of what was ranked", async () => (await ranked()).join() === relevance.join());
  await context.close();
});
