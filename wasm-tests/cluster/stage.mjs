// What the tests of engines share: DuckDB and Spark from PyPI, a log with everything that a log can have, and training.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary, root } from "../stage.mjs";

const PACKAGES = ["duckdb-cli==1.5.6", "pyspark==4.3.0", "polars==2.1.0", "sqlglot==30.30.0"];
const home = join(root, "target/engines");
export const python = join(home, "bin/python");

/** The environment with both engines in its path, or why there is none. */
export function engines() {
  const java = spawnSync("java", ["-version"], { encoding: "utf8" });
  if (java.status !== 0) return { missing: "Spark needs Java 17 or newer" };
  const found = () => {
    if (!existsSync(python)) return undefined;
    const said = spawnSync(python, ["-c", "import pyspark, polars, sqlglot; print(pyspark.__path__[0])"], { encoding: "utf8" });
    return said.status === 0 && existsSync(join(home, "bin/duckdb")) ? said.stdout.trim() : undefined;
  };
  if (!found()) {
    console.log(`setting up DuckDB and Spark in ${home} (once; about 900 MB)`);
    spawnSync("python3", ["-m", "venv", home], { stdio: "inherit" });
    spawnSync(python, ["-m", "pip", "install", "--quiet", ...PACKAGES], { stdio: "inherit", timeout: 600_000 });
  }
  const spark = found();
  if (!spark) return { missing: "DuckDB and Spark need a python3 with venv, and PyPI within reach" };
  const PATH = [join(home, "bin"), join(spark, "bin"), process.env.PATH].join(":");
  // A log this small needs no two hundred parts.
  writeFileSync(join(home, "spark-defaults.conf"), "spark.sql.shuffle.partitions 8\n");
  return { spark, env: { ...process.env, PATH, SPARK_HOME: spark, SPARK_CONF_DIR: home, SPARK_LOCAL_IP: "127.0.0.1" } };
}

export function folder() {
  const path = mkdtempSync(join(tmpdir(), "slotwise-cluster-"));
  return { path, at: (...names) => join(path, ...names), remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Trains and returns what was printed. `name` is that of the folder for the snapshot. */
export function train(place, env, name, ...words) {
  const own = ["train", "--out", place.at(name), "--key", place.at("key.secret"), "--base", "none", ...words];
  const { status, stdout, stderr } = spawnSync(binary, own, { encoding: "utf8", env, maxBuffer: 1 << 26 });
  return { status, stdout, stderr };
}

/** The snapshot's name, which is a digest of its bytes. */
export function snapshot({ status, stdout, stderr }) {
  assert.equal(status, 0, stderr);
  return /^snapshot +(\w+)/m.exec(stdout)[1];
}

/** A key to sign with. */
export function key(place) {
  const { status, stderr } = spawnSync(binary, ["keygen", "--out", place.at("key")], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
}

/** Kernels with everything in them, as a search would leave them. */
export function kernels(place, env, csv) {
  const file = place.at("kernels.json");
  snapshot(train(place, env, "searched", "--events", csv, "--rounds", "1", "--search", file));
  return file;
}

/** A simulated log: visits by session and by user, all kinds of events, machines, repeats, broken rows, two currencies, a clock
that was never set. */
export function writeLog(file, visits = 9000) {
  let state = 4711;
  const next = (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const begin = Date.UTC(2026, 8, 1);
  const rows = [];
  const row = (time, visit, kind, item, more = {}) => rows.push({ time, visit, kind, item, ...more });
  for (let visit = 0; visit < visits; visit++) {
    let time = begin + Math.floor(visit / 120) * 7_200_000 + next(7_000_000);
    const cluster = next(12);
    const clicks = 1 + next(9);
    let last = 0;
    for (let at = 0; at < clicks; at++) {
      const item = next(10) < 3 ? last : cluster * 20 + (next(3) ? next(6) : next(20));
      last = item;
      const turn = next(40);
      if (turn === 0) row(time, visit, "view_item_list", "");
      if (turn === 1) row(time + 1, visit, "remove_from_cart", item);
      if (turn === 2) row(time + 2, visit, "page_hover", item);
      if (turn === 3) row(time + 3, visit, "view", "x".repeat(120));
      if (turn === 4) row(time + 4, visit, "view", (item + 7) % 240, { currency: "SEK" });
      if (turn === 5) row(time, visit, "view", item, { again: true });
      row(time + 5, visit, next(12) ? "view" : "cart", item);
      // A silence that parts the visits of a user.
      time += 1000 + next(60_000) + (next(30) ? 0 : 2_000_000);
    }
    if (next(8) === 0) for (const other of [last, (last + 1) % 240, (last + 2) % 240]) row(time, visit, "purchase", other);
  }
  for (let at = 0; at < 400; at++) row(begin + 9_000_000 + at * 30_000, "crawler", "view", at % 240);
  for (let at = 0; at < 60; at++) row(begin + 9_500_000 + at * 100, "script", "view", at % 7);
  for (let at = 0; at < 5; at++) row(1_000_000 + at * 1000, `unset${at}`, "view", at);
  row(Date.UTC(2099, 1, 1), "future", "view", 1);
  rows.sort((one, other) => one.time - other.time);
  const name = (item) => (typeof item === "string" ? item : item % 17 ? `sku-${item}` : `"Größe", ${item}`);
  const quoted = (text) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [
    "event_time,event_type,product_id,category_code,brand,title,price,discount,user_session,user_id,currency,event_id,utm_source,device,event_order",
  ];
  rows.forEach(({ time, visit, kind, item, currency = "EUR", again }, order) => {
    const isUser = typeof visit === "number" && visit % 5 === 0;
    const told = typeof item === "number" ? item : 0;
    const price = ((told * 7919) % 9000) / 100 + (order > rows.length / 2 ? 1 : 0);
    const stamp = new Date(time).toISOString();
    const written =
      order % 97 === 0
        ? ["n/a", "1_000", "inf"][order % 3]
        : order % 89 === 0
          ? ",50"
          : order % 31 === 0
            ? price.toFixed(2).replace(".", ",")
            : price.toFixed(2);
    const fields = [
      order % 3 ? stamp : `${stamp.replace("T", " ").replace("Z", "")} UTC`,
      kind,
      name(item),
      `shop.c${told % 12}`,
      told % 3 ? `brand${told % 9}` : "",
      told % 4 ? `Product ${told}, ${order > rows.length / 3 ? "new" : "old"}` : "",
      kind === "view_item_list" ? "" : written,
      told % 5 === 0 ? "1.5" : "",
      isUser ? "" : `v${visit}`,
      isUser ? `u${visit % 300}` : "",
      currency,
      again ? "twice" : `e${order}`,
      visit % 3 ? "newsletter" : "",
      visit % 2 ? "mobile" : "desktop",
      String(order),
    ];
    lines.push(fields.map(quoted).join(","));
  });
  writeFileSync(file, `${lines.join("\n")}\n`);
  return rows.length;
}

const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

/** A Spark cluster on this machine: a master and two workers, in processes of their own. */
export async function cluster({ spark, env }, place) {
  const port = await freePort();
  const url = `spark://127.0.0.1:${port}`;
  const launch = (...words) =>
    spawn(join(spark, "bin/spark-class"), words, { env, cwd: place.path, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const said = (child) => {
    child.said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (child.said += data));
    return child;
  };
  const until = async (child, words) => {
    for (let turn = 0; turn < 600; turn++) {
      if (child.said.includes(words)) return;
      assert.equal(child.exitCode, null, child.said);
      await new Promise((done) => setTimeout(done, 100));
    }
    assert.fail(`no ${words} in: ${child.said}`);
  };
  const at = ["--host", "127.0.0.1", "--webui-port", "0"];
  const master = said(launch("org.apache.spark.deploy.master.Master", ...at, "--port", String(port)));
  await until(master, "I have been elected leader");
  const worker = (number) => {
    const own = ["-c", "1", "-m", "1500m", "-d", place.at(`worker${number}`), url];
    return said(launch("org.apache.spark.deploy.worker.Worker", ...at, ...own));
  };
  const workers = [worker(0), worker(1)];
  for (const one of workers) await until(one, "Successfully registered with master");
  // A worker's executors are in its process group.
  const kill = (child) => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It is gone already.
    }
  };
  return { url, master, workers, kill, stop: () => [...workers, master].forEach(kill) };
}
