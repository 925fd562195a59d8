// An origin's log in a lake, read by the program alone and by engines: one snapshot.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { build, closed, FIRST, program } from "../lake/stage.mjs";
import { visits } from "../lake/visits.mjs";
import { engines, folder, key } from "./stage.mjs";

const { missing, env } = engines();
const skip = missing ?? false;
const place = folder();
after(place.remove);
const DAYS = 5;
const [log, lake, catalogue] = [place.at("log"), place.at("lake"), place.at("catalogue.csv")];
const days = visits(FIRST, DAYS, 900);

const slotwise = (...words) => spawnSync(program, words, { encoding: "utf8", env, maxBuffer: 1 << 26 });
const ok = (...words) => {
  const { status, stdout, stderr } = slotwise(...words);
  assert.equal(status, 0, stderr);
  return stdout;
};
let runs = 0;
const train = (...words) => {
  runs += 1;
  const own = ["--out", place.at(`out${runs}`), "--key", place.at("key.secret"), "--base", "none", "--rounds", "0"];
  return slotwise("train", ...own, ...words);
};
const snapshot = (...words) => {
  const { status, stdout, stderr } = train(...words);
  assert.equal(status, 0, stderr);
  return { id: /^snapshot +(\w+)/m.exec(stdout)[1], stdout };
};
const duckdb = (query) => {
  const { status, stdout, stderr } = spawnSync("duckdb", ["-csv", "-noheader", "-c", query], { encoding: "utf8", env });
  assert.equal(status, 0, stderr);
  return stdout.trim();
};

if (!skip) {
  build();
  key(place);
  for (const [at, day] of days.entries()) closed(log, at, day);
  const rows = Array.from({ length: 90 }, (_, at) => `p${at},Listed ${at},${5 + at}.50,c${at % 7}`);
  writeFileSync(catalogue, ["product_id,title,price,category_code", ...rows, "new,Never seen,3,c1"].join("\n"));
  ok("compact", "--log", log, "--lake", lake, "--flat");
}

test("DuckDB reads a lake as the program does: strangers are believed as far, and floods count as little", { skip }, () => {
  const own = snapshot("--events", lake);
  const duck = snapshot("--events", lake, "--engine", "duckdb");
  assert.equal(duck.id, own.id);
  assert.equal(snapshot("--events", log).id, own.id);
  // What was to be judged is there.
  assert.match(own.stdout, /visits look like a flood/);
  assert.match(own.stdout, /purchases of strangers without an earlier step/);
  assert.match(own.stdout, /products that fewer than 3 visits named/);
  assert.match(own.stdout, /far outside the time of all others/);
  assert.doesNotMatch(own.stdout, / 0 sessions of machines/);
  assert.match(duck.stdout, /visits look like a flood/);
  const other = snapshot("--events", lake, "--engine", "duckdb", "--minimum-support", "2");
  assert.notEqual(other.id, own.id);
  assert.equal(other.id, snapshot("--events", lake, "--minimum-support", "2").id);
});

test("on a shorter log, too", { skip }, () => {
  const [shortLog, short] = [place.at("shortlog"), place.at("short")];
  for (const [at, day] of visits(FIRST, 4, 500).entries()) closed(shortLog, at, day);
  ok("compact", "--log", shortLog, "--lake", short, "--flat");
  assert.equal(snapshot("--events", short, "--engine", "duckdb").id, snapshot("--events", short).id);
});

test("with a catalogue, products that it lacks are taken out by an engine, too", { skip }, () => {
  const words = ["--catalogue", catalogue];
  assert.equal(snapshot("--events", lake, ...words, "--engine", "duckdb").id, snapshot("--events", lake, ...words).id);
  // Of a plain table, too: the shop's own rows name products that its catalogue lacks.
  const csv = place.at("own.csv");
  const row = (at) => `${FIRST + at * 1000},view,${at % 3 ? `p${at % 120}` : `gone${at}`},9.50,v${Math.floor(at / 4)}`;
  const rows = Array.from({ length: 4000 }, (_, at) => row(at));
  writeFileSync(csv, ["event_time,event_type,product_id,price,user_session", ...rows].join("\n"));
  const own = snapshot("--events", csv, ...words);
  assert.equal(snapshot("--events", csv, ...words, "--engine", "duckdb").id, own.id);
  assert.notEqual(snapshot("--events", csv).id, own.id);
});

test("a day at a time or all at once, a visit over midnight has one name, and nobody's digest is one", { skip }, () => {
  const [slow, slowLog] = [place.at("slow"), place.at("slowlog")];
  for (let day = 0; day < DAYS; day++) {
    closed(slowLog, day, days[day]);
    ok("compact", "--log", slowLog, "--lake", slow, "--flat");
  }
  const rows = (from) => `read_parquet('${from}/flat/*/*.parquet')`;
  assert.equal(duckdb(`select count(*) from (from ${rows(slow)} except from ${rows(lake)})`), "0");
  const over = `select count(*) from (select session_id from ${rows(lake)} where strangers = 1 group by 1 having count(distinct time_ms // 86400000) > 1)`;
  assert.ok(Number(duckdb(over)) >= DAYS - 1);
  assert.equal(
    duckdb(`select count(*) from ${rows(lake)} where strangers = 1 and not regexp_full_match(session_id, 'visit [0-9a-f]{16}')`),
    "0",
  );
});

test("what is erased or dropped is gone from the flat rows, too, and rows that are missing or old are told", { skip }, () => {
  const own = place.at("erased");
  ok("compact", "--log", log, "--lake", own, "--flat");
  const digest = JSON.parse(days[1].find((line) => line.includes('"chain":[null'))).chain[1];
  ok("compact", "--lake", own, "--erase", `visit=${digest}`);
  assert.equal(snapshot("--events", own, "--engine", "duckdb").id, snapshot("--events", own).id);
  const files = readdirSync(`${own}/flat`);
  assert.equal(files.length, DAYS);
  rmSync(`${own}/flat/${files[2]}`, { recursive: true });
  const told = train("--events", own, "--engine", "duckdb");
  assert.equal(told.status, 2);
  assert.match(told.stderr, /has no flat rows that are up to date, expected those of `slotwise compact --flat`/);
  ok("compact", "--lake", own, "--flat");
  snapshot("--events", own, "--engine", "duckdb");
  ok("compact", "--lake", own, "--keep", "1");
  assert.deepEqual(readdirSync(`${own}/flat`), []);
});

test("a folder under --exchange that a killed program left is removed by the next", { skip }, () => {
  const exchange = place.at("exchange");
  const left = `${exchange}/slotwise-fetched-left`;
  mkdirSync(left, { recursive: true });
  writeFileSync(`${left}/.fetched`, "");
  writeFileSync(`${left}/sample.csv`, "session_id\n");
  snapshot("--events", lake, "--engine", "duckdb", "--exchange", exchange);
  assert.ok(!existsSync(left));
  assert.deepEqual(readdirSync(exchange), []);
});

test("Spark comes to the same bytes, and so does whoever reads the Parquet that Spark wrote", { skip }, () => {
  assert.equal(snapshot("--events", lake, "--engine", "spark").id, snapshot("--events", lake).id);
  const csv = place.at("own.csv");
  const script = place.at("write.sql");
  const written = place.at("written");
  writeFileSync(
    script,
    `CREATE TEMPORARY VIEW own USING csv OPTIONS (path '${csv}', header 'true');
     INSERT OVERWRITE DIRECTORY '${written}' USING parquet OPTIONS (compression 'snappy')
     SELECT /*+ REPARTITION(3) */ CAST(event_time AS BIGINT) AS event_time, event_type, product_id, CAST(price AS DECIMAL(9, 2)) AS price,
       user_session FROM own ORDER BY event_time;`,
  );
  const words = ["--conf", "spark.sql.catalogImplementation=in-memory", "-f", script];
  const done = spawnSync("spark-sql", words, { cwd: place.path, encoding: "utf8", env });
  assert.equal(done.status, 0, done.stderr);
  const parts = readdirSync(written).filter((name) => name.endsWith(".snappy.parquet"));
  assert.ok(parts.length >= 1, readdirSync(written).join());
  const id = snapshot("--events", csv).id;
  assert.equal(snapshot("--events", written).id, id);
  assert.equal(snapshot("--events", written, "--engine", "duckdb").id, id);
  assert.equal(snapshot("--events", written, "--engine", "spark").id, id);
});
