// The event lake: the program with the feature `lake` compacts real files, is killed in the middle, and trains from what is
// left.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { build, closed, dayName, folder, lines, ok, open, parts, program, published, run, trained } from "./stage.mjs";

const DAYS = 4;
let shop;
let log;
let expected;
let site;

before(() => {
  build();
  shop = folder();
  log = shop.at("log");
  site = published(shop);
  for (let day = 0; day < DAYS - 1; day++) closed(log, day, lines(day));
  open(log, DAYS - 1, lines(DAYS - 1));
  expected = trained(log).bytes;
});

after(() => shop?.remove());

const lakeOf = (name) => {
  const lake = shop.at(name);
  ok("compact", "--log", log, "--lake", lake);
  return lake;
};

test("training from the lake gives the same bytes as training from the log", () => {
  const lake = lakeOf("same");
  const { bytes, said } = trained(lake);
  assert.match(said, /Parquet/);
  assert.ok(bytes.equals(expected));
  assert.deepEqual(
    readdirSync(lake)
      .filter((name) => name.startsWith("day="))
      .sort(),
    [0, 1, 2, 3].map((day) => `day=${dayName(day)}`),
  );
});

test("compacting again changes nothing, also from another copy of the same days", () => {
  const lake = lakeOf("again");
  const before = parts(lake);
  assert.match(ok("compact", "--log", log, "--lake", lake), /^0 events of 0 days added$/m);
  assert.deepEqual(parts(lake), before);
  const copy = shop.at("copy");
  for (let day = 0; day < DAYS; day++) open(copy, day, lines(day).concat(lines(day).slice(0, 5)));
  const said = ok("compact", "--log", copy, "--lake", lake);
  // Of the five lines that are there twice, those without an id are two events.
  const nameless = (day) =>
    lines(day)
      .slice(0, 5)
      .filter((line) => !line.includes("event_id")).length;
  const twice = [0, 1, 2, 3].reduce((sum, day) => sum + nameless(day), 0);
  assert.match(said, new RegExp(`^${twice} events of 4 days added$`, "m"));
  assert.match(ok("compact", "--log", copy, "--lake", lake), /^0 events of [01] days added$/m);
  if (twice === 0) assert.ok(trained(lake).bytes.equals(expected));
});

test("events that come late are in a further part, and in the one part of their day once it is closed", () => {
  const lake = shop.at("late");
  const growing = shop.at("growing");
  const all = lines(0);
  open(growing, 0, all.slice(0, 100));
  ok("compact", "--log", growing, "--lake", lake);
  writeFileSync(join(growing, `${dayName(0)}.jsonl`), `${all.slice(0, 300).join("\n")}\n{"name":"view_it`);
  assert.match(ok("compact", "--log", growing, "--lake", lake), /200 events added, 100 there already\n/);
  assert.equal(parts(lake).length, 2);
  rmSync(join(growing, `${dayName(0)}.jsonl`));
  closed(growing, 0, all);
  ok("compact", "--log", growing, "--lake", lake);
  assert.equal(parts(lake).length, 1);
  assert.ok(trained(lake).bytes.equals(trained(growing).bytes));
});

test("a kill at any moment loses nothing and shows no half of a day", async () => {
  const lake = shop.at("killed");
  let killed = 0;
  for (let round = 0; round < 25; round++) {
    const child = spawn(program, ["compact", "--log", log, "--lake", lake], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.on("close", (_, signal) => resolve(signal)));
    await sleep(round * 2);
    child.kill("SIGKILL");
    killed += (await ended) === "SIGKILL" ? 1 : 0;
    if (existsSync(lake) && parts(lake).length > 0) {
      // Whatever is there can be read, and has whole days.
      const { status, stderr } = run("report", "--events", lake, "--published", site);
      assert.equal(status, 0, stderr);
    }
  }
  assert.ok(killed > 0, "no process was killed in time");
  ok("compact", "--log", log, "--lake", lake);
  assert.ok(trained(lake).bytes.equals(expected));
  assert.ok(!readdirSync(lake, { recursive: true }).some((name) => name.endsWith(".tmp")));
});

test("a crash between the new part of a day and the removal of its old ones counts no event twice", () => {
  const lake = shop.at("crash");
  const growing = shop.at("crashing");
  const all = lines(1);
  open(growing, 1, all.slice(0, 200));
  ok("compact", "--log", growing, "--lake", lake);
  const [old] = parts(lake);
  copyFileSync(join(lake, old), shop.at("old.parquet"));
  rmSync(join(growing, `${dayName(1)}.jsonl`));
  closed(growing, 1, all);
  ok("compact", "--log", growing, "--lake", lake);
  copyFileSync(shop.at("old.parquet"), join(lake, old));
  const { bytes, said } = trained(lake);
  assert.ok(bytes.equals(trained(growing).bytes));
  assert.match(said, new RegExp(`${all.length} rows`));
  ok("compact", "--log", growing, "--lake", lake);
  assert.ok(!existsSync(join(lake, old)));
});

test("learning from the newest days of a lake gives the snapshot of the log's newest days", () => {
  const lake = lakeOf("learned");
  ok("keygen", "--out", shop.at("learner"));
  const learn = (from, days) => {
    const place = shop.at(`${from === lake ? "of-lake" : "of-log"}-${days}`);
    const words = ["--site", place, "--key", shop.at("learner.secret"), "--minimum", "20", "--rounds", "0", "--days", String(days)];
    const said = ok("learn", "--once", "--log", from, ...words);
    return { visits: Number(/: (\d+) visits/.exec(said)[1]), snapshot: readdirSync(join(place, "snapshot"))[0] };
  };
  const all = learn(lake, DAYS);
  for (let days = 1; days <= DAYS; days++) {
    const found = learn(lake, days);
    assert.deepEqual(found, learn(log, days), `${days} days`);
    const share = (found.visits / all.visits) * DAYS;
    assert.ok(Math.abs(share - days) < 0.5, `${found.visits} of ${all.visits} visits are in ${days} of ${DAYS} days`);
  }
  assert.deepEqual(learn(lake, 3650), all);
});

test("days that are too old are dropped whole, and do not come back", () => {
  const lake = lakeOf("kept");
  const age = Math.ceil((Date.now() - Date.parse(dayName(2))) / 86_400_000) - 1;
  assert.match(ok("compact", "--log", log, "--lake", lake, "--keep", `${age}d`), /2 days dropped/);
  assert.deepEqual(
    readdirSync(lake)
      .filter((name) => name.includes("day="))
      .sort(),
    [2, 3].map((day) => `day=${dayName(day)}`),
  );
  assert.match(ok("compact", "--log", log, "--lake", lake, "--keep", `${age}d`), /^0 events of 0 days added\n0 days dropped/);
  assert.match(readFileSync(join(lake, "_journal.jsonl"), "utf8"), /"rule":"keep \d+ days"/);
});

test("what is erased is gone from every byte, stays gone, and the journal does not say whose it was", () => {
  const lake = lakeOf("erased");
  const bytes = () => readFileSync(join(lake, "_journal.jsonl"), "utf8");
  const erased = (rule, pattern) => assert.match(ok("compact", "--lake", lake, "--erase", rule), pattern);
  const of = (wanted) =>
    [0, 1, 2, 3]
      .flatMap((day) => lines(day))
      .map((line) => JSON.parse(line))
      .filter(wanted).length;
  const users = of((event) => event.user === "u3");
  assert.ok(users > 0);
  erased("user=u3", new RegExp(`^${users} events of \\d days erased$`, "m"));
  erased("user=u3", /^0 events of 0 days/m);
  erased("session=s0", new RegExp(`^${of((event) => event.session === "s0" && event.user !== "u3")} events of 1 days`, "m"));
  erased("event=e1-0", /^1 events of 1 days/m);
  const chained = JSON.parse(lines(2).find((line) => line.includes('"chain"'))).chain[1];
  assert.match(ok("compact", "--lake", lake, "--erase", `visit=${chained}`), /^[3-9] events of 1 days/m);
  assert.doesNotMatch(bytes(), new RegExp(`u3|s0|e1-0|${chained}`));
  const more = shop.at("more");
  for (let day = 0; day < DAYS; day++) open(more, day, lines(day).concat(['{"name":"view_item","time_ms":1790000000000}']));
  assert.match(ok("compact", "--log", more, "--lake", lake), /^4 events of 4 days added$/m);
  erased("user=u3", /^0 events/m);
  assert.equal(run("compact", "--lake", lake, "--erase", "name=x").status, 2);
});

test("the lake has no column that neither training nor the report needs", () => {
  const lake = lakeOf("private");
  for (const part of parts(lake)) assert.doesNotMatch(readFileSync(join(lake, part), "latin1"), /search_term|secret words/);
});

test("what cannot be compacted is refused with a word", () => {
  assert.match(run("compact", "--log", shop.at("nothing"), "--lake", shop.at("none")).stderr, /nothing/);
  assert.match(run("compact", "--lake", shop.at("none")).stderr, /--log/);
  writeFileSync(shop.at("file"), "");
  assert.match(run("compact", "--log", shop.at("file"), "--lake", shop.at("none")).stderr, /is no folder, expected one with a file a day/);
  assert.match(run("compact", "--log", log, "--lake", shop.at("none"), "--keep", "soon").stderr, /such as 400d/);
});
