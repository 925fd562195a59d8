// Builds the demo store's browser files into dist/, which its server (server/main.mjs) serves under /assets/.
//
// Everything is written to a fresh folder that is then renamed, so that a failed build leaves the old
// files in place. The package looks for its Wasm beside its own scripts; bundling moves the scripts, so the
// Wasm moves with them. What a page does not need at once comes in chunks of its own. Every file has a brotli
// twin, which the server sends to browsers that take it.
import { build } from "esbuild";
import { cp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";

/** Inner modules of the package, which the replay page and the playground need: they drive an engine by hand. */
const INNER = ["engine", "full", "sync"];

const here = dirname(fileURLToPath(import.meta.url));
const fresh = join(here, `dist.${process.pid}`);
const old = `${fresh}.old`;

try {
  await build({
    absWorkingDir: here,
    entryPoints: ["src/main.ts", "src/replay.ts", "src/playground.ts", "src/playground_worker.ts", "src/style.css", "src/replay.css"],
    alias: Object.fromEntries(INNER.map((name) => [`slotwise/${name}`, `../js/dist/${name}.js`])),
    outdir: fresh,
    bundle: true,
    minify: true,
    sourcemap: "linked",
    format: "esm",
    splitting: true,
    chunkNames: "[name]-[hash]",
    target: ["es2022", "chrome105", "firefox121", "safari15.4"],
    logLevel: "warning",
  });
  await cp(join(here, "static"), fresh, { recursive: true });
  for (const wasm of ["engine.wasm", "full_bg.wasm"]) {
    await cp(fileURLToPath(import.meta.resolve(`slotwise/${wasm}`)), join(fresh, wasm));
  }
  await cp(join(here, "../target/playground.wasm"), join(fresh, "playground.wasm"));
  for (const name of await readdir(fresh)) {
    if (!name.endsWith(".map")) await writeFile(join(fresh, `${name}.br`), brotliCompressSync(await readFile(join(fresh, name))));
  }
  await rename(join(here, "dist"), old).catch((problem) => {
    if (problem.code !== "ENOENT") throw problem;
  });
  await rename(fresh, join(here, "dist"));
} finally {
  await rm(fresh, { recursive: true, force: true });
  await rm(old, { recursive: true, force: true });
}
