// The loop from events to better pages, from a cold start: no snapshot, no log. Shoppers are simulated and their tastes known;
// everything else is the real thing, each in a process of its own.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { figure } from "../figures.mjs";
import { binary, edge, freePort, health, originWords, synced, until } from "../stage.mjs";
import { open, PLAN, writeCatalogue } from "./shop.mjs";

let folder;
let store;
let own;
let worker;
let next = 0;

const at = (name) => join(folder, name);

/** Runs the program beside this process, which has the store in it. Returns what it printed. */
async function run(...words) {
  const child = spawn(binary, words, { stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  assert.equal(code, 0, `slotwise ${words[0]}: ${out}${err}`);
  return out;
}

/** So many simulated visits. Returns what they did by arm, which is the truth. */
async function shoppers(visits, more = []) {
  const words = ["--edge", worker.url, "--catalogue", at("products.csv"), "--visits", String(visits), "--first", String(next)];
  await run("simulate", ...words, "--seed", "11", "--speed", "100000", "--at-once", "16", "--truth", at("truth.json"), ...more);
  next += visits;
  return JSON.parse(readFileSync(at("truth.json"), "utf8")).arms;
}

/** One turn of the loop; waits until the Worker has what was published. */
async function learn() {
  const words = ["--log", own.log, "--site", at("published"), "--key", at("key.secret"), "--plan", at("plan.json")];
  const said = await run("learn", "--once", "--minimum", "200", "--catalogue", at("products.csv"), ...words);
  const published = /publishing the candidate done: snapshot (\w{12})/.exec(said)?.[1];
  if (published) await until("the Worker to have it", async () => (await health(worker)).snapshot?.startsWith(published), 30);
  return said;
}

/** Mean and standard error of a visit's revenue. */
function revenue({ visits, revenue, revenue_squares }) {
  const mean = revenue / visits;
  return { mean, error: Math.sqrt((revenue_squares / visits - mean * mean) / visits) };
}

/** How many standard errors one mean is above another. */
const above = (one, other) => (one.mean - other.mean) / Math.hypot(one.error, other.error);

/** Revenue of a visit, treated and held out. */
function earned(t, arms, id, what) {
  const [treated, holdout] = [revenue(arms.treated), revenue(arms.holdout)];
  figure(t, `${id}_treated`, treated.mean.toFixed(3), "USD", `${what}: revenue per simulated visit, treated`);
  figure(t, `${id}_holdout`, holdout.mean.toFixed(3), "USD", `${what}: revenue per simulated visit, held out`);
  return { treated, holdout };
}

/** The origin of a shop that has published nothing yet: it takes events, and says 503 of its health. */
async function coldOrigin() {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const log = at("events");
  const words = originWords({ key: at("key"), published: at("published") }, port, log);
  const child = spawn(binary, words, { stdio: ["ignore", "ignore", "inherit"] });
  await until("the origin", async () => (await fetch(`${url}/_slotwise/health`)).status === 503);
  return { url, log, stop: () => child.kill("SIGKILL") };
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "slotwise-loop-"));
  mkdirSync(at("published"));
  writeFileSync(at("plan.json"), JSON.stringify(PLAN));
  writeCatalogue(at("products.csv"));
  await run("keygen", "--out", at("key"));
  store = await open();
  const key = (name) => readFileSync(at(`key.${name}`), "utf8").trim();
  own = await coldOrigin();
  worker = await edge({ publicKey: key("public"), intakeKey: key("intake") }, { url: store.url, origin: own.url });
});

after(async () => {
  await worker?.stop();
  await own?.stop();
  store?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("from a cold start, treated visits come to earn more than held-out ones, and the report finds it", async (t) => {
  const cold = await shoppers(2000);
  assert.equal(cold.none.visits, 2000, "without a snapshot nobody is treated");
  assert.match(await learn(), /\d{4} simulated visits, no people[\s\S]*for all visits/);
  await synced(worker);
  await shoppers(3000);
  assert.match(await learn(), /passes: not worse|waits/);
  const { treated, holdout } = earned(t, await shoppers(6000), "loop_learned", "after two turns");
  assert.ok(above(treated, holdout) > 3, `treated visits earn ${above(treated, holdout)} standard errors more`);
  const report = await run("report", "--json", "--events", own.log, "--published", at("published"));
  const { answer, overall, simulated_visits: simulated } = JSON.parse(report);
  assert.ok(simulated > 0 && answer.startsWith("Simulated: "), answer);
  const whole = overall.comparisons.find(({ metric, group }) => metric === "revenue" && group === "");
  t.diagnostic(`revenue per visit beyond the holdout's: ${JSON.stringify(whole.difference)}`);
  assert.ok(whole.difference.low > 0, JSON.stringify(whole));
});

test("when tastes are switched, drift is flagged, and the loop recovers", async (t) => {
  await learn();
  const switched = ["--switch-at", String(next)];
  const stale = earned(t, await shoppers(12_000, switched), "loop_switched", "tastes just switched");
  assert.match(await learn(), /drift: [^\n]*categories looked at/);
  await shoppers(12_000, switched);
  await learn();
  const fresh = earned(t, await shoppers(12_000, switched), "loop_recovered", "after another two turns");
  const [lost, recovered] = [above(stale.treated, stale.holdout), above(fresh.treated, fresh.holdout)];
  assert.ok(recovered > 3, `treated visits earn ${recovered} standard errors more, ${lost} before`);
  const better = above(fresh.treated, stale.treated);
  t.diagnostic(`standard errors above what was learned before the switch: ${better.toFixed(2)}`);
  assert.ok(better > 1.64, `treated visits earn ${better} standard errors more than with what was learned before the switch`);
});
