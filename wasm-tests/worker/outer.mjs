// Real caches around the Worker: nginx and Varnish from Debian, each with a block of the manual as its configuration.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, root, until } from "../stage.mjs";

/** Why a program cannot be run here; `false` if it can. A test takes it as its `skip`. */
export const missing = (program, name) =>
  spawnSync("which", [program]).status === 0 ? false : `there is no ${program} (apt-get install ${name})`;

/** A block of the manual: of a language, under a heading. */
export function block(heading, language) {
  const text = readFileSync(join(root, "www/manual/caches.md"), "utf8");
  const found = text.split(`### ${heading}\n`)[1]?.match(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``));
  if (!found) throw new Error(`www/manual/caches.md has no ${language} under "${heading}"`);
  return found[1];
}

const isOpen = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });

/** Starts a cache as its own process in a folder of its own. */
async function started(name, folder, port, command, words) {
  let said = "";
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(name, () => {
      if (child.exitCode !== null) throw new Error("it ended");
      return isOpen(port);
    });
  } catch {
    await stop();
    throw new Error(`${name} does not start:\n${said}`);
  }
  return { url: `http://127.0.0.1:${port}`, stop };
}

/** Starts nginx as a cache. `location`: a block of its configuration, in which `host` is the server behind it at `url`. */
export async function nginx(location, host, url) {
  const folder = mkdtempSync(join(tmpdir(), "slotwise-nginx-"));
  const port = await freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder}/${kind};`);
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; pid ${folder}/pid; error_log stderr error; worker_processes 1; ${process.getuid?.() === 0 ? "user root;" : ""}
events { worker_connections 1024; }
http {
  access_log off; ${temporary.join(" ")}
  proxy_cache_path ${folder}/pages keys_zone=pages:10m max_size=100m;
  proxy_http_version 1.1;
  upstream ${host} { server ${new URL(url).host}; }
  server {
    listen 127.0.0.1:${port};
    add_header x-cache $upstream_cache_status always;
    ${location}
  }
}
`,
  );
  return started("nginx", folder, port, "nginx", ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"]);
}

/** Starts Varnish with subroutines of its configuration language, in front of a server. */
export async function varnish(vcl, url) {
  const folder = mkdtempSync(join(tmpdir(), "slotwise-varnish-"));
  const port = await freePort();
  const { hostname, port: behind } = new URL(url);
  writeFileSync(
    join(folder, "shop.vcl"),
    `vcl 4.1;
backend default { .host = "${hostname}"; .port = "${behind}"; }
${vcl}
sub vcl_deliver { if (obj.hits > 0) { set resp.http.x-cache = "HIT"; } else { set resp.http.x-cache = "MISS"; } }
`,
  );
  const words = [
    "-F",
    "-j",
    "none",
    "-n",
    join(folder, "varnish"),
    "-a",
    `127.0.0.1:${port}`,
    "-f",
    join(folder, "shop.vcl"),
    "-s",
    "malloc,64m",
  ];
  return started("Varnish", folder, port, "varnishd", words);
}
