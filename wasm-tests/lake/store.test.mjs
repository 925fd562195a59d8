// The event lake in an object store: the program against a real S3 server, killed in the middle, twice at once, and read back.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { s3, WITHOUT } from "../moto.mjs";
import { build, closed, dayName, folder, lines, ok, open, parts, program, published, run, trained } from "./stage.mjs";

const DAYS = 4;
let shop;
let log;
let site;
let server;
let expected;
let temporary;

before(async () => {
  server = await s3();
  if (!server) return;
  Object.assign(process.env, server.env);
  build();
  shop = folder();
  temporary = shop.at("tmp");
  mkdirSync(temporary);
  process.env.TMPDIR = temporary;
  log = shop.at("log");
  site = published(shop);
  for (let day = 0; day < DAYS - 1; day++) closed(log, day, lines(day));
  open(log, DAYS - 1, lines(DAYS - 1));
  expected = trained(log).bytes;
});

after(() => {
  server?.stop();
  shop?.remove();
});

/** A test that needs the server. */
const stored = (name, body) => test(name, (context) => (server ? body(context) : context.skip(WITHOUT)));

const lakeOf = (name) => {
  const lake = `s3://bucket/${name}`;
  ok("compact", "--log", log, "--lake", lake);
  return lake;
};

/** Folders of downloads that are there now. */
const held = () => readdirSync(temporary).filter((name) => name.startsWith("slotwise-fetched-"));

/** Puts a file beside the parts of a store. */
const put = async (path, bytes) => assert.ok((await server.ask(path, { method: "PUT", body: bytes })).ok);

stored("a store, a folder and the log train the same bytes, and compacting again changes nothing", async () => {
  const lake = lakeOf("same/deep");
  const here = shop.at("here");
  ok("compact", "--log", log, "--lake", here);
  assert.ok(trained(lake).bytes.equals(expected));
  assert.ok(trained(here).bytes.equals(expected));
  const before = await server.names("same/");
  assert.deepEqual(
    before,
    [0, 1, 2, 3].map((day) => `same/deep/day=${dayName(day)}/part-00000000.parquet`),
  );
  assert.match(ok("compact", "--log", log, "--lake", `${lake}/`), /^0 events of 0 days added$/m);
  assert.deepEqual(await server.names("same/"), before);
  assert.deepEqual(held(), []);
});

stored("everything that takes a log takes a store, and one of its days", async () => {
  const lake = lakeOf("taken");
  const whole = ok("report", "--events", lake, "--published", site);
  assert.equal(whole, ok("report", "--events", log, "--published", site));
  const evaluated = (events) => /\d+ sessions, .* tests/.exec(ok("evaluate", "next", "--events", events))[0];
  assert.equal(evaluated(lake), evaluated(log));
  assert.match(trained(`${lake}/day=${dayName(1)}`).said, new RegExp(`${lines(1).length} rows`));
  ok("keygen", "--out", shop.at("learner"));
  const learn = (...more) => {
    const words = ["--site", shop.at(`learned${more.length}`), "--key", shop.at("learner.secret"), "--minimum", "20", "--rounds", "0"];
    return ok("learn", "--once", "--log", lake, ...words, ...more);
  };
  const visits = (said) => Number(/: (\d+) visits/.exec(said)[1]);
  const [all, two] = [visits(learn()), visits(learn("--days", "2"))];
  assert.ok(two > all * 0.4 && two < all * 0.6, `${two} of ${all} visits are in two of four days`);
  assert.deepEqual(held(), []);
});

stored("late events are in a further part, a closed day is one part, and what a crash has left counts nothing twice", async () => {
  const lake = "s3://bucket/late";
  const growing = shop.at("growing");
  const all = lines(0);
  const day = `late/day=${dayName(0)}`;
  open(growing, 0, all.slice(0, 100));
  ok("compact", "--log", growing, "--lake", lake);
  open(growing, 0, all.slice(0, 300));
  assert.match(ok("compact", "--log", growing, "--lake", lake), /200 events added, 100 there already\n/);
  assert.deepEqual(
    await server.names("late/"),
    [0, 1].map((number) => `${day}/part-0000000${number}.parquet`),
  );
  const old = Buffer.from(await (await server.ask(`${day}/part-00000001.parquet`)).arrayBuffer());
  rmSync(join(growing, `${dayName(0)}.jsonl`));
  closed(growing, 0, all);
  ok("compact", "--log", growing, "--lake", lake);
  assert.deepEqual(await server.names("late/"), [`${day}/part-00000002.parquet`]);
  // A crash has left a part that the newest one names; a writer that slept has put one of which the newest does not know.
  await put(`${day}/part-00000001.parquet`, old);
  await put(`${day}/part-late.parquet`, old);
  const { said, bytes } = trained(lake);
  assert.match(said, new RegExp(`${all.length} rows`));
  assert.ok(bytes.equals(trained(growing).bytes));
  ok("compact", "--log", growing, "--lake", lake);
  assert.deepEqual(await server.names("late/"), [`${day}/part-00000002.parquet`]);
});

stored("a kill at any moment loses nothing, and the next run leaves nothing behind", async (context) => {
  const lake = "s3://bucket/killed";
  const began = Date.now();
  lakeOf("whole");
  const whole = Date.now() - began;
  let killed = 0;
  for (let round = 0; round < 25; round++) {
    const child = spawn(program, ["compact", "--log", log, "--lake", lake], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.on("close", (_, signal) => resolve(signal)));
    await sleep((whole * round) / 20);
    child.kill("SIGKILL");
    killed += (await ended) === "SIGKILL" ? 1 : 0;
    if ((await server.names("killed/")).length === 0) continue;
    const { status, stderr } = run("report", "--events", lake, "--published", site);
    assert.equal(status, 0, stderr);
  }
  assert.ok(killed > 3, `${killed} processes were killed in time`);
  context.diagnostic(`${killed} of 25 were killed at work`);
  ok("compact", "--log", log, "--lake", lake);
  assert.ok(trained(lake).bytes.equals(expected));
  assert.equal((await server.names("killed/")).length, DAYS);
  assert.deepEqual(held(), []);
});

stored("of many writers at once each adds its events or is told, and no event is lost or there twice", async () => {
  const lake = "s3://bucket/race";
  const one = () =>
    new Promise((resolve) => {
      let said = "";
      const child = spawn(program, ["compact", "--log", log, "--lake", lake], { stdio: ["ignore", "ignore", "pipe"] });
      child.stderr.on("data", (data) => (said += data));
      child.once("close", (code) => resolve({ code, said }));
    });
  const all = await Promise.all(Array.from({ length: 6 }, one));
  for (const { code, said } of all) if (code !== 0) assert.match(said, /another process writes to this lake/);
  ok("compact", "--log", log, "--lake", lake);
  assert.ok(trained(lake).bytes.equals(expected));
});

stored("days that are too old are dropped whole, and an interrupted drop is finished", async () => {
  const lake = lakeOf("kept");
  const age = Math.ceil((Date.now() - Date.parse(dayName(2))) / 86_400_000) - 1;
  const keep = () => ok("compact", "--log", log, "--lake", lake, "--keep", `${age}d`);
  assert.match(keep(), /2 days dropped/);
  const left = [2, 3].map((day) => `kept/day=${dayName(day)}/part-00000000.parquet`);
  assert.deepEqual(await server.names("kept/day"), left);
  assert.match(keep(), /^0 events of 0 days added\n0 days dropped/);
  const journal = await (await server.ask("kept/_journal.jsonl")).text();
  assert.match(journal, /^\{[^\n]*"rule":"keep \d+ days"[^\n]*\}\n$/);
  const again = lakeOf("dropping");
  for (let kills = 0; kills < 10; kills++) {
    const child = spawn(program, ["compact", "--lake", again, "--keep", `${age}d`], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.on("close", resolve));
    await sleep(20 + kills * 15);
    child.kill("SIGKILL");
    await ended;
    const { said } = trained(again);
    const rows = Number(/(\d+) rows/.exec(said)[1]);
    const possible = [0, 1, 2].map((gone) => [0, 1, 2, 3].slice(gone).reduce((sum, day) => sum + lines(day).length, 0));
    assert.ok(possible.includes(rows), `${rows} rows are no whole days: ${possible}`);
  }
  ok("compact", "--lake", again, "--keep", `${age}d`);
  assert.equal((await server.names("dropping/day")).length, 2);
});

stored("what is erased is gone from every object, stays gone, and the journal does not say whose it was", async () => {
  const lake = lakeOf("erased");
  const erased = (rule, pattern) => assert.match(ok("compact", "--lake", lake, "--erase", rule), pattern);
  const all = [0, 1, 2, 3].flatMap((day) => lines(day)).map((line) => JSON.parse(line));
  const users = all.filter((event) => event.user === "u3").length;
  erased("user=u3", new RegExp(`^${users} events of \\d days erased$`, "m"));
  erased("user=u3", /^0 events of 0 days/m);
  erased("event=e1-0", /^1 events of 1 days/m);
  const chained = JSON.parse(lines(2).find((line) => line.includes('"chain"'))).chain[1];
  erased(`visit=${chained}`, /^[3-9] events of 1 days/m);
  const journal = await (await server.ask("erased/_journal.jsonl")).text();
  assert.equal(journal.trim().split("\n").length, 4);
  assert.doesNotMatch(journal, new RegExp(`u3|e1-0|${chained}`));
  const more = shop.at("more");
  for (let day = 0; day < DAYS; day++) open(more, day, lines(day).concat(['{"name":"view_item","time_ms":1790000000000}']));
  assert.match(ok("compact", "--log", more, "--lake", lake), /^4 events of 4 days added$/m);
  erased("user=u3", /^0 events/m);
  // The same rules on a folder leave the same events.
  const here = shop.at("erased");
  ok("compact", "--log", log, "--lake", here);
  for (const rule of ["user=u3", "event=e1-0", `visit=${chained}`]) ok("compact", "--lake", here, "--erase", rule);
  ok("compact", "--log", more, "--lake", here);
  assert.ok(trained(lake).bytes.equals(trained(here).bytes));
});

stored("a folder that was copied into a store is a lake there, and goes on being one", async () => {
  const here = shop.at("copied");
  const growing = shop.at("grown");
  open(growing, 0, lines(0).slice(0, 200));
  ok("compact", "--log", growing, "--lake", here);
  for (const name of parts(here)) await put(`copied/${name}`, readFileSync(join(here, name)));
  const lake = "s3://bucket/copied";
  assert.match(ok("compact", "--log", growing, "--lake", lake), /^0 events of 0 days added$/m);
  open(growing, 0, lines(0));
  ok("compact", "--log", growing, "--lake", lake);
  assert.ok(trained(lake).bytes.equals(trained(growing).bytes));
  assert.equal((await server.names("copied/")).length, 2);
});

stored("a reader holds two days at most on this machine, and a killed one leaves nothing for long", async () => {
  const many = shop.at("many");
  for (let day = 0; day < 12; day++) closed(many, day, lines(day));
  const lake = "s3://bucket/many";
  ok("compact", "--log", many, "--lake", lake);
  const reader = () => spawn(program, ["report", "--events", lake, "--published", site], { stdio: "ignore" });
  const child = reader();
  const ended = new Promise((resolve) => child.on("close", resolve));
  let most = 0;
  while (child.exitCode === null) {
    most = Math.max(most, held().length);
    await sleep(1);
  }
  assert.equal(await ended, 0);
  assert.ok(most >= 1 && most <= 2, `${most} days at once`);
  const killed = reader();
  const gone = new Promise((resolve) => killed.on("close", resolve));
  while (held().length === 0) await sleep(1);
  killed.kill("SIGKILL");
  await gone;
  assert.notDeepEqual(held(), []);
  ok("report", "--events", lake, "--published", site);
  assert.deepEqual(held(), []);
});

stored("what cannot be read is refused with its address and a word", async () => {
  const refused = (words, pattern) => {
    const { status, stderr } = run(...words);
    assert.equal(status, 2, stderr);
    assert.match(stderr, pattern);
  };
  refused(["report", "--events", "s3://bucket/nothing", "--published", site], /s3:\/\/bucket\/nothing: no day=DATE below/);
  refused(["report", "--events", "s3://absent/lake", "--published", site], /s3:\/\/absent\/lake/);
  refused(["compact", "--log", log, "--lake", "ftp://host/lake"], /ftp:\/\/host\/lake/);
  const lake = lakeOf("broken");
  const name = `broken/day=${dayName(1)}/part-00000000.parquet`;
  await put(name, readFileSync(join(log, `${dayName(3)}.jsonl`)));
  refused(["report", "--events", lake, "--published", site], new RegExp(`s3://bucket/${name}: no footer`));
  refused(["compact", "--lake", lake, "--erase", "user=u3"], new RegExp(`s3://bucket/${name}: no footer`));
  assert.deepEqual(held(), []);
});
