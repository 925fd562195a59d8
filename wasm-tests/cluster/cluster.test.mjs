// A Spark cluster on this machine, master and workers in processes of their own: the same snapshot, also if a worker is killed
// in the middle.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { figure } from "../figures.mjs";
import { binary } from "../stage.mjs";
import { cluster, engines, folder, kernels, key, snapshot, train, writeLog } from "./stage.mjs";

const found = engines();
const skip = found.missing ?? false;
const place = folder();
after(place.remove);

test("two workers, one of them killed in the middle: the same bytes as the program alone", { skip, timeout: 900_000 }, async (t) => {
  const csv = place.at("log.csv");
  writeLog(csv);
  key(place);
  const searched = kernels(place, found.env, csv);
  const state = JSON.parse(readFileSync(searched, "utf8"));
  writeFileSync(searched, JSON.stringify({ ...state, kernels: { ...state.kernels, trail: 1.5, deed: 1.7, stay: 0.2 } }));
  const words = ["--events", csv, "--minimum-support", "2", "--rounds", "0", "--search", searched, "--sample", "20000"];
  const own = snapshot(train(place, found.env, "own", ...words));
  const spark = await cluster(found, place);
  try {
    const exchange = place.at("exchange");
    mkdirSync(exchange);
    const began = performance.now();
    const child = spawn(
      binary,
      [
        "train",
        "--out",
        place.at("spark"),
        "--key",
        place.at("key.secret"),
        "--base",
        "none",
        ...words,
        "--engine",
        spark.url,
        "--exchange",
        exchange,
      ],
      { env: found.env, stdio: ["ignore", "pipe", "pipe"] },
    );
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data) => (stdout += data));
    child.stderr.on("data", (data) => (stderr += data));
    const ended = new Promise((done) => child.on("close", done));
    // As soon as the first result is there, others are under way that read what both workers hold.
    const has = (name) => readdirSync(exchange).some((own) => existsSync(`${exchange}/${own}/${name}/_SUCCESS`));
    while (!has("days") && child.exitCode === null) await new Promise((done) => setTimeout(done, 50));
    assert.equal(child.exitCode, null, stderr);
    assert.ok(!has("sample"), "the worker was to be killed in the middle");
    spark.kill(spark.workers[0]);
    const status = await ended;
    const seconds = Math.round((performance.now() - began) / 1000);
    figure(t, "cluster-kill", seconds, "s", "training by two Spark workers of which one is killed");
    assert.equal(snapshot({ status, stdout, stderr }), own);
    assert.notEqual(spark.workers[0].exitCode ?? spark.workers[0].signalCode, null, "it is dead");
    // The other one did the rest.
    assert.equal(spark.workers[1].exitCode, null);
    assert.deepEqual(readdirSync(exchange), []);
  } finally {
    spark.stop();
  }
});
