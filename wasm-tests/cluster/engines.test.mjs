// One log, read and counted by the program alone, by DuckDB, and by whoever runs the printed statements: one snapshot.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { weightsOf } from "../bench/counting.mjs";
import { writeLargeLog } from "../bench/large_log.mjs";
import { binary, root } from "../stage.mjs";
import { engines, folder, kernels, key, python, snapshot, train, writeLog } from "./stage.mjs";

const { missing, env } = engines();
const skip = missing ?? false;
const place = folder();
after(place.remove);
const csv = place.at("log.csv");
let searched;
if (!skip) {
  writeLog(csv);
  key(place);
  searched = kernels(place, env, csv);
  // The search alone would not take trails up on so short a log.
  const state = JSON.parse(readFileSync(searched, "utf8"));
  writeFileSync(searched, JSON.stringify({ ...state, kernels: { ...state.kernels, trail: 1.5, deed: 1.7, stay: 0.2 } }));
}
const terms = () => ["--minimum-support", "2", "--rounds", "0", "--search", searched];
const read = (stdout) => /^read +(.*)$/m.exec(stdout)[1];

test("DuckDB comes to the same bytes as the program alone, on a log with everything in it", { skip }, () => {
  const own = train(place, env, "own", "--events", csv, ...terms());
  const duck = train(place, env, "duck", "--events", csv, ...terms(), "--engine", "duckdb");
  assert.equal(snapshot(duck), snapshot(own));
  assert.match(duck.stdout, /counted +\d+ sessions/);
  // Both tell of prices that are none. The program alone has looked at fewer of these rows: others were out before.
  assert.match(own.stdout, /"n\/a"/);
  assert.match(duck.stdout, /\d{3} rows have a price or another number that cannot be read, and were left out/);
  // What was left out on the way is no part of either.
  const counts = (stdout) => /(\d+) sessions, (\d+) events, (\d+) products/.exec(read(stdout)).slice(1);
  assert.deepEqual(counts(duck.stdout), counts(own.stdout));
  // Other kernels, other bytes: the comparison can fail.
  const other = train(place, env, "other", "--events", csv, "--minimum-support", "2", "--rounds", "0");
  assert.notEqual(snapshot(other), snapshot(own));
});

test("with a search on the sample, too", { skip }, () => {
  const words = ["--events", csv, "--minimum-support", "2", "--rounds", "1"];
  assert.equal(snapshot(train(place, env, "duck1", ...words, "--engine", "duckdb")), snapshot(train(place, env, "own1", ...words)));
});

test("a sample is the same sample everywhere, and pairs are counted over all", { skip }, () => {
  const words = ["--events", csv, ...terms(), "--sample", "20000"];
  const own = train(place, env, "own2", ...words);
  const duck = train(place, env, "duck2", ...words, "--engine", "duckdb");
  assert.equal(snapshot(duck), snapshot(own));
  const events = Number(/(\d+) events, \d+ products/.exec(read(duck.stdout))[1]);
  const all = Number(/^counted +\d+ sessions, (\d+) events/m.exec(duck.stdout)[1]);
  assert.ok(events <= 20_000 && events > 18_000 && all > 2 * events, `${events} of ${all}`);
  const whole = train(place, env, "own3", "--events", csv, ...terms());
  assert.notEqual(snapshot(own), snapshot(whole));
});

test("the printed statements, run by hand, give what `--counted` finishes from", { skip }, () => {
  const results = place.at("results");
  mkdirSync(results);
  const words = ["sql", "--dialect", "duckdb", "--events", csv, "--out", results, "--minimum-support", "2"];
  const print = (...more) => {
    const { status, stdout, stderr } = spawnSync(binary, [...words, ...more], { encoding: "utf8", env, maxBuffer: 1 << 26 });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const run = (script) => {
    writeFileSync(place.at("script.sql"), script);
    const done = spawnSync("duckdb", ["-batch", "-bail", "-f", place.at("script.sql")], { encoding: "utf8", env });
    assert.equal(done.status, 0, done.stderr);
  };
  // The program sees for itself which currency and which days are right; a person says so.
  const narrowed = (script) =>
    script.replace(
      "time_ms BETWEEN 0 AND 100000000000000\n  AND (session_key",
      "time_ms BETWEEN 1000000000000 AND 2000000000000\n  AND (session_key",
    );
  run(narrowed(print("--search", searched, "--currency", "EUR")));
  const counted = train(place, env, "counted", "--counted", results, ...terms());
  const own = train(place, env, "own4", "--events", csv, ...terms());
  const shape = (stdout) => read(stdout).replace(/^\d+ rows: /, "");
  assert.equal(counted.status, 0, counted.stderr);
  assert.equal(shape(counted.stdout), shape(own.stdout));
  // With other kernels than those that the pairs were counted by, it says what to do.
  const other = train(place, env, "counted2", "--counted", results, "--minimum-support", "2", "--rounds", "0");
  assert.equal(other.status, 2, other.stdout);
  assert.match(other.stderr, /other kernels/);
  // A result that was tampered with is refused.
  const pairs = place.at("results", "pairs.csv");
  const text = readFileSync(pairs, "utf8");
  for (const [row, words] of [
    ["999999,1,5,5", /product 999999, expected one of the catalogue/],
    ["1,2,-5,5", /"-5", expected a whole number/],
    ["1,2", /found CSV error|expected CSV/],
  ]) {
    writeFileSync(pairs, `${text}${row}\n`);
    const refused = train(place, env, "refused", "--counted", results, ...terms());
    assert.equal(refused.status, 2, `${row}: ${refused.stdout}`);
    assert.match(refused.stderr, words);
  }
});

test("a plain Polars script comes to the same sums of pairs", { skip }, () => {
  const file = place.at("plain.csv");
  writeLargeLog(file, 60_000, 2000);
  const results = place.at("plain");
  mkdirSync(results);
  const words = ["sql", "--dialect", "duckdb", "--events", file, "--out", results, "--minimum-support", "2"];
  const { stdout: script } = spawnSync(binary, words, { encoding: "utf8", env, maxBuffer: 1 << 26 });
  writeFileSync(place.at("plain.sql"), script);
  assert.equal(spawnSync("duckdb", ["-batch", "-bail", "-f", place.at("plain.sql")], { env }).status, 0);
  let [count, weight] = [0, 0n];
  for (const line of readFileSync(join(results, "pairs.csv"), "utf8").trim().split("\n").slice(1)) {
    count += 1;
    weight += BigInt(line.split(",")[2]);
  }
  writeFileSync(place.at("weights.json"), JSON.stringify(weightsOf(script)));
  const own = [join(root, "wasm-tests/bench/counting.py"), file, place.at("weights.json"), "2"];
  const { status, stdout, stderr } = spawnSync(python, own, { encoding: "utf8", env });
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), { pairs: count, weight: String(weight) });
  assert.ok(count > 10_000, String(count));
});

test("what BigQuery and Snowflake are told is SQL of theirs", { skip }, () => {
  const check =
    "import sqlglot, sys\nparsed = [one for one in sqlglot.parse(sys.stdin.read(), read=sys.argv[1]) if one]\nassert not [one for one in parsed if type(one).__name__ == 'Command'], parsed\nprint(len(parsed))";
  const columns = "event_time,event_type,product_id,category_code,brand,price,user_session,user_id,currency,event_id,event_order";
  for (const dialect of ["bigquery", "snowflake"]) {
    const words = ["sql", "--dialect", dialect, "--table", "shop.events", "--columns", columns, "--out", "gs://shop/slotwise"];
    const printed = spawnSync(binary, [...words, "--currency", "EUR", "--search", searched], { encoding: "utf8", env });
    assert.equal(printed.status, 0, printed.stderr);
    assert.doesNotMatch(printed.stdout, /\{\w+\}/);
    const { status, stdout, stderr } = spawnSync(python, ["-c", check, dialect], { input: printed.stdout, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.ok(Number(stdout) >= 20, stdout);
  }
});

test("nothing is left behind, and what is wrong is told", { skip }, () => {
  const exchange = place.at("exchange");
  const words = ["--events", csv, ...terms(), "--engine", "duckdb", "--exchange", exchange];
  snapshot(train(place, env, "tidy", ...words));
  assert.deepEqual(readdirSync(exchange), []);
  writeFileSync(place.at("broken.csv"), "event_time,event_type,user_session\n1,view,a\n");
  for (const [more, told] of [
    [["--events", place.at("broken.csv"), "--engine", "duckdb"], /no column for item; found event_time, event_type, user_session/],
    [["--events", csv, "--engine", "quack"], /found the engine "quack", expected duckdb, spark/],
  ]) {
    const { status, stderr } = train(place, env, "wrong", ...more);
    assert.equal(status, 2);
    assert.match(stderr, told);
  }
  const none = train(place, { ...env, PATH: "/nowhere" }, "wrong", "--events", csv, "--engine", "duckdb", "--exchange", exchange);
  assert.match(none.stderr, /duckdb: .*install it, or name its folder in PATH/);
  assert.deepEqual(readdirSync(exchange), []);
});
