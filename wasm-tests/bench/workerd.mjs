// The runtime of Cloudflare's edge as a process of its own, without any proxy before it, and the CPU it uses by
// the kernel's own books: the time of a request would also tell what else the machine does.

import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../js/tools/setup.mjs";
import { freePort, until } from "../stage.mjs";

/** Starts a Worker: its modules by name, its text bindings. Waits until it answers. */
export async function workerd(bench, name, modules, bindings) {
  const started = await launched(bench, name, modules, bindings);
  await until(`workerd ${name}`, async () => (await fetch(started.url)).status > 0);
  return started;
}

/** Starts a Worker, and does not wait. */
export async function launched(bench, name, modules, bindings) {
  const port = await freePort();
  const home = join(bench.temporary, name);
  mkdirSync(home, { recursive: true });
  const parts = Object.entries(modules).map(([path, bytes], number) => {
    writeFileSync(join(home, `m${number}`), bytes);
    return `(name = "${path}", ${path.endsWith(".wasm") ? "wasm" : "esModule"} = embed "m${number}")`;
  });
  const vars = Object.entries(bindings).map(([key, value]) => `(name = "${key}", text = ${JSON.stringify(value)})`);
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["public", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);
const main :Workerd.Worker = (modules = [${parts.join(", ")}], bindings = [${vars.join(", ")}], compatibilityDate = "2026-11-01");
`;
  writeFileSync(join(home, "config.capnp"), config);
  const child = spawn(join(root, "node_modules/workerd/bin/workerd"), ["serve", join(home, "config.capnp")], {
    stdio: ["ignore", "ignore", "inherit"],
    detached: true,
  });
  bench.atEnd(() => process.kill(-child.pid, "SIGKILL"));
  return { url: `http://127.0.0.1:${port}`, child };
}

/** Ids of the processes of a group. */
const groupBy = (leader) => readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && groupOf(pid) === leader);

/** Megabytes of a process group that are in memory. */
export function rssMb(leader) {
  const kb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(told(() => readFileSync(`/proc/${pid}/status`, "utf8"), ""))?.[1] ?? 0);
  return groupBy(leader).reduce((sum, pid) => sum + kb(pid), 0) / 1024;
}

/** CPU milliseconds of a process group so far: the scheduler's nanoseconds of every thread. */
export function cpuMs(leader) {
  const threads = groupBy(leader).flatMap((pid) =>
    told(() => readdirSync(`/proc/${pid}/task`), []).map((thread) => `/proc/${pid}/task/${thread}/schedstat`),
  );
  return threads.reduce((sum, file) => sum + Number(told(() => readFileSync(file, "utf8"), "0").split(" ")[0]), 0) / 1e6;
}

function groupOf(pid) {
  const stat = told(() => readFileSync(`/proc/${pid}/stat`, "utf8"), "");
  return Number(stat.replace(/^.*\) /, "").split(" ")[2]);
}

/** What a file under /proc says, unless its process has ended meanwhile. */
function told(read, otherwise) {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** CPU milliseconds a request, four at a time. */
export async function cost(worker, headers, requests) {
  const before = cpuMs(worker.child.pid);
  for (let done = 0; done < requests; done += 4) {
    await Promise.all([1, 2, 3, 4].map(async () => (await fetch(worker.url, { headers })).arrayBuffer()));
  }
  return (cpuMs(worker.child.pid) - before) / requests;
}
