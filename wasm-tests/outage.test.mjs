// Nothing acknowledged is lost: the origin is killed in the middle of appends, its disk is full, fails or is slow, clients
// are slow. The real program each time; every event that was answered 202 has to be in the log exactly once.
//
// `npm run test:intake` sets SLOTWISE_OUTAGE_SECS to 120: then the load goes on for two minutes, and the origin is away for
// two.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { figure } from "./figures.mjs";
import { binary, freePort, logLines, originWords, publish, slotwise, until } from "./stage.mjs";

const SECS = Number(process.env.SLOTWISE_OUTAGE_SECS ?? 3);
const linux = process.platform === "linux";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let shop;

before(() => {
  shop = publish({ events: "wasm-tests/golden/clicks.csv", plan: "wasm-tests/golden/plan.json" });
});
after(() => shop?.remove());

/** An origin that can be killed and started again, on the same port and log. */
async function origin(name, { shell = "", env = {}, log = join(shop.folder, name) } = {}) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const words = originWords(shop, port, log);
  let child;
  const start = async () => {
    child = shell
      ? spawn("bash", ["-c", `${shell}; exec "$0" "$@"`, binary, ...words], { stdio: "ignore", env: { ...process.env, ...env } })
      : spawn(binary, words, { stdio: "ignore", env: { ...process.env, ...env } });
    await until("the origin", async () => (await fetch(`${url}/_slotwise/health`)).ok);
  };
  const kill = () =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once("exit", resolve);
      child.kill("SIGKILL");
    });
  await start();
  return { url, log, start, kill, pid: () => child.pid, memory: () => memory(child.pid) };
}

/** Megabytes of a process that are in memory; 0 where the system does not tell. */
const memory = (pid) => (linux ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024 : 0);

const post = (url, events, secs = 20) =>
  fetch(`${url}/_slotwise/events`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ events }),
    signal: AbortSignal.timeout(secs * 1000),
  });

/**
 * Clients that post side by side until they are stopped. A post without a 202 is sent again with the same event ids, as the
 * package and the edge do it.
 */
function load(url, { clients = 20, events = 10, wait = 20 } = {}) {
  const acknowledged = [];
  const refused = {};
  let again = 0;
  let running = true;
  let sent = 0;
  const client = async () => {
    while (running) {
      const batch = Array.from({ length: events }, () => ({
        name: "view_item",
        params: { items: [{ item_id: String(sent % 500) }] },
        event_id: `event-${sent++}`,
      }));
      for (;;) {
        const response = await post(url, batch).catch((error) => ({ status: error.cause?.code ?? error.name }));
        if (response.status === 202) {
          const { accepted, repeated } = await response.json().catch(() => ({}));
          // An answer that was cut off is no acknowledgement.
          if (accepted + repeated === events) {
            again += repeated;
            break;
          }
        } else {
          refused[response.status] = (refused[response.status] ?? 0) + 1;
          if (response.status === 503) assert.equal(response.headers.get("retry-after"), "5");
        }
        await pause(wait + Math.random() * wait);
      }
      acknowledged.push(...batch.map(({ event_id }) => event_id));
    }
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  const stop = async () => {
    running = false;
    await all;
    return { acknowledged, refused, again };
  };
  return { acknowledged, refused, stop };
}

/** Every acknowledged event is in the log, and no event is there twice. */
function exactlyOnce(log, acknowledged) {
  const ids = logLines(log).map((line) => JSON.parse(line).event_id);
  const unique = new Set(ids);
  assert.equal(ids.length, unique.size, "an event is in the log twice");
  const lost = acknowledged.filter((id) => !unique.has(id));
  assert.equal(lost.length, 0, `${lost.length} of ${acknowledged.length} acknowledged events are lost, such as ${lost[0]}`);
  const verified = slotwise("log", "verify", log);
  assert.equal(verified.code, 0, verified.out);
}

test("killed in the middle of appends, again and again, the origin loses and repeats no event", async (t) => {
  const server = await origin("killed");
  const clients = load(server.url);
  const end = Date.now() + SECS * 1000;
  let kills = 0;
  while (Date.now() < end || kills < 5) {
    await pause(100 + Math.random() * 400);
    await server.kill();
    kills++;
    await server.start();
  }
  const { acknowledged, refused, again } = await clients.stop();
  assert.ok(refused.ECONNREFUSED || refused.UND_ERR_SOCKET || refused.ECONNRESET, "no client noticed a kill");
  exactlyOnce(server.log, acknowledged);
  t.diagnostic(`answers other than 202: ${JSON.stringify(refused)}`);
  figure(t, "kills", kills, "", "The origin killed under load again and again: kills");
  figure(
    t,
    "kills_acknowledged",
    acknowledged.length,
    "events",
    "The origin killed under load again and again: acknowledged, all in the log once",
  );
  figure(t, "kills_repeated", again, "events", "The origin killed under load again and again: on disk before they were sent again");
  await server.kill();
});

test("the origin is away for a while under load: every event arrives once it is back", async (t) => {
  const server = await origin("away");
  const clients = load(server.url, { wait: 100 });
  await until("the first events", () => clients.acknowledged.length > 100);
  await server.kill();
  const before = clients.acknowledged.length;
  await pause(SECS * 1000);
  assert.equal(clients.acknowledged.length, before, "acknowledged by nobody");
  await server.start();
  await until("events after the outage", () => clients.acknowledged.length > before + 100);
  const { acknowledged } = await clients.stop();
  exactlyOnce(server.log, acknowledged);
  figure(
    t,
    "away_acknowledged",
    acknowledged.length,
    "events",
    `The origin is away for ${SECS} s under load: acknowledged, all in the log once`,
  );
  await server.kill();
});

/** Posts until the disk refuses, makes room, and posts on. */
async function fill(t, id, what, server, free) {
  const clients = load(server.url, { clients: 4, events: 50 });
  await until("a full disk", () => clients.refused[503] > 3, 60);
  const before = clients.acknowledged.length;
  assert.ok(before > 0, "the disk was full from the beginning");
  exactlyOnce(server.log, clients.acknowledged.slice(0, before));
  await free();
  await until("room again", () => clients.acknowledged.length > before + 500, 30);
  const { acknowledged, refused } = await clients.stop();
  exactlyOnce(server.log, acknowledged);
  const { events } = await (await fetch(`${server.url}/_slotwise/health`)).json();
  assert.equal(events.failed_posts, refused[503]);
  t.diagnostic(`${before} events until the disk was full`);
  figure(t, `${id}_acknowledged`, acknowledged.length, "events", `${what}: acknowledged, all in the log once`);
  figure(t, `${id}_refused`, refused[503], "posts", `${what}: answered 503`);
}

test("a file that may not grow is answered 503, and taken up again when it may", { skip: !linux && "Linux only" }, async (t) => {
  // Blocks of 1 kB. Without the trap the limit would kill the process.
  const server = await origin("limited", { shell: "trap '' XFSZ; ulimit -S -f 256" });
  await fill(t, "limited", "A file that may not grow", server, () =>
    assert.equal(spawnSync("prlimit", ["--pid", server.pid(), "--fsize=unlimited"]).status, 0),
  );
  assert.ok(statSync(server.log).isDirectory());
  await server.kill();
});

test("a full disk is answered 503, and taken up again when there is room", async (t) => {
  const disk = join(shop.folder, "disk");
  mkdirSync(disk);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", disk]).status !== 0)
    return t.skip("a file system cannot be mounted here");
  let server;
  try {
    writeFileSync(join(disk, "ballast"), Buffer.alloc(8_040_000));
    server = await origin("full", { log: join(disk, "events") });
    await fill(t, "full", "A full disk", server, () => rmSync(join(disk, "ballast")));
  } finally {
    await server?.kill();
    spawnSync("umount", [disk]);
  }
});

/** A library that makes `fdatasync` slow, and lets it fail while a file is there. */
function slowDisk(folder) {
  const source = join(folder, "slow.c");
  const library = join(folder, "slow.so");
  writeFileSync(
    source,
    `#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
int fdatasync(int fd) {
  usleep(1000 * atoi(getenv("SLOW_MS")));
  if (access(getenv("SLOW_FAILS"), F_OK) == 0) { errno = EIO; return -1; }
  return syscall(SYS_fdatasync, fd);
}
`,
  );
  const made = spawnSync("cc", ["-shared", "-fPIC", "-o", library, source], { encoding: "utf8" });
  return made.status === 0 ? library : undefined;
}

test("a slow disk slows the answers, and one that fails refuses events; none is lost", { skip: !linux && "Linux only" }, async (t) => {
  const library = slowDisk(shop.folder);
  if (!library) return t.skip("there is no C compiler");
  const fails = join(shop.folder, "fails");
  const server = await origin("slow", { env: { LD_PRELOAD: library, SLOW_MS: "200", SLOW_FAILS: fails } });
  const clients = load(server.url, { clients: 100 });
  await pause(2000);
  const before = clients.acknowledged.length;
  // A sync at a time would be 10 events in 200 ms.
  assert.ok(before > 500, `${before} events in 2 s: posts do not share a sync`);
  writeFileSync(fails, "");
  await until("a refusal", () => clients.refused[503] > 3);
  await pause(500);
  rmSync(fails);
  const refusedUntil = clients.acknowledged.length;
  await until("events again", () => clients.acknowledged.length > refusedUntil + 1000);
  const { acknowledged, refused } = await clients.stop();
  exactlyOnce(server.log, acknowledged);
  figure(t, "slow_events", before, "events", "A disk that takes 200 ms for a sync: acknowledged in 2 s");
  figure(t, "failing_refused", refused[503], "posts", "A disk that fails for a while: answered 503");
  await server.kill();
});

test("what the disk cannot take in time is refused rather than held in memory", { skip: !linux && "Linux only" }, async (t) => {
  const library = slowDisk(shop.folder);
  if (!library) return t.skip("there is no C compiler");
  const server = await origin("busy", { env: { LD_PRELOAD: library, SLOW_MS: "5000", SLOW_FAILS: "/nowhere" } });
  const event = (n, at) => ({
    name: "view_item",
    params: { items: [{ item_id: `${n}-${at}`.padEnd(100, "x") }] },
    event_id: `b${n}-${at}`,
  });
  const posts = Array.from({ length: 600 }, (_, n) => Array.from({ length: 200 }, (_, at) => event(n, at)));
  const before = server.memory();
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, server.memory());
  }, 20);
  const answers = await Promise.all(posts.map(async (events) => ({ events, status: (await post(server.url, events, 60)).status })));
  clearInterval(watch);
  const count = (status) => answers.filter((answer) => answer.status === status).length;
  assert.equal(count(202) + count(503), posts.length);
  assert.ok(count(503) > 0 && count(202) >= 256, `${count(202)} taken, ${count(503)} refused`);
  exactlyOnce(
    server.log,
    answers.filter(({ status }) => status === 202).flatMap(({ events }) => events.map(({ event_id }) => event_id)),
  );
  assert.ok(peak < before + 200, `${before.toFixed(0)} MB before, ${peak.toFixed(0)} MB at most`);
  figure(t, "busy_taken", count(202), "posts", "600 posts of 40 kB at once on a disk that takes 5 s: taken");
  figure(t, "busy_refused", count(503), "posts", "600 posts of 40 kB at once on a disk that takes 5 s: refused");
  figure(
    t,
    "busy_peak_mb",
    Math.round(peak),
    "MB",
    `600 posts of 40 kB at once on a disk that takes 5 s: memory at its peak, ${before.toFixed(0)} MB before`,
  );
  await server.kill();
});

test("clients that never finish do not hold up others", async () => {
  const server = await origin("clients");
  const { port } = new URL(server.url);
  const answers = Array.from(
    { length: 100 },
    () =>
      new Promise((resolve) => {
        const socket = connect(Number(port), "127.0.0.1", () =>
          socket.write(
            `POST /_slotwise/events HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{`,
          ),
        );
        socket.on("error", () => resolve(""));
        socket.once("data", (data) => {
          resolve(data.toString().split("\r\n", 1)[0]);
          socket.destroy();
        });
      }),
  );
  await pause(200);
  const began = Date.now();
  assert.equal((await post(server.url, [{ name: "scroll", event_id: "quick" }])).status, 202);
  assert.ok(Date.now() - began < 2000, "others had to wait");
  exactlyOnce(server.log, ["quick"]);
  for (const status of await Promise.all(answers)) assert.match(status, / 408 /);
  await server.kill();
});

test("one origin takes thousands of events a second", async (t) => {
  const server = await origin("throughput");
  const clients = load(server.url, { clients: 50, events: 20 });
  await pause(500);
  const [first, began] = [clients.acknowledged.length, Date.now()];
  await pause(3000);
  const rate = ((clients.acknowledged.length - first) / (Date.now() - began)) * 1000;
  const { acknowledged } = await clients.stop();
  exactlyOnce(server.log, acknowledged);
  // The clients share the machine with it, so this is no measure of the origin alone.
  figure(t, "throughput", Math.round(rate), "events/s", "The origin alone: posts of 20 events from 50 clients of the same machine");
  assert.ok(existsSync(server.log) && acknowledged.length > 0);
  await server.kill();
});
