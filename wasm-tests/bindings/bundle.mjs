// Bundles a small shop as a shop's own bundler would, with the engine beside its scripts, and serves it.

import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { root } from "../stage.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };

/** Bundles a client of this folder; returns its folder. */
export async function client(entry, options = {}) {
  const folder = mkdtempSync(join(root, "target", "client-"));
  await build({
    absWorkingDir: root,
    entryPoints: { client: join(here, entry) },
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    define: { "process.env.NODE_ENV": '"development"' },
    logLevel: "warning",
    outdir: folder,
    ...options,
  });
  for (const name of ["engine.wasm", "full_bg.wasm"]) copyFileSync(join(root, "js/dist", name), join(folder, name));
  return folder;
}

/** Bundles a module of this folder for Node, and imports it. */
export async function server(entry, options = {}) {
  const folder = mkdtempSync(join(tmpdir(), "slotwise-server-"));
  const outfile = join(folder, "server.mjs");
  // What is CommonJS asks for Node's own modules with `require`.
  const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
  await build({
    absWorkingDir: root,
    entryPoints: [join(here, entry)],
    bundle: true,
    platform: "node",
    format: "esm",
    banner,
    define: { "process.env.NODE_ENV": '"development"' },
    logLevel: "warning",
    outfile,
    ...options,
  });
  const module = await import(outfile);
  rmSync(folder, { recursive: true });
  return module;
}

/** Serves a client's files under `/assets/`, and the page of any other path. */
export async function serve(folder, page) {
  const answering = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname === "/favicon.ico") return response.writeHead(204).end();
    if (!pathname.startsWith("/assets/")) return response.writeHead(200, { "content-type": "text/html" }).end(await page(pathname));
    const name = pathname.slice("/assets/".length);
    response.writeHead(200, { "content-type": TYPES[extname(name)] }).end(readFileSync(join(folder, name)));
  });
  await new Promise((resolve) => answering.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    answering.closeAllConnections();
    answering.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: `http://127.0.0.1:${answering.address().port}`, stop };
}
